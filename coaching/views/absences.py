"""Pages on calendars: who is away when, the team's days, and when a practice can be visited."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.selectors.requests import SignedInRequest
from coaching.forms import AbsenceForm, ClosureForm, TeamDayForm, WeekForm
from coaching.models import Absence, Coach, PracticeClosure, TeamDay
from coaching.policies import may_assign, may_keep_practice_hours, may_keep_team_days, may_steer, may_work
from coaching.selectors.absence_board import WEEKS, absence_list, board_of, coaches_on_the_board, falls_in, monday_of
from coaching.selectors.calendars import absences_visible_to, practices_visible_to, team_days_from, with_hours
from coaching.services.calendars import (
    add_team_day,
    close_practice,
    record_absence,
    remove_team_day,
    reopen_practice,
    withdraw_absence,
)
from coaching.services.practice_week import keep_practice_week
from coaching.views.shared import tell
from core import clock
from core.errors import DomainError
from core.paging import page_of

STEP = dt.timedelta(weeks=4)


def _first(request: SignedInRequest, today: dt.date) -> dt.date:
    """The Monday on which the board begins, as the address says; within two years of today, else this week's."""
    try:
        asked = dt.date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return monday_of(today)
    return monday_of(asked) if abs(asked - today) <= dt.timedelta(days=731) else monday_of(today)


def _own(request: SignedInRequest) -> Coach | None:
    """The coach in whose name the person records, who steers excepted: they choose one."""
    return None if may_steer(request.user) else Coach.objects.filter(user=request.user, is_active=True).first()


def _form(request: SignedInRequest, *given: Any) -> AbsenceForm | None:
    """The form to record an absence; None for who may record none."""
    own = _own(request)
    if own is None and not may_steer(request.user):
        return None
    return AbsenceForm(*given, coaches=coaches_on_the_board(request.user), own=own)


def _page(request: SignedInRequest, **more: Any) -> HttpResponse:
    today = clock.today()
    first = _first(request, today)
    past = request.GET.get("show") == "past"
    context = {
        "board": board_of(user=request.user, first=first, today=today),
        "weeks": WEEKS,
        "earlier": first - STEP,
        "later": first + STEP,
        "is_elsewhere": first != monday_of(today),
        "past": past,
        "page": page_of(absence_list(user=request.user, on=today, past=past), number=request.GET.get("page"), size=25),
        "may_hand_over": may_assign(request.user),
        "team_days": list(team_days_from(today)[:30]),
        "team_form": TeamDayForm() if may_keep_team_days(request.user) else None,
        "is_office": request.user.sees_everything,
    }
    if "form" not in more:
        context["form"] = _form(request)
    return render(request, "coaching/absences.html", context | more)


@login_required
@require_GET
def absences(request: SignedInRequest) -> HttpResponse:
    """Who is there when: eight weeks, the absences, the public holidays and the team's days."""
    if not (may_work(request.user) or request.user.sees_everything):
        raise PermissionDenied
    return _page(request)


@login_required
@require_POST
def record(request: SignedInRequest) -> HttpResponse:
    """Record an absence: one's own, or anybody's for who steers; what falls in it can then be handed over."""
    form = _form(request, request.POST)
    if form is None:
        raise PermissionDenied
    if form.is_valid():
        try:
            absence = record_absence(**form.absence(), by=request.user)
        except DomainError as error:
            tell(form, error)
        else:
            return _recorded(request, absence)
    return _page(request, form=form)


def _recorded(request: SignedInRequest, absence: Absence) -> HttpResponse:
    count = falls_in(absence)
    if not count:
        messages.success(request, _("Recorded. No follow-up falls in it."))
        return redirect("coaching:absences")
    told = ngettext("Recorded. %(count)s follow-up falls in it.", "Recorded. %(count)s follow-ups fall in it.", count)
    messages.success(request, told % {"count": count})
    if may_assign(request.user):
        return redirect("coaching:absence_handover", absence.ref)
    messages.info(
        request,
        _("What isn't handed over moves to your next working day tonight. Ask your coordinator about what can't wait."),
    )
    return redirect("coaching:absences")


@login_required
@require_POST
def withdraw(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """Withdraw an absence; one that has begun ends yesterday."""
    absence = get_object_or_404(absences_visible_to(request.user), ref=ref)
    try:
        withdraw_absence(absence=absence, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Withdrawn."))
    return redirect("coaching:absences")


@login_required
@require_POST
def team_day(request: SignedInRequest) -> HttpResponse:
    """Say that the whole team is away on a day."""
    if not may_keep_team_days(request.user):
        raise PermissionDenied
    form = TeamDayForm(request.POST)
    if form.is_valid():
        try:
            add_team_day(**form.cleaned_data, by=request.user)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("The team's day off is kept. Follow-ups on it move tonight."))
            return redirect("coaching:absences")
    return _page(request, team_form=form)


@login_required
@require_POST
def team_day_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a day off of the team back."""
    if not may_keep_team_days(request.user):
        raise PermissionDenied
    day = TeamDay.objects.filter(pk=pk).first()
    if day is not None:
        try:
            remove_team_day(team_day=day, by=request.user)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("It is a working day again."))
    return redirect("coaching:absences")


# --- Practices ----------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def practice_days(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """When a practice can be visited: its week, and the days on which it is closed."""
    practice = get_object_or_404(with_hours(practices_visible_to(request.user)), ref=ref)
    may_keep = may_keep_practice_hours(request.user, practice)
    closures = list(practice.closures.all())
    closed = {row.weekday for row in closures if row.weekday is not None}
    hours = [(row.weekday, row.opens, row.closes) for row in practice.visiting_hours.all()]
    week = WeekForm(initial=WeekForm.initial_of(closed, hours))
    closure = ClosureForm()
    if request.method == "POST":
        if not may_keep:
            raise PermissionDenied
        if "first_day" in request.POST:
            closure = ClosureForm(request.POST)
            saved = _saved(
                request, closure, lambda: close_practice(organisation=practice, by=request.user, **closure.days())
            )
        else:
            week = WeekForm(request.POST)
            saved = _saved(
                request,
                week,
                lambda: keep_practice_week(
                    organisation=practice, closed=week.closed, hours=week.hours, by=request.user
                ),
            )
        if saved:
            return redirect("coaching:practice_days", practice.ref)
    context = {
        "practice": practice,
        "may_keep": may_keep,
        "week": week,
        "closure_form": closure,
        "closures": [row for row in closures if row.last_day is not None and row.last_day >= clock.today()],
    }
    return render(request, "coaching/practice_days.html", context)


def _saved(request: SignedInRequest, form: Any, act: Any) -> bool:
    """Whether a form was right and its act done; else the form says what is wrong."""
    if not form.is_valid():
        return False
    try:
        act()
    except DomainError as error:
        tell(form, error)
        return False
    messages.success(request, _("Saved. Visits that no longer fit move tonight."))
    return True


@login_required
@require_POST
def practice_reopen(request: SignedInRequest, ref: UUID, pk: int) -> HttpResponse:
    """Take a practice's closing days back."""
    practice = get_object_or_404(practices_visible_to(request.user), ref=ref)
    if not may_keep_practice_hours(request.user, practice):
        raise PermissionDenied
    closure = PracticeClosure.objects.filter(pk=pk, organisation=practice).select_related("organisation").first()
    if closure is not None:
        try:
            reopen_practice(closure=closure, by=request.user)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("The practice is open again on these days."))
    return redirect("coaching:practice_days", practice.ref)
