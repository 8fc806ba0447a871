"""Reads what a proposal weighs: the follow-ups, the coaches, their days, weeks and territories."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import Count, Q, QuerySet

from coaching.enums import OPEN_FOLLOW_UPS, CaseState, Channel, DayPart, EnrolmentState
from coaching.models import Absence, Coach, FollowUp, TeamDay, Visit
from core.calendar import WEEKEND, public_holidays
from practitioners.models import Commune

FARTHEST = 5
"""Borders that count for a coach without communes, and at most."""
MOST = 2000
"""The follow-ups that one proposal looks at, those whose windows close first."""
FURTHEST = dt.timedelta(days=400)
"""How far ahead windows are looked at."""
Numbers = npt.NDArray[np.int64]
HALVES = {DayPart.MORNING: [0], DayPart.AFTERNOON: [1], DayPart.WHOLE: [0, 1]}
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)

_COLUMNS = (
    "pk", "ref", "opens_on", "target_on", "closes_on", "state", "channel", "assignee_id", "step__assignee_role",
    "practitioner_id", "practitioner__language", "practitioner__commune_id", "enrolment__state",
    "enrolment__case__track", "enrolment__case__state", "enrolment__case__coach_id",
)  # fmt: skip

LOADS = """
SELECT assignee_id, week, count(*)
FROM (
    SELECT f.assignee_id,
           CASE WHEN (f.reason #>> '{assigned,week}')::date
                     BETWEEN date_trunc('week', greatest(f.opens_on, %(on)s))::date AND greatest(f.closes_on, %(on)s)
                THEN (f.reason #>> '{assigned,week}')::date
                ELSE date_trunc('week', greatest(f.target_on, %(on)s))::date END AS week
    FROM coaching_followup f JOIN coaching_enrolment e ON e.id = f.enrolment_id
    WHERE f.state IN ('planned', 'due', 'deferred') AND e.state <> 'paused' AND f.assignee_id = ANY(%(coaches)s)
      AND f.channel <> 'figures_check'
      AND f.opens_on <= %(until)s AND NOT f.id = ANY(%(rows)s)
) AS contacts
GROUP BY assignee_id, week
"""
"""Contacts to make by coach and week: the week that a proposal chose while the window holds it, else the best day's.

A check on the figures is nobody's contact: it takes no place, here as in the planner."""


@dataclass(frozen=True)
class Row:
    """A follow-up to give."""

    pk: int
    ref: UUID
    opens_on: dt.date
    target_on: dt.date
    closes_on: dt.date
    state: str
    channel: str
    assignee_id: int | None
    role: str
    practitioner_id: int
    language: str
    commune: str | None
    enrolment_state: str
    track: str
    case_state: str
    case_coach: int | None


@dataclass(frozen=True)
class Calendar:
    """Days from the first on; `works` tells on which the team does, `contacts` how many fit in a coach's day."""

    first: dt.date
    works: npt.NDArray[np.bool_]  # D
    contacts: Numbers  # C x D

    @property
    def weeks(self) -> list[dt.date]:
        """The Mondays of the weeks that the days lie in."""
        last = self.first + (len(self.works) - 1) * DAY
        monday = monday_of(self.first)
        return [monday + n * WEEK for n in range((monday_of(last) - monday).days // 7 + 1)]

    @property
    def week_of_day(self) -> Numbers:
        """For each day the place of its week."""
        return (np.arange(len(self.works)) + self.first.weekday()) // 7

    def place(self, day: dt.date) -> int:
        """The place of a day, the first or the last where it lies outside."""
        return min(max((day - self.first).days, 0), len(self.works) - 1)


@dataclass(frozen=True)
class Facts:
    """Everything that a proposal weighs, as it was read."""

    on: dt.date
    rows: list[Row]
    coaches: list[Coach]
    roles: list[str]
    calendar: Calendar
    borders: Mapping[int, Mapping[str, int]]  # by coach, by commune
    taken: Numbers  # C x W
    capacity: Numbers  # C x W
    known_by: Mapping[int, int] = field(default_factory=dict)  # practitioner: coach


def monday_of(day: dt.date) -> dt.date:
    """The Monday of a day's week."""
    return day - day.weekday() * DAY


def pool(*, among: QuerySet[FollowUp]) -> QuerySet[FollowUp]:
    """The follow-ups that wait for somebody: open, with nobody or a coach who left, in enrolments that go on."""
    left = Q(assignee__is_active=False) | Q(assignee__user__is_active=False)
    return among.filter(
        Q(assignee__isnull=True) | left,
        state__in=OPEN_FOLLOW_UPS,
        enrolment__state__in=[EnrolmentState.LIVE, EnrolmentState.WAITING],
    ).exclude(enrolment__case__state=CaseState.CLOSED)


def read_rows(rows: QuerySet[FollowUp]) -> list[Row]:
    """The follow-ups, in the order by which ties are broken: closing day, best day, number."""
    found = [Row(*values) for values in rows.order_by().values_list(*_COLUMNS)]
    return sorted(found, key=lambda row: (row.closes_on, row.target_on, row.pk))


def read_facts(rows: list[Row], *, on: dt.date, without: Iterable[int] = ()) -> Facts:
    """All about these follow-ups and the active coaches, in a number of queries that doesn't grow with them."""
    coaches = list(
        Coach.objects.filter(is_active=True, user__is_active=True)
        .exclude(pk__in=set(without))
        .select_related("user")
        .order_by("pk")
    )
    until = max((row.closes_on for row in rows), default=on)
    calendar, taken, capacity = loads_of(coaches, on=on, until=until, aside=[row.pk for row in rows])
    return Facts(
        on=on,
        rows=rows,
        coaches=coaches,
        roles=[coach.user.role for coach in coaches],
        calendar=calendar,
        borders=_territories(coaches),
        taken=taken,
        capacity=capacity,
        known_by=_known_by(rows),
    )


def loads_of(
    coaches: Sequence[Coach], *, on: dt.date, until: dt.date, aside: Iterable[int] = ()
) -> tuple[Calendar, Numbers, Numbers]:
    """The days up to a day, what is in each coach's weeks (some follow-ups aside), and what fits in them (C x W)."""
    calendar = _calendar(coaches, first=on, last=max(min(until, on + FURTHEST), on))
    taken, done = _loads(coaches, calendar, on=on, rows=list(aside))
    return calendar, taken, _capacity(coaches, calendar, done)


def _calendar(coaches: Sequence[Coach], *, first: dt.date, last: dt.date) -> Calendar:
    """The days up to the end of the last one's week."""
    last = monday_of(last) + 6 * DAY
    length = (last - first).days + 1
    off = {day for year in range(first.year, last.year + 1) for day in public_holidays(year)}
    off |= set(TeamDay.objects.filter(day__range=(first, last)).values_list("day", flat=True))
    days = [first + n * DAY for n in range(length)]
    works = np.array([day.weekday() not in WEEKEND and day not in off for day in days])
    place = {coach.pk: number for number, coach in enumerate(coaches)}
    free = np.ones((len(coaches), length, 2), dtype=bool)  # the two halves of each day
    away = Absence.objects.filter(coach__in=place, last_day__gte=first, first_day__lte=last)
    for coach, starts, ends, part in away.values_list("coach", "first_day", "last_day", "part"):
        span = slice(max((starts - first).days, 0), (ends - first).days + 1)
        halves = HALVES[DayPart(part)]
        free[place[coach], span][:, halves] = False
    a_day = np.array([coach.daily_capacity for coach in coaches], dtype=np.int64).reshape(-1, 1)
    contacts = -(-a_day * free.sum(axis=2) // 2) * works
    return Calendar(first, works, contacts)


def _loads(coaches: Sequence[Coach], calendar: Calendar, *, on: dt.date, rows: list[int]) -> tuple[Numbers, Numbers]:
    """What is in each coach's weeks already, the follow-ups of the list aside, and what was done this week."""
    weeks = {monday: number for number, monday in enumerate(calendar.weeks)}
    place = {coach.pk: number for number, coach in enumerate(coaches)}
    taken = np.zeros((len(coaches), len(weeks)), dtype=np.int64)
    until = calendar.first + len(calendar.works) * DAY
    with connection.cursor() as cursor:
        cursor.execute(LOADS, {"on": on, "until": until, "coaches": list(place), "rows": rows})
        for coach, week, count in cursor.fetchall():
            if week in weeks:
                taken[place[coach], weeks[week]] = count
    done = np.zeros(len(coaches), dtype=np.int64)
    this_week = FollowUp.objects.filter(
        state="done", resolved_by="person", assignee__in=place, done_on__range=(monday_of(on), on)
    ).exclude(channel=Channel.FIGURES_CHECK)
    for coach, count in this_week.values_list("assignee").annotate(Count("pk")):
        done[place[coach]] = count
    taken[:, 0] += done
    return taken, done


def _capacity(coaches: Sequence[Coach], calendar: Calendar, done: Numbers) -> Numbers:
    """What fits in each coach's weeks: the weekly capacity, or what the days that are left can hold if that is less."""
    weeks = calendar.week_of_day
    held = np.zeros((len(coaches), len(calendar.weeks)), dtype=np.int64)
    for week in range(len(calendar.weeks)):
        held[:, week] = calendar.contacts[:, weeks == week].sum(axis=1)
    held[:, 0] += done
    weekly = np.array([coach.weekly_capacity for coach in coaches], dtype=np.int64).reshape(-1, 1)
    return np.minimum(weekly, held)


def _territories(coaches: Sequence[Coach]) -> dict[int, dict[str, int]]:
    """How many borders lie between each commune and each coach's territory; 0 in a commune that is covered."""
    neighbours: dict[str, set[str]] = {}
    for one, other in Commune.neighbours.through.objects.values_list("from_commune_id", "to_commune_id"):
        neighbours.setdefault(one, set()).add(other)
    covered: dict[int, set[str]] = {}
    for coach, commune in Coach.communes.through.objects.values_list("coach_id", "commune_id"):
        covered.setdefault(coach, set()).add(commune)
    return {coach.pk: _borders(covered.get(coach.pk, set()), neighbours) for coach in coaches}


def _borders(covered: set[str], neighbours: Mapping[str, set[str]]) -> dict[str, int]:
    borders = dict.fromkeys(covered, 0)
    edge = covered
    for crossed in range(1, FARTHEST):
        edge = {other for commune in edge for other in neighbours.get(commune, ())} - borders.keys()
        borders |= dict.fromkeys(edge, crossed)
    return borders


def _known_by(rows: Sequence[Row]) -> dict[int, int]:
    """The coach whom each practitioner talked with last."""
    visits = Visit.objects.filter(practitioner__in={row.practitioner_id for row in rows}, state="done")
    last = visits.order_by("practitioner", "-started_at", "-pk").distinct("practitioner")
    return dict(last.values_list("practitioner", "coach"))
