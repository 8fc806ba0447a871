"""How numbers and addresses of people are checked and normalised; nothing here reads the database.

A validator takes what somebody wrote and returns what is stored, or raises InvalidValue whose
message is the remedy.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from stdnum.be import ssn, vat
from stdnum.exceptions import ValidationError as NumberError

from practitioners.enums import IdentifierValidator
from practitioners.errors import InvalidValue

DEFAULT_REGION = "BE"
LONGEST_IDENTIFIER = 64
GP_COMPETENCES = frozenset({"000", "001", "002", "003", "004", "005", "006", "007", "008"})
"""Competence codes of general practitioners; 000-002 are unverified, so they aren't questioned."""

_CACHED = 1 << 16
_SEPARATORS = re.compile(r"[\s./\-\u2010-\u2015\u2212]+")
# Programs that keep numbers as decimals write 1050 as 1050.0.
_NUMBER_AS_DECIMAL = re.compile(r"(?<=\d)\.0$")
_GROUPED_NIHDI = re.compile(r"^\d[-.\s]\d{5}[-.\s]\d{2}[-.\s]\d{3}$")
# Eleven digits bare, or cut into date, serial and check digits in the ways in which people write them.
_NATIONAL_NUMBER = re.compile(
    r"(?<!\d)(?<!\d[.,])(?:\d{6}[-/ ]?\d{3}[-. ]?\d{2}|\d{2}[./ -]\d{2}[./ -]\d{2}[-/ ]?\d{3}[-. ]?\d{2})(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Checked:
    """An identifier that may be stored: its key, how it was written, and what is odd about it."""

    value: str
    written: str
    warnings: tuple[str, ...] = ()


def check_identifier(validator: str, text: str) -> Checked:
    """Check an identifier by the validator of its system.

    Refused with `national_number` when it looks like a national register number, which is never stored.
    """
    return _VALIDATORS[IdentifierValidator(validator)](unicodedata.normalize("NFKC", text).strip())


@lru_cache(_CACHED)
def looks_like_national_number(text: str) -> bool:
    """Whether a text holds what could be a Belgian national register or BIS number: date and check digits agree."""
    if len(text) < 11:
        return False
    for match in _NATIONAL_NUMBER.finditer(text):
        number = re.sub(r"\D", "", match[0])
        month, day = int(number[2:4]) % 20, int(number[4:6])
        if month <= 12 and day <= 31 and ssn.is_valid(number):
            return True
    return False


def check_nihdi(text: str) -> Checked:
    """A NIHDI number P-NNNNN-CC-QQQ; the key is its first eight digits, because QQQ changes over a career.

    CC = 97 - (first six mod 97), or for numbers given since 2019 89 - (first six mod 89). The last
    three digits may be missing. A modulus of 83 is rumoured, and an unusual profession or
    competence is possible: those are warned of.
    """
    digits = _SEPARATORS.sub("", _NUMBER_AS_DECIMAL.sub("", text))
    if not (digits.isascii() and digits.isdigit() and len(digits) in (8, 11)):
        raise InvalidValue(
            "invalid_nihdi",
            _("A NIHDI number has eleven digits, such as 1-42966-12-004, or its first eight. Check what was typed."),
        )
    stem, check = int(digits[:6]), int(digits[6:8])
    warnings = []
    if check not in (97 - stem % 97, 89 - stem % 89):
        if looks_like_national_number(text):
            raise _national_number()
        if check != 83 - stem % 83:
            raise InvalidValue(
                "invalid_nihdi",
                _("The check digits of the NIHDI number don't agree with the others. Check what was typed."),
            )
        warnings.append("nihdi_modulus_83")
    competence = digits[8:]
    if competence and competence not in GP_COMPETENCES:
        if looks_like_national_number(text) and not _GROUPED_NIHDI.match(text):
            raise _national_number()
        if digits[0] == "1":
            warnings.append("nihdi_competence")
    if digits[0] != "1":
        warnings.append("nihdi_profession")
    return Checked(digits[:8], text, tuple(warnings))


def check_enterprise_number(text: str) -> str:
    """An enterprise number (BCE/KBO) as its ten digits, check digits verified."""
    try:
        return str(vat.validate(text))
    except NumberError:
        raise InvalidValue(
            "invalid_enterprise_number",
            _(
                "An enterprise number has ten digits, begins with 0 or 1 and ends in two check digits, such as 0403.170.701."
            ),
        ) from None


@lru_cache(_CACHED)
def check_phone(text: str) -> str:
    """A telephone number in E.164, such as +3225551234; without a country code it is Belgian."""
    try:
        number = phonenumbers.parse(text, DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise InvalidValue(
            "invalid_phone",
            _("This isn't a telephone number. Write it like 02 555 12 34, or +33 1 23 45 67 89 for another country."),
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def check_email(text: str) -> str:
    """An e-mail address, its domain in lower case."""
    name, _at, domain = text.strip().rpartition("@")
    address = f"{name}@{domain.lower()}"
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidValue(
            "invalid_email", _("This isn't an e-mail address. Write it like name@example.org.")
        ) from None
    if len(address) > 254:
        raise InvalidValue("invalid_email", _("An e-mail address has at most 254 characters."))
    return address


@lru_cache(_CACHED)
def check_postal_code(text: str) -> str:
    """A Belgian postal code: four digits, with or without the country's letter."""
    code = re.sub(r"^B(?:E)?[\s-]*", "", _NUMBER_AS_DECIMAL.sub("", text.strip()), flags=re.IGNORECASE)
    if not re.fullmatch(r"[1-9][0-9]{3}", code):
        raise InvalidValue("invalid_postal_code", _("A postal code has four digits, such as 1050."))
    return code


def _check_any(text: str) -> Checked:
    if not text:
        raise InvalidValue("missing_identifier", _("Give the identifier."))
    if len(text) > LONGEST_IDENTIFIER:
        raise InvalidValue("identifier_too_long", _("An identifier has at most 64 characters."))
    if not text.isprintable():
        raise InvalidValue(
            "invalid_identifier", _("The identifier contains characters that can't be printed. Remove them.")
        )
    if looks_like_national_number(text):
        raise _national_number()
    return Checked(text, text)


def _check_enterprise(text: str) -> Checked:
    return Checked(check_enterprise_number(text), text)


def _national_number() -> InvalidValue:
    return InvalidValue(
        "national_number",
        _("This looks like a national register number, which must not be stored here. Give another identifier."),
    )


_VALIDATORS: dict[IdentifierValidator, Callable[[str], Checked]] = {
    IdentifierValidator.NONE: _check_any,
    IdentifierValidator.NIHDI: check_nihdi,
    IdentifierValidator.ENTERPRISE: _check_enterprise,
}


def describe_warning(code: str) -> str:
    """What a warning of a validator means, in words."""
    return {
        "nihdi_modulus_83": _(
            "The check digits follow a rule that isn't confirmed. Compare the number with the official list."
        ),
        "nihdi_competence": _("The competence code isn't one of a general practitioner (003 to 008)."),
        "nihdi_profession": _("The first digit isn't that of a physician (1)."),
    }[code]
