"""Background work of the product itself."""

import time

import structlog
from celery import shared_task
from django.core.cache import cache

from core import sending

logger = structlog.get_logger(__name__)

HEARTBEAT = "core:heartbeat"


@shared_task(name="core.tasks.heartbeat")
def heartbeat() -> None:
    """Show that beat, broker and worker form a chain: `/readyz` and the probes look at how long ago."""
    cache.set(HEARTBEAT, time.time(), None)


@shared_task(name="core.tasks.send_mails")
def send_mails() -> dict[str, int]:
    """Send what is in the outbox and due; safe to run as often and as many at once as one likes."""
    done = sending.send_due().as_dict()
    if any(done.values()):
        logger.info("mails_sent", **done)
    return done


@shared_task(name="core.tasks.forget_old_mails")
def forget_old_mails() -> int:
    """Drop the texts of mails that left long ago."""
    return sending.forget_old()
