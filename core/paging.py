"""Lists cut into pages for people, who want to know how many there are and to go back and forth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row")
Stored = TypeVar("Stored", bound=Model)

PAGE_SIZE = 50


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, with their place in the whole: `first` to `last` of `total`, counted from 1."""

    rows: Sequence[Row]
    number: int
    size: int
    total: int

    @property
    def first(self) -> int:
        """The place of the first row shown."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The place of the last row shown."""
        return (self.number - 1) * self.size + len(self.rows)

    @property
    def previous(self) -> dict[str, str] | None:
        """What the address of the page before this one says."""
        return {"page": str(self.number - 1)} if self.number > 1 else None

    @property
    def next(self) -> dict[str, str] | None:
        """What the address of the page after this one says."""
        return {"page": str(self.number + 1)} if self.last < self.total else None


def page_of(rows: QuerySet[Stored], *, number: str | int | None, size: int = PAGE_SIZE) -> Page[Stored]:
    """The page of a list with this number; the last one when there are fewer, the first when it is no number.

    Two queries: one counts (without the ordering and the annotations), one reads. `rows` is ordered.
    """
    total = rows.count()
    at = _number(number, total, size)
    return Page(list(rows[(at - 1) * size : at * size]) if total else [], at, size, total)


def slice_of(rows: Sequence[Row], *, number: str | int | None, size: int = PAGE_SIZE) -> Page[Row]:
    """The same of rows that were worked out rather than read."""
    at = _number(number, len(rows), size)
    return Page(rows[(at - 1) * size : at * size], at, size, len(rows))


def _number(number: str | int | None, total: int, size: int) -> int:
    try:
        wanted = int(number or 1)
    except ValueError:
        wanted = 1
    return min(max(wanted, 1), max(1, -(-total // size)))
