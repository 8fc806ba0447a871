"""The nightly run: every phase in batches that are claimed, changed and committed one by one.

What is to be done is read from the rows alone, so a run that is repeated, doubled or killed comes to
the same rows. Each phase first takes what nobody else holds (SKIP LOCKED); at its end it waits for
what another run holds, so that a run always completes what another one, perhaps dying, had begun.
"""

import datetime as dt
import functools
from array import array
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from coaching.enums import LIVE_ENROLMENTS
from coaching.models import Enrolment, PlannerRun
from coaching.services.planner import (
    enrolling,
    escalating,
    exits,
    holding,
    lapses,
    opening,
    redating,
    resuming,
    windows,
)
from coaching.services.planner.advance import advance_at, end_at
from coaching.services.planner.rehearsal import leaves_out, rehearse
from coaching.services.planner.report import DryRun
from coaching.services.planner.tally import Moment, Tally, execute, ids_of, rows_of
from coaching.services.working_days import planning_calendar
from core import clock

logger = structlog.get_logger(__name__)

OPENING = "opening"

ANALYZE_FROM = 2000
"""Rows made at once from which the database is told to count anew, so that the next statements are planned for them."""

WITHOUT_NEXT = """
SELECT e.id FROM coaching_enrolment e WHERE e.state IN ('live', 'waiting', 'paused') AND NOT EXISTS (
    SELECT 1 FROM coaching_followup f WHERE f.enrolment_id = e.id AND f.state IN ('planned', 'due', 'deferred'))"""

CANDIDATES = {
    "usage": f"SELECT e.id {windows.USED}",
    "exits": f"SELECT id FROM ({exits.WITH_OPEN_FOLLOW_UP}) AS exiting",
    "missed": f"SELECT e.id {windows.MISSED}",
    "next": WITHOUT_NEXT,
    "escalating": escalating.CANDIDATES,
}
"""The enrolments that a phase has something to do for."""

CLAIM_ENROLMENTS = """
WITH claimed AS MATERIALIZED (
    SELECT p.id FROM practitioners_practitioner p
    WHERE p.id IN (SELECT practitioner_id FROM coaching_enrolment WHERE id = ANY(%(ids)s::bigint[]))
    ORDER BY p.id FOR NO KEY UPDATE {waiting}
)
SELECT e.id FROM coaching_enrolment e JOIN claimed ON claimed.id = e.practitioner_id
WHERE e.id = ANY(%(ids)s::bigint[])"""
CLAIM_PRACTITIONERS = """
SELECT id FROM practitioners_practitioner WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id FOR NO KEY UPDATE {waiting}"""
"""A practitioner's row is the lock for all that happens in their enrolments."""

CASES = "coaching_case (practitioner_id, track, coach_id, state)"
ENROLMENTS = "coaching_enrolment (id, case_id, practitioner_id, playbook_id, version_id, state, edge_id)"
FOLLOW_UPS = "coaching_followup (id, enrolment_id, practitioner_id, state, opens_on, target_on, closes_on, assignee_id)"
"""The columns that statements choose their way by; counting the JSON ones too would take three times as long."""

ATTEMPTS = 5

T = TypeVar("T")

Work = Callable[[list[int], Moment], Tally]


def plan_follow_ups(
    *,
    on: dt.date | None = None,
    dry_run: bool = False,
    seconds: float | None = None,
    by_segments: bool = True,
) -> PlannerRun | DryRun:
    """Plan the follow-ups of a day, today by default: everything that the rules ask for, and nothing twice.

    Gives the run with its counts, or for a dry run what it would do (nothing is kept then); `seconds`
    is how long a dry run may take. Not by segments: nobody is enrolled for a segment or a lapse, and only
    what is under way goes on.
    """
    on = on or clock.today()
    if dry_run:
        return rehearse(lambda: _run(on, by_segments=by_segments), seconds=seconds)
    return _run(on, by_segments=by_segments)[0]


