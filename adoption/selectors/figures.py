"""A practitioner's figures, month by month."""

import datetime as dt
from dataclasses import dataclass

from adoption.enums import IndicatorKind
from adoption.models import Indicator, Measurement, PremiumThreshold
from practitioners.models import Practitioner


@dataclass(frozen=True)
class Figure:
    """One month: the value, its denominator, and `ratio`, a coverage's fraction (None elsewhere)."""

    month: dt.date
    value: float
    denominator: float | None
    ratio: float | None


@dataclass(frozen=True)
class Series:
    """An indicator and its figures in order of months; a month without a figure isn't there."""

    indicator: Indicator
    figures: list[Figure]


def figures_of(
    practitioner: Practitioner,
    *,
    indicator: Indicator | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> list[Series]:
    """A practitioner's figures per indicator, between two months (both included)."""
    rows = Measurement.objects.filter(practitioner=practitioner)
    if indicator is not None:
        rows = rows.filter(indicator=indicator)
    if since is not None:
        rows = rows.filter(month__gte=since.replace(day=1))
    if until is not None:
        rows = rows.filter(month__lte=until)
    by_indicator: dict[int, list[Figure]] = {}
    values = rows.order_by("indicator", "month").values_list("indicator", "month", "value", "denominator")
    for indicator_id, month, value, denominator in values:
        figure = Figure(month, value, denominator, value / denominator if denominator else None)
        by_indicator.setdefault(indicator_id, []).append(figure)
    indicators = Indicator.objects.in_bulk(by_indicator)
    series = [Series(indicators[pk], figures) for pk, figures in by_indicator.items()]
    return sorted(series, key=lambda line: line.indicator.code)


def premium_minimum(indicator: Indicator, year: int) -> float | None:
    """The coverage that the premium asks for in a year, as a fraction; None when it isn't known."""
    if indicator.kind != IndicatorKind.COVERAGE:
        return None
    rows = PremiumThreshold.objects.filter(indicator=indicator, year=year)
    return rows.values_list("minimum", flat=True).first()
