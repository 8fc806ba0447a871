"""CSV files: their encoding, their separator, their rows in constant memory."""

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from core.tabular.errors import RowError, UnreadableFile
from core.tabular.table import Refuse, Table, check_header, wrong_width

BLOCK = 1 << 20
SAMPLE = 1 << 18
LONGEST_FIELD = 16 << 20
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SEPARATOR_LINE = re.compile(r"""["']?sep=(.)["']?\s*$""", re.IGNORECASE)

# Python's own limit of 128 kB is too tight for one long remark; the limit is the process's.
csv.field_size_limit(LONGEST_FIELD)


@dataclass(frozen=True, slots=True)
class _Scan:
    """What one pass over the bytes tells."""

    encoding: str
    sha256: str
    size: int
    has_nul: bool


class CsvTable(Table):
    """A text file with a header line and a separator that is found out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        scan = _scan(path)
        self.encoding, self.sha256, self.size, self._has_nul = scan.encoding, scan.sha256, scan.size, scan.has_nul
        self._raw: BinaryIO | None = None
        with self._open() as file:
            first = file.readline(SAMPLE)
            hint = _SEPARATOR_LINE.match(first)
            sample = "" if hint else first
            self._skip_first = bool(hint)
            sample += file.read(SAMPLE)
        if not sample.strip().strip("\0"):
            raise UnreadableFile("empty_file", _("The file has no header and no rows."))
        self.separator = hint[1] if hint else _sniff(sample)
        with self._open() as file:
            self._header_end, self.columns = self._read_header(file)
        self.format = "CSV, {}, {}".format(
            SEPARATORS.get(self.separator, self.separator), self.encoding.removesuffix("-sig").upper()
        )

    def rows(self, refuse: Refuse | None = None) -> Iterator[tuple[int, list[str]]]:
        width = len(self.columns)
        with self._open() as file:
            reader = csv.reader(file, delimiter=self.separator, strict=True)
            while reader.line_num < self._header_end:
                next(reader)
            before = reader.line_num
            while True:
                try:
                    for cells in reader:
                        line, before = before + 1, reader.line_num
                        if len(cells) != width or self._has_nul:
                            error = self._judge(line, cells)
                            if error is not None:
                                self._refuse(refuse, error)
                                continue
                        if cells and (cells[0] or any(cells)):
                            yield line, cells
                    return
                except csv.Error as error:
                    line, before = before + 1, reader.line_num
                    self._refuse(refuse, _misquoted(line, error))

    @property
    def progress(self) -> float:
        if self._raw is None:
            return 0.0
        return 1.0 if self._raw.closed else min(1.0, self._raw.tell() / self.size)

    def _open(self) -> io.TextIOWrapper:
        self._raw = self.path.open("rb")
        return io.TextIOWrapper(self._raw, encoding=self.encoding, newline="")

    def _read_header(self, file: io.TextIOWrapper) -> tuple[int, list[str]]:
        reader = csv.reader(file, delimiter=self.separator, strict=True)
        try:
            for number, cells in enumerate(reader):
                if (number == 0 and self._skip_first) or not any(cell.strip() for cell in cells):
                    continue
                if any("\0" in cell for cell in cells):
                    raise UnreadableFile(
                        "nul_character", _("The header contains a NUL character. Save the file again as CSV.")
                    )
                return reader.line_num, check_header(cells, reader.line_num)
        except csv.Error as error:
            problem = _misquoted(1, error)
            raise UnreadableFile(problem.code, problem.remedy, line=1) from None
        raise UnreadableFile("empty_file", _("The file has no header and no rows."))

    def _judge(self, line: int, cells: list[str]) -> RowError | None:
        """The error of an unusual row; mends in place what is harmless (blank, or empty cells too many)."""
        width = len(self.columns)
        if self._has_nul:
            for number, cell in enumerate(cells):
                if "\0" in cell:
                    return RowError(
                        line,
                        self.columns[min(number, width - 1)],
                        cell,
                        "nul_character",
                        _("The cell contains a NUL character. Remove it, or export the file again."),
                    )
        if not any(cell.strip() for cell in cells):
            cells.clear()
            return None
        if len(cells) > width and not any(cells[width:]):
            del cells[width:]
        return wrong_width(line, cells, self.columns) if len(cells) != width else None


def _misquoted(line: int, error: csv.Error) -> RowError:
    """The error of a row whose quotation marks don't pair; one that swallows the rest stops everything."""
    if "unexpected end" in str(error) or "field larger" in str(error):
        raise UnreadableFile(
            "unclosed_quote",
            _(
                "A quotation mark that opens in the row on line %(line)d is never closed, so the rows after it"
                " can't be told apart. Close it or remove it; a quotation mark inside of a value is written twice."
            )
            % {"line": line},
            line=line,
        ) from None
    return RowError(
        line,
        "",
        "",
        "misplaced_quote",
        _("A quotation mark stands inside of a quoted value. Write it twice there."),
    )


