"""What lists and charts need of figures and segments beside their own rows."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery, Sum

from adoption.enums import Segment
from adoption.models import AdoptionRollup, Indicator, Measurement, SchemeVersion, SegmentAssignment
from practitioners.models import Practitioner

from .segments import current_assignments


def main_indicator(version: SchemeVersion | None) -> Indicator | None:
    """The figure that pages show first: the working scheme's, else one that tells who publishes."""
    if version is not None:
        return version.indicator
    return Indicator.objects.order_by("-publishes", "code").first()


def segment_subquery(version: SchemeVersion | None, practitioner: str) -> Subquery:
    """The present segment of the practitioner in this column, for annotating a list; empty without one."""
    if version is None:
        return Subquery(SegmentAssignment.objects.none().values("segment"))
    return Subquery(current_assignments(version).filter(practitioner=OuterRef(practitioner)).values("segment")[:1])


def in_segment(version: SchemeVersion | None, segment: str, practitioner: str) -> Q:
    """Whether the practitioner in this column is now in a segment; unassigned means in none."""
    rows = SegmentAssignment.objects.none() if version is None else current_assignments(version)
    rows = rows.filter(practitioner=OuterRef(practitioner))
    if segment == Segment.UNASSIGNED:
        return ~Q(Exists(rows.exclude(segment=Segment.UNASSIGNED)))
    return Q(Exists(rows.filter(segment=segment)))


def assignment_of(practitioner: Practitioner, version: SchemeVersion | None) -> SegmentAssignment | None:
    """Which segment a practitioner is in now, with the evidence."""
    if version is None:
        return None
    return (
        current_assignments(version)
        .filter(practitioner=practitioner)
        .select_related("version__scheme", "version__indicator", "first_run")
        .first()
    )


def recent_figures(
    practitioners: Iterable[int], *, indicator: Indicator | None, months: int = 6
) -> dict[int, dict[dt.date, float]]:
    """The last months' figures of some practitioners, by practitioner and month, oldest first."""
    found: dict[int, dict[dt.date, float]] = defaultdict(dict)
    ids = list(practitioners)
    if indicator is None or not ids:
        return found
    rows = Measurement.objects.filter(indicator=indicator, practitioner__in=ids)
    newest = rows.order_by("-month").values_list("month", flat=True).first()
    if newest is None:
        return found
    index = newest.year * 12 + newest.month - months
    since = dt.date(index // 12, index % 12 + 1, 1)
    for practitioner, month, value in (
        rows.filter(month__gte=since).order_by("month").values_list("practitioner_id", "month", "value")
    ):
        found[practitioner][month] = value
    return found


def network_curve(indicator: Indicator | None) -> list[dict[str, Any]]:
    """Month by month: active practitioners, those who published, and the sum of the figures."""
    if indicator is None:
        return []
    rows: Iterable[Any] = (
        AdoptionRollup.objects.filter(indicator=indicator)
        .values("month")
        .annotate(
            base=Sum("practitioners"),
            reported=Sum("reporting"),
            publishing=Sum("publishers"),
            figures=Sum("value_sum"),
            denominators=Sum("denominator_sum"),
        )
        .order_by("month")
    )
    return list(rows)
