"""Make the next follow-up of each enrolment that has none open: one statement for any number of them.

The route from the last follow-up decides what is next:

- `first`: the playbook's first step; `next`: the step after the one that was done, skipped or cancelled.
- `retry`, `channel`: nobody answered, so the same step again, on its next channel once the retries are used up.
- `later`: the same step on the day that the practitioner asked for.
- `missed`: the window closed without a contact, so the same step again from today, so that nobody is forgotten.
- `again`: the step's anchor was withdrawn before, so the same step again once the anchor is told.
- `repeat`: a step that repeats until the case's goal is held.

The day it counts from is the step's anchor for first, next, again and repeat, and the day of the attempt, of the
miss or the asked one for the others. A missing anchor makes the enrolment wait, visibly.

Who was moved to another version of the playbook stands there at the step of the same code as the last one, or
after the nearest earlier one that the new version has too; a follow-up that the move replaced never was.
"""

from dataclasses import dataclass

import structlog

from coaching.services.planner import dating
from coaching.services.planner.tally import Moment, Tally, row_of

logger = structlog.get_logger(__name__)

LAST_CONTACT = """
(SELECT max(met.day) FROM (
    SELECT (max(w.started_at) AT TIME ZONE 'Europe/Brussels')::date AS day FROM coaching_visit w
    WHERE w.practitioner_id = {practitioner} AND w.state = 'done' AND w.outcome <> 'no_answer'
    UNION ALL
    SELECT max(d.done_on) FROM coaching_followup d
    WHERE d.practitioner_id = {practitioner} AND d.state = 'done' AND d.resolved_by = 'person'
      AND d.outcome <> 'no_answer' AND d.channel <> 'figures_check'
) AS met)"""
"""The last day on which somebody reached the practitioner: by a contact logged, or a follow-up completed by a person."""

TOLD_DAY = """
(SELECT max(told.day) FROM coaching_anchorday told
 WHERE told.practitioner_id = {practitioner} AND told.anchor = {anchor})"""
"""The latest of the days that were told for an anchor."""

AGAIN = "{follow_up}.state = 'cancelled' AND {follow_up}.reason ? 'withdrawn'"
"""Cancelled because its anchor was withdrawn: the same step waits for the anchor again."""

AT_WORK = """
(SELECT k.id FROM coaching_coach k JOIN accounts_user u ON u.id = k.user_id
 WHERE k.id = {coach} AND k.is_active AND u.is_active)"""
"""A coach who is still there; nobody instead of one who left."""

