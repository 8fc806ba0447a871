"""Rules 2 and 5: who waits is woken, an anchor that moves moves open, untouched steps only."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.enums import Role
from coaching.enums import Anchor
from coaching.errors import AnchorNotTold, DayRefused, FollowUpClosed, OutOfScope
from coaching.models import AnchorDay, Enrolment, FollowUp, FollowUpEvent
from coaching.selectors.audit import broken_rules
from coaching.services import (
    assign_follow_up,
    complete_follow_up,
    correct_completion,
    log_visit,
    postpone_follow_up,
    record_absence,
    sign_visit,
    start_follow_up,
    start_pause,
    tell_anchor_days,
)
from core import clock
from core.models import Installation
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, change_step, make_coach, plan, sort, the_open

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture
def person():
    return make_practitioners(1)[0]


def tell(
    person, on: dt.date | None, *, anchor: str = Anchor.WAVE_START, source: str = "pilot", told_on: dt.date = MONDAY
):
    return tell_anchor_days(anchor=anchor, source_days=[(person.pk, on, source)], at=at(told_on))


def counting_from_the_wave(person, wave: dt.date) -> FollowUp:
    """A first call planned 5 working days after the start of a wave, opening 5 before."""
    change_step("first_call", anchor=Anchor.WAVE_START)
    sort({person: "late_majority"})
    tell(person, wave)
    plan(MONDAY)
    return the_open(person)


def dates(row: FollowUp) -> tuple[str, str, str]:
    row.refresh_from_db()
    return (str(row.opens_on), str(row.target_on), str(row.closes_on))


def last_event(row: FollowUp) -> FollowUpEvent:
    return row.events.order_by("-pk")[0]


# --- Waiting, and being woken (2) -----------------------------------------------------------------------


@pytest.mark.parametrize("anchor", [Anchor.SESSION_ATTENDED, Anchor.WAVE_START])
def test_who_waits_is_woken_by_the_day_that_is_told(person, anchor):
    change_step("first_call", anchor=anchor)
    sort({person: "late_majority"})
    plan(MONDAY)
    assert (Enrolment.objects.get().state, Enrolment.objects.get().waiting_for) == ("waiting", anchor)
    told = tell(person, MONDAY - DAY, anchor=anchor)
    assert (told.new, told.moved, told.withdrawn, told.unchanged) == (1, 0, 0, 0)
    assert Enrolment.objects.get().state == "live"
    row = the_open(person)
    assert (row.reason["anchor"], row.reason["anchor_on"]) == (anchor, "2018-07-01")
    assert row.target_on == day("2018-07-06")
    assert not broken_rules()


def test_another_anchor_wakes_nobody(person):
    change_step("first_call", anchor=Anchor.WAVE_START)
    sort({person: "late_majority"})
    plan(MONDAY)
    tell(person, MONDAY, anchor=Anchor.SESSION_ATTENDED)
    assert Enrolment.objects.get().state == "waiting" and not FollowUp.objects.exists()


def test_of_several_days_the_latest_counts(person):
    change_step("first_call", anchor=Anchor.SESSION_ATTENDED, delay=1)
    sort({person: "late_majority"})
    tell(person, day("2018-06-28"), anchor=Anchor.SESSION_ATTENDED, source="session one")
    tell(person, day("2018-06-14"), anchor=Anchor.SESSION_ATTENDED, source="session two")
    plan(MONDAY)
    assert the_open(person).reason["anchor_on"] == "2018-06-28"


def test_only_told_anchors_can_be_told_by_who_steers_and_within_reach(person):
    with pytest.raises(AnchorNotTold):
        tell(person, MONDAY, anchor=Anchor.ENROLLED)
    with pytest.raises(DayRefused):
        tell(person, day("2038-07-02"))
    with pytest.raises(OutOfScope):
        tell_anchor_days(
            anchor="wave_start", source_days=[(person.pk, MONDAY, "x")], by=UserFactory(role=Role.COACH), at=at(MONDAY)
        )
    assert not AnchorDay.objects.exists()


# --- Moving with the anchor (5) -------------------------------------------------------------------------


def test_a_wave_that_starts_later_moves_the_open_follow_up_and_says_so(person):
    row = counting_from_the_wave(person, day("2018-07-09"))
    assert dates(row) == ("2018-07-09", "2018-07-16", "2018-07-23")
    told = tell(person, day("2018-09-03"))
    assert (told.new, told.moved) == (0, 1)
    assert dates(row) == ("2018-09-03", "2018-09-10", "2018-09-17")
    assert row.reason["anchor_on"] == "2018-09-03"
    assert row.reason["moved"] == {
        "why": "anchor",
        "on": "2018-07-02",
        "from": "2018-07-16",
        "anchor_from": "2018-07-09",
    }
    event = last_event(row)
    assert (event.kind, event.from_state, event.to_state) == ("moved", "planned", "planned")
    assert event.data["from"]["target_on"] == "2018-07-16" and event.data["to"]["target_on"] == "2018-09-10"
    assert (event.data["anchor_from"], event.data["anchor_to"]) == ("2018-07-09", "2018-09-03")
    assert FollowUp.objects.count() == 1 and not broken_rules()


def test_the_planner_follows_an_anchor_that_was_moved_behind_its_back_once(person):
    row = counting_from_the_wave(person, day("2018-07-09"))
    AnchorDay.objects.update(day=day("2018-09-03"))
    run = plan(MONDAY + DAY)
    assert run.moved == 1 and dates(row)[1] == "2018-09-10"
    events = row.events.count()
    assert plan(MONDAY + DAY).moved == 0 and plan(MONDAY + 2 * DAY).moved == 0
    assert row.events.count() == events


def test_what_was_opened_too_early_is_planned_again(person):
    row = counting_from_the_wave(person, MONDAY)
    assert row.state == "due"
    tell(person, day("2018-09-03"))
    row.refresh_from_db()
    assert row.state == "planned" and (last_event(row).from_state, last_event(row).to_state) == ("due", "planned")
    plan(day("2018-09-03"))
    row.refresh_from_db()
    assert row.state == "due" and not broken_rules()


def test_what_is_open_still_stays_open(person):
    row = counting_from_the_wave(person, day("2018-06-29"))
    assert row.state == "due"
    tell(person, MONDAY)
    row.refresh_from_db()
    assert row.state == "due" and dates(row) == ("2018-07-02", "2018-07-09", "2018-07-16")


def test_an_anchor_that_moves_to_long_ago_is_a_missed_window_and_comes_again(person):
    row = counting_from_the_wave(person, day("2018-07-09"))
    tell(person, day("2018-04-02"))
    run = plan(MONDAY + DAY)
    row.refresh_from_db()
    assert (run.missed, row.state) == (1, "missed")
    assert the_open(person).reason["route"] == "missed" and not broken_rules()


@pytest.mark.parametrize("touch", ["started", "postponed", "done", "paused"])
def test_done_started_moved_by_hand_and_held_ones_are_frozen(person, touch):
    row = counting_from_the_wave(person, MONDAY)
    if touch == "started":
        start_follow_up(follow_up=row, by=None, at=at(MONDAY))
    elif touch == "postponed":
        postpone_follow_up(follow_up=row, to=day("2018-07-20"), reason="asked for", by=None, at=at(MONDAY))
    elif touch == "done":
        complete_follow_up(follow_up=row, outcome="done", by=None, at=at(MONDAY))
    else:
        start_pause(
            scope="practitioner", practitioner=person, starts_on=MONDAY, ends_on=day("2018-07-31"), reason="ill",
            by=UserFactory(role=Role.COORDINATOR), at=at(MONDAY),
        )  # fmt: skip
    before, events = dates(row), row.events.count()
    state = row.state
    tell(person, day("2018-09-03"))
    plan(MONDAY)
    assert dates(row) == before and row.events.filter(kind="moved").count() == (touch == "postponed")
    assert row.state == state and row.events.count() == events
    assert not broken_rules()


def test_a_later_contact_moves_what_counts_from_the_last_contact_at_once(person):
    change_step("first_call", anchor=Anchor.LAST_CONTACT, delay=10, opens_before=0)
    sort({person: "late_majority"})
    coach, user = make_coach(), UserFactory()

    def contact(on: dt.date, outcome: str = "done") -> None:
        log_visit(practitioner=person, kind="call", outcome=outcome, coach=coach, by=user, at=at(on))

    contact(day("2018-06-25"))
    plan(MONDAY)
    row = the_open(person)
    assert dates(row)[1] == "2018-07-09"
    contact(day("2018-07-03"))
    assert dates(row)[1] == "2018-07-17", "ten working days after the contact of the 3rd"
    contact(day("2018-07-04"), "no_answer")
    assert dates(row)[1] == "2018-07-17", "an attempt is no contact"
    assert plan(day("2018-07-04")).moved == 0
    assert not broken_rules()


def test_a_corrected_day_of_completion_moves_the_next_step(person):
    sort({person: "late_majority"})
    plan(MONDAY)
    first = the_open(person)
    complete_follow_up(follow_up=first, outcome="done", by=None, at=at(day("2018-07-13")))
    second = the_open(person)
    assert second.target_on == day("2018-08-03")
    correct_completion(
        follow_up=first, done_on=day("2018-07-12"), reason="it was Thursday", by=None, at=at(day("2018-07-13"))
    )
    assert dates(second)[1] == "2018-08-02"
    assert first.events.filter(kind="corrected").get().data["from"] == {"done_on": "2018-07-13"}
    FollowUp.objects.filter(pk=first.pk).update(done_on=day("2018-07-11"), updated_at=at(day("2018-07-14")))
    assert plan(day("2018-07-16")).moved == 1
    assert dates(second)[1] == "2018-08-01"
    assert not broken_rules()


def test_only_a_completion_can_be_corrected_and_not_into_the_future(person):
    sort({person: "late_majority"})
    plan(MONDAY)
    row = the_open(person)
    with pytest.raises(FollowUpClosed):
        correct_completion(follow_up=row, done_on=MONDAY, reason="wrong", by=None, at=at(MONDAY))
    complete_follow_up(follow_up=row, outcome="done", by=None, at=at(MONDAY))
    with pytest.raises(DayRefused):
        correct_completion(follow_up=row, done_on=MONDAY + DAY, reason="wrong", by=None, at=at(MONDAY))
    with pytest.raises(OutOfScope):
        correct_completion(
            follow_up=row, done_on=MONDAY - DAY, reason="wrong", by=UserFactory(role=Role.COACH), at=at(MONDAY)
        )


def test_reassigning_changes_no_date_and_no_event_that_was(person):
    row = counting_from_the_wave(person, day("2018-07-09"))
    tell(person, day("2018-07-16"))
    before = dates(row)
    past = list(row.events.order_by("pk").values_list("pk", "kind", "actor", "at", "data"))
    away = make_coach()
    record_absence(coach=away, first_day=day("2018-07-23"), last_day=day("2018-07-23"), by=None, at=at(MONDAY))
    assign_follow_up(follow_up=row, coach=away, by=None, at=at(MONDAY))
    assert dates(row) == before
    assert list(row.events.order_by("pk").values_list("pk", "kind", "actor", "at", "data"))[: len(past)] == past
    plan(MONDAY)
    assert dates(row)[1] == "2018-07-24", "the next run moves what falls on a day on which the new coach is away"


# --- Withdrawn ------------------------------------------------------------------------------------------


def test_a_withdrawn_anchor_puts_the_enrolment_to_waiting_and_the_step_comes_back_with_it(person):
    row = counting_from_the_wave(person, day("2018-07-09"))
    told = tell(person, None)
    assert told.withdrawn == 1
    row.refresh_from_db()
    enrolment = Enrolment.objects.get()
    assert (row.state, row.reason["withdrawn"]) == ("cancelled", "wave_start")
    assert last_event(row).data["withdrawn"] == "wave_start"
    assert (enrolment.state, enrolment.waiting_for) == ("waiting", "wave_start")
    assert not broken_rules()
    plan(MONDAY + DAY)
    plan(MONDAY + 2 * DAY)
    assert FollowUp.objects.count() == 1 and Enrolment.objects.get().state == "waiting"
    tell(person, day("2018-09-03"))
    again = the_open(person)
    assert (again.step_id, again.occurrence, again.reason["route"]) == (row.step_id, 2, "again")
    assert again.target_on == day("2018-09-10")
    plan(MONDAY + 2 * DAY)
    complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(day("2018-09-10")))
    assert the_open(person).step.code == "first_visit"
    assert not broken_rules()


def test_withdrawing_one_of_two_days_counts_from_the_other(person):
    row = counting_from_the_wave(person, day("2018-07-09"))
    tell(person, day("2018-08-06"), source="another pilot")
    assert dates(row)[1] == "2018-08-13"
    tell(person, None, source="another pilot")
    assert dates(row)[1] == "2018-07-16" and row.state == "planned"
    told = tell(person, None, source="another pilot")
    assert (told.withdrawn, told.unchanged) == (0, 1)


def test_the_page_corrects_the_day_of_a_contact_and_of_the_visit(client, person):
    sort({person: "late_majority"})
    plan(MONDAY)
    coach = make_coach()
    visit = log_visit(
        practitioner=person, kind="call", outcome="done", coach=coach, by=UserFactory(role=Role.COORDINATOR),
        at=at(day("2018-07-13")),
    )  # fmt: skip
    first, second = FollowUp.objects.order_by("pk")
    Installation.objects.update_or_create(pk=1, defaults={"is_synthetic": True, "fixed_today": day("2018-07-16")})
    clock.forget()
    client.force_login(UserFactory(role=Role.COORDINATOR, language="en"))
    assert "It took place on" in client.get(reverse("coaching:follow_up", args=[first.ref])).content.decode()
    address = reverse("coaching:correct", args=[first.ref])
    refused = client.post(address, {"done_on": "2018-07-17", "why": "typo"})
    assert refused.context["correction_form"].errors and dates(second)[1] == "2018-08-03"
    page = client.post(address, {"done_on": "2018-07-12", "why": "typo"}, follow=True).content.decode()
    assert "Day of the contact corrected" in page
    visit.refresh_from_db()
    first.refresh_from_db()
    assert str(first.done_on) == "2018-07-12" and visit.started_at == at(day("2018-07-12"))
    assert dates(second)[1] == "2018-08-02"
    history = client.get(reverse("coaching:follow_up", args=[second.ref])).content.decode()
    assert "Moved from 3 August 2018 to 2 August 2018" in history
    sign_visit(visit=visit, by=coach.user, at=at(day("2018-07-16")))
    answer = client.post(address, {"done_on": "2018-07-11", "why": "typo"})
    assert "signed" in str(answer.context["correction_form"].errors)
    assert not broken_rules()


@pytest.mark.parametrize(("wave", "target"), [("2018-09-03", "2018-09-10"), ("2018-06-25", None)])
def test_after_a_pause_an_anchor_that_moved_meanwhile_never_brings_the_day_before_going_on(person, wave, target):
    row = counting_from_the_wave(person, day("2018-07-09"))
    start_pause(
        scope="practitioner", practitioner=person, starts_on=MONDAY, ends_on=day("2018-07-31"), reason="ill",
        by=UserFactory(role=Role.COORDINATOR), at=at(MONDAY),
    )  # fmt: skip
    held = dates(row)
    tell(person, day(wave))
    assert dates(row) == held
    plan(day("2018-08-01"))
    went_on = dates(row)
    assert row.reason["anchor_on"] == wave and went_on[1] >= "2018-08-01"
    if target:
        assert went_on[1] == target
    else:
        assert not row.events.filter(kind="moved").exists(), "where the pause had put it"
    events = row.events.count()
    plan(day("2018-08-02"))
    assert dates(row) == went_on and row.events.filter(kind="moved").count() == bool(target)
    assert row.events.count() >= events and not broken_rules()
