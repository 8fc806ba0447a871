"""Record who works when: absences of coaches, days off of the team, closing days and visiting hours of practices.

None of this moves a follow-up by itself: the next run of the planner moves those, open and untouched,
whose best day doesn't work any more. What is over stays recorded as it was.
"""

import datetime as dt
import itertools
from collections.abc import Iterable

from django.db import transaction
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from accounts.models import User
from coaching.enums import AbsenceKind, DayPart
from coaching.errors import (
    AbsenceOverlaps,
    AbsenceTooLong,
    CalendarWithoutWorkingDays,
    DayRefused,
    OutOfScope,
    PracticeClosedAlready,
    TeamDayKnown,
)
from coaching.models import Absence, Coach, PracticeClosure, TeamDay, VisitingHours
from coaching.policies import may_keep_practice_hours, may_keep_team_days, may_record_absence
from coaching.selectors.calendars import AWAY, WORKING_WEEKDAYS, team_calendar, weekly_halves
from coaching.services import recording
from core.calendar import NoWorkingDays, WorkingCalendar
from core.errors import InvalidInput
from core.locks import hold
from core.months import day_in_words
from practitioners.models import Organisation

LONGEST = dt.timedelta(days=366)
"""An absence or a closure lasts at most so long."""

FURTHEST = dt.timedelta(days=2 * 366)
"""How far ahead days off are recorded."""

Hours = tuple[int, dt.time, dt.time]
"""A weekday (0 Monday to 6 Sunday), when the visits begin and when they end."""


# --- Absences -------------------------------------------------------------------------------------------


@transaction.atomic
def record_absence(
    *,
    coach: Coach,
    first_day: dt.date,
    last_day: dt.date,
    by: User | None,
    kind: str = AbsenceKind.LEAVE,
    part: str = DayPart.WHOLE,
    note: str = "",
    at: dt.datetime | None = None,
) -> Absence:
    """Record that a coach is away from a day to a day, both included, or for half of one day.

    Somebody who fell ill yesterday can say so today; an absence that is over can't be recorded.
    Errors: AbsenceOverlaps (with the first day on which the coach is away already), AbsenceTooLong,
    DayRefused, InvalidInput, OutOfScope.
    """
    _at, on = recording.moment(at)
    if by is not None and not may_record_absence(by, coach):
        raise OutOfScope
    _known("kind", kind, AbsenceKind.values)
    _known("part", part, DayPart.values)
    if part != DayPart.WHOLE and first_day != last_day:
        raise DayRefused("last_day", _("Half a day lies on one day; record whole days, or each half day by itself."))
    _check_days(first_day, last_day, on)
    if last_day - first_day > LONGEST:
        raise AbsenceTooLong
    locked = Coach.objects.select_for_update(no_key=True).get(pk=coach.pk)
    others = Absence.objects.filter(coach=locked, first_day__lte=last_day, last_day__gte=first_day)
    for other in others.order_by("first_day", "part"):
        if AWAY[DayPart(other.part)] & AWAY[DayPart(part)]:
            raise AbsenceOverlaps(day_in_words(max(other.first_day, first_day)))
    return Absence.objects.create(
        coach=locked, kind=kind, first_day=first_day, last_day=last_day, part=part, note=note.strip()[:200]
    )


@transaction.atomic
def withdraw_absence(*, absence: Absence, by: User | None, at: dt.datetime | None = None) -> None:
    """Withdraw an absence; one that has begun ends yesterday instead, and one that is over stays.

    Follow-ups that were moved because of it stay where they are.
    Errors: DayRefused, OutOfScope; withdrawing twice is harmless.
    """
    _at, on = recording.moment(at)
    locked = Absence.objects.select_related("coach").select_for_update(of=("self",)).filter(pk=absence.pk).first()
    if by is not None and not may_record_absence(by, locked.coach if locked else absence.coach):
        raise OutOfScope
    if locked is not None:
        _end(locked, on)


# --- The team's days --------------------------------------------------------------------------------------


