"""The rows in error, as a CSV that opens in a spreadsheet."""

import csv
from collections.abc import Iterable
from pathlib import Path

from core.exports import inert
from core.tabular.errors import RowError

COLUMNS = ["line", "field", "value", "code", "remedy"]


def write_row_errors(path: str | Path, errors: Iterable[RowError]) -> None:
    """Write the errors to a CSV file (UTF-8 with BOM, so that a spreadsheet program reads the accents)."""
    with Path(path).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for error in errors:
            cells = [error.field, error.value, error.code, error.remedy]
            writer.writerow([error.line, *(inert(cell) for cell in cells)])
