"""The first page of each role."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.selectors.requests import SignedInRequest
from web.selectors import homes

_PAGES: dict[str, tuple[str, Callable[..., dict[str, object]]]] = {
    Role.COACH: ("web/home_field.html", homes.day_in_the_field),
    Role.TECHNICIAN: ("web/home_field.html", homes.day_in_the_field),
    Role.COORDINATOR: ("web/home_coordinator.html", homes.coordination),
    Role.MANAGER: ("web/home_manager.html", homes.adoption),
    Role.OPERATOR: ("web/home_operator.html", homes.operation),
    Role.CLIENT: ("web/home_client.html", homes.access),
}


@login_required
@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    """The page that a person starts the day on, by role."""
    template, gather = _PAGES[request.user.role]
    return render(request, template, gather(user=request.user))
