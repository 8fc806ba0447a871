"""What stands in coaches' calendars and digests: planned visits and open follow-ups, with where they are."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from coaching.enums import OPEN_FOLLOW_UPS, Channel, VisitState
from coaching.models import FollowUp, FollowUpEvent, Visit
from practitioners.enums import ContactRestriction, PractitionerStatus
from practitioners.models import Affiliation, Practitioner

_NOW = Affiliation.objects.filter(is_primary=True, until__isnull=True).select_related("organisation__commune")
PRACTICE = Prefetch("practitioner__affiliations", _NOW, to_attr="present_affiliations")
PRACTICE_OF_CASE = Prefetch("case__practitioner__affiliations", _NOW, to_attr="present_affiliations")

TO_MEET = Q(practitioner__status=PractitionerStatus.ACTIVE, practitioner__merged_into__isnull=True)
"""Nobody is told to see who has left, or whose record went into another one."""


def reachable(on: dt.date) -> Q:
    """Who practises and may be contacted on a day; for rows that have a practitioner."""
    free = ~Q(practitioner__restriction=ContactRestriction.DO_NOT_CONTACT)
    return TO_MEET & (free | Q(practitioner__restriction_until__lt=on))


def without_visit() -> Q:
    """Follow-ups for which no visit is planned: who has an hour for one doesn't need its window."""
    return ~Q(Exists(Visit.objects.filter(follow_up=OuterRef("pk"), state=VisitState.PLANNED)))


def with_place(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Follow-ups or visits with the practitioner and where they practise."""
    return rows.select_related("practitioner__commune").prefetch_related(PRACTICE)


def with_changes(rows: QuerySet[FollowUp]) -> QuerySet[FollowUp]:
    """Follow-ups with how often each was changed: every change is an event."""
    events = FollowUpEvent.objects.filter(follow_up=OuterRef("pk")).order_by().values("follow_up")
    return rows.annotate(changes=Subquery(events.annotate(count=Count("pk")).values("count")))


def open_follow_ups_of(coaches: Iterable[int], *, on: dt.date) -> QuerySet[FollowUp]:
    """The open follow-ups of coaches with practitioners who may be met, in no hour of a planned visit yet.

    Those that are only a look at figures are left out.
    """
    rows = FollowUp.objects.filter(
        reachable(on), without_visit(), assignee__in=list(coaches), state__in=OPEN_FOLLOW_UPS
    )
    return with_changes(with_place(rows.exclude(channel=Channel.FIGURES_CHECK)))


def planned_visits_of(coaches: Iterable[int], *, on: dt.date) -> QuerySet[Visit]:
    """The visits that coaches have planned, with practitioners who may be met."""
    rows = Visit.objects.filter(reachable(on), coach__in=list(coaches), state=VisitState.PLANNED)
    return with_place(rows)


def place_of(practitioner: Practitioner) -> str:
    """Where a practitioner is visited, on one line: practice, street, postal code and commune; what is known of it."""
    found = getattr(practitioner, "present_affiliations", [])
    organisation = found[0].organisation if found else None
    commune = (organisation and organisation.commune) or practitioner.commune
    town = " ".join(filter(None, [organisation.postal_code if organisation else "", commune.name if commune else ""]))
    parts = [organisation.name, organisation.street, town] if organisation else [town]
    return ", ".join(part for part in parts if part)
