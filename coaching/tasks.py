"""Work that Celery does; beat only triggers scans of rows, nothing is scheduled by an ETA."""

import datetime as dt
from typing import Any

import structlog
from celery import shared_task
from django.utils import timezone

from coaching import services
from coaching.models import PlannerRun
from coaching.selectors.heartbeat import figures_too_old
from coaching.services import notices
from core import clock, jobs
from core.months import iso

logger = structlog.get_logger(__name__)


@shared_task(name="coaching.tasks.plan_follow_ups")
def plan_follow_ups(on: str | None = None) -> dict[str, Any]:
    """Plan the follow-ups of a day (an ISO date; today by default).

    Today isn't planned by segments of a distant past: nobody is chased for what figures said long ago.
    """
    too_old = None if on else figures_too_old(clock.today())
    if too_old:
        logger.warning(
            "planner_rests", reason="the figures behind the working segments are too old", as_of=iso(too_old)
        )
        return {"run": None, "figures_up_to": iso(too_old)}
    run = services.plan_follow_ups(on=dt.date.fromisoformat(on) if on else clock.today())
    assert isinstance(run, PlannerRun)
    return {"run": str(run.ref), "on": run.planned_for.isoformat(), "made": run.made, "enrolled": run.enrolled}


@shared_task(name="coaching.tasks.put_notices")
def put_notices() -> dict[str, int]:
    """Write the digests and reminders that are due now, and have them sent."""
    written = notices.put_due(on=clock.today(), at=timezone.now())
    if any(written.values()):
        logger.info("notices_written", **written)
        jobs.send_after_commit("core.tasks.send_mails")
    return written
