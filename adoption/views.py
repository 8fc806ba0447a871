"""Pages on figures and segments."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def network(request: HttpRequest) -> HttpResponse:
    """The network picture: how far adoption has come, every share with its base."""
    return render(request, "web/home.html")
