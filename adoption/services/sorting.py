"""The SQL by which practitioners are sorted: one statement places everybody, one cuts the classes.

Both kinds of scheme fill the temporary table `segmentation_placed` with a row per practitioner who
is sorted; the classes are then a CASE over its columns. Nothing here loops over practitioners.
"""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

from adoption.enums import IndicatorKind, SchemeKind, Segment
from adoption.models import SchemeVersion
from adoption.parameters import BANDS
from core.months import iso, shift


@dataclass(frozen=True)
class Sorting:
    """The statement's ending: the segment and the evidence of a row of segmentation_placed, and statistics."""

    segment: str
    evidence: str
    arguments: dict[str, Any]
    statistics: dict[str, Any]


def sort_everybody(cursor: Any, version: SchemeVersion, as_of: dt.date) -> Sorting:
    """Place every practitioner of the version's profession, and find the bounds of the classes."""
    if version.scheme.kind == SchemeKind.VOLUME_BANDS:
        return _by_volume(cursor, version, as_of)
    return _by_time(cursor, version, as_of)


def _people(version: SchemeVersion) -> str:
    """Who is sorted: the active ones, of the profession where the parameters name one."""
    one = "" if version.parameters["profession"] == "any" else "AND profession = %(profession)s"
    return f"SELECT id AS practitioner_id FROM practitioners_practitioner WHERE status = 'active' {one}"


# --- By time of adoption ------------------------------------------------------------------------


