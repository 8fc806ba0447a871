"""The sums from which progress is read, kept where figures or segments change."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from adoption.enums import RunState, Segment
from adoption.models import AdoptionRollup, Indicator, SegmentationRun
from core import locks

from .heavy import room_for_whole_tables

_INSERT = """
    WITH months AS (
        SELECT * FROM unnest(%(months)s::date[], %(runs)s::bigint[]) AS month (month, run_id)
    ), standing AS MATERIALIZED (
        -- Where everybody stood after each of the runs that these months are told by (0: none yet).
        SELECT run_id, person.id, coalesce(commune_id, '') AS commune, coalesce(software_id, 0) AS software,
            coalesce(assignment.segment, %(unassigned)s) AS segment
        FROM (SELECT DISTINCT run_id FROM months) AS run
        CROSS JOIN practitioners_practitioner AS person
        LEFT JOIN adoption_segmentassignment AS assignment
            ON assignment.version_id = (SELECT version_id FROM adoption_segmentationrun WHERE id = run.run_id)
            AND assignment.practitioner_id = person.id AND assignment.first_run_id <= run.run_id
            AND (assignment.ended_by_id IS NULL OR assignment.ended_by_id > run.run_id)
        WHERE person.status = 'active'
    ), heads AS (
        SELECT run_id, commune, software, segment, count(*) AS practitioners
        FROM standing GROUP BY run_id, commune, software, segment
    ), sums AS MATERIALIZED (
        SELECT months.month, months.run_id, commune, software, segment, count(*) AS reporting,
            count(*) FILTER (WHERE value > 0) AS publishers, sum(value) AS value_sum, sum(denominator) AS denominator_sum
        FROM adoption_measurement AS figure
        JOIN months USING (month)
        JOIN standing ON standing.run_id = months.run_id AND standing.id = figure.practitioner_id
        WHERE figure.indicator_id = %(indicator)s AND figure.month = ANY(%(months)s::date[])
        GROUP BY months.month, months.run_id, commune, software, segment
    )
    INSERT INTO adoption_adoptionrollup (indicator_id, month, commune_id, software_id, segment, practitioners,
        reporting, publishers, value_sum, denominator_sum)
    SELECT %(indicator)s, months.month, nullif(commune, ''), nullif(software, 0), segment, practitioners,
        coalesce(reporting, 0), coalesce(publishers, 0), coalesce(value_sum, 0), denominator_sum
    FROM months JOIN heads USING (run_id)
    LEFT JOIN sums USING (month, run_id, commune, software, segment)
    WHERE months.month IN (SELECT month FROM sums)
"""


@transaction.atomic
def refresh_rollup(*, indicator: Indicator, months: Iterable[dt.date] | None = None) -> None:
    """Compute the sums of some months anew (of all months with figures when none are named).

    A month tells the segments of the working version's last run up to that month, so earlier months
    keep the segments of their time; before the first run everybody is unassigned.
    """
    locks.hold(f"adoption.rollup.{indicator.pk}")
    with room_for_whole_tables() as cursor:
        if months is None:
            cursor.execute(
                """SELECT month FROM adoption_measurement WHERE indicator_id = %(indicator)s
                   UNION SELECT month FROM adoption_adoptionrollup WHERE indicator_id = %(indicator)s""",
                {"indicator": indicator.pk},
            )
            months = [month for (month,) in cursor.fetchall()]
        wanted = sorted({month.replace(day=1) for month in months})
        if not wanted:
            return
        AdoptionRollup.objects.filter(indicator=indicator, month__in=wanted).delete()
        cursor.execute(
            _INSERT,
            {
                "indicator": indicator.pk,
                "months": wanted,
                "runs": _runs_of(wanted),
                "unassigned": Segment.UNASSIGNED.value,
            },
        )


def refresh_rollup_after_run(run: SegmentationRun, *, switched: bool) -> None:
    """Bring the sums in line with the segments that a run of the working version wrote.

    The run's month and the later ones tell its segments; when another version became the working
    one, every month has to be told by it.
    """
    rows = AdoptionRollup.objects.all()
    if switched:
        had_segments = rows.exclude(segment=Segment.UNASSIGNED).exists() or run.version.runs.exclude(pk=run.pk).exists()
        if not had_segments:
            rows = rows.filter(month__gte=run.as_of)
    elif run.changed or run.version.runs.filter(pk__lt=run.pk, as_of__lt=run.as_of).exists():
        rows = rows.filter(month__gte=run.as_of)
    else:
        return
    touched: dict[int, set[dt.date]] = {}
    for indicator_id, month in rows.values_list("indicator", "month").distinct():
        touched.setdefault(indicator_id, set()).add(month)
    touched.setdefault(run.version.indicator_id, set()).add(run.as_of)
    for indicator in Indicator.objects.filter(pk__in=touched).order_by("pk"):
        refresh_rollup(indicator=indicator, months=touched[indicator.pk])


def _runs_of(months: list[dt.date]) -> list[int]:
    """For each month the working version's last run up to it; 0 where there is none."""
    runs = list(
        SegmentationRun.objects.filter(version__is_working=True, state=RunState.DONE)
        .order_by("pk")
        .values_list("as_of", "pk")
    )
    return [max((pk for as_of, pk in runs if as_of <= month), default=0) for month in months]
