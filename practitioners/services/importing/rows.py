"""Turning the rows of a file into rows of the staging table, or into errors."""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from core.tabular import Matched, RowError, Table, normalise_header
from core.tabular.cells import parse_day
from practitioners.enums import InactiveReason, PractitionerStatus
from practitioners.errors import InvalidValue
from practitioners.models import IdentifierSystem
from practitioners.services.importing import words
from practitioners.services.importing.names import split_name
from practitioners.services.importing.places import Places
from practitioners.validators import (
    check_email,
    check_enterprise_number,
    check_identifier,
    check_phone,
    check_postal_code,
    describe_warning,
    looks_like_national_number,
)

LONGEST_ATTRIBUTE = 10_000

STAGED = (
    "line", "value", "written", "given_name", "family_name", "profession", "language", "email", "phone", "status",
    "inactive_reason", "inactive_since", "commune_id", "software", "software_vendor", "software_since", "connected_since",
    "attributes", "practice_name", "practice_kind", "street", "postal_code", "enterprise_number", "sound",
)  # fmt: skip
"""The columns of the staging table that come from the file, in the order of `read`."""

_REASONS = frozenset(InactiveReason.values)
_encode = json.JSONEncoder(ensure_ascii=False).encode

Collect = Callable[[RowError], None]


class RowReader:
    """Reads the rows of one table for one identifier system; an empty cell says nothing."""

    def __init__(
        self, table: Table, matched: Matched, system: IdentifierSystem, refuse: Collect, warn: Collect
    ) -> None:
        self._table, self._system, self._refuse, self._warn = table, system, refuse, warn
        fields = dict(matched.fields)
        if "full_name" in fields and "given_name" in fields and "family_name" not in fields:
            fields["family_name"] = fields.pop("full_name")
        self._fields = fields
        self._places = Places()
        self.dropped = [
            name for _i, name in matched.unmapped if normalise_header(name) in words.NATIONAL_NUMBER_HEADERS
        ]
        self._attributes = [(index, name) for index, name in matched.unmapped if name not in self.dropped]
        self._simple = [
            (name, fields[name], check)
            for name, check in _SIMPLE.items()
            if name in fields
        ]  # fmt: skip
        self._remedies: dict[str, str] = {}
        self.rows_read = 0

    def read(self) -> Iterator[tuple[str, ...]]:
        """Every row as texts in the order of STAGED. Rows in error are yielded too, with only their
        identifier and not `sound`, so that a second row of the same identifier is told from a first.
        """
        for line, cells in self._table.rows(refuse=self._misread):
            self.rows_read += 1
            yield self._staged(line, cells)

    def _misread(self, error: RowError) -> None:
        self.rows_read += 1
        self._refuse(error)

    def _staged(self, line: int, cells: list[str]) -> tuple[str, ...]:
        wrong: list[RowError] = []

        def refuse(field: str, value: str, error: InvalidValue) -> None:
            wrong.append(RowError(line, self._header(field), value, error.code, error.message))

        row: dict[str, str] = {"line": str(line), "sound": "t"}
        self._identify(line, cells, row, refuse)
        for name, index, check in self._simple:
            text = cells[index].strip()
            if text:
                try:
                    row[name] = check(text)
                except InvalidValue as error:
                    refuse(name, text, error)
        if "full_name" in row:
            given, family = split_name(row.pop("full_name"))
            row.setdefault("given_name", given[:100])
            row.setdefault("family_name", family[:150])
        self._place(line, cells, row, refuse)
        self._status(row)
        self._describe(line, cells, row, refuse)
        if wrong:
            for problem in wrong:
                self._refuse(problem)
            row = {"line": str(line), "value": row.get("value", ""), "sound": "f"}
        return tuple([row.get(name, "") for name in STAGED])

    def _identify(self, line: int, cells: list[str], row: dict[str, str], refuse: Any) -> None:
        text = cells[self._fields["identifier"]].strip()
        try:
            if not text:
                raise InvalidValue("missing_identifier", _("Give the identifier; every row needs one."))
            checked = check_identifier(self._system.validator, text)
        except InvalidValue as error:
            refuse("identifier", text if error.code != "national_number" else _masked(text), error)
            return
        row["value"], row["written"] = checked.value, checked.written
        for code in checked.warnings:
            if code not in self._remedies:
                self._remedies[code] = describe_warning(code)
            self._warn(RowError(line, self._header("identifier"), text, code, self._remedies[code]))

    def _place(self, line: int, cells: list[str], row: dict[str, str], refuse: Any) -> None:
        """The commune: as it is named, else by a postal code that only one commune has."""
        postal_code = row.get("postal_code", "")
        text = cells[self._fields["commune"]].strip() if "commune" in self._fields else ""
        named, inside = self._places.named(text) if text else ("", "")
        postal_code = postal_code or inside
        if not text and not postal_code:
            return
        candidates = self._places.at(postal_code)
        if named:
            row["commune_id"] = named
            if candidates and named not in candidates:
                self._warn(
                    RowError(
                        line, self._header("postal_code"), postal_code, "postal_code_elsewhere",
                        _("The postal code belongs to %(communes)s; the commune that is named was kept.")
                        % {"communes": self._places.names(candidates)},
                    )
                )  # fmt: skip
        elif text and text != inside and not candidates:
            refuse("commune", text, _unknown_commune())
        elif len(candidates) == 1:
            row["commune_id"] = candidates[0]
        elif candidates:
            self._warn(
                RowError(
                    line, self._header("postal_code" if "postal_code" in row else "commune"), postal_code,
                    "ambiguous_postal_code",
                    _("Several communes have this postal code: %(communes)s. Give the commune's name or NIS code.")
                    % {"communes": self._places.names(candidates)},
                )
            )  # fmt: skip
        elif text:
            refuse("commune", text, _unknown_commune())

    def _status(self, row: dict[str, str]) -> None:
        """A status cell can hold a reason ("retired"), and a reason alone says inactive."""
        if row.get("status") in _REASONS:
            row.setdefault("inactive_reason", row["status"])
            row["status"] = PractitionerStatus.INACTIVE
        elif "status" not in row and ("inactive_reason" in row or "inactive_since" in row):
            row["status"] = PractitionerStatus.INACTIVE

    def _describe(self, line: int, cells: list[str], row: dict[str, str], refuse: Any) -> None:
        """Keep the columns that have no field, except what looks like a national register number."""
        attributes: dict[str, str] = {}
        for index, name in self._attributes:
            text = cells[index].strip()
            if not text:
                continue
            if len(text) > LONGEST_ATTRIBUTE:
                wrong = InvalidValue(
                    "too_long", _("Write at most %(longest)d characters.") % {"longest": LONGEST_ATTRIBUTE}
                )
                refuse(name, text, wrong)
            elif looks_like_national_number(text):
                self._warn(
                    RowError(
                        line, name, _masked(text), "national_number",
                        _("This looks like a national register number, which must not be stored. It was left out."),
                    )
                )  # fmt: skip
            else:
                attributes[name] = text
        if attributes:
            row["attributes"] = _encode(attributes)

    def _header(self, field: str) -> str:
        """The name of the field's column in the file, which is what its author knows."""
        return self._table.columns[self._fields[field]] if field in self._fields else field


