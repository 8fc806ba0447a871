"""Background work of the product itself."""

import time

from celery import shared_task
from django.core.cache import cache

HEARTBEAT = "core:heartbeat"


@shared_task(name="core.tasks.heartbeat")
def heartbeat() -> None:
    """Show that beat, broker and worker form a chain: `/readyz` and the probes look at how long ago."""
    cache.set(HEARTBEAT, time.time(), None)