def _sniff(sample: str) -> str:
    """The separator with which the header has most in common with the rows below it.

    A separator is judged by the share of rows as wide as the header, then by the number of columns,
    so that decimal commas in a file with semicolons don't win.
    """
    best, best_score = ",", (-1.0, 0)
    for separator in SEPARATORS:
        rows = []
        try:
            for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
                if any(cell.strip() for cell in cells):
                    rows.append(len(cells))
        except csv.Error:
            pass
        # The sample may end in the middle of a row.
        rows = rows[:-1] if len(rows) > 2 and len(sample) >= SAMPLE else rows
        if not rows or rows[0] < 2:
            continue
        score = (round(sum(width == rows[0] for width in rows) / len(rows), 1), rows[0])
        if score > best_score:
            best, best_score = separator, score
    return best


# --- Encoding -------------------------------------------------------------------------------------


def _scan(path: Path) -> _Scan:
    """Find out the encoding, and refuse what isn't text, in one pass over the file."""
    digest = hashlib.sha256()
    size = 0
    has_nul = False
    with path.open("rb") as file:
        head = file.read(4096)
        file.seek(0)
        wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        if head.startswith((b"%PDF", b"PK\x03\x04")) or (
            not wide and len(_CONTROLS.findall(head)) > max(4, len(head) // 20)
        ):
            raise UnreadableFile("not_a_table", _("This isn't a table. Send a CSV or an XLSX file."))
        encoding = "utf-16" if wide else "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
        decoder = codecs.getincrementaldecoder(encoding)()
        valid = True
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
            has_nul = has_nul or b"\0" in block
            if valid:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    valid = False
        if valid:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                valid = False
    if not valid:
        encoding = _second_choice(path, encoding)
    return _Scan(encoding, digest.hexdigest(), size, has_nul)


def _second_choice(path: Path, encoding: str) -> str:
    """Windows-1252, unless the file is one in UTF-8 that was damaged."""
    broken, whole, first_broken = 0, 0, None
    with path.open(encoding=encoding, errors="surrogateescape" if encoding != "utf-16" else "replace") as file:
        for number, line in enumerate(file, 1):
            if line.isascii():
                continue
            damaged = sum("\udc80" <= character <= "\udcff" or character == "\ufffd" for character in line)
            broken += damaged
            whole += sum(character > "\x7f" for character in line) - damaged
            if damaged and first_broken is None:
                first_broken = number
    if encoding == "utf-8" and broken > whole and _decodes(path, "cp1252"):
        return "cp1252"
    raise UnreadableFile(
        "unknown_encoding",
        _("Line %(line)d isn't text in UTF-8 or Windows-1252. Export the file again as CSV in UTF-8.")
        % {"line": first_broken or 1},
        line=first_broken,
    )


def _decodes(path: Path, encoding: str) -> bool:
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                block.decode(encoding)
        except UnicodeDecodeError:
            return False
    return True
