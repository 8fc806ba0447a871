"""Rule 8: pauses keep the delay that is left, in every scope, and what goes on is spread over the coaches' days."""

import datetime as dt

import pytest
from django.db import transaction

from coaching.models import Case, Enrolment, FollowUp, Hold, Pause, Playbook
from coaching.selectors.audit import broken_rules
from coaching.selectors.pauses import holds_of, with_held
from coaching.services import (
    assign_follow_up,
    complete_follow_up,
    open_case,
    postpone_follow_up,
    start_follow_up,
    start_pause,
)
from practitioners.models import SoftwareProduct
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, change_step, make_coach, plan, sort, the_open
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


def test_who_comes_back_to_a_paused_coach_is_held_anew_from_that_day(person):
    away, there = make_coach(), make_coach()
    assign_follow_up(follow_up=the_open(person), coach=away, by=None, at=at(MONDAY))
    pause(TUESDAY, TUESDAY + 30 * DAY, scope="coach", coach=away)
    plan(TUESDAY)
    assign_follow_up(follow_up=the_open(person), coach=there, by=None, at=at(TUESDAY))
    plan(WEDNESDAY)
    assign_follow_up(follow_up=the_open(person), coach=away, by=None, at=at(WEDNESDAY))
    plan(THURSDAY)
    hold = Hold.objects.get()
    assert (hold.held_on, hold.released_on) == (THURSDAY, None)
    assert the_open(person).reason["paused"]["since"] == THURSDAY.isoformat()


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
