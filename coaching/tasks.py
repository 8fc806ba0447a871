"""Work that Celery does; beat only triggers scans of rows, nothing is scheduled by an ETA."""

import datetime as dt
from typing import Any

import structlog
from celery import shared_task
from django.utils import timezone

from accounts.models import User
from coaching import services
from coaching.models import PlannerRun, PlaybookVersion, Simulation
from coaching.selectors.heartbeat import figures_too_old, planner_rests, planning_is_owed
from coaching.services import notices, playbooks, simulation
from core import clock, jobs
from core.months import iso
from core.reconnecting import through_restarts

logger = structlog.get_logger(__name__)


@shared_task(name="coaching.tasks.plan_follow_ups")
def plan_follow_ups(on: str | None = None) -> dict[str, Any]:
    """Plan the follow-ups of a day (an ISO date; today by default).

    Today isn't planned by segments of a distant past: nobody is enrolled for what figures said long ago.
    What is under way goes on all the same, unless it lies in that past too.
    """
    day = dt.date.fromisoformat(on) if on else clock.today()
    too_old = None if on else figures_too_old(day)
    if too_old:
        at_all = not planner_rests(day)
        logger.warning(
            "planner_leaves_segments_out" if at_all else "planner_rests",
            reason="the figures behind the working segments are too old",
            as_of=iso(too_old),
        )
        if not at_all:
            return {"run": None, "figures_up_to": iso(too_old)}
    run = through_restarts(lambda: services.plan_follow_ups(on=day, by_segments=too_old is None))
    assert isinstance(run, PlannerRun)
    return {"run": str(run.ref), "on": run.planned_for.isoformat(), "made": run.made, "enrolled": run.enrolled}


@shared_task(name="coaching.tasks.plan_what_was_left")
def plan_what_was_left() -> dict[str, Any]:
    """Plan today when the night's run was lost on the way: its message, its worker or its broker is gone."""
    return plan_follow_ups() if planning_is_owed(timezone.now()) else {"run": None}


@shared_task(name="coaching.tasks.put_notices")
def put_notices() -> dict[str, int]:
    """Write the digests and reminders that are due now, and have them sent."""
    written = notices.put_due(on=clock.today(), at=timezone.now())
    if any(written.values()):
        logger.info("notices_written", **written)
        jobs.send_after_commit("core.tasks.send_mails")
    return written


@shared_task(name="coaching.tasks.migrate_enrolments")
def migrate_enrolments(from_version: str, to_version: str, by: str) -> dict[str, Any]:
    """Move the live enrolments of a version (by ref) to the active one; done again it moves those who are left."""
    done = playbooks.migrate_enrolments(
        from_version=PlaybookVersion.objects.get(ref=from_version),
        to_version=PlaybookVersion.objects.get(ref=to_version),
        by=User.objects.get(ref=by),
    )
    logger.info("enrolments_moved", moved=done.moved, left=done.left, **done.kinds)
    return {"moved": done.moved, "left": done.left}


@shared_task(name="coaching.tasks.simulate")
def simulate(ref: str) -> dict[str, Any]:
    """Play a simulation (by ref) forward; done twice it gives the same."""
    played = simulation.play(simulation=Simulation.objects.get(ref=ref))
    logger.info("simulation_played", state=played.state)
    return {"state": played.state}
