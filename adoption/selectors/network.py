"""The network's picture in a month: every share beside its base, adding up to 100."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from adoption.catalogue import JUNE_2018
from adoption.enums import RunState, Segment
from adoption.models import AdoptionRollup, NetworkMeasurement, SegmentationRun
from core.months import in_words
from core.shares import largest_remainder

from .segments import segment_counts, working_version

DECK_SEGMENTS = [Segment.INNOVATORS, Segment.EARLY_ADOPTERS, Segment.EARLY_MAJORITY, Segment.LATE_MAJORITY]


@dataclass(frozen=True)
class PublishedFigure:
    """A figure that the network published, in the latest month at or before the one that was asked for."""

    code: str
    name: str
    month: dt.date
    value: float
    is_approximate: bool
    usual: float | None
    base: float | None
    base_name: str
    source: str


@dataclass(frozen=True)
class Part:
    """A part of a base: its count and its share in per cent."""

    code: str
    name: str
    count: int
    share: Decimal


@dataclass(frozen=True)
class Panel:
    """One base and its parts: the counts add up to the base, the shares to 100.

    `source` is `published` for the network's own words, `measured` for what stands in this database.
    """

    code: str
    title: str
    as_of: dt.date
    base: int
    base_name: str
    parts: list[Part]
    source: str
    is_approximate: bool = False


@dataclass(frozen=True)
class NetworkPicture:
    """What is known of the network in a month; `note` says why the deck's shares can't share a base."""

    as_of: dt.date
    figures: list[PublishedFigure]
    panels: list[Panel]
    run: SegmentationRun | None = None
    note: str = ""
    caseload: dict[str, Any] = field(default_factory=dict)


def network_picture(as_of: dt.date | None = None) -> NetworkPicture:
    """The network as published and as measured in a month (by default the latest one that was sorted).

    No panel mixes bases: who publishes is told of the active GPs, the bands both of the active GPs and
    of the publishers, each by itself.
    """
    run = _run_at(as_of)
    month = (as_of or (run.as_of if run else JUNE_2018)).replace(day=1)
    figures = _figures(month)
    panels = _published_panels({figure.code: figure for figure in figures if figure.month == month}, month)
    if run is not None:
        panels += _measured_panels(run)
    return NetworkPicture(
        as_of=month,
        figures=figures,
        panels=panels,
        run=run,
        note=_why_not_one_base() if month == JUNE_2018 else "",
        caseload=_caseload(panels),
    )


def _run_at(as_of: dt.date | None) -> SegmentationRun | None:
    version = working_version()
    if version is None:
        return None
    runs = SegmentationRun.objects.filter(version=version, state=RunState.DONE)
    if as_of is not None:
        runs = runs.filter(as_of=as_of.replace(day=1))
    return runs.select_related("version__scheme", "version__indicator").order_by("-pk").first()


def _figures(month: dt.date) -> list[PublishedFigure]:
    rows = NetworkMeasurement.objects.filter(month__lte=month).order_by("code", "-month").distinct("code")
    return [
        PublishedFigure(
            row.code, row.name, row.month, row.value, row.is_approximate, row.usual, row.base, row.base_name, row.source
        )
        for row in rows
    ]


def _panel(
    code: str,
    title: str,
    month: dt.date,
    base_name: str,
    counted: Sequence[tuple[str, str, int]],
    source: str,
    is_approximate: bool = False,
) -> Panel:
    shares = largest_remainder([count for _code, _name, count in counted])
    parts = [Part(*line, share) for line, share in zip(counted, shares, strict=True)]
    return Panel(code, title, month, sum(part.count for part in parts), base_name, parts, source, is_approximate)


def _published_panels(figures: dict[str, PublishedFigure], month: dt.date) -> list[Panel]:
    """The panels that the network's own figures of this month allow."""
    panels = []
    active, publishers = figures.get("active_gps"), figures.get("publishing_gps")
    silent, first = figures.get("non_publishing_gps"), figures.get("documents_consulted_first_part")
    second = figures.get("documents_consulted_second_part")
    if active and publishers and silent and publishers.value + silent.value == active.value:
        lines = [(one.code, one.name, int(one.value)) for one in (publishers, silent)]
        title = _("Who publishes, of all active GPs")
        panels.append(_panel("publishing", title, month, publishers.base_name, lines, "published"))
    bands = [figures.get(f"gps_{segment.value}") for segment in (*DECK_SEGMENTS, Segment.NOT_ENOUGH_DATA)]
    known = [band for band in bands if band is not None]
    if publishers and silent and len(known) == len(bands) and sum(b.value for b in known) == publishers.value:
        lines = [(band.code.removeprefix("gps_"), band.name, int(band.value)) for band in known]
        base_name = known[0].base_name
        title = _("Bands, of the GPs who publish")
        panels.append(_panel("bands_of_publishers", title, month, base_name, lines, "published", True))
        lines = [*lines, (Segment.LAGGARDS.value, str(Segment.LAGGARDS.label), int(silent.value))]
        title = _("Bands, of all active GPs")
        panels.append(_panel("bands_of_active", title, month, publishers.base_name, lines, "published", True))
    if first and second:
        lines = [(one.code, one.name, int(one.value)) for one in (first, second)]
        title = _("Documents consulted in the month")
        panels.append(_panel("consultations", title, month, first.base_name, lines, "published"))
    return panels


def _measured_panels(run: SegmentationRun) -> list[Panel]:
    """The panels that this database's own figures and segments give."""
    counts = segment_counts(run)
    lines = [(line.segment.value, str(line.segment.label), line.count) for line in counts.segments]
    title = _("Segments, of all those sorted (%(scheme)s)") % {"scheme": run.version.scheme.name}
    panels = [_panel("segments", title, run.as_of, counts.base_name, lines, "measured")]
    if run.version.indicator.publishes:
        sums = AdoptionRollup.objects.filter(indicator=run.version.indicator, month=run.as_of).aggregate(
            base=Sum("practitioners"), publishers=Sum("publishers")
        )
        if sums["base"]:
            publishers = sums["publishers"]
            lines = [
                ("publishing", _("Published in the month"), publishers),
                ("non_publishing", _("Published nothing in the month"), sums["base"] - publishers),
            ]
            title = _("Who published in %(month)s") % {"month": in_words(run.as_of)}
            base_name = _("active practitioners")
            panels.append(_panel("publishing_measured", title, run.as_of, base_name, lines, "measured"))
    return panels


def _caseload(panels: list[Panel]) -> dict[str, Any]:
    """Late majority and laggards together, on one base: whom the coaching is for."""
    by_code = {panel.code: panel for panel in panels}
    panel = by_code.get("segments") or by_code.get("bands_of_active")
    if panel is None:
        return {}
    theirs = [part for part in panel.parts if part.code in {Segment.LATE_MAJORITY, Segment.LAGGARDS}]
    count = sum(part.count for part in theirs)
    share = largest_remainder([count, panel.base - count])[0]
    return {
        "count": count,
        "share": share,
        "base": panel.base,
        "base_name": panel.base_name,
        "as_of": panel.as_of,
    }


def _why_not_one_base() -> str:
    return _(
        "The slides show 1, 10, 34, 53 and 27 % side by side, which makes 125 %: they are shares of two bases. "
        "27 % is 395 of 1,447 active GPs; 1, 10, 34 and 53 % can only be shares of the 1,052 who publish. "
        "Of the active GPs the late majority is about 558 or 38.6 %, and together with the laggards about 953 or "
        "65.9 %, not 80 %."
    )
