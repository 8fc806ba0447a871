"""Reading single cells: days in the ways in which people and programs write them."""

import datetime as dt
import re
from functools import lru_cache

_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ][\d:.+Z-]*)?$")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T ][\d:.+Z-]*)?$")


@lru_cache(1 << 14)
def parse_day(text: str) -> dt.date:
    """A day written 2018-06-30, 30/06/2018, 30.6.2018 or 2018/06/30; a month alone is its first day.

    Days are read before months, as in Belgium. Raises ValueError for anything else.
    """
    text = text.strip()
    if match := _YEAR_FIRST.match(text):
        return dt.date(int(match[1]), int(match[2]), int(match[3] or 1))
    if match := _DAY_FIRST.match(text):
        return dt.date(int(match[3]), int(match[2]), int(match[1]))
    raise ValueError(text)
