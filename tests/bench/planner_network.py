"""The large network on which the planner is measured: people in segments, their figures, and the work with them."""

import datetime as dt

from django.db import connection, transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from coaching.enums import Track
from coaching.models import Coach, PlannerRun
from tests.factories.coaching import MONDAY

ON = MONDAY + dt.timedelta(days=21)
COACHES = 200
DUE_SHARE = 3
"""Of a hundred practitioners three have a next step to be planned that falls due on the night that is measured."""

PEOPLE = """
INSERT INTO practitioners_practitioner (ref, given_name, family_name, profession, language, email, phone, status,
    inactive_reason, restriction, restriction_reason, commune_id, attributes, created_at, updated_at)
SELECT gen_random_uuid(), 'Given', 'Family ' || n, 'general_practitioner', 'fr', '', '', 'active', '', 'none', '',
       (SELECT array_agg(nis_code) FROM practitioners_commune)[1 + n %% 19], '{}', now(), now()
FROM generate_series(1, %(count)s) AS n
"""
SORTED = """
WITH version AS (
    UPDATE adoption_schemeversion SET is_working = true
    WHERE id = (SELECT v.id FROM adoption_schemeversion v JOIN adoption_segmentationscheme s ON s.id = v.scheme_id
                WHERE s.code = 'volume-bands' AND v.number = 1)
    RETURNING id
),
run AS (
    INSERT INTO adoption_segmentationrun (ref, version_id, as_of, state, finished_at, practitioners, changed, moved, statistics)
    SELECT gen_random_uuid(), id, date '2018-06-01', 'done', now(), 0, 0, 0, '{}' FROM version RETURNING id, version_id
)
INSERT INTO adoption_segmentassignment
    (version_id, practitioner_id, segment, previous_segment, evidence, first_run_id, entered_by_id)
SELECT run.version_id, p.id,
       CASE WHEN p.id %% 100 < 39 THEN 'late_majority' WHEN p.id %% 100 < 66 THEN 'laggards' ELSE 'early_majority' END,
       '', '{"volume": 6.0, "months": 12}', run.id, run.id
FROM practitioners_practitioner p, run
"""
FIGURES = """
INSERT INTO adoption_measurement (indicator_id, practitioner_id, month, value, denominator)
SELECT i.id, p.id, month::date, CASE i.code WHEN 'sumehr_coverage' THEN 10 WHEN 'sumehr_published' THEN 0 END,
       CASE i.code WHEN 'sumehr_coverage' THEN 500 END
FROM practitioners_practitioner p, adoption_indicator i, generate_series(date '2018-01-01', date '2018-06-01', '1 month') AS month
WHERE i.code IN ('sumehr_coverage', 'sumehr_published')
"""
CASES = """
INSERT INTO coaching_case (ref, practitioner_id, track, coach_id, goal_months, state, opened_at, opened_because,
    outcome, created_at, updated_at)
SELECT gen_random_uuid(), a.practitioner_id, b.track,
       CASE WHEN a.practitioner_id %% 2 = 0 THEN (%(coaches)s::bigint[])[1 + a.practitioner_id / 200 %% %(coach_count)s] END,
       3, 'open', now(), '', '', now(), now()
FROM adoption_segmentassignment a JOIN coaching_playbook b ON a.segment = ANY(b.segments)
"""
ENROLMENTS = """
INSERT INTO coaching_enrolment (ref, case_id, practitioner_id, playbook_id, version_id, state, waiting_for, enrolled_on,
    edge_id, segment, evidence, exit_reason, created_at)
SELECT gen_random_uuid(), c.id, c.practitioner_id, b.id, v.id, 'live', '', %(begun)s, a.entered_by_id, a.segment,
       jsonb_build_object('segment', a.evidence), '', now()
FROM coaching_case c JOIN adoption_segmentassignment a ON a.practitioner_id = c.practitioner_id
JOIN coaching_playbook b ON a.segment = ANY(b.segments)
JOIN coaching_playbookversion v ON v.playbook_id = b.id AND v.state = 'active'
"""
FOLLOW_UPS = """
INSERT INTO coaching_followup (ref, enrolment_id, step_id, occurrence, practitioner_id, channel, state, opens_on, target_on,
    closes_on, assignee_id, reason, is_frozen, outcome, done_on, resolved_by, created_at, updated_at)
SELECT gen_random_uuid(), e.id, s.id, 1, e.practitioner_id, s.channel,
       CASE kind WHEN 0 THEN 'done' WHEN 1 THEN 'due' ELSE 'planned' END,
       %(on)s + CASE WHEN kind < 2 THEN -16 ELSE 1 + (e.id %% 7)::int END,
       %(on)s + CASE WHEN kind = 0 THEN -14 ELSE 10 + (e.id %% 5)::int END,
       %(on)s + CASE WHEN kind = 0 THEN -10 ELSE 20 END, c.coach_id,
       jsonb_build_object('route', 'first', 'anchor', 'enrolled', 'anchor_on', e.enrolled_on, 'delay', s.delay,
                          'unit', s.unit, 'roll', s.roll, 'attempt', 1, 'planned_on', e.enrolled_on),
       false, CASE kind WHEN 0 THEN 'done' ELSE '' END, CASE kind WHEN 0 THEN %(on)s - 14 END,
       CASE kind WHEN 0 THEN 'person' ELSE '' END, now() - interval '20 days', now() - interval '10 days'
FROM (SELECT e.*, CASE WHEN e.practitioner_id %% 200 < %(share)s * 2 THEN 0 WHEN e.practitioner_id %% 11 = 0 THEN 1 ELSE 2 END
             AS kind FROM coaching_enrolment e) AS e
JOIN coaching_case c ON c.id = e.case_id
JOIN LATERAL (SELECT * FROM coaching_playbookstep s WHERE s.version_id = e.version_id ORDER BY position LIMIT 1) AS s ON true
"""
EVENTS = """
INSERT INTO coaching_followupevent (follow_up_id, kind, from_state, to_state, at, reason, data)
SELECT f.id, kind.name, kind.from_state, coalesce(kind.to_state, f.state), now() - interval '10 days', '', '{}'
FROM coaching_followup f
JOIN (VALUES ('planned', '', 'planned'), ('state', 'planned', NULL)) AS kind(name, from_state, to_state)
  ON kind.name = 'planned' OR f.state <> 'planned'
ORDER BY f.id, kind.name
"""
ALL_TABLES = (
    "practitioners_practitioner", "adoption_segmentassignment", "adoption_measurement", "coaching_case",
    "coaching_enrolment", "coaching_followup", "coaching_followupevent",
)  # fmt: skip


