"""Rule 8: what goes on together is spread over the coaches' days; who starts and ends pauses, and what is refused."""

import datetime as dt

import pytest
from django.db import transaction

from coaching.enums import PauseScope
from coaching.errors import (
    OutOfScope,
    PauseEndBeforeStart,
    PauseEnded,
    PauseEndMissing,
    PauseOverlaps,
    PausePast,
    PauseScopeUnknown,
    PauseTargetMissing,
    PauseTargetUnexpected,
    PauseTooLong,
    ReasonMissing,
)
from coaching.models import FollowUp, Hold, Pause, Playbook
from coaching.selectors.audit import broken_rules
from coaching.selectors.pauses import pauses_visible_to, running
from coaching.services import assign_follow_up, close_case, complete_follow_up, end_pause, start_pause
from coaching.services.planner import resuming
from coaching.services.planner.tally import Moment
from coaching.services.working_days import planning_calendar
from practitioners.models import SoftwareProduct
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, figure, make_coach, plan, sort, the_open
from tests.factories.pauses import (
    DAY,
    FRIDAY,
    NEXT_MONDAY,
    SATURDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    dates,
    enrolment,
    pause,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    """Enrolled on the Monday: the first call is best on the next Monday, until the Monday after."""
    person = make_practitioners(1)[0]
    sort({person: "late_majority"})
    plan(MONDAY)
    return person


# --- Ends while held ------------------------------------------------------------------------------------


def test_ends_work_while_held(person):
    others = make_practitioners(4)
    closed, retired, silent, refused = others
    sort(dict.fromkeys([person, *others], "late_majority"))
    plan(MONDAY)
    pause(TUESDAY, FRIDAY)
    plan(TUESDAY)
    close_case(case=enrolment(closed).case, outcome="no_longer_needed", by=None, at=at(WEDNESDAY))
    complete_follow_up(follow_up=the_open(refused), outcome="refused", by=None, at=at(WEDNESDAY))
    model = type(person).objects
    model.filter(pk=retired.pk).update(status="inactive", inactive_reason="retired", inactive_since=WEDNESDAY)
    model.filter(pk=silent.pk).update(restriction="do_not_contact", restriction_reason="asked")
    plan(WEDNESDAY)
    reasons = {row.pk: enrolment(row).exit_reason for row in others}
    assert reasons == {
        closed.pk: "case_closed",
        retired.pk: "inactive",
        silent.pk: "do_not_contact",
        refused.pk: "refused",
    }
    assert Hold.objects.filter(released_on=None).count() == 1
    assert not broken_rules()


def test_usage_resolves_a_held_step_and_nothing_is_planned_until_release():
    laggard = make_practitioners(1)[0]
    sort({laggard: "laggards"})
    plan(MONDAY)
    for _n in range(3):
        complete_follow_up(follow_up=the_open(laggard), outcome="done", by=None, at=at(MONDAY))
    assert the_open(laggard).step.code == "first_sumehr"
    pause(TUESDAY, FRIDAY)
    plan(TUESDAY)
    figure(laggard, "sumehr_published", dt.date(2018, 7, 1), 3)
    run = plan(WEDNESDAY)
    assert (run.resolved_by_usage, run.made, enrolment(laggard).state) == (1, 0, "paused")
    plan(SATURDAY)
    assert the_open(laggard).step.code == "hand_over" and not broken_rules()


# --- Staggered -----------------------------------------------------------------------------------------


def group(number: int, coach=None) -> list:
    people = make_practitioners(number)
    sort(dict.fromkeys(people, "late_majority"))
    plan(MONDAY)
    for row in FollowUp.objects.filter(practitioner__in=people):
        if coach is not None:
            assign_follow_up(follow_up=row, coach=coach, by=None, at=at(MONDAY))
    return people


def per_day(people) -> list[int]:
    days = list(
        FollowUp.objects.filter(practitioner__in=people).order_by("target_on").values_list("target_on", flat=True)
    )
    return [days.count(day) for day in sorted(set(days))]


def test_what_goes_on_together_is_spread_by_the_coachs_day_and_week():
    coach = make_coach()
    coach.daily_capacity, coach.weekly_capacity = 3, 7
    coach.save()
    people = group(17, coach)
    pause(MONDAY + 3 * DAY, MONDAY + 13 * DAY)
    plan(MONDAY + 3 * DAY)
    plan(MONDAY + 14 * DAY)
    # Two working days were left: Wednesday the 18th. Three a day, seven a week.
    targets = FollowUp.objects.filter(practitioner__in=people).order_by("pk").values_list("target_on", flat=True)
    assert list(targets) == sorted(targets), "in the order of the old targets, then of their making"
    assert per_day(people) == [3, 3, 1, 3, 3, 1, 3]
    assert min(targets) == dt.date(2018, 7, 18)
    assert not broken_rules()


def test_those_without_a_coach_are_spread_by_what_the_tracks_coaches_can_do_together():
    for _n in range(2):
        coach = make_coach()
        coach.daily_capacity = 2
        coach.save()
    idle = make_coach(tracks=["technical_support"])
    idle.daily_capacity = 50
    idle.save()
    people = group(10)
    pause(TUESDAY, FRIDAY)
    plan(TUESDAY)
    plan(SATURDAY)
    assert per_day(people) == [4, 4, 2]


def test_a_run_cut_off_in_the_middle_of_releasing_comes_to_the_same_days():
    """Some went on already: the others keep their places after them."""
    coach = make_coach()
    coach.daily_capacity = 2
    coach.save()
    group(9, coach)
    pause(TUESDAY, FRIDAY)
    plan(TUESDAY)
    results = []
    for first in (0, 4):
        with transaction.atomic():
            moment = Moment(SATURDAY, at(SATURDAY), None, planning_calendar(on=SATURDAY))
            held = list(resuming.candidates(moment, SATURDAY))
            assert len(held) == 9
            if first:
                resuming.release(held[first:], moment, resuming.going_on(moment, SATURDAY))
            plan(SATURDAY)
            results.append(list(FollowUp.objects.order_by("pk").values_list("target_on", flat=True)))
            transaction.set_rollback(True)
    assert results[0] == results[1] and len(set(results[0])) == 5


# --- Started and ended by people -----------------------------------------------------------------------


def test_ending_a_pause_lets_the_work_go_on_today(person):
    rest = pause(TUESDAY, TUESDAY + 60 * DAY)
    plan(TUESDAY)
    ended = end_pause(pause=rest, by=None, at=at(FRIDAY))
    assert (ended.ends_on, ended.resumed_on, enrolment(person).state) == (THURSDAY, FRIDAY, "live")
    assert the_open(person).target_on == MONDAY + 10 * DAY and the_open(person).state == "due"
    with pytest.raises(PauseEnded):
        end_pause(pause=rest, by=None, at=at(FRIDAY))
    assert plan(FRIDAY).released == 0


def test_a_pause_ended_on_its_first_day_costs_nothing(person):
    before = dates(the_open(person))
    rest = pause(MONDAY, FRIDAY)
    end_pause(pause=rest, by=None, at=at(MONDAY, 15))
    assert enrolment(person).state == "live" and dates(the_open(person)) == before
    plan(TUESDAY)
    assert enrolment(person).state == "live" and not broken_rules()


def test_a_pause_called_off_before_it_begins_holds_nobody(person):
    rest = pause(WEDNESDAY, FRIDAY)
    end_pause(pause=rest, by=None, at=at(TUESDAY))
    plan(WEDNESDAY)
    assert enrolment(person).state == "live" and not Hold.objects.exists()
    pause(WEDNESDAY, FRIDAY)


def test_a_pause_that_the_planner_never_saw_and_somebody_ends_has_counted(person):
    rest = pause(TUESDAY, FRIDAY)
    end_pause(pause=rest, by=None, at=at(THURSDAY))
    assert the_open(person).target_on == NEXT_MONDAY + 2 * DAY
    assert Hold.objects.get().held_on == TUESDAY


def test_ending_one_pause_leaves_another_that_the_planner_never_saw_to_it(person):
    pause(TUESDAY, WEDNESDAY)
    software = SoftwareProduct.objects.create(vendor="V", name="Elsewhere")
    unrelated = pause(THURSDAY, NEXT_MONDAY, scope="software", software=software)
    end_pause(pause=unrelated, by=None, at=at(FRIDAY))
    run = plan(FRIDAY)
    assert (run.held, run.released) == (1, 1)
    assert the_open(person).target_on == NEXT_MONDAY + 2 * DAY
    assert not broken_rules()


def test_a_pause_of_too_many_that_the_planner_never_saw_and_somebody_ends_has_counted(person, settings):
    rest = pause(TUESDAY, FRIDAY)
    settings.PLANNER_BATCH_SIZE = 0
    end_pause(pause=rest, by=None, at=at(THURSDAY))
    assert the_open(person).target_on == NEXT_MONDAY
    settings.PLANNER_BATCH_SIZE = 100
    plan(THURSDAY)
    assert the_open(person).target_on == NEXT_MONDAY + 2 * DAY
    assert not broken_rules()


def test_a_pause_of_too_many_for_a_moment_is_the_planners(person, settings):
    settings.PLANNER_BATCH_SIZE = 0
    rest = pause(MONDAY, FRIDAY)
    assert enrolment(person).state == "live"
    settings.PLANNER_BATCH_SIZE = 100
    plan(MONDAY)
    assert enrolment(person).state == "paused"
    settings.PLANNER_BATCH_SIZE = 0
    end_pause(pause=rest, by=None, at=at(WEDNESDAY))
    assert enrolment(person).state == "paused"
    settings.PLANNER_BATCH_SIZE = 100
    plan(WEDNESDAY)
    assert enrolment(person).state == "live"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"scope": "moon"}, PauseScopeUnknown),
        ({"scope": "coach"}, PauseTargetMissing),
        ({"software": True}, PauseTargetUnexpected),
        ({"ends_on": None}, PauseEndMissing),
        ({"ends_on": MONDAY}, PauseEndBeforeStart),
        ({"starts_on": MONDAY - 9 * DAY, "ends_on": MONDAY - DAY}, PausePast),
        ({"ends_on": MONDAY + 500 * DAY}, PauseTooLong),
        ({"reason": "  "}, ReasonMissing),
        ({"starts_on": FRIDAY + DAY * 3}, PauseEndBeforeStart),
    ],
)
def test_what_cant_be_is_refused_and_nothing_is_changed(person, changed, error):
    given = {"scope": "quiet_period", "starts_on": TUESDAY, "ends_on": FRIDAY, "reason": "Rest"} | changed
    if given.pop("software", None):
        given["software"] = SoftwareProduct.objects.create(vendor="V", name="S")
    with pytest.raises(error):
        start_pause(**given, by=None, at=at(MONDAY))
    assert not Pause.objects.exists()


