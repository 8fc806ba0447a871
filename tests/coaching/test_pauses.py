"""Rule 8: pauses keep the delay that is left, in every scope, and what goes on is spread over the coaches' days."""

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
from coaching.models import Case, Enrolment, FollowUp, Hold, Pause, Playbook
from coaching.selectors.audit import broken_rules
from coaching.selectors.pauses import holds_of, pauses_visible_to, running, with_held
from coaching.services import (
    assign_follow_up,
    close_case,
    complete_follow_up,
    end_pause,
    open_case,
    postpone_follow_up,
    start_follow_up,
    start_pause,
)
from coaching.services.planner import resuming
from coaching.services.planner.tally import Moment
from coaching.services.working_days import planning_calendar
from practitioners.models import SoftwareProduct
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, change_step, figure, make_coach, plan, sort, the_open

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (MONDAY + n * DAY for n in range(1, 5))
SATURDAY = MONDAY + 5 * DAY
NEXT_MONDAY = MONDAY + 7 * DAY


@pytest.fixture
def person():
    """Enrolled on the Monday: the first call is best on the next Monday, until the Monday after."""
    person = make_practitioners(1)[0]
    sort({person: "late_majority"})
    plan(MONDAY)
    return person


def pause(first=TUESDAY, last=THURSDAY, *, on=MONDAY, scope="quiet_period", **target) -> Pause:
    return start_pause(
        scope=scope, starts_on=first, ends_on=last, reason="School holidays", by=None, at=at(on), **target
    )


def enrolment(person) -> Enrolment:
    return Enrolment.objects.select_related("case").filter(practitioner=person).latest("pk")


def dates(row: FollowUp) -> tuple[dt.date, dt.date, dt.date]:
    row.refresh_from_db()
    return row.opens_on, row.target_on, row.closes_on


# --- Held ----------------------------------------------------------------------------------------------


def test_a_pause_holds_from_its_first_day_and_says_what_was_left(person):
    row = the_open(person)
    rest = pause()
    assert (enrolment(person).state, the_open(person).state) == ("live", "due"), "it begins tomorrow"
    run = plan(TUESDAY)
    held = the_open(person)
    assert (enrolment(person).state, held.state, run.held) == ("paused", "deferred", 1)
    assert held.reason["paused"] == {
        "since": TUESDAY.isoformat(),
        "remaining": 4,
        "unit": "working_days",
        "was": "due",
        "why": "School holidays",
        "scope": "quiet_period",
        "pause": str(rest.ref),
    }
    assert dates(row) == (MONDAY, NEXT_MONDAY, MONDAY + 14 * DAY)
    event = held.events.last()
    assert (event.from_state, event.to_state, event.reason) == ("due", "deferred", "School holidays")
    assert [hold.pause_id for hold in holds_of([enrolment(person).pk])] == [rest.pk]
    assert not broken_rules()


def test_a_pause_that_starts_today_holds_at_once(person):
    pause(MONDAY, on=MONDAY)
    assert (enrolment(person).state, the_open(person).state) == ("paused", "deferred")
    assert Hold.objects.get().held_on == MONDAY


def test_the_last_day_is_included_and_the_rest_of_the_delay_runs_on(person):
    pause()
    plan(TUESDAY)
    plan(THURSDAY)
    assert enrolment(person).state == "paused"
    run = plan(FRIDAY)
    row = the_open(person)
    assert (enrolment(person).state, run.released) == ("live", 1)
    # Four working days were left on the Tuesday; three were lost.
    assert dates(row) == (FRIDAY, MONDAY + 10 * DAY, MONDAY + 17 * DAY)
    assert row.state == "due" and "paused" not in row.reason
    assert row.reason["resumed"]["from"] == NEXT_MONDAY.isoformat()
    assert Pause.objects.get().resumed_on == FRIDAY
    assert Hold.objects.get().released_on == FRIDAY
    assert not broken_rules()


def test_days_off_in_a_pause_cost_nothing(person):
    pause(SATURDAY, SATURDAY + DAY)
    before = dates(the_open(person))
    for n in range(5, 8):
        plan(MONDAY + n * DAY)
    assert dates(the_open(person))[1:] == before[1:]
    assert Hold.objects.filter(released_on=NEXT_MONDAY).count() == 1


