"""Whether the planner still runs every night."""

import datetime as dt

from django.conf import settings
from django.utils import timezone

from coaching.models import Enrolment, PlannerRun


def planner_lateness() -> str | None:
    """What is wrong with the nightly planner, or nothing; a network without enrolments needs none."""
    last = PlannerRun.objects.filter(finished_at__isnull=False).order_by("-finished_at").first()
    if last is None or last.finished_at is None:
        return "has never finished" if Enrolment.objects.exists() else None
    if timezone.now() - last.finished_at > dt.timedelta(hours=settings.PLANNER_LATE_AFTER_HOURS):
        return f"last finished at {last.finished_at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    return None
