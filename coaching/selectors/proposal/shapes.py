"""What a proposal consists of: lines, what is left over, and the weeks of the coaches before and after."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from coaching.models import Coach

POINTS = ("travel", "load", "week", "change")


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

    @property
    def weeks(self) -> list[dt.date]:
        """The weeks that the list touches."""
        return [week.week for week in self.loads[0].weeks] if self.loads else []
