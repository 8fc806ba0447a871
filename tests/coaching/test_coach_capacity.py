"""Rule 10 for coaches: so many contacts open for one on a day and in a week, the oldest windows first."""

import datetime as dt

import pytest

from coaching import services
from coaching.models import Absence, Case, Coach, CoachDay, ContactBudget, FollowUp, FollowUpEvent
from coaching.selectors.audit import broken_rules
from coaching.selectors.budget import room_of
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, make_coach, plan, sort, the_open

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TUESDAY = MONDAY + DAY
LONG_BEFORE = MONDAY - 10 * DAY


@pytest.fixture
def coach():
    coach = make_coach()
    Coach.objects.filter(pk=coach.pk).update(daily_capacity=3, weekly_capacity=7)
    return coach


def cases(number: int, coach: Coach | None, *, opens: dt.date = TUESDAY) -> list[FollowUp]:
    """So many first calls of a coach that open on a day, the last one made with the oldest window."""
    people = make_practitioners(number)
    sort(dict.fromkeys(people, "late_majority"), month=LONG_BEFORE.replace(day=1))
    plan(LONG_BEFORE)
    rows = list(FollowUp.objects.filter(practitioner__in=people).order_by("-pk"))
    Case.objects.filter(practitioner__in=people).update(coach=coach)
    for place, row in enumerate(rows):
        FollowUp.objects.filter(pk=row.pk).update(
            state="planned",
            assignee=coach,
            opens_on=opens,
            target_on=opens + DAY,
            closes_on=opens + (20 + place) * DAY,
        )
        # As if it had been planned for that day from the start.
        row.events.exclude(kind="planned").delete()
    return list(FollowUp.objects.filter(pk__in=[row.pk for row in rows]).order_by("closes_on"))


def states(rows: list[FollowUp]) -> list[str]:
    return [FollowUp.objects.get(pk=row.pk).state for row in rows]


def filled(coach: Coach) -> list[tuple[dt.date, int, int]]:
    return list(CoachDay.objects.filter(coach=coach).order_by("day").values_list("day", "opened", "capacity"))


def test_a_day_and_a_week_take_so_many_oldest_window_first(coach):
    rows = cases(12, coach)
    run = plan(TUESDAY)
    assert (run.opened, run.deferred) == (3, 9)
    assert states(rows) == ["due"] * 3 + ["deferred"] * 9
    assert FollowUp.objects.get(pk=rows[3].pk).reason["deferred"] == {
        "why": "coach_day",
        "since": TUESDAY.isoformat(),
        "used": 3,
        "cap": 3,
    }
    plan(TUESDAY + DAY)
    assert states(rows) == ["due"] * 6 + ["deferred"] * 6
    run = plan(TUESDAY + 2 * DAY)
    assert (run.opened, run.deferred) == (1, 0), "the week is full"
    assert states(rows) == ["due"] * 7 + ["deferred"] * 5
    why = {row.reason["deferred"]["why"] for row in FollowUp.objects.filter(state="deferred")}
    assert why <= {"coach_day", "coach_week"}
    plan(TUESDAY + 3 * DAY)
    assert {row.reason["deferred"]["why"] for row in FollowUp.objects.filter(state="deferred")} == {"coach_week"}
    assert filled(coach) == [(TUESDAY, 3, 3), (TUESDAY + DAY, 3, 3), (TUESDAY + 2 * DAY, 1, 3)]
    assert plan(TUESDAY + 6 * DAY).opened == 3, "a new week"
    assert not broken_rules()


def test_planned_again_and_in_the_smallest_batches_it_comes_to_the_same(coach, settings):
    settings.PLANNER_BATCH_SIZE = 1
    rows = cases(6, coach)
    for _n in range(3):
        plan(TUESDAY)
        assert states(rows) == ["due"] * 3 + ["deferred"] * 3
    assert FollowUpEvent.objects.filter(to_state="deferred").count() == 3
    assert filled(coach) == [(TUESDAY, 3, 3)]
    assert not broken_rules()


def test_an_older_window_that_comes_later_goes_before_those_that_wait(coach):
    rows = cases(4, coach)
    plan(TUESDAY)
    assert states(rows)[3] == "deferred"
    more = cases(3, coach, opens=TUESDAY + DAY)
    FollowUp.objects.filter(pk__in=[row.pk for row in more]).update(closes_on=TUESDAY + 3 * DAY)
    plan(TUESDAY + DAY)
    assert states(more) == ["due"] * 3 and states(rows)[3] == "deferred"
    assert plan(TUESDAY + 2 * DAY).opened == 1
    assert not broken_rules()


@pytest.mark.parametrize(
    ("parts", "capacity"), [(["morning"], 2), (["afternoon"], 2), (["whole"], 0), (["morning", "afternoon"], 0)]
)
def test_an_absence_takes_half_the_day_rounded_up_or_all_of_it(coach, parts, capacity):
    for part in parts:
        Absence.objects.create(coach=coach, first_day=TUESDAY, last_day=TUESDAY, part=part)
    assert room_of([coach.pk], TUESDAY)[coach.pk].day == capacity
    rows = cases(4, coach)
    FollowUp.objects.update(is_frozen=True)
    plan(TUESDAY)
    assert states(rows) == ["due"] * capacity + ["deferred"] * (4 - capacity)
    assert not broken_rules()


