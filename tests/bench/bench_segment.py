"""Sorting a large network into segments, beside the bare window query that finds the months of adoption."""

import datetime as dt

from django.db import connection

from adoption.models import Indicator, SegmentAssignment, SegmentationRun
from adoption.services import run_segmentation
from tests.bench.measure import stopwatch
from tests.bench.network import MONTHS, PRACTITIONERS, big_months, big_network
from tests.bench.report import Report

_BARE = """
    SELECT practitioner_id, min(month) FROM (
        SELECT practitioner_id, month, avg(value) OVER months AS mean, count(*) OVER months AS figures
        FROM adoption_measurement WHERE indicator_id = %s
        WINDOW months AS (PARTITION BY practitioner_id ORDER BY month RANGE interval '2 months' PRECEDING)
    ) AS trail WHERE figures >= 2 AND mean >= 0.5 GROUP BY practitioner_id
"""


def run(report: Report) -> None:
    """Compare a first run, one with nothing new and one where 5 % changed; the last writes those alone."""
    people = big_network()
    indicator, _made = Indicator.objects.get_or_create(
        code="bench_share", defaults={"name_en": "s", "name_fr": "s", "name_nl": "s", "kind": "score"}
    )
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM adoption_measurement WHERE indicator_id = %s", [indicator.pk])
        cursor.execute(
            """INSERT INTO adoption_measurement (indicator_id, practitioner_id, month, value)
               SELECT %(indicator)s, person, (date '2017-01-01' + number * interval '1 month')::date,
                   -- A sixth never reach the threshold; the others do, one month after another.
                   least(1, number / %(months)s::float8 * (0.3 + (place %% 97) / 97.0 * 1.2)
                       + ((place * 31 + number * 17) %% 100) / 1000.0)
               FROM unnest(%(people)s::bigint[]) WITH ORDINALITY AS everyone (person, place),
                   generate_series(0, %(months)s - 1) AS number
               ORDER BY person, number""",
            {"indicator": indicator.pk, "people": people, "months": MONTHS},
        )
        cursor.execute("VACUUM ANALYZE adoption_measurement")
    _bare(indicator.pk)
    # Each beside a bare query of its own moment, since a machine isn't equally quick at all times.
    bare_first = _bare(indicator.pk)
    with stopwatch() as first:
        run = _segment(big_months()[-1])
    assert (run.practitioners, run.changed) == (PRACTITIONERS, PRACTITIONERS)
    bare_again = _bare(indicator.pk)
    with stopwatch() as again:
        run = _segment(big_months()[-1])
    assert run.changed == 0
    with connection.cursor() as cursor:
        # One in twenty comes nearer to the threshold, without a change for anybody else.
        nearer = [person for place, person in enumerate(people, 1) if place % 97 < 5]
        cursor.execute(
            """UPDATE adoption_measurement SET value = value + 0.001
               WHERE indicator_id = %s AND practitioner_id = ANY(%s)""",
            [indicator.pk, nearer],
        )
    before = SegmentAssignment.objects.count()
    bare_changed = _bare(indicator.pk)
    with stopwatch() as changed:
        run = _segment(big_months()[-1])
    written = SegmentAssignment.objects.count() - before
    assert run.changed == written == len(nearer)
    number = f"{PRACTITIONERS:,} practitioners x {MONTHS} months"
    report.compare(f"segment {number}, first run", ours=first.seconds, bare=bare_first, limit=1.5)
    report.compare(f"segment {number}, nothing new", ours=again.seconds, bare=bare_again, limit=1.5)
    report.compare(f"segment {number}, 5 % changed", ours=changed.seconds, bare=bare_changed, limit=1.5)
    report.number("rows written where 5 % changed", written, "rows")


def _bare(indicator: int) -> float:
    with stopwatch() as took, connection.cursor() as cursor:
        cursor.execute(_BARE, [indicator])
        cursor.fetchall()
    return took.seconds


def _segment(as_of: dt.date) -> SegmentationRun:
    return run_segmentation(
        scheme_code="valente",
        indicator_code="bench_share",
        as_of=as_of,
        parameters={"threshold": 0.5, "window": 3, "min_values": 2},
    )
