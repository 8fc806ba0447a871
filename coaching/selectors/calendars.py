"""Who works on which day: the stack of public holidays, team days, absences, closing days and visiting hours.

A day is worked when some half of it is free for everybody concerned. The morning ends at 13:00: a
practice that receives visits from 12:00 to 14:00 can be visited in both halves.
"""

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from coaching.enums import ON_SITE, DayPart
from coaching.models import Absence, Coach, PracticeClosure, TeamDay, VisitingHours
from core.calendar import (
    AFTERNOON,
    HORIZON,
    MORNING,
    WEEKEND,
    WHOLE_DAY,
    StackedCalendar,
    WorkingCalendar,
    days_between,
    holiday_names,
    public_holidays,
)
from core.months import day_in_words
from practitioners.models import Affiliation, Organisation, Practitioner
from practitioners.selectors.visibility import practitioners_visible_to

LATEST = dt.timedelta(days=366)
"""How far ahead a follow-up can be asked for or moved; as far back a contact can be logged."""

NOON = dt.time(13)
"""Where the morning ends and the afternoon begins."""

WORKING_WEEKDAYS = [weekday for weekday in range(7) if weekday not in WEEKEND]

AWAY = {DayPart.WHOLE: WHOLE_DAY, DayPart.MORNING: MORNING, DayPart.AFTERNOON: AFTERNOON}
"""The halves of a day that an absence takes."""


# --- Calendars to count with ----------------------------------------------------------------------------


class TeamCalendar(WorkingCalendar):
    """The team's working days, and for each coach with absences the halves of days that are left to them."""

    @functools.cached_property
    def team_days(self) -> list[dt.date]:
        """The days off of the team, beside weekends and public holidays."""
        return [day for day in self.days_off if day not in public_holidays(day.year)]

    @functools.cached_property
    def coaches(self) -> dict[int, bytes]:
        """By coach, a byte for each day; coaches without an absence between the first and last day aren't there."""
        return coach_halves(None, self.first, self.last)


def team_calendar(
    *, around: dt.date, since: dt.date | None = None, until: dt.date | None = None, reach: int = 0
) -> TeamCalendar:
    """The team's working days from a year before `since` until `reach` working days and a year after `until`."""
    first = min(since or around, around) - LATEST - dt.timedelta(days=31)
    last = max(until or around, around) + LATEST + dt.timedelta(days=31 + HORIZON + 2 * reach)
    away = TeamDay.objects.filter(day__range=(first, last)).values_list("day", flat=True)
    return TeamCalendar(first, last, days_off=away)


def working_calendar(
    *,
    coach: Coach | None = None,
    organisation: Organisation | None = None,
    channel: str | None = None,
    around: dt.date,
) -> WorkingCalendar:
    """The days on which this coach can make a contact at this practice, from a year before `around` to a year after.

    The practice's closing days and visiting hours count for contacts on site only (`channel` is a visit
    or a technical check, or isn't said). Where the coach or the practice would move a day by more than
    `core.calendar.HORIZON` days the team's calendar is counted with, so nobody is out of reach for good.
    """
    common = team_calendar(around=around)
    layers: list[bytes] = []
    if coach is not None:
        layers += coach_halves([coach.pk], common.first, common.last).values()
    if organisation is not None and (channel is None or channel in ON_SITE):
        practice = practice_halves(organisation, common.first, common.last)
        layers += [practice] if practice is not None else []
    return StackedCalendar(common, *layers) if layers else common


def coach_halves(coaches: Iterable[int] | None, first: dt.date, last: dt.date) -> dict[int, bytes]:
    """The halves of each day from one to another on which a coach isn't absent, for those with absences then.

    All coaches with None. Two half days make a whole one.
    """
    rows = Absence.objects.filter(first_day__lte=last, last_day__gte=first)
    if coaches is not None:
        rows = rows.filter(coach__in=list(coaches))
    length = (last - first).days + 1
    halves: dict[int, bytearray] = defaultdict(lambda: bytearray([WHOLE_DAY] * length))
    for coach, begins, ends, part in rows.values_list("coach_id", "first_day", "last_day", "part"):
        for day in days_between(max(begins, first), min(ends, last)):
            halves[coach][(day - first).days] &= ~AWAY[DayPart(part)]
    return {coach: bytes(free) for coach, free in halves.items()}


def practice_halves(organisation: Organisation, first: dt.date, last: dt.date) -> bytes | None:
    """The halves of each day from one to another on which a practice can be visited; None for at any time."""
    closures = list(PracticeClosure.objects.filter(organisation=organisation))
    hours = list(VisitingHours.objects.filter(organisation=organisation))
    if not closures and not hours:
        return None
    week = weekly_halves(hours, (row.weekday for row in closures if row.weekday is not None))
    halves = bytearray(week[day.weekday()] for day in days_between(first, last))
    for row in closures:
        if row.first_day is not None and row.last_day is not None:
            for day in days_between(max(row.first_day, first), min(row.last_day, last)):
                halves[(day - first).days] = 0
    return bytes(halves)


