"""Work that outlives a restart of the database."""

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg
import structlog
from django.db import Error, connection

logger = structlog.get_logger(__name__)

T = TypeVar("T")

PAUSES = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
"""Seconds to wait before each new attempt: two minutes in all, in which a server starts again."""


def through_restarts(work: Callable[[], T]) -> T:
    """Do something again when the database went away in the middle of it, once it is back.

    Only for work that may be repeated. What went wrong while the database was there is raised at once;
    so is everything after the last pause, or inside of somebody else's transaction, which is lost.
    """
    for pause in PAUSES:
        inside = connection.in_atomic_block
        try:
            return work()
        except Error as error:
            if inside or not _is_gone(error):
                raise
            logger.warning("database_went_away", again_in=pause)
        connection.close()
        time.sleep(pause)
    return work()


def _is_gone(error: Error) -> bool:
    """Whether the connection failed, and not what was asked over it.

    The connection itself can't be asked: Django opens a new one as it leaves the broken transaction.
    """
    cause = error.__cause__
    if not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    # Class 08 is a connection's failure, 57P a server's end or start; without a code the server said nothing any more.
    return cause.sqlstate is None or cause.sqlstate.startswith(("08", "57P"))
