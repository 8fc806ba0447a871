"""Stop other processes at an exact place: before they write a certain row."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from tests.helpers.waiting import wait_for

KEY = 7_305_318

INSTALL = """
CREATE SEQUENCE obstacle_seen;
CREATE FUNCTION obstacle() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF nextval('obstacle_seen') > {after} AND pg_backend_pid() <> {own} THEN
        PERFORM pg_advisory_xact_lock_shared({key});
    END IF;
    RETURN NEW;
END $body$;
CREATE TRIGGER obstacle BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION obstacle();
"""
REMOVE = """
DROP TRIGGER obstacle ON {table};
DROP FUNCTION obstacle;
DROP SEQUENCE obstacle_seen;
"""
WAITING = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND objid = %s AND NOT granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@contextmanager
def obstacle(table: str, *, after: int = 0) -> Iterator["Obstacle"]:
    """Every other process waits, in the middle of its statement, before its first rows but `after` of a table.

    They go on when the block ends, unless they were killed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = cursor.fetchone()[0]
        cursor.execute(INSTALL.format(table=table, after=after, key=KEY, own=own))
    parameters = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor, "context": None}
    try:
        with psycopg.connect(**parameters, autocommit=True) as keeper:
            keeper.execute("SELECT pg_advisory_lock(%s)", [KEY])
            yield Obstacle()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '30s'")
            cursor.execute(REMOVE.format(table=table))
            cursor.execute("RESET lock_timeout")


class Obstacle:
    """What stands in the way while the block lasts."""

    def wait_for_somebody(self, processes: int = 1) -> None:
        """Return when so many processes stand before it."""

        def standing() -> bool:
            with connection.cursor() as cursor:
                cursor.execute(WAITING, [KEY])
                return bool(cursor.fetchone()[0] >= processes)

        wait_for(standing, seconds=180, what="a process to come to the obstacle")
