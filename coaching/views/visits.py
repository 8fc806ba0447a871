"""Pages on visits: whom it was to, logging it, and what comes next."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.selectors.requests import SignedInRequest
from adoption.selectors.segments import working_version
from coaching.enums import OPEN_FOLLOW_UPS
from coaching.forms import VisitForm
from coaching.models import Coach, FollowUp
from coaching.policies import may_log_visit
from coaching.selectors.boards import day_of, explained, with_row_details
from coaching.selectors.people import people, sorted_people
from coaching.selectors.people import with_row_details as with_people_details
from coaching.selectors.visibility import follow_ups_visible_to, visits_visible_to
from coaching.services.visits import implied_follow_up, log_visit
from core import clock
from core.errors import DomainError
from practitioners.models import Practitioner
from practitioners.selectors.visibility import practitioners_visible_to


def _coach_of(request: SignedInRequest) -> Coach:
    """The signed-in person's coach record; who has none logs no visits in the pages."""
    coach = Coach.objects.filter(user=request.user, is_active=True).first()
    if coach is None:
        raise PermissionDenied
    return coach


@login_required
@require_GET
def choose_practitioner(request: SignedInRequest) -> HttpResponse:
    """Whom the visit was to: somebody of today's list, or anybody of whom a part of the name is known."""
    coach = _coach_of(request)
    version = working_version()
    search = request.GET.get("q", "").strip()[:100]
    found = []
    if search:
        rows = sorted_people(people(user=request.user, version=version, search=search, status="active"), sort="name")
        found = list(with_people_details(rows, version=version)[:20])
    day = day_of(coach=coach, on=clock.today(), version=version, ahead=0)
    return render(
        request,
        "coaching/choose_practitioner.html",
        {"search": search, "found": found, "suggested": day.pressing[:12]},
    )


def _named(request: SignedInRequest) -> str:
    """The ref of the follow-up that the visit does, as the form, else the address, names it."""
    return request.POST.get("follow_up", request.GET.get("follow_up", ""))


def _follow_up(request: SignedInRequest, practitioner: Practitioner, today: dt.date) -> FollowUp | None:
    """The follow-up that this visit does: the one that is named, else on a new form the one that a contact of today does.

    None also for a name that leads to no follow-up of this practitioner which the person sees.
    """
    rows = with_row_details(
        follow_ups_visible_to(request.user).filter(practitioner=practitioner), version=working_version()
    )
    ref = _named(request)
    if ref:
        try:
            wanted = UUID(ref)
        except ValueError:
            return None
        return rows.filter(ref=wanted).first()
    if request.method == "POST":
        return None
    implied = implied_follow_up(practitioner=practitioner, day=today, by=request.user)
    return rows.filter(pk=implied.pk).first() if implied else None


@login_required
@require_http_methods(["GET", "POST"])
def log(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """Log a contact that took place: what it was, what came of it, what stands in the way, what was promised."""
    practitioner = get_object_or_404(
        practitioners_visible_to(request.user).select_related("commune", "software"), ref=ref
    )
    coach = _coach_of(request)
    if not may_log_visit(request.user, practitioner):
        raise PermissionDenied
    today = clock.today()
    follow_up = _follow_up(request, practitioner, today)
    if request.method == "POST":
        form = VisitForm(request.POST, today=today)
        if follow_up is None and _named(request):
            message = _(
                "This follow-up is no longer to be done, or isn't yours. Save again to log the contact without it."
            )
            form.add_error(None, message)
        elif form.is_valid():
            try:
                visit = log_visit(
                    **_what_was_said(form.cleaned_data, today),
                    practitioner=practitioner,
                    coach=coach,
                    follow_up=follow_up,
                    by=request.user,
                )
            except DomainError as error:
                form.add_error(None, error.message)
            else:
                return redirect("coaching:visit_logged", visit.ref)
    else:
        form = VisitForm(initial=_first_guess(follow_up, today), today=today)
    return render(
        request,
        "coaching/log_visit.html",
        {
            "practitioner": practitioner,
            "follow_up": follow_up,
            "form": form,
            "open_barriers": list(
                practitioner.barriers.filter(resolved_on__isnull=True).select_related("barrier").order_by("id")
            ),
        },
    )


def _first_guess(follow_up: FollowUp | None, today: dt.date) -> dict[str, Any]:
    """What is most likely true, so that most visits take few taps."""
    known = {kind for kind, _label in VisitForm.KINDS}
    kind = follow_up.channel if follow_up and follow_up.channel in known else "visit"
    return {"kind": kind, "outcome": "done", "on": today, "minutes": 5 if kind in {"call", "email"} else 30}


def _what_was_said(cleaned: dict[str, Any], today: dt.date) -> dict[str, Any]:
    """The form as the service takes it: a visit of today took place now, an earlier one at noon of its day."""
    on = cleaned["on"]
    started_at = clock.now()
    if on != today:
        started_at = timezone.make_aware(dt.datetime.combine(on, dt.time(12)))
    return {
        "kind": cleaned["kind"],
        "outcome": cleaned["outcome"],
        "started_at": started_at,
        "minutes": cleaned["minutes"],
        "topics": list(cleaned["topics"]),
        "barriers": list(cleaned["barriers"]),
        "promised": cleaned["promised"],
        "notes": cleaned["notes"],
        "later_on": cleaned["later_on"],
    }


@login_required
@require_GET
def logged(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """What was logged, and what comes next with this practitioner."""
    visit = get_object_or_404(
        visits_visible_to(request.user)
        .select_related("practitioner__commune", "coach__user", "follow_up__step")
        .prefetch_related("topics", "barriers__barrier"),
        ref=ref,
    )
    upcoming = with_row_details(
        FollowUp.objects.filter(practitioner=visit.practitioner, state__in=OPEN_FOLLOW_UPS),
        version=working_version(),
    ).order_by("target_on")
    return render(request, "coaching/visit_logged.html", {"visit": visit, "upcoming": explained(list(upcoming))})
