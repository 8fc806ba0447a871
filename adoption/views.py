"""Pages on figures and segments."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.enums import Role
from adoption.selectors.months import months_of_pictures
from adoption.selectors.network import network_picture
from core.months import from_iso


def _month(request: HttpRequest) -> dt.date | None:
    """The month in the address; nothing when there is none, no page when it can't be read."""
    text = request.GET.get("month", "")
    if not text:
        return None
    try:
        return from_iso(text)
    except ValueError as error:
        raise Http404 from error


@login_required
@require_GET
def network(request: HttpRequest) -> HttpResponse:
    """The network picture: how far adoption has come, every share with its base."""
    if request.user.role == Role.CLIENT:
        raise PermissionDenied
    return render(
        request,
        "adoption/network.html",
        {"picture": network_picture(_month(request)), "months": months_of_pictures()},
    )
