"""Tell of windows that closed without the contact: the coach first, then the coordinator, then the change manager.

The misses of an enrolment since something was last done in it make a chain. The first one is told to the
coach (to the coordinator where nobody is assigned), the second to the coordinator, the third to the change
manager; each level once per chain, so many levels per chain at most, and with some working days between two
tellings of one enrolment. A level that falls due in between is told when those are over, if nothing was done
until then. Who is paused or waits for an anchor isn't told of. Something done, skipped or cancelled by a person,
or the end of the enrolment, settles what was told.
"""

from typing import Any

from django.conf import settings

from coaching.services import notices
from coaching.services.planner.tally import Moment, Tally, execute, rows_of

TAKEN_UP = """
({follow_up}.state IN ('done', 'skipped')
 OR {follow_up}.state = 'cancelled' AND NOT {follow_up}.reason ?| '{{migrated,withdrawn}}')"""
"""Done, skipped or cancelled by a person: what the planner itself cancels to plan it anew is none of these."""

UNSETTLED = f"""
FROM coaching_escalation x JOIN coaching_followup f ON f.id = x.follow_up_id
JOIN coaching_enrolment e ON e.id = f.enrolment_id
WHERE x.settled_on IS NULL AND (e.ended_on IS NOT NULL OR EXISTS (
    SELECT 1 FROM coaching_followup d WHERE d.enrolment_id = f.enrolment_id AND d.id > f.id AND {TAKEN_UP.format(follow_up="d")}))"""

AFTER_A_MISS = """
SELECT f.enrolment_id AS id FROM coaching_followup f JOIN coaching_enrolment e ON e.id = f.enrolment_id
WHERE f.state IN ('planned', 'due', 'deferred') AND f.reason ->> 'route' = 'missed'
  AND e.state = 'live'"""
"""After a miss the step is planned once more; only who has such a follow-up open has a chain of misses."""

TO_RAISE = """
WITH batch AS MATERIALIZED ({among}),
chain AS MATERIALIZED (
    SELECT f.enrolment_id, f.id, f.assignee_id, row_number() OVER (PARTITION BY f.enrolment_id ORDER BY f.id) AS place
    FROM batch JOIN coaching_enrolment e ON e.id = batch.id AND e.state = 'live'
    JOIN coaching_followup f ON f.enrolment_id = e.id AND f.state = 'missed'
    WHERE NOT EXISTS (SELECT 1 FROM coaching_followup d
                      WHERE d.enrolment_id = f.enrolment_id AND d.id > f.id AND {taken_up})
),
told AS (
    SELECT c.enrolment_id, array_agg(x.level::text) AS levels, count(*) AS number, max(c.place) AS place
    FROM chain c JOIN coaching_escalation x ON x.follow_up_id = c.id GROUP BY 1
),
levels AS (
    SELECT c.enrolment_id, c.id, c.place,
           CASE WHEN c.place >= 3 THEN 'manager'
                WHEN c.place = 2 OR NOT EXISTS (
                    SELECT 1 FROM coaching_coach k JOIN accounts_user u ON u.id = k.user_id
                    WHERE k.is_active AND u.is_active AND k.id IN (c.assignee_id, a.coach_id))
                THEN 'coordinator' ELSE 'coach' END AS level
    FROM chain c JOIN coaching_enrolment e ON e.id = c.enrolment_id JOIN coaching_case a ON a.id = e.case_id
)
SELECT DISTINCT ON (l.enrolment_id) l.enrolment_id AS id, l.id AS follow_up_id, l.level
FROM levels l LEFT JOIN told t ON t.enrolment_id = l.enrolment_id
WHERE l.place > coalesce(t.place, 0) AND l.level <> ALL(coalesce(t.levels, '{{}}')) AND coalesce(t.number, 0) < %(most)s
  AND NOT EXISTS (SELECT 1 FROM coaching_escalation x JOIN coaching_followup o ON o.id = x.follow_up_id
                  WHERE o.enrolment_id = l.enrolment_id AND x.raised_on > %(cooled)s)
ORDER BY l.enrolment_id, l.place
"""

CANDIDATES = f"""
SELECT id FROM ({TO_RAISE.format(among=AFTER_A_MISS, taken_up=TAKEN_UP.format(follow_up="d"))}) AS raising
UNION SELECT e.id {UNSETTLED}"""
"""The enrolments of which something is to be told or settled."""

SETTLE = f"""
UPDATE coaching_escalation SET settled_on = %(on)s
WHERE id IN (SELECT x.id {UNSETTLED} AND e.id = ANY(%(ids)s::bigint[]))
"""

AMONG = "SELECT * FROM unnest(%(ids)s::bigint[]) AS batch(id)"
RAISE = f"""
INSERT INTO coaching_escalation (follow_up_id, level, raised_on)
SELECT follow_up_id, level, %(on)s
FROM ({TO_RAISE.format(among=AMONG, taken_up=TAKEN_UP.format(follow_up="d"))}) AS raising
ORDER BY follow_up_id
ON CONFLICT DO NOTHING
RETURNING id
"""


def parameters(moment: Moment) -> dict[str, Any]:
    """What the statements of this module are given; `cooled` is the last day from which the working days between
    two tellings are over."""
    between = settings.PLANNER_ESCALATION_COOLDOWN_DAYS
    cooled = moment.calendar.add(moment.on, -between)
    # After a day off the so-many-th working day before lies too late.
    if moment.calendar.add(cooled, between) > moment.on:
        cooled = moment.calendar.add(cooled, -1)
    return {"most": settings.PLANNER_ESCALATIONS_MOST, "cooled": cooled, **moment.parameters}


def escalate(ids: list[int], moment: Moment) -> Tally:
    """Settle and tell of these enrolments, whose practitioners are locked; the mails leave with the transaction."""
    settle(ids, moment)
    raised = [row[0] for row in rows_of(RAISE, {"ids": ids, **parameters(moment)})]
    if raised:
        notices.put_escalations(raised, at=moment.at)
    return Tally(escalated=len(raised))


def settle(ids: list[int], moment: Moment) -> int:
    """Settle what was told of these enrolments, where something was done since or they ended."""
    return execute(SETTLE, {"ids": ids, **moment.parameters})
