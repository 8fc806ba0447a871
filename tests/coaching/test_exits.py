"""Rules 6, 7 and 13: exits with their reason, steps that the figures complete, windows that closed."""

import datetime as dt

import pytest

from coaching.models import Case, Enrolment, FollowUp, FollowUpEvent
from coaching.selectors.audit import broken_rules
from coaching.services import close_case, complete_follow_up, plan_follow_ups
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, change_step, figure, plan, sort, the_open

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
JULY, JUNE, MAY, APRIL = (dt.date(2018, month, 1) for month in (7, 6, 5, 4))


@pytest.fixture
def person():
    person = make_practitioners(1)[0]
    sort({person: "late_majority"})
    plan(MONDAY)
    return person


@pytest.fixture
def laggard():
    person = make_practitioners(1)[0]
    sort({person: "laggards"})
    plan(MONDAY)
    return person


def enrolment(person) -> Enrolment:
    return Enrolment.objects.select_related("case").filter(practitioner=person).latest("pk")


def change(person, **columns) -> None:
    type(person).objects.filter(pk=person.pk).update(**columns)


# --- Exits (6) ------------------------------------------------------------------------------------------


def test_each_outside_reason_is_found_stored_and_cancels_what_was_planned(person):
    other = make_practitioners(1)[0]
    people = {
        "inactive": {"status": "inactive", "inactive_reason": "retired", "inactive_since": MONDAY},
        "do_not_contact": {"restriction": "do_not_contact", "restriction_reason": "asked"},
        "merged": {
            "status": "inactive",
            "inactive_reason": "merged",
            "inactive_since": MONDAY,
            "merged_into": other,
        },
    }
    rows = dict(zip(people, make_practitioners(len(people)), strict=True))
    sort(dict.fromkeys(rows.values(), "late_majority"))
    plan(MONDAY)
    for reason, row in rows.items():
        change(row, **people[reason])
    run = plan(MONDAY + DAY)
    assert run.exited == 3
    for reason, row in rows.items():
        ended = enrolment(row)
        assert (ended.state, ended.exit_reason, ended.ended_on) == ("exited", reason, MONDAY + DAY)
        follow_up = FollowUp.objects.get(practitioner=row)
        assert follow_up.state == "cancelled"
        event = follow_up.events.latest("id")
        assert (event.from_state, event.to_state, event.data["exit"]) == ("due", "cancelled", reason)
    states = {reason: enrolment(row).case.state for reason, row in rows.items()}
    assert states == {"inactive": "closed", "merged": "closed", "do_not_contact": "open"}
    assert enrolment(person).state == "live", "nobody else is touched"
    assert not broken_rules()


def test_a_restriction_that_is_over_is_no_reason(person):
    change(person, restriction="do_not_contact", restriction_reason="ill", restriction_until=MONDAY)
    plan(MONDAY + DAY)
    assert enrolment(person).state == "live"


def test_an_exit_is_checked_again_under_the_lock_when_somebody_acts(person):
    change(person, restriction="do_not_contact", restriction_reason="asked")
    complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(MONDAY))
    assert enrolment(person).exit_reason == "do_not_contact"
    assert FollowUp.objects.get().state == "done", "the contact that took place is kept, and no next one planned"


def test_a_closed_case_ends_its_enrolment(person):
    close_case(case=enrolment(person).case, outcome="no_longer_needed", by=None, at=at(MONDAY))
    assert (enrolment(person).exit_reason, FollowUp.objects.get().state) == ("case_closed", "cancelled")
    assert not broken_rules()


def test_a_case_closed_behind_the_services_back_ends_with_the_next_run(person):
    Case.objects.update(state="closed", closed_at=at(MONDAY), outcome="refused")
    plan(MONDAY)
    assert enrolment(person).exit_reason == "case_closed"


