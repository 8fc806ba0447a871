"""Rule 3, by what people record: absences, team days, closing days and visiting hours."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.enums import Role
from coaching.enums import Channel
from coaching.errors import (
    PastCaseEnd,
)
from coaching.models import Absence, Case, FollowUp
from coaching.selectors.audit import broken_rules
from coaching.selectors.calendars import free_part, obstacles, working_calendar
from coaching.services import (
    add_team_day,
    assign_follow_up,
    close_practice,
    complete_follow_up,
    open_case,
    postpone_follow_up,
    record_absence,
    set_visiting_hours,
    start_follow_up,
)
from core import clock
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, change_step, make_coach, plan, the_open
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


def first_visit(person, coach, on: dt.date = MONDAY) -> FollowUp:
    """The first visit, fifteen working days after the call."""
    complete_follow_up(follow_up=case_of(person, coach, on), outcome="done", by=None, at=at(on))
    return the_open(person)


def away(coach, first: str, last: str | None = None, *, part: str = "whole", by=None) -> Absence:
    return record_absence(coach=coach, first_day=day(first), last_day=day(last or first), part=part, by=by, at=NOW)


def dates(row: FollowUp) -> tuple[str, str, str]:
    row.refresh_from_db()
    return (f"{row.opens_on:%m-%d}", f"{row.target_on:%m-%d}", f"{row.closes_on:%m-%d}")


# --- The stack in the planner -----------------------------------------------------------------------------


def test_the_days_on_which_the_coach_is_away_are_not_counted(person, coach):
    away(coach, "07-04", "07-06")
    row = case_of(person, coach)
    assert dates(row) == ("07-02", "07-12", "07-19")
    assert row.reason["days_off"] == {"absence": 3}


def test_another_coach_counts_other_days(person, coach):
    away(make_coach(), "07-04", "07-06")
    assert dates(case_of(person, coach))[1] == "07-09"


def test_half_a_day_is_worked_and_two_halves_are_a_whole_one(person, coach):
    away(coach, "07-04", part="morning")
    assert dates(case_of(person, coach))[1] == "07-09"
    away(coach, "07-04", part="afternoon")
    other = make_practitioners(1)[0]
    assert dates(case_of(other, coach))[1] == "07-10"
    assert (free_part(coach, day("07-04")), free_part(coach, day("07-05"))) == (0, 3)


def test_holidays_team_days_and_absences_add_up_and_are_told(person, coach):
    add_team_day(day=day("07-19"), reason="Seminar", by=None, at=NOW)
    away(coach, "07-20")
    row = first_visit(person, coach)
    assert dates(row)[1] == "07-25", "the 21st of July is a Saturday"
    assert row.reason["days_off"] == {"absence": 1, "team": 1}


@pytest.mark.parametrize(("weekday", "target"), [(0, "07-26"), (1, "07-27"), (5, "07-23")])
def test_a_practice_closed_on_a_weekday_is_not_visited_then(person, practice, coach, weekday, target):
    """The 23rd of July, fifteen working days after the 2nd, is a Monday."""
    close_practice(organisation=practice, weekday=weekday, by=None, at=NOW)
    row = first_visit(person, coach)
    assert dates(row)[1] == target
    assert row.reason.get("days_off", {}).get("practice", 0) == {0: 3, 1: 4, 5: 0}[weekday]


def test_a_practice_on_holiday_is_not_visited_then_but_called(person, practice, coach):
    close_practice(organisation=practice, first_day=day("07-03"), last_day=day("07-13"), by=None, at=NOW)
    call = case_of(person, coach)
    assert dates(call)[1] == "07-09", "a call needs no open door"
    complete_follow_up(follow_up=call, outcome="done", by=None, at=NOW)
    assert dates(the_open(person))[1] == "08-03"


def test_the_practice_is_the_present_main_one(person, practice, coach):
    close_practice(organisation=practice, weekday=0, by=None, at=NOW)
    person.affiliations.update(until=day("06-30"))
    AffiliationFactory(practitioner=person, organisation=OrganisationFactory(), since=day("07-01"))
    assert dates(first_visit(person, coach))[1] == "07-23"


def test_visiting_hours_and_half_days_must_meet(person, practice, coach):
    """Mondays in the afternoon only, and a coach who is away on Monday afternoons."""
    hours = [(0, dt.time(14), dt.time(16)), (1, dt.time(9), dt.time(12))]
    set_visiting_hours(organisation=practice, hours=hours, by=None)
    change_step("first_visit", delay=1, opens_before=0, closes_after=0)
    assert dates(first_visit(person, coach, day("07-04")))[1] == "07-09", "the first Monday or Tuesday"
    FollowUp.objects.filter(state="planned").update(state="cancelled", reason={"ended_on": "2018-07-04"})
    away(coach, "07-09", part="afternoon")
    calendar = working_calendar(coach=coach, organisation=practice, channel=Channel.VISIT, around=MONDAY)
    assert not calendar.is_working(day("07-09")) and calendar.is_working(day("07-10"))
    assert calendar.add(day("07-04"), 1) == day("07-10")
    assert working_calendar(coach=coach, organisation=practice, channel=Channel.CALL, around=MONDAY).is_working(
        day("07-09")
    )


def test_hours_across_one_o_clock_are_of_both_halves(practice, coach):
    set_visiting_hours(organisation=practice, hours=[(0, dt.time(12), dt.time(14))], by=None)
    away(coach, "07-09", part="morning")
    away(coach, "07-16", part="afternoon")
    calendar = working_calendar(coach=coach, organisation=practice, channel=Channel.VISIT, around=MONDAY)
    assert calendar.is_working(day("07-09")) and calendar.is_working(day("07-16"))
    assert not calendar.is_working(day("07-10"))


@pytest.mark.parametrize("years", [1, 4])
def test_a_coach_who_is_away_for_good_loses_nobody(person, coach, years):
    """Away for longer than a quarter: the team's days are counted, and the reason says so; no loop, no gap."""
    for n in range(years):
        record_absence(
            coach=coach, first_day=day("07-03") + 366 * n * DAY, last_day=day("07-03") + (366 * n + 365) * DAY,
            by=None, at=at(MONDAY + 366 * n * DAY),
        )  # fmt: skip
    row = case_of(person, coach)
    assert dates(row) == ("07-02", "07-09", "07-16")
    assert row.reason["without"] == ["absence"]
    assert plan(MONDAY + DAY).moved == 0, "it isn't moved night after night"
    assert not broken_rules()


