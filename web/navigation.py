"""Which places each role finds in the side bar, and under the thumb on a phone."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import Role


@dataclass(frozen=True)
class Place:
    """A page that the navigation leads to; `section` is the word by which its pages know each other."""

    section: str
    url_name: str
    icon: str
    label: Promise
    short: Promise


MY_DAY = Place("home", "home", "calendar-event", _("My day"), pgettext_lazy("short, under an icon", "My day"))
OVERVIEW = Place("home", "home", "home", _("Overview"), pgettext_lazy("short, under an icon", "Overview"))
MY_FOLLOW_UPS = Place(
    "follow-ups",
    "coaching:my_follow_ups",
    "list-check",
    _("My follow-ups"),
    pgettext_lazy("short, under an icon", "Follow-ups"),
)
FOLLOW_UPS = Place(
    "follow-ups",
    "coaching:follow_ups",
    "list-check",
    _("Follow-ups"),
    pgettext_lazy("short, under an icon", "Follow-ups"),
)
PRACTITIONERS = Place(
    "practitioners",
    "practitioner_list",
    "users",
    _("Practitioners"),
    pgettext_lazy("short, under an icon", "People"),
)
LOG_VISIT = Place(
    "visits",
    "coaching:choose_practitioner",
    "plus",
    _("Log a visit"),
    pgettext_lazy("short, under an icon", "Log visit"),
)
NETWORK = Place(
    "network",
    "adoption:network",
    "chart-bar",
    _("Network picture"),
    pgettext_lazy("short, under an icon", "Network"),
)
PILOTS = Place(
    "pilots",
    "pilots:waves",
    "rocket",
    _("Pilot projects"),
    pgettext_lazy("short, under an icon", "Pilots"),
)

_FIELD = (MY_DAY, MY_FOLLOW_UPS, LOG_VISIT, PRACTITIONERS, NETWORK)
_OFFICE = (OVERVIEW, FOLLOW_UPS, PRACTITIONERS, NETWORK, PILOTS)

PLACES: dict[str, tuple[Place, ...]] = {
    Role.COACH: _FIELD,
    Role.TECHNICIAN: _FIELD,
    Role.COORDINATOR: _OFFICE,
    Role.MANAGER: _OFFICE,
    Role.OPERATOR: _OFFICE,
    Role.CLIENT: (OVERVIEW,),
}


def places_of(request: HttpRequest) -> list[dict[str, object]]:
    """The places of the signed-in person's role, with the present one marked."""
    if not request.user.is_authenticated:
        return []
    match = request.resolver_match
    present = _section(match.view_name) if match else ""
    return [
        {
            "url": reverse(place.url_name),
            "icon": place.icon,
            "label": place.label,
            "short": place.short,
            "is_present": place.section == present,
        }
        for place in PLACES.get(request.user.role, ())
    ]


def _section(view_name: str) -> str:
    """The section that a view belongs to, from its name."""
    if view_name == "home":
        return "home"
    if view_name.startswith("practitioner_"):
        return "practitioners"
    if view_name in {"coaching:log_visit", "coaching:choose_practitioner", "coaching:visit_logged"}:
        return "visits"
    if view_name.startswith("coaching:"):
        return "follow-ups"
    if view_name.startswith("adoption:"):
        return "network"
    if view_name.startswith("pilots:"):
        return "pilots"
    return ""
