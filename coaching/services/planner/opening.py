"""Open follow-ups whose window has begun, within the practitioners' contact budgets and the coaches' capacity.

A follow-up opens (becomes due) when its practitioner's budget has one contact left and its assignee's
day and week have room; who is assigned to nobody needs only the first, a check on the figures neither.
What exceeds is deferred, with the reason, and judged anew every night: oldest window first (the day it
closes, its target, the practitioner). A deferred follow-up is never missed for that: when it opens past its target,
target and closing day move on so that its window is as long as the step says.

Judging is one after the other: each decision counts in the next one. So the nightly run judges batches in
the order of the windows, one run at a time, and two runs at once come to the same rows. A person's act opens
what it made at once, under the same limits; it holds the practitioner and the coaches, which the nightly
run locks in that order too.
"""

import datetime as dt
import json
from array import array
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from coaching.enums import Channel, FollowUpState
from coaching.models import ContactBudget, FollowUp
from coaching.selectors.budget import Room, budget_on, room_of, used_by
from coaching.services.planner.rehearsal import is_rehearsal, leaves_out
from coaching.services.planner.tally import Moment, Tally, execute, rows_of
from core import locks
from core.calendar import WorkingCalendar

LOCK = "coaching.planner.opening"
PRACTITIONER, COACH_DAY, COACH_WEEK = "practitioner_budget", "coach_day", "coach_week"
"""Why a follow-up is deferred."""

TO_OPEN = """
FROM coaching_followup f JOIN coaching_enrolment e ON e.id = f.enrolment_id
WHERE f.state IN ('planned', 'deferred') AND f.opens_on <= %(on)s AND e.state = 'live'"""
WINDOW_ORDER = "f.closes_on, f.target_on, f.practitioner_id, f.id"
"""By practitioner before the id: in which order runs that work at once made equal ones is chance."""

CANDIDATES = f"SELECT f.id {TO_OPEN} ORDER BY {WINDOW_ORDER}"
OF_THEIR_PRACTITIONERS = f"""
SELECT f.id {TO_OPEN} AND f.practitioner_id IN (
    SELECT practitioner_id FROM coaching_enrolment WHERE id = ANY(%(enrolments)s::bigint[]))"""

LOCK_PRACTITIONERS = """
WITH claimed AS MATERIALIZED (
    SELECT p.id FROM practitioners_practitioner p
    WHERE p.id IN (SELECT practitioner_id FROM coaching_followup WHERE id = ANY(%(ids)s::bigint[]))
    ORDER BY p.id FOR NO KEY UPDATE {waiting}
)
SELECT f.id FROM coaching_followup f JOIN claimed ON claimed.id = f.practitioner_id
WHERE f.id = ANY(%(ids)s::bigint[])"""
LOCK_COACHES = "SELECT id FROM coaching_coach WHERE id = ANY(%(coaches)s::bigint[]) ORDER BY id FOR NO KEY UPDATE"

STANDING = f"""
SELECT f.id, f.state, f.practitioner_id, f.assignee_id, f.channel = 'figures_check', f.opens_on, f.target_on, f.closes_on,
       (SELECT s.closes_after FROM coaching_playbookstep s WHERE s.id = f.step_id), f.reason -> 'deferred' ->> 'why'
{TO_OPEN} AND f.id = ANY(%(ids)s::bigint[]) ORDER BY {WINDOW_ORDER}"""