def weekly_halves(hours: Iterable[VisitingHours], closed: Iterable[int]) -> list[int]:
    """The halves of each weekday (0 Monday) on which a practice with these hours and closing days can be visited."""
    rows = list(hours)
    week = [0 if rows else WHOLE_DAY] * 7
    for row in rows:
        week[row.weekday] |= (MORNING if row.opens < NOON else 0) | (AFTERNOON if row.closes > NOON else 0)
    for weekday in closed:
        week[weekday] = 0
    return week


# --- One day ----------------------------------------------------------------------------------------


def free_part(coach: Coach, day: dt.date) -> int:
    """The halves of a day on which a coach isn't absent: 3 both, 1 the morning, 2 the afternoon, 0 none."""
    free = WHOLE_DAY
    for part in Absence.objects.filter(coach=coach, first_day__lte=day, last_day__gte=day).values_list(
        "part", flat=True
    ):
        free &= ~AWAY[DayPart(part)]
    return free


def obstacles(
    day: dt.date,
    *,
    coach: Coach | None = None,
    organisation: Organisation | None = None,
    channel: str | None = None,
) -> list[str]:
    """What stands against a contact on a day, in the reader's language; empty on a day that works."""
    words = {"day": day_in_words(day), "coach": str(coach or ""), "practice": str(organisation or "")}
    found = []
    if day.weekday() in WEEKEND:
        found.append(_("%(day)s is in the weekend.") % words)
    holiday = holiday_names(day.year, get_language() or "en").get(day)
    if holiday is not None:
        found.append(_("%(day)s is a public holiday (%(holiday)s).") % (words | {"holiday": holiday}))
    if TeamDay.objects.filter(day=day).exists():
        found.append(_("The team is away on %(day)s.") % words)
    free = free_part(coach, day) if coach is not None else WHOLE_DAY
    if not free:
        found.append(_("%(coach)s is away on %(day)s.") % words)
    elif organisation is not None and (channel is None or channel in ON_SITE):
        visited = practice_halves(organisation, day, day)
        if visited is not None and not visited[0]:
            found.append(_("%(practice)s receives no visits on %(day)s.") % words)
        elif visited is not None and not visited[0] & free:
            found.append(_("%(coach)s is away on %(day)s while %(practice)s receives visits.") % words)
    return found


def practice_of(practitioner: Practitioner) -> Organisation | None:
    """Where a practitioner is visited: the present main practice."""
    row = Affiliation.objects.filter(practitioner=practitioner, is_primary=True, until__isnull=True)
    found = row.select_related("organisation").first()
    return found.organisation if found is not None else None


# --- What pages list ----------------------------------------------------------------------------------


def absences_visible_to(user: User) -> QuerySet[Absence]:
    """Everybody's absences for the office; one's own for who works in the field."""
    rows = Absence.objects.select_related("coach__user").order_by("first_day", "coach", "part", "pk")
    return rows if user.sees_everything else rows.filter(coach__user=user)


def absences_between(first: dt.date, last: dt.date, *, coaches: Iterable[int] | None = None) -> QuerySet[Absence]:
    """The absences that touch some day from one to another."""
    rows = Absence.objects.filter(first_day__lte=last, last_day__gte=first).select_related("coach__user")
    return (rows if coaches is None else rows.filter(coach__in=list(coaches))).order_by("first_day", "pk")


def team_days_from(day: dt.date) -> QuerySet[TeamDay]:
    """The team's days off from a day on, in order."""
    return TeamDay.objects.filter(day__gte=day).order_by("day")


def practices_visible_to(user: User) -> QuerySet[Organisation]:
    """The practices whose hours a user may look at: all for the office, those of the practitioners one sees."""
    rows = Organisation.objects.all()
    if user.sees_everything:
        return rows
    seen = Affiliation.objects.filter(until__isnull=True, practitioner__in=practitioners_visible_to(user).values("pk"))
    return rows.filter(pk__in=seen.values("organisation"))


def with_hours(rows: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """Practices with their closing days and visiting hours (`closures`, `visiting_hours`), in three queries."""
    return rows.prefetch_related(
        Prefetch("closures", PracticeClosure.objects.order_by("weekday", "first_day", "pk")),
        Prefetch("visiting_hours", VisitingHours.objects.order_by("weekday", "opens")),
    )


def with_special_days(rows: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """Those of these practices that have closing days or visiting hours."""
    special = Q(pk__in=PracticeClosure.objects.values("organisation"))
    return rows.filter(special | Q(pk__in=VisitingHours.objects.values("organisation")))
