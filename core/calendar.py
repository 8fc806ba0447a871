"""Which days are working days, and what day it is so many working days later.

Days are dates in Europe/Brussels, never moments: no clock change can move one. The same rules
exist twice, for one day in Python (`WorkingCalendar`) and for many rows at once in SQL
(`calendar_sql`); a test holds them equal over years.
"""

import bisect
import datetime as dt
import functools
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import holidays
from django.utils.translation import gettext as _

from core.errors import InvalidInput

SATURDAY, SUNDAY = 5, 6
WEEKEND = frozenset({SATURDAY, SUNDAY})
ROLLS = ("next", "previous", "none")

MORNING, AFTERNOON, WHOLE_DAY = 1, 2, 3
"""The halves of a day as bits: free halves of several people are combined by `&`, halves away by `|`."""

HORIZON = 92
"""Days by which the days off of single people and places may move a day; past it the common calendar counts."""


class NoWorkingDays(InvalidInput):
    """The calendar has no working day to count with."""

    code = "calendar_without_working_days"


class OutsideCalendar(InvalidInput):
    """A day lies before the first or after the last day of the calendar."""

    code = "outside_calendar"


@functools.lru_cache(maxsize=64)
def public_holidays(year: int, country: str = "BE") -> tuple[dt.date, ...]:
    """The public holidays of a year, in order; bank holidays don't count."""
    return tuple(sorted(holidays.country_holidays(country, years=year, categories=("public",))))


def holiday_names(year: int, language: str, country: str = "BE") -> dict[dt.date, str]:
    """The public holidays of a year with their names in a language (fr, nl or en; another reads English)."""
    spoken = language[:2] if language[:2] in ("fr", "nl") else "en_US"
    named = holidays.country_holidays(country, years=year, categories=("public",), language=spoken)
    return dict(sorted(named.items()))


