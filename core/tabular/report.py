"""The rows in error, as a CSV that opens in a spreadsheet."""

import csv
from collections.abc import Iterable
from pathlib import Path

from core.tabular.errors import RowError

COLUMNS = ["line", "field", "value", "code", "remedy"]


def write_row_errors(path: str | Path, errors: Iterable[RowError]) -> None:
    """Write the errors to a CSV file (UTF-8 with BOM, so that a spreadsheet program reads the accents)."""
    with Path(path).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for error in errors:
            writer.writerow([error.line, _inert(error.field), _inert(error.value), error.code, error.remedy])


def _inert(text: str) -> str:
    """Text that a spreadsheet program doesn't take for a formula; signed numbers stay as they are."""
    risky = text[:1] in {"=", "@", "\t", "\r"} or (text[:1] in {"+", "-"} and not text[1:2].isdigit())
    return "'" + text if risky else text