# --- Fields that need nothing but their own cell -------------------------------------------------------


def _plain(longest: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        if looks_like_national_number(text):
            raise InvalidValue(
                "national_number", _("This looks like a national register number, which must not be stored. Remove it.")
            )
        if len(text) > longest:
            raise InvalidValue("too_long", _("Write at most %(longest)d characters.") % {"longest": longest})
        return " ".join(text.split())

    return check


def _one_of(choices: dict[str, str], code: str) -> Callable[[str], str]:
    @lru_cache(1 << 10)
    def check(text: str) -> str:
        found = choices.get(normalise_header(text))
        if found is None:
            known = ", ".join(sorted({str(choice) for choice in choices.values()}))
            raise InvalidValue(code, _("Write one of: %(choices)s.") % {"choices": known})
        return str(found)

    return check


def _day(text: str) -> str:
    try:
        return parse_day(text).isoformat()
    except ValueError:
        raise InvalidValue("invalid_date", _("Write the day as 2018-06-30 or 30/06/2018.")) from None


_SIMPLE: dict[str, Callable[[str], str]] = {
    "given_name": _plain(100),
    "family_name": _plain(150),
    "full_name": _plain(250),
    "profession": _one_of(words.PROFESSIONS, "unknown_profession"),
    "language": _one_of(words.LANGUAGES, "unknown_language"),
    "email": check_email,
    "phone": check_phone,
    "status": _one_of({**words.STATUSES, **words.REASONS}, "unknown_status"),
    "inactive_reason": _one_of(words.REASONS, "unknown_reason"),
    "inactive_since": _day,
    "software": _plain(120),
    "software_vendor": _plain(120),
    "software_since": _day,
    "connected_since": _day,
    "practice_name": _plain(200),
    "practice_kind": _one_of(words.KINDS, "unknown_kind"),
    "street": _plain(200),
    "postal_code": check_postal_code,
    "enterprise_number": check_enterprise_number,
}


def _unknown_commune() -> InvalidValue:
    return InvalidValue(
        "unknown_commune",
        _("No commune has this name, NIS code or postal code. Check the spelling, or give the NIS code."),
    )


def _masked(text: str) -> str:
    """A national register number for a report: its last digits hidden."""
    return text[:2] + "…"
