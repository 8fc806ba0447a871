"""Let go on what was held: the delay that was left runs on, and nobody gets everything on one day.

Who is held by several pauses goes on when the last one is over, and so does whom none concerns any more.
A follow-up's new target is the first working day from the day of going on, plus what was left when the
pause began, in the step's unit; its window keeps its shape. The follow-ups that go on together are given
out by coach in the order of their old targets: not more on a day, and in a week, than the coach can do, those
without a coach by what the track's active coaches can do together. A day promised by hand that is later
stays. A step that was completed meanwhile is followed by the next one, whose delay runs from the real
completion but which begins on the day of going on at the earliest.
"""

import datetime as dt
from array import array
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from coaching.models import Coach
from coaching.services.planner.advance import advance_at
from coaching.services.planner.holding import (
    AMONG,
    BATCH,
    CONCERNED,
    IN_FORCE,
    PAUSES,
    holding_calendar,
    parameters,
)
from coaching.services.planner.steps import plan_next
from coaching.services.planner.tally import Moment, Tally, execute, ids_of, rows_of
from core.calendar import WorkingCalendar

MOST_PUT_OFF = dt.timedelta(days=366)
"""How far a follow-up is put off at most so that they don't bunch; then it is left to each day's capacity."""

_IN_FORCE = IN_FORCE.format(seen="")
_OVER = """
h.released_on IS NULL AND h.held_on <= %(day)s AND NOT EXISTS (
    SELECT 1 FROM concerned x WHERE x.enrolment_id = h.enrolment_id AND x.pause_id = h.pause_id)"""

ANY_HELD = "SELECT 1 FROM coaching_hold WHERE released_on IS NULL LIMIT 1"

TO_RELEASE = f"""
WITH {PAUSES}, {_IN_FORCE}, {CONCERNED.format(among="")}
SELECT h.enrolment_id FROM coaching_hold h
WHERE {_OVER} AND (%(pause)s::bigint IS NULL OR h.pause_id = %(pause)s)
"""
"""Enrolments of which a hold is over."""

GOING_ON = f"""
WITH {PAUSES}, {_IN_FORCE}, {CONCERNED.format(among="")},
free AS (
    SELECT h.enrolment_id FROM coaching_hold h
    LEFT JOIN concerned x ON x.enrolment_id = h.enrolment_id AND x.pause_id = h.pause_id
    WHERE h.released_on IS NULL
    GROUP BY h.enrolment_id HAVING bool_and(h.held_on <= %(day)s AND x.pause_id IS NULL)
),
together AS (
    SELECT f.id, f.enrolment_id, f.assignee_id, f.target_on, f.reason -> 'paused' AS kept, f.reason, f.is_frozen
    FROM free JOIN coaching_followup f ON f.enrolment_id = free.enrolment_id
    WHERE f.state IN ('planned', 'due', 'deferred') AND f.reason ? 'paused'
    UNION ALL
    SELECT f.id, f.enrolment_id, f.assignee_id, (f.reason -> 'resumed' ->> 'from')::date, f.reason -> 'resumed', f.reason,
           f.is_frozen
    FROM coaching_followup f
    WHERE f.enrolment_id IN (SELECT h.enrolment_id FROM coaching_hold h WHERE h.released_on = %(day)s)
      AND f.reason -> 'resumed' ->> 'on' = %(day)s::text
)
SELECT t.id, t.assignee_id, c.track, t.target_on, t.kept ->> 'since', t.kept ->> 'unit', t.reason ->> 'roll', t.is_frozen
FROM together t JOIN coaching_enrolment e ON e.id = t.enrolment_id JOIN coaching_case c ON c.id = e.case_id
ORDER BY t.target_on, t.id
"""
"""All that go on together on a day, those too that did already: a run that was cut off comes to the same days."""

