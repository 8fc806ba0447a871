"""Reading single cells of files of figures: months and numbers in the ways in which people write them."""

import datetime as dt
import math
import re
import unicodedata
from functools import lru_cache

from django.utils.translation import gettext as _

from core.tabular.cells import parse_day

EARLIEST = dt.date(1990, 1, 1)
# Sums of figures stay exact and finite below it.
LARGEST = 1e12

_MONTH_YEAR = re.compile(r"(\d{1,2})[-/.\s](\d{4})$")
_COMPACT = re.compile(r"(\d{4})(\d{2})$")
_WORDS = re.compile(r"(?:\d{1,2}(?:er|ste|e)?\s+)?([^\W\d]+)\.?[-/.\s]+(\d{4}|'?\d{2})$|(\d{4})[-/.\s]+([^\W\d]+)\.?$")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?$")
_GROUPED = re.compile(r"[+-]?\d{1,3}( \d{3})+([.,]\d+)?$")
_NAMES = [
    ("january", "jan", "janvier", "janv", "januari"),
    ("february", "feb", "fevrier", "fevr", "fev", "februari"),
    ("march", "mar", "mars", "maart", "mrt"),
    ("april", "apr", "avril", "avr"),
    ("may", "mai", "mei"),
    ("june", "jun", "juin", "juni"),
    ("july", "jul", "juillet", "juil", "juli"),
    ("august", "aug", "aout", "augustus"),
    ("september", "sep", "sept", "septembre"),
    ("october", "oct", "octobre", "oktober", "okt"),
    ("november", "nov", "novembre"),
    ("december", "dec", "decembre"),
]
_MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names}


class InvalidCell(Exception):
    """A cell can't be read or can't be true: `code` is stable, the text is the remedy."""

    def __init__(self, code: str, remedy: str) -> None:
        super().__init__(remedy)
        self.code = code


@lru_cache(1 << 12)
def parse_month(text: str) -> dt.date:
    """The first day of the month of a text; InvalidCell when it isn't one.

    Read are 2018-06, 201806, 2018-06-30, 30/06/2018, 06/2018, and juin 2018, juni 2018, June 2018
    with their abbreviations.
    """
    text = " ".join(text.split())
    if not text:
        raise InvalidCell("missing_month", _("Give the month, such as 2018-06; every row needs one."))
    try:
        if match := _MONTH_YEAR.match(text):
            return dt.date(int(match[2]), int(match[1]), 1)
        if match := _COMPACT.match(text):
            return dt.date(int(match[1]), int(match[2]), 1)
        plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
        if match := _WORDS.match(plain):
            year = (match[2] or match[3]).removeprefix("'")
            return dt.date(int(year) if len(year) == 4 else 2000 + int(year), _MONTHS[match[1] or match[4]], 1)
        return parse_day(text).replace(day=1)
    except (ValueError, KeyError):
        raise InvalidCell("invalid_month", _("Write the month as 2018-06, 06/2018 or juin 2018.")) from None


def check_month(month: dt.date, today: dt.date) -> None:
    """InvalidCell when no figure can be of this month: it hasn't come yet, or the year is a slip."""
    if month > today:
        raise InvalidCell("future_month", _("The month lies in the future. Correct it, or import it when it has come."))
    if month < EARLIEST:
        raise InvalidCell("month_too_early", _("The month lies before 1990. Check the year."))


def parse_value(text: str, *, whole: bool) -> str:
    """A figure as PostgreSQL reads it, from a text with a decimal point or comma; InvalidCell otherwise.

    Never negative; `whole` for what is counted. Spaces may group the digits before the decimals, points
    and commas may not: “1.234” would be another number to a Belgian than to a British reader.
    """
    compact = text.replace("\u202f", " ").replace("\xa0", " ").strip()
    if not compact:
        raise InvalidCell("missing_value", _("Give the figure, or leave the row out when there is none."))
    if _GROUPED.match(compact):
        compact = compact.replace(" ", "")
    if not compact.isascii() or not _NUMBER.match(compact):
        if compact.casefold().strip("+-") in {"nan", "inf", "infinity"}:
            raise InvalidCell("not_finite", _("Write a finite number, or leave the row out when there is no figure."))
        raise InvalidCell("not_a_number", _("Write a number such as 1234 or 0,25, without units or grouping signs."))
    number = float(compact.replace(",", "."))
    if not math.isfinite(number) or abs(number) > LARGEST:
        raise InvalidCell("too_large", _("The number is too large to be a figure of one practitioner. Check it."))
    if number < 0:
        raise InvalidCell("negative", _("A figure can't be negative. Check the sign."))
    if whole and number != int(number):
        raise InvalidCell(
            "not_whole", _("What is counted is a whole number. Write it without decimals and without grouping signs.")
        )
    return repr(number + 0.0)
