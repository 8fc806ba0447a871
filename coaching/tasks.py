"""Work that Celery does; beat only triggers scans of rows, nothing is scheduled by an ETA."""

import datetime as dt
from typing import Any

import structlog
from celery import shared_task

from coaching import services
from coaching.models import PlannerRun
from core import clock

logger = structlog.get_logger(__name__)


@shared_task(name="coaching.tasks.plan_follow_ups")
def plan_follow_ups(on: str | None = None) -> dict[str, Any]:
    """Plan the follow-ups of a day (an ISO date; today by default)."""
    run = services.plan_follow_ups(on=dt.date.fromisoformat(on) if on else clock.today())
    assert isinstance(run, PlannerRun)
    return {"run": str(run.ref), "on": run.planned_for.isoformat(), "made": run.made, "enrolled": run.enrolled}
