"""Sorting practitioners into segments, and keeping what changed."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from adoption.enums import IndicatorKind, RunState, SchemeKind
from adoption.errors import InvalidMonth, InvalidParameter, RunGoesBack, UnknownCode
from adoption.models import (
    AdoptionRollup,
    Indicator,
    Measurement,
    SchemeVersion,
    SegmentationRun,
    SegmentationScheme,
    SegmentCount,
)
from adoption.parameters import complete_parameters
from adoption.selectors.segments import SEGMENTS_OF, current_assignments
from core import clock, locks
from core.months import in_words

from .heavy import room_for_whole_tables
from .rollup import refresh_rollup_after_run
from .sorting import Sorting, sort_everybody

_PLACED = "SELECT practitioner_id, {segment} AS segment, {evidence} AS evidence FROM segmentation_placed OFFSET 0"
_ASSIGN = """INSERT INTO adoption_segmentassignment
    (version_id, practitioner_id, segment, previous_segment, evidence, first_run_id, entered_by_id)"""

# Where the columns of a change come from: `place` is the newly sorted row, `held` the current assignment.
_CHANGES = """
    CREATE TEMPORARY TABLE segmentation_changes ON COMMIT DROP AS
    SELECT place.practitioner_id, place.segment, place.evidence, held.id AS held_id,
        held.segment AS held_segment, held.previous_segment AS held_previous, held.entered_by_id AS held_entered_by
    FROM ({placed}) AS place
    FULL JOIN (
        SELECT * FROM adoption_segmentassignment WHERE version_id = %(version)s AND ended_by_id IS NULL
    ) AS held USING (practitioner_id)
    WHERE place.segment IS DISTINCT FROM held.segment OR place.evidence IS DISTINCT FROM held.evidence
"""


@transaction.atomic
def run_segmentation(
    *,
    scheme_code: str,
    as_of: dt.date,
    indicator_code: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    working: bool = False,
    by: User | None = None,
    at: dt.datetime | None = None,
) -> SegmentationRun:
    """Sort everybody by a scheme on the figures up to a month, and write what changed.

    Parameters that the scheme hasn't run with before pin a new version of it. `working` makes the
    version the one that the playbooks follow. Only active practitioners are sorted; the assignments
    of those who left end. Runs wait for each other, and one that is cut off leaves nothing.

    Raises UnknownCode, InvalidParameter, InvalidMonth (in the future, or after the last figures) and
    RunGoesBack (the version already holds a later month).
    """
    at = at or clock.now()
    as_of = as_of.replace(day=1)
    locks.hold("adoption.segmentation")
    version = _pin(scheme_code, indicator_code, parameters, at)
    _check_month(version, as_of)
    switched = working and not version.is_working
    if switched:
        SchemeVersion.objects.filter(is_working=True).update(is_working=False)
        version.is_working = True
        version.save(update_fields=["is_working"])
    run = SegmentationRun.objects.create(version=version, as_of=as_of, started_at=at, by=by)
    with room_for_whole_tables() as cursor:
        cursor.execute("DROP TABLE IF EXISTS segmentation_placed, segmentation_changes")
        sorting = sort_everybody(cursor, version, as_of)
        cursor.execute("ANALYZE segmentation_placed")
        _write(cursor, run, sorting)
        cursor.execute("DROP TABLE IF EXISTS segmentation_placed, segmentation_changes")
    run.state = RunState.DONE
    run.finished_at = max(at, clock.now())
    run.save(update_fields=["state", "finished_at", "practitioners", "changed", "moved", "statistics"])
    if version.is_working:
        refresh_rollup_after_run(run, switched=switched)
    return run


def run_working_version(
    *, as_of: dt.date | None = None, by: User | None = None, at: dt.datetime | None = None
) -> SegmentationRun:
    """Sort everybody anew by the version that the playbooks follow, on the figures up to its last month.

    Raises UnknownCode when no version is the working one, and what run_segmentation raises.
    """
    version = SchemeVersion.objects.filter(is_working=True).select_related("scheme", "indicator").first()
    if version is None:
        raise UnknownCode(_("No scheme is the working one yet: run one with --working."))
    if as_of is None:
        figures = AdoptionRollup.objects.filter(indicator=version.indicator, month__lte=clock.today(), reporting__gt=0)
        as_of = figures.aggregate(last=Max("month"))["last"] or clock.today()
    return run_segmentation(
        scheme_code=version.scheme.code,
        as_of=as_of,
        indicator_code=version.indicator.code,
        parameters=version.parameters,
        by=by,
        at=at,
    )


def _pin(
    scheme_code: str, indicator_code: str | None, given: Mapping[str, Any] | None, at: dt.datetime
) -> SchemeVersion:
    """The version of the scheme with these parameters; made when there is none yet."""
    scheme = SegmentationScheme.objects.filter(code=scheme_code).first()
    if scheme is None:
        raise _unknown("scheme", scheme_code, SegmentationScheme.objects.values_list("code", flat=True))
    first = scheme.versions.order_by("number").select_related("indicator").first()
    if indicator_code is not None:
        indicator = Indicator.objects.filter(code=indicator_code).first()
        if indicator is None:
            raise _unknown("indicator", indicator_code, Indicator.objects.values_list("code", flat=True))
    elif first is not None:
        indicator = first.indicator
    else:
        raise InvalidParameter(_("Name the indicator to sort by."), fields={"indicator": _("This is required.")})
    if scheme.kind == SchemeKind.VOLUME_BANDS and indicator.kind != IndicatorKind.COUNT:
        message = _("Volume bands add up counts, and the indicator %(code)s is not a count.") % {"code": indicator.code}
        raise InvalidParameter(message, fields={"indicator": message})
    parameters = complete_parameters(scheme.kind, given)
    version = scheme.versions.filter(indicator=indicator, parameters=parameters).first()
    if version is None:
        number = (scheme.versions.aggregate(last=Max("number"))["last"] or 0) + 1
        version = SchemeVersion(scheme=scheme, number=number, indicator=indicator, parameters=parameters)
    version.scheme, version.indicator = scheme, indicator
    version.first_run_at = version.first_run_at or at
    version.save()
    return version


def _check_month(version: SchemeVersion, as_of: dt.date) -> None:
    """Refuse a month that hasn't come, has no figures yet, or lies before what the version already holds."""
    figures = Measurement.objects.filter(indicator=version.indicator)
    if as_of > clock.today():
        why = _("%(month)s lies in the future.") % {"month": in_words(as_of)}
    elif not figures.filter(month__gte=as_of).exists():
        last = figures.aggregate(last=Max("month"))["last"]
        words = {"indicator": version.indicator.code, "month": in_words(last) if last else ""}
        if last:
            why = _("There are no figures of %(indicator)s after %(month)s: sort up to that month.") % words
        else:
            why = _("There are no figures of %(indicator)s: import them first.") % words
    elif not figures.filter(month__lte=as_of).exists():
        first = figures.order_by("month").values_list("month", flat=True).first()
        words = {"indicator": version.indicator.code, "month": in_words(first or as_of)}
        why = _("The figures of %(indicator)s begin in %(month)s.") % words
    else:
        latest = version.runs.filter(state=RunState.DONE).aggregate(latest=Max("as_of"))["latest"]
        if latest and as_of < latest:
            raise RunGoesBack(
                _("%(version)s was already run on the figures up to %(month)s; it only goes forward.")
                % {"version": version, "month": in_words(latest)},
                fields={"as_of": _("Choose %(month)s or a later month.") % {"month": in_words(latest)}},
            )
        return
    raise InvalidMonth(why, fields={"as_of": why})


