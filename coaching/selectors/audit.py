"""Whether the follow-ups of this database keep the rules that must hold at any moment."""

from dataclasses import dataclass

from django.db import connection

from coaching.selectors.audit_limits import LIMITS

_OPEN = "('planned', 'due', 'deferred')"
_LIVE = "('live', 'waiting', 'paused')"

# What must hold, and the rows (by ref) for which it doesn't.
INVARIANTS: dict[str, tuple[str, str]] = {
    "one_row_per_occurrence": (
        "A step's occurrence exists once per enrolment.",
        """SELECT min(ref::text) FROM coaching_followup GROUP BY enrolment_id, step_id, occurrence HAVING count(*) > 1""",
    ),
    "occurrences_without_gaps": (
        "A step's occurrences are numbered from 1 without gaps.",
        """SELECT min(ref::text) FROM coaching_followup GROUP BY enrolment_id, step_id
           HAVING max(occurrence) <> count(*) OR min(occurrence) <> 1""",
    ),
    "one_open_per_enrolment": (
        "An enrolment has one open follow-up at most.",
        f"""SELECT min(ref::text) FROM coaching_followup WHERE state IN {_OPEN} GROUP BY enrolment_id HAVING count(*) > 1""",
    ),
    "one_live_enrolment": (
        "A practitioner is enrolled once at a time in a playbook.",
        f"""SELECT min(ref::text) FROM coaching_enrolment WHERE state IN {_LIVE}
            GROUP BY practitioner_id, playbook_id HAVING count(*) > 1""",
    ),
    "one_enrolment_per_edge": (
        "An edge enrols once.",
        """SELECT min(ref::text) FROM coaching_enrolment WHERE edge_id IS NOT NULL
           GROUP BY practitioner_id, playbook_id, edge_id HAVING count(*) > 1""",
    ),
    "nobody_forgotten": (
        "A live enrolment has an open follow-up; one without waits for an anchor or is paused.",
        f"""SELECT e.ref::text FROM coaching_enrolment e
            WHERE e.state = 'live'
              AND NOT EXISTS (SELECT 1 FROM coaching_followup f WHERE f.enrolment_id = e.id AND f.state IN {_OPEN})""",
    ),
    "waiting_without_follow_up": (
        "Who waits for an anchor has no open follow-up.",
        f"""SELECT e.ref::text FROM coaching_enrolment e JOIN coaching_followup f ON f.enrolment_id = e.id
            WHERE e.state = 'waiting' AND f.state IN {_OPEN}""",
    ),
    "paused_is_held": (
        "A paused enrolment is held by a pause.",
        """SELECT e.ref::text FROM coaching_enrolment e
           WHERE e.state = 'paused'
             AND NOT EXISTS (SELECT 1 FROM coaching_hold h WHERE h.enrolment_id = e.id AND h.released_on IS NULL)""",
    ),
    "held_is_paused": (
        "An enrolment that goes on or ended is held by nothing.",
        """SELECT DISTINCT e.ref::text FROM coaching_enrolment e
           JOIN coaching_hold h ON h.enrolment_id = e.id AND h.released_on IS NULL
           WHERE e.state <> 'paused'""",
    ),
    "held_follow_up_is_deferred": (
        "The open follow-up of a paused enrolment is deferred and says by which pause; no other one does.",
        f"""SELECT f.ref::text FROM coaching_followup f JOIN coaching_enrolment e ON e.id = f.enrolment_id
            WHERE f.state IN {_OPEN} AND (e.state = 'paused') <> (f.state = 'deferred' AND f.reason ? 'paused')""",
    ),
    "deferred_says_why": (
        "A deferred follow-up says what defers it.",
        """SELECT ref::text FROM coaching_followup
           WHERE state = 'deferred' AND NOT reason ? 'paused' AND NOT reason ? 'deferred'""",
    ),
    "settled_pause_holds_nobody": (
        "A pause whose work went on holds nobody.",
        """SELECT DISTINCT p.ref::text FROM coaching_pause p
           JOIN coaching_hold h ON h.pause_id = p.id AND h.released_on IS NULL
           WHERE p.resumed_on IS NOT NULL""",
    ),
    "holds_within_pause": (
        "Nobody is held by a pause before its first day.",
        """SELECT DISTINCT p.ref::text FROM coaching_pause p JOIN coaching_hold h ON h.pause_id = p.id
           WHERE h.held_on < p.starts_on""",
    ),
    "one_confirmation_per_lapse": (
        "Having stopped publishing is confirmed once, for the last month with figures.",
        """SELECT min(ref::text) FROM coaching_enrolment WHERE last_published IS NOT NULL
           GROUP BY practitioner_id, playbook_id, last_published HAVING count(*) > 1""",
    ),
    "ended_owes_nothing": (
        "An enrolment that ended has no open follow-up.",
        f"""SELECT e.ref::text FROM coaching_enrolment e JOIN coaching_followup f ON f.enrolment_id = e.id
            WHERE e.state NOT IN {_LIVE} AND f.state IN {_OPEN}""",
    ),
    "closed_case_owes_nothing": (
        "A closed case has no live enrolment.",
        f"""SELECT e.ref::text FROM coaching_enrolment e JOIN coaching_case c ON c.id = e.case_id
            WHERE c.state = 'closed' AND e.state IN {_LIVE}""",
    ),
    "same_practitioner": (
        "A follow-up, its enrolment and its case are about the same practitioner.",
        """SELECT e.ref::text FROM coaching_enrolment e JOIN coaching_case c ON c.id = e.case_id
           LEFT JOIN coaching_followup f ON f.enrolment_id = e.id
           WHERE c.practitioner_id <> e.practitioner_id OR f.practitioner_id <> e.practitioner_id""",
    ),
    "first_event_is_the_planning": (
        "A follow-up's history begins with its planning, once.",
        """SELECT f.ref::text FROM coaching_followup f
           WHERE (SELECT count(*) FROM coaching_followupevent v WHERE v.follow_up_id = f.id AND v.kind = 'planned') <> 1
              OR (SELECT v.kind FROM coaching_followupevent v WHERE v.follow_up_id = f.id ORDER BY v.id LIMIT 1) <> 'planned'""",
    ),
    "last_event_is_the_state": (
        "A follow-up is in the state that its last event brought it to.",
        """SELECT f.ref::text FROM coaching_followup f
           JOIN LATERAL (SELECT v.to_state FROM coaching_followupevent v WHERE v.follow_up_id = f.id
                         ORDER BY v.id DESC LIMIT 1) AS last ON true
           WHERE last.to_state <> f.state""",
    ),
    "events_follow_each_other": (
        "Each event of a follow-up starts from the state that the one before led to.",
        """SELECT f.ref::text FROM (
               SELECT follow_up_id, from_state, lag(to_state, 1, '') OVER (PARTITION BY follow_up_id ORDER BY id) AS before
               FROM coaching_followupevent
           ) AS chain JOIN coaching_followup f ON f.id = chain.follow_up_id
           WHERE chain.from_state <> chain.before""",
    ),
    **LIMITS,
}

MOST_NAMED = 20


@dataclass(frozen=True)
class Finding:
    """A rule that is broken: how many rows break it, and the first of them by ref."""

    rule: str
    meaning: str
    count: int
    refs: list[str]


def broken_rules() -> list[Finding]:
    """The rules that don't hold; empty when all is well."""
    findings = []
    with connection.cursor() as cursor:
        for rule, (meaning, sql) in INVARIANTS.items():
            cursor.execute(sql)
            refs = sorted({row[0] for row in cursor.fetchall()})
            if refs:
                findings.append(Finding(rule, meaning, len(refs), refs[:MOST_NAMED]))
    return findings
