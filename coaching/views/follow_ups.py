"""Pages on follow-ups."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """The follow-ups that are the signed-in person's to do."""
    return render(request, "web/home.html")


@login_required
def everyone(request: HttpRequest) -> HttpResponse:
    """Every open follow-up, for the coordinator to assign, postpone and watch."""
    return render(request, "web/home.html")
