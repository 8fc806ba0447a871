"""What a run of the planner counts, and the context that its statements share."""

import datetime as dt
import json
from array import array
from dataclasses import dataclass, fields
from typing import Any

from django.db import connection

from accounts.models import User
from coaching.selectors.calendars import TeamCalendar


@dataclass
class Tally:
    """How much was done: enrolments begun, ended, held and released; follow-ups made, moved, opened, resolved, missed."""

    enrolled: int = 0
    exited: int = 0
    completed: int = 0
    made: int = 0
    opened: int = 0
    resolved_by_usage: int = 0
    missed: int = 0
    waiting: int = 0
    deferred: int = 0
    moved: int = 0
    held: int = 0
    released: int = 0
    escalated: int = 0

    def add(self, other: "Tally") -> "Tally":
        """Take another's counts in."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
        return self

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True)
class Moment:
    """The day that is planned for, the moment that events carry, who acts (nobody for the planner) and its run."""

    on: dt.date
    at: dt.datetime
    by: User | None
    calendar: TeamCalendar
    run: int | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """What every statement is given."""
        return {
            "on": self.on,
            "at": self.at,
            "actor": self.by.pk if self.by is not None else None,
            "run_data": json.dumps({"run": self.run} if self.run is not None else {}),
        }


def rows_of(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows that a statement gives."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def ids_of(sql: str, parameters: dict[str, Any]) -> "array[int]":
    """The ids that a statement gives, in order and each once, in eight bytes each."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT found.id FROM ({sql}) AS found(id) ORDER BY 1", parameters)
        return array("q", (row[0] for row in cursor))


def row_of(sql: str, parameters: dict[str, Any]) -> tuple[Any, ...]:
    """The one row that a statement gives."""
    return rows_of(sql, parameters)[0]


def execute(sql: str, parameters: dict[str, Any]) -> int:
    """Run a statement; how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)
