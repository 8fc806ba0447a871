"""What files about known practitioners, such as figures, need of the registry: their keys and their attributes."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from core.tabular import normalise_header
from practitioners.errors import InvalidValue, UnknownSystem
from practitioners.models import IdentifierSystem
from practitioners.services.importing.words import NATIONAL_NUMBER_HEADERS, fields_for
from practitioners.validators import check_identifier, looks_like_national_number

LONGEST_ATTRIBUTE = 10_000


def known_system(code: str | None) -> IdentifierSystem:
    """The identifier system of this code (the default one for None); UnknownSystem, listing those that there are."""
    systems = IdentifierSystem.objects.all()
    system = (
        systems.filter(is_default=True).first() if code is None else systems.filter(code=code.strip().lower()).first()
    )
    if system is None:
        known = ", ".join(IdentifierSystem.objects.order_by("code").values_list("code", flat=True))
        message = _("There is no identifier system “%(code)s”. There are: %(known)s.") % {"code": code, "known": known}
        raise UnknownSystem(message, fields={"system": message})
    return system


def identifier_headers(system: IdentifierSystem) -> tuple[str, ...]:
    """The headers under which a column of this system's identifiers is recognised."""
    return fields_for(system)["identifier"]


def identifier_key(system: IdentifierSystem, text: str) -> str:
    """The key under which the registry stores an identifier; InvalidValue when it can't be one.

    What looks like a national register number is refused with the code `national_number`.
    """
    if not text.strip():
        raise InvalidValue("missing_identifier", _("Give the identifier; every row needs one."))
    return check_identifier(system.validator, text).value


def storable_columns(columns: Iterable[tuple[int, str]]) -> tuple[list[tuple[int, str]], list[str]]:
    """Of the columns (index, name) that are no field: those that may be kept, and the names of those that never are."""
    kept, dropped = [], []
    for index, name in columns:
        if normalise_header(name) in NATIONAL_NUMBER_HEADERS:
            dropped.append(name)
        else:
            kept.append((index, name))
    return kept, dropped


def is_storable(text: str) -> bool:
    """Whether a cell may be kept as an attribute: not overlong, and nothing like a national register number."""
    return len(text) <= LONGEST_ATTRIBUTE and not looks_like_national_number(text)


def keep_attributes(cursor: Any, table: str) -> int:
    """Add the attributes of a table (practitioner_id, attributes jsonb) to the practitioners'; how many changed.

    Within the caller's transaction. An attribute of the same name is replaced, the others stay.
    """
    # In the order in which every import takes them, so that two never wait for each other in a ring.
    cursor.execute(
        f"""SELECT id FROM practitioners_practitioner WHERE id IN (SELECT practitioner_id FROM {table})
            ORDER BY id FOR NO KEY UPDATE"""
    )
    cursor.execute(
        f"""UPDATE practitioners_practitioner AS person
            SET attributes = person.attributes || given.attributes, updated_at = statement_timestamp()
            FROM {table} AS given
            WHERE person.id = given.practitioner_id
                AND person.attributes || given.attributes IS DISTINCT FROM person.attributes"""
    )
    return int(cursor.rowcount)
