"""Rule 15: why me, why today, what next, from stored evidence and in the reader's language."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from accounts.enums import Role
from adoption.models import SegmentAssignment
from coaching import services
from coaching.models import FollowUp
from coaching.selectors.explain import explain_follow_up, explain_follow_ups
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, plan, sort, the_open

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


@pytest.fixture
def person():
    person = make_practitioners(1)[0]
    sort({person: "late_majority"})
    plan(MONDAY)
    return person


def test_the_edge_the_numbers_the_days_and_what_follows_are_told(person):
    told = explain_follow_up(the_open(person))
    assert (
        person.name in told.why_me
        and "Late majority" in told.why_me
        and "Coaching for the late majority" in told.why_me
    )
    assert "SUMEHRs published: 6 in the 12 months up to July 2018" in told.why_me
    assert "5 working days after the enrolment" in told.why_today
    for day in ("2 July 2018", "9 July 2018", "16 July 2018"):
        assert day in told.why_today
    assert "First visit" in told.what_next and "15 working days" in told.what_next
    assert "Without an answer it is tried 2 more times." in told.what_next
    assert told.facts["segment"] == "late_majority"
    assert told.facts["segment_evidence"] == {"volume": 6.0, "months": 12}
    assert (told.facts["anchor"], told.facts["anchor_on"], told.facts["delay"]) == ("enrolled", "2018-07-02", 5)
    assert told.sentence.startswith(told.why_me)


def test_it_is_told_from_what_was_stored_and_not_from_what_holds_today(person):
    before = explain_follow_up(the_open(person))
    SegmentAssignment.objects.update(evidence={"volume": 999.0, "months": 1}, segment="early_majority")
    assert explain_follow_up(the_open(person)) == before


def test_a_rolled_day_says_from_where(person):
    row = the_open(person)
    services.complete_follow_up(
        follow_up=row, outcome="wants_later", later_on=dt.date(2018, 11, 1), by=None, at=at(MONDAY)
    )
    told = explain_follow_up(the_open(person))
    assert "the practitioner asked for" in told.why_today
    assert "1 November 2018 is not a working day, so it is 2 November 2018." in told.why_today


def test_a_postponed_one_says_why(person):
    services.postpone_follow_up(
        follow_up=the_open(person), to=dt.date(2018, 7, 19), reason="on leave", by=None, at=at(MONDAY)
    )
    told = explain_follow_up(the_open(person)).why_today
    assert "Moved by hand from 9 July 2018 to 19 July 2018" in told and "on leave." in told


def test_retries_missed_windows_usage_and_handing_over_are_told(person):
    services.complete_follow_up(follow_up=the_open(person), outcome="no_answer", by=None, at=at(MONDAY))
    told = explain_follow_up(the_open(person))
    assert "the attempt without an answer" in told.why_today and "1 more time." in told.what_next
    plan(dt.date(2018, 9, 3))
    assert "missed window" in explain_follow_up(the_open(person)).why_today
    laggard = make_practitioners(1)[0]
    sort({person: "late_majority", laggard: "laggards"})
    plan(dt.date(2018, 9, 3))
    for _n in range(3):
        services.complete_follow_up(follow_up=the_open(laggard), outcome="done", by=None, at=at(dt.date(2018, 9, 3)))
    assert "SUMEHRs published of 1 or more" in explain_follow_up(the_open(laggard)).what_next
    services.complete_follow_up(follow_up=the_open(laggard), outcome="done", by=None, at=at(dt.date(2018, 9, 3)))
    assert "then comes the playbook “Coaching for the late majority”" in explain_follow_up(the_open(laggard)).what_next
    services.complete_follow_up(follow_up=the_open(laggard), outcome="done", by=None, at=at(dt.date(2018, 9, 4)))
    assert "after the one before" in explain_follow_up(the_open(laggard)).why_me


def test_a_case_opened_by_hand_names_who_opened_it():
    person = make_practitioners(1)[0]
    by = UserFactory(role=Role.COORDINATOR, first_name="Nadia", last_name="El Amrani")
    services.open_case(practitioner=person, track="coaching", by=by, at=at(MONDAY))
    assert "Nadia El Amrani opened the case by hand" in explain_follow_up(the_open(person)).why_me


def test_explaining_many_takes_as_many_queries_as_explaining_two():
    people = make_practitioners(30)
    sort({person: "laggards" if n % 2 else "late_majority" for n, person in enumerate(people)})
    plan(MONDAY)
    counts = []
    for number in (2, 30):
        rows = list(FollowUp.objects.order_by("pk")[:number])
        with CaptureQueriesContext(connection) as captured:
            assert len(explain_follow_ups(rows)) == number
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12


def test_a_step_explains_itself_with_every_route_anchor_and_unit(person):
    """No combination that a playbook can hold breaks the sentences."""
    row = the_open(person)
    for anchor in (
        "enrolled",
        "previous_done",
        "previous_target",
        "last_contact",
        "session_attended",
        "no_answer",
        "missed",
    ):
        for unit in ("working_days", "calendar_days"):
            row.reason = row.reason | {"anchor": anchor, "unit": unit, "delay": 1}
            assert "2 July 2018" in explain_follow_up(row).why_today