def _write(cursor: Any, run: SegmentationRun, sorting: Sorting) -> None:
    """Write what the run found and count it; completes the run's numbers."""
    placed = _PLACED.format(segment=sorting.segment, evidence=sorting.evidence)
    words = {"version": run.version_id, "run": run.pk, **sorting.arguments}
    if current_assignments(run.version).exists():
        _write_changes(cursor, run, placed, words)
    else:
        cursor.execute(
            f"""{_ASSIGN} SELECT %(version)s, practitioner_id, segment, '', evidence, %(run)s, %(run)s
                FROM ({placed}) AS place""",
            words,
        )
        run.changed = cursor.rowcount
    cursor.execute(
        """SELECT segment, count(*) FROM adoption_segmentassignment
           WHERE version_id = %(version)s AND ended_by_id IS NULL GROUP BY segment""",
        words,
    )
    counts = dict(cursor.fetchall())
    run.practitioners = sum(counts.values())
    run.statistics = sorting.statistics
    segments = SEGMENTS_OF[run.version.scheme.kind]
    SegmentCount.objects.bulk_create(
        [SegmentCount(run=run, segment=segment, count=counts.get(segment.value, 0)) for segment in segments]
    )


def _write_changes(cursor: Any, run: SegmentationRun, placed: str, words: dict[str, Any]) -> None:
    """End the assignments that no longer hold and write the new ones."""
    cursor.execute(_CHANGES.format(placed=placed), words)
    cursor.execute(
        """SELECT count(*), count(*) FILTER (WHERE held_segment <> segment), count(held_id)
           FROM segmentation_changes"""
    )
    run.changed, run.moved, ended = cursor.fetchone()
    if ended:
        cursor.execute(
            """UPDATE adoption_segmentassignment AS assignment SET ended_by_id = %(run)s
               FROM segmentation_changes AS change WHERE assignment.id = change.held_id""",
            words,
        )
    cursor.execute(
        f"""{_ASSIGN}
            SELECT %(version)s, practitioner_id, segment,
                CASE WHEN held_segment = segment THEN held_previous ELSE coalesce(held_segment, '') END,
                evidence, %(run)s, CASE WHEN held_segment = segment THEN held_entered_by ELSE %(run)s END
            FROM segmentation_changes WHERE segment IS NOT NULL""",
        words,
    )


def _unknown(field: str, code: str, known: Any) -> UnknownCode:
    words = {"field": field, "code": code, "known": ", ".join(known)}
    message = _("There is no %(field)s “%(code)s”. There are: %(known)s.") % words
    return UnknownCode(message, fields={field: message})