RELEASE = f"""
WITH {BATCH}, {PAUSES}, {_IN_FORCE}, {CONCERNED.format(among=AMONG)},
over AS (
    UPDATE coaching_hold h SET released_on = %(day)s
    FROM batch WHERE h.enrolment_id = batch.id AND {_OVER}
    RETURNING h.id, h.enrolment_id, h.held_on
),
free AS (
    SELECT o.enrolment_id, min(o.held_on) AS since FROM over o
    WHERE NOT EXISTS (SELECT 1 FROM coaching_hold h
                      WHERE h.enrolment_id = o.enrolment_id AND h.released_on IS NULL
                        AND h.id NOT IN (SELECT id FROM over))
    GROUP BY o.enrolment_id
),
live AS (
    UPDATE coaching_enrolment e SET state = 'live' FROM free
    WHERE e.id = free.enrolment_id AND e.state = 'paused'
    RETURNING e.id, free.since
),
longer AS (
    UPDATE coaching_followup f
    SET reason = jsonb_set(f.reason, '{{paused}}', f.reason -> 'paused' || jsonb_build_object(
        'why', other.reason, 'scope', other.scope, 'pause', other.ref))
    FROM (
        SELECT DISTINCT ON (h.enrolment_id) h.enrolment_id, p.reason, p.scope, p.ref
        FROM coaching_hold h JOIN coaching_pause p ON p.id = h.pause_id
        WHERE h.released_on IS NULL AND h.id NOT IN (SELECT id FROM over)
          AND h.enrolment_id IN (SELECT enrolment_id FROM over)
        ORDER BY h.enrolment_id, h.held_on, h.id
    ) AS other
    WHERE f.enrolment_id = other.enrolment_id AND f.state = 'deferred' AND f.reason ? 'paused'
)
SELECT id, since FROM live ORDER BY id
"""

HELD = """
SELECT f.id, f.opens_on, f.target_on, f.closes_on, f.reason -> 'paused' ->> 'since', f.reason -> 'paused' ->> 'unit',
       f.reason ->> 'roll', f.is_frozen
FROM coaching_followup f
WHERE f.enrolment_id = ANY(%(ids)s::bigint[]) AND f.state IN ('planned', 'due', 'deferred') AND f.reason ? 'paused'
"""

GO_ON = """
WITH dated AS (
    SELECT * FROM unnest(%(follow_ups)s::bigint[], %(opens)s::date[], %(targets)s::date[], %(closes)s::date[])
        AS dated(id, opens_on, target_on, closes_on)
),
held AS (SELECT f.* FROM coaching_followup f JOIN dated ON dated.id = f.id),
changed AS (
    UPDATE coaching_followup f
    SET state = 'planned', updated_at = %(at)s,
        opens_on = dated.opens_on, target_on = dated.target_on, closes_on = dated.closes_on,
        reason = (f.reason - 'paused' - 'deferred') || jsonb_build_object('resumed',
            ((f.reason -> 'paused') - 'was') || jsonb_build_object('on', %(day)s::date, 'from', f.target_on))
    FROM dated WHERE f.id = dated.id
    RETURNING f.id, f.reason -> 'resumed' AS resumed, f.opens_on, f.target_on, f.closes_on
)
INSERT INTO coaching_followupevent (follow_up_id, kind, from_state, to_state, actor_id, at, reason, data)
SELECT c.id, 'state', h.state, 'planned', %(actor)s::bigint, %(at)s, '',
       jsonb_build_object(
           'resumed', c.resumed,
           'from', jsonb_build_object('opens_on', h.opens_on, 'target_on', h.target_on, 'closes_on', h.closes_on),
           'to', jsonb_build_object('opens_on', c.opens_on, 'target_on', c.target_on, 'closes_on', c.closes_on)
       ) || %(run_data)s::jsonb
FROM changed c JOIN held h ON h.id = c.id
"""

WITHOUT_OPEN = """
SELECT e.id FROM unnest(%(ids)s::bigint[]) AS e(id) WHERE NOT EXISTS (
    SELECT 1 FROM coaching_followup f WHERE f.enrolment_id = e.id AND f.state IN ('planned', 'due', 'deferred'))
"""

