"""Lists as files that spreadsheets open, CSV or XLSX, in which nothing is computed."""

import csv
import datetime as dt
import re
import tempfile
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import IO, Any

from django.http import FileResponse, StreamingHttpResponse
from xlsxwriter import Workbook

from core import clock

# A number with its sign, or a telephone number: the whole cell, so that no sum hides behind its first digit.
_SIGNED_NUMBER = re.compile(r"[+-][0-9]+(?: [0-9]+)*(?:[.,][0-9]+)?")
_BEGINS_A_FORMULA = {"=", "+", "-", "@", "\t", "\r", "\n"}
# What a sheet and a cell of a workbook hold at most.
_ROWS_OF_A_SHEET, _LETTERS_OF_A_CELL = 1_048_576, 32_767


class FileKind(StrEnum):
    """The files that a list can be taken away as."""

    CSV = "csv"
    XLSX = "xlsx"


def inert(value: Any) -> str:
    """A CSV cell that a spreadsheet shows and never computes; signed and telephone numbers stay as they are."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in _BEGINS_A_FORMULA and not _SIGNED_NUMBER.fullmatch(text) else text


def list_file(
    kind: str, *, name: str, heads: list[str], rows: Iterable[list[Any]], rows_of_a_sheet: int = _ROWS_OF_A_SHEET
) -> StreamingHttpResponse:
    """A list to download, its name ending in the day; days among the cells are given as dates.

    CSV is UTF-8 with its mark and semicolons, and is sent while the rows are read. XLSX is written row
    by row to a temporary file first; what doesn't fit on a sheet goes on to the next one.
    """
    file_name = f"{name}-{clock.today().isoformat()}.{kind}"
    if kind == FileKind.XLSX:
        return FileResponse(_workbook(heads, rows, rows_of_a_sheet), as_attachment=True, filename=file_name)
    response = StreamingHttpResponse(_lines(heads, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _lines(heads: list[str], rows: Iterable[list[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff" + writer.writerow(heads)
    for row in rows:
        yield writer.writerow([inert(cell) for cell in row])


def _workbook(heads: list[str], rows: Iterable[list[Any]], rows_of_a_sheet: int) -> IO[bytes]:
    """A temporary file with the workbook, read from its beginning; it vanishes when it is closed."""
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the response closes it
    with Workbook(file, {"constant_memory": True}) as book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})

        def new_sheet() -> Any:
            sheet = book.add_worksheet()
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(heads) - 1, 18)
            for column, head in enumerate(heads):
                sheet.write_string(0, column, head, bold)
            return sheet

        sheet, line = new_sheet(), 1
        for row in rows:
            if line == rows_of_a_sheet:
                sheet, line = new_sheet(), 1
            for column, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(line, column, cell, day)
                elif cell not in (None, ""):
                    # As a string, whatever it begins with: a workbook computes formula cells alone.
                    sheet.write_string(line, column, str(cell)[:_LETTERS_OF_A_CELL])
            line += 1
    file.seek(0)
    return file
