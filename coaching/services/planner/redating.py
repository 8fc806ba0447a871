"""Move open, untouched follow-ups whose anchor moved, or whose best day doesn't work any more.

- The anchor moved (a later contact, a moved start of a wave, a corrected day of completion): the delay is
  counted anew from there. What was opened too early then is planned again.
- The anchor was withdrawn: the follow-up is cancelled, and the enrolment waits for the anchor again.
- The best day, today or later, became a day off (an absence, a team day, a closing day recorded since): the
  delay is counted anew in the days as they are now, and never ends earlier than the next day that works. What
  is open stays open.

Nothing else is touched: not what is done, started, moved by hand or held by a pause. A day that a pause or
a contact budget put off is not taken back: it moves on from where it is.
"""

import datetime as dt
from array import array

from coaching.models import PlannerRun
from coaching.services.planner import dating
from coaching.services.planner.steps import LAST_CONTACT, TOLD_DAY
from coaching.services.planner.tally import Moment, Tally, ids_of, row_of

ENDED_ON = "coalesce({previous}.done_on, ({previous}.reason ->> 'ended_on')::date)"

UNTOUCHED = """
f.state IN ('planned', 'due', 'deferred') AND NOT f.is_frozen AND f.reason ->> 'anchor_on' IS NOT NULL
AND NOT f.reason ? 'paused'"""

ROLLED = "NOT (f.reason ->> 'roll' = 'none' AND (f.reason ->> 'unit' = 'calendar_days' OR f.reason ->> 'delay' = '0'))"
"""A best day that stays on a day off, as its step says, needn't move."""

ANCHORED_ELSEWHERE = f"""
WITH anchored AS MATERIALIZED (
    SELECT id, anchor FROM coaching_playbookstep WHERE anchor IN ('last_contact', 'session_attended', 'wave_start')
)
SELECT f.enrolment_id FROM anchored s
JOIN coaching_followup f ON f.step_id = s.id AND {UNTOUCHED} AND f.reason ->> 'anchor' = s.anchor
WHERE (f.reason ->> 'anchor_on')::date IS DISTINCT FROM CASE s.anchor
    WHEN 'last_contact' THEN {LAST_CONTACT.format(practitioner="f.practitioner_id")}
    ELSE {TOLD_DAY.format(practitioner="f.practitioner_id", anchor="s.anchor")} END"""
"""Follow-ups of steps that count from a contact or a told day which is another one by now."""

COMPLETED_OTHERWISE = f"""
SELECT f.enrolment_id FROM coaching_followup p
JOIN coaching_followup f ON f.enrolment_id = p.enrolment_id AND f.id > p.id AND {UNTOUCHED}
WHERE p.updated_at >= %(since)s::date AND p.state IN ('done', 'skipped', 'cancelled')
  AND f.reason ->> 'anchor' IN ('previous_done', 'no_answer')
  AND (f.reason ->> 'anchor_on')::date <> {ENDED_ON.format(previous="p")}"""
"""Follow-ups before which something changed since the last run: completed on another day than was said."""

SPECIAL = """
SELECT organisation_id FROM coaching_practiceclosure UNION SELECT organisation_id FROM coaching_visitinghours"""

DAY_OFF = f"""
SELECT f.enrolment_id FROM coaching_teamday d
JOIN coaching_followup f ON f.target_on = d.day AND {UNTOUCHED} AND {ROLLED}
WHERE d.day >= %(on)s
UNION ALL
SELECT f.enrolment_id FROM coaching_absence a
JOIN coaching_followup f ON f.assignee_id = a.coach_id
    AND f.target_on BETWEEN greatest(a.first_day, %(on)s) AND a.last_day AND {UNTOUCHED} AND {ROLLED}
WHERE a.last_day >= %(on)s AND NOT f.reason ? 'without'
UNION ALL
SELECT f.enrolment_id FROM ({SPECIAL}) AS special(id)
JOIN practitioners_affiliation m ON m.organisation_id = special.id AND m.is_primary AND m.until IS NULL
JOIN coaching_followup f ON f.practitioner_id = m.practitioner_id AND f.channel = ANY(%(on_site)s::text[])
    AND f.target_on >= %(on)s AND {UNTOUCHED} AND {ROLLED}
WHERE NOT f.reason ? 'without' AND (
    EXISTS (SELECT 1 FROM coaching_practiceclosure shut
            WHERE shut.organisation_id = special.id
              AND (shut.weekday = extract(isodow FROM f.target_on)::integer - 1
                   OR f.target_on BETWEEN shut.first_day AND shut.last_day))
    OR EXISTS (SELECT 1 FROM coaching_visitinghours h WHERE h.organisation_id = special.id)
       AND NOT EXISTS (SELECT 1 FROM coaching_visitinghours h WHERE h.organisation_id = special.id
                         AND h.weekday = extract(isodow FROM f.target_on)::integer - 1))"""
