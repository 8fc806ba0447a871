"""Who is in which segment, how many, and who moved."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet
from django.utils.translation import gettext as _

from adoption.enums import RunState, SchemeKind, Segment
from adoption.models import SchemeVersion, SegmentAssignment, SegmentationRun
from core.shares import largest_remainder
from practitioners.enums import Profession
from practitioners.models import Practitioner

# The order in which segments are told, from the first adopters to those who can't be placed.
ORDER = [
    Segment.INNOVATORS,
    Segment.EARLY_ADOPTERS,
    Segment.EARLY_MAJORITY,
    Segment.LATE_MAJORITY,
    Segment.LAGGARDS,
    Segment.NON_ADOPTERS,
    Segment.LEFT_CENSORED,
    Segment.NOT_ENOUGH_DATA,
]
SEGMENTS_OF: dict[str, list[Segment]] = {
    SchemeKind.ROGERS: ORDER,
    SchemeKind.VALENTE: [segment for segment in ORDER if segment != Segment.INNOVATORS],
    SchemeKind.VOLUME_BANDS: [
        segment for segment in ORDER if segment not in {Segment.NON_ADOPTERS, Segment.LEFT_CENSORED}
    ],
}


@dataclass(frozen=True)
class SegmentShare:
    """A segment's count and its share of the base, in per cent with one decimal."""

    segment: Segment
    count: int
    share: Decimal


@dataclass(frozen=True)
class SegmentCounts:
    """How a run sorted everyone: the counts add up to the base, the shares to 100."""

    run: SegmentationRun
    as_of: dt.date
    base: int
    base_name: str
    segments: list[SegmentShare]

    def of(self, segment: str) -> SegmentShare:
        """One segment's line; zero where the scheme doesn't have it."""
        found = (line for line in self.segments if line.segment == segment)
        return next(found, SegmentShare(Segment(segment), 0, Decimal("0.0")))


@dataclass(frozen=True)
class Movement:
    """How many practitioners went from one segment to another in a run; empty means newly sorted or gone."""

    from_segment: str
    to_segment: str
    count: int


@dataclass(frozen=True)
class Stay:
    """A practitioner's time in one segment, from the month of one run until that of another."""

    segment: Segment
    since: dt.date
    until: dt.date | None
    assignment: SegmentAssignment


def working_version() -> SchemeVersion | None:
    """The version of a scheme that the playbooks follow."""
    return SchemeVersion.objects.filter(is_working=True).select_related("scheme", "indicator").first()


def current_assignments(version: SchemeVersion | None = None) -> QuerySet[SegmentAssignment]:
    """Where everybody stands now, under the working version unless another one is named."""
    version = version or working_version()
    if version is None:
        return SegmentAssignment.objects.none()
    return SegmentAssignment.objects.filter(version=version, ended_by__isnull=True)


def assignments_at(run: SegmentationRun) -> QuerySet[SegmentAssignment]:
    """Where everybody stood right after a run."""
    return SegmentAssignment.objects.filter(version=run.version_id, first_run__lte=run.pk).exclude(ended_by__lte=run.pk)


def latest_run(version: SchemeVersion | None = None) -> SegmentationRun | None:
    """The last finished run of a version (of the working one unless named)."""
    version = version or working_version()
    if version is None:
        return None
    runs = SegmentationRun.objects.filter(version=version, state=RunState.DONE)
    return runs.select_related("version__scheme", "version__indicator").order_by("-pk").first()


def base_name(parameters: dict[str, Any]) -> str:
    """What the base of a version's shares is called: whom it sorts."""
    profession = parameters.get("profession", "any")
    if profession == Profession.GENERAL_PRACTITIONER:
        return _("active general practitioners")
    if profession == "any":
        return _("active practitioners")
    return _("active practitioners (%(profession)s)") % {"profession": Profession(profession).label}


def segment_counts(run: SegmentationRun) -> SegmentCounts:
    """A run's counts per segment, empty segments included, with shares that add up to 100 on its base."""
    found = dict(run.counts.values_list("segment", "count"))
    segments = SEGMENTS_OF[run.version.scheme.kind]
    counts = [found.get(segment.value, 0) for segment in segments]
    shares = largest_remainder(counts)
    return SegmentCounts(
        run=run,
        as_of=run.as_of,
        base=run.practitioners,
        base_name=base_name(run.version.parameters),
        segments=[SegmentShare(*line) for line in zip(segments, counts, shares, strict=True)],
    )


def movements(run: SegmentationRun) -> list[Movement]:
    """Who went where in a run, as counts: newly sorted ones come from nowhere, those who left go nowhere."""
    entered = (
        SegmentAssignment.objects.filter(version=run.version_id, entered_by=run, first_run=run)
        .values_list("previous_segment", "segment")
        .annotate(count=Count("pk"))
    )
    left = (
        SegmentAssignment.objects.filter(version=run.version_id, ended_by=run)
        .exclude(practitioner__in=assignments_at(run).values("practitioner"))
        .values_list("segment")
        .annotate(count=Count("pk"))
    )
    lines = [Movement(was or "", now, count) for was, now, count in entered]
    lines += [Movement(was, "", count) for was, count in left]
    rank = {segment.value: place for place, segment in enumerate(ORDER)}
    return sorted(lines, key=lambda line: (rank.get(line.from_segment, 99), rank.get(line.to_segment, 99)))


def stays_of(practitioner: Practitioner, version: SchemeVersion | None = None) -> list[Stay]:
    """The segments that a practitioner went through, oldest first; what only changed in evidence is one stay."""
    version = version or working_version()
    if version is None:
        return []
    rows = (
        SegmentAssignment.objects.filter(version=version, practitioner=practitioner)
        .select_related("entered_by", "ended_by", "first_run", "version__scheme", "version__indicator")
        .order_by("first_run_id")
    )
    stays: list[Stay] = []
    for row in rows:
        until = row.ended_by.as_of if row.ended_by else None
        since = row.entered_by.as_of
        if stays and stays[-1].assignment.entered_by_id == row.entered_by_id:
            stays.pop()
        stays.append(Stay(Segment(row.segment), since, until, row))
    return stays


def runs_of(version: SchemeVersion) -> QuerySet[SegmentationRun]:
    """The finished runs of a version, latest first."""
    return SegmentationRun.objects.filter(version=version, state=RunState.DONE).order_by("-pk")


def moved_in(run: SegmentationRun) -> QuerySet[SegmentAssignment]:
    """The practitioners whom a run brought from one segment into another."""
    rows = SegmentAssignment.objects.filter(version=run.version_id, entered_by=run, first_run=run)
    return rows.exclude(previous_segment="").exclude(previous_segment=F("segment"))