@transaction.atomic
def add_team_day(*, day: dt.date, reason: str, by: User | None, at: dt.datetime | None = None) -> TeamDay:
    """Say that the whole team is away on a day, and why.

    Errors: ReasonMissing; TeamDayKnown (also in the weekend and on public holidays); DayRefused in the
    past or more than two years ahead; CalendarWithoutWorkingDays when four weeks would be left without
    a working day; OutOfScope.
    """
    _at, on = recording.moment(at)
    if by is not None and not may_keep_team_days(by):
        raise OutOfScope
    reason = recording.given_reason(reason)[:200]
    if day < on:
        raise DayRefused("day", _("Choose today or a later day."))
    if day > on + FURTHEST:
        raise DayRefused("day", _("Choose a day within two years from now."))
    hold("team-days")
    calendar = team_calendar(around=day)
    if not calendar.is_working(day):
        raise TeamDayKnown(day_in_words(day))
    try:
        WorkingCalendar(calendar.first, calendar.last, days_off=[*calendar.days_off, day])
    except NoWorkingDays as error:
        message = _("With this day four weeks or more would be left without a working day; take out others first.")
        raise CalendarWithoutWorkingDays("day", message) from error
    return TeamDay.objects.create(day=day, reason=reason)


@transaction.atomic
def remove_team_day(*, team_day: TeamDay, by: User | None, at: dt.datetime | None = None) -> None:
    """Take a day off of the team back, unless it is over. Errors: DayRefused, OutOfScope."""
    _at, on = recording.moment(at)
    if by is not None and not may_keep_team_days(by):
        raise OutOfScope
    if team_day.day < on:
        raise DayRefused("day", _("This day is over; it stays as it was."))
    TeamDay.objects.filter(pk=team_day.pk).delete()


# --- Practices ----------------------------------------------------------------------------------------


@transaction.atomic
def close_practice(
    *,
    organisation: Organisation,
    by: User | None,
    weekday: int | None = None,
    first_day: dt.date | None = None,
    last_day: dt.date | None = None,
    at: dt.datetime | None = None,
) -> PracticeClosure:
    """Record that a practice receives nobody on a weekday (0 Monday to 6 Sunday), or from a day to a day.

    Errors: PracticeClosedAlready (with the first such day), CalendarWithoutWorkingDays when no weekday
    would be left for visits, DayRefused, InvalidInput, OutOfScope.
    """
    _at, on = recording.moment(at)
    if by is not None and not may_keep_practice_hours(by, organisation):
        raise OutOfScope
    if (weekday is None) == (first_day is None) or (first_day is None) != (last_day is None):
        message = _("Name a weekday, or a first and a last day.")
        raise InvalidInput(message, fields={"weekday": message})
    locked = _locked(organisation)
    if weekday is not None:
        _check_weekday("weekday", weekday)
        if PracticeClosure.objects.filter(organisation=locked, weekday=weekday).exists():
            raise PracticeClosedAlready("weekday", _weekday_in_words(weekday))
        _refuse_without_visits(locked, field="weekday", closed=[weekday])
        return PracticeClosure.objects.create(organisation=locked, weekday=weekday)
    assert first_day is not None and last_day is not None
    _check_days(first_day, last_day, on)
    if last_day - first_day > LONGEST:
        raise DayRefused("last_day", _("A practice is closed for a year at most; afterwards, end it in the registry."))
    others = PracticeClosure.objects.filter(organisation=locked, first_day__lte=last_day, last_day__gte=first_day)
    for other in others.order_by("first_day"):
        assert other.first_day is not None
        raise PracticeClosedAlready("first_day", day_in_words(max(other.first_day, first_day)))
    return PracticeClosure.objects.create(organisation=locked, first_day=first_day, last_day=last_day)