def test_a_practice_that_never_receives_is_planned_all_the_same(person, practice, coach):
    close_practice(organisation=practice, first_day=MONDAY, last_day=MONDAY + 366 * DAY, by=None, at=NOW)
    row = first_visit(person, coach)
    assert dates(row)[1] == "07-23" and row.reason["without"] == ["practice"]


# --- What is recorded later (re-dating) -------------------------------------------------------------------


def test_an_absence_moves_nothing_by_itself_and_the_next_run_moves_what_falls_in_it(person, coach):
    row = case_of(person, coach)
    before, events = dates(row), row.events.count()
    away(coach, "07-06", "07-20")
    assert dates(row) == before and row.events.count() == events
    run = plan(MONDAY + DAY)
    assert run.moved == 1
    assert dates(row) == ("07-02", "07-24", "07-31"), "counted anew without the days of the leave; open stays open"
    assert row.state == "due"
    assert row.reason["moved"] == {"why": "absence", "on": "2018-07-03", "from": "2018-07-09"}
    event = row.events.get(kind="moved")
    assert event.data["why"] == "absence" and event.data["to"]["target_on"] == "2018-07-24"
    assert plan(MONDAY + DAY).moved == 0
    assert not broken_rules()


def test_an_absence_before_the_best_day_leaves_it(person, coach):
    row = case_of(person, coach)
    away(coach, "07-05", "07-06")
    assert plan(MONDAY + DAY).moved == 0 and dates(row)[1] == "07-09"


