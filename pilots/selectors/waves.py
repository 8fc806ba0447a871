"""The waves and what takes place in them."""

import datetime as dt

from django.db.models import Count, Prefetch, Q, QuerySet

from accounts.models import User
from pilots.models import Pilot, Wave


def pilots_visible_to(user: User) -> QuerySet[Pilot]:
    """All pilots for the office; for a coach those they accompany."""
    if user.sees_everything:
        return Pilot.objects.all()
    return Pilot.objects.filter(coach__user=user)


def waves_with_pilots(*, user: User, on: dt.date) -> QuerySet[Wave]:
    """The waves in which the user sees a pilot, in order of their start, in two queries.

    Each has `seen_pilots`; each pilot has `taking_part`, the practitioners who take part on that day.
    """
    seen = pilots_visible_to(user)
    present = Q(participations__since__lte=on) & (
        Q(participations__until__isnull=True) | Q(participations__until__gte=on)
    )
    pilots = (
        Pilot.objects.filter(pk__in=seen.values("pk"))
        .select_related("lead_organisation__commune", "coach__user")
        .annotate(taking_part=Count("participations", filter=present))
        .order_by("name")
    )
    return (
        Wave.objects.filter(pilots__in=seen)
        .distinct()
        .prefetch_related(Prefetch("pilots", queryset=pilots, to_attr="seen_pilots"))
    )
