"""Hold back what is paused: enrolments, with the follow-up that each has open.

A pause counts by its days and not by the days on which the planner ran: after an outage it is applied as
of its first day, and one that began and ended meanwhile is applied and ended again, in the order of the
days. Only what came to be concerned later (another coach, other software, a new enrolment) is held from
the day on which that is seen.

A follow-up that is held is deferred and keeps its dates; `reason.paused` says since when, what was left
to run then (in the step's unit), in which state it was, and by which pause. What is over by then isn't
held: a window that closed before the pause is missed like any other.
"""

import datetime as dt
from array import array

from coaching.services.planner.tally import Moment, Tally, execute, ids_of, row_of, rows_of
from coaching.services.working_days import team_calendar
from core.calendar import WorkingCalendar, calendar_sql

REACH = 400
"""Working days beyond the calendar's year to which what goes on may be put off."""

VERSION_ATTRIBUTES = (
    "software_version",
    "software version",
    "version",
    "version du logiciel",
    "softwareversie",
    "versie",
)
"""The names, in small letters, under which the registry keeps the version of a practitioner's software."""

PAUSES = """
pauses AS MATERIALIZED (
    SELECT p.*, coalesce(k.version, '') AS version, coalesce(p.resumed_on, p.ends_on + 1, 'infinity') AS goes_on,
           greatest(p.starts_on, (
               SELECT max(r.planned_for) + 1 FROM coaching_plannerrun r
               WHERE r.finished_at IS NOT NULL AND r.started_at > p.created_at AND r.planned_for < %(on)s)) AS since
    FROM coaching_pause p LEFT JOIN coaching_softwareblocker k ON k.id = p.blocker_id
    WHERE p.starts_on <= %(on)s AND (p.resumed_on IS NULL OR p.resumed_on > p.starts_on)
)"""
"""Each pause with the day on which the work goes on, and the first one that no run of the planner has seen."""

OWN_VERSION = """
(SELECT lower(btrim(a.value)) FROM jsonb_each_text({of}.attributes) AS a
 WHERE lower(a.key) = ANY(%(version_attributes)s) AND btrim(a.value) <> '' LIMIT 1)"""

CONCERNED = f"""
concerned AS (
    SELECT e.id AS enrolment_id, p.id AS pause_id FROM in_force p
    JOIN coaching_enrolment e ON e.practitioner_id = p.practitioner_id AND e.ended_on IS NULL {{among}}
    WHERE p.scope = 'practitioner'
    UNION ALL
    SELECT e.id, p.id FROM in_force p
    JOIN coaching_enrolment e ON e.playbook_id = p.playbook_id AND e.ended_on IS NULL {{among}}
    WHERE p.scope = 'playbook'
    UNION ALL
    SELECT e.id, p.id FROM in_force p
    JOIN practitioners_practitioner n ON n.software_id = p.software_id
    JOIN coaching_enrolment e ON e.practitioner_id = n.id AND e.ended_on IS NULL {{among}}
    WHERE p.scope = 'software' AND (p.version = '' OR coalesce({OWN_VERSION.format(of="n")}, lower(p.version)) = lower(p.version))
    UNION ALL
    SELECT e.id, p.id FROM in_force p
    JOIN coaching_followup f ON f.assignee_id = p.coach_id AND f.state IN ('planned', 'due', 'deferred')
    JOIN coaching_enrolment e ON e.id = f.enrolment_id AND e.ended_on IS NULL {{among}}
    WHERE p.scope = 'coach'
    UNION ALL
    SELECT e.id, p.id FROM in_force p
    JOIN coaching_case c ON c.coach_id = p.coach_id AND c.state <> 'closed'
    JOIN coaching_enrolment e ON e.case_id = c.id AND e.ended_on IS NULL {{among}}
    WHERE p.scope = 'coach' AND NOT EXISTS (
        SELECT 1 FROM coaching_followup f
        WHERE f.enrolment_id = e.id AND f.state IN ('planned', 'due', 'deferred') AND f.assignee_id IS NOT NULL)
    UNION ALL
    SELECT e.id, p.id FROM in_force p
    JOIN coaching_enrolment e ON e.ended_on IS NULL {{among}}
    WHERE p.scope = 'quiet_period'
)"""
"""Which enrolments the pauses in force concern: a coach's are those of the open follow-up, else of the case."""

IN_FORCE = "in_force AS (SELECT * FROM pauses WHERE starts_on <= %(day)s AND %(day)s < goes_on {seen})"
UNSEEN = "AND since <= %(day)s"

