"""Rule 12: a window that closed is told to the coach, the coordinator and the manager, level by level, with measure."""

import datetime as dt

import pytest
from post_office.models import Email

from accounts.models import User
from coaching import services
from coaching.models import Case, Coach, ContactBudget, Enrolment, Escalation, FollowUp
from coaching.selectors.audit import broken_rules
from coaching.selectors.escalations import open_escalations
from coaching.services.working_days import team_calendar
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, make_coach, plan, sort, the_open

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def person():
    return make_practitioners(1)[0]


@pytest.fixture
def coach(person):
    coach = make_coach()
    sort({person: "late_majority"})
    plan(MONDAY)
    services.assign_case(case=Case.objects.get(), coach=coach, by=None, at=at(MONDAY))
    return coach


def miss(person) -> FollowUp:
    """Let the open window close; the follow-up that was missed."""
    row = the_open(person)
    plan(row.closes_on)
    assert not Escalation.objects.filter(follow_up=row).exists(), "not on the target, and not on the last day"
    plan(row.closes_on + DAY)
    row.refresh_from_db()
    assert row.state == "missed"
    return row


def told() -> list[tuple[str, int]]:
    return list(Escalation.objects.order_by("pk").values_list("level", "follow_up__occurrence"))


def unsettled() -> int:
    return Escalation.objects.filter(settled_on=None).count()


def test_one_level_more_with_each_miss_and_each_level_once(person, coach):
    for number in range(1, 6):
        first = miss(person)
        assert len(told()) == min(number, 3)
        escalation = Escalation.objects.latest("pk")
        if number <= 3:
            assert (escalation.follow_up, escalation.raised_on) == (first, first.closes_on + DAY)
    assert told() == [("coach", 1), ("coordinator", 2), ("manager", 3)]
    assert not broken_rules()


def test_planning_the_same_day_again_tells_nothing_twice(person, coach):
    row = miss(person)
    for _n in range(2):
        assert plan(row.closes_on + DAY).escalated == 0
    assert told() == [("coach", 1)]


def test_where_nobody_is_assigned_the_coordinator_is_told_at_once(person):
    sort({person: "late_majority"})
    plan(MONDAY)
    for _n in range(3):
        miss(person)
    assert told() == [("coordinator", 1), ("manager", 3)]


def test_a_coach_who_left_is_nobody_to_tell(person, coach):
    Coach.objects.update(is_active=False)
    miss(person)
    assert told() == [("coordinator", 1)]


def test_a_coach_whose_account_was_closed_is_nobody_to_tell(person, coach):
    User.objects.filter(pk=coach.user_id).update(is_active=False)
    miss(person)
    assert told() == [("coordinator", 1)]


def test_the_chain_of_misses_goes_on_in_another_version(person, coach, settings):
    """Moved to a new version, the follow-up planned after the miss is the first of its step there."""
    settings.PLANNER_ESCALATION_COOLDOWN_DAYS = 12
    ends = _working_days_after(miss(person).closes_on + DAY, 12)
    second = miss(person)
    assert told() == [("coach", 1)]
    FollowUp.objects.filter(occurrence=1).update(occurrence=98)
    FollowUp.objects.filter(pk=the_open(person).pk).update(occurrence=1)
    plan(ends)
    assert Escalation.objects.filter(follow_up=second, level="coordinator").exists()


def test_what_the_planner_takes_back_itself_ends_no_chain(person, coach):
    miss(person)
    row = the_open(person)
    reason = row.reason | {"withdrawn": "wave_start", "ended_on": row.opens_on.isoformat()}
    FollowUp.objects.filter(pk=row.pk).update(state="cancelled", reason=reason)
    plan(row.opens_on)
    assert unsettled() == 1


def test_a_coach_who_comes_later_is_not_told_of_what_the_coordinator_knows(person):
    sort({person: "late_majority"})
    plan(MONDAY)
    miss(person)
    services.assign_case(case=Case.objects.get(), coach=make_coach(), by=None, at=at(MONDAY + 30 * DAY))
    miss(person)
    assert told() == [("coordinator", 1)]


def test_the_mail_is_written_with_the_escalation(person, coach):
    miss(person)
    assert [mail.to for mail in Email.objects.all()] == [[coach.user.email]]


def test_the_cases_coach_is_told_where_the_one_who_had_it_left(person, coach):
    gone = make_coach()
    FollowUp.objects.update(assignee=gone)
    User.objects.filter(pk=gone.user_id).update(is_active=False)
    miss(person)
    assert told() == [("coach", 1)]
    assert [mail.to for mail in Email.objects.all()] == [[coach.user.email]]


@pytest.mark.parametrize("most", [0, 1, 2])
def test_so_many_levels_at_most(person, coach, settings, most):
    settings.PLANNER_ESCALATIONS_MOST = most
    for _n in range(4):
        miss(person)
    assert told() == [("coach", 1), ("coordinator", 2)][:most]


