"""Open follow-ups that changed by the calendar or by the figures: missed, or resolved by usage.

Each change is asked twice: once to find candidates, whose enrolments are then locked, and again under
the lock, where the row is changed and the event written in one statement.
"""

from coaching.services.planner.exits import FIGURE
from coaching.services.planner.tally import Moment, Tally, row_of

EVIDENCE_OF_USAGE = f"""
JOIN coaching_playbookstep s ON s.id = f.step_id AND s.completion = 'usage'
JOIN LATERAL (
    SELECT m.month, {FIGURE} AS value
    FROM adoption_measurement m JOIN adoption_indicator i ON i.id = m.indicator_id
    WHERE m.indicator_id = s.usage_indicator_id AND m.practitioner_id = e.practitioner_id
      AND m.month >= coalesce(e.last_published + interval '1 month', date_trunc('month', e.enrolled_on))
      AND m.month <= %(on)s AND {FIGURE} >= s.usage_minimum
    ORDER BY m.month LIMIT 1
) AS usage ON true"""
"""The first month since the month of enrolment whose figure reaches what the step asks for; for who stopped
publishing the first one after the last that was known, which late figures may bring."""

USED = f"""
FROM coaching_followup f JOIN coaching_enrolment e ON e.id = f.enrolment_id
{EVIDENCE_OF_USAGE}
WHERE f.state IN ('planned', 'due', 'deferred') AND e.state IN ('live', 'paused')"""

MISSED = """
FROM coaching_followup f JOIN coaching_enrolment e ON e.id = f.enrolment_id
WHERE f.state IN ('planned', 'due') AND f.closes_on < %(on)s AND e.state = 'live'"""
"""What is deferred misses nothing: it was held back, and its window moves when it opens."""

CHANGE = """
WITH batch AS MATERIALIZED (SELECT * FROM unnest(%(ids)s::bigint[]) AS batch(id)),
found AS (
    SELECT f.id, f.state AS from_state, {evidence} AS evidence {candidates} AND e.id IN (SELECT id FROM batch)
),
changed AS (
    UPDATE coaching_followup f SET updated_at = %(at)s, {columns}
    FROM found WHERE f.id = found.id
    RETURNING f.id, f.enrolment_id, found.from_state, f.state, found.evidence
),
told AS (
    INSERT INTO coaching_followupevent (follow_up_id, kind, from_state, to_state, actor_id, at, reason, data)
    SELECT id, 'state', from_state, state, %(actor)s::bigint, %(at)s, '',
           evidence || %(run_data)s::jsonb
    FROM changed
)
SELECT count(*), array_agg(enrolment_id ORDER BY enrolment_id) FROM changed
"""

RESOLVE = CHANGE.format(
    candidates=USED,
    evidence="jsonb_build_object('usage', jsonb_build_object('month', usage.month, 'value', usage.value))",
    columns="state = 'done', outcome = 'done', done_on = %(on)s, resolved_by = 'usage', reason = f.reason || found.evidence",
)
MISS = CHANGE.format(
    candidates=MISSED,
    evidence="'{}'::jsonb",
    columns="state = 'missed', reason = f.reason || jsonb_build_object('ended_on', %(on)s::date)",
)


def resolve_by_usage(ids: list[int], moment: Moment) -> tuple[Tally, list[int]]:
    """Complete the usage steps that the figures show done; the enrolments that need a next step now."""
    count, enrolments = row_of(RESOLVE, {"ids": ids, **moment.parameters})
    return Tally(resolved_by_usage=count), enrolments or []


def miss(ids: list[int], moment: Moment) -> tuple[Tally, list[int]]:
    """Mark follow-ups whose window closed before today; the enrolments that need the step again."""
    count, enrolments = row_of(MISS, {"ids": ids, **moment.parameters})
    return Tally(missed=count), enrolments or []
