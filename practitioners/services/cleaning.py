"""Turning what somebody typed about a practitioner or an organisation into what is stored."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from core.errors import InvalidInput
from practitioners.enums import AffiliationRole, ContactLanguage, OrganisationKind, Profession
from practitioners.errors import InvalidValue
from practitioners.models import IdentifierSystem
from practitioners.validators import (
    Checked,
    check_email,
    check_enterprise_number,
    check_identifier,
    check_phone,
    check_postal_code,
    looks_like_national_number,
)

Cleaner = Callable[[Any], Any]


def text(longest: int, *, required: bool = False) -> Cleaner:
    """Text of at most so many characters, spaces put in order, without a national register number."""

    def clean(value: Any) -> str:
        words = " ".join(str(value or "").split())
        if required and not words:
            raise InvalidValue("required", _("Give a value."))
        if len(words) > longest:
            raise InvalidValue("too_long", _("Write at most %(longest)d characters.") % {"longest": longest})
        if "\0" in words:
            raise InvalidValue("nul_character", _("The text contains a NUL character. Remove it."))
        if looks_like_national_number(words):
            raise InvalidValue(
                "national_number", _("This holds what looks like a national register number. Remove it.")
            )
        return words

    return clean


def choice(choices: Any) -> Cleaner:
    """One of a closed list."""

    def clean(value: Any) -> str:
        if value not in choices.values:
            raise InvalidValue(
                "unknown_choice", _("Choose one of: %(choices)s.") % {"choices": ", ".join(choices.values)}
            )
        return str(value)

    return clean


def optional(check: Callable[[str], str]) -> Cleaner:
    """A validator that lets emptiness pass."""
    return lambda value: check(str(value).strip()) if value and str(value).strip() else ""


def attributes(value: Any) -> dict[str, Any]:
    """Further attributes by name; one that looks like a national register number is refused."""
    for name, content in (value or {}).items():
        if looks_like_national_number(str(content)):
            raise InvalidValue(
                "national_number",
                _("“%(name)s” looks like a national register number, which must not be stored.") % {"name": name},
            )
    return dict(value or {})


def anything(value: Any) -> Any:
    """A date or a row, taken as it is."""
    return value


PRACTITIONER: dict[str, Cleaner] = {
    "given_name": text(100),
    "family_name": text(150, required=True),
    "profession": choice(Profession),
    "language": choice(ContactLanguage),
    "email": optional(check_email),
    "phone": optional(check_phone),
    "commune": anything,
    "software": anything,
    "software_since": anything,
    "connected_since": anything,
    "attributes": attributes,
}

ORGANISATION: dict[str, Cleaner] = {
    "name": text(200, required=True),
    "kind": choice(OrganisationKind),
    "enterprise_number": optional(check_enterprise_number),
    "street": text(200),
    "postal_code": optional(check_postal_code),
    "commune": anything,
    "phone": optional(check_phone),
    "closed_on": anything,
}

RESTRICTION: dict[str, Cleaner] = {"reason": text(200, required=True), "until": anything}

AFFILIATION: dict[str, Cleaner] = {"role": choice(AffiliationRole)}


def cleaned(values: Mapping[str, Any], cleaners: Mapping[str, Cleaner]) -> dict[str, Any]:
    """Every value as it is stored; InvalidInput names all fields that can't be, not just the first."""
    result: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in values.items():
        if name not in cleaners:
            wrong[name] = _("There is no such field.")
            continue
        try:
            result[name] = cleaners[name](value)
        except InvalidValue as error:
            wrong[name] = error.message
    if wrong:
        raise InvalidInput(_("Some values can't be stored."), fields=wrong)
    return result


def cleaned_identifiers(identifiers: Mapping[str, str]) -> list[tuple[IdentifierSystem, Checked]]:
    """Identifiers by the code of their system, checked by the system's validator."""
    systems = {system.code: system for system in IdentifierSystem.objects.filter(code__in=identifiers)}
    wrong: dict[str, str] = {}
    result = []
    for code, value in identifiers.items():
        system = systems.get(code)
        if system is None:
            wrong[code] = _("There is no identifier system of this code.")
            continue
        try:
            result.append((system, check_identifier(system.validator, value)))
        except InvalidValue as error:
            wrong[code] = error.message
    if wrong:
        raise InvalidInput(
            _("Some identifiers can't be stored."), fields={f"identifiers.{code}": text for code, text in wrong.items()}
        )
    return result
