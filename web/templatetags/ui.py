"""The components of pages that take arguments; their markup is in templates/components/."""

import datetime as dt
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, Select, Textarea
from django.templatetags.static import static
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from practitioners.models import Identifier
from web import looks

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A drawing from the sprite; it says nothing to a screen reader, so words stand beside it."""
    css = f"icon icon-{size}" if size else "icon"
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        css,
        static("sprite.svg"),
        name,
    )


@register.simple_tag
def pill(text: object, tone: str = "calm", symbol: str = "") -> SafeString:
    """A word on a soft ground of a tone: good, info, warn, bad, calm, plum."""
    drawing = icon(symbol) if symbol else ""
    return format_html('<span class="pill tone-{}">{}{}</span>', tone, drawing, text)


@register.simple_tag
def state_pill(state: str, label: object) -> SafeString:
    """The state of a follow-up, case or run in its tone and with its sign."""
    tone, symbol = looks.STATES.get(state, ("calm", ""))
    return pill(label, tone, symbol)


@register.simple_tag
def segment(code: str) -> SafeString:
    """A segment's name beside its place on the curve."""
    return format_html('<span class="segment {}">{}</span>', looks.segment_class(code), looks.segment_label(code))


@register.filter
def segment_class(code: str) -> str:
    """The class that colours a segment."""
    return looks.segment_class(code)


@register.filter
def channel_icon(channel: str) -> str:
    """The drawing of a way of contact."""
    return looks.CHANNELS.get(channel, "calendar-event")


@register.filter
def initials(name: object) -> str:
    """Up to two initials of a name."""
    words = [word for word in str(name).replace("-", " ").split() if word[0].isalpha()]
    return (words[0][0] + words[-1][0]).upper() if len(words) > 1 else str(name)[:2].upper()


@register.filter
def identifier_text(identifier: Identifier) -> str:
    """An identifier as people of its system write it."""
    return looks.identifier_text(str(identifier), identifier.system.validator)


@register.filter
def phone(number: str) -> str:
    """A telephone number as people of its country write it."""
    return looks.phone_text(number)


@register.filter
def day(value: dt.date | dt.datetime | None, today: dt.date | None = None) -> str:
    """A day with its weekday; the year only when it isn't this year's."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        value = looks.local_day(value)
    this_year = value.year == (today or value).year
    # Translators: a day of this year, in Django's date format letters (Mon 25 Jun)
    return date_format(value, _("D j M") if this_year and today else _("D j M Y"))


@register.filter
def month(value: dt.date | None) -> str:
    """A month and its year."""
    return date_format(value, "F Y") if value else ""


@register.filter
def amount(value: float | None, decimals: int = 0) -> str:
    """A number with the reader's separators; an en dash for none."""
    if value is None:
        return "–"
    if isinstance(value, float) and not value.is_integer() and not decimals:
        decimals = 1
    return number_format(value, decimal_pos=decimals, use_l10n=True, force_grouping=True)


@register.filter
def share(value: float | None) -> str:
    """A share of a hundred, one decimal."""
    return "–" if value is None else _("%(number)s %%") % {"number": number_format(value, decimal_pos=1)}


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, hint: str = "", label: str = "", **attrs: Any) -> dict[str, Any]:
    """A form field with its label, hint and errors, tied together for a screen reader."""
    widget = bound.field.widget
    if isinstance(widget, CheckboxInput):
        css, kind = "form-check-input", "check"
    elif isinstance(widget, Select):
        css, kind = "form-select", "select"
    else:
        css, kind = "form-control", "text"
    if isinstance(widget, Textarea):
        attrs.setdefault("rows", 3)
    if bound.errors:
        css += " is-invalid"
    return {
        "bound": bound,
        "control": bound.as_widget(attrs={"class": css, **attrs}),
        "kind": kind,
        "hint": hint or bound.help_text,
        "label": label or bound.label,
    }


@register.simple_tag
def form_control(bound: BoundField) -> SafeString:
    """The control of a field whose label stands elsewhere."""
    return bound.as_widget(attrs={"class": "form-select" if isinstance(bound.field.widget, Select) else "form-control"})


@register.simple_tag
def tick_control(bound: BoundField) -> SafeString:
    """A box to tick whose label stands elsewhere."""
    return bound.as_widget(attrs={"class": "form-check-input"})