PLANNED = """
SELECT id, opens_on, target_on, closes_on FROM coaching_followup
WHERE enrolment_id = ANY(%(ids)s::bigint[]) AND state IN ('planned', 'due', 'deferred')
"""

BEGIN_THEN = """
UPDATE coaching_followup f
SET opens_on = dated.opens_on, target_on = dated.target_on, closes_on = dated.closes_on,
    reason = f.reason || jsonb_build_object('planned_on', %(on)s::date)
             || CASE WHEN dated.target_on = f.target_on THEN '{}'::jsonb ELSE jsonb_build_object(
                    'resumed', jsonb_build_object('on', %(day)s::date, 'since', %(since)s::date, 'from', f.target_on)) END
FROM unnest(%(follow_ups)s::bigint[], %(opens)s::date[], %(targets)s::date[], %(closes)s::date[])
    AS dated(id, opens_on, target_on, closes_on)
WHERE f.id = dated.id
"""


@dataclass
class Lane:
    """The days of one coach, or of all of a track together: at most so many a day, and in a week."""

    calendar: WorkingCalendar
    daily: int
    weekly: int
    on_day: defaultdict[dt.date, int] = field(default_factory=lambda: defaultdict(int))
    in_week: defaultdict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    after_full: dict[dt.date, dt.date] = field(default_factory=dict)

    def place(self, day: dt.date, latest: dt.date) -> dt.date:
        """The first day from this one on with room, and take it; past the latest, the latest."""
        tried = []
        while day < latest:
            tried.append(day)
            if day in self.after_full:
                day = self.after_full[day]
            elif self.on_day[day] >= self.daily:
                day = self.calendar.add(day, 1)
            elif self.in_week[day.isocalendar()[:2]] >= self.weekly:
                day = self.calendar.roll(day + dt.timedelta(days=7 - day.weekday()), "next")
            else:
                tried.pop()
                break
        day = min(day, latest)
        self.after_full.update(dict.fromkeys(tried, day))
        return self.take(day)

    def take(self, day: dt.date) -> dt.date:
        """Count one more on this day, whether or not there is room."""
        self.on_day[day] += 1
        self.in_week[day.isocalendar()[:2]] += 1
        return day


@dataclass
class Going:
    """What goes on on a day, and when each follow-up then is due."""

    day: dt.date
    calendar: WorkingCalendar
    targets: dict[int, dt.date] = field(default_factory=dict)

    @property
    def first(self) -> dt.date:
        """The first working day from the day of going on."""
        return self.calendar.roll(self.day, "next")

    def left(self, since: dt.date, target: dt.date, unit: str) -> int:
        """How much of the delay was left on the pause's first day: working days from the first one on, or days."""
        if unit != "working_days":
            return max(0, (target - since).days)
        return max(0, self.calendar.count(since - dt.timedelta(days=1), self._within(target)) - 1)

    def due(self, since: dt.date, target: dt.date, unit: str, roll: str | None) -> dt.date:
        """The target anew, before it is put off for others."""
        left = self.left(since, target, unit)
        if unit == "working_days":
            return self.calendar.add(self.first, left)
        return max(self.first, self.calendar.roll(self._within(self.day + dt.timedelta(days=left)), roll or "next"))

    def window(
        self, opens: dt.date, target: dt.date, closes: dt.date, new_target: dt.date
    ) -> tuple[dt.date, dt.date, dt.date]:
        """The window around the new target, as many working days before and after it as it was; it opens then."""
        before = self.calendar.count(opens, self._within(target))
        after = self.calendar.count(self._within(target), self._within(closes))
        new_opens = max(self.day, self.calendar.add(new_target, -before))
        return min(new_opens, new_target), new_target, self.calendar.add(self._within(new_target), after)

    def _within(self, day: dt.date) -> dt.date:
        return min(day, self.calendar.last - MOST_PUT_OFF)


