"""Planning 66,000 enrolments of a network of 100,000, beside one INSERT ... SELECT of the same follow-ups."""

import os
import resource

from django.db import transaction

from coaching.models import FollowUp, PlannerRun
from coaching.services import plan_follow_ups
from tests.bench.measure import stopwatch
from tests.bench.planner_network import people, sql
from tests.bench.report import Report
from tests.factories.coaching import MONDAY

ROUNDS = 3
"""Both ways take turns, and the best of each counts: other work on the machine only ever makes one slower."""
PRACTITIONERS = int(os.environ.get("BENCH_PRACTITIONERS", "100000"))

TABLES = "coaching_followupevent, coaching_followup"
COLUMNS = """enrolment_id, step_id, occurrence, practitioner_id, channel, state, opens_on, target_on, closes_on, assignee_id,
    reason, is_frozen, outcome, done_on, resolved_by"""


def _only_enrolments() -> None:
    """The enrolments as they are, without any follow-up."""
    sql(f"TRUNCATE {TABLES} CASCADE", "UPDATE coaching_enrolment SET state = 'live', waiting_for = ''")
    sql("VACUUM ANALYZE coaching_enrolment", "VACUUM ANALYZE coaching_followup", "VACUUM ANALYZE coaching_case")
    sql("CHECKPOINT")


def run(report: Report) -> None:
    """From segments to follow-ups, then the follow-ups alone beside the bare statement, then a night without work."""
    people(PRACTITIONERS)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with stopwatch() as everything:
        first = plan_follow_ups(on=MONDAY)
    assert isinstance(first, PlannerRun) and first.made == FollowUp.objects.count() > 0.6 * PRACTITIONERS

    ours, bare = [], []
    sql(
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
            sql(
                f"INSERT INTO coaching_followup ({COLUMNS}) SELECT {COLUMNS} FROM bench_follow_ups ORDER BY enrolment_id"
            )
        bare.append(inserted.seconds)
    sql("DROP TABLE bench_follow_ups")
    with stopwatch() as idle:
        nothing = plan_follow_ups(on=MONDAY)
    assert isinstance(nothing, PlannerRun) and nothing.made == 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    report.compare(f"plan the first night of {first.made:,} enrolments", ours=min(ours), bare=min(bare), limit=3)
    report.number("... from segments: cases, enrolments and follow-ups", everything.seconds, "s")
    report.number("... again, with nothing to do", idle.seconds, "s")
    report.number("... memory on top", peak - before, "MB", limit=100)