def _run(on: dt.date, *, by_segments: bool) -> tuple[PlannerRun, Tally]:
    at = dt.datetime.combine(on, timezone.localtime().time(), tzinfo=timezone.get_default_timezone())
    run = PlannerRun.objects.create(planned_for=on)
    log = logger.bind(run=str(run.ref), on=on.isoformat(), by_segments=by_segments)
    moment = Moment(on, at, None, planning_calendar(on=on), run.pk)
    total = Tally()
    for name, work in _phases(moment, by_segments=by_segments):
        done = Tally()
        if name == OPENING:
            _analyze(total.made, FOLLOW_UPS, "coaching_followupevent (follow_up_id)")
        for batch in work:
            done.add(batch)
            _beat(run, batch)
        total.add(done)
        if done:
            log.info("planner_phase", phase=name, **{key: value for key, value in vars(done).items() if value})
    PlannerRun.objects.filter(pk=run.pk).update(finished_at=Now(), enrolments_seen=_seen(total))
    run.refresh_from_db()
    log.info("planner_finished", **vars(total))
    return run, total


def _phases(moment: Moment, *, by_segments: bool) -> Iterator[tuple[str, Iterator[Tally]]]:
    yield "pauses", _pauses(moment)
    yield "resolve by usage", _sweep("usage", moment, _then_advance(windows.resolve_by_usage))
    yield "exits", _sweep("exits", moment, advance_at)
    yield "moved anchors", _move(moment)
    yield "missed windows", _sweep("missed", moment, _then_advance(windows.miss))
    if by_segments:
        yield "edges", _edges(moment)
        yield "enrolling", _enrol(moment)
        yield "lapses", _watch(moment)
    yield "next steps", _sweep("next", moment, advance_at)
    yield "pauses of what was just planned", _hold(moment, moment.on)
    yield OPENING, _open(moment)
    yield "escalating", _sweep("escalating", moment, escalating.escalate, escalating.parameters(moment))


def _pauses(moment: Moment) -> Iterator[Tally]:
    """Hold what is paused and let go on what no longer is, in the order of the days that no run has seen yet."""
    with transaction.atomic():
        holding.follow_blockers(moment)
    for day in holding.days(moment):
        yield from _hold(moment, day)
        held = resuming.candidates(moment, day)
        if held:
            release = functools.partial(resuming.release, moment=moment, going=resuming.going_on(moment, day))
            yield from _in_batches(held, CLAIM_ENROLMENTS, release)
    with transaction.atomic():
        holding.settle(moment)


def _hold(moment: Moment, day: dt.date) -> Iterator[Tally]:
    candidates = holding.candidates(moment, day)
    return _in_batches(candidates, CLAIM_ENROLMENTS, functools.partial(holding.hold, moment=moment, day=day))


def _then_advance(change: Callable[[list[int], Moment], tuple[Tally, list[int]]]) -> Work:
    """The change, and the next step of those changed, in one transaction."""

    def work(ids: list[int], moment: Moment) -> Tally:
        tally, changed = change(ids, moment)
        return tally.add(advance_at(changed, moment)) if changed else tally

    return work


def _sweep(phase: str, moment: Moment, work: Work, given: dict[str, Any] | None = None) -> Iterator[Tally]:
    """Do a phase's work for all its candidates, batch by batch, each in a transaction of its own."""
    candidates = ids_of(CANDIDATES[phase], given or moment.parameters)
    return _in_batches(candidates, CLAIM_ENROLMENTS, lambda ids: work(ids, moment))


def _in_batches(candidates: "array[int]", claim: str, work: Callable[[list[int]], Tally]) -> Iterator[Tally]:
    """Claim and do the candidates batch by batch; wait at the end for those that another run holds.

    The candidates were found without a lock; the work asks again, under the lock, whether there is
    anything to do for them.
    """
    held = array("q")
    for batch in _batches(candidates):
        claimed, tally = _do(batch, claim.format(waiting="SKIP LOCKED"), work)
        held.extend(sorted(set(batch).difference(claimed)))
        yield tally
    if leaves_out(len(held)):
        return
    for batch in _batches(held):
        yield _do(batch, claim.format(waiting=""), work)[1]


