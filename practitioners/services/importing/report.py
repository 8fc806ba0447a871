"""What came out of an import, for the person who started it."""

from dataclasses import dataclass, field
from typing import Any

from core.tabular import RowError
from practitioners.models import ImportRun

MOST_KEPT = 50_000
"""Findings kept of one import; of a file where everything is wrong, the rest is only counted."""


@dataclass
class Findings:
    """Errors or warnings, in the order in which they were found."""

    kept: list[RowError] = field(default_factory=list)
    lines: set[int] = field(default_factory=set)
    total: int = 0

    def add(self, finding: RowError) -> None:
        """Keep a finding, or only count it when there are too many."""
        self.total += 1
        self.lines.add(finding.line)
        if len(self.kept) < MOST_KEPT:
            self.kept.append(finding)

    def in_order(self) -> list[RowError]:
        """By line."""
        return sorted(self.kept, key=lambda finding: finding.line)


@dataclass
class ImportReport:
    """The counts are on `run`; `errors` and `warnings` are by line; `changes` are the first ones.

    `columns` maps each field to the file's column; `new_system` says that the identifier system
    didn't exist before; `dropped_columns` held national register numbers by their header.
    """

    run: ImportRun
    errors: list[RowError] = field(default_factory=list)
    warnings: list[RowError] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    dropped_columns: list[str] = field(default_factory=list)
    file_format: str = ""
    new_system: bool = False
    changes: list[dict[str, Any]] = field(default_factory=list)
    first_new: list[dict[str, Any]] = field(default_factory=list)
    practices_created: int = 0
    software_created: int = 0
    changed: dict[str, int] = field(default_factory=dict)

    @property
    def summary(self) -> dict[str, Any]:
        """What is kept with the run for later readers."""
        return {
            "format": self.file_format,
            "columns": self.columns,
            "dropped_columns": self.dropped_columns,
            "new_system": self.new_system,
            "practices_created": self.practices_created,
            "software_created": self.software_created,
            "changed": self.changed,
            "changes": self.changes,
            "first_new": self.first_new,
        }
