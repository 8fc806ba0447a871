"""Enrol practitioners on the edge: when their working segment becomes one that a playbook serves.

An edge is the segmentation run in which a practitioner came into the segment. It enrols once. Somebody
who may not be contacted or doesn't practise isn't enrolled now and stays eligible; so does somebody whose
playbook is still cooling down. Who is paused is enrolled and held. An edge that comes while the
playbook is under way is that enrolment's: it doesn't enrol again afterwards.
"""

from coaching.enums import ExitReason
from coaching.services.planner.endings import GOAL_VALUE
from coaching.services.planner.exits import NOT_CONTACTABLE
from coaching.services.planner.tally import Moment, execute, rows_of

SERVED = """
FROM adoption_schemeversion w
JOIN adoption_segmentationscheme h ON h.id = w.scheme_id
CROSS JOIN coaching_playbook b
CROSS JOIN LATERAL (
    SELECT DISTINCT unnest(
        b.segments || CASE WHEN h.kind IN ('rogers', 'valente') THEN b.time_based_segments ELSE '{{}}' END
    ) AS segment
) AS served
JOIN adoption_segmentassignment a ON a.version_id = w.id AND a.segment = served.segment AND a.ended_by_id IS NULL
"""
"""Practitioners in a segment of the working version that a playbook serves."""

ELIGIBLE = f"""
{SERVED}
JOIN coaching_playbookversion v ON v.playbook_id = b.id AND v.state = 'active'
JOIN practitioners_practitioner p ON p.id = a.practitioner_id
JOIN adoption_segmentationrun r ON r.id = a.first_run_id AND r.state = 'done'
{{joins}}
WHERE w.is_working AND p.status = 'active' AND p.merged_into_id IS NULL AND NOT {NOT_CONTACTABLE}
  AND EXISTS (SELECT 1 FROM coaching_playbookstep s WHERE s.version_id = v.id)
  AND NOT EXISTS (
      SELECT 1 FROM coaching_enrolment o
      WHERE o.practitioner_id = p.id AND o.playbook_id = b.id
        AND (o.edge_id = a.entered_by_id
             OR o.ended_on IS NULL
             OR o.exit_reason <> ALL(%(without_cooldown)s) AND o.ended_on + b.cooldown_days > %(on)s))
"""

CANDIDATES = f"""
WITH fresh AS MATERIALIZED (
    SELECT a.practitioner_id {SERVED.format()}
    WHERE w.is_working AND NOT EXISTS (
        SELECT 1 FROM coaching_enrolment o
        WHERE o.practitioner_id = a.practitioner_id AND o.playbook_id = b.id AND o.edge_id = a.entered_by_id)
)
SELECT p.id {ELIGIBLE.format(joins="JOIN fresh ON fresh.practitioner_id = p.id")}
"""
"""On most nights nearly every edge has enrolled: those are left out first."""

BATCH = "batch AS MATERIALIZED (SELECT * FROM unnest(%(ids)s::bigint[]) AS batch(id))"
WITH_COACH = """
JOIN batch ON batch.id = p.id
LEFT JOIN coached ON coached.practitioner_id = p.id AND coached.track = b.track"""
WITH_CASE = """
JOIN batch ON batch.id = p.id
JOIN coaching_case c ON c.practitioner_id = p.id AND c.track = b.track AND c.state = 'open'
LEFT JOIN pending ON pending.practitioner_id = p.id"""


OPEN_CASES = f"""
WITH {BATCH},
coached AS MATERIALIZED (
    SELECT DISTINCT ON (c.practitioner_id, kind.track) c.practitioner_id, kind.track, k.id AS coach_id
    FROM batch JOIN coaching_case c ON c.practitioner_id = batch.id AND c.state <> 'closed'
    JOIN coaching_coach k ON k.id = c.coach_id AND k.is_active, unnest(k.tracks) AS kind(track)
    ORDER BY c.practitioner_id, kind.track, c.id DESC
)
INSERT INTO coaching_case (ref, practitioner_id, track, coach_id, goal_indicator_id, goal_value, goal_months, state,
    opened_at, opened_by_id, opened_because, outcome, created_at, updated_at)
SELECT gen_random_uuid(), p.id, b.track, coached.coach_id,
       v.goal_indicator_id, {GOAL_VALUE}, v.goal_months, 'open', %(at)s, NULL, '', '', %(at)s, %(at)s
{ELIGIBLE.format(joins=WITH_COACH)}
ORDER BY p.id
ON CONFLICT DO NOTHING
"""

