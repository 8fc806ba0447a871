"""Lists as CSV files that spreadsheets open: UTF-8 with its mark, semicolons, no formulas."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse

from core import clock


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _harmless(value: Any) -> str:
    """A cell that a spreadsheet shows and never computes; telephone numbers keep their plus."""
    text = "" if value is None else str(value)
    is_number = text[1:].replace(" ", "").isdigit()
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and not is_number else text


def _lines(heads: list[str], rows: Iterable[list[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff" + writer.writerow(heads)
    for row in rows:
        yield writer.writerow([_harmless(cell) for cell in row])


def csv_file(name: str, heads: list[str], rows: Iterable[list[Any]]) -> StreamingHttpResponse:
    """A file to download, written while it is read, its name ending in the day."""
    response = StreamingHttpResponse(_lines(heads, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{clock.today().isoformat()}.csv"'
    return response
