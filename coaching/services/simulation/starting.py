"""Ask for a simulation, and play it: progress and result are rows, so the page can be left and found again."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import structlog
from django.db.models import Q
from django.utils import timezone, translation

from accounts.models import User
from coaching.enums import SimulationState, VersionState
from coaching.errors import OutOfScope
from coaching.models import PlaybookVersion, Simulation
from coaching.policies import may_read_playbooks
from coaching.services.playbooks import placing
from coaching.services.playbooks.drafts import steps_of
from coaching.services.playbooks.validation import check_version
from coaching.services.simulation.assumptions import Assumptions, check_span
from coaching.services.simulation.playing import Play
from coaching.services.simulation.reading import read_world
from coaching.services.simulation.world import World
from core import clock
from core.errors import DomainError

logger = structlog.get_logger(__name__)


def start_simulation(
    *,
    version: PlaybookVersion,
    starts_on: dt.date,
    weeks: int = 12,
    assumptions: Assumptions | None = None,
    by: User | None,
) -> Simulation:
    """Ask what a version would do from a day on; a worker plays it. Errors: SimulationRefused, PlaybookRefused, OutOfScope."""
    if by is not None and not may_read_playbooks(by):
        raise OutOfScope
    assumptions = assumptions or Assumptions()
    assumptions.check()
    check_span(starts_on, weeks, clock.today())
    if version.state == VersionState.DRAFT:
        # One in use was judged when it was activated, perhaps by rules that were fewer.
        check_version(
            steps=steps_of(version),
            goal_indicator=version.goal_indicator_id,
            goal_value=version.goal_value,
            goal_months=version.goal_months,
        )
    return Simulation.objects.create(
        version=version, starts_on=starts_on, weeks=weeks, assumptions=assumptions.as_json(), by=by
    )


def play(*, simulation: Simulation) -> Simulation:
    """Play a simulation that waits, or that a worker left in the middle; the result is the same each time.

    What can't be played is kept as failed, with the reason.
    """
    unfinished = Q(state__in=[SimulationState.WAITING, SimulationState.RUNNING])
    mine = Simulation.objects.filter(unfinished, pk=simulation.pk)
    if not mine.update(state=SimulationState.RUNNING, done_share=0):
        simulation.refresh_from_db()
        return simulation
    columns: dict[str, Any]
    try:
        # A refusal is kept in words, so in those of who asked.
        with translation.override(simulation.by.language if simulation.by else None):
            result = simulated(
                version=simulation.version,
                starts_on=simulation.starts_on,
                weeks=simulation.weeks,
                assumptions=Assumptions.of(simulation.assumptions),
                progress=lambda share: mine.update(done_share=share),
            )
        columns = {"state": SimulationState.DONE, "result": result, "done_share": 1, "error": ""}
    except DomainError as error:
        columns = {"state": SimulationState.FAILED, "error": error.message[:300]}
    except Exception:
        mine.update(state=SimulationState.FAILED, error="internal", finished_at=timezone.now())
        raise
    mine.update(**columns, finished_at=timezone.now())
    simulation.refresh_from_db()
    return simulation


def simulated(
    *,
    version: PlaybookVersion,
    starts_on: dt.date,
    weeks: int,
    assumptions: Assumptions,
    progress: Callable[[float], Any] = lambda _share: None,
) -> dict[str, Any]:
    """What a version does over so many weeks (Monday to Sunday, the week of the first day being the first).

    Rows are read once and not locked; all else is computing.
    """
    last = starts_on + dt.timedelta(days=7 * weeks - 1 - starts_on.weekday())
    world = read_world(version=version, on=starts_on, until=last)
    if assumptions.move:
        _move(world, version)
    playing = Play(world, version.pk, version.playbook_id, assumptions, seed=str(version.ref))
    for number, _day in enumerate(playing.weeks(starts_on, last), 1):
        progress(number / weeks)
    return playing.told.result(world, version.pk)


def _move(world: World, version: PlaybookVersion) -> None:
    """Move who goes through another version of the playbook, as a migration would; who can't move stays."""
    others = PlaybookVersion.objects.filter(playbook=version.playbook_id).exclude(pk=version.pk)
    places = {
        other.pk: placing.Placing(other, version) for other in others.filter(enrolments__ended_on=None).distinct()
    }
    for runner in world.runners:
        if runner.version not in places:
            continue
        row, last = runner.open, runner.last
        standing = placing.Standing(
            is_held=runner.held_until is not None,
            open_step=row.step.id if row else None,
            is_touched=row.is_frozen if row else False,
            last_step=last.step.id if last else None,
            ended=last.ended if last else None,
            case_has_goal=runner.has_goal,
        )
        place = places[runner.version].place(standing)
        if place.kind == placing.NOWHERE:
            continue
        runner.version = version.pk
        runner.has_goal = runner.has_goal or version.goal_indicator_id is not None
        if place.kind == placing.REPLACED and row is not None:
            if row.state == "due" and not row.is_free:
                world.people[runner.practitioner].due -= 1
            if runner.coach is None:
                runner.coach = row.coach
            runner.open = None