def test_team_days_and_closing_days_recorded_later_move_too(person, practice, coach):
    row = first_visit(person, coach)
    add_team_day(day=day("07-23"), reason="Seminar", by=None, at=NOW)
    assert plan(MONDAY + DAY).moved == 1
    assert (dates(row)[1], row.reason["moved"]["why"]) == ("07-24", "team")
    close_practice(organisation=practice, weekday=1, by=None, at=NOW)
    assert plan(MONDAY + DAY).moved == 1
    assert row.events.filter(kind="moved").count() == 2
    assert (dates(row)[1], row.reason["moved"]["why"]) == ("07-30", "practice")
    set_visiting_hours(organisation=practice, hours=[(2, dt.time(9), dt.time(12))], by=None)
    plan(MONDAY + DAY)
    assert dates(row)[1] > "07-30" and row.target_on.weekday() == 2
    assert not broken_rules()


@pytest.mark.parametrize("touch", ["started", "postponed"])
def test_what_was_touched_by_hand_stays_on_the_day_off(person, coach, touch):
    row = case_of(person, coach)
    if touch == "started":
        start_follow_up(follow_up=row, by=None, at=NOW)
    else:
        postpone_follow_up(follow_up=row, to=day("07-09"), reason="asked", by=None, at=NOW)
    before = dates(row)
    away(coach, "07-09", "07-20")
    plan(MONDAY + DAY)
    assert dates(row) == before


def test_a_follow_up_that_was_put_off_is_never_brought_forward(person, coach):
    row = case_of(person, coach)
    FollowUp.objects.update(opens_on=day("08-06"), target_on=day("08-20"), closes_on=day("08-27"), state="planned")
    row.events.create(kind="moved", from_state=row.state, to_state="planned")
    away(coach, "08-20", "08-21")
    assert plan(MONDAY + DAY).moved == 1
    assert dates(row)[1] == "08-22", "from where it was, and not from the anchor"


def test_a_step_whose_day_stays_is_left_on_the_day_off(person, coach):
    change_step("first_call", delay=7, unit="calendar_days", roll="none")
    row = case_of(person, coach)
    away(coach, "07-09", "07-20")
    assert plan(MONDAY + DAY).moved == 0 and dates(row)[1] == "07-09"


# --- By hand -----------------------------------------------------------------------------------------


def test_postponing_counts_the_close_in_the_whole_stack_and_warns(person, coach):
    row = case_of(person, coach)
    assign_follow_up(follow_up=row, coach=coach, by=None, at=NOW)
    away(coach, "07-16", "07-20")
    postpone_follow_up(follow_up=row, to=day("07-13"), reason="asked", by=None, at=NOW)
    assert dates(row) == ("07-13", "07-13", "07-27")
    assert obstacles(day("07-13"), coach=coach) == []
    (warning,) = obstacles(day("07-17"), coach=coach)
    assert str(coach) in warning
    assert len(obstacles(day("07-21"), coach=coach)) == 2, "a Saturday, and the national day"


def test_wanting_later_beyond_the_case_end_is_refused_on_the_day_it_would_be_planned(person, coach):
    row = case_of(person, coach)
    Case.objects.update(ends_on=day("07-13"))
    away(coach, "07-12", "07-13")
    for later in ("07-12", "07-16"):
        with pytest.raises(PastCaseEnd):
            complete_follow_up(follow_up=row, outcome="wants_later", later_on=day(later), by=None, at=NOW)
    row.refresh_from_db()
    assert row.state == "due"
    complete_follow_up(follow_up=row, outcome="wants_later", later_on=day("07-11"), by=None, at=NOW)
    assert the_open(person).target_on == day("07-11")


def test_public_holidays_are_not_told_as_days_off_of_the_team(person, coach):
    assert "days_off" not in case_of(person, coach, day("10-29")).reason


def test_the_page_warns_of_a_day_that_does_not_work(client, person, coach):
    row = case_of(person, coach)
    soon = clock.today() + 30 * DAY
    sunday = soon + (6 - soon.weekday()) * DAY
    client.force_login(UserFactory(role=Role.COORDINATOR, language="en"))
    answer = client.post(
        reverse("coaching:postpone", args=[row.ref]), {"to": sunday.isoformat(), "reason": "asked"}, follow=True
    )
    row.refresh_from_db()
    assert row.target_on == sunday, "it is done all the same: who moves it decides"
    assert any("weekend" in str(message) for message in answer.context["messages"])
