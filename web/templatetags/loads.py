"""A coach's week as a bar: what is in it, what would come, and what fits."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from coaching.selectors.proposal import WeekLoad

register = template.Library()
WIDTH = 100


@register.simple_tag
def load_bar(load: WeekLoad) -> SafeString:
    """The contacts of a week against what fits; what a proposal adds in another tone."""
    full = max(load.capacity, load.after, 1)
    before, added = WIDTH * load.before / full, WIDTH * load.added / full
    words = _("%(before)s contacts, %(after)s with the proposal, %(capacity)s fit") % {
        "before": load.before,
        "after": load.after,
        "capacity": load.capacity,
    }
    # Written with a point: these are coordinates, not numbers for a reader.
    return format_html(
        '<svg class="load-bar{}" viewBox="0 0 {} 8" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="load-room" width="{}" height="8"/><rect class="load-before" width="{}" height="8"/>'
        '<rect class="load-added" x="{}" width="{}" height="8"/></svg>',
        " is-over" if load.after > load.capacity else "",
        WIDTH,
        words,
        WIDTH,
        f"{before:.2f}",
        f"{before:.2f}",
        f"{added:.2f}",
    )
