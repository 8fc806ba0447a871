"""Whether the planner does its nightly work."""

import datetime as dt

from django.conf import settings
from django.utils import timezone

from adoption.models import SegmentationRun
from coaching.models import Enrolment, PlannerRun
from core import clock
from core.months import iso, shift


def last_run() -> PlannerRun | None:
    """The last run of the planner that came to its end."""
    return PlannerRun.objects.filter(finished_at__isnull=False).order_by("-finished_at").first()


def figures_too_old(on: dt.date) -> dt.date | None:
    """The month up to which the working segments were made, when it lies too far back to plan that day by.

    A segmentation of past months is a look at history: planning today by it would turn its follow-ups
    into missed ones. So nothing is planned by itself then; `plan_follow_ups --on` still plans any day.
    """
    as_of = (
        SegmentationRun.objects.filter(version__is_working=True, state="done")
        .order_by("-pk")
        .values_list("as_of", flat=True)
        .first()
    )
    oldest = shift(on.replace(day=1), -settings.PLANNER_FIGURES_MAX_AGE_MONTHS)
    return as_of if as_of is not None and as_of < oldest else None


def planner_problem() -> str | None:
    """What is wrong with the planner's heartbeat.

    It rests because the figures are too old, never ran, is late, or saw nobody where somebody is enrolled.
    """
    too_old = figures_too_old(clock.today())
    if too_old:
        return f"the planner rests: the working segments were made from figures up to {iso(too_old)}"
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
