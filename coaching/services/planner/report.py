"""What a dry run would do, line by line."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from coaching.models import FollowUpEvent, PlannerRun
from coaching.services.planner.tally import Tally

MOST_LINES = 1000


@dataclass(frozen=True)
class PlannedChange:
    """One thing that the run would do to a follow-up: make it, open it, resolve it, mark it missed or cancel it."""

    practitioner_ref: str
    practitioner: str
    playbook: str
    step: str
    kind: str
    from_state: str
    to_state: str
    opens_on: dt.date
    target_on: dt.date
    closes_on: dt.date
    occurrence: int
    reason: dict[str, Any]
    evidence: dict[str, Any]
    step_name: str
    playbook_name: str

    def as_json(self) -> dict[str, Any]:
        """The line as a client reads it: codes and ISO dates, no names in a language."""
        left_out = {"step_name", "playbook_name"}
        values = {key: value for key, value in vars(self).items() if key not in left_out}
        return {key: value.isoformat() if isinstance(value, dt.date) else value for key, value in values.items()}


@dataclass(frozen=True)
class DryRun:
    """What a run would do on a day: the counts, and the first lines of it; nothing was kept.

    `left_out` counts those whom somebody else was working on at that moment: they were not looked at.
    """

    planned_for: dt.date
    tally: Tally
    total_lines: int
    left_out: int = 0
    lines: list[PlannedChange] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether every line is here."""
        return self.total_lines == len(self.lines)

    def as_json(self) -> dict[str, Any]:
        """The report as a client reads it; days are ISO dates."""
        return {
            "planned_for": self.planned_for.isoformat(),
            "dry_run": True,
            "counts": vars(self.tally),
            "left_out": self.left_out,
            "total_lines": self.total_lines,
            "lines": [line.as_json() for line in self.lines],
        }


def collect(run: PlannerRun, tally: Tally, *, after: int, left_out: int = 0, most: int = MOST_LINES) -> DryRun:
    """Read what a run wrote after an event, from inside its transaction."""
    events = FollowUpEvent.objects.filter(pk__gt=after, data__run=run.pk).order_by("pk")
    chosen = events.select_related("follow_up__practitioner", "follow_up__step", "follow_up__enrolment__playbook")
    return DryRun(
        planned_for=run.planned_for,
        tally=tally,
        total_lines=events.count(),
        left_out=left_out,
        lines=[
            PlannedChange(
                practitioner_ref=str(event.follow_up.practitioner.ref),
                practitioner=event.follow_up.practitioner.name,
                playbook=event.follow_up.enrolment.playbook.code,
                step=event.follow_up.step.code,
                kind=event.kind,
                from_state=event.from_state,
                to_state=event.to_state,
                opens_on=event.follow_up.opens_on,
                target_on=event.follow_up.target_on,
                closes_on=event.follow_up.closes_on,
                occurrence=event.follow_up.occurrence,
                reason=event.follow_up.reason,
                evidence={key: value for key, value in event.data.items() if key != "run"},
                step_name=event.follow_up.step.name,
                playbook_name=event.follow_up.enrolment.playbook.name,
            )
            for event in chosen[:most]
        ],
    )
