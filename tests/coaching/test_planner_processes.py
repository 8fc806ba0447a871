"""Rule 13 with real processes: doubled, concurrent, killed and late planners end in the rows of one clean run."""

import pytest

from coaching.models import Enrolment, FollowUp, FollowUpEvent
from coaching.selectors.audit import broken_rules
from coaching.services import plan_follow_ups
from coaching.tasks import plan_follow_ups as task
from tests.coaching.nights import (
    DAY,
    ON,
    SMALL_BATCHES,
    clean_run,
    command,
    ended_well,
    finished_runs,
    holding,
    runs_begun,
    same,
    scenario,
    waiting_for_locks,
)
from tests.helpers.waiting import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_the_same_day_planned_again_changes_nothing():
    expected = clean_run()
    for _n in range(3):
        plan_follow_ups(on=ON)
    same(expected)


def test_two_workers_planning_the_same_day_at_once(celery_worker_process):
    expected = clean_run()
    workers = [celery_worker_process(environment=SMALL_BATCHES, wait=False) for _n in range(2)]
    for worker in workers:
        worker.wait_until_ready()
    with holding():
        for _n in range(2):
            task.delay(ON.isoformat())
        wait_for(lambda: runs_begun() == 2, seconds=60, what="both planners to begin")
        assert finished_runs() == 0
    wait_for(lambda: finished_runs() == 2, seconds=120, what="both planners to finish")
    same(expected)
    wait_for(lambda: all("planner_finished" in worker.output() for worker in workers), what="both to say so")


def test_two_commands_planning_the_same_day_at_once():
    expected = clean_run()
    with holding():
        commands = command(), command()
        wait_for(lambda: runs_begun() == 2, seconds=60, what="both planners to begin")
    ended_well(*commands)
    assert finished_runs() == 2
    same(expected)


@pytest.mark.parametrize("enrolments", [1, 25])
def test_a_planner_killed_in_the_middle_and_run_again(celery_worker_process, enrolments):
    expected = clean_run()
    before = Enrolment.objects.count()
    worker = celery_worker_process(environment=SMALL_BATCHES)
    with holding():
        task.delay(ON.isoformat())
        wait_for(lambda: Enrolment.objects.count() >= before + enrolments, seconds=60, what="the planner to be at it")
        worker.kill()
    assert finished_runs() == 0 and Enrolment.objects.count() < len(expected["enrolments"])
    plan_follow_ups(on=ON)
    same(expected)


@pytest.mark.parametrize("changes", [2, 60])
def test_a_command_killed_after_so_many_changes_while_another_one_plans(changes):
    """The survivor completes what the dying one held."""
    expected = clean_run()
    before = FollowUpEvent.objects.count()
    with holding():
        dying = command()
        wait_for(lambda: FollowUpEvent.objects.count() > before + changes, seconds=60, what="the first one to begin")
        survivor = command()
        wait_for(lambda: runs_begun() == 2, seconds=60, what="the second one to begin")
        dying.kill()
        dying.communicate()
    ended_well(survivor)
    same(expected)


def test_a_run_waits_for_what_another_one_holds_and_completes_it_when_that_one_dies():
    expected = clean_run()
    with holding(people=30, enrolments=30):
        planner = command()
        wait_for(waiting_for_locks, seconds=60, what="the planner to have done the rest and to wait")
        assert finished_runs() == 0
    ended_well(planner)
    same(expected)


def test_three_days_of_outage_leave_nobody_behind():
    scenario()
    plan_follow_ups(on=ON)
    overdue = set(FollowUp.objects.filter(state="due").values_list("pk", flat=True))
    back = max(FollowUp.objects.filter(pk__in=overdue).values_list("closes_on", flat=True)) + 3 * DAY
    ended_well(command(back))
    assert set(FollowUp.objects.filter(pk__in=overdue).values_list("state", flat=True)) == {"missed"}
    assert not FollowUp.objects.filter(state__in=["planned", "due"], closes_on__lt=back).exists()
    still_open = FollowUp.objects.filter(state__in=["planned", "due", "deferred"])
    assert Enrolment.objects.filter(state="live").count() == still_open.count()
    assert not broken_rules()