OPEN = """
WITH opening AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(coaches)s::text[], %(used)s::integer[],
                         %(caps)s::integer[], %(targets)s::date[], %(closes)s::date[], %(moves)s::text[])
        AS opening(id, from_state, coach, used, cap, target_on, closes_on, moved)
),
opened AS (
    UPDATE coaching_followup f
    SET state = 'due', updated_at = %(at)s,
        opens_on = CASE WHEN n.target_on IS NULL THEN f.opens_on ELSE %(on)s END,
        target_on = coalesce(n.target_on, f.target_on), closes_on = coalesce(n.closes_on, f.closes_on),
        reason = CASE WHEN f.reason ? 'deferred'
                      THEN jsonb_set(f.reason, '{deferred,until}', to_jsonb(%(on)s::date)) ELSE f.reason END
    FROM opening n WHERE f.id = n.id
    RETURNING f.id, n.from_state, n.coach, n.used, n.cap, n.moved
)
INSERT INTO coaching_followupevent (follow_up_id, kind, from_state, to_state, actor_id, at, reason, data)
SELECT id, 'state', from_state, 'due', %(actor)s::bigint, %(at)s, '',
       jsonb_strip_nulls(jsonb_build_object('coach', coach, 'used', used, 'cap', cap))
       || coalesce(moved::jsonb, '{}') || %(run_data)s::jsonb
FROM opened ORDER BY id
"""

DEFER = """
WITH deferring AS (
    SELECT id, from_state, jsonb_build_object('why', why, 'since', coalesce(since, %(on)s::date), 'used', used, 'cap', cap)
               AS deferred
    FROM (
        SELECT n.*, CASE WHEN n.from_state = 'deferred' THEN (f.reason -> 'deferred' ->> 'since')::date END AS since
        FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(whys)s::text[], %(used)s::integer[], %(caps)s::integer[])
            AS n(id, from_state, why, used, cap) JOIN coaching_followup f ON f.id = n.id
    ) AS judged
),
deferred AS (
    UPDATE coaching_followup f
    SET state = 'deferred', updated_at = %(at)s, reason = f.reason || jsonb_build_object('deferred', n.deferred)
    FROM deferring n WHERE f.id = n.id
    RETURNING f.id, n.from_state, n.deferred
)
INSERT INTO coaching_followupevent (follow_up_id, kind, from_state, to_state, actor_id, at, reason, data)
SELECT id, 'state', from_state, 'deferred', %(actor)s::bigint, %(at)s, '',
       jsonb_build_object('deferred', deferred) || %(run_data)s::jsonb
FROM deferred ORDER BY id
"""

FILL = """
INSERT INTO coaching_coachday (coach_id, day, opened, capacity)
SELECT n.coach, %(on)s, n.opened, greatest(n.opened, n.capacity)
FROM unnest(%(coaches)s::bigint[], %(opened)s::integer[], %(capacities)s::integer[]) AS n(coach, opened, capacity)
ORDER BY n.coach
ON CONFLICT (coach_id, day) DO UPDATE SET opened = EXCLUDED.opened, capacity = EXCLUDED.capacity
"""
"""A capacity that was lowered after the day was filled stays at what was opened."""


@dataclass(frozen=True)
class Candidate:
    """A follow-up whose window has begun, as it stands under the lock; `why` is why it was deferred before."""

    id: int
    state: str
    practitioner: int
    coach: int | None
    is_free: bool
    opens_on: dt.date
    target_on: dt.date
    closes_on: dt.date
    closes_after: int
    why: str | None


@dataclass
class Limits:
    """What practitioners have used of their budget and coaches of their day and week; each opening counts."""

    budget: ContactBudget | None
    used: dict[int, int]
    rooms: dict[int, Room]
    filled: set[int] = field(default_factory=set)

    def exceeded(self, row: Candidate) -> dict[str, tuple[int, int]]:
        """The limits that one more would exceed: why, with what is used and the cap."""
        found = {}
        if self.budget is not None and self.used.get(row.practitioner, 0) >= self.budget.contacts:
            found[PRACTITIONER] = (self.used[row.practitioner], self.budget.contacts)
        room = self.room(row)
        if room is not None and room.used >= room.day:
            found[COACH_DAY] = (room.used, room.day)
        if room is not None and room.used_in_week >= room.week:
            found[COACH_WEEK] = (room.used_in_week, room.week)
        return found

    def room(self, row: Candidate) -> Room | None:
        """The assignee's room; None where nobody, or nobody active, is assigned."""
        return self.rooms.get(row.coach) if row.coach is not None else None

    def take(self, row: Candidate) -> None:
        """Count one more contact."""
        self.used[row.practitioner] = self.used.get(row.practitioner, 0) + 1
        room = self.room(row)
        if room is not None and row.coach is not None:
            room.opened += 1
            room.opened_in_week += 1
            self.filled.add(row.coach)


