"""Figures told as charts: the finding as a title, the base beneath, a table that says the same."""

import datetime as dt
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from adoption.enums import IndicatorKind
from adoption.selectors.figures import Figure, Series


def _month(day: dt.date) -> str:
    return date_format(day, "N Y")


def _number(value: float, decimals: int = 0) -> str:
    return number_format(value, decimal_pos=decimals, force_grouping=True)


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every month from one to another, both included."""
    start = first.year * 12 + first.month - 1
    end = last.year * 12 + last.month - 1
    return [dt.date(index // 12, index % 12 + 1, 1) for index in range(start, end + 1)]


def figure_of(series: Series, *, threshold: float | None = None) -> dict[str, Any] | None:
    """One practitioner's figures of one indicator as a chart; a coverage may have a threshold to reach."""
    if not series.figures:
        return None
    if series.indicator.kind == IndicatorKind.COVERAGE:
        return _coverage(series, threshold)
    if series.indicator.kind == IndicatorKind.COUNT:
        return _counts(series)
    return _scores(series)


def _chart(
    series: Series,
    *,
    title: str,
    base: str,
    values: dict[dt.date, float],
    heads: list[str],
    rows: list[list[str]],
    unit: str = "",
    mark: dict[str, Any] | None = None,
) -> dict[str, Any]:
    months = months_between(min(values), max(values))
    return {
        "title": title,
        "base": base,
        "heads": heads,
        "rows": rows,
        "data": {
            "kind": "line",
            "unit": unit,
            "mark": mark,
            "labels": [_month(month) for month in months],
            "series": [
                {
                    "name": series.indicator.name,
                    "colour": "segment-2",
                    "values": [values.get(month) for month in months],
                }
            ],
        },
    }


def _total(figures: list[Figure], last: dt.date, months: int, skip: int = 0) -> float:
    end = last.year * 12 + last.month - skip
    return sum(one.value for one in figures if end - months < one.month.year * 12 + one.month.month <= end)


def _counts(series: Series) -> dict[str, Any]:
    figures, name = series.figures, series.indicator.name
    last = figures[-1].month
    words = {
        "name": name,
        "month": _month(last),
        "now": _number(_total(figures, last, 12)),
        "before": _number(_total(figures, last, 12, skip=12)),
    }
    if not any(one.value for one in figures):
        title = _("%(name)s: none up to %(month)s") % words
    elif len(months_between(figures[0].month, last)) < 24:
        title = _("%(name)s: %(now)s in the twelve months to %(month)s") % words
    else:
        title = _("%(name)s: %(now)s in the twelve months to %(month)s, %(before)s in the twelve before") % words
    base = ngettext(
        "This practitioner's own figure of %(count)s month.",
        "This practitioner's own figures of %(count)s months; each point is one month.",
        len(figures),
    ) % {"count": len(figures)}
    rows = [[_month(one.month), _number(one.value)] for one in reversed(figures)]
    values = {one.month: one.value for one in figures}
    return _chart(series, title=title, base=base, values=values, heads=[_("Month"), name], rows=rows)


def _coverage(series: Series, threshold: float | None) -> dict[str, Any] | None:
    points = [one for one in series.figures if one.denominator]
    if not points:
        return None
    last, name = points[-1], series.indicator.name
    ratio = last.ratio or 0.0
    words = {
        "name": name,
        "share": _number(100 * ratio, 1),
        "month": _month(last.month),
        "value": _number(last.value),
        "base": _number(last.denominator or 0),
        "goal": _number(100 * (threshold or 0)),
    }
    if threshold is None:
        title = _("%(name)s: %(share)s %% in %(month)s") % words
    elif ratio >= threshold:
        title = _("%(name)s: %(share)s %% in %(month)s, above the %(goal)s %% of the year's premium") % words
    else:
        title = _("%(name)s: %(share)s %% in %(month)s, below the %(goal)s %% of the year's premium") % words
    base = _("Base in %(month)s: %(value)s of %(base)s; each month has its own base.") % words
    rows = [
        [_month(one.month), _number(one.value), _number(one.denominator or 0), _number(100 * (one.ratio or 0), 1)]
        for one in reversed(points)
    ]
    values = {one.month: round(100 * (one.ratio or 0), 1) for one in points}
    mark = None
    if threshold is not None:
        mark = {"value": round(100 * threshold, 1), "name": _("Premium: %(goal)s %%") % words}
    heads = [_("Month"), _("Counted"), _("Base"), _("Share (%)")]
    return _chart(series, title=title, base=base, values=values, heads=heads, rows=rows, unit="%", mark=mark)


def _scores(series: Series) -> dict[str, Any]:
    last, name = series.figures[-1], series.indicator.name
    title = _("%(name)s: %(value)s in %(month)s") % {
        "name": name,
        "value": _number(last.value, 2),
        "month": _month(last.month),
    }
    base = _("This practitioner's own figures; each point is one month.")
    rows = [[_month(one.month), _number(one.value, 2)] for one in reversed(series.figures)]
    values = {one.month: one.value for one in series.figures}
    return _chart(series, title=title, base=base, values=values, heads=[_("Month"), name], rows=rows)
