"""Streaming rows into PostgreSQL by COPY, as fast as Python can hand them over."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connection

ROWS_AT_A_TIME = 1000

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_rows(cursor: Any, table: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """COPY rows of text into a table (a temporary one, as a rule) and return how many there were.

    Every value is text, as PostgreSQL reads it for the column's type; the empty text arrives as
    NULL. Rows are taken from the iterator a thousand at a time, so memory stays flat. A value must
    not contain a NUL character.
    """
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in columns)
    separators = len(columns) - 1
    rows = iter(rows)
    count = 0
    with cursor.copy(f"COPY {quote(table)} ({names}) FROM STDIN (FORMAT text, NULL '')") as copy:
        while block := list(islice(rows, ROWS_AT_A_TIME)):
            count += len(block)
            text = "\n".join(map("\t".join, block))
            # Hardly any block has something to escape; counting finds those that do.
            if (
                "\\" in text
                or "\r" in text
                or text.count("\n") != len(block) - 1
                or text.count("\t") != separators * len(block)
            ):
                text = "\n".join("\t".join(value.translate(_ESCAPES) for value in row) for row in block)
            copy.write((text + "\n").encode())
    return count
