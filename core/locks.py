"""Locks that several processes agree on."""

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
