"""End enrolments: completed, or exited for a reason that is stored; and go on in the next playbook.

Ending an enrolment cancels its open follow-up, with an event, and closes its case where nothing else
goes on in it. A completed enrolment, and one whose usage was seen early, continues in the playbook
that its own names.
"""

from coaching.enums import CaseOutcome, ExitReason
from coaching.services.planner.tally import Moment, execute, row_of, rows_of

COMPLETED = ""
"""The reason of an enrolment that went through all its steps."""

OUTSIDE = (ExitReason.DO_NOT_CONTACT, ExitReason.INACTIVE)
"""Reasons that lie outside the way through the playbook. They give the edge (or the lapse)
back: when the reason is gone and the practitioner is still in the segment, the playbook enrols again, without
a cooldown."""

CONTINUING = (COMPLETED, ExitReason.USAGE_SEEN)

CASE_OUTCOMES = {
    ExitReason.GOAL_REACHED: CaseOutcome.GOAL_REACHED,
    ExitReason.REFUSED: CaseOutcome.REFUSED,
    ExitReason.INACTIVE: CaseOutcome.STOPPED_PRACTISING,
    ExitReason.MERGED: CaseOutcome.STOPPED_PRACTISING,
    ExitReason.SEGMENT_LEFT: CaseOutcome.HANDED_OVER,
    ExitReason.USAGE_SEEN: CaseOutcome.NO_LONGER_NEEDED,
    COMPLETED: CaseOutcome.NO_LONGER_NEEDED,
}
"""How the case closes when its last enrolment ends so; for other reasons it stays open, in its coach's sight."""

END = """
WITH ending AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(reasons)s::text[]) AS ending(id, reason)
),
ended AS (
    UPDATE coaching_enrolment e
    SET state = CASE ending.reason WHEN '' THEN 'completed' ELSE 'exited' END,
        exit_reason = ending.reason, ended_on = %(on)s, waiting_for = '',
        evidence = CASE WHEN ending.reason = ANY(%(outside)s) AND e.edge_id IS NOT NULL
                        THEN e.evidence || jsonb_build_object('edge_given_back', e.edge_id) ELSE e.evidence END,
        edge_id = CASE WHEN ending.reason = ANY(%(outside)s) THEN NULL ELSE e.edge_id END,
        last_published = CASE WHEN ending.reason = ANY(%(outside)s) THEN NULL ELSE e.last_published END
    FROM ending
    WHERE e.id = ending.id AND e.state IN ('live', 'waiting', 'paused')
    RETURNING e.id, ending.reason
),
let_go AS (
    UPDATE coaching_hold h SET released_on = greatest(h.held_on, %(on)s)
    FROM ended WHERE h.enrolment_id = ended.id AND h.released_on IS NULL
),
cancelled AS (
    UPDATE coaching_followup f
    SET state = 'cancelled', updated_at = %(at)s, reason = f.reason || jsonb_build_object('ended_on', %(on)s::date)
    FROM ended
    JOIN coaching_followup before ON before.enrolment_id = ended.id AND before.state IN ('planned', 'due', 'deferred')
    WHERE f.id = before.id
    RETURNING f.id, before.state AS from_state, ended.reason
),
told AS (
    INSERT INTO coaching_followupevent (follow_up_id, kind, from_state, to_state, actor_id, at, reason, data)
    SELECT id, 'state', from_state, 'cancelled', %(actor)s::bigint, %(at)s, '',
           jsonb_build_object('exit', reason) || %(run_data)s::jsonb
    FROM cancelled
)
SELECT array_agg(id ORDER BY id) FROM ended
"""

CLOSE_CASES = """
WITH closing AS (
    SELECT DISTINCT ON (e.case_id) e.case_id,
           CASE WHEN e.exit_reason IN ('', 'usage_seen') AND b.continues_in_id IS NOT NULL AND n.track <> c.track
                THEN 'handed_over' ELSE outcomes.outcome END AS outcome,
           e.exit_reason IN ('', 'usage_seen') AND n.track = c.track AS goes_on
    FROM unnest(%(ids)s::bigint[]) AS batch(id)
    JOIN coaching_enrolment e ON e.id = batch.id
    JOIN coaching_case c ON c.id = e.case_id AND c.state <> 'closed'
    JOIN coaching_playbook b ON b.id = e.playbook_id
    LEFT JOIN coaching_playbook n ON n.id = b.continues_in_id
    JOIN unnest(%(reasons)s::text[], %(outcomes)s::text[]) AS outcomes(reason, outcome) ON outcomes.reason = e.exit_reason
    WHERE NOT EXISTS (SELECT 1 FROM coaching_enrolment o
                      WHERE o.case_id = e.case_id AND o.state IN ('live', 'waiting', 'paused'))
    ORDER BY e.case_id, e.id DESC
),
closed AS (
    UPDATE coaching_case c
    SET state = 'closed', closed_at = %(at)s, closed_by_id = %(actor)s::bigint, outcome = closing.outcome,
        updated_at = %(at)s
    FROM closing WHERE c.id = closing.case_id AND c.state <> 'closed' AND closing.goes_on IS NOT TRUE
    RETURNING c.id
),
called_off AS (
    UPDATE coaching_visit v SET state = 'cancelled', updated_at = %(at)s
    FROM closed WHERE v.case_id = closed.id AND v.state = 'planned'
)
SELECT count(*) FROM closed
"""

