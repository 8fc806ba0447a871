"""What happens to processes and servers: killed, flushed, restarted, started twice, switched off.

After each the rows are those of one clean run, and `manage.py audit_follow_ups` finds every rule kept.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from coaching.models import Enrolment, Escalation, FollowUp, PlannerRun
from coaching.services import plan_follow_ups
from coaching.tasks import plan_follow_ups as task
from core import clock
from core.models import Installation
from tests.coaching.nights import (
    DAY,
    ON,
    SMALL_BATCHES,
    clean_run,
    finished_runs,
    holding,
    rows,
    runs_begun,
    same,
    scenario,
)
from tests.helpers.databases import restore_pristine_rows
from tests.helpers.obstacles import obstacle
from tests.helpers.servers import OwnPostgres, OwnValkey
from tests.helpers.waiting import wait_for
from tests.helpers.workers import BeatProcess, WorkerProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PLACES = [
    ("coaching_enrolment", 0),
    ("coaching_followupevent", 60),
    ("coaching_escalation", 7),
    ("core_mail", 0),
]


@pytest.fixture(autouse=True)
def _audited(transactional_db: None) -> Iterator[None]:
    yield
    call_command("audit_follow_ups")


@pytest.fixture
def beat(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., BeatProcess]]:
    """Start real beats; what is left at the end of the test is killed."""
    beats: list[BeatProcess] = []

    def start(**options: object) -> BeatProcess:
        beats.append(BeatProcess(tmp_path / f"beat-{len(beats)}.log", **options))
        return beats[-1]

    yield start
    for each in beats:
        each.kill()


def today_is(day: dt.date) -> None:
    """For this process and those that are started from now on."""
    Installation.objects.update_or_create(pk=1, defaults={"name": "Then", "is_synthetic": True, "fixed_today": day})
    clock.forget()


def send(broker: OwnValkey) -> None:
    """Put the task of the night into a broker of the test's own."""
    with current_app.connection_for_write(broker.url) as channel:
        task.apply_async([ON.isoformat()], connection=channel)


def planned(runs: int = 1) -> None:
    wait_for(lambda: finished_runs() >= runs, seconds=120, what=f"{runs} planner runs to finish")


# --- Killed ------------------------------------------------------------------------------------------


def test_a_killed_pool_process_is_replaced_and_its_task_done_again(celery_worker_process):
    """SIGKILL in the middle of enrolling, planning, opening, escalating and writing mails; nobody has to act."""
    expected = clean_run()
    assert expected["escalations"] and expected["coach days"] and expected["told"]
    worker: WorkerProcess = celery_worker_process(environment=SMALL_BATCHES)
    for table, after in PLACES:
        with obstacle(table, after=after) as way:
            task.delay(ON.isoformat())
            way.wait_for_somebody()
            assert finished_runs() == 0
            worker.kill_child()
        planned()
        same(expected)
        call_command("audit_follow_ups")
        if (table, after) != PLACES[-1]:
            restore_pristine_rows()
            scenario()


# --- The broker --------------------------------------------------------------------------------------


def test_a_broker_that_is_flushed_and_restarted_loses_messages_but_nobody(celery_worker_process, tmp_path):
    expected = clean_run()
    broker = OwnValkey(tmp_path / "valkey")
    try:
        send(broker)
        broker.flush()
        worker = celery_worker_process(environment=SMALL_BATCHES | {"REDIS_URL": broker.url})
        assert runs_begun() == 0, "the message was lost with the rest"
        with holding():
            send(broker)
            wait_for(lambda: runs_begun() == 1, seconds=60, what="the planner to begin")
            broker.flush()
            broker.stop()
        planned()
        same(expected)
        broker.start()
        # Beat's next occasion: the worker found its broker again by itself, and there is nothing left to do.
        send(broker)
        planned(2)
        same(expected)
        assert worker.process.poll() is None
    finally:
        broker.stop()


# --- The database ------------------------------------------------------------------------------------


def test_a_worker_outlives_a_restart_of_its_database_and_finishes(celery_worker_process, tmp_path):
    expected = clean_run()
    server = OwnPostgres(tmp_path / "postgres")
    try:
        with server.in_use():
            worker = celery_worker_process(environment=SMALL_BATCHES)
            with holding():
                task.delay(ON.isoformat())
                wait_for(lambda: runs_begun() == 1, seconds=60, what="the planner to begin")
                server.stop()
            server.start()
            planned()
            same(expected)
            assert "database_went_away" in worker.output() and worker.process.poll() is None
            call_command("audit_follow_ups")
            worker.kill()
    finally:
        connection.close()
        server.stop()


# --- Beat --------------------------------------------------------------------------------------------


def test_two_beats_do_each_occasion_once_in_effect(celery_worker_process, beat):
    expected = clean_run()
    today_is(ON)
    celery_worker_process(environment=SMALL_BATCHES, concurrency=2)
    first, second = beat(), beat()
    planned(3)
    assert all("coaching.tasks.plan_follow_ups" in each.output() for each in (first, second))
    same(expected)


def test_three_days_without_beat_are_made_up_once(celery_worker_process, beat):
    """Windows that closed meanwhile are missed and nothing is sent late, as by one run on the day of the return."""
    back = ON + 3 * DAY
    scenario()
    plan_follow_ups(on=ON)
    plan_follow_ups(on=back)
    expected = rows()
    restore_pristine_rows()
    scenario()
    plan_follow_ups(on=ON)
    today_is(back)
    celery_worker_process(environment=SMALL_BATCHES)
    # As beat left the schedule when it was stopped.
    _scheduled(timezone.now() - 3 * DAY)
    beat(quick=False)
    wait_for(
        lambda: PlannerRun.objects.filter(planned_for=back, finished_at__isnull=False).exists(),
        seconds=120,
        what="the planner to catch up",
    )
    same(expected)
    assert not FollowUp.objects.filter(state="due", closes_on__lt=back).exists()
    assert Escalation.objects.exists() and Enrolment.objects.exists()


def _scheduled(last: dt.datetime) -> None:
    from django_celery_beat.schedulers import ModelEntry

    for name, entry in current_app.conf.beat_schedule.items():
        ModelEntry.from_entry(name, app=current_app, **entry)
    assert PeriodicTask.objects.update(last_run_at=last)
