"""Months as the product writes them, YYYY-MM for machines and words for people, and days inside sentences.

In the database a month is its first day.
"""

import datetime as dt

from django.utils.formats import date_format


def shift(month: dt.date, months: int) -> dt.date:
    """The first day of the month that lies so many months later (earlier when negative)."""
    index = month.year * 12 + month.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def iso(month: dt.date) -> str:
    """YYYY-MM."""
    return f"{month:%Y-%m}"


def from_iso(text: str) -> dt.date:
    """The first day of a month written YYYY-MM (or of the month of a YYYY-MM-DD); ValueError otherwise."""
    return dt.date.fromisoformat(f"{text}-01" if len(text) == 7 else text).replace(day=1)


def in_words(month: dt.date) -> str:
    """The month in the reader's language, such as June 2018."""
    return date_format(month, "F Y")


def day_in_words(day: dt.date) -> str:
    """The day in the reader's language, as pages write it: 18 June 2018."""
    return date_format(day, "j F Y")