def sql(*statements: str, **parameters: object) -> None:
    """Run statements that share their parameters."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, parameters)


def people(count: int) -> None:
    """So many practitioners, two thirds of them in segments that a playbook serves, with half a year of figures."""
    sql("TRUNCATE practitioners_practitioner, adoption_segmentationrun CASCADE")
    # Without the triggers that write history: what is measured comes later.
    with transaction.atomic():
        sql("SET LOCAL session_replication_role = replica", PEOPLE, SORTED, FIGURES, count=count)
    sql(*(f"ANALYZE {table}" for table in ALL_TABLES[:3]))


def _coaches() -> list[int]:
    """Coaches who can take whatever a night gives them: what is measured is the way there."""
    users = [User(email=f"bench{n}@example.org", role=Role.COACH, password="!") for n in range(COACHES)]
    User.objects.bulk_create(users, ignore_conflicts=True)
    new = User.objects.filter(email__startswith="bench", coach=None)
    Coach.objects.bulk_create(
        Coach(user=user, tracks=list(Track.values), daily_capacity=1000, weekly_capacity=5000) for user in new
    )
    return list(Coach.objects.filter(user__email__startswith="bench").order_by("pk").values_list("pk", flat=True))


def at_work(count: int) -> None:
    """The same, everybody enrolled already: most wait for a day to come, and for some the next step is to be planned."""
    people(count)
    coaches = _coaches()
    given = {
        "coaches": coaches, "coach_count": COACHES, "on": ON, "begun": MONDAY - dt.timedelta(days=14), "share": DUE_SHARE,
    }  # fmt: skip
    with transaction.atomic():
        sql("SET LOCAL session_replication_role = replica", CASES, ENROLMENTS, FOLLOW_UPS, EVENTS, **given)
        PlannerRun.objects.create(planned_for=ON - dt.timedelta(days=1), finished_at=timezone.now())
    sql(*(f"VACUUM ANALYZE {table}" for table in ALL_TABLES))