def test_calendar_days_are_kept_as_calendar_days(person):
    change_step("first_visit", unit="calendar_days", delay=20, roll="next")
    complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(MONDAY))
    assert the_open(person).target_on == dt.date(2018, 7, 23), "the 22nd is a Sunday"
    pause(TUESDAY, FRIDAY)
    plan(TUESDAY)
    assert the_open(person).reason["paused"]["remaining"] == 20
    plan(SATURDAY)
    # 20 days from Saturday the 7th come to the 27th.
    assert the_open(person).target_on == dt.date(2018, 7, 27)


def test_a_window_inside_a_pause_is_never_missed(person):
    row = the_open(person)
    pause(FRIDAY, row.closes_on + 20 * DAY)
    for day in (FRIDAY, row.closes_on + DAY, row.closes_on + 20 * DAY):
        assert plan(day).missed == 0
    run = plan(row.closes_on + 21 * DAY)
    assert (run.missed, run.released) == (0, 1)
    assert FollowUp.objects.count() == 1 and not broken_rules()


def test_a_window_that_closed_before_the_pause_is_missed_and_the_next_one_is_held(person):
    row = the_open(person)
    pause(row.closes_on + 3 * DAY, row.closes_on + 10 * DAY)
    on = row.closes_on + 4 * DAY
    run = plan(on)
    row.refresh_from_db()
    assert row.state == "missed"
    assert (the_open(person).state, enrolment(person).state, run.held) == ("deferred", "paused", 1)
    assert the_open(person).reason["paused"]["since"] == on.isoformat()
    assert not broken_rules()


def test_who_waits_for_an_anchor_is_held_and_waits_again(person):
    change_step("first_visit", anchor="wave_start")
    complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(MONDAY))
    assert enrolment(person).state == "waiting"
    pause()
    plan(TUESDAY)
    assert (enrolment(person).state, enrolment(person).waiting_for) == ("paused", "")
    plan(FRIDAY)
    assert (enrolment(person).state, enrolment(person).waiting_for) == ("waiting", "wave_start")
    assert not broken_rules()


def test_several_pauses_hold_until_the_last_one_is_over(person):
    pause(TUESDAY, WEDNESDAY)
    longer = pause(WEDNESDAY, FRIDAY, scope="practitioner", practitioner=person)
    for n in range(1, 5):
        plan(MONDAY + n * DAY)
    assert enrolment(person).state == "paused"
    assert the_open(person).reason["paused"]["pause"] == str(longer.ref), "what holds it now"
    assert the_open(person).reason["paused"]["since"] == TUESDAY.isoformat()
    plan(NEXT_MONDAY)
    assert enrolment(person).state == "live"
    assert the_open(person).target_on == NEXT_MONDAY + 4 * DAY
    assert not Pause.objects.filter(resumed_on=None).exists()


def test_planning_twice_a_day_changes_nothing(person):
    pause()
    for day in (TUESDAY, FRIDAY):
        plan(day)
        before = list(FollowUp.objects.values()), list(Enrolment.objects.values()), list(Hold.objects.values())
        run = plan(day)
        assert before == (
            list(FollowUp.objects.values()),
            list(Enrolment.objects.values()),
            list(Hold.objects.values()),
        )
        assert (run.held, run.released, run.moved) == (0, 0, 0)


# --- Scopes --------------------------------------------------------------------------------------------


def test_each_scope_holds_its_own_and_nobody_else():
    product = SoftwareProduct.objects.create(vendor="V", name="S")
    coach = make_coach()
    people = dict(zip(("practitioner", "coach", "playbook", "software", "nobody"), make_practitioners(5), strict=True))
    type(people["software"]).objects.filter(pk=people["software"].pk).update(software=product)
    sort({row: "laggards" if name == "playbook" else "late_majority" for name, row in people.items()})
    plan(MONDAY)
    assign_follow_up(follow_up=the_open(people["coach"]), coach=coach, by=None, at=at(MONDAY))
    targets = {
        "practitioner": people["practitioner"],
        "coach": coach,
        "playbook": Playbook.objects.get(code="technical_support_laggards"),
        "software": product,
    }
    for scope, target in targets.items():
        started = pause(MONDAY, FRIDAY, scope=scope, **{scope: target})
        held = set(Hold.objects.filter(pause=started).values_list("enrolment__practitioner", flat=True))
        assert held == {people[scope].pk}, scope
    assert enrolment(people["nobody"]).state == "live"
    pause(MONDAY, FRIDAY)
    assert enrolment(people["nobody"]).state == "paused"
    assert with_held(Pause.objects.filter(scope="quiet_period")).get().held == 5