def _do(batch: list[int], claim: str, work: Callable[[list[int]], Tally]) -> tuple[list[int], Tally]:
    """Claim one batch and do it, in one transaction."""

    def claim_and_work() -> tuple[list[int], Tally]:
        claimed = [row[0] for row in rows_of(claim, {"ids": batch})]
        return claimed, work(claimed) if claimed else Tally()

    return _in_transaction(claim_and_work)


def _in_transaction(act: Callable[[], T]) -> T:
    """Do something in a transaction of its own; tried again when the database broke a deadlock at our cost."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                # Compiling the statements takes longer than running them.
                execute("SET LOCAL jit = off", {})
                return act()
        except OperationalError as error:
            deadlock = isinstance(error.__cause__, DeadlockDetected)
            if not deadlock or attempt == ATTEMPTS or connection.in_atomic_block:
                raise
            logger.warning("planner_deadlock", attempt=attempt)
    raise AssertionError("unreachable")


def _move(moment: Moment) -> Iterator[Tally]:
    """Follow anchors that moved or were withdrawn, and days that became days off."""
    return _in_batches(redating.candidates(moment), CLAIM_ENROLMENTS, lambda ids: redating.move(ids, moment))


def _batches(ids: "array[int]") -> Iterator[list[int]]:
    size = settings.PLANNER_BATCH_SIZE
    return (ids[place : place + size].tolist() for place in range(0, len(ids), size))


def _edges(moment: Moment) -> Iterator[Tally]:
    _in_transaction(functools.partial(enrolling.absorb_edges, moment))
    yield Tally()


def _enrol(moment: Moment) -> Iterator[Tally]:
    """Enrol practitioners, each with the first follow-up; who leaves another playbook for it exits there."""
    candidates = ids_of(enrolling.CANDIDATES, enrolling.parameters(moment))

    def work(practitioners: list[int]) -> Tally:
        begun, left = enrolling.enrol(practitioners, moment)
        tally = Tally(enrolled=len(begun)).add(end_at(left, moment))
        _analyze(len(begun), CASES, ENROLMENTS)
        return tally.add(advance_at(begun, moment))

    return _in_batches(candidates, CLAIM_PRACTITIONERS, work)


def _watch(moment: Moment) -> Iterator[Tally]:
    """Enrol those who stopped publishing, each with the confirmation to make."""
    found = lapses.watch(moment.on)
    if found is None:
        return

    def work(practitioners: list[int]) -> Tally:
        begun = lapses.enrol(practitioners, moment, found)
        return Tally(enrolled=len(begun)).add(advance_at(begun, moment))

    yield from _in_batches(lapses.candidates(found, moment), CLAIM_PRACTITIONERS, work)


def _open(moment: Moment) -> Iterator[Tally]:
    """Open what the limits allow, oldest window first: in that order, so nothing is skipped for being held."""
    for batch in _batches(opening.candidates(moment)):
        yield _in_transaction(functools.partial(opening.open_batch, batch, moment))


def _analyze(made: int, *tables: str) -> None:
    if made >= ANALYZE_FROM:
        for table in tables:
            execute(f"ANALYZE {table}", {})


def _beat(run: PlannerRun, tally: Tally) -> None:
    """Write what has been done so far: the heartbeat of a run that takes long."""
    changes = {name: F(name) + count for name, count in vars(tally).items() if count and name != "completed"}
    if changes:
        PlannerRun.objects.filter(pk=run.pk).update(**changes)


def _seen(total: Tally) -> int:
    return Enrolment.objects.filter(state__in=LIVE_ENROLMENTS).count() + total.exited + total.completed
