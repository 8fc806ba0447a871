"""The planner's runs as pages show them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coaching.models import PlannerRun

COUNTS: dict[str, Promise] = {
    "enrolments_seen": _("Seen"),
    "enrolled": _("Enrolled"),
    "exited": _("Ended early"),
    "made": _("Made"),
    "opened": _("Opened"),
    "deferred": _("Deferred"),
    "missed": _("Missed"),
    "resolved_by_usage": _("By usage"),
    "waiting": _("Waiting"),
    "held": _("Held"),
    "released": _("Released"),
    "moved": _("Moved"),
    "escalated": _("Escalated"),
}
"""What a run counts, in the order in which pages show it."""


@dataclass(frozen=True)
class Count:
    """One of a run's numbers under its name."""

    name: Promise
    value: int


def planner_runs() -> QuerySet[PlannerRun]:
    """All runs, the newest first."""
    return PlannerRun.objects.order_by("-pk")


def told(runs: Any) -> list[Any]:
    """The same runs, each with `seconds` (None while it is not finished) and `counts` in the pages' order."""
    rows: list[Any] = list(runs)
    for run in rows:
        run.seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at else None
        run.counts = [Count(name, getattr(run, field)) for field, name in COUNTS.items()]
    return rows
