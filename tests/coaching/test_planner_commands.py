"""The commands, the heartbeat and the audit: what an operator sees of the planner."""

import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django.utils.translation import override

from adoption.services import tasks_after_segmentation
from coaching.models import Enrolment, FollowUp, FollowUpEvent, PlannerRun
from coaching.selectors.audit import INVARIANTS, broken_rules
from coaching.selectors.heartbeat import planner_problem
from coaching.services import open_case
from coaching.tasks import plan_follow_ups as task
from config.celery import app
from core import clock
from core.models import Installation
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, plan, sort, the_open

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def live_on(day: dt.date) -> None:
    """From here on today is that day."""
    Installation.objects.update_or_create(pk=1, defaults={"name": "Then", "is_synthetic": True, "fixed_today": day})
    clock.forget()


@pytest.fixture
def person():
    person = make_practitioners(1)[0]
    sort({person: "late_majority"})
    return person


# --- The command and the task ---------------------------------------------------------------------------


def test_the_command_plans_a_day_and_tells_the_counts(person):
    counts = json.loads(run("plan_follow_ups", "--on", "2018-07-02", "--json"))
    assert (counts["planned_for"], counts["counts"]["made"], counts["counts"]["enrolled"]) == ("2018-07-02", 1, 1)
    with override("en"):
        assert "Enrolments looked at: 1." in run("plan_follow_ups", "--on", "2018-07-02")


def test_the_dry_run_keeps_nothing(person):
    with override("en"):
        told = run("plan_follow_ups", "--on", "2018-07-02", "--dry-run")
    assert person.name in told and "Follow-ups made: 1" in told
    with override("nl"):
        assert "Aangemaakte opvolgingen: 1" in run("plan_follow_ups", "--on", "2018-07-02", "--dry-run")
    report = json.loads(run("plan_follow_ups", "--on", "2018-07-02", "--dry-run", "--json"))
    assert report["lines"][0]["target_on"] == "2018-07-09" and report["dry_run"]
    assert not FollowUp.objects.exists() and not Enrolment.objects.exists() and not PlannerRun.objects.exists()


def test_a_day_that_is_none_is_refused_with_the_remedy():
    with pytest.raises(CommandError, match="YYYY-MM-DD"):
        run("plan_follow_ups", "--on", "2 July")


def test_the_task_takes_an_iso_date_or_plans_today(person):
    live_on(MONDAY + dt.timedelta(days=30))
    assert task.run("2018-07-02")["made"] == 1
    assert task.run()["on"] == (MONDAY + dt.timedelta(days=30)).isoformat()


def test_beat_plans_every_night_and_each_segmentation_of_the_working_version_is_followed(person):
    assert task.name in {entry["task"] for entry in app.conf.beat_schedule.values()}
    segmentation = sort({person: "late_majority"})
    segmentation.version.refresh_from_db()
    assert task.name in tasks_after_segmentation(segmentation)


# --- The heartbeat --------------------------------------------------------------------------------------


def test_the_heartbeat_counts_what_was_done(person):
    found = plan(MONDAY)
    assert found.finished_at is not None and found.started_at <= found.finished_at
    assert (found.enrolments_seen, found.enrolled, found.made) == (1, 1, 1)


def test_a_planner_that_is_late_or_saw_nobody_is_told(person):
    live_on(MONDAY)
    assert planner_problem() is None, "nobody is enrolled, so nothing is missing"
    plan(MONDAY)
    assert planner_problem() is None
    PlannerRun.objects.update(enrolments_seen=0)
    assert "saw nobody" in planner_problem()
    PlannerRun.objects.update(enrolments_seen=1, finished_at=timezone.now() - dt.timedelta(hours=27))
    assert "last finished" in planner_problem()
    PlannerRun.objects.all().delete()
    assert "has not run" in planner_problem()


def test_segments_of_a_distant_past_plan_nothing_by_themselves(person):
    plan(MONDAY)
    before = list(FollowUp.objects.values())
    live_on(MONDAY + dt.timedelta(days=500))
    assert task()["run"] is None
    assert list(FollowUp.objects.values()) == before, "nobody's follow-up became a missed one"
    assert "rests" in planner_problem()
    assert task(on=(MONDAY + dt.timedelta(days=500)).isoformat())["run"] is not None, "by hand any day is planned"


