"""Rules 2, 3, 4 and 9: anchors and waiting, working days, only the next step, outcome routes."""

import datetime as dt

import pytest

from coaching.enums import Anchor
from coaching.models import Enrolment, FollowUp, Playbook, TeamDay
from coaching.selectors.audit import broken_rules
from coaching.services import cancel_follow_up, complete_follow_up, log_visit, skip_follow_up
from coaching.services.playbooks import activate_version, new_draft, save_draft
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, change_step, figure, make_coach, plan, sort, the_open

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture
def person():
    return make_practitioners(1)[0]


def enrolled(person, on: dt.date = MONDAY) -> FollowUp:
    sort({person: "late_majority"}, month=on.replace(day=1))
    plan(on)
    return the_open(person)


def done(person, on: dt.date, outcome: str = "done", **more) -> None:
    complete_follow_up(follow_up=the_open(person), outcome=outcome, by=None, at=at(on), **more)


# --- Working days (3) ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "target", "closes", "why"),
    [
        ("2018-07-02", "2018-07-09", "2018-07-16", "an ordinary week"),
        ("2018-10-29", "2018-11-06", "2018-11-13", "All Saints on 1 November isn't counted"),
        ("2018-12-19", "2018-12-27", "2019-01-04", "Christmas and New Year aren't counted"),
        ("2018-03-28", "2018-04-05", "2018-04-12", "Easter Monday isn't counted"),
        ("2018-05-07", "2018-05-15", "2018-05-23", "neither Ascension nor Whit Monday is counted"),
        ("2018-07-07", "2018-07-13", "2018-07-20", "enrolled on a Saturday"),
        ("2017-12-27", "2018-01-04", "2018-01-11", "over the year's end"),
    ],
)
def test_five_working_days_after_the_enrolment(person, on, target, closes, why):
    row = enrolled(person, day(on))
    assert (row.opens_on, row.target_on, row.closes_on) == (
        max(row.opens_on, day(on)),
        day(target),
        day(closes),
    ), why


def test_days_off_of_the_whole_team_are_not_counted(person):
    TeamDay.objects.create(day=day("2018-07-04"), reason="Team day")
    assert enrolled(person).target_on == day("2018-07-10")


@pytest.mark.parametrize(
    ("roll", "target", "rolled_from"),
    [
        ("next", "2018-11-02", "2018-11-01"),
        ("previous", "2018-10-31", "2018-11-01"),
        ("none", "2018-11-01", None),
    ],
)
def test_a_calendar_delay_that_ends_on_a_day_off_is_rolled(person, roll, target, rolled_from):
    change_step("first_call", delay=3, unit="calendar_days", roll=roll, opens_before=0, closes_after=0)
    row = enrolled(person, day("2018-10-29"))
    assert row.opens_on == row.target_on == row.closes_on == day(target)
    assert row.reason.get("rolled_from") == rolled_from


def test_a_step_never_opens_before_the_day_that_it_counts_from(person):
    change_step("first_call", delay=2, opens_before=10)
    assert enrolled(person).opens_on == MONDAY


# --- Only the next step, from the real completion (4) ---------------------------------------------------


def test_only_the_next_step_exists(person):
    enrolled(person)
    for days in range(3):
        plan(MONDAY + days * DAY)
    assert FollowUp.objects.count() == 1
    done(person, MONDAY)
    assert FollowUp.objects.count() == 2, "the next one came with the completion, in the same transaction"


def test_the_next_delay_runs_from_the_day_of_the_contact_and_not_from_the_plan(person):
    first = enrolled(person)
    assert first.target_on == day("2018-07-09")
    done(person, day("2018-07-13"), done_on=day("2018-07-12"))
    row = the_open(person)
    assert row.step.code == "first_visit"
    assert row.reason["anchor_on"] == "2018-07-12"
    assert row.target_on == day("2018-08-02"), "15 working days after Thursday the 12th"


def test_a_step_may_count_from_the_previous_target(person):
    change_step("first_visit", anchor=Anchor.PREVIOUS_TARGET, delay=1)
    enrolled(person)
    done(person, day("2018-07-03"))
    assert the_open(person).target_on == day("2018-07-10")


def test_the_whole_playbook_in_order_and_then_monthly_until_the_goal(person):
    enrolled(person)
    steps = []
    for n in range(6):
        row = the_open(person)
        steps.append((row.step.code, row.occurrence))
        done(person, row.target_on)
        assert FollowUp.objects.count() == n + 2
    assert steps == [
        ("first_call", 1),
        ("first_visit", 1),
        ("check_on_figures", 1),
        ("second_visit", 1),
        ("monthly_check", 1),
        ("monthly_check", 2),
    ]
    row = the_open(person)
    assert (row.step.code, row.occurrence, row.reason["route"]) == ("monthly_check", 3, "repeat")
    assert not broken_rules()


def test_the_monthly_check_stops_when_the_goal_is_held(person):
    change_step("first_call", repeats_until_goal=True)
    enrolled(person)
    for month in ("2018-05-01", "2018-06-01", "2018-07-01"):
        figure(person, "sumehr_coverage", day(month), 130, 500)
    done(person, day("2018-07-04"))
    enrolment = Enrolment.objects.get()
    assert (enrolment.state, enrolment.exit_reason, enrolment.case.outcome) == (
        "exited",
        "goal_reached",
        "goal_reached",
    )


