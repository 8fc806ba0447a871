"""Calendar subscriptions: whose address it is, and what it shows."""

import datetime as dt
import hashlib

from django.utils import translation
from django.utils.translation import gettext as _

from coaching.models import CalendarFeed, Coach
from coaching.selectors.agenda import open_follow_ups_of, planned_visits_of
from coaching.selectors.calendar_file import calendar, follow_up_event, visit_event

MOST_EVENTS = 1000
LOOK_BACK = dt.timedelta(days=60)


def digest_of(secret: str) -> str:
    """What a secret is known by; the secret itself is kept nowhere."""
    return hashlib.sha256(secret.encode()).hexdigest()


def live_feed(coach: Coach) -> CalendarFeed | None:
    """The coach's subscription, unless there is none or it was revoked."""
    return CalendarFeed.objects.filter(coach=coach, revoked_at__isnull=True).first()


def feed_with(secret: str) -> CalendarFeed | None:
    """The subscription of this secret, unless it was revoked or its coach is no longer active.

    Found by the digest in an index: how long that takes tells nothing of how much of a guess was right.
    """
    return (
        CalendarFeed.objects.select_related("coach__user")
        .filter(
            digest=digest_of(secret),
            revoked_at__isnull=True,
            coach__is_active=True,
            coach__user__is_active=True,
        )
        .first()
    )


def calendar_of(coach: Coach, *, on: dt.date) -> bytes:
    """The coach's planned visits and open follow-ups as a calendar, in the coach's language and in neutral words."""
    with translation.override(coach.user.language):
        visits = planned_visits_of([coach.pk], on=on).filter(planned_at__date__gte=on - LOOK_BACK)
        follow_ups = open_follow_ups_of([coach.pk], on=on)
        events = [visit_event(visit) for visit in visits.order_by("planned_at", "pk")[:MOST_EVENTS]]
        events += [follow_up_event(row) for row in follow_ups.order_by("target_on", "pk")[:MOST_EVENTS]]
        return calendar(events, name=_("Passerelle: visits and follow-ups"))