def test_a_coach_pauses_for_the_follow_ups_assigned_and_else_for_the_cases(person):
    """The assignee of the open follow-up counts before the case's coach."""
    own, other = make_coach(), make_coach()
    Case.objects.update(coach=own)
    assign_follow_up(follow_up=the_open(person), coach=other, by=None, at=at(MONDAY))
    pause(MONDAY, FRIDAY, scope="coach", coach=own)
    assert enrolment(person).state == "live"
    pause(MONDAY, FRIDAY, scope="coach", coach=other)
    assert enrolment(person).state == "paused"


def test_who_is_handed_to_another_coach_goes_on(person):
    away, there = make_coach(), make_coach()
    assign_follow_up(follow_up=the_open(person), coach=away, by=None, at=at(MONDAY))
    pause(TUESDAY, TUESDAY + 30 * DAY, scope="coach", coach=away)
    plan(TUESDAY)
    assign_follow_up(follow_up=the_open(person), coach=there, by=None, at=at(TUESDAY))
    run = plan(WEDNESDAY)
    assert (run.released, enrolment(person).state) == (1, "live")
    assert the_open(person).target_on == NEXT_MONDAY + DAY
    assert Pause.objects.get().resumed_on is None, "the pause itself goes on"


def test_who_comes_to_a_paused_coach_is_held_from_that_day(person):
    away = make_coach()
    pause(TUESDAY, TUESDAY + 30 * DAY, scope="coach", coach=away)
    plan(TUESDAY)
    plan(WEDNESDAY)
    assign_follow_up(follow_up=the_open(person), coach=away, by=None, at=at(WEDNESDAY))
    plan(THURSDAY)
    assert Hold.objects.get().held_on == THURSDAY
    assert the_open(person).reason["paused"]["remaining"] == 2


def test_who_is_enrolled_in_a_pause_is_held_with_the_first_step_and_gets_its_whole_delay():
    person = make_practitioners(1)[0]
    sort({person: "late_majority"})
    pause(MONDAY, FRIDAY, on=MONDAY)
    run = plan(WEDNESDAY)
    assert (run.enrolled, run.held, enrolment(person).state) == (1, 1, "paused")
    assert the_open(person).reason["paused"]["remaining"] == 5
    plan(SATURDAY)
    assert the_open(person).target_on == NEXT_MONDAY + 7 * DAY


def test_a_case_opened_by_hand_in_a_pause_is_held_at_once():
    person = make_practitioners(1)[0]
    pause(MONDAY, FRIDAY, on=MONDAY)
    open_case(practitioner=person, track="coaching", by=None, at=at(TUESDAY))
    assert (enrolment(person).state, the_open(person).state) == ("paused", "deferred")
    assert not broken_rules()


# --- Days and not runs ---------------------------------------------------------------------------------


def told() -> list:
    return sorted(
        (person, state, opens, target, closes, reason)
        for person, state, opens, target, closes, reason in FollowUp.objects.values_list(
            "practitioner__family_name",
            "enrolment__state",
            "opens_on",
            "target_on",
            "closes_on",
            "reason__resumed__from",
        )
    )