def test_a_level_that_falls_due_in_the_cooldown_is_told_when_it_ends(person, coach, settings):
    settings.PLANNER_ESCALATION_COOLDOWN_DAYS = 12
    first = miss(person)
    second = miss(person)
    assert told() == [("coach", 1)]
    raised = first.closes_on + DAY
    ends = _working_days_after(raised, 12)
    assert second.closes_on < ends
    for day in range((ends - second.closes_on).days):
        plan(second.closes_on + day * DAY)
        assert told() == [("coach", 1)]
    plan(ends)
    assert told() == [("coach", 1), ("coordinator", 2)]
    assert Escalation.objects.latest("pk").raised_on == ends


def _working_days_after(day: dt.date, number: int) -> dt.date:
    return team_calendar(around=day).add(day, number)


def test_what_was_settled_in_the_cooldown_is_not_told(person, coach, settings):
    settings.PLANNER_ESCALATION_COOLDOWN_DAYS = 12
    miss(person)
    second = miss(person)
    services.complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(second.closes_on + DAY))
    plan(second.closes_on + 20 * DAY)
    assert told() == [("coach", 1)] and not unsettled()


def test_no_level_is_left_out_by_the_cooldown(person, coach, settings):
    """The third miss comes before the second could be told: the coordinator hears of it first all the same."""
    settings.PLANNER_ESCALATION_COOLDOWN_DAYS = 20
    for _n in range(3):
        last = miss(person)
    assert told() == [("coach", 1)]
    plan(last.closes_on + 14 * DAY)
    plan(last.closes_on + 60 * DAY)
    assert [level for level, _occurrence in told()] == ["coach", "coordinator", "manager"]


@pytest.mark.parametrize("act", ["complete", "skip", "cancel"])
def test_what_a_person_does_settles_in_the_same_transaction_and_ends_the_chain(person, coach, act):
    row = miss(person)
    moment = row.closes_on + DAY
    if act == "complete":
        services.complete_follow_up(follow_up=the_open(person), outcome="no_answer", by=None, at=at(moment))
    elif act == "cancel":
        services.cancel_follow_up(follow_up=the_open(person), reason="not needed", by=None, at=at(moment))
    else:
        services.skip_follow_up(follow_up=the_open(person), reason="met elsewhere", by=None, at=at(moment))
    assert Escalation.objects.get().settled_on == moment
    miss(person)
    assert [level for level, _occurrence in told()] == ["coach", "coach"], "a new chain begins with the coach"
    assert not broken_rules()


def test_the_end_of_the_enrolment_settles(person, coach):
    row = miss(person)
    services.close_case(case=Case.objects.get(), outcome="no_longer_needed", by=None, at=at(row.closes_on + DAY))
    assert Escalation.objects.get().settled_on == row.closes_on + DAY


def test_an_exit_found_by_the_planner_settles(person, coach):
    row = miss(person)
    type(person).objects.update(restriction="do_not_contact", restriction_reason="asked")
    plan(row.closes_on + 2 * DAY)
    assert Escalation.objects.get().settled_on == row.closes_on + 2 * DAY
    assert not broken_rules()


def test_who_is_paused_is_not_told_of_until_the_work_goes_on(person, coach, settings):
    settings.PLANNER_ESCALATION_COOLDOWN_DAYS = 12
    miss(person)
    second = miss(person)
    Enrolment.objects.update(state="paused")
    plan(second.closes_on + 20 * DAY)
    assert told() == [("coach", 1)]
    Enrolment.objects.update(state="live")
    plan(second.closes_on + 21 * DAY)
    assert told()[:2] == [("coach", 1), ("coordinator", 2)]


def test_waiting_for_the_budget_is_nobodys_miss(person, coach):
    ContactBudget.objects.create(contacts=1, days=90, valid_from=dt.date(2018, 1, 1))
    other = make_practitioners(1)[0]
    sort({other: "late_majority"})
    services.spend_contact_budget(practitioner=other, purpose="pilot", channel="email", on=MONDAY, source="x")
    for days in range(0, 60, 5):
        plan(MONDAY + days * DAY)
    assert not Escalation.objects.filter(follow_up__practitioner=other).exists()


def test_all_that_closed_on_one_day_are_told(coach):
    people = make_practitioners(12)
    sort(dict.fromkeys(people, "late_majority"))
    plan(MONDAY)
    last = max(the_open(one).closes_on for one in people)
    assert plan(last + DAY).escalated >= 12
    assert Escalation.objects.filter(follow_up__practitioner__in=people, level="coordinator").count() == 12


# --- Who sees them -----------------------------------------------------------------------------------------


def test_everybody_who_steers_sees_all_that_is_open_and_a_coach_their_own(person, coach):
    other = make_practitioners(1)[0]
    sort({other: "late_majority"})
    plan(MONDAY)
    miss(person)
    manager, stranger = UserFactory(role="manager"), make_coach()
    assert [row.level for row in open_escalations(manager)] == ["coordinator", "coach"]
    assert [row.follow_up.practitioner for row in open_escalations(coach.user)] == [person]
    assert not open_escalations(stranger.user).exists()
    services.skip_follow_up(follow_up=the_open(person), reason="x", by=None, at=at(MONDAY + 40 * DAY))
    assert not open_escalations(coach.user).exists()