def candidates(moment: Moment) -> "array[int]":
    """The follow-ups whose window has begun and that aren't open yet, oldest window first, in eight bytes each."""
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, moment.parameters)
        return array("q", (row[0] for row in cursor))


def open_batch(ids: list[int], moment: Moment) -> Tally:
    """Open or defer the next follow-ups in the order of the windows; waits for whoever works on them.

    Only one run does so at a time. A dry run waits for nobody and leaves out whom it can't lock.
    """
    rehearsal = is_rehearsal()
    if not rehearsal:
        locks.hold(LOCK)
    waiting = "SKIP LOCKED" if rehearsal else ""
    claimed = [row[0] for row in rows_of(LOCK_PRACTITIONERS.format(waiting=waiting), {"ids": ids})]
    if rehearsal:
        leaves_out(len(ids) - len(claimed))
    return _judge(claimed, moment, lock_coaches=not rehearsal)


def open_for(enrolments: list[int], moment: Moment) -> Tally:
    """Open what can be opened for the practitioners of these enrolments, whom the caller has locked."""
    rows = rows_of(OF_THEIR_PRACTITIONERS, {"enrolments": enrolments, **moment.parameters})
    return _judge([row[0] for row in rows], moment, lock_coaches=True) if rows else Tally()


def over(follow_up: FollowUp, on: dt.date) -> dict[str, dict[str, Any]]:
    """What is exceeded where a person opens a locked follow-up by hand: `{"over": {why, used, cap}}`, or nothing.

    A person may do so, for a promise or an occasion; it is recorded, and counts in the practitioner's budget and
    in the coach's day and week.
    """
    if follow_up.state == FollowUpState.DUE or follow_up.channel == Channel.FIGURES_CHECK:
        return {}
    budget = budget_on(on)
    row = Candidate(
        id=follow_up.pk,
        state=follow_up.state,
        practitioner=follow_up.practitioner_id,
        coach=follow_up.assignee_id,
        is_free=False,
        opens_on=follow_up.opens_on,
        target_on=follow_up.target_on,
        closes_on=follow_up.closes_on,
        closes_after=0,
        why=None,
    )
    limits = Limits(
        budget=budget,
        used=used_by([row.practitioner], budget, on) if budget is not None else {},
        rooms=room_of([row.coach], on) if row.coach is not None else {},
    )
    exceeded = limits.exceeded(row)
    why = next(iter(exceeded), None)
    return {"over": {"why": why, "used": exceeded[why][0], "cap": exceeded[why][1]}} if why is not None else {}


def _judge(ids: list[int], moment: Moment, *, lock_coaches: bool) -> Tally:
    """Open or defer these follow-ups, whose practitioners are locked, each on top of the ones before."""
    rows = [Candidate(*row) for row in rows_of(STANDING, {"ids": ids, **moment.parameters})]
    if not rows:
        return Tally()
    limits = _limits(rows, moment, lock_coaches=lock_coaches)
    is_day_off = not moment.calendar.is_working(moment.on)
    opening: list[tuple[Candidate, int | None]] = []
    deferring: list[tuple[Candidate, str, tuple[int, int]]] = []
    for row in rows:
        if row.is_free:
            opening.append((row, None))
            continue
        if is_day_off and limits.room(row) is not None and (row.state == "deferred" or row.closes_on > moment.on):
            # Nobody works today: what is a coach's opens on the next working day.
            continue
        exceeded = limits.exceeded(row)
        if not exceeded:
            limits.take(row)
            opening.append((row, limits.used[row.practitioner]))
        elif row.state != "deferred" or row.why not in exceeded:
            why = next(iter(exceeded))
            deferring.append((row, why, exceeded[why]))
    _open(opening, limits, moment)
    _defer(deferring, moment)
    _fill(limits, moment)
    return Tally(opened=len(opening), deferred=sum(row.state != "deferred" for row, *_rest in deferring))