"""Follow-ups whose best day fell on a day off of the team, the coach or the practice; asked again under the lock."""

FOUND = f"""
batch AS MATERIALIZED (SELECT * FROM unnest(%(ids)s::bigint[]) AS batch(id)),
standing AS MATERIALIZED (
    SELECT f.id, f.enrolment_id, f.state, f.opens_on, f.target_on, f.closes_on, f.reason, f.reason ->> 'anchor' AS anchor,
           (f.reason ->> 'anchor_on')::date AS anchor_on,
           CASE f.reason ->> 'anchor'
               WHEN 'previous_done' THEN coalesce(previous.ended_on, (f.reason ->> 'anchor_on')::date)
               WHEN 'no_answer' THEN coalesce(previous.ended_on, (f.reason ->> 'anchor_on')::date)
               WHEN 'last_contact' THEN {LAST_CONTACT.format(practitioner="f.practitioner_id")}
               WHEN 'session_attended' THEN {TOLD_DAY.format(practitioner="f.practitioner_id", anchor="'session_attended'")}
               WHEN 'wave_start' THEN {TOLD_DAY.format(practitioner="f.practitioner_id", anchor="'wave_start'")}
               ELSE (f.reason ->> 'anchor_on')::date
           END AS moved_to,
           (f.reason -> 'resumed' ->> 'on')::date AS resumed_on,
           coalesce((f.reason ->> 'delay')::integer, 0) AS delay, f.reason ->> 'unit' AS unit, f.reason ->> 'roll' AS roll,
           CASE WHEN f.reason ->> 'route' IN ('retry', 'channel') THEN %(retry_delay)s::integer - 1
                WHEN f.reason ->> 'route' = 'missed' AND s.completion = 'person' THEN %(retry_delay)s::integer
                WHEN f.reason ->> 'route' = 'later' THEN 0
                ELSE s.opens_before END AS opens_before,
           s.closes_after, {ROLLED} AS is_rolled,
           {dating.COACH_KEY} AS coach_key, {dating.PLACE_KEY} AS place_key
    FROM batch
    JOIN coaching_enrolment e ON e.id = batch.id AND e.state = 'live'
    JOIN coaching_case c ON c.id = e.case_id AND c.state = 'open'
    JOIN coaching_followup f ON f.enrolment_id = e.id AND {UNTOUCHED}
    JOIN coaching_playbookstep s ON s.id = f.step_id
    LEFT JOIN LATERAL (
        SELECT {ENDED_ON.format(previous="p")} AS ended_on FROM coaching_followup p
        WHERE p.enrolment_id = e.id AND p.id < f.id AND p.reason -> 'migrated' IS NULL
        ORDER BY p.id DESC LIMIT 1
    ) AS previous ON f.reason ->> 'anchor' IN ('previous_done', 'no_answer')
    {dating.CONCERNS.format(assignee="f.assignee_id", practitioner="f.practitioner_id", channel="f.channel")}
),
{dating.PLACES.format(name="present_places", wanted="standing")},
concerned AS MATERIALIZED (
    SELECT t.*, CASE
               WHEN t.moved_to IS NULL THEN 'withdrawn'
               WHEN t.moved_to <> t.anchor_on THEN 'anchor'
               WHEN t.target_on < %(on)s OR t.target_on > b.last OR NOT t.is_rolled THEN NULL
               WHEN get_byte(b.free, t.target_on - b.first) = 0 THEN 'team'
               WHEN coalesce(get_byte(k.free, t.target_on - b.first), 3) = 0 THEN 'absence'
               WHEN {dating.FREE.format(day="t.target_on")} = 0 THEN 'practice'
           END AS why
    FROM standing t
    {dating.CONCERNED.format(of="t", places="present_places")}
),
wanted AS MATERIALIZED (
    SELECT t.id * 2 AS key, t.moved_to AS anchor_on, t.moved_to AS floor_on, t.delay, t.unit, t.roll, t.opens_before,
           t.closes_after, t.coach_key, t.place_key
    FROM concerned t WHERE t.why <> 'withdrawn'
    UNION ALL
    SELECT t.id * 2 + 1, t.target_on, t.opens_on, 0, 'calendar_days',
           CASE t.roll WHEN 'previous' THEN 'previous' ELSE 'next' END, t.opens_before, t.closes_after,
           t.coach_key, t.place_key
    FROM concerned t WHERE t.why IN ('team', 'absence', 'practice')
),
"""