def test_a_capacity_that_is_lowered_during_the_day_breaks_nothing(coach):
    rows = cases(5, coach)
    plan(TUESDAY)
    Coach.objects.update(daily_capacity=1)
    assert plan(TUESDAY).opened == 0
    assert filled(coach) == [(TUESDAY, 3, 3)]
    Coach.objects.update(daily_capacity=4)
    assert plan(TUESDAY).opened == 1
    assert filled(coach) == [(TUESDAY, 4, 4)]
    assert states(rows) == ["due"] * 4 + ["deferred"]
    assert not broken_rules()


def test_who_is_given_to_nobody_or_to_somebody_who_left_needs_no_coachs_capacity(coach):
    nobody = cases(5, None)
    left = cases(5, coach)
    Coach.objects.update(is_active=False)
    plan(TUESDAY)
    assert states(nobody) == states(left) == ["due"] * 5
    assert not CoachDay.objects.exists()


def test_a_check_on_the_figures_takes_nobodys_time(coach):
    rows = cases(5, coach)
    FollowUp.objects.update(channel="figures_check")
    plan(TUESDAY)
    assert states(rows) == ["due"] * 5 and not CoachDay.objects.exists()


def test_on_a_day_off_nothing_opens_for_a_coach_and_nothing_is_written(coach):
    saturday = MONDAY + 5 * DAY
    rows = cases(5, coach, opens=saturday)
    events = FollowUpEvent.objects.count()
    plan(saturday)
    assert states(rows) == ["planned"] * 5 and FollowUpEvent.objects.count() == events
    plan(saturday + 2 * DAY)
    assert states(rows) == ["due"] * 3 + ["deferred"] * 2
    assert not broken_rules()


def test_both_limits_hold_together_and_a_blocked_one_lets_others_by(coach):
    """The oldest window's practitioner has no budget left: it waits, and the next ones open."""
    ContactBudget.objects.create(contacts=1, days=30, valid_from=dt.date(2018, 1, 1))
    rows = cases(5, coach)
    services.spend_contact_budget(
        practitioner=rows[0].practitioner, purpose="invitation", channel="email", on=MONDAY, source="x"
    )
    plan(TUESDAY)
    assert states(rows) == ["deferred", "due", "due", "due", "deferred"]
    why = [FollowUp.objects.get(pk=row.pk).reason["deferred"]["why"] for row in (rows[0], rows[4])]
    assert why == ["practitioner_budget", "coach_day"]
    assert not broken_rules()


def test_what_a_completion_plans_for_today_keeps_within_the_day(coach):
    rows = cases(4, coach)
    plan(TUESDAY)
    row = the_open(rows[0].practitioner)
    services.complete_follow_up(follow_up=row, outcome="wants_later", later_on=TUESDAY, by=None, at=at(TUESDAY))
    again = the_open(rows[0].practitioner)
    assert (again.state, again.reason["deferred"]["why"]) == ("deferred", "coach_day")
    assert filled(coach) == [(TUESDAY, 3, 3)]
    assert not broken_rules()


def test_a_case_opened_by_hand_counts_in_the_coachs_day(coach):
    Coach.objects.update(daily_capacity=1)
    first, second = make_practitioners(2)
    for person in (first, second):
        services.open_case(practitioner=person, track="coaching", coach=coach, by=None, at=at(MONDAY))
    assert (the_open(first).state, the_open(second).state) == ("due", "deferred")
    assert filled(coach) == [(MONDAY, 1, 1)]
    assert not broken_rules()


@pytest.mark.parametrize("act", ["start", "postpone", "assign"])
def test_the_planner_opens_nothing_on_top_of_what_people_brought(coach, act):
    """Two of the three that fit in the day came by hand: one more opens, and the week counts them too."""
    rows = cases(6, coach)
    mine = rows[4:]
    if act == "assign":
        FollowUp.objects.filter(pk__in=[row.pk for row in mine]).update(assignee=make_coach(), state="due")
        FollowUpEvent.objects.filter(follow_up__in=mine).update(to_state="due")
    for row in mine:
        if act == "start":
            services.start_follow_up(follow_up=row, by=None, at=at(TUESDAY, 5))
        elif act == "postpone":
            services.postpone_follow_up(follow_up=row, to=TUESDAY, reason="asked", by=None, at=at(TUESDAY, 5))
        else:
            services.assign_follow_up(follow_up=row, coach=coach, by=None, at=at(TUESDAY, 5))
    plan(TUESDAY)
    room = room_of([coach.pk], TUESDAY)[coach.pk]
    assert (room.used, room.by_hand, room.used_in_week) == (3, 2, 3)
    assert [row.state for row in FollowUp.objects.filter(pk__in=[row.pk for row in mine])] == ["due"] * 2
    assert sum(opened for _day, opened, _capacity in filled(coach)) == 1
    assert room_of([coach.pk], TUESDAY + DAY)[coach.pk].used_in_week == 3
    assert room_of([coach.pk], TUESDAY + 7 * DAY)[coach.pk].used_in_week == 0
    assert not broken_rules()