def test_the_same_isnt_paused_twice_in_the_same_days(person):
    pause(TUESDAY, FRIDAY, scope="practitioner", practitioner=person)
    with pytest.raises(PauseOverlaps):
        pause(FRIDAY, FRIDAY, scope="practitioner", practitioner=person)
    pause(SATURDAY, SATURDAY, scope="practitioner", practitioner=person)
    pause(TUESDAY, FRIDAY)
    other = make_practitioners(1)[0]
    pause(TUESDAY, FRIDAY, scope="practitioner", practitioner=other)


# --- Who may, who sees ---------------------------------------------------------------------------------


def test_a_coach_pauses_oneself_and_whom_one_sees(person):
    coach, stranger = make_coach(), make_coach()
    assign_follow_up(follow_up=the_open(person), coach=coach, by=None, at=at(MONDAY))
    given = {"starts_on": TUESDAY, "ends_on": FRIDAY, "reason": "Rest", "at": at(MONDAY)}
    mine = start_pause(scope="practitioner", practitioner=person, by=coach.user, **given)
    own = start_pause(scope="coach", coach=coach, by=coach.user, **given)
    refused = [
        {"scope": "practitioner", "practitioner": person, "by": stranger.user},
        {"scope": "coach", "coach": coach, "by": stranger.user},
        {"scope": "quiet_period", "by": coach.user},
        {"scope": "playbook", "playbook": Playbook.objects.first(), "by": coach.user},
        {"scope": "quiet_period", "by": UserFactory(role="operator")},
    ]
    for wrong in refused:
        with pytest.raises(OutOfScope):
            start_pause(**wrong, **given)
    with pytest.raises(OutOfScope):
        end_pause(pause=mine, by=stranger.user, at=at(MONDAY))
    coordinator = UserFactory(role="coordinator")
    quiet = start_pause(scope="quiet_period", by=coordinator, **given)
    assert set(pauses_visible_to(coach.user)) == {mine, own, quiet}
    assert set(pauses_visible_to(stranger.user)) == {quiet}
    assert set(pauses_visible_to(coordinator)) == {mine, own, quiet}
    assert not pauses_visible_to(UserFactory(role="client")).exclude(pk__in=[mine.pk, own.pk, quiet.pk]).exists()
    end_pause(pause=mine, by=coach.user, at=at(MONDAY))
    assert set(Pause.objects.filter(running(TUESDAY))) == {own, quiet}
    assert {scope.value for scope in PauseScope} == {
        "practitioner",
        "coach",
        "playbook",
        "software",
        "quiet_period",
    }
