"""What moved, held, put off, told of or handed over a follow-up is told from what was stored when it happened."""

import datetime as dt

import pytest
from django.utils.translation import override

from coaching import services
from coaching.enums import PauseScope
from coaching.models import ContactBudget, Enrolment, OutsideContact, PracticeClosure
from coaching.selectors.explain import explain_follow_up
from coaching.services.handover import hand_over_case
from practitioners.models import Affiliation, Organisation
from tests.api.conftest import RestClient
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, make_coach, plan, sort, the_open

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


@pytest.fixture
def person():
    person = make_practitioners(1)[0]
    sort({person: "late_majority"})
    return person


def given_to_a_coach(person):
    plan(MONDAY)
    coach = make_coach(first_name="Camille", last_name="Lambert")
    services.assign_follow_up(follow_up=the_open(person), coach=coach, by=None, at=at(MONDAY))
    return coach


def told_of(person):
    return explain_follow_up(the_open(person))


def test_a_day_that_moved_for_the_coachs_absence_says_so(person):
    coach = given_to_a_coach(person)
    target = the_open(person).target_on
    services.record_absence(coach=coach, first_day=target, last_day=target, by=None, at=at(MONDAY))
    plan(MONDAY + DAY)
    row, told = the_open(person), told_of(person)
    assert row.target_on > target
    assert "because the coach is away then" in told.why_today
    assert told.facts["moved"]["from"] == target.isoformat()


def test_days_left_out_while_counting_are_told(person):
    services.add_team_day(day=MONDAY + 2 * DAY, reason="Away day", by=None, at=at(MONDAY))
    plan(MONDAY)
    told = told_of(person)
    assert "Left out: 1 day off of the team." in told.why_today
    assert told.facts["days_off"] == {"team": 1}


def test_a_practice_that_is_closed_is_told():
    person = make_practitioners(1)[0]
    sort({person: "laggards"})
    practice = Organisation.objects.create(name="Cabinet", kind="group")
    Affiliation.objects.create(practitioner=person, organisation=practice)
    PracticeClosure.objects.create(organisation=practice, first_day=MONDAY, last_day=MONDAY + 30 * DAY)
    plan(MONDAY)
    services.complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(MONDAY + 3 * DAY))
    row, told = the_open(person), told_of(person)
    assert row.channel == "technical_check" and row.target_on > MONDAY + 30 * DAY
    assert "on which the practice receives no visits" in told.why_today


def test_a_pause_says_since_when_why_what_is_left_and_when_it_goes_on(person):
    plan(MONDAY)
    services.start_pause(
        scope=PauseScope.QUIET_PERIOD,
        starts_on=MONDAY + DAY,
        ends_on=MONDAY + 11 * DAY,
        reason="Flu",
        by=None,
        at=at(MONDAY),
    )
    plan(MONDAY + DAY)
    told = told_of(person)
    assert "Paused since 3 July 2018: Flu." in told.why_today and "left of the delay" in told.why_today
    assert "It goes on after 13 July 2018" in told.what_next
    assert told.facts["paused"]["why"] == "Flu"
    plan(MONDAY + 14 * DAY)
    told = told_of(person)
    assert "It was paused from 3 July 2018" in told.why_today and "Flu" in told.why_today
    assert told.facts["paused"] is None and told.facts["resumed"]["since"] == "2018-07-03"


def test_a_budget_that_is_used_up_says_so(person):
    ContactBudget.objects.update(contacts=1, days=30)
    plan(MONDAY)
    row = the_open(person)
    OutsideContact.objects.create(practitioner=person, purpose="pilot", channel="visit", made_on=MONDAY, source="x")
    type(row).objects.filter(pk=row.pk).update(state="planned")
    plan(MONDAY + DAY)
    told = told_of(person)
    assert the_open(person).state == "deferred"
    assert "the practitioner has had 1 of 1 contacts" in told.why_today
    assert "It opens as soon as there is room" in told.what_next
    assert told.facts["deferred"]["why"] == "practitioner_budget"


def test_a_window_that_closed_says_who_was_told(person):
    given_to_a_coach(person)
    missed = the_open(person)
    plan(missed.closes_on + DAY)
    told = explain_follow_up(type(missed).objects.get(pk=missed.pk))
    assert "Its window closed: the coach was told on" in told.what_next
    assert [one["level"] for one in told.facts["escalations"]] == ["coach"]


def test_a_handover_says_from_whom_and_why(person):
    given_to_a_coach(person)
    newcomer = make_coach(first_name="Tom", last_name="De Smet")
    case = the_open(person).enrolment.case
    hand_over_case(case=case, to=newcomer, reason="Camille is on leave", by=None, at=at(MONDAY))
    told = told_of(person)
    assert "Tom De Smet took it over from Camille Lambert on 2 July 2018: Camille is on leave." in told.why_me
    assert told.facts["handover"]["reason"] == "Camille is on leave"


def test_somebody_who_stopped_publishing_is_told_since_when(person):
    plan(MONDAY)
    Enrolment.objects.update(last_published=dt.date(2018, 2, 1), segment="")
    assert "published last in February 2018" in told_of(person).why_me


def test_rest_gives_the_facts_beside_the_words(person):
    plan(MONDAY)
    row = the_open(person)
    told = RestClient(UserFactory(role="manager"), "read").get(f"/api/v1/follow-ups/{row.ref}/").json()["explanation"]
    assert told["facts"]["anchor"] == "enrolled" and told["facts"]["anchor_on"] == "2018-07-02"
    assert told["facts"]["target_on"] == row.target_on.isoformat()
    assert told["facts"]["paused"] is None
