"""The pictures on the home pages: segments with their base, the curve, the work done."""

import datetime as dt
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from adoption.models import SchemeVersion
from adoption.selectors.boards import main_indicator, network_curve
from coaching.models import Visit


def _month(day: dt.date) -> str:
    return date_format(day, "N Y")


def _number(value: float, decimals: int = 0) -> str:
    return number_format(value, decimal_pos=decimals, force_grouping=True)


def curve_of_network(version: SchemeVersion | None) -> dict[str, Any] | None:
    """How many of the active practitioners published, month by month; None without such figures."""
    indicator = main_indicator(version)
    if indicator is None or not indicator.publishes:
        return None
    rows = network_curve(indicator)
    if not rows:
        return None
    last = rows[-1]
    words = {
        "publishing": _number(last["publishing"]),
        "base": _number(last["base"]),
        "month": date_format(last["month"], "F Y"),
        "before": "",
    }
    year_before = next((row for row in reversed(rows) if (last["month"] - row["month"]).days >= 365), None)
    if year_before is None:
        title = _("%(publishing)s of %(base)s active practitioners published in %(month)s") % words
    else:
        words["before"] = _number(year_before["publishing"])
        title = _("%(publishing)s active practitioners published in %(month)s, %(before)s a year earlier") % words
    return {
        "title": title,
        "base": _("Base: the active practitioners of each month, %(base)s in %(month)s.") % words,
        "heads": [_("Month"), _("Published"), _("Active"), _("Share (%)")],
        "rows": [
            [
                _month(row["month"]),
                _number(row["publishing"]),
                _number(row["base"]),
                _number(100 * row["publishing"] / row["base"], 1) if row["base"] else "–",
            ]
            for row in reversed(rows)
        ],
        "data": {
            "kind": "line",
            "unit": "",
            "mark": None,
            "labels": [_month(row["month"]) for row in rows],
            "series": [
                {"name": _("Active"), "colour": "segment-none", "dashed": True, "values": [r["base"] for r in rows]},
                {"name": _("Published"), "colour": "segment-2", "values": [r["publishing"] for r in rows]},
            ],
        },
    }


def contacts_by_month(*, on: dt.date, months: int = 12) -> dict[str, Any] | None:
    """How many contacts took place in each of the last months, by what came of them."""
    index = on.year * 12 + on.month - months
    since = dt.date(index // 12, index % 12 + 1, 1)
    rows = (
        Visit.objects.filter(state="done", started_at__date__gte=since, started_at__date__lte=on)
        .annotate(month=TruncMonth("started_at"))
        .values("month", "outcome")
        .annotate(number=Count("pk"))
        .order_by("month")
    )
    counted: dict[dt.date, dict[str, int]] = {}
    for row in rows:
        counted.setdefault(row["month"].date(), {})[row["outcome"]] = row["number"]
    if not counted:
        return None
    list_of_months = [dt.date((index + n) // 12, (index + n) % 12 + 1, 1) for n in range(months)]
    done = [counted.get(month, {}).get("done", 0) for month in list_of_months]
    other = [sum(counted.get(month, {}).values()) - n for month, n in zip(list_of_months, done, strict=True)]
    total = sum(done) + sum(other)
    words = {"done": _number(sum(done)), "total": _number(total), "months": months}
    return {
        "title": _("%(done)s of %(total)s contacts in %(months)s months reached the practitioner") % words,
        "base": _("Base: %(total)s visits, calls and other contacts that were logged.") % words,
        "heads": [_("Month"), _("Reached"), _("No answer, refused or later")],
        "rows": [
            [_month(month), _number(yes), _number(no)]
            for month, yes, no in zip(reversed(list_of_months), reversed(done), reversed(other), strict=True)
        ],
        "data": {
            "kind": "column",
            "stacked": True,
            "unit": "",
            "labels": [_month(month) for month in list_of_months],
            "series": [
                {"name": _("Reached"), "colour": "segment-2", "values": done},
                {"name": _("No answer, refused or later"), "colour": "segment-4", "values": other},
            ],
        },
    }