def _by_time(cursor: Any, version: SchemeVersion, as_of: dt.date) -> Sorting:
    """Sort by the month of adoption: the first one whose trailing mean reaches the threshold.

    The mean of a month is taken over the figures of `window` calendar months ending with it, if at
    least `min_values` of them have one. A month without a figure of its own can be the month of
    adoption, as in the independent reading of the London practices that this is verified against.
    The first month that can be judged is the one whose window lies wholly in the data: who has
    adopted in that month had perhaps adopted before, and is left-censored.

    Months are counted from the month in which the indicator's data begins (1). Everybody's figures
    are laid out as one array with a place per calendar month, so that a window is a few places of it.
    """
    parameters, indicator = version.parameters, version.indicator
    window = parameters["window"]
    is_coverage = indicator.kind == IndicatorKind.COVERAGE
    value = "value / denominator" if is_coverage else "value"
    total, number = _trailing("at", window)
    total_at_hit, number_at_hit = _trailing("(hit - before)", window)
    last = _calendar_months("%(as_of)s::date", "(SELECT begins FROM data)")
    cursor.execute(
        f"""
        CREATE TEMPORARY TABLE segmentation_placed ON COMMIT DROP AS
        WITH series AS MATERIALIZED (
            SELECT practitioner_id, array_agg({value} ORDER BY month) AS v, array_agg(month ORDER BY month) AS m
            FROM adoption_measurement
            WHERE indicator_id = %(indicator)s AND month <= %(as_of)s {"AND denominator > 0" if is_coverage else ""}
            GROUP BY practitioner_id
        ), data AS MATERIALIZED (
            SELECT min(m[1]) AS begins FROM series
        ), extent AS MATERIALIZED (
            SELECT practitioner_id, v, m, cardinality(m) AS figures, {_calendar_months("m[cardinality(m)]", "m[1]")} + 1 AS months,
                {_calendar_months("m[1]", "begins")} AS before
            FROM series CROSS JOIN data
        ), grid AS MATERIALIZED (
            -- Materialised, so that the array with places for the missing months is made once.
            SELECT practitioner_id, figures, months, before, figures = months AS whole,
                CASE WHEN figures = months THEN v ELSE (
                    SELECT array_agg(figure.value ORDER BY day)
                    FROM generate_series(m[1], m[1] + (months - 1) * interval '1 month', interval '1 month') AS day
                    LEFT JOIN unnest(m, v) AS figure (month, value) ON figure.month = day::date
                ) END AS v
            FROM extent
        ), judged AS MATERIALIZED (
            SELECT practitioner_id, figures, best, hit,
                CASE WHEN hit IS NOT NULL THEN {total_at_hit} / {number_at_hit} END AS mean,
                CASE WHEN hit IS NOT NULL THEN {number_at_hit}::int END AS figures_at_hit
            FROM grid CROSS JOIN LATERAL (
                SELECT min(at + before) FILTER (WHERE total >= %(threshold)s::float8 * number) AS hit, max(total / number) AS best
                FROM (
                    SELECT at, {total} AS total, {number} AS number
                    FROM generate_series(greatest({window} - before, 1), least(months + {window} - 1, {last} + 1 - before)) AS at
                    OFFSET 0
                ) AS windows
                WHERE number >= %(min_values)s
            ) AS windows
        )
        SELECT practitioner_id, coalesce(figures, 0) AS figures, best, hit, mean, figures_at_hit,
            (SELECT begins FROM data) AS begins
        FROM ({_people(version)}) AS people LEFT JOIN judged USING (practitioner_id)
        """,
        {
            "indicator": indicator.pk,
            "as_of": as_of,
            "threshold": parameters["threshold"],
            "min_values": parameters["min_values"],
            "profession": parameters["profession"],
        },
    )
    separate = parameters["left_censored"] == "separate"
    cursor.execute(
        """SELECT count(*) FILTER (WHERE counts), avg(hit) FILTER (WHERE counts), stddev_samp(hit) FILTER (WHERE counts),
               min(begins)
           FROM segmentation_placed CROSS JOIN LATERAL (SELECT hit > %s AS counts) AS adopter""",
        [window if separate else 0],
    )
    adopters, mean, deviation, begins = cursor.fetchone()
    starts = _starts(version.scheme.kind, mean, deviation) if adopters else []
    statistics = {
        "adopters": adopters,
        "mean": None if mean is None else float(mean),
        "sd": None if deviation is None else float(deviation),
        "data_begins": begins and iso(begins),
        "first_judged": begins and iso(shift(begins, window - 1)),
        # Nobody is sorted before the first whole window, whatever the bound that was calculated.
        "starts": {segment.value: iso(shift(begins, max(start, window) - 1)) for segment, start in starts},
    }
    cuts = " ".join(f"WHEN hit >= {start} THEN '{segment.value}'" for segment, start in reversed(starts))
    censored = f"WHEN hit = {window} THEN '{Segment.LEFT_CENSORED.value}'" if separate else ""
    return Sorting(
        segment=f"""CASE
            WHEN hit IS NULL AND best IS NULL THEN '{Segment.NOT_ENOUGH_DATA.value}'
            WHEN hit IS NULL THEN '{Segment.NON_ADOPTERS.value}'
            {censored} {cuts} END""",
        evidence="""CASE
            WHEN hit IS NOT NULL THEN jsonb_build_object(
                'adopted', to_char(%(begins)s::date + (hit - 1) * interval '1 month', 'YYYY-MM'),
                'mean', round(mean::numeric, 6), 'values', figures_at_hit)
            WHEN best IS NOT NULL THEN jsonb_build_object('best', round(best::numeric, 6))
            ELSE jsonb_build_object('values', figures) END""",
        arguments={"begins": begins},
        statistics=statistics,
    )


def _trailing(at: str, window: int) -> tuple[str, str]:
    """Sum and number of the figures in the window that ends at a place of the array, as SQL; missing ones are null.

    Within an array without gaps nothing has to be asked for; that is nearly always so.
    """
    places = [f"v[{at} - {back}]" if back else f"v[{at}]" for back in range(window - 1, -1, -1)]
    inside = f"whole AND {at} BETWEEN {window} AND months"
    total = f"CASE WHEN {inside} THEN {' + '.join(places)} ELSE {' + '.join(f'coalesce({place}, 0)' for place in places)} END"
    number = f"CASE WHEN {inside} THEN {window}::float8 ELSE ({window} - num_nulls({', '.join(places)}))::float8 END"
    return f"({total})", f"({number})"


def _calendar_months(later: str, earlier: str) -> str:
    """How many months lie between two first days of months, as SQL."""
    return (
        f"((date_part('year', {later}) - date_part('year', {earlier})) * 12"
        f" + date_part('month', {later}) - date_part('month', {earlier}))::int"
    )


