"""The team's working days: public holidays, then the days on which the whole team is away."""

import datetime as dt

from django.db import connection

from coaching.selectors.calendars import LATEST, team_calendar
from core.calendar import WorkingCalendar

__all__ = ["LATEST", "planning_calendar", "team_calendar"]

SPAN = """
SELECT (SELECT min(enrolled_on) FROM coaching_enrolment
        WHERE state IN ('live', 'waiting', 'paused') AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s::bigint[]))),
       (SELECT min(started_at)::date - 1 FROM coaching_visit
        WHERE state = 'done' AND EXISTS (SELECT 1 FROM coaching_playbookstep WHERE anchor = 'last_contact')),
       (SELECT coalesce(max(delay) + max(opens_before) + max(closes_after), 0) FROM coaching_playbookstep)
"""


def planning_calendar(*, on: dt.date, enrolments: list[int] | None = None) -> WorkingCalendar:
    """A calendar that holds every day that planning these enrolments (all the live ones by default) can come to."""
    with connection.cursor() as cursor:
        cursor.execute(SPAN, {"ids": enrolments})
        enrolled_on, contact_on, reach = cursor.fetchone()
    oldest = min(day for day in (on, enrolled_on, contact_on) if day is not None)
    return team_calendar(around=on, since=oldest, reach=reach)
