"""Rule 9: what follows an outcome, with its cap and its settings; and starts that don't bunch when the track changes."""

import datetime as dt

import pytest

from accounts.models import User
from coaching.errors import DayRefused, LaterDayMissing, PastCaseEnd
from coaching.models import Case, Coach, Enrolment, FollowUp
from coaching.selectors.audit import broken_rules
from coaching.services import complete_follow_up, postpone_follow_up, record_absence
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, change_step, make_coach, plan, sort, the_open

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2018-{text}")


@pytest.fixture
def person():
    return make_practitioners(1)[0]


def enrolled(person, segment: str = "late_majority", on: dt.date = MONDAY) -> FollowUp:
    sort({person: segment}, month=on.replace(day=1))
    plan(on)
    return the_open(person)


def done(person, on: dt.date, outcome: str = "done", **more) -> None:
    complete_follow_up(follow_up=the_open(person), outcome=outcome, by=None, at=at(on), **more)


# --- No answer ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delay", "opens", "target"), [(1, "07-09", "07-09"), (2, "07-09", "07-10"), (5, "07-09", "07-13")]
)
def test_the_delay_between_attempts_is_a_setting(person, settings, delay, opens, target):
    settings.PLANNER_RETRY_DELAY_DAYS = delay
    enrolled(person)
    done(person, day("07-06"), "no_answer")
    row = the_open(person)
    assert (row.opens_on, row.target_on, row.reason["delay"]) == (day(opens), day(target), delay)


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_no_more_attempts_than_the_step_allows_on_each_channel(person, retries):
    change_step("first_call", retries=retries)
    enrolled(person)
    attempts = []
    while (row := the_open(person)).step.code == "first_call":
        attempts.append(row.channel)
        done(person, row.target_on, "no_answer")
    assert attempts == ["call"] * (retries + 1) + ["email"] * (retries + 1)
    assert not broken_rules()


def test_without_another_channel_the_next_step_follows_the_last_attempt(person):
    change_step("first_call", retries=1, next_channel="")
    enrolled(person)
    done(person, MONDAY, "no_answer")
    done(person, the_open(person).target_on, "no_answer")
    assert (the_open(person).step.code, the_open(person).reason["route"]) == ("first_visit", "next")


def test_an_answer_begins_the_count_anew(person):
    change_step("first_call", retries=1)
    enrolled(person)
    done(person, MONDAY, "no_answer")
    done(person, the_open(person).target_on, "wants_later", later_on=day("07-16"))
    assert the_open(person).reason["attempt"] == 1
    done(person, day("07-16"), "no_answer")
    assert (the_open(person).channel, the_open(person).reason["attempt"]) == ("call", 2)


def test_a_retry_waits_for_the_coach_to_be_back(person):
    coach = make_coach()
    enrolled(person)
    FollowUp.objects.update(assignee=coach)
    record_absence(coach=coach, first_day=day("07-03"), last_day=day("07-06"), by=None, at=at(MONDAY))
    done(person, MONDAY, "no_answer")
    row = the_open(person)
    assert row.assignee == coach and row.target_on == day("07-10")


@pytest.mark.parametrize("who", ["coach", "user"])
@pytest.mark.parametrize("route", ["retry", "later", "missed"])
def test_what_comes_next_is_not_for_a_coach_who_left(person, route, who):
    coach = make_coach()
    row = enrolled(person)
    Case.objects.update(coach=coach)
    FollowUp.objects.update(assignee=coach)
    if who == "coach":
        Coach.objects.update(is_active=False)
    else:
        User.objects.filter(pk=coach.user_id).update(is_active=False)
    if route == "missed":
        plan(row.closes_on + DAY)
    elif route == "retry":
        done(person, MONDAY, "no_answer")
    else:
        done(person, MONDAY, "wants_later", later_on=day("07-16"))
    assert (the_open(person).reason["route"], the_open(person).assignee) == (route, None)


# --- Wants later ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("later", "error"),
    [(None, LaterDayMissing), ("07-01", DayRefused), ("08-01", PastCaseEnd), ("07-21", PastCaseEnd)],
)
def test_a_day_that_cannot_be_is_refused_and_nothing_changes(person, later, error):
    """The case ends on Saturday the 21st: that day would be rolled to Monday, beyond the end."""
    row = enrolled(person)
    Case.objects.update(ends_on=day("07-21"))
    with pytest.raises(error):
        done(person, MONDAY, "wants_later", later_on=day(later) if later else None)
    row.refresh_from_db()
    assert (row.state, row.outcome) == ("due", "") and FollowUp.objects.count() == 1


def test_the_last_day_of_the_case_may_be_asked_for(person):
    enrolled(person)
    Case.objects.update(ends_on=day("07-20"))
    done(person, MONDAY, "wants_later", later_on=day("07-20"))
    row = the_open(person)
    assert (row.target_on, row.opens_on, row.reason["anchor"]) == (day("07-20"), day("07-20"), "asked")


def test_postponing_beyond_the_case_end_is_refused(person):
    row = enrolled(person)
    Case.objects.update(ends_on=day("07-20"))
    with pytest.raises(PastCaseEnd):
        postpone_follow_up(follow_up=row, to=day("07-23"), reason="later", by=None, at=at(MONDAY))
    row.refresh_from_db()
    assert not row.is_frozen


# --- Refused ------------------------------------------------------------------------------------------


def test_who_refuses_is_not_asked_again_by_the_next_run(person):
    enrolled(person)
    done(person, MONDAY, "refused")
    for n in range(1, 4):
        plan(MONDAY + n * DAY)
    assert Enrolment.objects.count() == 1 and FollowUp.objects.count() == 1
    assert Case.objects.get().outcome == "refused"
    assert not broken_rules()


# --- Switching track ------------------------------------------------------------------------------------


def test_the_new_track_starts_at_the_contact_that_was_pending(person):
    """A technical check is pending for the 16th when the laggard becomes late majority: coaching counts from there."""
    enrolled(person, "laggards")
    done(person, MONDAY)
    pending = the_open(person)
    assert (pending.step.code, pending.target_on) == ("equipment_check", day("07-16"))
    sort({person: "late_majority"})
    plan(MONDAY + DAY)
    old, new = Enrolment.objects.order_by("pk")
    assert (old.exit_reason, new.evidence["starts_on"]) == ("segment_left", "2018-07-16")
    row = the_open(person)
    assert row.enrolment == new and row.reason["anchor_on"] == "2018-07-16"
    assert row.opens_on >= day("07-16") and row.target_on == day("07-23")
    assert not broken_rules()


def test_the_new_track_starts_today_when_what_was_pending_is_past(person):
    row = enrolled(person, "laggards")
    assert row.target_on == day("07-05")
    sort({person: "late_majority"})
    plan(day("07-10"))
    new = Enrolment.objects.get(playbook__code="coaching_late_majority")
    assert "starts_on" not in new.evidence and the_open(person).reason["anchor_on"] == "2018-07-10"


def test_the_later_start_stays_the_anchor_when_the_planner_runs_again(person):
    enrolled(person, "laggards")
    done(person, MONDAY)
    sort({person: "late_majority"})
    plan(MONDAY + DAY)
    row = the_open(person)
    events = row.events.count()
    assert plan(MONDAY + DAY).moved == 0 and plan(MONDAY + 2 * DAY).moved == 0
    assert row.events.count() == events and the_open(person).target_on == row.target_on
