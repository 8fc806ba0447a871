"""Pages on visits."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def choose_practitioner(request: HttpRequest) -> HttpResponse:
    """Whom the visit was to."""
    return render(request, "web/home.html")
