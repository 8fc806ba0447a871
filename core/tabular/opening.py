"""Opening a file by what it contains, not by what it is called."""

import zipfile
from pathlib import Path

from django.utils.translation import gettext as _

from core.tabular.errors import UnreadableFile
from core.tabular.table import Table
from core.tabular.text import CsvTable
from core.tabular.workbook import WorkbookTable

OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def open_table(path: str | Path) -> Table:
    """Open a CSV or XLSX file and read its header; the rows are read later, as often as wanted.

    Raises UnreadableFile for a file that is empty, missing, binary, of unknown encoding, or whose
    header has a name twice.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise UnreadableFile(
            "no_such_file", _("The file %(name)s can't be read: %(reason)s.") % {"name": path, "reason": error.strerror}
        ) from None
    if not head:
        raise UnreadableFile("empty_file", _("The file is empty."))
    if head == OLD_OFFICE:
        raise UnreadableFile(
            "old_or_locked_workbook",
            _("The workbook is in an old format or protected by a password. Save it as XLSX without one, or as CSV."),
        )
    if head.startswith(b"PK") and zipfile.is_zipfile(path):
        return WorkbookTable(path)
    return CsvTable(path)