@register.simple_tag
def number_control(bound: BoundField) -> SafeString:
    """A number between a minus and a plus button."""
    css = "form-control is-invalid" if bound.errors else "form-control"
    return bound.as_widget(attrs={"class": css, "x-ref": "input", "inputmode": "numeric", "step": "any"})


@register.simple_tag
def filter_control(bound: BoundField) -> SafeString:
    """The control of a list's filter, marked where it narrows the list."""
    css = "form-select" if isinstance(bound.field.widget, Select) else "form-control"
    return bound.as_widget(attrs={"class": f"{css} is-narrowing" if bound.value() else css})


@register.inclusion_tag("components/chips.html")
def chips(bound: BoundField, label: str = "", hint: str = "") -> dict[str, Any]:
    """A choice of one or several as large chips: radio buttons or check boxes underneath."""
    return {"bound": bound, "label": label or bound.label, "hint": hint or bound.help_text}


@register.simple_tag
def part_class(panel: Any, part: Any, place: int) -> str:
    """The colour of a panel's part: a segment's own, else by its place."""
    return looks.part_class(part.code, place)


def _bar(lines: list[tuple[str, int, str]]) -> dict[str, Any]:
    """Parts as rectangles of a bar a thousand units wide: their colour, count and name."""
    total = sum(count for _css, count, _name in lines) or 1
    left, parts = 0.0, []
    for css, count, _name in lines:
        width = 1000 * count / total
        if count:
            # Written with a point: these are coordinates, not numbers for a reader.
            parts.append((css, f"{left:.2f}", f"{max(width - 3, 1):.2f}"))
        left += width
    return {"parts": parts, "alt": "; ".join(f"{name}: {amount(count)}" for _css, count, name in lines if count)}


@register.inclusion_tag("components/share_bar.html")
def share_bar(panel: Any) -> dict[str, Any]:
    """One bar cut into a panel's parts."""
    return _bar([(looks.part_class(part.code, place), part.count, part.name) for place, part in enumerate(panel.parts)])


@register.inclusion_tag("components/share_bar.html")
def segment_bar(counts: Any) -> dict[str, Any]:
    """One bar cut into a run's segments."""
    return _bar(
        [(looks.segment_class(row.segment.value), row.count, str(row.segment.label)) for row in counts.segments]
    )


@register.inclusion_tag("components/stat.html")
def stat(label: str, value: object, base: str = "", url: str = "", tone: str = "", symbol: str = "") -> dict[str, Any]:
    """A number that opens a page, with what it is counted from, and where to see the rows."""
    return {"label": label, "value": value, "base": base, "url": url, "tone": tone, "symbol": symbol}


@register.inclusion_tag("components/empty.html")
def empty(symbol: str, title: str, text: str = "", url: str = "", action: str = "") -> dict[str, Any]:
    """Nothing to show, and what to do about it."""
    return {"symbol": symbol, "title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("components/chart.html")
def chart(figure: dict[str, Any], level: int = 2) -> dict[str, Any]:
    """A chart whose title says the finding, with its base, and a table that says the same."""
    return {"figure": figure, "level": level}


@register.inclusion_tag("components/sort.html", takes_context=True)
def sort(context: template.Context, name: str, label: str) -> dict[str, Any]:
    """The head of a column by which the list can be sorted, both ways, kept in the address."""
    query = context["request"].GET.copy()
    present = query.get("sort", context.get("default_sort", ""))
    direction = "ascending" if present == name else "descending" if present == f"-{name}" else ""
    query["sort"] = f"-{name}" if direction == "ascending" else name
    for key in ("page", "after", "before"):
        query.pop(key, None)
    symbol = {"ascending": "arrow-up", "descending": "arrow-down"}.get(direction, "arrows-sort")
    return {"url": f"?{query.urlencode()}", "label": label, "direction": direction, "symbol": symbol}


@register.inclusion_tag("components/pages.html", takes_context=True)
def pages(context: template.Context, page: Any) -> dict[str, Any]:
    """Links to the next and the previous rows of a list, kept in the address."""
    query = context["request"].GET.copy()

    def address(cursor: dict[str, str] | None) -> str:
        if not cursor:
            return ""
        for key in ("after", "before", "page"):
            query.pop(key, None)
        for key, value in cursor.items():
            query[key] = value
        return f"?{query.urlencode()}"

    return {"page": page, "previous": address(page.previous), "next": address(page.next)}
