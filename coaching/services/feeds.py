"""Making and revoking the secret addresses of calendar subscriptions."""

import datetime as dt
import secrets

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from coaching.errors import CoachNotActive, FeedNotYours
from coaching.models import CalendarFeed, Coach
from coaching.policies import may_manage_feed
from coaching.selectors.feeds import digest_of

READ_NOTED_EVERY = dt.timedelta(minutes=15)


@transaction.atomic
def create_feed(*, coach: Coach, by: User | None, at: dt.datetime | None = None) -> tuple[CalendarFeed, str]:
    """Make a coach's calendar subscription and give its secret, which is kept nowhere and can't be shown again.

    The one there was is revoked: a coach has one address, and a new one ends the old one.
    Errors: FeedNotYours, CoachNotActive.
    """
    at = at or timezone.now()
    locked = _locked(coach, by)
    if not (locked.is_active and locked.user.is_active):
        raise CoachNotActive
    _revoke(locked, at)
    secret = secrets.token_urlsafe(32)
    return CalendarFeed.objects.create(coach=locked, digest=digest_of(secret), created_at=at), secret


@transaction.atomic
def revoke_feed(*, coach: Coach, by: User | None, at: dt.datetime | None = None) -> bool:
    """End a coach's calendar subscription, whoever has its address; whether there was one. Errors: FeedNotYours."""
    return _revoke(_locked(coach, by), at or timezone.now())


def note_read(*, feed: CalendarFeed, at: dt.datetime | None = None) -> None:
    """Remember that a calendar program read the subscription, once in a quarter of an hour."""
    at = at or timezone.now()
    if feed.last_read_at is None or at - feed.last_read_at > READ_NOTED_EVERY:
        CalendarFeed.objects.filter(pk=feed.pk, revoked_at__isnull=True).update(last_read_at=at)


def _locked(coach: Coach, by: User | None) -> Coach:
    # The coach's row, so that of two new addresses at once the second revokes the first.
    locked = Coach.objects.select_related("user").select_for_update(no_key=True, of=("self",)).get(pk=coach.pk)
    if by is not None and not may_manage_feed(by, locked):
        raise FeedNotYours
    return locked


def _revoke(coach: Coach, at: dt.datetime) -> bool:
    return CalendarFeed.objects.filter(coach=coach, revoked_at__isnull=True).update(revoked_at=at) > 0
