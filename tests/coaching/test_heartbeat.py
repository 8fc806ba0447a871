"""The heartbeat: a planner that is late, was cut off, or did less than the rows asked for is told."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from accounts.enums import Role
from coaching.models import Enrolment, FollowUp, PlannerRun, TeamDay
from coaching.selectors.heartbeat import Alarm, planner_alarms, planner_problem
from core import clock
from core.models import Installation
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, plan, sort

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_monday():
    Installation.objects.update_or_create(pk=1, defaults={"name": "Then", "is_synthetic": True, "fixed_today": MONDAY})
    clock.forget()
    yield
    clock.forget()


def enrolled(count=2):
    people = make_practitioners(count)
    sort(dict.fromkeys(people, "late_majority"))
    return people


def codes():
    cache.delete_many([f"planner-left-undone:{run.pk}" for run in PlannerRun.objects.all()])
    return [alarm.code for alarm in planner_alarms()]


def hours_ago(hours):
    return timezone.now() - dt.timedelta(hours=hours)


def long_ago(table, *columns):
    """Rows that were there before the last run began."""
    with connection.cursor() as cursor:
        for column in columns:
            cursor.execute(f"UPDATE {table} SET {column} = %s", [hours_ago(48)])


def test_a_clean_run_raises_no_alarm():
    enrolled()
    assert codes() == [], "nobody is enrolled yet, so nothing is missing"
    plan(MONDAY)
    assert codes() == []
    plan(MONDAY)
    assert codes() == [], "a run that had nothing to do is no alarm"


def test_a_run_that_began_and_never_finished_was_cut_off():
    enrolled()
    plan(MONDAY)
    cut = PlannerRun.objects.create(planned_for=MONDAY)
    assert codes() == [], "it may still be running"
    PlannerRun.objects.filter(pk=cut.pk).update(started_at=hours_ago(3))
    PlannerRun.objects.exclude(pk=cut.pk).update(started_at=hours_ago(9), finished_at=hours_ago(8))
    assert codes() == ["cut_off"]
    plan(MONDAY)
    assert codes() == [], "a later run completed what it had begun"


def test_the_very_first_run_being_cut_off_is_told():
    enrolled()
    PlannerRun.objects.create(planned_for=MONDAY)
    PlannerRun.objects.update(started_at=hours_ago(3))
    assert codes() == ["cut_off"]


def test_a_run_by_hand_for_a_day_of_the_past_is_not_tonights():
    enrolled()
    plan(MONDAY - dt.timedelta(days=5))
    assert codes() == ["behind"]
    plan(MONDAY)
    assert codes() == []


def test_a_late_run_is_told():
    enrolled()
    plan(MONDAY)
    PlannerRun.objects.update(started_at=hours_ago(28), finished_at=hours_ago(27))
    assert codes()[0] == "late"


def test_seeing_nobody_counts_only_those_enrolled_before():
    enrolled()
    plan(MONDAY)
    PlannerRun.objects.update(enrolments_seen=0)
    assert codes() == ["nobody"]
    Enrolment.objects.update(created_at=timezone.now() + dt.timedelta(seconds=1))
    assert codes() == [], "they were enrolled by hand after the run"


def test_enrolments_left_without_a_follow_up_are_counted():
    enrolled(3)
    plan(MONDAY)
    long_ago("coaching_enrolment", "created_at")
    run = plan(MONDAY)
    assert run.made == 0 and codes() == []
    FollowUp.objects.update(state="cancelled")
    assert codes() == ["not_made"]
    assert [alarm.facts["count"] for alarm in planner_alarms()] == [3]
    Enrolment.objects.update(state="waiting", waiting_for="wave_start")
    assert codes() == [], "who waits for an anchor has none"


def test_what_came_after_the_run_is_not_its_fault():
    enrolled()
    plan(MONDAY)
    FollowUp.objects.update(state="cancelled")
    Enrolment.objects.update(created_at=timezone.now())
    assert codes() == []


def test_windows_left_unopened_or_unclosed_are_counted():
    enrolled(1)
    plan(MONDAY)
    long_ago("coaching_followup", "created_at", "updated_at")
    day = dt.timedelta(days=1)
    plan(MONDAY)
    FollowUp.objects.update(state="planned", opens_on=MONDAY, target_on=MONDAY + day, closes_on=MONDAY + 5 * day)
    long_ago("coaching_followup", "updated_at")
    assert codes() == ["not_opened"]
    TeamDay.objects.create(day=MONDAY, reason="Away day")
    assert codes() == [], "on a day off nothing opens for a coach"
    FollowUp.objects.update(state="due", opens_on=MONDAY - 9 * day, target_on=MONDAY - 9 * day, closes_on=MONDAY - day)
    long_ago("coaching_followup", "updated_at")
    assert codes() == ["not_missed"]


def test_the_counts_are_not_asked_for_at_every_probe(django_assert_num_queries):
    enrolled()
    plan(MONDAY)
    assert planner_problem() is None
    with django_assert_num_queries(3):
        assert planner_problem() is None


def test_machines_read_english_and_people_their_language():
    enrolled()
    plan(MONDAY)
    PlannerRun.objects.update(started_at=hours_ago(28), finished_at=hours_ago(27))
    with override("fr"):
        assert planner_problem().startswith("the planner last finished at 20")
    answer = Client().get("/readyz").json()
    assert answer["status"] == "degraded" and "last finished" in answer["checks"]["planner"]


@pytest.mark.parametrize("address", ["/", "/planner/"])
def test_the_operators_pages_show_the_alarm(address):
    enrolled()
    plan(MONDAY)
    client = Client()
    client.force_login(UserFactory(role=Role.OPERATOR, language="en"))
    assert "planner last finished at" not in client.get(address).content.decode()
    PlannerRun.objects.update(started_at=hours_ago(28), finished_at=hours_ago(27))
    assert "planner last finished at" in client.get(address).content.decode()


def test_every_alarm_has_words():
    facts = {"month": "2018-06", "moment": "2018-07-02T04:30", "day": "2018-07-02", "count": 2}
    for code in ("rests", "never", "cut_off", "late", "behind", "nobody", "not_made", "not_opened", "not_missed"):
        with override("en"):
            assert "planner" in Alarm(code, facts).words