@pytest.mark.parametrize(
    ("figures", "reached", "why"),
    [
        ({MAY: 130, JUNE: 125, JULY: 140}, True, "three months in a row at a quarter or more"),
        ({MAY: 130, JUNE: 124, JULY: 140}, False, "one of them below"),
        ({JUNE: 130, JULY: 140}, False, "two months only"),
        ({APRIL: 130, JUNE: 130, JULY: 140}, False, "a month between is missing"),
        ({APRIL: 130, MAY: 130, JUNE: 140}, False, "none of the months of the enrolment"),
        ({MAY: 130, JUNE: 130, JULY: 130, dt.date(2018, 8, 1): 0}, True, "a month after the day doesn't count"),
    ],
)
def test_the_goal_is_reached_when_it_is_held_for_three_months(person, figures, reached, why):
    for month, value in figures.items():
        figure(person, "sumehr_coverage", month, value, 500)
    plan(MONDAY + 20 * DAY)
    ended = enrolment(person)
    assert (ended.exit_reason == "goal_reached") is reached, why
    assert (ended.case.outcome == "goal_reached") is reached


def test_a_coverage_without_a_denominator_never_reaches_a_goal(person):
    for month in (MAY, JUNE, JULY):
        figure(person, "sumehr_coverage", month, 130, 0)
    plan(MONDAY + DAY)
    assert enrolment(person).state == "live"


def test_months_without_a_denominator_dont_count_as_reached_beside_one_that_is(person):
    figure(person, "sumehr_coverage", MAY, 90, 100)
    for month in (JUNE, JULY):
        figure(person, "sumehr_coverage", month, 0, 0)
    plan(MONDAY + DAY)
    assert enrolment(person).state == "live"


def test_the_case_has_its_own_goal(person):
    Case.objects.update(goal_value=0.5, goal_months=1)
    figure(person, "sumehr_coverage", JULY, 200, 500)
    plan(MONDAY + DAY)
    assert enrolment(person).state == "live"
    Case.objects.update(goal_value=0.4)
    plan(MONDAY + DAY)
    assert enrolment(person).exit_reason == "goal_reached"


# --- Usage (7) ------------------------------------------------------------------------------------------


def at_the_usage_step(laggard) -> FollowUp:
    for _n in range(3):
        row = the_open(laggard)
        complete_follow_up(follow_up=row, outcome="done", by=None, at=at(MONDAY))
    row = the_open(laggard)
    assert row.step.code == "first_sumehr"
    return row


def test_the_figures_complete_the_usage_step_and_the_next_one_comes(laggard):
    row = at_the_usage_step(laggard)
    figure(laggard, "sumehr_published", JULY, 3)
    run = plan(MONDAY + DAY)
    row.refresh_from_db()
    assert (row.state, row.resolved_by, row.done_on) == ("done", "usage", MONDAY + DAY)
    assert row.reason["usage"] == {"month": "2018-07-01", "value": 3}
    assert the_open(laggard).step.code == "hand_over"
    assert (run.resolved_by_usage, run.made) == (1, 1)
    event = FollowUpEvent.objects.filter(follow_up=row).latest("id")
    assert event.actor is None and event.data["usage"]["value"] == 3
    assert not broken_rules()


@pytest.mark.parametrize(
    ("month", "value", "why"),
    [
        (JUNE, 40, "a figure from before the month of enrolment proves nothing"),
        (JULY, 0, "nothing was published"),
        (dt.date(2018, 9, 1), 5, "a month that hasn't come"),
    ],
)
def test_other_figures_do_not_complete_it(laggard, month, value, why):
    row = at_the_usage_step(laggard)
    figure(laggard, "sumehr_published", month, value)
    plan(MONDAY + DAY)
    row.refresh_from_db()
    assert row.is_open, why


def test_usage_seen_before_its_step_ends_the_support_and_hands_over(laggard):
    figure(laggard, "sumehr_published", JULY, 3)
    plan(MONDAY + DAY)
    first, second = Enrolment.objects.order_by("pk")
    assert (first.exit_reason, first.case.outcome) == ("usage_seen", "handed_over")
    assert (second.playbook.code, second.state) == ("coaching_late_majority", "live")
    assert FollowUp.objects.filter(enrolment=first).get().state == "cancelled"
    assert not broken_rules()


