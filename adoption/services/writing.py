"""Writing figures that come over REST, many at a time."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from adoption.enums import IndicatorKind
from adoption.models import Indicator
from adoption.services.cells import InvalidCell, check_month, parse_month, parse_value
from core import clock
from core.history import recorded
from practitioners.errors import InvalidValue
from practitioners.models import Identifier, IdentifierSystem, Practitioner
from practitioners.services.linking import identifier_key, known_system

from . import merging
from .heavy import room_for_whole_tables
from .rollup import refresh_rollup

COLUMNS = ("line", "key", "month", "value", "denominator")


@dataclass(frozen=True)
class RefusedRow:
    """A row that wasn't written: its place (from 0), the field, what stood there, and how to mend it."""

    row: int
    field: str
    value: str
    code: str
    remedy: str


@dataclass
class Written:
    """What came of a write: how many rows were new, changed, or equal already, and those refused."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[RefusedRow] = field(default_factory=list)


@transaction.atomic
def write_measures(
    *,
    indicator: Indicator,
    rows: Sequence[Mapping[str, Any]],
    by: User,
    system: str | None = None,
    among: QuerySet[Practitioner] | None = None,
    on: dt.date | None = None,
) -> Written:
    """Write figures of one indicator: add the new ones, correct the different ones, leave the equal ones.

    A row has `month` (YYYY-MM), `value`, for a coverage `denominator`, and names its practitioner by
    `practitioner` (a ref) or by `identifier` in `system` (the default one unless named). `among`
    limits whose figures may be written: others are unknown. Rows that can't be accepted are
    returned with what is wrong, and the others are written. Raises UnknownSystem.
    """
    on = on or clock.today()
    written = Written()
    people = _people(rows, known_system(system), among)
    good: list[tuple[str, ...]] = []
    for place, row in enumerate(rows):
        staged = _staged(place, row, people, indicator.kind, on, written.errors)
        if staged is not None:
            good.append(staged)
    with recorded(by, source="write_measures"), room_for_whole_tables() as cursor:
        merging.stage(cursor, COLUMNS, good)
        _count, errors = merging.judge(cursor, None, {"identifier": "practitioner", "month": "month"})
        written.errors += [RefusedRow(one.line, one.field, one.value, one.code, one.remedy) for one in errors]
        merged = merging.merge(cursor, indicator, None)
        merging.clear(cursor)
    written.created, written.updated, written.unchanged = merged.created, merged.updated, merged.unchanged
    written.errors.sort(key=lambda error: error.row)
    if merged.months:
        refresh_rollup(indicator=indicator, months=merged.months)
    return written


class _People:
    """Whom rows name, looked up for all of them at once."""

    def __init__(self, system: IdentifierSystem) -> None:
        self.system = system
        self.by_ref: dict[uuid.UUID, int] = {}
        self.by_key: dict[str, int] = {}

    def find(self, row: Mapping[str, Any]) -> int:
        """The practitioner's primary key; InvalidCell or InvalidValue when there is none."""
        ref, identifier = row.get("practitioner"), row.get("identifier")
        if (ref is None) == (identifier is None):
            raise InvalidCell(
                "missing_practitioner", _("Name the practitioner by a ref or by an identifier, not both.")
            )
        found = (
            self.by_ref.get(_ref(ref))
            if ref is not None
            else self.by_key.get(identifier_key(self.system, str(identifier)))
        )
        if found is None:
            raise InvalidCell("unknown_practitioner", _("No practitioner has this ref or identifier."))
        return found


def _people(
    rows: Sequence[Mapping[str, Any]], system: IdentifierSystem, among: QuerySet[Practitioner] | None
) -> _People:
    people = _People(system)
    among = Practitioner.objects.all() if among is None else among
    refs, keys = set(), set()
    for row in rows:
        try:
            if row.get("practitioner") is not None:
                refs.add(_ref(row["practitioner"]))
            elif row.get("identifier") is not None:
                keys.add(identifier_key(system, str(row["identifier"])))
        except (InvalidCell, InvalidValue):
            continue
    people.by_ref = dict(among.filter(ref__in=refs).values_list("ref", "pk")) if refs else {}
    known = Identifier.objects.filter(system=system, value__in=keys, practitioner__in=among.values("pk"))
    people.by_key = dict(known.values_list("value", "practitioner_id")) if keys else {}
    return people


def _ref(text: Any) -> uuid.UUID:
    try:
        return text if isinstance(text, uuid.UUID) else uuid.UUID(str(text))
    except ValueError:
        raise InvalidCell("invalid_ref", _("This isn't a ref; a ref is a UUID.")) from None


def _staged(
    place: int, row: Mapping[str, Any], people: _People, kind: str, on: dt.date, errors: list[RefusedRow]
) -> tuple[str, ...] | None:
    """The row as texts in the order of COLUMNS; None, with what is wrong in `errors`, when it can't go in."""
    wrong: list[RefusedRow] = []
    found = {"denominator": ""}

    def take(field_name: str, given: Any, parse: Any) -> None:
        try:
            found[field_name] = parse(given)
        except (InvalidCell, InvalidValue) as error:
            shown = "" if given is None or error.code == "national_number" else str(given)[:200]
            wrong.append(RefusedRow(place, field_name, shown, error.code, str(error)))

    name = "practitioner" if row.get("practitioner") is not None else "identifier"
    take(name, row.get(name), lambda _given: str(people.find(row)))
    take("month", row.get("month"), lambda given: _month(given, on))
    whole = kind != IndicatorKind.SCORE
    take("value", row.get("value"), lambda given: _figure(given, whole=whole))
    if kind == IndicatorKind.COVERAGE:
        take("denominator", row.get("denominator"), lambda given: _figure(given, whole=True))
        if "value" in found and found["denominator"] and float(found["value"]) > float(found["denominator"]):
            remedy = _("The value is more than its denominator, which is above 100 %. Correct one of the two.")
            wrong.append(RefusedRow(place, "value", found["value"], "coverage_above_100", remedy))
    elif row.get("denominator") is not None:
        remedy = _("Only a coverage has a denominator. Leave it out.")
        wrong.append(RefusedRow(place, "denominator", str(row["denominator"])[:200], "unexpected_denominator", remedy))
    errors += wrong
    return None if wrong else (str(place), found[name], found["month"], found["value"], found["denominator"])


def _month(given: Any, on: dt.date) -> str:
    month = parse_month("" if given is None else str(given))
    check_month(month, on)
    return month.isoformat()


def _figure(given: Any, *, whole: bool) -> str:
    if isinstance(given, bool):
        raise InvalidCell("not_a_number", _("Write a number such as 1234 or 0.25."))
    return parse_value("" if given is None else str(given), whole=whole)