CHOSEN = f"""
batch AS (SELECT * FROM unnest(%(ids)s::bigint[]) AS batch(id)),
lasts AS MATERIALIZED (
    SELECT DISTINCT ON (f.enrolment_id) f.* FROM batch JOIN coaching_followup f ON f.enrolment_id = batch.id
    WHERE f.reason -> 'migrated' IS NULL
    ORDER BY f.enrolment_id, f.id DESC
),
standing AS (
    SELECT e.id AS enrolment_id, e.practitioner_id, e.version_id, e.case_id, e.state AS enrolment_state, e.waiting_for,
           coalesce((e.evidence ->> 'starts_on')::date, e.enrolled_on) AS starts_on,
           s.id AS last_step_id, CASE WHEN passed.version_id = e.version_id THEN last.occurrence ELSE 0 END AS occurrence,
           last.channel AS last_channel,
           {AT_WORK.format(coach="last.assignee_id")} AS last_assignee_id, last.target_on AS last_target_on,
           coalesce(last.done_on, (last.reason ->> 'ended_on')::date) AS last_ended_on,
           (last.reason ->> 'later_on')::date AS later_on,
           coalesce((last.reason ->> 'attempt')::integer, 1) AS attempt,
           CASE
               WHEN last.id IS NULL THEN 'first'
               WHEN s.code IS DISTINCT FROM passed.code THEN 'next'
               WHEN last.state = 'missed' THEN 'missed'
               WHEN {AGAIN.format(follow_up="last")} THEN 'again'
               WHEN last.outcome = 'wants_later' THEN 'later'
               WHEN last.outcome = 'no_answer' AND coalesce((last.reason ->> 'attempt')::integer, 1) <= s.retries
                   THEN 'retry'
               WHEN last.outcome = 'no_answer' AND s.next_channel <> '' AND s.next_channel <> last.channel
                   THEN 'channel'
               WHEN last.state = 'done' AND s.repeats_until_goal
                    AND coalesce(c.goal_indicator_id, v.goal_indicator_id) IS NOT NULL THEN 'repeat'
               ELSE 'next'
           END AS route,
           {AT_WORK.format(coach="c.coach_id")} AS coach_id
    FROM batch
    JOIN coaching_enrolment e ON e.id = batch.id AND e.state IN ('live', 'waiting')
    JOIN coaching_case c ON c.id = e.case_id AND c.state = 'open'
    JOIN coaching_playbookversion v ON v.id = e.version_id
    LEFT JOIN lasts last ON last.enrolment_id = e.id
    LEFT JOIN coaching_playbookstep passed ON passed.id = last.step_id
    LEFT JOIN coaching_playbookstep s ON s.id = CASE WHEN passed.version_id = e.version_id THEN passed.id ELSE (
        SELECT now.id FROM coaching_playbookstep was
        JOIN coaching_playbookstep now ON now.version_id = e.version_id AND now.code = was.code
        WHERE was.version_id = passed.version_id AND was.position <= passed.position
        ORDER BY was.position DESC LIMIT 1) END
    WHERE last.id IS NULL OR last.state NOT IN ('planned', 'due', 'deferred')
),
successor AS (
    SELECT version_id, id AS step_id, lead(id) OVER (PARTITION BY version_id ORDER BY position) AS next_id
    FROM coaching_playbookstep
    UNION ALL
    (SELECT DISTINCT ON (version_id) version_id, 0, id FROM coaching_playbookstep ORDER BY version_id, position)
),
chosen AS (
    SELECT t.*, n.id AS step_id,
           CASE t.route WHEN 'channel' THEN n.next_channel
                        WHEN 'first' THEN n.channel WHEN 'next' THEN n.channel WHEN 'repeat' THEN n.channel
                        WHEN 'again' THEN n.channel ELSE t.last_channel END AS channel,
           CASE WHEN t.route IN ('first', 'next') THEN 1 ELSE t.occurrence + 1 END AS next_occurrence,
           CASE t.route WHEN 'retry' THEN t.attempt + 1 WHEN 'missed' THEN t.attempt ELSE 1 END AS next_attempt,
           CASE t.route WHEN 'retry' THEN 'no_answer' WHEN 'channel' THEN 'no_answer'
                        WHEN 'missed' THEN 'missed' WHEN 'later' THEN 'asked'
                        ELSE n.anchor END AS anchor,
           CASE
               WHEN t.route IN ('retry', 'channel') THEN t.last_ended_on
               WHEN t.route = 'missed' THEN %(on)s::date
               WHEN t.route = 'later' THEN t.later_on
               WHEN n.anchor = 'enrolled' THEN t.starts_on
               WHEN n.anchor = 'previous_done' THEN t.last_ended_on
               WHEN n.anchor = 'previous_target' THEN t.last_target_on
               WHEN n.anchor = 'last_contact' THEN {LAST_CONTACT.format(practitioner="t.practitioner_id")}
               ELSE {TOLD_DAY.format(practitioner="t.practitioner_id", anchor="n.anchor")}
           END AS anchor_on,
           CASE
               WHEN t.route IN ('retry', 'channel') THEN %(retry_delay)s::integer
               WHEN t.route = 'missed' AND n.completion = 'person' THEN %(retry_delay)s::integer
               WHEN t.route = 'later' THEN 0
               ELSE n.delay
           END AS delay,
           CASE WHEN t.route IN ('retry', 'channel', 'later') OR t.route = 'missed' AND n.completion = 'person'
                THEN 'working_days' ELSE n.unit END AS unit,
           CASE
               WHEN t.route IN ('retry', 'channel') THEN %(retry_delay)s::integer - 1
               WHEN t.route = 'missed' AND n.completion = 'person' THEN %(retry_delay)s::integer
               WHEN t.route = 'later' THEN 0
               ELSE n.opens_before
           END AS opens_before,
           n.closes_after, n.roll,
           CASE WHEN t.route NOT IN ('first', 'next', 'repeat', 'again') THEN coalesce(t.last_assignee_id, t.coach_id)
                WHEN n.assignee = 'case_coach' THEN t.coach_id END AS assignee_id
    FROM standing t
    LEFT JOIN successor x ON x.version_id = t.version_id
        AND x.step_id = CASE t.route WHEN 'next' THEN coalesce(t.last_step_id, 0) ELSE 0 END AND t.route IN ('first', 'next')
    LEFT JOIN coaching_playbookstep n
        ON n.id = CASE WHEN t.route IN ('first', 'next') THEN x.next_id ELSE t.last_step_id END
),
specified AS MATERIALIZED (
    SELECT c.*, {dating.COACH_KEY} AS coach_key, {dating.PLACE_KEY} AS place_key
    FROM chosen c
    {dating.CONCERNS.format(assignee="c.assignee_id", practitioner="c.practitioner_id", channel="c.channel")}
    WHERE c.step_id IS NOT NULL AND c.anchor_on IS NOT NULL
),
wanted AS MATERIALIZED (
    SELECT row_number() OVER () AS key, spec.* FROM (
        SELECT DISTINCT step_id, route, anchor, anchor_on, anchor_on AS floor_on, delay, unit, opens_before,
                        closes_after, roll, next_attempt, coach_key, place_key
        FROM specified
    ) AS spec
),
"""