HOLDABLE = """
fresh AS MATERIALIZED (
    SELECT x.* FROM concerned x
    WHERE NOT EXISTS (SELECT 1 FROM coaching_hold h
                      WHERE h.enrolment_id = x.enrolment_id AND h.pause_id = x.pause_id AND h.released_on IS NULL)
),
holdable AS (
    SELECT e.id AS enrolment_id, e.state AS enrolment_state, p.id AS pause_id, p.ref, p.scope, p.reason,
           f.id AS follow_up_id, f.state AS from_state, f.target_on,
           coalesce(f.reason ->> 'unit', 'working_days') AS unit, began.since
    FROM fresh x
    JOIN pauses p ON p.id = x.pause_id
    JOIN coaching_enrolment e ON e.id = x.enrolment_id
    LEFT JOIN coaching_followup f ON f.enrolment_id = e.id AND f.state IN ('planned', 'due', 'deferred')
    LEFT JOIN LATERAL (
        SELECT max(h.released_on) AS released_on FROM coaching_hold h WHERE h.enrolment_id = e.id
    ) AS before ON true
    CROSS JOIN LATERAL (
        SELECT greatest(p.since, e.enrolled_on, (f.reason ->> 'planned_on')::date, before.released_on) AS since
    ) AS began
    WHERE began.since <= %(day)s
      AND CASE e.state WHEN 'live' THEN CASE
              WHEN f.id IS NOT NULL THEN f.closes_on >= began.since OR f.state = 'deferred'
              ELSE EXISTS (SELECT 1 FROM coaching_followup any_f WHERE any_f.enrolment_id = e.id) END
          ELSE true END
)"""
"""Whom to hold as of a day. Somebody just enrolled is held once the first follow-up is made."""

TO_HOLD = f"""
WITH {PAUSES}, {IN_FORCE.format(seen=UNSEEN)}, {CONCERNED.format(among="")}, {HOLDABLE}
SELECT enrolment_id FROM holdable WHERE %(pause)s::bigint IS NULL OR pause_id = %(pause)s
"""

AMONG = "AND e.id IN (SELECT id FROM batch)"
BATCH = "batch AS MATERIALIZED (SELECT * FROM unnest(%(ids)s::bigint[]) AS batch(id))"

HOLD = f"""
WITH {{calendar}}, {BATCH}, {PAUSES}, {IN_FORCE.format(seen=UNSEEN)}, {CONCERNED.format(among=AMONG)}, {HOLDABLE},
kept AS (
    INSERT INTO coaching_hold (enrolment_id, pause_id, held_on)
    SELECT DISTINCT enrolment_id, pause_id, since FROM holdable ORDER BY 1, 2
    ON CONFLICT (enrolment_id, pause_id) DO UPDATE SET held_on = EXCLUDED.held_on, released_on = NULL
),
first AS (
    SELECT DISTINCT ON (enrolment_id) * FROM holdable WHERE enrolment_state <> 'paused'
    ORDER BY enrolment_id, since, pause_id
),
paused AS (
    UPDATE coaching_enrolment e SET state = 'paused', waiting_for = ''
    FROM first WHERE e.id = first.enrolment_id
    RETURNING e.id
),
deferred AS (
    UPDATE coaching_followup f
    SET state = 'deferred', updated_at = %(at)s,
        reason = f.reason || jsonb_build_object('paused', jsonb_build_object(
            'since', first.since, 'unit', first.unit, 'was', first.from_state,
            'why', first.reason, 'scope', first.scope, 'pause', first.ref,
            'remaining', greatest(0, CASE first.unit
                WHEN 'working_days' THEN coalesce(target.ordinal, (SELECT max(ordinal) FROM working)) - eve.ordinal - 1
                ELSE first.target_on - first.since END)))
    FROM first
    LEFT JOIN calendar target ON target.day = first.target_on
    LEFT JOIN calendar eve ON eve.day = first.since - 1
    WHERE f.id = first.follow_up_id
    RETURNING f.id, first.from_state, f.reason -> 'paused' AS paused, first.reason AS why
),
told AS (
    INSERT INTO coaching_followupevent (follow_up_id, kind, from_state, to_state, actor_id, at, reason, data)
    SELECT id, 'state', from_state, 'deferred', %(actor)s::bigint, %(at)s, why,
           jsonb_build_object('paused', paused) || %(run_data)s::jsonb
    FROM deferred
)
SELECT count(*) FROM paused
"""

