"""What an opened file offers, whatever its format."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from core.tabular.errors import RowError, UnreadableFile
from core.tabular.headers import normalise_header

Refuse = Callable[[RowError], None]


class Table(ABC):
    """A header and rows of text. Rows can be read several times; blank ones are left out.

    `sha256` and `size` (bytes) are of the file; `format` says in words how it was read.
    """

    path: Path
    columns: list[str]
    sha256: str
    size: int
    format: str

    @abstractmethod
    def rows(self, refuse: Refuse | None = None) -> Iterator[tuple[int, list[str]]]:
        """Each row as its line number in the file (from 1, header included) and one text per column.

        A row that can't be cut into as many cells as there are columns goes to `refuse` and isn't
        yielded; without `refuse` it stops the reading with UnreadableFile.
        """

    @property
    @abstractmethod
    def progress(self) -> float:
        """The share of the file that the last `rows()` has read, from 0 to 1."""

    def _refuse(self, refuse: Refuse | None, error: RowError) -> None:
        if refuse is None:
            raise UnreadableFile(
                error.code, _("Line %(line)d: %(remedy)s") % {"line": error.line, "remedy": error.remedy}
            )
        refuse(error)


def check_header(cells: Sequence[str], line: int) -> list[str]:
    """The columns' names; a nameless one is called after its place. Refuses a name that stands twice."""
    cells = [cell.strip() for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    columns = [" ".join(cell.split()) or _("column %(number)d") % {"number": n} for n, cell in enumerate(cells, 1)]
    seen: dict[str, int] = {}
    for number, column in enumerate(columns, 1):
        key = normalise_header(column) or column
        if key in seen:
            raise UnreadableFile(
                "duplicate_header",
                _("Columns %(first)d and %(second)d have the same header, “%(name)s”. Rename or remove one of them.")
                % {"first": seen[key], "second": number, "name": column[:100]},
                line=line,
            )
        seen[key] = number
    return columns


def wrong_width(line: int, cells: Sequence[str], columns: Sequence[str]) -> RowError:
    """The error of a row with more or fewer cells than the header."""
    if len(cells) > len(columns):
        return RowError(
            line,
            "",
            " | ".join(cells[len(columns) :]),
            "too_many_cells",
            _(
                "The row has %(cells)d cells and the header %(columns)d. Put a value that contains the separator"
                " between quotation marks."
            )
            % {"cells": len(cells), "columns": len(columns)},
        )
    return RowError(
        line,
        columns[len(cells)],
        " | ".join(cells),
        "too_few_cells",
        _(
            "The row has %(cells)d cells and the header %(columns)d. Add the missing cells, empty where nothing is known."
        )
        % {"cells": len(cells), "columns": len(columns)},
    )
