"""Which enrolments must end, asked when planning and again under the row lock before acting.

The first reason that holds is stored: merged, no longer practising, not to be contacted, case closed,
goal reached, usage seen, software blocker.

- Goal reached: the case's goal (the version's, where the case has none) is met in each of the last
  `goal_months` months of figures, which follow each other and reach into the enrolment.
- Usage seen: the playbook's usage step lies still ahead, and the figures since the month of enrolment
  show it done already; who is at that step has it resolved instead.
"""

from coaching.services.planner.tally import Moment, rows_of

NOT_CONTACTABLE = """
(p.restriction = 'do_not_contact' AND (p.restriction_until IS NULL OR p.restriction_until >= %(on)s))"""

BLOCKED = """
EXISTS (SELECT 1 FROM coaching_softwareblocker k
        WHERE k.software_id = p.software_id AND k.since <= %(on)s AND (k.until IS NULL OR k.until >= %(on)s))"""

FIGURE = """
CASE i.kind WHEN 'coverage' THEN m.value / nullif(m.denominator, 0) ELSE m.value END"""
"""What a month's figure is compared by: a coverage as a fraction of its denominator."""

GOAL_REACHED = f"""
(SELECT count(*) = max(g.goal_months) AND bool_and(g.figure >= g.goal)
        AND max(g.month) >= date_trunc('month', e.enrolled_on)
        AND max(g.month) < min(g.month) + max(g.goal_months) * interval '1 month'
 FROM (
    SELECT m.month, {FIGURE} AS figure,
           coalesce(c.goal_value, v.goal_value) AS goal,
           CASE WHEN c.goal_value IS NULL THEN v.goal_months ELSE c.goal_months END AS goal_months
    FROM adoption_measurement m JOIN adoption_indicator i ON i.id = m.indicator_id
    WHERE m.indicator_id = coalesce(c.goal_indicator_id, v.goal_indicator_id)
      AND m.practitioner_id = e.practitioner_id AND m.month <= %(on)s
    ORDER BY m.month DESC
    LIMIT CASE WHEN c.goal_value IS NULL THEN v.goal_months ELSE c.goal_months END
 ) AS g)"""

USAGE_SEEN = f"""
EXISTS (
    SELECT 1 FROM coaching_playbookstep s
    JOIN adoption_indicator i ON i.id = s.usage_indicator_id
    JOIN adoption_measurement m ON m.indicator_id = i.id AND m.practitioner_id = e.practitioner_id
    WHERE s.version_id = e.version_id AND s.completion = 'usage'
      AND m.month >= date_trunc('month', e.enrolled_on) AND m.month <= %(on)s AND {FIGURE} >= s.usage_minimum
      AND s.position > coalesce((
          SELECT max(t.position) FROM coaching_followup f JOIN coaching_playbookstep t ON t.id = f.step_id
          WHERE f.enrolment_id = e.id), 0))"""

EXITING = f"""
SELECT id, reason FROM (
    SELECT e.id, e.ended_on, CASE
        WHEN p.merged_into_id IS NOT NULL THEN 'merged'
        WHEN p.status <> 'active' THEN 'inactive'
        WHEN {NOT_CONTACTABLE} THEN 'do_not_contact'
        WHEN c.state = 'closed' THEN 'case_closed'
        WHEN {GOAL_REACHED} THEN 'goal_reached'
        WHEN {USAGE_SEEN} THEN 'usage_seen'
        WHEN {BLOCKED} THEN 'software_blocker'
    END AS reason
    FROM coaching_enrolment e
    JOIN practitioners_practitioner p ON p.id = e.practitioner_id
    JOIN coaching_case c ON c.id = e.case_id
    JOIN coaching_playbookversion v ON v.id = e.version_id
    WHERE e.state IN ('live', 'waiting', 'paused') AND {{among}}
    OFFSET 0
) AS found
WHERE reason IS NOT NULL
"""

AMONG_THESE = EXITING.format(among="e.id = ANY(%(ids)s::bigint[])")
ALL_LIVE = EXITING.format(among="true")


def exiting(ids: list[int], moment: Moment) -> dict[int, str]:
    """Those of these enrolments that must end, each with the reason."""
    return dict(rows_of(AMONG_THESE + " ORDER BY id", {"ids": ids, **moment.parameters}))