MADE = """,
phrased AS MATERIALIZED (
    SELECT w.*, d.opens_on, d.target_on, d.closes_on,
           jsonb_strip_nulls(jsonb_build_object(
               'route', w.route, 'anchor', w.anchor, 'anchor_on', w.anchor_on, 'delay', w.delay, 'unit', w.unit,
               'roll', w.roll, 'rolled_from', nullif(d.before_roll, d.target_on), 'attempt', w.next_attempt,
               'planned_on', %(on)s::date, 'days_off', d.days_off, 'without', d.without
           )) AS reason
    FROM wanted w JOIN dated d ON d.key = w.key
    LIMIT %(most)s
),
made AS (
    INSERT INTO coaching_followup (enrolment_id, step_id, occurrence, practitioner_id, channel, state,
        opens_on, target_on, closes_on, assignee_id, reason, is_frozen, outcome, done_on, resolved_by,
        created_at, updated_at)
    SELECT c.enrolment_id, c.step_id, c.next_occurrence, c.practitioner_id, c.channel,
           CASE WHEN d.closes_on < %(on)s THEN 'missed' ELSE 'planned' END,
           d.opens_on, d.target_on, d.closes_on, c.assignee_id,
           CASE WHEN d.closes_on < %(on)s THEN d.reason || jsonb_build_object('ended_on', %(on)s::date)
                ELSE d.reason END,
           false, '', NULL, '', %(at)s, %(at)s
    FROM specified c
    JOIN phrased d ON d.step_id = c.step_id AND d.route = c.route AND d.anchor_on = c.anchor_on
        AND d.next_attempt = c.next_attempt AND d.coach_key = c.coach_key AND d.place_key = c.place_key
    ORDER BY c.enrolment_id
    ON CONFLICT DO NOTHING
    RETURNING id, enrolment_id, state
),
told AS (
    INSERT INTO coaching_followupevent (follow_up_id, kind, from_state, to_state, actor_id, at, reason, data)
    SELECT id, 'planned', '', state, %(actor)s::bigint, %(at)s, '', %(run_data)s::jsonb
    FROM made
),
woken AS (
    UPDATE coaching_enrolment e SET state = 'live', waiting_for = ''
    FROM made WHERE e.id = made.enrolment_id AND e.state = 'waiting'
),
waiting AS (
    UPDATE coaching_enrolment e SET state = 'waiting', waiting_for = c.anchor
    FROM chosen c
    WHERE e.id = c.enrolment_id AND c.step_id IS NOT NULL AND c.anchor_on IS NULL
      AND (e.state, e.waiting_for) IS DISTINCT FROM ('waiting', c.anchor)
    RETURNING e.id
)
SELECT (SELECT count(*) FROM made),
       (SELECT array_agg(enrolment_id ORDER BY enrolment_id) FROM made WHERE state = 'missed'),
       (SELECT count(*) FROM waiting),
       (SELECT array_agg(enrolment_id ORDER BY enrolment_id) FROM chosen WHERE step_id IS NULL),
       (SELECT array_agg(DISTINCT w.anchor_on::text) FROM wanted w
        WHERE NOT EXISTS (SELECT 1 FROM phrased d WHERE d.key = w.key))
"""


@dataclass
class Planned:
    """What one statement made, and whom it leaves for the next: those missed at once, and those at the end."""

    tally: Tally
    again: list[int]
    finished: list[int]


def plan_next(ids: list[int], moment: Moment) -> Planned:
    """Make the next follow-up of these enrolments, which are locked; those with an open one are left alone."""
    sql = f"WITH {dating.basis(moment.calendar)},{CHOSEN}{dating.DATING}{MADE}"
    given = {"ids": ids, **dating.parameters(moment.calendar, len(ids)), **moment.parameters}
    made, missed, waiting, finished, outside = row_of(sql, given)
    if outside:
        logger.error("planner_days_outside_calendar", days=outside)
    return Planned(Tally(made=made, missed=len(missed or []), waiting=waiting), missed or [], finished or [])