def test_segments_grown_too_old_enrol_nobody_while_what_is_under_way_goes_on(person):
    plan(MONDAY)
    yesterday, today = MONDAY + dt.timedelta(days=499), MONDAY + dt.timedelta(days=500)
    plan(yesterday)
    row = the_open(person)
    FollowUp.objects.filter(pk=row.pk).update(target_on=yesterday, closes_on=yesterday)
    newcomer = make_practitioners(1)[0]
    sort({person: "late_majority", newcomer: "laggards"})
    live_on(today)
    done = task()
    assert (done["on"], done["enrolled"], done["made"]) == (today.isoformat(), 0, 1)
    assert not Enrolment.objects.filter(practitioner=newcomer).exists()
    row.refresh_from_db()
    assert (row.state, the_open(person).occurrence) == ("missed", row.occurrence + 1)
    assert planner_problem().startswith("the planner rests") and ";" not in planner_problem()
    assert not broken_rules()
    sort({newcomer: "laggards"}, month=today.replace(day=1))
    assert task()["enrolled"] == 1, "new figures bring in who waited"


def test_a_past_that_is_tried_on_a_site_with_empty_nights_behind_it_is_left_alone():
    today = MONDAY + dt.timedelta(days=500)
    live_on(today)
    plan(today - dt.timedelta(days=1))
    sort(dict.fromkeys(make_practitioners(1), "late_majority"))
    plan(MONDAY)
    before = list(FollowUp.objects.values())
    assert before
    assert task()["run"] is None and list(FollowUp.objects.values()) == before


def test_a_case_opened_by_hand_goes_on_without_new_figures_and_without_a_run(person):
    today = MONDAY + dt.timedelta(days=500)
    live_on(today)
    open_case(practitioner=person, track="coaching", by=None, at=at(today))
    assert task()["on"] == today.isoformat()


# --- The audit ------------------------------------------------------------------------------------------


def test_a_sound_database_passes(person):
    plan(MONDAY)
    assert f"All {len(INVARIANTS)} rules hold" in run("audit_follow_ups")


def _second_planning(row):
    FollowUpEvent.objects.create(follow_up=row, kind="planned", from_state="due", to_state="due")


def _state_without_event(row):
    FollowUp.objects.filter(pk=row.pk).update(state="planned")


def _gap_in_events(row):
    FollowUpEvent.objects.create(follow_up=row, kind="state", from_state="planned", to_state="due")


def _forgotten(row):
    row.events.all().delete()
    row.delete()


def _ended_but_owing(row):
    Enrolment.objects.update(state="completed", ended_on=MONDAY)


def _waiting_but_owing(row):
    Enrolment.objects.update(state="waiting", waiting_for="wave_start")


def _closed_case(row):
    type(row.enrolment.case).objects.update(state="closed", closed_at=timezone.now(), outcome="refused")


def _gap_in_occurrences(row):
    FollowUp.objects.update(occurrence=3)


def _somebody_elses(row):
    FollowUp.objects.update(practitioner=make_practitioners(1)[0])


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (_second_planning, "first_event_is_the_planning"),
        (_state_without_event, "last_event_is_the_state"),
        (_gap_in_events, "events_follow_each_other"),
        (_forgotten, "nobody_forgotten"),
        (_ended_but_owing, "ended_owes_nothing"),
        (_waiting_but_owing, "waiting_without_follow_up"),
        (_closed_case, "closed_case_owes_nothing"),
        (_gap_in_occurrences, "occurrences_without_gaps"),
        (_somebody_elses, "same_practitioner"),
    ],
)
def test_each_damage_is_found_and_named(person, damage, rule):
    plan(MONDAY)
    damage(the_open(person))
    assert rule in {finding.rule for finding in broken_rules()}
    with pytest.raises(CommandError, match="broken"):
        run("audit_follow_ups", "--json")