@pytest.mark.parametrize(
    "pauses",
    [
        [(TUESDAY, WEDNESDAY)],
        [(TUESDAY, FRIDAY)],
        [(TUESDAY, TUESDAY), (THURSDAY, THURSDAY)],
        [(TUESDAY, THURSDAY), (WEDNESDAY, WEDNESDAY)],
    ],
)
def test_three_days_without_the_planner_come_to_the_same_as_every_night(pauses):
    people = make_practitioners(6)
    sort(dict.fromkeys(people, "late_majority"))
    coach = make_coach()
    coach.daily_capacity = 2
    coach.save()
    plan(MONDAY)
    for row in FollowUp.objects.all():
        assign_follow_up(follow_up=row, coach=coach, by=None, at=at(MONDAY))
    for first, last in pauses:
        start_pause(
            scope="practitioner" if len(pauses) == 2 and first == WEDNESDAY else "quiet_period",
            practitioner=people[0] if len(pauses) == 2 and first == WEDNESDAY else None,
            starts_on=first,
            ends_on=last,
            reason="Rest",
            by=None,
            at=at(MONDAY),
        )
    results = []
    for nights in ([MONDAY + n * DAY for n in range(1, 9)], [MONDAY + 8 * DAY]):
        with transaction.atomic():
            for night in nights:
                plan(night)
            results.append(told())
            assert not Pause.objects.filter(resumed_on=None).exists()
            assert not broken_rules()
            transaction.set_rollback(True)
    assert results[0] == results[1]


def test_what_was_planned_after_a_pause_isnt_held_by_it(person):
    """The planner was off: the pause came and went, and a follow-up was done after it."""
    pause(TUESDAY, WEDNESDAY)
    complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(THURSDAY))
    before = dates(the_open(person))
    run = plan(FRIDAY)
    assert (run.held, run.released) == (0, 0)
    assert dates(the_open(person)) == before
    assert Pause.objects.get().resumed_on == THURSDAY


# --- Acts while held -----------------------------------------------------------------------------------


def test_a_follow_up_done_while_held_is_followed_by_the_next_one_on_release(person):
    pause(TUESDAY, FRIDAY)
    plan(TUESDAY)
    complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(WEDNESDAY))
    plan(THURSDAY)
    assert enrolment(person).state == "paused"
    assert not FollowUp.objects.filter(state__in=["planned", "due", "deferred"]).exists()
    assert not broken_rules()
    plan(SATURDAY)
    row = the_open(person)
    assert (row.step.code, row.reason["anchor_on"]) == ("first_visit", WEDNESDAY.isoformat())
    assert row.target_on == WEDNESDAY + 21 * DAY, "fifteen working days after the real completion"
    assert not broken_rules()


def test_a_step_after_one_done_in_a_long_pause_begins_when_the_work_goes_on(person):
    pause(TUESDAY, MONDAY + 88 * DAY)
    plan(TUESDAY)
    complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(WEDNESDAY))
    run = plan(MONDAY + 89 * DAY)
    row = the_open(person)
    assert run.missed == 0 and FollowUp.objects.filter(state="missed").count() == 0
    assert row.target_on >= MONDAY + 89 * DAY and row.opens_on >= MONDAY + 89 * DAY
    assert row.reason["planned_on"] == (MONDAY + 89 * DAY).isoformat()
    assert not broken_rules()


def test_a_day_promised_by_hand_stays_when_it_is_later(person):
    promised = MONDAY + 30 * DAY
    postpone_follow_up(follow_up=the_open(person), to=promised, reason="Asked for it", by=None, at=at(MONDAY))
    before = dates(the_open(person))
    pause(TUESDAY, FRIDAY)
    for day in (TUESDAY, SATURDAY):
        plan(day)
    kept = the_open(person)
    assert (kept.state, enrolment(person).state) == ("planned", "live")
    assert kept.target_on > promised - DAY, "not earlier than what was promised"
    assert before[1] == promised


def test_a_day_promised_while_held_is_kept_when_it_is_later_and_doesnt_open_it(person):
    pause(TUESDAY, FRIDAY)
    plan(TUESDAY)
    far = MONDAY + 60 * DAY
    row = postpone_follow_up(follow_up=the_open(person), to=far, reason="Away", by=None, at=at(WEDNESDAY))
    assert row.state == "deferred" and not broken_rules()
    plan(SATURDAY)
    assert the_open(person).target_on >= far and enrolment(person).state == "live"


def test_starting_a_contact_while_held_keeps_it_held(person):
    pause(MONDAY, FRIDAY)
    start_follow_up(follow_up=the_open(person), by=None, at=at(MONDAY))
    assert the_open(person).state == "deferred" and not broken_rules()


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
