"""Running a statement that comes back in every request, parsed by the server once per connection."""

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

_PLACE = re.compile(r"%(?:%|s|\((\w+)\)s)")


def run_prepared(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement whose text is always the same, with `%s` or `%(name)s` for its parameters.

    As a cursor of Django's gives them, but with parameters bound by the server, a plan that the
    server keeps, and without the layers that only log (unless somebody listens, as tests do).
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    database.close_if_health_check_failed()
    database.ensure_connection()
    connection = database.connection
    with database.wrap_database_errors:
        if database.execute_wrappers or database.queries_logged:
            with database._prepare_cursor(psycopg.Cursor(connection)) as watched:
                watched.execute(sql, params)
                return list(watched.fetchall())
        text, names = _numbered(sql)
        cursor: Any = psycopg.RawCursor(connection)
        # Django switches preparing off for its own cursors, which put values into the text.
        connection.prepare_threshold = 0
        try:
            cursor.execute(text, [params[name] for name in names] if names else params)  # type: ignore[call-overload]
            return list(cursor.fetchall())
        finally:
            connection.prepare_threshold = None


@functools.lru_cache(maxsize=2000)
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement with `$1, $2, ...` as the server takes it, and the names in their order where there are names."""
    names: list[str] = []
    count = 0

    def place(match: re.Match[str]) -> str:
        nonlocal count
        if match[0] == "%%":
            return "%"
        name = match[1]
        if name is None:
            count += 1
            return f"${count}"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _PLACE.sub(place, sql).encode(), tuple(names)
