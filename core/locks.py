"""Locks that several processes agree on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection


def hold(name: str, *, wait: bool = True) -> bool:
    """Hold a named lock until the end of the transaction; False when another has it and `wait` is off.

    The lock lives in the database, so it ends with its holder, even a killed one.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A named lock is held until the end of a transaction, and none is open.")
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])


@contextmanager
def one_at_a_time(name: str, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold a named lock across several transactions; `waiting` is called before waiting for whoever has it.

    It belongs to the database connection, so it too ends with its holder, even a killed one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        if not cursor.fetchone()[0]:
            if waiting is not None:
                waiting()
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
