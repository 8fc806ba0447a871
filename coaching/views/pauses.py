"""Pages on what holds follow-ups back: pauses, and the register of software blockers."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.selectors.requests import SignedInRequest
from coaching.forms import BlockerForm, CloseBlockerForm, PauseForm
from coaching.models import Coach, Pause, SoftwareBlocker
from coaching.policies import may_end_pause, may_register_blockers, may_steer, may_work
from coaching.selectors.pauses import (
    blockers_visible_to,
    blockers_with_held,
    pauses_visible_to,
    running,
    to_come,
    with_held,
)
from coaching.services.blockers import close_blocker, open_blocker
from coaching.services.pauses import end_pause, start_pause
from coaching.views.shared import tell
from core import clock
from core.errors import DomainError
from core.paging import page_of
from practitioners.models import Practitioner
from practitioners.selectors.visibility import practitioners_visible_to

PAGE = 25


def _looks(user: User) -> None:
    if not (may_work(user) or user.sees_everything):
        raise PermissionDenied


def _practitioner(request: SignedInRequest) -> Practitioner | None:
    """Whom the address, or the form that was sent, is about; None for nobody whom the person sees."""
    ref = request.POST.get("practitioner") or request.GET.get("practitioner")
    try:
        return practitioners_visible_to(request.user).filter(ref=ref).first() if ref else None
    except ValidationError:
        return None


def _form(request: SignedInRequest, *given: Any) -> PauseForm | None:
    """The form to start a pause; None for who may start none."""
    own = None
    if not may_steer(request.user):
        own = Coach.objects.filter(user=request.user, is_active=True).first()
        if own is None:
            return None
    return PauseForm(
        *given,
        today=clock.today(),
        practitioners=practitioners_visible_to(request.user),
        practitioner=_practitioner(request),
        own=own,
    )


def _listed(rows: QuerySet[Pause]) -> QuerySet[Pause]:
    return with_held(rows).select_related("practitioner", "coach__user", "playbook", "software", "blocker", "by")


def _page(request: SignedInRequest, **more: Any) -> HttpResponse:
    today = clock.today()
    seen = pauses_visible_to(request.user)
    now, later = running(today), to_come(today)
    shows = {
        "now": seen.filter(now).order_by("ends_on", "pk"),
        "coming": seen.filter(later).order_by("starts_on", "pk"),
        "past": seen.exclude(now).exclude(later).order_by("-ends_on", "-pk"),
    }
    show = request.GET.get("show", "now")
    show = show if show in shows else "now"
    page = page_of(_listed(shows[show]), number=request.GET.get("page"), size=PAGE)
    for pause in page.rows:
        pause.may_end = show != "past" and pause.blocker_id is None and may_end_pause(request.user, pause)  # type: ignore[attr-defined]
    context = {
        "page": page,
        "show": show,
        "counts": {name: rows.count() for name, rows in shows.items()},
        "form": more.pop("form", None) or _form(request),
    }
    return render(request, "coaching/pauses.html", context | more)


@login_required
@require_GET
def pauses(request: SignedInRequest) -> HttpResponse:
    """The pauses that run, those to come and those that are over, with how many each holds."""
    _looks(request.user)
    return _page(request)


@login_required
@require_POST
def start(request: SignedInRequest) -> HttpResponse:
    """Start a pause."""
    form = _form(request, request.POST)
    if form is None:
        raise PermissionDenied
    if form.is_valid():
        try:
            pause = start_pause(**form.pause(), by=request.user)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Paused. What still had to run is kept, and runs on afterwards."))
            show = "coming" if pause.starts_on > clock.today() else "now"
            return redirect(f"{reverse('coaching:pauses')}?show={show}")
    return _page(request, form=form)


@login_required
@require_POST
def end(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """End a pause now, or call it off before it begins."""
    pause = get_object_or_404(pauses_visible_to(request.user), ref=ref)
    try:
        end_pause(pause=pause, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Ended. Those who were held go on, as fast as their coaches can."))
    return redirect("coaching:pauses")


# --- Software blockers --------------------------------------------------------------------------------


def _register(request: SignedInRequest, **more: Any) -> HttpResponse:
    today = clock.today()
    seen = blockers_with_held(blockers_visible_to(request.user)).select_related("software")
    shows = {
        "open": seen.filter(until__isnull=True).order_by("since", "pk"),
        "closed": seen.filter(until__isnull=False).order_by("-until", "-pk"),
    }
    show = "closed" if request.GET.get("show") == "closed" else "open"
    page = page_of(shows[show], number=request.GET.get("page"), size=PAGE)
    may_keep = may_register_blockers(request.user)
    refused: CloseBlockerForm | None = more.pop("closing", None)
    for blocker in page.rows:
        if may_keep and show == "open":
            is_refused = refused is not None and more.get("closing_ref") == blocker.ref
            blocker.form = refused if is_refused else CloseBlockerForm(today=today, key=blocker.pk)  # type: ignore[attr-defined]
    context = {
        "page": page,
        "show": show,
        "counts": {name: rows.count() for name, rows in shows.items()},
        "form": BlockerForm(today=today) if may_keep else None,
    }
    return render(request, "coaching/blockers.html", context | more)


@login_required
@require_GET
def blockers(request: SignedInRequest) -> HttpResponse:
    """The register of software blockers: product, version, defect, since when, and how many each holds."""
    _looks(request.user)
    return _register(request)


@login_required
@require_POST
def blocker_open(request: SignedInRequest) -> HttpResponse:
    """Register a defect: everybody who works with the product is paused until it is closed."""
    if not may_register_blockers(request.user):
        raise PermissionDenied
    form = BlockerForm(request.POST, today=clock.today())
    if form.is_valid():
        try:
            open_blocker(**form.cleaned_data, by=request.user)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Registered. Those who work with it are paused until it is closed."))
            return redirect("coaching:blockers")
    return _register(request, form=form)


@login_required
@require_POST
def blocker_close(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """Say that a defect is mended."""
    if not may_register_blockers(request.user):
        raise PermissionDenied
    blocker = get_object_or_404(SoftwareBlocker, ref=ref)
    form = CloseBlockerForm(request.POST, today=clock.today(), key=blocker.pk)
    if form.is_valid():
        try:
            close_blocker(blocker=blocker, until=form.cleaned_data["until"], by=request.user)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Closed. Those who were paused go on, as fast as their coaches can."))
            return redirect("coaching:blockers")
    return _register(request, closing=form, closing_ref=blocker.ref)
