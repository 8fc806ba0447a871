"""What must hold of contact budgets, coaches' days and escalations: for each rule its meaning and the rows that break it."""

LIMITS: dict[str, tuple[str, str]] = {
    "deferred_has_its_reason": (
        "What is deferred says why: the practitioner's budget, the coach's day or week, or a pause.",
        """SELECT ref::text FROM coaching_followup
           WHERE state = 'deferred' AND NOT reason ? 'paused'
             AND (reason -> 'deferred' ->> 'why' IS NULL OR reason -> 'deferred' ? 'until')""",
    ),
    "openings_within_the_budget": (
        "Nothing opens by itself beyond the practitioner's contact budget.",
        """SELECT f.ref::text FROM coaching_followupevent v JOIN coaching_followup f ON f.id = v.follow_up_id
           WHERE v.to_state = 'due' AND (v.data ->> 'used')::integer > (v.data ->> 'cap')::integer""",
    ),
    "due_within_the_budget": (
        "What opened by itself and is due at once for a practitioner is no more than the contact budget allowed.",
        """SELECT min(f.ref::text) FROM coaching_followup f
           JOIN LATERAL (SELECT v.kind, v.data FROM coaching_followupevent v
                         WHERE v.follow_up_id = f.id AND v.to_state = 'due' AND v.from_state <> 'due'
                         ORDER BY v.id DESC LIMIT 1) AS opened ON opened.kind = 'state' AND opened.data ? 'cap'
           WHERE f.state = 'due' AND f.channel <> 'figures_check'
           GROUP BY f.practitioner_id HAVING count(*) > max((opened.data ->> 'cap')::integer)""",
    ),
    "coach_days_within_capacity": (
        "No more opens for a coach on a day than the day takes.",
        """SELECT k.ref::text || ' ' || d.day FROM coaching_coachday d JOIN coaching_coach k ON k.id = d.coach_id
           WHERE d.opened > d.capacity""",
    ),
    "coach_days_count_what_opened": (
        "A coach's day counts exactly what opened for the coach that day.",
        """SELECT coalesce(days.coach, openings.coach) || ' ' || coalesce(days.day, openings.day)
           FROM (SELECT k.ref::text AS coach, d.day, d.opened FROM coaching_coachday d
                 JOIN coaching_coach k ON k.id = d.coach_id) AS days
           FULL JOIN (SELECT data ->> 'coach' AS coach, (at AT TIME ZONE 'Europe/Brussels')::date AS day, count(*) AS opened
                      FROM coaching_followupevent WHERE kind = 'state' AND to_state = 'due' AND data ? 'coach'
                      GROUP BY 1, 2) AS openings
             ON openings.coach = days.coach AND openings.day = days.day
           WHERE coalesce(days.opened, 0) <> coalesce(openings.opened, 0)""",
    ),
    "escalated_for_a_miss": (
        "What was escalated was missed.",
        """SELECT f.ref::text FROM coaching_escalation x JOIN coaching_followup f ON f.id = x.follow_up_id
           WHERE f.state <> 'missed'""",
    ),
    "escalated_once_per_level": (
        "A level is told once until something is done.",
        """SELECT g.ref::text FROM coaching_escalation x JOIN coaching_followup f ON f.id = x.follow_up_id
           JOIN coaching_followup g ON g.enrolment_id = f.enrolment_id AND g.id > f.id
           JOIN coaching_escalation y ON y.follow_up_id = g.id AND y.level = x.level
           WHERE NOT EXISTS (SELECT 1 FROM coaching_followup d WHERE d.enrolment_id = f.enrolment_id
                               AND d.id > f.id AND d.id < g.id
                               AND (d.state IN ('done', 'skipped') OR d.state = 'cancelled'
                                    AND NOT d.reason ? 'migrated' AND NOT d.reason ? 'withdrawn'))""",
    ),
}
