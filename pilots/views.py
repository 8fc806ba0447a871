"""The page of the pilot projects."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render

from accounts.selectors.requests import SignedInRequest
from core import clock
from pilots.selectors import waves_with_pilots


@login_required
def waves(request: SignedInRequest) -> HttpResponse:
    """The waves and the pilots in them that the reader may see."""
    today = clock.today()
    return render(request, "pilots/waves.html", {"waves": waves_with_pilots(user=request.user, on=today)})
