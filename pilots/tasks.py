"""Work that Celery does for the pilot projects."""

import structlog
from celery import shared_task

from pilots import services

logger = structlog.get_logger(__name__)


@shared_task(name="pilots.tasks.tell_wave_starts")
def tell_wave_starts() -> dict[str, int]:
    """Tell the follow-up engine which waves start when, before it plans the night's follow-ups."""
    told = services.tell_wave_starts()
    counts = vars(told)
    logger.info("wave_starts_told", **counts)
    return counts
