"""What can be wrong with a file as a whole, and with one of its rows."""

from dataclasses import dataclass

from core.errors import InvalidInput

LONGEST_SHOWN = 200


class UnreadableFile(InvalidInput):
    """The file as a whole can't be used; the message says why and what to do, `code` is stable."""

    def __init__(self, code: str, message: str, *, line: int | None = None) -> None:
        super().__init__(message, line=line)
        self.code = code
        self.line = line


@dataclass(slots=True)
class RowError:
    """One row that was refused, or a note about it: where it stands, what is wrong, how to mend it.

    `line` is the line of the file on which the row begins, counted from 1 with the header; `field`
    the column's or field's name; `value` what stood there, shortened; `code` stable, for programs;
    `remedy` a sentence for the person who mends the file.
    """

    line: int
    field: str
    value: str
    code: str
    remedy: str

    def __post_init__(self) -> None:
        if len(self.value) > LONGEST_SHOWN:
            self.value = self.value[: LONGEST_SHOWN - 1] + "…"
        if "\0" in self.value:  # PostgreSQL keeps no such character
            self.value = self.value.replace("\0", "\N{REPLACEMENT CHARACTER}")