def _starts(kind: str, mean: Any, deviation: Any) -> list[tuple[Segment, int]]:
    """The first month of each class, earliest class first, from mean and sample deviation of the months of adoption.

    Cut at mean - 2 sd (Rogers alone), mean - sd, mean and mean + sd, intervals closed on the left
    (Rogers, Diffusion of Innovations; Valente, 1995). Months are whole, so a bound is the next whole
    month. Without any spread everybody adopted in the mean month, which is late majority.
    """
    deviation = deviation or 0
    bounds = [(Segment.EARLY_ADOPTERS, None), (Segment.EARLY_MAJORITY, mean - deviation), (Segment.LATE_MAJORITY, mean)]
    if kind == SchemeKind.ROGERS:
        bounds[0] = (Segment.EARLY_ADOPTERS, mean - 2 * deviation)
        bounds.insert(0, (Segment.INNOVATORS, None))
    if deviation:
        bounds.append((Segment.LAGGARDS, mean + deviation))
    return [(segment, 1 if bound is None else max(1, math.ceil(bound))) for segment, bound in bounds]


# --- By volume ------------------------------------------------------------------------------------


def _by_volume(cursor: Any, version: SchemeVersion, as_of: dt.date) -> Sorting:
    """Sort by the sum of the trailing window's figures; who published nothing is a laggard.

    Missing months aren't filled in. Somebody with a volume, but with figures in fewer than
    `min_values` months of the window since first publishing, has not enough data: how long somebody
    has been publishing is asked of all the figures, not of the window's alone.
    """
    parameters = version.parameters
    window = parameters["window"]
    cursor.execute(
        f"""
        CREATE TEMPORARY TABLE segmentation_placed ON COMMIT DROP AS
        WITH sums AS MATERIALIZED (
            SELECT practitioner_id,
                coalesce(sum(value) FILTER (WHERE month >= %(since)s), 0) AS volume,
                count(*) FILTER (WHERE month >= %(since)s) AS months,
                min(month) FILTER (WHERE value > 0) AS first
            FROM adoption_measurement
            WHERE indicator_id = %(indicator)s AND month <= %(as_of)s
            GROUP BY practitioner_id
        )
        SELECT practitioner_id, coalesce(volume, 0) AS volume,
            -- Before the first publication every figure was zero: only who began within the window,
            -- late or with gaps, has to be counted again.
            CASE WHEN volume > 0 AND first > %(since)s
                    AND months - {_calendar_months("first", "%(since)s::date")} < %(min_values)s
                THEN (SELECT count(*) FROM adoption_measurement AS figure
                    WHERE figure.indicator_id = %(indicator)s AND figure.practitioner_id = people.practitioner_id
                        AND figure.month BETWEEN first AND %(as_of)s)
                ELSE coalesce(months, 0) END::int AS months
        FROM ({_people(version)}) AS people LEFT JOIN sums USING (practitioner_id)
        """,
        {
            "indicator": version.indicator_id,
            "as_of": as_of,
            "since": shift(as_of, 1 - window),
            "min_values": parameters["min_values"],
            "profession": parameters["profession"],
        },
    )
    unknown = ""
    if parameters["absent"] == "unknown":
        unknown = f"WHEN volume <= 0 AND months < %(min_values)s THEN '{Segment.NOT_ENOUGH_DATA.value}'"
    bands = " ".join(f"WHEN volume >= %({band.value})s THEN '{band.value}'" for band in BANDS)
    return Sorting(
        segment=f"""CASE {unknown}
            WHEN volume > 0 AND months < %(min_values)s THEN '{Segment.NOT_ENOUGH_DATA.value}'
            {bands} ELSE '{Segment.LAGGARDS.value}' END""",
        evidence="jsonb_build_object('volume', volume, 'months', months)",
        arguments={"min_values": parameters["min_values"], **{band.value: parameters[band] for band in BANDS}},
        statistics={
            "since": iso(shift(as_of, 1 - window)),
            "bounds": {band.value: parameters[band] for band in BANDS},
        },
    )
