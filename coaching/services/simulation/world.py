"""The network as a simulation sees it: plain rows read once, without a lock."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from coaching.selectors.calendars import TeamCalendar
from coaching.services.planner.routes import Ended
from core.calendar import StackedCalendar, WorkingCalendar

NEVER = dt.date.max


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a version."""

    id: int
    version: int
    code: str
    position: int
    name: str
    channel: str
    anchor: str
    delay: int
    unit: str
    opens_before: int
    closes_after: int
    roll: str
    assignee: str
    completion: str
    retries: int
    next_channel: str
    repeats: bool


@dataclass(slots=True)
class Open:
    """An open follow-up; `order` stands for its id, `opened_on` is the day on which it became due."""

    order: int
    step: Step
    channel: str
    state: str
    opens_on: dt.date
    target_on: dt.date
    closes_on: dt.date
    coach: int | None
    attempt: int
    occurrence: int
    is_frozen: bool = False
    why: str | None = None
    opened_on: dt.date | None = None

    @property
    def is_free(self) -> bool:
        """Whether it is nobody's contact."""
        return self.channel == "figures_check"

    def window(self, practitioner: int) -> tuple[dt.date, dt.date, int, int]:
        """The place in the order in which windows are opened: of equal ones the practitioner decides."""
        return self.closes_on, self.target_on, practitioner, self.order


@dataclass(slots=True)
class Last:
    """The last follow-up that ended, and its days."""

    ended: Ended
    step: Step
    occurrence: int
    target_on: dt.date
    ended_on: dt.date | None
    later_on: dt.date | None
    coach: int | None


@dataclass(slots=True)
class Runner:
    """An enrolment on its way."""

    practitioner: int
    playbook: int
    version: int
    track: str
    coach: int | None
    starts_on: dt.date
    has_goal: bool
    last: Last | None = None
    open: Open | None = None
    held_until: dt.date | None = None
    held_left: int = 0
    held_unit: str = "working_days"
    held_roll: str = "next"
    waiting_for: str = ""
    is_over: bool = False
    is_counted: bool = False


@dataclass(slots=True)
class Person:
    """A practitioner: where, which days the practice can be visited, when contacted before, what is due now."""

    id: int
    commune: str | None
    place: bytes | None = None
    contacts: list[dt.date] = field(default_factory=list)
    told: dict[str, dt.date] = field(default_factory=dict)
    last_contact: dt.date | None = None
    due: int = 0
    runners: list[Runner] = field(default_factory=list)


@dataclass(slots=True)
class Carer:
    """A coach: what fits in a day and a week, and the halves of days that are left by absences."""

    id: int
    name: str
    tracks: frozenset[str]
    communes: frozenset[str]
    daily: int
    weekly: int
    halves: bytes | None = None
    load: int = 0
    opened: dict[dt.date, int] = field(default_factory=lambda: defaultdict(int))
    opened_in_week: dict[dt.date, int] = field(default_factory=lambda: defaultdict(int))
    made: dict[dt.date, int] = field(default_factory=lambda: defaultdict(int))
    made_in_week: dict[dt.date, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(slots=True)
class Course:
    """A playbook: the version that enrols (the played one in its own), and where it goes on."""

    id: int
    code: str
    track: str
    version: int | None
    has_goal: bool
    continues_in: int | None


@dataclass
class World:
    """Everything that is played with."""

    calendar: TeamCalendar
    budgets: list[tuple[dt.date, int, int]]
    retry_delay: int
    steps: dict[int, list[Step]]
    courses: dict[int, Course]
    people: dict[int, Person]
    coaches: dict[int, Carer]
    runners: list[Runner]
    orders: int = 0
    _calendars: dict[tuple[bytes | None, bytes | None], WorkingCalendar] = field(default_factory=dict)

    def calendar_of(self, coach: int | None, person: Person, channel: str) -> WorkingCalendar:
        """The days on which this coach can make this contact at the practitioner's."""
        carer = self.coaches.get(coach or 0)
        layers = (carer.halves if carer else None, person.place if channel in ("visit", "technical_check") else None)
        known = self._calendars.get(layers)
        if known is None:
            given = [layer for layer in layers if layer is not None]
            known = self._calendars[layers] = StackedCalendar(self.calendar, *given) if given else self.calendar
        return known

    def next_order(self) -> int:
        """A number greater than those before, as ids are."""
        self.orders += 1
        return self.orders
