"""XLSX workbooks: the first visible sheet, its cells as the text that a CSV would hold."""

import datetime as dt
import hashlib
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from core.tabular.errors import RowError, UnreadableFile
from core.tabular.table import Refuse, Table, check_header, wrong_width

LARGEST_UNPACKED = 512 << 20
_UNCALCULATED = re.compile(rb'<c r="([A-Z]+[0-9]+)"[^>]*><f(?:/>|[^>]*/>|[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>')


class WorkbookTable(Table):
    """The first visible sheet of an XLSX file. It is held in memory: a sheet has at most a million rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size
        with path.open("rb") as file:
            self.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        _check_archive(path)
        self._sheet = _first_sheet(path)
        self._height = max(1, self._sheet.total_height)
        self._read = 0
        for number, cells in enumerate(self._sheet.iter_rows(), 1):
            texts = [as_text(cell) for cell in cells]
            if any(text.strip() for text in texts):
                self._header_line = number
                self.columns = check_header(texts, number)
                break
        else:
            raise UnreadableFile("empty_file", _("The first sheet of the workbook is empty."))
        self.format = f"XLSX, {self._sheet.name}"

    def rows(self, refuse: Refuse | None = None) -> Iterator[tuple[int, list[str]]]:
        width = len(self.columns)
        for number, row in enumerate(self._sheet.iter_rows(), 1):
            self._read = number
            if number <= self._header_line:
                continue
            cells = [as_text(cell) for cell in row]
            if not any(cells):
                continue
            if len(cells) > width and not any(cells[width:]):
                del cells[width:]
            if len(cells) != width:
                self._refuse(refuse, wrong_width(number, cells, self.columns))
            elif any("\0" in cell for cell in cells):
                self._refuse(
                    refuse,
                    RowError(number, "", "", "nul_character", _("A cell contains a NUL character. Remove it.")),
                )
            else:
                yield number, cells

    @property
    def progress(self) -> float:
        return min(1.0, self._read / self._height)


def as_text(cell: Any) -> str:
    """A cell as text: whole numbers without a decimal point, days as YYYY-MM-DD, true and false as 1 and 0."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _first_sheet(path: Path) -> CalamineSheet:
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        for sheet in workbook.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
                return workbook.get_sheet_by_name(sheet.name)
    except CalamineError as error:
        raise UnreadableFile(
            "broken_workbook",
            _("The workbook can't be read (%(reason)s). Save it again as XLSX, or as CSV.") % {"reason": error},
        ) from None
    raise UnreadableFile("empty_file", _("The workbook has no visible sheet."))


def _check_archive(path: Path) -> None:
    """Refuse what isn't a workbook, would fill the memory, or has formulas that were never calculated."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if "xl/workbook.xml" not in {entry.filename for entry in entries}:
                raise UnreadableFile("not_a_table", _("This isn't an XLSX workbook. Send a CSV or an XLSX file."))
            if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
                raise UnreadableFile(
                    "too_large", _("The workbook is too large. Save it as CSV, which is read row by row.")
                )
            for entry in entries:
                if not entry.filename.startswith("xl/worksheets/"):
                    continue
                content = archive.read(entry)
                found = _UNCALCULATED.search(content) if b"<f" in content else None
                if found:
                    raise UnreadableFile(
                        "formula_without_value",
                        _(
                            "Cell %(cell)s holds a formula that was never calculated. Open the workbook in a"
                            " spreadsheet program and save it, or paste the values."
                        )
                        % {"cell": found[1].decode()},
                    )
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise UnreadableFile(
            "broken_workbook",
            _("The workbook can't be read (%(reason)s). Save it again as XLSX, or as CSV.") % {"reason": error},
        ) from None