def candidates(moment: Moment, day: dt.date, pause: int | None = None) -> "array[int]":
    """The enrolments of which a hold is over by a day, one pause's if it is named; asked again under the lock."""
    if not rows_of(ANY_HELD, {}):
        return array("q")
    return ids_of(TO_RELEASE, parameters(moment, day, pause))


def going_on(moment: Moment, day: dt.date) -> Going:
    """The days on which follow-ups are due that go on on a day, given out over the coaches' capacities."""
    going = Going(day, holding_calendar(moment))
    latest = going.calendar.roll(day + MOST_PUT_OFF, "next")
    lanes = _lanes(going.calendar)
    for row in rows_of(GOING_ON, parameters(moment, day)):
        follow_up, coach, track, target, since, unit, roll, is_frozen = row
        due = going.due(dt.date.fromisoformat(since), target, unit, roll)
        lane = lanes.get(coach or track)
        if is_frozen and target > due:
            going.targets[follow_up] = lane.take(target) if lane else target
        else:
            going.targets[follow_up] = lane.place(due, max(due, latest)) if lane else due
    return going


def _lanes(calendar: WorkingCalendar) -> dict[int | str, Lane]:
    lanes: dict[int | str, Lane] = {}
    for pk, is_active, tracks, daily, weekly in Coach.objects.values_list(
        "pk", "is_active", "tracks", "daily_capacity", "weekly_capacity"
    ):
        lanes[pk] = Lane(calendar, daily, weekly)
        for track in tracks if is_active else []:
            shared = lanes.setdefault(track, Lane(calendar, 0, 0))
            shared.daily += daily
            shared.weekly += weekly
    return lanes


def release(ids: list[int], moment: Moment, going: Going) -> Tally:
    """Let those of these enrolments, whose practitioners are locked, go on that no pause holds any more."""
    freed = rows_of(RELEASE, {"ids": ids, **parameters(moment, going.day)})
    if not freed:
        return Tally()
    enrolments = [enrolment for enrolment, _since in freed]
    _date(enrolments, moment, going)
    tally = Tally(released=len(enrolments))
    idle = {row[0] for row in rows_of(WITHOUT_OPEN, {"ids": enrolments})}
    by_day = defaultdict(list)
    for enrolment, since in freed:
        if enrolment in idle:
            by_day[since].append(enrolment)
    for since, waiting in by_day.items():
        tally.add(_plan_since(waiting, since, moment, going))
    return tally.add(advance_at(sorted(idle), moment))


def _date(enrolments: list[int], moment: Moment, going: Going) -> None:
    """Give the follow-ups of these enrolments their dates anew and bring them back from being deferred."""
    dated: dict[str, list[Any]] = defaultdict(list)
    for row in rows_of(HELD, {"ids": enrolments}):
        follow_up, opens, target, closes, since, unit, roll, is_frozen = row
        due = going.due(dt.date.fromisoformat(since), target, unit, roll)
        due = going.targets.get(follow_up, due)
        stays = is_frozen and target >= due
        _append(dated, follow_up, (opens, target, closes) if stays else going.window(opens, target, closes, due))
    if dated:
        execute(GO_ON, {"day": going.day, **dated, **moment.parameters})


def _plan_since(enrolments: list[int], since: dt.date, moment: Moment, going: Going) -> Tally:
    """Make the next follow-ups of who completed one while held; windows inside the pause aren't missed for it."""
    tally = plan_next(enrolments, replace(moment, on=since)).tally
    dated: dict[str, list[Any]] = defaultdict(list)
    for follow_up, opens, target, closes in rows_of(PLANNED, {"ids": enrolments}):
        due = max(target, going.first)
        _append(dated, follow_up, going.window(opens, target, closes, due))
    if dated:
        execute(BEGIN_THEN, {"day": going.day, "since": since, **dated, **moment.parameters})
    return tally


def _append(dated: dict[str, list[Any]], follow_up: int, window: tuple[dt.date, dt.date, dt.date]) -> None:
    for name, value in zip(("follow_ups", "opens", "targets", "closes"), (follow_up, *window), strict=True):
        dated[name].append(value)
