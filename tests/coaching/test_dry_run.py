"""The dry run: what it tells, that it keeps nothing and holds nobody up, and who may look."""

import contextlib
import threading

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.enums import Role
from coaching.errors import DayRefused, DryRunBusy, DryRunCutShort
from coaching.models import Case, Enrolment, FollowUp, FollowUpEvent, PlannerRun
from coaching.services.dry_run import dry_run
from coaching.services.planner.run import plan_follow_ups
from core import clock, locks
from core.models import Installation
from practitioners.models import Practitioner
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, plan, sort

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_monday(db):
    Installation.objects.update_or_create(pk=1, defaults={"name": "Then", "is_synthetic": True, "fixed_today": MONDAY})
    clock.forget()
    yield
    clock.forget()


def people_to_enrol(count=3):
    people = make_practitioners(count)
    sort(dict.fromkeys(people, "late_majority"))
    return people


def counts():
    return [model.objects.count() for model in (Case, Enrolment, FollowUp, FollowUpEvent, PlannerRun)]


def client_of(role):
    client = Client()
    client.force_login(UserFactory(role=role, language="en"))
    return client


@contextlib.contextmanager
def elsewhere(take):
    """Something taken in a transaction of another connection, held until the end of the block."""
    taken, done = threading.Event(), threading.Event()

    def work():
        try:
            with transaction.atomic():
                take()
                taken.set()
                done.wait(30)
        finally:
            taken.set()
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert taken.wait(30)
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_it_tells_what_the_run_would_do_and_keeps_nothing():
    people = people_to_enrol()
    before = counts()
    report = dry_run(on=MONDAY)
    assert (report.tally.enrolled, report.tally.made, report.left_out) == (3, 3, 0)
    assert {line.practitioner for line in report.lines} == {person.name for person in people}
    assert counts() == before
    run = plan(MONDAY)
    assert (run.enrolled, run.made) == (3, 3), "the run then does what the dry run said"
    assert dry_run(on=MONDAY).lines == [], "and nothing is left to do"


def test_a_day_far_away_is_refused():
    for days in (-367, 367):
        with pytest.raises(DayRefused):
            dry_run(on=MONDAY.fromordinal(MONDAY.toordinal() + days))


@pytest.mark.parametrize("seconds", [0, -1])
def test_it_is_cut_short_when_its_time_is_over(seconds):
    people_to_enrol()
    before = counts()
    with pytest.raises(DryRunCutShort):
        plan_follow_ups(on=MONDAY, dry_run=True, seconds=seconds)
    assert counts() == before
    assert dry_run(on=MONDAY).tally.made == 3, "the connection goes on as before"


def test_a_statement_that_takes_too_long_is_cut_short(monkeypatch):
    from coaching.services.planner import run as planner

    people_to_enrol()

    def slow(moment, *, by_segments):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")
        yield from ()

    monkeypatch.setattr(planner, "_phases", slow)
    with pytest.raises(DryRunCutShort):
        plan_follow_ups(on=MONDAY, dry_run=True, seconds=0.2)


@pytest.mark.django_db(transaction=True)
def test_it_leaves_out_whom_somebody_is_working_on_and_waits_for_nobody():
    people = people_to_enrol()
    with elsewhere(lambda: Practitioner.objects.select_for_update(no_key=True).get(pk=people[0].pk)):
        report = dry_run(on=MONDAY)
    assert (report.left_out, report.tally.made) == (1, 2)
    assert people[0].name not in {line.practitioner for line in report.lines}
    assert dry_run(on=MONDAY).left_out == 0


@pytest.mark.django_db(transaction=True)
def test_one_at_a_time():
    people_to_enrol()
    with elsewhere(lambda: locks.hold("coaching.planner.dry_run")), pytest.raises(DryRunBusy):
        dry_run(on=MONDAY)


@pytest.mark.parametrize("role", Role)
def test_the_page_is_for_who_may_plan(role):
    people_to_enrol(1)
    allowed = role in {Role.COORDINATOR, Role.MANAGER, Role.OPERATOR}
    client = client_of(role)
    assert client.get("/planner/").status_code == (200 if allowed else 403)
    assert client.post("/planner/dry-run/", {"on": "2018-07-02"}).status_code == (200 if allowed else 403)


def test_the_page_shows_runs_and_the_dry_run():
    people = people_to_enrol()
    client = client_of(Role.COORDINATOR)
    assert "The planner has never run" in client.get("/planner/").content.decode()
    shown = client.post("/planner/dry-run/", {"on": "2018-07-02"}).content.decode()
    assert "Would be made" in shown and people[0].name in shown
    plan(MONDAY)
    assert "1 run" in client.get("/planner/").content.decode()
    assert "Nothing: everybody has" in client.post("/planner/dry-run/", {"on": "2018-07-02"}).content.decode()


def test_the_page_says_at_the_field_what_is_wrong():
    client = client_of(Role.COORDINATOR)
    assert "Choose a day within a year" in client.post("/planner/dry-run/", {"on": "2030-01-01"}).content.decode()
    assert "Enter a valid date" in client.post("/planner/dry-run/", {"on": "soon"}).content.decode()