def _limits(rows: list[Candidate], moment: Moment, *, lock_coaches: bool) -> Limits:
    contacts = [row for row in rows if not row.is_free]
    coaches = sorted({row.coach for row in contacts if row.coach is not None})
    if coaches and lock_coaches:
        rows_of(LOCK_COACHES, {"coaches": coaches})
    budget = budget_on(moment.on)
    practitioners = sorted({row.practitioner for row in contacts})
    return Limits(
        budget=budget,
        used=used_by(practitioners, budget, moment.on) if budget is not None and practitioners else {},
        rooms=room_of(coaches, moment.on) if coaches else {},
    )


def _open(opening: list[tuple[Candidate, int | None]], limits: Limits, moment: Moment) -> None:
    if not opening:
        return
    cap = limits.budget.contacts if limits.budget is not None else None
    rooms = [None if row.is_free else limits.room(row) for row, _used in opening]
    windows = [_moved(row, moment.calendar, moment.on) for row, _used in opening]
    given: dict[str, Any] = {
        "ids": [row.id for row, _used in opening],
        "states": [row.state for row, _used in opening],
        "coaches": [room.ref if room is not None else None for room in rooms],
        "used": [used for _row, used in opening],
        "caps": [None if used is None else cap for _row, used in opening],
        "targets": [window[0] if window else None for window in windows],
        "closes": [window[1] if window else None for window in windows],
        "moves": [
            _told(row, moment.on, window) if window else None
            for (row, _used), window in zip(opening, windows, strict=True)
        ],
    }
    execute(OPEN, given | moment.parameters)


def _moved(row: Candidate, calendar: WorkingCalendar, on: dt.date) -> tuple[dt.date, dt.date] | None:
    """The target and closing day of a deferred follow-up that opens past its target; None where it needn't move."""
    if row.state != "deferred" or row.target_on >= on:
        return None
    target = calendar.roll(on, "next")
    return target, max(row.closes_on, calendar.add(target, row.closes_after))


def _told(row: Candidate, on: dt.date, window: tuple[dt.date, dt.date]) -> str:
    """The old and the new window, as the event keeps them."""
    names = ("opens_on", "target_on", "closes_on")
    before, after = (row.opens_on, row.target_on, row.closes_on), (on, *window)
    return json.dumps(
        {
            "from": {name: day.isoformat() for name, day in zip(names, before, strict=True)},
            "to": {name: day.isoformat() for name, day in zip(names, after, strict=True)},
        }
    )


def _defer(deferring: list[tuple[Candidate, str, tuple[int, int]]], moment: Moment) -> None:
    if not deferring:
        return
    given: dict[str, Any] = {
        "ids": [row.id for row, *_rest in deferring],
        "states": [row.state for row, *_rest in deferring],
        "whys": [why for _row, why, _numbers in deferring],
        "used": [used for *_rest, (used, _cap) in deferring],
        "caps": [cap for *_rest, (_used, cap) in deferring],
    }
    execute(DEFER, given | moment.parameters)


def _fill(limits: Limits, moment: Moment) -> None:
    """Write down what opened for each coach that day."""
    if not limits.filled:
        return
    coaches = sorted(limits.filled)
    given: dict[str, Any] = {
        "coaches": coaches,
        "opened": [limits.rooms[coach].opened for coach in coaches],
        "capacities": [limits.rooms[coach].day for coach in coaches],
    }
    execute(FILL, given | moment.parameters)
