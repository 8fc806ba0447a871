"""Which notices are due at a moment of a morning."""

import datetime as dt

from django.utils import timezone

from coaching.selectors.digests import is_planned, is_working_day, working_day_before
from coaching.selectors.heartbeat import planner_rests
from coaching.services.notices.digests import morning_digests, opening_reminders, weekly_digests

MORNING, WEEKLY, LATEST_PLANNER, NOON = dt.time(6, 30), dt.time(7), dt.time(9), dt.time(12)


def put_due(*, on: dt.date, at: dt.datetime) -> dict[str, int]:
    """Write the digests and reminders that are due on a day at a moment, and how many mails of each kind.

    On working days from half past six until noon, after the planner's run of the day; from nine on also
    without one, rather than not at all. The coordinators' week from seven, on its first working day.
    Whoever calls this every quarter of an hour writes nothing twice.
    """
    hour = timezone.localtime(at).time()
    if not MORNING <= hour < NOON or not is_working_day(on):
        return {}
    if not is_planned(on) and hour < LATEST_PLANNER and not planner_rests(on):
        return {}
    written = {"digests": morning_digests(on=on, at=at), "reminders": opening_reminders(on=on, at=at)}
    if hour >= WEEKLY and working_day_before(on) < on - dt.timedelta(days=on.weekday()):
        written["weeks"] = weekly_digests(on=on, at=at)
    return written
