"""The days that planning counts with: the calendar of a run, and the three dates of one follow-up."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from coaching.enums import DelayUnit
from coaching.selectors.calendars import LATEST, TeamCalendar, team_calendar
from core.calendar import StackedCalendar, WorkingCalendar

__all__ = ["LATEST", "StepDates", "planning_calendar", "step_dates", "team_calendar"]

SPAN = """
WITH planned AS (
    SELECT e.practitioner_id, e.enrolled_on, (e.evidence ->> 'starts_on')::date AS starts_on
    FROM coaching_enrolment e
    WHERE e.state IN ('live', 'waiting', 'paused') {among}
)
SELECT least(min(enrolled_on), min(starts_on), {told_first}, {contact}),
       greatest(max(starts_on), {target}, {told_last}),
       (SELECT coalesce(max(delay) + max(opens_before) + max(closes_after), 0) FROM coaching_playbookstep)
FROM planned
"""
"""The first and last days that delays can run from, and how far the steps reach, in days."""

_CONTACTED = "EXISTS (SELECT 1 FROM coaching_playbookstep WHERE anchor = 'last_contact')"
_OF_ALL = SPAN.format(
    among="",
    told_first="(SELECT min(day) FROM coaching_anchorday)",
    told_last="(SELECT max(day) FROM coaching_anchorday)",
    contact=f"""
        (SELECT min(started_at)::date - 1 FROM coaching_visit WHERE state = 'done' AND {_CONTACTED}),
        (SELECT min(done_on) FROM coaching_followup WHERE state = 'done' AND {_CONTACTED})""",
    target="(SELECT max(target_on) FROM coaching_followup WHERE state IN ('planned', 'due', 'deferred'))",
)
_THESE = "practitioner_id IN (SELECT practitioner_id FROM planned)"
_OF_THESE = SPAN.format(
    among="AND e.id = ANY(%(ids)s::bigint[])",
    told_first=f"(SELECT min(day) FROM coaching_anchorday WHERE {_THESE})",
    told_last=f"(SELECT max(day) FROM coaching_anchorday WHERE {_THESE})",
    contact=f"""
        (SELECT min(started_at)::date - 1 FROM coaching_visit WHERE state = 'done' AND {_CONTACTED} AND {_THESE}),
        (SELECT min(done_on) FROM coaching_followup WHERE state = 'done' AND {_CONTACTED} AND {_THESE})""",
    target=f"(SELECT max(target_on) FROM coaching_followup WHERE {_THESE} AND state IN ('planned', 'due', 'deferred'))",
)


def planning_calendar(*, on: dt.date, enrolments: list[int] | None = None) -> TeamCalendar:
    """A calendar that holds every day that planning these enrolments (all the live ones by default) can come to."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_ALL if enrolments is None else _OF_THESE, {"ids": enrolments})
        oldest, latest, reach = cursor.fetchone()
    return team_calendar(around=on, since=min(oldest or on, on), until=max(latest or on, on), reach=reach)


@dataclass(frozen=True)
class StepDates:
    """When a follow-up opens, is best done and closes; `before_roll` is the best day before it was rolled.

    `without_own` says that the days off of the coach or the practice were left out: they would have
    moved a day too far.
    """

    opens_on: dt.date
    target_on: dt.date
    closes_on: dt.date
    before_roll: dt.date
    without_own: bool = False


def step_dates(
    calendar: WorkingCalendar,
    *,
    anchor_on: dt.date,
    delay: int,
    unit: str,
    roll: str,
    opens_before: int,
    closes_after: int,
    floor_on: dt.date | None = None,
) -> StepDates:
    """The dates of one follow-up, as the planner counts them: `delay` after the anchor, rolled, with its window.

    It is never opened before `floor_on` (the anchor by default).
    """
    without = False
    if unit == DelayUnit.WORKING_DAYS:
        before_roll = calendar.add(anchor_on, delay)
        without = isinstance(calendar, StackedCalendar) and calendar.falls_back(anchor_on, delay)
    else:
        before_roll = anchor_on + dt.timedelta(days=delay)
    target = before_roll if without else calendar.roll(before_roll, roll)
    if isinstance(calendar, StackedCalendar):
        without = without or (roll != "none" and not calendar.is_working(target))
        if without:
            calendar = calendar.common
            target = calendar.roll(before_roll, roll)
    opens = calendar.add(target, -opens_before)
    closes = calendar.add(target, closes_after)
    without = without or (isinstance(calendar, StackedCalendar) and calendar.falls_back(target, closes_after))
    return StepDates(min(target, max(floor_on or anchor_on, opens)), target, closes, before_roll, without)
