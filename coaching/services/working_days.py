"""The team's working days: public holidays, then the days on which the whole team is away."""

import datetime as dt

from django.db import connection

from coaching.models import TeamDay
from core.calendar import WorkingCalendar

LATEST = dt.timedelta(days=366)
"""How far ahead a follow-up can be asked for or moved; as far back a contact can be logged."""

SPAN = """
SELECT (SELECT min(enrolled_on) FROM coaching_enrolment
        WHERE state IN ('live', 'waiting', 'paused') AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s::bigint[]))),
       (SELECT min(started_at)::date - 1 FROM coaching_visit
        WHERE state = 'done' AND EXISTS (SELECT 1 FROM coaching_playbookstep WHERE anchor = 'last_contact')),
       (SELECT coalesce(max(delay) + max(opens_before) + max(closes_after), 0) FROM coaching_playbookstep)
"""


def team_calendar(*, around: dt.date, since: dt.date | None = None, reach: int = 0) -> WorkingCalendar:
    """The team's working days from a year before `since` until `reach` working days and a year after `around`."""
    first = min(since or around, around) - LATEST - dt.timedelta(days=31)
    last = around + LATEST + dt.timedelta(days=31 + 2 * reach)
    away = TeamDay.objects.filter(day__range=(first, last)).values_list("day", flat=True)
    return WorkingCalendar(first, last, days_off=away)


def planning_calendar(*, on: dt.date, enrolments: list[int] | None = None) -> WorkingCalendar:
    """A calendar that holds every day that planning these enrolments (all the live ones by default) can come to."""
    with connection.cursor() as cursor:
        cursor.execute(SPAN, {"ids": enrolments})
        enrolled_on, contact_on, reach = cursor.fetchone()
    oldest = min(day for day in (on, enrolled_on, contact_on) if day is not None)
    return team_calendar(around=on, since=oldest, reach=reach)
