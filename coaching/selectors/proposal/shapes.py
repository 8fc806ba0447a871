"""What a proposal consists of: lines, what is left over, and the weeks of the coaches before and after."""

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from coaching.models import Coach


@dataclass(frozen=True)
class Line:
    """A follow-up with the coach and the week (its Monday) proposed, and what spoke for them.

    `facts` are codes, refs, ISO dates and numbers, as kept with the assignment and sent over REST; `fits` are the
    coaches who could take it, the cheapest without regard to load first.
    """

    follow_up_id: int
    ref: UUID
    coach: Coach
    week: dt.date
    facts: dict[str, Any]
    fits: list[Coach]

    @property
    def points(self) -> float:
        """What the line costs."""
        return round(sum(self.facts["cost"].values()), 3)


@dataclass(frozen=True)
class LeftOver:
    """A follow-up that nobody can take, and why: a code, and what it is about."""

    follow_up_id: int
    ref: UUID
    code: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class WeekLoad:
    """A coach's week: the contacts in it already, those that the proposal adds, and what fits."""

    week: dt.date
    before: int
    added: int
    capacity: int

    @property
    def after(self) -> int:
        """The contacts in it once the proposal is confirmed."""
        return self.before + self.added


@dataclass(frozen=True)
class CoachLoad:
    """A coach's weeks."""

    coach: Coach
    weeks: list[WeekLoad]

    @property
    def added(self) -> int:
        """What the proposal gives to the coach in all."""
        return sum(week.added for week in self.weeks)


@dataclass(frozen=True)
class Proposal:
    """Who would get what: lines in the order of their windows' closing, what is left over, and the loads.

    `cost` is the whole list's, in points; `beyond` counts the follow-ups that were not looked at because the
    list was too long.
    """

    on: dt.date
    lines: list[Line]
    left_over: list[LeftOver]
    loads: list[CoachLoad]
    cost: float
    beyond: int = 0

    def narrowed(self, *, commune: str = "", track: str = "", week: dt.date | None = None) -> "Proposal":
        """The same proposal, of which only some is shown: the whole list was weighed."""

        def is_shown(one: Line | LeftOver) -> bool:
            return (
                (not commune or one.facts["commune"] == commune)
                and (not track or one.facts["track"] == track)
                and (week is None or one.facts["week"] == week.isoformat())
            )

        lines = [line for line in self.lines if is_shown(line)]
        return replace(self, lines=lines, left_over=[left for left in self.left_over if is_shown(left)])

    @property
    def fingerprint(self) -> str:
        """Names these pairs and weeks: another proposal has another one."""
        pairs = ";".join(f"{line.ref} {line.coach.ref} {line.week}" for line in self.lines)
        return hashlib.sha256(pairs.encode()).hexdigest()[:32]

    @property
    def weeks(self) -> list[dt.date]:
        """The weeks that the list touches."""
        return [week.week for week in self.loads[0].weeks] if self.loads else []
