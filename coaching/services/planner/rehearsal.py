"""A dry run: the planner's own statements on the real rows, all of it undone at the end.

What it writes it also locks until it ends, so it is kept from disturbing the work: one at a time; it
leaves out whom somebody else is working on and never waits for them, so it can be no part of a
deadlock; and where a limit of seconds is given it is cut short at that, statements under way included.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Max
from psycopg.errors import LockNotAvailable, QueryCanceled
from structlog.contextvars import bound_contextvars

from coaching.errors import DryRunBusy, DryRunCutShort
from coaching.models import FollowUpEvent, PlannerRun
from coaching.services.planner.report import DryRun, collect
from coaching.services.planner.tally import Tally
from core import locks

LOCK_MILLISECONDS = 200
"""How long a dry run waits for a row or table that is locked; far below PostgreSQL's second for deadlocks."""

_left_out: ContextVar[list[int] | None] = ContextVar("left_out", default=None)


def is_rehearsal() -> bool:
    """Whether this is a dry run."""
    return _left_out.get() is not None


def leaves_out(held: int) -> bool:
    """Whether this is a dry run, which leaves those held by others out; their number is noted for its report."""
    noted = _left_out.get()
    if noted is None:
        return False
    noted.append(held)
    return True


def rehearse(run: Callable[[], tuple[PlannerRun, Tally]], *, seconds: float | None) -> DryRun:
    """Do a run, read what it did, and undo it.

    DryRunBusy while another one is being made, DryRunCutShort when it took longer than `seconds`.
    """
    noted: list[int] = []
    token = _left_out.set(noted)
    try:
        with bound_contextvars(dry_run=True), transaction.atomic():
            if not locks.hold("coaching.planner.dry_run", wait=False):
                raise DryRunBusy
            with _within(seconds):
                last_event = FollowUpEvent.objects.aggregate(last=Max("pk"))["last"] or 0
                done, tally = run()
                report = collect(done, tally, after=last_event, left_out=sum(noted))
            transaction.set_rollback(True)
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled | LockNotAvailable):
            raise DryRunCutShort(seconds or 0) from error
        raise
    finally:
        _left_out.reset(token)
    return report


@contextmanager
def _within(seconds: float | None) -> Iterator[None]:
    """Let each statement take no longer than what is left of the time."""
    if seconds is None:
        yield
        return
    ends = time.monotonic() + seconds
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")

    def in_time(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        left = ends - time.monotonic()
        if left <= 0:
            raise DryRunCutShort(seconds)
        context["cursor"].cursor.execute(f"SET LOCAL statement_timeout = {max(1, round(left * 1000))}")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(in_time):
        yield