def test_the_last_step_completes_and_the_next_playbook_takes_over(person):
    sort({person: "laggards"})
    plan(MONDAY)
    coach = make_coach()
    Enrolment.objects.get().case.__class__.objects.update(coach=coach)
    for code in ("first_call", "equipment_check", "installation", "first_sumehr", "hand_over"):
        row = the_open(person)
        assert row.step.code == code
        done(person, row.target_on)
    first, second = Enrolment.objects.order_by("pk")
    assert (first.state, first.case.state, first.case.outcome) == ("completed", "closed", "handed_over")
    assert (second.playbook.code, second.state, second.case.track) == ("coaching_late_majority", "live", "coaching")
    assert second.case.coach == coach and the_open(person).assignee == coach
    assert second.evidence["continued_from"] == "technical_support_laggards"
    assert the_open(person).step.code == "first_call"
    plan(the_open(person).opens_on)
    assert Enrolment.objects.count() == 2
    assert not broken_rules()


# --- Waiting (2) ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("anchor", [Anchor.SESSION_ATTENDED, Anchor.WAVE_START, Anchor.LAST_CONTACT])
def test_a_missing_anchor_waits_visibly_and_never_falls_back_to_today(person, anchor):
    change_step("first_call", anchor=anchor)
    sort({person: "late_majority"})
    run = plan(MONDAY)
    enrolment = Enrolment.objects.get()
    assert (enrolment.state, enrolment.waiting_for) == ("waiting", anchor)
    assert not FollowUp.objects.exists()
    assert run.waiting == 1
    assert plan(MONDAY + DAY).waiting == 0, "it waits still; that isn't counted as new"
    assert not broken_rules()


def test_who_waits_goes_on_when_the_anchor_comes(person):
    change_step("first_call", anchor=Anchor.LAST_CONTACT, delay=3)
    sort({person: "late_majority"})
    plan(MONDAY)
    coach = make_coach()
    log_visit(
        practitioner=person, kind="call", outcome="done", coach=coach, by=UserFactory(), at=at(MONDAY + DAY, hour=23)
    )
    plan(MONDAY + DAY)
    assert Enrolment.objects.get().state == "live"
    assert the_open(person).target_on == day("2018-07-06"), "three working days after the contact of the 3rd"
    assert not broken_rules()


# --- Outcome routes (9) ---------------------------------------------------------------------------------


def test_no_answer_is_tried_again_then_on_the_next_channel_then_the_next_step_comes(person):
    enrolled(person)
    seen = []
    for _n in range(6):
        row = the_open(person)
        seen.append((row.step.code, row.channel, row.occurrence, row.reason["attempt"]))
        done(person, row.target_on, "no_answer")
    assert seen == [
        ("first_call", "call", 1, 1),
        ("first_call", "call", 2, 2),
        ("first_call", "call", 3, 3),
        ("first_call", "email", 4, 1),
        ("first_call", "email", 5, 2),
        ("first_call", "email", 6, 3),
    ]
    assert the_open(person).step.code == "first_visit"


def test_a_retry_opens_the_working_day_after_the_attempt(person):
    enrolled(person)
    done(person, day("2018-07-06"), "no_answer")
    row = the_open(person)
    assert (row.opens_on, row.target_on) == (day("2018-07-09"), day("2018-07-10"))


def test_wanting_later_comes_back_on_the_day_asked_for(person):
    enrolled(person)
    done(person, MONDAY, "wants_later", later_on=day("2018-09-03"))
    row = the_open(person)
    assert (row.step.code, row.occurrence, row.target_on, row.opens_on) == (
        "first_call",
        2,
        day("2018-09-03"),
        day("2018-09-03"),
    )


def test_wanting_later_on_a_day_off_rolls_to_a_working_day(person):
    enrolled(person)
    done(person, MONDAY, "wants_later", later_on=day("2018-11-01"))
    assert the_open(person).target_on == day("2018-11-02")


def test_a_refusal_exits_and_closes_the_case(person):
    enrolled(person)
    done(person, MONDAY, "refused")
    enrolment = Enrolment.objects.get()
    assert (enrolment.state, enrolment.exit_reason, enrolment.ended_on) == ("exited", "refused", MONDAY)
    assert (enrolment.case.state, enrolment.case.outcome) == ("closed", "refused")
    assert not FollowUp.objects.filter(state__in=["planned", "due"]).exists()


@pytest.mark.parametrize("drop", [skip_follow_up, cancel_follow_up])
def test_a_step_left_out_is_followed_by_the_next_one(person, drop):
    enrolled(person)
    drop(follow_up=the_open(person), reason="met at a conference", by=None, at=at(MONDAY))
    row = the_open(person)
    assert row.step.code == "first_visit" and row.reason["anchor_on"] == MONDAY.isoformat()
    assert not broken_rules()


def test_a_version_in_use_keeps_its_steps_for_those_in_it(person):
    """A newer active version enrols from now on; who is under way goes on in the old one."""
    enrolled(person)
    draft = new_draft(playbook=Playbook.objects.get(code="coaching_late_majority"), by=None)
    only = {"code": "only", "name_en": "Only", "channel": "email", "anchor": "enrolled", "delay": 1}
    activate_version(version=save_draft(version=draft, steps=[only], by=None), by=None)
    done(person, MONDAY)
    assert the_open(person).step.code == "first_visit"
    other = make_practitioners(1)[0]
    sort({person: "late_majority", other: "late_majority"})
    plan(MONDAY + DAY)
    assert the_open(other).step.code == "only"
