"""Turning the rows of a file of figures into rows of the staging table, or into errors."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from functools import lru_cache

from django.utils.translation import gettext as _

from adoption.enums import IndicatorKind
from adoption.services.cells import InvalidCell, check_month, parse_month, parse_value
from core.tabular import Matched, RowError, Table
from practitioners.errors import InvalidValue
from practitioners.models import IdentifierSystem
from practitioners.services.linking import identifier_key, is_storable

STAGED = ("line", "key", "month", "value", "denominator", "attributes")

# Besides their own name; the identifier's headers are the registry's.
FIELDS: dict[str, tuple[str, ...]] = {
    "month": ("date", "period", "mois", "période", "maand", "periode", "datum", "année-mois", "jaar-maand"),
    "value": (
        "count", "number", "figure", "numerator", "nombre", "valeur", "numérateur", "chiffre", "aantal", "waarde", "teller",
        "cijfer", "score", "sumehr", "sumehrs", "sumehr publiés", "gepubliceerde sumehrs",
    ),
    "denominator": (
        "base", "total", "dénominateur", "noemer", "totaal", "patients DMG", "DMG", "patiënten GMD", "GMD", "GMR patients",
    ),
}  # fmt: skip

# Cells repeat; what they mean is remembered, up to this many, so that memory doesn't grow with the file.
_REMEMBERED = 200_000
_encode = json.JSONEncoder(ensure_ascii=False).encode


class FigureReader:
    """Reads the rows of one table as texts in the order of STAGED; rows in error go to `refuse` instead."""

    def __init__(
        self,
        table: Table,
        matched: Matched,
        attributes: list[tuple[int, str]],
        system: IdentifierSystem,
        kind: str,
        today: dt.date,
        refuse: Callable[[RowError], None],
    ) -> None:
        self._table, self._fields, self._attributes = table, matched.fields, attributes
        self._system, self._kind, self._today, self._refuse = system, kind, today, refuse
        self.rows_read = 0
        self.rows_in_error = 0

    def read(self) -> Iterator[tuple[str, ...]]:
        """The good rows."""
        who, when, what = (self._fields[name] for name in ("identifier", "month", "value"))
        of = self._fields.get("denominator") if self._kind == IndicatorKind.COVERAGE else None
        whole = self._kind != IndicatorKind.SCORE
        keys: dict[str, str] = {}
        months: dict[str, str] = {}
        value_of = lru_cache(_REMEMBERED)(lambda text: parse_value(text, whole=whole))
        denominator, attributes = "", ""
        for line, cells in self._table.rows(refuse=self._misread):
            self.rows_read += 1
            try:
                key = keys[cells[who]]
                month = months[cells[when]]
                value = value_of(cells[what])
                if of is not None:
                    denominator = value_of(cells[of])
                    if float(value) > float(denominator):
                        raise InvalidCell("coverage_above_100", "")
            except (KeyError, InvalidCell):
                row = self._carefully(line, cells, keys, months, value_of, of)
                if row is None:
                    continue
                key, month, value, denominator = row
            if self._attributes:
                attributes = self._describe(cells)
            yield str(line), key, month, value, denominator, attributes

    def _misread(self, error: RowError) -> None:
        self.rows_read += 1
        self.rows_in_error += 1
        self._refuse(error)

    def _carefully(
        self, line: int, cells: list[str], keys: dict[str, str], months: dict[str, str],
        value_of: Callable[[str], str], of: int | None,
    ) -> tuple[str, str, str, str] | None:  # fmt: skip
        """A row with something new in it, or something wrong: every wrong cell of it is told."""
        found: dict[str, str] = {"denominator": ""}
        wrong: list[RowError] = []

        def take(field: str, index: int, parse: Callable[[str], str]) -> None:
            try:
                found[field] = parse(cells[index])
            except (InvalidCell, InvalidValue) as error:
                shown = cells[index] if error.code != "national_number" else f"{cells[index][:2]}…"
                wrong.append(RowError(line, self._table.columns[index], shown, error.code, str(error)))

        take("key", self._fields["identifier"], lambda text: self._key(text, keys))
        take("month", self._fields["month"], lambda text: self._month(text, months))
        take("value", self._fields["value"], value_of)
        if of is not None:
            take("denominator", of, value_of)
            if "value" in found and found["denominator"] and float(found["value"]) > float(found["denominator"]):
                shown = f"{found['value']} / {found['denominator']}"
                remedy = _("The value is more than its denominator, which is above 100 %. Correct one of the two.")
                column = self._table.columns[self._fields["value"]]
                wrong.append(RowError(line, column, shown, "coverage_above_100", remedy))
        if wrong:
            self.rows_in_error += 1
            for error in wrong:
                self._refuse(error)
            return None
        return found["key"], found["month"], found["value"], found["denominator"]

    def _key(self, text: str, keys: dict[str, str]) -> str:
        if len(keys) >= _REMEMBERED:
            keys.clear()
        key = keys[text] = identifier_key(self._system, text)
        return key

    def _month(self, text: str, months: dict[str, str]) -> str:
        month = parse_month(text)
        check_month(month, self._today)
        if len(months) >= _REMEMBERED:
            months.clear()
        months[text] = month.isoformat()
        return months[text]

    def _describe(self, cells: list[str]) -> str:
        found = {name: cells[index].strip() for index, name in self._attributes}
        storable = {name: text for name, text in found.items() if text and is_storable(text)}
        return _encode(storable) if storable else ""
