"""Which enrolments must end, asked when planning and again under the row lock before acting.

The first reason that holds is stored: merged, no longer practising, not to be contacted, case closed,
goal reached, usage seen. Who is paused is asked too.

- Goal reached: the case's goal (the version's, where the case has none) is met in each of the last
  `goal_months` months of figures, which follow each other and reach into the enrolment. A month without
  a denominator isn't met.
- Usage seen: the playbook's usage step lies still ahead, and the figures since the month of enrolment
  show it done already; who is at that step has it resolved instead.
"""

from coaching.services.planner.tally import Moment, rows_of

NOT_CONTACTABLE = """
(p.restriction = 'do_not_contact' AND (p.restriction_until IS NULL OR p.restriction_until >= %(on)s))"""

FIGURE = """
CASE i.kind WHEN 'coverage' THEN m.value / nullif(m.denominator, 0) ELSE m.value END"""
"""What a month's figure is compared by: a coverage as a fraction of its denominator."""

EXITING = f"""
WITH live AS MATERIALIZED (
    SELECT e.id, e.practitioner_id, e.version_id, date_trunc('month', e.enrolled_on)::date AS enrolled_month,
           c.state AS case_state, p.merged_into_id, p.status, {NOT_CONTACTABLE} AS not_contactable,
           coalesce(c.goal_indicator_id, v.goal_indicator_id) AS goal_indicator_id,
           coalesce(c.goal_value, v.goal_value) AS goal_value,
           CASE WHEN c.goal_value IS NULL THEN v.goal_months ELSE c.goal_months END AS goal_months
    FROM coaching_enrolment e
    JOIN practitioners_practitioner p ON p.id = e.practitioner_id
    JOIN coaching_case c ON c.id = e.case_id
    JOIN coaching_playbookversion v ON v.id = e.version_id
    {{among}}
    WHERE e.state IN ('live', 'waiting', 'paused')
),
figures AS (
    SELECT l.id, l.goal_months, l.enrolled_month, m.month, {FIGURE} >= l.goal_value AS reached,
           max(m.month) OVER (PARTITION BY l.id) AS latest
    FROM live l
    JOIN adoption_indicator i ON i.id = l.goal_indicator_id
    JOIN adoption_measurement m ON m.indicator_id = i.id AND m.practitioner_id = l.practitioner_id
        AND m.month <= %(on)s AND m.month > l.enrolled_month - l.goal_months * interval '1 month'
    WHERE EXISTS (SELECT 1 FROM adoption_measurement n
                  WHERE n.indicator_id = l.goal_indicator_id AND n.practitioner_id = l.practitioner_id
                    AND n.month >= l.enrolled_month AND n.month <= %(on)s)
),
held AS (
    SELECT id FROM figures
    WHERE month > latest - goal_months * interval '1 month'
    GROUP BY id, goal_months HAVING count(*) = goal_months AND bool_and(coalesce(reached, false))
),
used AS (
    SELECT l.id, l.version_id, max(s.position) AS position
    FROM live l
    JOIN coaching_playbookstep s ON s.version_id = l.version_id AND s.completion = 'usage'
    JOIN adoption_indicator i ON i.id = s.usage_indicator_id
    JOIN adoption_measurement m ON m.indicator_id = i.id AND m.practitioner_id = l.practitioner_id
        AND m.month >= l.enrolled_month AND m.month <= %(on)s AND {FIGURE} >= s.usage_minimum
    GROUP BY l.id, l.version_id
),
ahead AS (
    SELECT used.id FROM used
    WHERE used.position > coalesce((
        SELECT max(coalesce(now.position, t.position))
        FROM coaching_followup f JOIN coaching_playbookstep t ON t.id = f.step_id
        LEFT JOIN coaching_playbookstep now ON now.version_id = used.version_id AND now.code = t.code
        WHERE f.enrolment_id = used.id), 0)
)
SELECT id, reason FROM (
    SELECT l.id, CASE
        WHEN l.merged_into_id IS NOT NULL THEN 'merged'
        WHEN l.status <> 'active' THEN 'inactive'
        WHEN l.not_contactable THEN 'do_not_contact'
        WHEN l.case_state = 'closed' THEN 'case_closed'
        WHEN held.id IS NOT NULL THEN 'goal_reached'
        WHEN ahead.id IS NOT NULL THEN 'usage_seen'
    END AS reason
    FROM live l LEFT JOIN held ON held.id = l.id LEFT JOIN ahead ON ahead.id = l.id
) AS found
WHERE reason IS NOT NULL
"""

AMONG_THESE = EXITING.format(among="JOIN unnest(%(ids)s::bigint[]) AS batch(id) ON batch.id = e.id")
WITH_OPEN_FOLLOW_UP = EXITING.format(
    among="JOIN coaching_followup o ON o.enrolment_id = e.id AND o.state IN ('planned', 'due', 'deferred')"
)
"""Who has none is asked when the next one is made."""


def exiting(ids: list[int], moment: Moment) -> dict[int, str]:
    """Those of these enrolments that must end, each with the reason."""
    return dict(rows_of(AMONG_THESE + " ORDER BY id", {"ids": ids, **moment.parameters}))