def days_between(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Every day from one to another, both included; none when the last is before the first."""
    return (first + dt.timedelta(days=n) for n in range((last - first).days + 1))


class WorkingCalendar:
    """The working days between two days, both included.

    Not working are the weekend's days (0 Monday to 6 Sunday), public holidays and `days_off`. A span
    of four weeks or more without any working day is refused: counting in it would never end.
    """

    def __init__(
        self,
        first: dt.date,
        last: dt.date,
        *,
        days_off: Iterable[dt.date] = (),
        weekend: frozenset[int] = WEEKEND,
        with_holidays: bool = True,
    ) -> None:
        if last < first:
            raise InvalidInput(_("A calendar's last day is before its first."))
        off = {day for day in days_off if first <= day <= last}
        if with_holidays:
            off |= {day for year in range(first.year, last.year + 1) for day in public_holidays(year)}
        self.first, self.last = first, last
        self.weekend = weekend
        self.days_off = sorted(day for day in off if first <= day <= last and day.weekday() not in weekend)
        excluded = set(self.days_off)
        self._working = [
            day for day in days_between(first, last) if day.weekday() not in weekend and day not in excluded
        ]
        self._refuse_without_working_days()

    def _refuse_without_working_days(self) -> None:
        known = [self.first - dt.timedelta(days=1), *self._working, self.last + dt.timedelta(days=1)]
        gap = max((later - earlier).days - 1 for earlier, later in itertools.pairwise(known))
        if not self._working or gap >= 28:
            raise NoWorkingDays(
                _("This calendar has four weeks or more without a working day; take some days off out of it.")
            )

    def is_working(self, day: dt.date) -> bool:
        """Whether people work on this day."""
        self._inside(day)
        place = bisect.bisect_left(self._working, day)
        return place < len(self._working) and self._working[place] == day

    def add(self, day: dt.date, working_days: int) -> dt.date:
        """The so-many-th working day after a day (before it, when negative); 0 is the day itself, working or not.

        One working day after a Saturday is Monday, and so is one working day after a Friday.
        """
        self._inside(day)
        if working_days == 0:
            return day
        if working_days > 0:
            place = bisect.bisect_right(self._working, day) + working_days - 1
        else:
            place = bisect.bisect_left(self._working, day) + working_days
        if not 0 <= place < len(self._working):
            raise OutsideCalendar(_("The day lies outside the calendar."))
        return self._working[place]

    def roll(self, day: dt.date, policy: str) -> dt.date:
        """The day itself when it is a working day; else the next or previous one, or itself for `none`."""
        if policy not in ROLLS:
            raise InvalidInput(_("Unknown roll policy: %(policy)s.") % {"policy": policy})
        if policy == "none" or self.is_working(day):
            return day
        return self.add(day, 1 if policy == "next" else -1)

    def count(self, first: dt.date, last: dt.date) -> int:
        """How many working days lie after `first` up to and including `last`; negative when last is earlier."""
        self._inside(first)
        self._inside(last)
        return bisect.bisect_right(self._working, last) - bisect.bisect_right(self._working, first)

    def free_halves(self) -> bytes:
        """For each day from the first on, the halves that are worked (0 none, 3 both), a byte each."""
        halves = bytearray((self.last - self.first).days + 1)
        for day in self._working:
            halves[(day - self.first).days] = WHOLE_DAY
        return bytes(halves)

    def _inside(self, day: dt.date) -> None:
        if not self.first <= day <= self.last:
            raise OutsideCalendar(_("The day lies outside the calendar."))


class StackedCalendar(WorkingCalendar):
    """A common calendar, and on top of it the halves of days on which single people and places are free.

    `layers` have a byte for each day of the common calendar (see `free_halves`); a day works when the
    common calendar works and some half is free in all layers. Days off of single people never make
    anybody unreachable: where they would move a day by more than `HORIZON` days, the common calendar
    is counted with instead (`falls_back` tells).
    """

    def __init__(self, common: WorkingCalendar, *layers: bytes) -> None:
        self.common = common
        self.first, self.last, self.weekend = common.first, common.last, common.weekend
        free = common.free_halves()
        for layer in layers:
            if len(layer) != len(free):
                raise ValueError("A layer has one byte for each day of the calendar.")
            free = bytes(one & other for one, other in zip(free, layer, strict=True))
        self._free = free
        self._working = [common.first + dt.timedelta(days=n) for n, halves in enumerate(free) if halves]
        worked = set(self._working)
        self.days_off = [
            day
            for day in days_between(common.first, common.last)
            if day not in worked and day.weekday() not in self.weekend
        ]

    def free_halves(self) -> bytes:
        """For each day from the first on, the halves on which everybody is free, a byte each."""
        return self._free

    def falls_back(self, day: dt.date, working_days: int) -> bool:
        """Whether so many working days after a day are counted in the common calendar."""
        return working_days != 0 and self._own(day, working_days) is None

    def add(self, day: dt.date, working_days: int) -> dt.date:
        """The so-many-th working day after a day; the common calendar's where that is more than `HORIZON` days off."""
        if working_days == 0:
            return super().add(day, 0)
        return self._own(day, working_days) or self.common.add(day, working_days)

    def roll(self, day: dt.date, policy: str) -> dt.date:
        """As in the common calendar, on days on which everybody is free; within `HORIZON` days."""
        if policy not in ROLLS:
            raise InvalidInput(_("Unknown roll policy: %(policy)s.") % {"policy": policy})
        if policy == "none" or self.is_working(day):
            return day
        common = self.common.roll(day, policy)
        return self._near(self._place(day, 1 if policy == "next" else -1), common) or common

    def _own(self, day: dt.date, working_days: int) -> dt.date | None:
        return self._near(self._place(day, working_days), self.common.add(day, working_days))

    def _place(self, day: dt.date, working_days: int) -> dt.date | None:
        try:
            return super().add(day, working_days)
        except OutsideCalendar:
            self._inside(day)
            return None

    @staticmethod
    def _near(own: dt.date | None, common: dt.date) -> dt.date | None:
        return own if own is not None and abs((own - common).days) <= HORIZON else None


def calendar_sql(calendar: WorkingCalendar) -> tuple[str, dict[str, Any]]:
    """Two common table expressions and their parameters, for statements that count days for many rows.

    `calendar(day, is_working, ordinal)` has every day; `ordinal` counts the working days up to and
    including it. `working(ordinal, day)` has the working days. So `n` working days after a day is the
    `working` row whose ordinal is the day's plus n; before it, minus n for a working day and minus
    n - 1 for another.
    """
    sql = """
    calendar AS MATERIALIZED (
        SELECT day, is_working, (count(*) FILTER (WHERE is_working) OVER (ORDER BY day))::integer AS ordinal
        FROM (
            SELECT %(calendar_first)s::date + n AS day,
                   NOT (extract(isodow FROM %(calendar_first)s::date + n)::integer - 1 = ANY(%(calendar_weekend)s::integer[]))
                   AND NOT (%(calendar_first)s::date + n = ANY(%(calendar_days_off)s::date[])) AS is_working
            FROM generate_series(0, %(calendar_length)s::integer) AS n
        ) AS days
    ),
    working AS MATERIALIZED (SELECT ordinal, day FROM calendar WHERE is_working)"""
    return sql, {
        "calendar_first": calendar.first,
        "calendar_length": (calendar.last - calendar.first).days,
        "calendar_weekend": sorted(calendar.weekend),
        "calendar_days_off": calendar.days_off,
    }
