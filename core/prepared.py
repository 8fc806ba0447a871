"""Running a statement that comes back in every request, parsed by the server once per connection."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections


def run_prepared(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement whose text is always the same.

    As a cursor of Django's gives them, but with parameters bound by the server, and without the
    layers that only log (unless somebody listens, as tests do).
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    database.close_if_health_check_failed()
    database.ensure_connection()
    with database.wrap_database_errors:
        cursor: Any = psycopg.Cursor(database.connection)
        if database.execute_wrappers or database.queries_logged:
            with database._prepare_cursor(cursor) as watched:
                watched.execute(sql, params)
                return list(watched.fetchall())
        cursor.execute(sql, params, prepare=True)
        return list(cursor.fetchall())