MOVED = """,
found AS MATERIALIZED (
    SELECT DISTINCT ON (t.id) t.id, t.enrolment_id, t.state AS from_state, t.why, t.anchor, t.anchor_on, t.moved_to,
           t.opens_on AS was_opening, t.target_on AS was_target, t.closes_on AS was_closing,
           CASE WHEN t.why <> 'anchor' AND t.opens_on <= %(on)s THEN t.opens_on ELSE d.opens_on END AS opens_on,
           d.target_on, greatest(d.closes_on, d.target_on) AS closes_on, d.before_roll, d.days_off, d.without,
           t.why = 'anchor' AND d.target_on < t.resumed_on AS stays
    FROM concerned t JOIN dated d ON d.key IN (t.id * 2, t.id * 2 + 1)
    ORDER BY t.id, d.target_on DESC, d.key
),
changed AS (
    UPDATE coaching_followup f
    SET state = CASE WHEN n.why = 'anchor' AND n.opens_on > %(on)s THEN 'planned' ELSE f.state END,
        opens_on = n.opens_on, target_on = n.target_on, closes_on = n.closes_on, updated_at = %(at)s,
        reason = f.reason - 'rolled_from' - 'days_off' - 'without'
            - CASE WHEN n.why = 'anchor' AND n.opens_on > %(on)s THEN 'deferred' ELSE '' END
            || jsonb_strip_nulls(jsonb_build_object(
                'anchor_on', n.moved_to, 'rolled_from', nullif(n.before_roll, n.target_on),
                'days_off', n.days_off, 'without', n.without,
                'moved', jsonb_build_object(
                    'why', n.why, 'on', %(on)s::date, 'from', n.was_target, 'anchor_from', nullif(n.anchor_on, n.moved_to))))
    FROM found n
    WHERE f.id = n.id AND NOT n.stays IS TRUE
      AND (n.why = 'anchor' OR n.target_on >= %(on)s AND n.target_on <> n.was_target)
    RETURNING f.id, f.enrolment_id, n.from_state, f.state, n.why, n.anchor, n.anchor_on, n.moved_to,
              n.was_opening, n.was_target, n.was_closing, f.opens_on, f.target_on, f.closes_on
),
kept AS (
    UPDATE coaching_followup f SET reason = f.reason || jsonb_build_object('anchor_on', n.moved_to), updated_at = %(at)s
    FROM found n WHERE f.id = n.id AND n.stays
),
cancelled AS (
    UPDATE coaching_followup f
    SET state = 'cancelled', updated_at = %(at)s,
        reason = f.reason || jsonb_build_object('withdrawn', n.anchor, 'ended_on', %(on)s::date)
    FROM concerned n WHERE f.id = n.id AND n.why = 'withdrawn'
    RETURNING f.id, f.enrolment_id, n.state AS from_state, n.anchor, n.anchor_on
),
waiting AS (
    UPDATE coaching_enrolment e SET state = 'waiting', waiting_for = n.anchor
    FROM cancelled n WHERE e.id = n.enrolment_id
),
told AS (
    INSERT INTO coaching_followupevent (follow_up_id, kind, from_state, to_state, actor_id, at, reason, data)
    SELECT id, 'moved', from_state, state, %(actor)s::bigint, %(at)s, '',
           jsonb_build_object(
               'why', why,
               'from', jsonb_build_object('opens_on', was_opening, 'target_on', was_target, 'closes_on', was_closing),
               'to', jsonb_build_object('opens_on', opens_on, 'target_on', target_on, 'closes_on', closes_on))
           || CASE WHEN why = 'anchor' THEN jsonb_build_object(
                  'anchor', anchor, 'anchor_from', anchor_on, 'anchor_to', moved_to) ELSE '{}' END
           || %(run_data)s::jsonb
    FROM changed
    UNION ALL
    SELECT id, 'state', from_state, 'cancelled', %(actor)s::bigint, %(at)s, '',
           jsonb_build_object('withdrawn', anchor, 'anchor_from', anchor_on) || %(run_data)s::jsonb
    FROM cancelled
)
SELECT (SELECT count(*) FROM changed), (SELECT count(*) FROM cancelled)
"""


def candidates(moment: Moment) -> "array[int]":
    """The enrolments whose open follow-up may have to move, found from what moves follow-ups."""
    last = PlannerRun.objects.filter(finished_at__isnull=False, planned_for__lte=moment.on)
    day = last.order_by("-planned_for").values_list("planned_for", flat=True).first()
    given = moment.parameters | {
        "since": day - dt.timedelta(days=1) if day is not None else dt.date.min,
        "on_site": dating.on_site(),
    }
    return ids_of(f"({ANCHORED_ELSEWHERE}) UNION ALL ({COMPLETED_OTHERWISE}) UNION ALL ({DAY_OFF})", given)


def move(ids: list[int], moment: Moment) -> Tally:
    """Move what has to move of these enrolments, whose practitioners are locked; a second time changes nothing."""
    sql = f"WITH {dating.basis(moment.calendar)},{FOUND}{dating.DATING}{MOVED}"
    given = {"ids": ids, **dating.parameters(moment.calendar, 2 * len(ids)), **moment.parameters}
    moved, withdrawn = row_of(sql, given)
    return Tally(moved=moved, waiting=withdrawn)
