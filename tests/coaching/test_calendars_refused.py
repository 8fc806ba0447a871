"""What nobody can record: absences, team days, closing days and visiting hours that can't be, and by whom."""

import datetime as dt

import pytest

from accounts.enums import Role
from coaching.errors import (
    AbsenceOverlaps,
    AbsenceTooLong,
    CalendarWithoutWorkingDays,
    DayRefused,
    OutOfScope,
    PracticeClosedAlready,
    TeamDayKnown,
)
from coaching.models import Absence, Enrolment, FollowUp, PracticeClosure, TeamDay, VisitingHours
from coaching.services import (
    add_team_day,
    close_practice,
    open_case,
    record_absence,
    remove_team_day,
    reopen_practice,
    set_visiting_hours,
    withdraw_absence,
)
from core.errors import InvalidInput
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, make_coach, the_open
from tests.factories.practitioners import AffiliationFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
NOW = at(MONDAY)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2018-{text}")


@pytest.fixture
def coach():
    return make_coach()


@pytest.fixture
def person():
    return make_practitioners(1)[0]


@pytest.fixture
def practice(person):
    return AffiliationFactory(practitioner=person, organisation=OrganisationFactory()).organisation


def case_of(person, coach, on: dt.date = MONDAY) -> FollowUp:
    """The first call of a case, five working days after it is opened."""
    open_case(practitioner=person, track="coaching", coach=coach, by=UserFactory(role=Role.COORDINATOR), at=at(on))
    return the_open(person)


def away(coach, first: str, last: str | None = None, *, part: str = "whole", by=None) -> Absence:
    return record_absence(coach=coach, first_day=day(first), last_day=day(last or first), part=part, by=by, at=NOW)


def test_overlapping_absences_are_refused_with_the_day(coach):
    away(coach, "07-10", "07-20")
    with pytest.raises(AbsenceOverlaps, match="16"):
        away(coach, "07-16", "07-30")
    with pytest.raises(AbsenceOverlaps):
        away(coach, "07-12", part="morning")
    away(coach, "07-30", part="morning")
    with pytest.raises(AbsenceOverlaps):
        away(coach, "07-30", part="morning")
    with pytest.raises(AbsenceOverlaps, match="30"):
        away(coach, "07-25", "07-31")
    away(coach, "07-30", part="afternoon")
    assert Absence.objects.count() == 3


@pytest.mark.parametrize(
    ("first", "last", "more", "error"),
    [
        (MONDAY, MONDAY + 367 * DAY, {}, AbsenceTooLong),
        (MONDAY, MONDAY - DAY, {}, DayRefused),
        (MONDAY - 5 * DAY, MONDAY - DAY, {}, DayRefused),
        (MONDAY, MONDAY + DAY, {"part": "morning"}, DayRefused),
        (MONDAY + 900 * DAY, MONDAY + 901 * DAY, {}, DayRefused),
        (MONDAY, MONDAY, {"kind": "strike"}, InvalidInput),
        (MONDAY, MONDAY, {"part": "evening"}, InvalidInput),
    ],
)
def test_absences_that_cannot_be(coach, first, last, more, error):
    with pytest.raises(error):
        record_absence(coach=coach, first_day=first, last_day=last, by=None, at=NOW, **more)
    assert not Absence.objects.exists()


def test_who_fell_ill_yesterday_says_so_today_and_comes_back_earlier(coach):
    absence = record_absence(coach=coach, first_day=MONDAY - DAY, last_day=MONDAY + 4 * DAY, by=None, at=NOW)
    withdraw_absence(absence=absence, by=None, at=at(MONDAY + 2 * DAY))
    absence.refresh_from_db()
    assert absence.last_day == MONDAY + DAY, "what was, was"
    with pytest.raises(DayRefused):
        withdraw_absence(absence=absence, by=None, at=at(MONDAY + 3 * DAY))
    ahead = away(coach, "08-01")
    withdraw_absence(absence=ahead, by=None, at=NOW)
    withdraw_absence(absence=ahead, by=None, at=NOW)
    assert Absence.objects.count() == 1


def test_a_coach_records_their_own_absences_and_who_steers_anybodys(coach):
    own, other = coach.user, make_coach().user
    assert away(coach, "07-10", by=own) and away(coach, "07-11", by=UserFactory(role=Role.COORDINATOR))
    for stranger in (other, UserFactory(role=Role.OPERATOR)):
        with pytest.raises(OutOfScope):
            away(coach, "07-12", by=stranger)
        with pytest.raises(OutOfScope):
            withdraw_absence(absence=Absence.objects.first(), by=stranger, at=NOW)


def test_team_days_are_for_who_steers_and_lie_ahead_on_working_days(coach):
    with pytest.raises(OutOfScope):
        add_team_day(day=day("07-10"), reason="Seminar", by=coach.user, at=NOW)
    added = add_team_day(day=day("07-10"), reason="Seminar", by=UserFactory(role=Role.MANAGER), at=NOW)
    for taken in ("07-10", "07-14", "08-15"):
        with pytest.raises(TeamDayKnown):
            add_team_day(day=day(taken), reason="again", by=None, at=NOW)
    with pytest.raises(DayRefused):
        add_team_day(day=day("06-29"), reason="over", by=None, at=NOW)
    remove_team_day(team_day=added, by=None, at=NOW)
    assert not TeamDay.objects.exists()
    over = TeamDay.objects.create(day=day("06-01"), reason="was")
    with pytest.raises(DayRefused):
        remove_team_day(team_day=over, by=None, at=NOW)


