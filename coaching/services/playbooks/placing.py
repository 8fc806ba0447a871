"""Where an enrolment would stand in another version of its playbook: steps are the same where their codes are.

What is under way stays: a follow-up that somebody started or dated by hand, one that a pause holds, and one whose step
is the same in both versions. An open one that nobody touched is replaced by what the new version asks for now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from coaching.enums import Channel
from coaching.models import PlaybookStep, PlaybookVersion
from coaching.services.planner.routes import FIRST, SAME_STEP, Ended, route_of
from coaching.services.playbooks.drafts import STEP_COLUMNS

STARTED, HELD, SAME, REPLACED, PLANNED, NOWHERE = "started", "held", "same", "replaced", "planned", "nowhere"
"""The follow-up is kept because it was touched, because it is held, or because its step is the same; it is replaced;
there was none, and the next is planned; no step of the new version is left, so the enrolment can't move."""

KINDS = (SAME, REPLACED, PLANNED, STARTED, HELD, NOWHERE)
KEPT = frozenset({STARTED, HELD, SAME})

_STANDING = """
SELECT {columns}
FROM coaching_enrolment e
JOIN coaching_case c ON c.id = e.case_id
LEFT JOIN coaching_followup o ON o.enrolment_id = e.id AND o.state IN ('planned', 'due', 'deferred')
LEFT JOIN LATERAL (
    SELECT f.* FROM coaching_followup f
    WHERE f.enrolment_id = e.id AND f.state NOT IN ('planned', 'due', 'deferred') AND f.reason -> 'migrated' IS NULL
    ORDER BY f.id DESC LIMIT 1
) AS last ON true
WHERE e.version_id = %(version)s AND e.state IN ('live', 'waiting', 'paused')
"""
_HOW = """e.state = 'paused' OR coalesce(o.reason ->> 'paused', '') <> '', o.step_id, coalesce(o.is_frozen, false),
last.step_id, last.state, last.outcome, coalesce((last.reason ->> 'attempt')::integer, 1), last.channel,
coalesce(last.state = 'cancelled' AND last.reason ? 'withdrawn', false), c.goal_indicator_id IS NOT NULL"""

HOW_MANY = f"{_STANDING.format(columns=f'{_HOW}, count(*)')} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"
EACH = f"{_STANDING.format(columns=f'{_HOW}, e.id')} AND e.id = ANY(%(ids)s::bigint[]) ORDER BY e.id"


@dataclass(frozen=True)
class Standing:
    """How an enrolment stands: held or not, its open follow-up's step, and how the last one before ended."""

    is_held: bool
    open_step: int | None
    is_touched: bool
    last_step: int | None
    ended: Ended | None
    case_has_goal: bool


@dataclass(frozen=True)
class Place:
    """Where an enrolment stands and would stand, and what becomes of its open follow-up (see KINDS)."""

    kind: str
    present: PlaybookStep | None
    target: PlaybookStep | None


class Placing:
    """Two versions of a playbook laid beside each other."""

    def __init__(self, from_version: PlaybookVersion, to_version: PlaybookVersion) -> None:
        self.old = list(from_version.steps.select_related("usage_indicator").order_by("position"))
        self.new = list(to_version.steps.select_related("usage_indicator").order_by("position"))
        self.has_goal = to_version.goal_indicator_id is not None
        # An enrolment may still have follow-ups of versions before the one that it moves from.
        others = PlaybookStep.objects.filter(version__playbook=from_version.playbook_id).order_by("position")
        self._any = {step.pk: step for step in others}
        self._code = {step.code: step for step in self.new}
        self._following = dict(zip([step.pk for step in self.new], [*self.new[1:], None], strict=True))

    def place(self, standing: Standing) -> Place:
        """Where it would stand."""
        passed = self._any.get(standing.last_step or 0)
        present = self._any.get(standing.open_step or 0)
        at = present or passed
        target = self._next(passed, standing)
        if standing.is_held:
            return Place(HELD, at, present or target)
        if present is not None and standing.is_touched:
            return Place(STARTED, at, present)
        if target is None:
            return Place(NOWHERE, at, None)
        if present is None:
            return Place(PLANNED, at, target)
        if present.code == target.code and same(present, target):
            return Place(SAME, at, target)
        return Place(REPLACED, at, target)

    def _next(self, passed: PlaybookStep | None, standing: Standing) -> PlaybookStep | None:
        """The step that the new version would ask for after what was passed."""
        counterpart = self._counterpart(passed)
        if passed is None or counterpart is None:
            return self.new[0] if self.new else None
        route = route_of(
            standing.ended,
            retries=counterpart.retries,
            next_channel=counterpart.next_channel,
            repeats=counterpart.repeats_until_goal and (standing.case_has_goal or self.has_goal),
        )
        if counterpart.code == passed.code and route in SAME_STEP:
            return counterpart
        return self.new[0] if route == FIRST else self._following[counterpart.pk]

    def _counterpart(self, passed: PlaybookStep | None) -> PlaybookStep | None:
        """The new version's step of the same code, else the nearest earlier one that it has too."""
        if passed is None:
            return None
        before = [
            step for step in self._any.values()
            if step.version_id == passed.version_id and step.position <= passed.position and step.code in self._code
        ]  # fmt: skip
        return self._code[max(before, key=lambda step: step.position).code] if before else None


def same(old: PlaybookStep, new: PlaybookStep) -> bool:
    """Whether a step asks for the same in both versions; its words may differ."""
    untold = {"name_en", "name_fr", "name_nl", "purpose_en", "purpose_fr", "purpose_nl", "usage_indicator"}
    if old.channel == new.channel == Channel.FIGURES_CHECK:
        untold |= {"retries", "next_channel"}  # nobody answers to a check on the figures, so these mean nothing
    columns = [name for name in STEP_COLUMNS if name not in untold]
    return old.usage_indicator_id == new.usage_indicator_id and all(
        getattr(old, name) == getattr(new, name) for name in columns
    )


def counted(version: PlaybookVersion) -> list[tuple[Standing, int]]:
    """How the live enrolments of a version stand, and how many of each."""
    return [(_standing(row), row[-1]) for row in _rows(HOW_MANY, {"version": version.pk})]


def each(version: PlaybookVersion, ids: Sequence[int]) -> list[tuple[int, Standing]]:
    """How these enrolments stand, those that are live in the version."""
    return [(row[-1], _standing(row)) for row in _rows(EACH, {"version": version.pk, "ids": list(ids)})]


def _standing(row: tuple[Any, ...]) -> Standing:
    held, open_step, touched, last_step, state, outcome, attempt, channel, withdrawn, has_goal, _rest = row
    ended = Ended(state, outcome, attempt, channel, withdrawn) if last_step is not None else None
    return Standing(held, open_step, touched, last_step, ended, has_goal)


def _rows(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
