"""Who is there when: some weeks of days, coach by coach, as pages draw them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from coaching.enums import OPEN_FOLLOW_UPS, AbsenceKind, DayPart
from coaching.models import Absence, Coach, FollowUp, TeamDay
from coaching.selectors.calendars import absences_between, absences_visible_to
from core.calendar import WEEKEND, days_between, holiday_names

WEEKS = 8


@dataclass(frozen=True)
class Day:
    """A day of the board: what it is for everybody (`name` of the holiday or reason of the team's day)."""

    day: dt.date
    is_today: bool
    is_weekend: bool
    is_holiday: bool
    is_team_day: bool
    name: str

    @property
    def is_off(self) -> bool:
        """Whether nobody works."""
        return self.is_weekend or self.is_holiday or self.is_team_day

    @property
    def begins_week(self) -> bool:
        """Whether it is a Monday."""
        return self.day.weekday() == 0

    @property
    def look(self) -> str:
        """The style class of a day on which nobody works; empty for another."""
        if self.is_holiday:
            return "is-holiday"
        if self.is_team_day:
            return "is-team"
        return "is-weekend" if self.is_weekend else ""


@dataclass(frozen=True)
class Cell:
    """A coach's day: `look` is its style class, `words` what it says; both empty on a day of work."""

    day: Day
    look: str
    words: str


@dataclass(frozen=True)
class Line:
    """A coach's days in order."""

    coach: Coach
    cells: list[Cell]

    @property
    def weeks(self) -> list[list[Cell]]:
        """The same, seven at a time."""
        return [self.cells[place : place + 7] for place in range(0, len(self.cells), 7)]


@dataclass(frozen=True)
class Board:
    """Some weeks from a Monday on: the days, a line per coach, and the months with how many days each covers."""

    days: list[Day]
    lines: list[Line]

    @property
    def first(self) -> dt.date:
        """The first day."""
        return self.days[0].day

    @property
    def last(self) -> dt.date:
        """The last day."""
        return self.days[-1].day

    @property
    def months(self) -> list[tuple[dt.date, int]]:
        """Each month's first day here and the number of its days here."""
        counts: dict[tuple[int, int], list[dt.date]] = defaultdict(list)
        for one in self.days:
            counts[one.day.year, one.day.month].append(one.day)
        return [(days[0], len(days)) for days in counts.values()]

    @property
    def named(self) -> list[Day]:
        """The public holidays and the team's days."""
        return [day for day in self.days if day.name]


def monday_of(day: dt.date) -> dt.date:
    """The Monday of the week of a day."""
    return day - dt.timedelta(days=day.weekday())


def board_of(*, user: User, first: dt.date, today: dt.date, weeks: int = WEEKS) -> Board:
    """The board of the weeks from the week of `first` on: every active coach for the office, oneself in the field."""
    first = monday_of(first)
    last = first + dt.timedelta(days=7 * weeks - 1)
    days = _days(first, last, today)
    coaches = list(coaches_on_the_board(user))
    away = _away(absences_between(first, last, coaches=[coach.pk for coach in coaches]), first, last)
    return Board(
        days, [Line(coach, [_cell(day, away[coach.pk].get(day.day, [])) for day in days]) for coach in coaches]
    )


def coaches_on_the_board(user: User) -> QuerySet[Coach]:
    """Whose absences a user may look at: every active coach's for the office, one's own in the field."""
    coaches = Coach.objects.filter(is_active=True).select_related("user")
    coaches = coaches.order_by("user__last_name", "user__first_name", "pk")
    return coaches if user.sees_everything else coaches.filter(user=user)


def _days(first: dt.date, last: dt.date, today: dt.date) -> list[Day]:
    language = get_language() or "en"
    holidays = {
        day: name for year in range(first.year, last.year + 1) for day, name in holiday_names(year, language).items()
    }
    team = dict(TeamDay.objects.filter(day__range=(first, last)).values_list("day", "reason"))
    return [
        Day(
            day=day,
            is_today=day == today,
            is_weekend=day.weekday() in WEEKEND,
            is_holiday=day in holidays,
            is_team_day=day in team,
            name=holidays.get(day) or team.get(day, ""),
        )
        for day in days_between(first, last)
    ]


def _away(absences: Iterable[Absence], first: dt.date, last: dt.date) -> dict[int, dict[dt.date, list[Absence]]]:
    found: dict[int, dict[dt.date, list[Absence]]] = defaultdict(lambda: defaultdict(list))
    for absence in absences:
        for day in days_between(max(first, absence.first_day), min(last, absence.last_day)):
            found[absence.coach_id][day].append(absence)
    return found


def _cell(day: Day, absences: list[Absence]) -> Cell:
    if day.is_off or not absences:
        return Cell(day, day.look, day.name)
    parts = {absence.part for absence in absences}
    words = ", ".join(_in_words(absence) for absence in absences)
    whole = DayPart.WHOLE in parts or parts == {DayPart.MORNING, DayPart.AFTERNOON}
    look = "is-away" if whole else f"is-away-{'am' if DayPart.MORNING in parts else 'pm'}"
    return Cell(day, look, words)


def _in_words(absence: Absence) -> str:
    kind = str(AbsenceKind(absence.kind).label)
    if absence.part == DayPart.WHOLE:
        return kind
    return _("%(kind)s, %(part)s") % {"kind": kind, "part": str(DayPart(absence.part).label).lower()}


def absence_list(*, user: User, on: dt.date, past: bool = False) -> QuerySet[Absence]:
    """The absences that a user may look at, present and coming ones in order, or past ones from the last back.

    Each with `falls_in`: how many open follow-ups of the coach have their best day in it.
    """
    falls = (
        FollowUp.objects.filter(
            assignee=OuterRef("coach"),
            state__in=OPEN_FOLLOW_UPS,
            target_on__gte=OuterRef("first_day"),
            target_on__lte=OuterRef("last_day"),
        )
        .order_by()
        .values("assignee")
        .annotate(count=Count("pk"))
        .values("count")
    )
    rows = absences_visible_to(user).annotate(falls_in=Coalesce(Subquery(falls), Value(0)))
    if past:
        return rows.filter(last_day__lt=on).order_by("-last_day", "-first_day", "-pk")
    return rows.filter(last_day__gte=on)


def falls_in(absence: Absence) -> int:
    """How many open follow-ups of the coach have their best day in the absence."""
    within = Q(target_on__gte=absence.first_day, target_on__lte=absence.last_day)
    return FollowUp.objects.filter(within, assignee=absence.coach_id, state__in=OPEN_FOLLOW_UPS).count()