def test_a_team_without_working_days_for_four_weeks_is_refused(person):
    """July without a working day but the last: the planner could not count there."""
    working = [day("07-02") + n * DAY for n in range(28) if (day("07-02") + n * DAY).weekday() < 5]
    for one in working[:-1]:
        TeamDay.objects.create(day=one, reason="closed")
    with pytest.raises(CalendarWithoutWorkingDays) as refused:
        add_team_day(day=working[-1], reason="closed", by=None, at=NOW)
    assert refused.value.code == "calendar_without_working_days" and refused.value.fields["day"]
    assert not TeamDay.objects.filter(day=working[-1]).exists()
    assert case_of(person, None).target_on > working[-1]


def test_a_practice_without_a_day_for_visits_is_refused(practice):
    for weekday in range(4):
        close_practice(organisation=practice, weekday=weekday, by=None, at=NOW)
    with pytest.raises(CalendarWithoutWorkingDays):
        close_practice(organisation=practice, weekday=4, by=None, at=NOW)
    with pytest.raises(CalendarWithoutWorkingDays):
        set_visiting_hours(
            organisation=practice, hours=[(3, dt.time(9), dt.time(12)), (6, dt.time(9), dt.time(12))], by=None
        )
    set_visiting_hours(organisation=practice, hours=[(4, dt.time(9), dt.time(12))], by=None)
    assert PracticeClosure.objects.count() == 4 and VisitingHours.objects.count() == 1
    reopen_practice(closure=PracticeClosure.objects.get(weekday=0), by=None, at=NOW)
    set_visiting_hours(organisation=practice, hours=[(0, dt.time(9), dt.time(12))], by=None)
    with pytest.raises(CalendarWithoutWorkingDays):
        close_practice(organisation=practice, weekday=0, by=None, at=NOW)
    set_visiting_hours(organisation=practice, hours=[], by=None)
    assert not VisitingHours.objects.exists()


@pytest.mark.parametrize(
    "hours",
    [
        [(0, dt.time(12), dt.time(9))],
        [(0, dt.time(9), dt.time(9))],
        [(7, dt.time(9), dt.time(12))],
        [(0, dt.time(9), dt.time(12)), (0, dt.time(11), dt.time(14))],
    ],
)
def test_hours_that_cannot_be(practice, hours):
    set_visiting_hours(organisation=practice, hours=[(1, dt.time(9), dt.time(12))], by=None)
    with pytest.raises(InvalidInput):
        set_visiting_hours(organisation=practice, hours=hours, by=None)
    assert VisitingHours.objects.get().weekday == 1, "nothing was changed"


@pytest.mark.parametrize(
    "what",
    [{}, {"weekday": 9}, {"weekday": 1, "first_day": MONDAY, "last_day": MONDAY}, {"first_day": MONDAY},
     {"first_day": MONDAY, "last_day": MONDAY - DAY}, {"first_day": MONDAY, "last_day": MONDAY + 400 * DAY},
     {"first_day": MONDAY - 9 * DAY, "last_day": MONDAY - DAY}],
)  # fmt: skip
def test_closing_days_that_cannot_be(practice, what):
    with pytest.raises(InvalidInput):
        close_practice(organisation=practice, by=None, at=NOW, **what)
    assert not PracticeClosure.objects.exists()


def test_a_practice_is_closed_once_and_opened_again(practice):
    close_practice(organisation=practice, weekday=2, by=None, at=NOW)
    with pytest.raises(PracticeClosedAlready):
        close_practice(organisation=practice, weekday=2, by=None, at=NOW)
    closed = close_practice(organisation=practice, first_day=MONDAY, last_day=MONDAY + 9 * DAY, by=None, at=NOW)
    with pytest.raises(PracticeClosedAlready, match="11"):
        close_practice(organisation=practice, first_day=MONDAY + 9 * DAY, last_day=MONDAY + 20 * DAY, by=None, at=NOW)
    reopen_practice(closure=closed, by=None, at=at(MONDAY + 3 * DAY))
    closed.refresh_from_db()
    assert closed.last_day == MONDAY + 2 * DAY


def test_the_field_keeps_the_hours_of_the_practices_they_go_to(person, practice, coach):
    hours = [(0, dt.time(9), dt.time(12))]
    with pytest.raises(OutOfScope):
        set_visiting_hours(organisation=practice, hours=hours, by=coach.user)
    with pytest.raises(OutOfScope):
        close_practice(organisation=practice, weekday=1, by=coach.user, at=NOW)
    case_of(person, coach)
    set_visiting_hours(organisation=practice, hours=hours, by=coach.user)
    closed = close_practice(organisation=practice, weekday=1, by=coach.user, at=NOW)
    with pytest.raises(OutOfScope):
        reopen_practice(closure=closed, by=make_coach().user, at=NOW)
    reopen_practice(closure=closed, by=UserFactory(role=Role.COORDINATOR), at=NOW)
    assert Enrolment.objects.count() == 1
