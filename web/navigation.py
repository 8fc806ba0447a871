"""Which places each role finds in the side bar, under the thumb on a phone and in the person's own menu."""

from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import Role

ON_A_PHONE = 5
"""Places that fit under the thumb; where there are more, the last of them opens the others."""


@dataclass(frozen=True)
class Place:
    """A page that the navigation leads to; `pages` are the beginnings of the names of the views that belong to it."""

    url_name: str
    icon: str
    label: Promise
    short: Promise
    pages: tuple[str, ...] = ()

    def holds(self, view_name: str) -> bool:
        """Whether a view belongs to this place."""
        return view_name == self.url_name or view_name.startswith(self.pages)


@dataclass(frozen=True)
class Group:
    """Some places under a title of their own; the first group has none."""

    places: tuple[Place, ...]
    title: Promise | str = ""


@dataclass(frozen=True)
class Link:
    """A place as a page shows it."""

    url: str
    icon: str
    label: Promise
    short: Promise
    is_present: bool


@dataclass
class Navigation:
    """The places of one person, with the present one marked.

    `groups` are titles with their links, for a desk; `first` and `more` are the same links for a phone;
    `own` are the person's own affairs.
    """

    groups: list[tuple[Promise | str, list[Link]]] = field(default_factory=list)
    own: list[Link] = field(default_factory=list)

    @property
    def _links(self) -> list[Link]:
        return [link for _title, links in self.groups for link in links]

    @property
    def first(self) -> list[Link]:
        """What stands under the thumb."""
        return self._links if len(self._links) <= ON_A_PHONE else self._links[: ON_A_PHONE - 1]

    @property
    def more(self) -> list[tuple[Promise | str, list[Link]]]:
        """What opens behind “More”, under its titles."""
        shown = self.first
        rest = [(title, [link for link in links if link not in shown]) for title, links in self.groups]
        return [(title, links) for title, links in rest if links]

    @property
    def more_is_present(self) -> bool:
        """Whether the present page is one of those behind “More”."""
        return any(link.is_present for _title, links in self.more for link in links)


MY_DAY = Place("home", "calendar-event", _("My day"), pgettext_lazy("short, under an icon", "My day"))
OVERVIEW = Place("home", "home", _("Overview"), pgettext_lazy("short, under an icon", "Overview"))
_FOLLOW_UP_PAGES = (
    "coaching:follow_up", "coaching:my_follow_ups", "coaching:assign", "coaching:complete", "coaching:postpone",
)  # fmt: skip
MY_FOLLOW_UPS = Place(
    "coaching:my_follow_ups",
    "list-check",
    _("My follow-ups"),
    pgettext_lazy("short, under an icon", "Follow-ups"),
    _FOLLOW_UP_PAGES,
)
FOLLOW_UPS = Place(
    "coaching:follow_ups",
    "list-check",
    _("Follow-ups"),
    pgettext_lazy("short, under an icon", "Follow-ups"),
    _FOLLOW_UP_PAGES,
)
ASSIGN = Place(
    "coaching:proposal",
    "user-check",
    _("Assign"),
    pgettext_lazy("short, under an icon", "Assign"),
    ("coaching:proposal", "coaching:handover"),
)
PRACTITIONERS = Place(
    "practitioner_list",
    "users",
    _("Practitioners"),
    pgettext_lazy("short, under an icon", "People"),
    ("practitioner_", "coaching:practice_days", "coaching:case_handover"),
)
LOG_VISIT = Place(
    "coaching:choose_practitioner",
    "plus",
    _("Log a visit"),
    pgettext_lazy("short, under an icon", "Log visit"),
    ("coaching:log_visit", "coaching:visit_logged"),
)
NETWORK = Place(
    "adoption:network",
    "chart-bar",
    _("Network picture"),
    pgettext_lazy("short, under an icon", "Network"),
    ("adoption:",),
)
PILOTS = Place(
    "pilots:waves", "rocket", _("Pilot projects"), pgettext_lazy("short, under an icon", "Pilots"), ("pilots:",)
)
ABSENCES = Place(
    "coaching:absences",
    "calendar-off",
    _("Absences and calendars"),
    pgettext_lazy("short, under an icon", "Absences"),
    ("coaching:absence", "coaching:team_day"),
)
PAUSES = Place(
    "coaching:pauses",
    "player-pause",
    _("Pauses and blockers"),
    pgettext_lazy("short, under an icon", "Pauses"),
    ("coaching:pause", "coaching:blocker"),
)
ESCALATIONS = Place(
    "coaching:escalations",
    "alert-triangle",
    _("Escalations"),
    pgettext_lazy("short, under an icon", "Escalations"),
)
PLAYBOOKS = Place(
    "coaching:playbooks",
    "route",
    _("Playbooks"),
    pgettext_lazy("short, under an icon", "Playbooks"),
    ("coaching:playbook", "coaching:version", "coaching:step", "coaching:simulation"),
)
PLANNER = Place(
    "coaching:planner_runs",
    "activity",
    _("Planner"),
    pgettext_lazy("short, under an icon", "Planner"),
    ("coaching:planner",),
)
MAILS = Place("mails", "mail", _("Mails"), pgettext_lazy("short, under an icon", "Mails"), ("mail",))
MY_ABSENCES = Place("coaching:absences", "calendar-off", _("My absences"), _("My absences"), ABSENCES.pages)
MY_FEED = Place("coaching:calendar_feed", "calendar-plus", _("My calendar feed"), _("My calendar feed"))
MY_NOTICES = Place("notice_choices", "bell", _("My notices"), _("My notices"))

_FIELD = (Group((MY_DAY, MY_FOLLOW_UPS, LOG_VISIT, PRACTITIONERS, NETWORK)),)
_OFFICE = (
    Group((OVERVIEW, FOLLOW_UPS, ASSIGN, PRACTITIONERS)),
    Group((ABSENCES, PAUSES, ESCALATIONS, PLANNER), _("Planning")),
    Group((PLAYBOOKS, NETWORK, PILOTS), _("Network and methods")),
)
_OPERATION = (
    Group((OVERVIEW, FOLLOW_UPS, PRACTITIONERS)),
    Group((PLANNER, MAILS), _("Operation")),
    Group((NETWORK, PILOTS), _("Network")),
)

PLACES: dict[str, tuple[Group, ...]] = {
    Role.COACH: _FIELD,
    Role.TECHNICIAN: _FIELD,
    Role.COORDINATOR: _OFFICE,
    Role.MANAGER: _OFFICE,
    Role.OPERATOR: _OPERATION,
    Role.CLIENT: (Group((OVERVIEW,)),),
}
OWN: dict[str, tuple[Place, ...]] = {
    Role.COACH: (MY_ABSENCES, MY_FEED, MY_NOTICES),
    Role.TECHNICIAN: (MY_ABSENCES, MY_FEED, MY_NOTICES),
    Role.COORDINATOR: (MY_NOTICES,),
    Role.MANAGER: (MY_NOTICES,),
    Role.OPERATOR: (MY_NOTICES,),
}


def places_of(request: HttpRequest) -> Navigation:
    """The places of the signed-in person's role."""
    if not request.user.is_authenticated:
        return Navigation()
    view_name = request.resolver_match.view_name if request.resolver_match else ""
    groups = [(group.title, _links(group.places, view_name)) for group in PLACES.get(request.user.role, ())]
    return Navigation(groups, _links(OWN.get(request.user.role, ()), view_name))


def _links(places: tuple[Place, ...], view_name: str) -> list[Link]:
    return [
        Link(reverse(place.url_name), place.icon, place.label, place.short, place.holds(view_name)) for place in places
    ]
