"""When a practice can be visited, in words for a page."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from coaching.models import PracticeClosure, VisitingHours
from core import clock
from practitioners.models import Organisation


@dataclass(frozen=True)
class Line:
    """A weekday and what is known of it."""

    name: str
    words: str


@dataclass(frozen=True)
class Visiting:
    """A practice's week as far as it differs from any other's, and its closing days from today on."""

    lines: list[Line]
    closures: list[PracticeClosure]

    @property
    def is_special(self) -> bool:
        """Whether anything is known at all."""
        return bool(self.lines or self.closures)


def visiting_of(organisation: Organisation) -> Visiting:
    """The weekdays with visiting hours or on which the practice is closed, and the closing days to come; two queries."""
    to_come = Q(weekday__isnull=False) | Q(last_day__gte=clock.today())
    closures = list(PracticeClosure.objects.filter(to_come, organisation=organisation).order_by("first_day", "pk"))
    closed = {row.weekday for row in closures if row.weekday is not None}
    hours: dict[int, list[tuple[dt.time, dt.time]]] = {}
    for weekday, opens, closes in VisitingHours.objects.filter(organisation=organisation).values_list(
        "weekday", "opens", "closes"
    ):
        hours.setdefault(weekday, []).append((opens, closes))
    lines = [
        Line(str(name).capitalize(), _("closed") if weekday in closed else _spans(hours[weekday]))
        for weekday, name in WEEKDAYS.items()
        if weekday in closed or weekday in hours
    ]
    return Visiting(lines, [row for row in closures if row.weekday is None])


def _spans(hours: list[tuple[dt.time, dt.time]]) -> str:
    return ", ".join(f"{time_format(opens, 'H:i')} – {time_format(closes, 'H:i')}" for opens, closes in sorted(hours))
