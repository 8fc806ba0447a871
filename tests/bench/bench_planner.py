"""Planning 66,000 enrolments of a network of 100,000, beside one INSERT ... SELECT of the same follow-ups."""

import os
import resource

from django.db import connection, transaction

from coaching.models import FollowUp, PlannerRun
from coaching.services import plan_follow_ups
from tests.bench.measure import stopwatch
from tests.bench.report import Report
from tests.factories.coaching import MONDAY

ROUNDS = 3
"""Both ways take turns, and the best of each counts: other work on the machine only ever makes one slower."""
PRACTITIONERS = int(os.environ.get("BENCH_PRACTITIONERS", "100000"))

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
TABLES = "coaching_followupevent, coaching_followup"
COLUMNS = """enrolment_id, step_id, occurrence, practitioner_id, channel, state, opens_on, target_on, closes_on, assignee_id,
    reason, is_frozen, outcome, done_on, resolved_by"""


def _sql(*statements: str, **parameters: object) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, parameters)


def _network() -> None:
    _sql("TRUNCATE practitioners_practitioner, adoption_segmentationrun CASCADE")
    # Without the triggers that write history: what is measured comes later.
    with transaction.atomic():
        _sql("SET LOCAL session_replication_role = replica", PEOPLE, SORTED, FIGURES, count=PRACTITIONERS)
    _sql("ANALYZE practitioners_practitioner", "ANALYZE adoption_segmentassignment", "ANALYZE adoption_measurement")


def _only_enrolments() -> None:
    """The enrolments as they are, without any follow-up."""
    _sql(f"TRUNCATE {TABLES} CASCADE", "UPDATE coaching_enrolment SET state = 'live', waiting_for = ''")
    _sql("VACUUM ANALYZE coaching_enrolment", "VACUUM ANALYZE coaching_followup", "VACUUM ANALYZE coaching_case")
    _sql("CHECKPOINT")


def run(report: Report) -> None:
    """From segments to follow-ups, then the follow-ups alone beside the bare statement, then a night without work."""
    _network()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with stopwatch() as everything:
        first = plan_follow_ups(on=MONDAY)
    assert isinstance(first, PlannerRun) and first.made == FollowUp.objects.count() > 0.6 * PRACTITIONERS

    ours, bare = [], []
    _sql(
        "DROP TABLE IF EXISTS bench_follow_ups",
        f"CREATE TABLE bench_follow_ups AS SELECT {COLUMNS} FROM coaching_followup",
    )
    for _n in range(ROUNDS):
        _only_enrolments()
        with stopwatch() as planned:
            again = plan_follow_ups(on=MONDAY)
        assert isinstance(again, PlannerRun) and again.made == first.made
        ours.append(planned.seconds)
        _only_enrolments()
        with stopwatch() as inserted, transaction.atomic():
            _sql(
                f"INSERT INTO coaching_followup ({COLUMNS}) SELECT {COLUMNS} FROM bench_follow_ups ORDER BY enrolment_id"
            )
        bare.append(inserted.seconds)
    _sql("DROP TABLE bench_follow_ups")
    with stopwatch() as idle:
        nothing = plan_follow_ups(on=MONDAY)
    assert isinstance(nothing, PlannerRun) and nothing.made == 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    report.compare(f"plan {first.made:,} enrolments", ours=min(ours), bare=min(bare), limit=3)
    report.number("... from segments: cases, enrolments and follow-ups", everything.seconds, "s")
    report.number("... again, with nothing to do", idle.seconds, "s")
    report.number("... memory on top", peak - before, "MB", limit=100)
