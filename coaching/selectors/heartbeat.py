"""Whether the planner does its nightly work."""

import datetime as dt

from django.conf import settings
from django.utils import timezone

from coaching.models import Enrolment, PlannerRun


def last_run() -> PlannerRun | None:
    """The last run of the planner that came to its end."""
    return PlannerRun.objects.filter(finished_at__isnull=False).order_by("-finished_at").first()


def planner_problem() -> str | None:
    """What is wrong with the planner's heartbeat: never ran, is late, or saw nobody where somebody is enrolled."""
    run = last_run()
    somebody = Enrolment.objects.filter(ended_on__isnull=True).exists()
    if run is None:
        return "the planner has not run" if somebody else None
    assert run.finished_at is not None
    if timezone.now() - run.finished_at > dt.timedelta(hours=settings.PLANNER_LATE_AFTER_HOURS):
        return f"the planner last finished at {run.finished_at.isoformat(timespec='minutes')}"
    if somebody and run.enrolments_seen == 0:
        return "the planner saw nobody although practitioners are enrolled"
    return None
