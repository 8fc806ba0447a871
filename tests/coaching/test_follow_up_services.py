"""What people do with follow-ups: once, with a reason, within their scope, and written down."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from coaching import services
from coaching.errors import (
    CaseNotLive,
    CoachNotActive,
    DayRefused,
    FollowUpAlreadyDone,
    FollowUpCancelled,
    LaterDayMissing,
    NotContactable,
    OutOfScope,
    PastCaseEnd,
    ReasonMissing,
)
from coaching.models import Case, Coach, Enrolment, FollowUp, FollowUpEvent
from coaching.selectors.audit import broken_rules
from core.errors import InvalidInput
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, make_coach, plan, sort, the_open

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
NOW = at(MONDAY)


@pytest.fixture
def person():
    person = make_practitioners(1)[0]
    sort({person: "late_majority"})
    plan(MONDAY)
    return person


@pytest.fixture
def coordinator():
    return UserFactory(role=Role.COORDINATOR)


def everything() -> list:
    return [list(model.objects.order_by("pk").values()) for model in (FollowUp, FollowUpEvent, Enrolment, Case)]


def refused(error: type[Exception], act, **arguments) -> Exception:
    """The act is refused with this error and changes nothing at all."""
    before = everything()
    with pytest.raises(error) as caught:
        act(**arguments)
    assert everything() == before
    return caught.value


# --- Completing -----------------------------------------------------------------------------------------


def test_completing_writes_the_event_with_actor_time_and_reason(person, coordinator):
    row = services.complete_follow_up(follow_up=the_open(person), outcome="done", by=coordinator, at=NOW, note="Agreed")
    event = row.events.latest("id")
    assert (event.kind, event.from_state, event.to_state) == ("state", "due", "done")
    assert (event.actor, event.at, event.reason, event.data) == (coordinator, NOW, "Agreed", {"outcome": "done"})
    assert (row.outcome, row.done_on, row.resolved_by) == ("done", MONDAY, "person")


def test_a_second_completion_is_refused_and_changes_nothing(person, coordinator):
    row = the_open(person)
    services.complete_follow_up(follow_up=row, outcome="done", by=coordinator, at=NOW)
    error = refused(
        FollowUpAlreadyDone, services.complete_follow_up, follow_up=row, outcome="refused", by=coordinator, at=NOW
    )
    assert (error.code, error.status) == ("follow_up_already_done", 409)


def test_completing_a_cancelled_one_is_refused(person, coordinator):
    row = the_open(person)
    services.cancel_follow_up(follow_up=row, reason="double", by=coordinator, at=NOW)
    error = refused(
        FollowUpCancelled, services.complete_follow_up, follow_up=row, outcome="done", by=coordinator, at=NOW
    )
    assert error.code == "follow_up_cancelled"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"outcome": "vanished"}, InvalidInput),
        ({"outcome": "wants_later"}, LaterDayMissing),
        ({"outcome": "wants_later", "later_on": MONDAY - DAY}, DayRefused),
        ({"outcome": "wants_later", "later_on": MONDAY + 400 * DAY}, DayRefused),
        ({"outcome": "done", "done_on": MONDAY + DAY}, DayRefused),
        ({"outcome": "done", "done_on": MONDAY - 400 * DAY}, DayRefused),
    ],
)
def test_what_cannot_be_is_refused(person, coordinator, arguments, error):
    refused(error, services.complete_follow_up, follow_up=the_open(person), by=coordinator, at=NOW, **arguments)


# --- Scope ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "arguments"),
    [
        (services.complete_follow_up, {"outcome": "done"}),
        (services.start_follow_up, {}),
        (services.postpone_follow_up, {"to": MONDAY + DAY, "reason": "away"}),
        (services.skip_follow_up, {"reason": "no"}),
        (services.cancel_follow_up, {"reason": "no"}),
    ],
)
def test_a_coach_acts_on_what_is_assigned_and_not_on_what_is_out_of_sight(person, coordinator, act, arguments):
    coach = make_coach()
    error = refused(OutOfScope, act, follow_up=the_open(person), by=coach.user, at=NOW, **arguments)
    assert (error.code, error.status) == ("out_of_scope", 403)
    operator = UserFactory(role=Role.OPERATOR)
    refused(OutOfScope, act, follow_up=the_open(person), by=operator, at=NOW, **arguments)
    services.assign_follow_up(follow_up=the_open(person), coach=coach, by=coordinator, at=NOW)
    act(follow_up=the_open(person), by=coach.user, at=NOW, **arguments)


# --- Starting -------------------------------------------------------------------------------------------


def test_starting_freezes_and_starting_again_is_harmless(person, coordinator):
    row = services.start_follow_up(follow_up=the_open(person), by=coordinator, at=NOW)
    assert (row.state, row.is_frozen) == ("due", True)
    services.start_follow_up(follow_up=row, by=coordinator, at=NOW)
    assert list(row.events.values_list("kind", "to_state")) == [
        ("planned", "planned"),
        ("state", "due"),
        ("started", "due"),
    ]


def test_who_was_put_on_do_not_contact_meanwhile_is_not_started_or_postponed(person, coordinator):
    row = the_open(person)
    type(person).objects.update(restriction="do_not_contact", restriction_reason="asked")
    refused(NotContactable, services.start_follow_up, follow_up=row, by=coordinator, at=NOW)
    refused(
        NotContactable, services.postpone_follow_up, follow_up=row, to=MONDAY + DAY, reason="x", by=coordinator, at=NOW
    )


# --- Postponing -----------------------------------------------------------------------------------------


def test_postponing_moves_the_window_keeps_the_reason_and_freezes(person, coordinator):
    to = dt.date(2018, 7, 19)
    row = services.postpone_follow_up(follow_up=the_open(person), to=to, reason="  on leave ", by=coordinator, at=NOW)
    row.refresh_from_db()
    assert (row.opens_on, row.target_on, row.closes_on) == (to, to, dt.date(2018, 7, 26))
    assert (row.state, row.is_frozen) == ("planned", True)
    event = row.events.latest("id")
    assert (event.kind, event.reason, event.data["from"]["target_on"], event.data["to"]["target_on"]) == (
        "moved",
        "on leave",
        "2018-07-09",
        "2018-07-19",
    )
    plan(MONDAY + DAY)
    assert the_open(person).target_on == to
    plan(to)
    assert the_open(person).state == "due"
    assert not broken_rules()


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_postponing_needs_a_reason(person, coordinator, reason):
    error = refused(
        ReasonMissing,
        services.postpone_follow_up,
        follow_up=the_open(person),
        to=MONDAY + DAY,
        reason=reason,
        by=coordinator,
        at=NOW,
    )
    assert error.code == "reason_missing" and "reason" in error.fields


def test_postponing_keeps_within_today_and_the_cases_end(person, coordinator):
    row = the_open(person)
    Case.objects.update(ends_on=MONDAY + 10 * DAY)
    arguments = {"follow_up": row, "reason": "away", "by": coordinator, "at": NOW}
    refused(DayRefused, services.postpone_follow_up, to=MONDAY - DAY, **arguments)
    error = refused(PastCaseEnd, services.postpone_follow_up, to=MONDAY + 11 * DAY, **arguments)
    assert error.code == "past_case_end"
    services.postpone_follow_up(to=MONDAY + 10 * DAY, **arguments)


def test_a_later_day_that_is_asked_for_keeps_within_the_cases_end(person, coordinator):
    Case.objects.update(ends_on=MONDAY + 10 * DAY)
    arguments = {"follow_up": the_open(person), "outcome": "wants_later", "by": coordinator, "at": NOW}
    error = refused(PastCaseEnd, services.complete_follow_up, later_on=MONDAY + 11 * DAY, **arguments)
    assert "later_on" in error.fields
    services.complete_follow_up(later_on=MONDAY + 10 * DAY, **arguments)


def test_a_follow_up_of_a_closed_case_is_refused(person, coordinator):
    row = the_open(person)
    Case.objects.update(state="closed", closed_at=NOW, outcome="refused")
    refused(CaseNotLive, services.postpone_follow_up, follow_up=row, to=MONDAY, reason="x", by=coordinator, at=NOW)


@pytest.mark.parametrize("act", [services.skip_follow_up, services.cancel_follow_up])
def test_leaving_out_needs_a_reason(person, coordinator, act):
    refused(ReasonMissing, act, follow_up=the_open(person), reason=" ", by=coordinator, at=NOW)


# --- Assigning ------------------------------------------------------------------------------------------


def test_assigning_gives_the_case_a_coach_so_the_next_step_comes_to_the_same_person(person, coordinator):
    coach = make_coach()
    row = services.assign_follow_up(follow_up=the_open(person), coach=coach, by=coordinator, at=NOW)
    assert (row.assignee, Case.objects.get().coach) == (coach, coach)
    event = row.events.latest("id")
    assert (event.kind, event.actor, event.data) == ("assigned", coordinator, {"from": None, "to": str(coach.ref)})
    services.complete_follow_up(follow_up=row, outcome="done", by=coach.user, at=NOW)
    assert the_open(person).assignee == coach


def test_a_cover_for_one_follow_up_leaves_the_case_with_its_coach(person, coordinator):
    first, cover = make_coach(), make_coach()
    services.assign_follow_up(follow_up=the_open(person), coach=first, by=coordinator, at=NOW)
    services.assign_follow_up(follow_up=the_open(person), coach=cover, by=coordinator, at=NOW)
    assert Case.objects.get().coach == first
    services.assign_follow_up(follow_up=the_open(person), coach=None, by=coordinator, at=NOW)
    assert the_open(person).assignee is None


def test_only_who_steers_assigns_and_only_to_an_active_coach(person, coordinator):
    coach = make_coach()
    row = the_open(person)
    refused(OutOfScope, services.assign_follow_up, follow_up=row, coach=coach, by=coach.user, at=NOW)
    Coach.objects.update(is_active=False)
    refused(CoachNotActive, services.assign_follow_up, follow_up=row, coach=coach, by=coordinator, at=NOW)


def many(number: int) -> list[FollowUp]:
    people = make_practitioners(number)
    sort(dict.fromkeys(people, "late_majority"))
    plan(MONDAY)
    return list(FollowUp.objects.filter(practitioner__in=people))


def test_assigning_many_takes_a_constant_number_of_statements_and_reports_what_could_not_be(coordinator):
    coach = make_coach()
    statements = []
    for number in (3, 40):
        rows = many(number)
        services.complete_follow_up(follow_up=rows[0], outcome="refused", by=None, at=NOW)
        with CaptureQueriesContext(connection) as captured:
            done = services.assign_follow_ups(follow_ups=rows, coach=coach, by=coordinator, at=NOW)
        statements.append(len(captured))
        assert len(done.assigned) == number - 1
        assert [(row.pk, error.code) for row, error in done.refused] == [(rows[0].pk, "follow_up_already_done")]
        assert FollowUpEvent.objects.filter(kind="assigned", follow_up__in=rows).count() == number - 1
    assert statements[0] == statements[1]
    assert not broken_rules()


def test_assigning_to_the_same_coach_again_writes_nothing(person, coordinator):
    coach = make_coach()
    for _n in range(2):
        services.assign_follow_up(follow_up=the_open(person), coach=coach, by=coordinator, at=NOW)
    assert FollowUpEvent.objects.filter(kind="assigned").count() == 1