@transaction.atomic
def reopen_practice(*, closure: PracticeClosure, by: User | None, at: dt.datetime | None = None) -> None:
    """Take a closing day back; closing days that have begun end yesterday instead.

    Errors: DayRefused, OutOfScope; reopening twice is harmless.
    """
    _at, on = recording.moment(at)
    if by is not None and not may_keep_practice_hours(by, closure.organisation):
        raise OutOfScope
    locked = PracticeClosure.objects.select_for_update().filter(pk=closure.pk).first()
    if locked is not None:
        _end(locked, on)


@transaction.atomic
def set_visiting_hours(*, organisation: Organisation, hours: Iterable[Hours], by: User | None) -> list[VisitingHours]:
    """Say when a practice receives visits, in place of what was said before; none at all means at any hour.

    Errors: InvalidInput (hours out of order or overlapping), CalendarWithoutWorkingDays when no day from
    Monday to Friday would be left for visits, OutOfScope.
    """
    if by is not None and not may_keep_practice_hours(by, organisation):
        raise OutOfScope
    rows = sorted(set(hours))
    for weekday, opens, closes in rows:
        _check_weekday("hours", weekday)
        if closes <= opens:
            message = _("%(weekday)s: the visits end before they begin.") % {"weekday": _weekday_in_words(weekday)}
            raise InvalidInput(message, fields={"hours": message})
    for (weekday, _opens, closes), (other, opens, _closes) in itertools.pairwise(rows):
        if weekday == other and opens < closes:
            message = _("%(weekday)s: these hours overlap.") % {"weekday": _weekday_in_words(weekday)}
            raise InvalidInput(message, fields={"hours": message})
    locked = _locked(organisation)
    wanted = [
        VisitingHours(organisation=locked, weekday=day, opens=opens, closes=closes) for day, opens, closes in rows
    ]
    _refuse_without_visits(locked, field="hours", hours=wanted)
    VisitingHours.objects.filter(organisation=locked).delete()
    return VisitingHours.objects.bulk_create(wanted)


def _refuse_without_visits(
    organisation: Organisation,
    *,
    field: str,
    closed: Iterable[int] = (),
    hours: list[VisitingHours] | None = None,
) -> None:
    if hours is None:
        hours = list(VisitingHours.objects.filter(organisation=organisation))
    known = PracticeClosure.objects.filter(organisation=organisation, weekday__isnull=False)
    week = weekly_halves(hours, {*closed, *(row.weekday for row in known if row.weekday is not None)})
    if not any(week[weekday] for weekday in WORKING_WEEKDAYS):
        message = _("No day from Monday to Friday would be left on which this practice receives visits.")
        raise CalendarWithoutWorkingDays(field, message)


def _locked(organisation: Organisation) -> Organisation:
    return Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)


# --- Checks ---------------------------------------------------------------------------------------------


def _end(row: Absence | PracticeClosure, on: dt.date) -> None:
    """Delete what hasn't begun, shorten what has; what is over stays."""
    if row.last_day is not None and row.last_day < on:
        raise DayRefused("last_day", _("This is over; it stays as it was."))
    if row.first_day is not None and row.first_day < on:
        row.last_day = on - dt.timedelta(days=1)
        row.save(update_fields=["last_day"])
    else:
        row.delete()


def _check_days(first_day: dt.date, last_day: dt.date, on: dt.date) -> None:
    if last_day < first_day:
        raise DayRefused("last_day", _("The last day is before the first."))
    if last_day < on:
        raise DayRefused("last_day", _("These days are over; choose today or a later day."))
    if first_day > on + FURTHEST:
        raise DayRefused("first_day", _("Choose a day within two years from now."))


def _check_weekday(field: str, weekday: int) -> None:
    if weekday not in range(7):
        message = _("A weekday goes from 0 (Monday) to 6 (Sunday).")
        raise InvalidInput(message, fields={field: message})


def _weekday_in_words(weekday: int) -> str:
    return str(WEEKDAYS[weekday])


def _known(field: str, value: str, known: list[str]) -> None:
    if value not in known:
        message = _("Use one of: %(known)s.") % {"known": ", ".join(known)}
        raise InvalidInput(message, fields={field: message})
