"""Pages on figures and segments."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.selectors.requests import SignedInRequest
from adoption.selectors.months import months_of_pictures
from adoption.selectors.network import network_picture
from core.months import from_iso


def _month(request: SignedInRequest) -> dt.date | None:
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
def network(request: SignedInRequest) -> HttpResponse:
    """The network picture: how far adoption has come, every share with its base."""
    picture = network_picture(_month(request))
    return render(
        request,
        "adoption/network.html",
        {
            "picture": picture,
            "months": months_of_pictures(),
            # Those that are parts of a base stand in its panel.
            "others": [figure for figure in picture.figures if figure.base is None],
        },
    )