ENROL = f"""
WITH {BATCH},
pending AS MATERIALIZED (
    SELECT f.practitioner_id, max(f.target_on) AS target_on
    FROM batch JOIN coaching_followup f ON f.practitioner_id = batch.id
    WHERE f.state IN ('planned', 'due', 'deferred') AND f.target_on > %(on)s
    GROUP BY 1
)
INSERT INTO coaching_enrolment (ref, case_id, practitioner_id, playbook_id, version_id, state, waiting_for,
    enrolled_on, enrolled_by_id, edge_id, segment, evidence, exit_reason, created_at)
SELECT gen_random_uuid(), c.id, p.id, b.id, v.id, 'live', '', %(on)s, NULL, a.entered_by_id, a.segment,
       jsonb_build_object('segment', a.evidence) || jsonb_strip_nulls(jsonb_build_object(
           'as_of', r.as_of, 'scheme', h.code, 'version', w.number, 'run', r.id,
           'previous_segment', nullif(a.previous_segment, ''), 'starts_on', pending.target_on)),
       '', %(at)s
{ELIGIBLE.format(joins=WITH_CASE)}
ORDER BY p.id
ON CONFLICT DO NOTHING
RETURNING id
"""
"""Where another playbook has a contact pending, one begun by hand too, the first delay runs from that day: contacts don't bunch."""

LEFT_BEHIND = f"""
WITH {BATCH}
SELECT o.id FROM batch JOIN coaching_enrolment n ON n.id = batch.id
JOIN coaching_enrolment o ON o.practitioner_id = n.practitioner_id AND o.playbook_id <> n.playbook_id
WHERE o.state IN ('live', 'waiting', 'paused') AND o.enrolled_by_id IS NULL
  AND NOT EXISTS (SELECT 1 {SERVED.format()} WHERE w.is_working AND a.practitioner_id = o.practitioner_id AND b.id = o.playbook_id)
ORDER BY o.id FOR NO KEY UPDATE OF o
"""

ABSORB = f"""
UPDATE coaching_enrolment e SET edge_id = x.edge_id
FROM (
    SELECT e.id, a.entered_by_id AS edge_id
    {SERVED.format()}
    JOIN coaching_enrolment e ON e.practitioner_id = a.practitioner_id AND e.playbook_id = b.id AND e.ended_on IS NULL
    WHERE w.is_working AND e.edge_id IS DISTINCT FROM a.entered_by_id
      AND NOT EXISTS (SELECT 1 FROM coaching_enrolment o WHERE o.practitioner_id = e.practitioner_id
                        AND o.playbook_id = e.playbook_id AND o.edge_id = a.entered_by_id)
    ORDER BY e.id
    FOR NO KEY UPDATE OF e
) AS x
WHERE e.id = x.id AND e.ended_on IS NULL
"""

WITHOUT_COOLDOWN = [
    str(reason) for reason in (ExitReason.DO_NOT_CONTACT, ExitReason.INACTIVE, ExitReason.SOFTWARE_BLOCKER)
]


def parameters(moment: Moment) -> dict[str, object]:
    """What the statements of this module are given."""
    return {"without_cooldown": WITHOUT_COOLDOWN, **moment.parameters}


def absorb_edges(moment: Moment) -> int:
    """Note the edges that came while their playbook was under way."""
    return execute(ABSORB, parameters(moment))


def enrol(practitioners: list[int], moment: Moment) -> tuple[list[int], dict[int, str]]:
    """Enrol these practitioners, who are locked, in what their segment is served by; open cases where none is live.

    Gives the new enrolments, and the older ones (now locked) that end because the practitioner left their segment.
    """
    given = {"ids": practitioners, **parameters(moment)}
    execute(OPEN_CASES, given)
    begun = rows_of(ENROL, given)
    if not begun:
        return [], {}
    left = rows_of(LEFT_BEHIND, {"ids": [row[0] for row in begun]})
    return [row[0] for row in begun], {row[0]: str(ExitReason.SEGMENT_LEFT) for row in left}
