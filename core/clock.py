"""What day it is for the network: a date in Europe/Brussels, or the demo network's own day.

A synthetic network lives on a fixed day, so that its figures of 2018 and its follow-ups belong
together. Services take `at=` or `on=` and use these two only as the default.
"""

import datetime as dt
import time

from django.utils import timezone

_REMEMBERED_SECONDS = 30.0
_remembered: tuple[float, dt.date | None] | None = None


def _fixed_day() -> dt.date | None:
    global _remembered
    if _remembered is None or time.monotonic() - _remembered[0] > _REMEMBERED_SECONDS:
        from core.models import Installation

        day = Installation.objects.values_list("fixed_today", flat=True).first()
        _remembered = (time.monotonic(), day)
    return _remembered[1]


def forget() -> None:
    """Ask the database again at the next call; for the service that sets the day, and for tests."""
    global _remembered
    _remembered = None


def today() -> dt.date:
    """Today's date in Europe/Brussels, or the installation's fixed day."""
    return _fixed_day() or timezone.localdate()


def now() -> dt.datetime:
    """The present moment, moved to the installation's fixed day where it has one."""
    moment = timezone.now()
    fixed = _fixed_day()
    if fixed is None:
        return moment
    return dt.datetime.combine(fixed, timezone.localtime(moment).time(), tzinfo=timezone.get_default_timezone())