CONTINUED = """
FROM unnest(%(ids)s::bigint[]) AS batch(id)
JOIN coaching_enrolment e ON e.id = batch.id
JOIN coaching_case c ON c.id = e.case_id
JOIN coaching_playbook b ON b.id = e.playbook_id
JOIN coaching_playbook n ON n.id = b.continues_in_id
JOIN coaching_playbookversion v ON v.playbook_id = n.id AND v.state = 'active'
{live}
WHERE e.exit_reason = ANY(%(continuing)s)
  AND EXISTS (SELECT 1 FROM coaching_playbookstep s WHERE s.version_id = v.id)
  AND NOT EXISTS (SELECT 1 FROM coaching_enrolment o
                  WHERE o.practitioner_id = e.practitioner_id AND o.playbook_id = n.id
                    AND o.state IN ('live', 'waiting', 'paused'))
"""

GOAL_VALUE = """
CASE WHEN v.goal_indicator_id IS NULL THEN NULL
     ELSE coalesce((SELECT t.minimum FROM adoption_premiumthreshold t
                    WHERE t.indicator_id = v.goal_indicator_id AND t.year = extract(year FROM %(on)s::date)),
                   v.goal_value) END
"""
"""The goal of a new case: the premium's threshold of the year where it is known, else the version's own."""

OPEN_CASES = f"""
INSERT INTO coaching_case (ref, practitioner_id, track, coach_id, goal_indicator_id, goal_value, goal_months, state,
    opened_at, opened_by_id, opened_because, outcome, created_at, updated_at)
SELECT gen_random_uuid(), e.practitioner_id, n.track,
       (SELECT k.id FROM coaching_coach k WHERE k.id = c.coach_id AND k.is_active AND n.track = ANY(k.tracks)),
       v.goal_indicator_id, {GOAL_VALUE}, v.goal_months, 'open', %(at)s, %(actor)s::bigint, '', '', %(at)s, %(at)s
{CONTINUED.format(live="")}
ORDER BY e.id
ON CONFLICT DO NOTHING
"""

LIVE_CASE = "JOIN coaching_case l ON l.practitioner_id = e.practitioner_id AND l.track = n.track AND l.state = 'open'"

ENROL = f"""
INSERT INTO coaching_enrolment (ref, case_id, practitioner_id, playbook_id, version_id, state, waiting_for,
    enrolled_on, enrolled_by_id, edge_id, segment, evidence, exit_reason, created_at)
SELECT gen_random_uuid(), l.id, e.practitioner_id, n.id, v.id, 'live', '', %(on)s, NULL, NULL, e.segment,
       (e.evidence - 'starts_on' - 'edge_given_back') || jsonb_build_object('continued_from', b.code), '', %(at)s
{CONTINUED.format(live=LIVE_CASE)}
ORDER BY e.id
ON CONFLICT DO NOTHING
RETURNING id
"""


def end(reasons: dict[int, str], moment: Moment) -> tuple[list[int], list[int]]:
    """End these enrolments (each with its reason), which are locked.

    Gives those that were ended, and the enrolments in which some of them continue: these have no
    follow-up yet.
    """
    if not reasons:
        return [], []
    parameters = {
        "ids": list(reasons),
        "reasons": [str(reason) for reason in reasons.values()],
        "outside": [str(reason) for reason in OUTSIDE],
        **moment.parameters,
    }
    (ended,) = row_of(END, parameters)
    if not ended:
        return [], []
    parameters |= {
        "ids": ended,
        "reasons": [str(reason) for reason in CASE_OUTCOMES],
        "outcomes": [str(outcome) for outcome in CASE_OUTCOMES.values()],
        "continuing": [str(reason) for reason in CONTINUING],
    }
    row_of(CLOSE_CASES, parameters)
    if not any(reasons[enrolment] in CONTINUING for enrolment in ended):
        return ended, []
    execute(OPEN_CASES, parameters)
    return ended, [row[0] for row in rows_of(ENROL, parameters)]
