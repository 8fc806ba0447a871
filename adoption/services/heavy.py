"""Room for statements that work on a large network's figures as a whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

# More than the server's default to sort and hash in. Nested loops are never right over whole tables,
# and just after an import the server has no statistics to know that by.
_SETTINGS = {"work_mem": "128MB", "jit": "off", "enable_nestloop": "off"}


@contextmanager
def room_for_whole_tables() -> Iterator[Any]:
    """A cursor whose statements are planned for whole tables; within a transaction, for this block alone."""
    with connection.cursor() as cursor:
        for name, value in _SETTINGS.items():
            cursor.execute(f"SET LOCAL {name} = '{value}'")
        yield cursor
        for name in _SETTINGS:
            cursor.execute(f"SET LOCAL {name} TO DEFAULT")
