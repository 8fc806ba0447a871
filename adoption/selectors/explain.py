"""Why a practitioner stands in a segment, in a sentence."""

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from adoption.enums import IndicatorKind, SchemeKind, Segment
from adoption.models import Indicator, SegmentAssignment, SegmentationRun
from adoption.parameters import BANDS
from core.months import from_iso, in_words

from .segments import latest_run


def explain_assignment(assignment: SegmentAssignment, *, run: SegmentationRun | None = None) -> str:
    """The numbers that led to the segment, told in the reader's language.

    `run` is the run whose month and bounds are named: for a list, give it once; by default it is the
    last one under which the assignment held. The words are for staff, never for the practitioner.
    """
    run = run or _run_of(assignment)
    if assignment.version.scheme.kind == SchemeKind.VOLUME_BANDS:
        return _explain_volume(assignment, run)
    return _explain_time(assignment, run)


def _run_of(assignment: SegmentAssignment) -> SegmentationRun:
    if assignment.ended_by_id is None:
        return latest_run(assignment.version) or assignment.first_run
    earlier = SegmentationRun.objects.filter(version=assignment.version_id, pk__lt=assignment.ended_by_id)
    return earlier.order_by("-pk").first() or assignment.first_run


def _number(value: float) -> str:
    return number_format(int(value) if value == int(value) else round(value, 2), use_l10n=True)


def _value(indicator: Indicator, value: float) -> str:
    """A value as people write it: a coverage in per cent."""
    return f"{_number(value * 100)} %" if indicator.kind == IndicatorKind.COVERAGE else _number(value)


def _explain_volume(assignment: SegmentAssignment, run: SegmentationRun) -> str:
    evidence, parameters = assignment.evidence, assignment.version.parameters
    words: dict[str, Any] = {
        "indicator": assignment.version.indicator.name,
        "window": parameters["window"],
        "month": in_words(run.as_of),
        "volume": _number(evidence["volume"]),
        "figures": evidence["months"],
        "least": parameters["min_values"],
    }
    if assignment.segment == Segment.NOT_ENOUGH_DATA:
        if not evidence["volume"]:
            return (
                _(
                    "%(indicator)s: figures for %(figures)s of the %(window)s months up to %(month)s; "
                    "with fewer than %(least)s it isn't known whether anything was published."
                )
                % words
            )
        return (
            _(
                "%(indicator)s: %(volume)s in the %(window)s months up to %(month)s, but since the first publication "
                "only %(figures)s of these months have a figure; at least %(least)s are needed."
            )
            % words
        )
    bounds = {band: parameters[band.value] for band in BANDS}
    if assignment.segment == Segment.LAGGARDS:
        if evidence["volume"]:
            words["bound"] = _number(bounds[Segment.LATE_MAJORITY])
            return (
                _("%(indicator)s: %(volume)s in the %(window)s months up to %(month)s, fewer than %(bound)s.") % words
            )
        if not evidence["months"]:
            return _("%(indicator)s: no figure in the %(window)s months up to %(month)s, so none published.") % words
        return _("%(indicator)s: none in the %(window)s months up to %(month)s.") % words
    words["bound"] = _number(bounds[Segment(assignment.segment)])
    place = BANDS.index(Segment(assignment.segment))
    if place == 0:
        return (
            _("%(indicator)s: %(volume)s in the %(window)s months up to %(month)s; this band begins at %(bound)s.")
            % words
        )
    words["next"] = _number(bounds[BANDS[place - 1]])
    return (
        _(
            "%(indicator)s: %(volume)s in the %(window)s months up to %(month)s; "
            "this band begins at %(bound)s, the next one up at %(next)s."
        )
        % words
    )


def _explain_time(assignment: SegmentAssignment, run: SegmentationRun) -> str:
    evidence, parameters = assignment.evidence, assignment.version.parameters
    indicator, statistics = assignment.version.indicator, run.statistics
    words: dict[str, Any] = {
        "indicator": indicator.name,
        "window": parameters["window"],
        "least": parameters["min_values"],
        "threshold": _value(indicator, parameters["threshold"]),
        "month": in_words(run.as_of),
    }
    if assignment.segment == Segment.NOT_ENOUGH_DATA:
        words["figures"] = evidence["values"]
        return (
            ngettext(
                "%(indicator)s: %(figures)s figure up to %(month)s; "
                "no %(window)s months in a row have the %(least)s that a mean needs.",
                "%(indicator)s: %(figures)s figures up to %(month)s; "
                "no %(window)s months in a row have the %(least)s that a mean needs.",
                evidence["values"],
            )
            % words
        )
    if assignment.segment == Segment.NON_ADOPTERS:
        words["best"] = _value(indicator, evidence["best"])
        return (
            _(
                "%(indicator)s: the highest mean of %(window)s months up to %(month)s is %(best)s; "
                "%(threshold)s counts as adoption."
            )
            % words
        )
    words |= {"adopted": in_words(from_iso(evidence["adopted"])), "mean": _value(indicator, evidence["mean"])}
    if assignment.segment == Segment.LEFT_CENSORED:
        return (
            _(
                "%(indicator)s: the mean of %(window)s months was already %(mean)s in %(adopted)s, the first month that "
                "can be judged; the day of adoption lies before the data begins."
            )
            % words
        )
    told = (
        _(
            "%(indicator)s: adopted in %(adopted)s, when the mean of %(window)s months first reached "
            "%(threshold)s (%(mean)s)."
        )
        % words
    )
    return f"{told} {_place_among_adopters(assignment.segment, statistics)}".strip()


def _place_among_adopters(segment: str, statistics: dict[str, Any]) -> str:
    """Which months a class covers, from the bounds that the run was cut at."""
    starts = {name: in_words(from_iso(month)) for name, month in statistics.get("starts", {}).items()}
    names = list(starts)
    if segment not in names or len(names) < 2:
        return ""
    place = names.index(segment)
    words: dict[str, Any] = {"adopters": _number(statistics["adopters"]), "since": starts[segment]}
    if place + 1 < len(names):
        words["next"] = starts[names[place + 1]]
        if place == 0:
            return _("Of %(adopters)s adopters this class adopted before %(next)s.") % words
        return _("Of %(adopters)s adopters this class adopted from %(since)s until before %(next)s.") % words
    return _("Of %(adopters)s adopters this class adopted in %(since)s or later.") % words