def test_usage_after_its_step_is_no_exit(laggard):
    row = at_the_usage_step(laggard)
    complete_follow_up(follow_up=row, outcome="done", by=None, at=at(MONDAY))
    figure(laggard, "sumehr_published", JULY, 3)
    plan(MONDAY + DAY)
    assert the_open(laggard).step.code == "hand_over"


# --- Windows (13) ---------------------------------------------------------------------------------------


def test_a_window_opens_on_its_day(person):
    complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(MONDAY))
    row = the_open(person)
    assert row.state == "planned"
    plan(row.opens_on - DAY)
    assert the_open(person).state == "planned"
    run = plan(row.opens_on)
    assert (the_open(person).state, run.opened) == ("due", 1)


def test_the_last_day_of_the_window_still_counts(person):
    row = the_open(person)
    plan(row.closes_on)
    assert the_open(person).pk == row.pk


def test_after_three_days_of_outage_closed_windows_are_missed_and_nobody_is_forgotten(person):
    row = the_open(person)
    on = row.closes_on + 3 * DAY
    run = plan(on)
    row.refresh_from_db()
    assert (row.state, row.reason["ended_on"]) == ("missed", on.isoformat())
    again = the_open(person)
    assert (again.step, again.occurrence, again.reason["route"]) == (row.step, 2, "missed")
    assert again.opens_on >= on and again.closes_on > on, "not sent late: its window begins now"
    assert (run.missed, run.made) == (1, 1)
    assert plan(on).missed == 0
    assert not broken_rules()


def test_a_step_whose_window_had_closed_before_it_was_planned_is_recorded_as_missed(person):
    """Completed long ago and entered late: the next window lies in the past already."""
    complete_follow_up(
        follow_up=the_open(person), outcome="done", by=None, at=at(MONDAY + 200 * DAY), done_on=MONDAY + DAY
    )
    visit, again = FollowUp.objects.filter(step__code="first_visit").order_by("occurrence")
    assert (visit.state, again.state, again.occurrence) == ("missed", "due", 2)
    assert again.opens_on >= MONDAY + 200 * DAY
    assert not broken_rules()


# --- Dry run (15) ---------------------------------------------------------------------------------------


def test_a_dry_run_lists_what_it_would_do_and_keeps_nothing(person):
    row = the_open(person)
    newcomer = make_practitioners(1)[0]
    sort({person: "late_majority", newcomer: "laggards"})
    before = list(FollowUp.objects.values()), list(Enrolment.objects.values()), FollowUpEvent.objects.count()
    report = plan_follow_ups(on=row.closes_on + DAY, dry_run=True)
    assert before == (list(FollowUp.objects.values()), list(Enrolment.objects.values()), FollowUpEvent.objects.count())
    assert (report.tally.missed, report.tally.made, report.tally.enrolled) == (1, 2, 1)
    told = {(line.practitioner, line.step, line.to_state, line.occurrence) for line in report.lines}
    assert told == {
        (person.name, "first_call", "missed", 1),
        (person.name, "first_call", "planned", 2),
        (person.name, "first_call", "due", 2),
        (newcomer.name, "first_call", "planned", 1),
        (newcomer.name, "first_call", "due", 1),
    }
    assert report.is_complete and report.tally.opened == 2
    plan(row.closes_on + DAY)
    assert FollowUp.objects.count() == 3


def test_who_waits_for_an_anchor_exits_too(person):
    """Without an open follow-up an enrolment is asked all the same."""
    change_step("first_visit", anchor="wave_start")
    complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(MONDAY))
    assert enrolment(person).state == "waiting"
    Case.objects.update(state="closed", closed_at=at(MONDAY), outcome="refused")
    plan(MONDAY + DAY)
    assert enrolment(person).exit_reason == "case_closed"
    assert not broken_rules()


@pytest.mark.parametrize(("month", "value"), [(JUNE, 40), (JULY, 0), (dt.date(2018, 9, 1), 5)])
def test_usage_outside_the_enrolments_months_is_no_exit(laggard, month, value):
    figure(laggard, "sumehr_published", month, value)
    plan(MONDAY + DAY)
    assert enrolment(laggard).state == "live" and the_open(laggard).step.code == "first_call"