OF_THE_SAME = """
SELECT o.id FROM coaching_enrolment o WHERE o.ended_on IS NULL AND o.practitioner_id IN (
    SELECT practitioner_id FROM coaching_enrolment WHERE id = ANY(%(ids)s::bigint[]))
"""

DAYS = f"""
WITH {PAUSES}
SELECT since FROM pauses WHERE resumed_on IS NULL AND since < goes_on AND since <= %(on)s
UNION SELECT goes_on::date FROM pauses WHERE resumed_on IS NULL AND goes_on <= %(on)s
"""

ANY_IN_FORCE = """
SELECT 1 FROM coaching_pause WHERE starts_on <= %(day)s AND coalesce(resumed_on, ends_on + 1, 'infinity') > %(day)s LIMIT 1
"""

REGISTERED = """
INSERT INTO coaching_pause (ref, scope, software_id, blocker_id, reason, starts_on)
SELECT gen_random_uuid(), 'software', k.software_id, k.id, k.defect, k.since FROM coaching_softwareblocker k
WHERE k.until IS NULL AND NOT EXISTS (SELECT 1 FROM coaching_pause p WHERE p.blocker_id = k.id)
ORDER BY k.id
ON CONFLICT DO NOTHING
"""
MENDED = """
UPDATE coaching_pause p SET ends_on = greatest(k.until, p.starts_on)
FROM coaching_softwareblocker k WHERE k.id = p.blocker_id AND k.until IS NOT NULL AND p.ends_on IS NULL
"""
"""Blockers that came into the register otherwise than by its services pause all the same."""

SETTLE = """
UPDATE coaching_pause p SET resumed_on = p.ends_on + 1
WHERE p.resumed_on IS NULL AND p.ends_on < %(on)s
  AND (%(pause)s::bigint IS NULL OR p.id = %(pause)s)
  AND NOT EXISTS (SELECT 1 FROM coaching_hold h WHERE h.pause_id = p.id AND h.released_on IS NULL)
"""


def parameters(moment: Moment, day: dt.date, pause: int | None = None) -> dict[str, object]:
    """What the statements about pauses are given: the day as of which they look, and the pause if only one is meant."""
    return {"day": day, "pause": pause, "version_attributes": list(VERSION_ATTRIBUTES), **moment.parameters}


def follow_blockers(moment: Moment) -> None:
    """Give every open blocker of the register its pause, and the pauses of those that were closed their end."""
    execute(REGISTERED, moment.parameters)
    execute(MENDED, moment.parameters)


def days(moment: Moment) -> list[dt.date]:
    """The days, up to today, on which a pause began or ended that no run has seen; and today."""
    return sorted({row[0] for row in rows_of(DAYS, parameters(moment, moment.on))} | {moment.on})


def holding_calendar(moment: Moment) -> WorkingCalendar:
    """The team's working days, far enough ahead for everything that goes on later."""
    return team_calendar(around=moment.on, since=moment.calendar.first, reach=REACH)


def candidates(moment: Moment, day: dt.date, pause: int | None = None) -> "array[int]":
    """The enrolments that are to be held as of a day, by one pause if it is named; asked again under the lock."""
    if not rows_of(ANY_IN_FORCE, {"day": day}):
        return array("q")
    return ids_of(TO_HOLD, parameters(moment, day, pause))


def hold(ids: list[int], moment: Moment, day: dt.date | None = None) -> Tally:
    """Hold those of these enrolments, whose practitioners are locked, that a pause concerns on a day (today)."""
    cte, calendar = calendar_sql(holding_calendar(moment))
    given = {"ids": ids, **calendar, **parameters(moment, day or moment.on)}
    (held,) = row_of(HOLD.format(calendar=cte), given)
    return Tally(held=held)


def hold_for(enrolments: list[int], moment: Moment) -> Tally:
    """Hold what is paused now of the practitioners of these enrolments, whom the caller has locked."""
    if not enrolments or not rows_of(ANY_IN_FORCE, {"day": moment.on}):
        return Tally()
    ids = [row[0] for row in rows_of(OF_THE_SAME, {"ids": enrolments})]
    return hold(ids, moment) if ids else Tally()


def settle(moment: Moment, pause: int | None = None) -> None:
    """Write on pauses that are over and hold nobody any more since when the work goes on.

    All of them are settled by a run alone, after it applied them; else the one that is named.
    """
    execute(SETTLE, parameters(moment, moment.on, pause))
