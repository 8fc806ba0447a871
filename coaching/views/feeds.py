"""The calendar subscription: the page where a coach makes it, and the address that calendar programs read."""

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.selectors.requests import SignedInRequest
from coaching.models import Coach
from coaching.policies import may_manage_feed
from coaching.selectors.feeds import calendar_of, feed_with, live_feed
from coaching.services.feeds import create_feed, note_read, revoke_feed
from core import clock
from core.errors import DomainError

REMEMBERED_SECONDS = 90 * 24 * 3600


@login_required
@require_http_methods(["GET", "POST"])
def calendar_feed(request: SignedInRequest) -> HttpResponse:
    """Make one's calendar subscription, make it anew or revoke it, and how to subscribe.

    The address is in the answer to the form and nowhere else: a page that is asked for again has it no more.
    """
    coach = Coach.objects.select_related("user").filter(user=request.user, is_active=True).first()
    if coach is None or not may_manage_feed(request.user, coach):
        raise PermissionDenied
    address = ""
    if request.method == "POST":
        try:
            if request.POST.get("do") == "revoke":
                revoke_feed(coach=coach, by=request.user)
                messages.success(request, _("Revoked. Whoever has the address reads nothing any more."))
                return redirect("coaching:calendar_feed")
            _feed, secret = create_feed(coach=coach, by=request.user)
            address = request.build_absolute_uri(reverse("coaching:calendar", args=[secret]))
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("coaching:calendar_feed")
    return render(
        request,
        "coaching/calendar_feed.html",
        {"feed": live_feed(coach), "address": address},
    )


@require_safe
def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """A coach's visits and follow-ups for a calendar program, which has the secret address and no login."""
    feed = feed_with(secret)
    if feed is None:
        raise Http404
    content = calendar_of(feed.coach, on=clock.today())
    note_read(feed=feed)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    changed = _changed_at(feed.pk, etag)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, no-cache"
    response["Content-Language"] = feed.coach.user.language
    response["Content-Disposition"] = 'inline; filename="passerelle.ics"'
    response["X-Robots-Tag"] = "noindex"
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed)
    answer = get_conditional_response(request, etag=etag, last_modified=changed, response=response)
    assert answer is not None
    return answer


def _changed_at(feed: int, etag: str) -> int:
    """When the calendar was first seen as it is now, in seconds of the epoch.

    The rows don't tell: who lost a follow-up has a calendar that changed, and none of its rows did. An
    emptied cache only makes it look newer.
    """
    key = f"calendar-feed:{feed}"
    now = int(timezone.now().timestamp())
    known: tuple[str, int] | None = cache.get(key)
    if known is not None and known[0] == etag:
        return known[1]
    # Never the second of another content: a program that saw that one would keep it.
    changed = max(now, known[1] + 1) if known is not None else now
    cache.set(key, (etag, changed), REMEMBERED_SECONDS)
    return changed
