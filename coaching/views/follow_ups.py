"""Pages on follow-ups: mine, everybody's, one, and what can be done with them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.selectors.requests import SignedInRequest
from adoption.selectors.segments import working_version
from coaching.enums import FollowUpState, ResolvedBy
from coaching.exports import file_of_follow_ups
from coaching.forms import AssignForm, CompleteForm, CorrectionForm, FollowUpFilter, PostponeForm
from coaching.models import Coach, FollowUp
from coaching.policies import may_act_on_follow_up, may_assign
from coaching.selectors.boards import counts_of, explained, follow_up_board, with_row_details
from coaching.selectors.calendars import obstacles, practice_of
from coaching.selectors.handovers import events_of, taken_over, told
from coaching.selectors.proposal import week_in_words
from coaching.selectors.visibility import follow_ups_visible_to
from coaching.services.assignment import BulkAssignment, assign_follow_ups
from coaching.services.follow_ups import complete_follow_up, correct_completion, postpone_follow_up
from coaching.views.shared import tell
from core import clock
from core.errors import DomainError
from core.paging import page_of


def _board(request: SignedInRequest, form: FollowUpFilter, **fixed: Any) -> QuerySet[FollowUp]:
    return follow_up_board(
        user=request.user,
        on=clock.today(),
        version=working_version(),
        sort=request.GET.get("sort", "target"),
        **(form.criteria() | fixed),
    )


@login_required
@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    """The follow-ups that are the signed-in person's to do."""
    coach = Coach.objects.filter(user=request.user).first()
    form = FollowUpFilter(request.GET, with_coach=False)
    on = clock.today()
    rows = _board(request, form, coach=coach) if coach else FollowUp.objects.none()
    page = page_of(rows, number=request.GET.get("page"), size=25)
    explained(page.rows)
    return render(
        request,
        "coaching/my_follow_ups.html",
        {
            "coach": coach,
            "filter": form,
            "window": form.chosen().get("window", "open"),
            "page": page,
            "counts": counts_of(user=request.user, on=on, coach=coach) if coach else None,
            "is_narrowed": bool(form.chosen()),
        },
    )


@login_required
@require_GET
def everyone(request: SignedInRequest) -> HttpResponse:
    """Every follow-up that the person sees, to assign, postpone and watch."""
    form = FollowUpFilter(request.GET)
    return render(
        request,
        "coaching/follow_ups.html",
        {
            "filter": form,
            "page": page_of(_board(request, form), number=request.GET.get("page")),
            "is_narrowed": bool(form.chosen()),
            "default_sort": "target",
            "may_assign": may_assign(request.user),
            "assign_form": AssignForm(visible=FollowUp.objects.none()),
        },
    )


@login_required
@require_GET
def export(request: SignedInRequest, kind: str) -> HttpResponseBase:
    """The same list, whole, as a file for spreadsheets."""
    return file_of_follow_ups(_board(request, FollowUpFilter(request.GET)), kind=kind)


@login_required
@require_POST
def assign(request: SignedInRequest) -> HttpResponse:
    """Give the ticked follow-ups to a coach; those that are no longer open are named and left as they are."""
    if not may_assign(request.user):
        raise PermissionDenied
    form = AssignForm(request.POST, visible=follow_ups_visible_to(request.user))
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, str(errors[0]))
        return _back_to_list(request)
    chosen, coach = list(form.cleaned_data["follow_up"]), form.cleaned_data["coach"]
    try:
        done = assign_follow_ups(follow_ups=chosen, coach=coach, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return _back_to_list(request)
    if done.assigned:
        given = ngettext(
            "%(count)s follow-up given to %(coach)s.", "%(count)s follow-ups given to %(coach)s.", len(done.assigned)
        )
        messages.success(request, given % {"count": len(done.assigned), "coach": coach})
    for row, refusal in done.refused:
        messages.warning(request, f"{row.practitioner}: {refusal.message}")
    _warn_of(request, coach, done)
    return _back_to_list(request)


def _warn_of(request: SignedInRequest, coach: Coach, done: BulkAssignment) -> None:
    """By hand a coach may get more than fits; it is said in which weeks."""
    for load in done.beyond:
        words = {"coach": coach, "count": load.after, "capacity": load.capacity, "week": week_in_words(load.week)}
        messages.warning(
            request, _("%(coach)s now has %(count)s contacts in %(week)s, where %(capacity)s fit.") % words
        )


def _back_to_list(request: SignedInRequest) -> HttpResponseRedirect:
    """To the list as it was narrowed; its query is posted along."""
    query = QueryDict(request.POST.get("query", "")).urlencode()
    return HttpResponseRedirect(
        f"{reverse('coaching:follow_ups')}?{query}" if query else reverse("coaching:follow_ups")
    )


def _one(request: SignedInRequest, ref: UUID) -> FollowUp:
    return get_object_or_404(with_row_details(follow_ups_visible_to(request.user), version=working_version()), ref=ref)


def _page(request: SignedInRequest, row: FollowUp, **forms: Any) -> HttpResponse:
    today = clock.today()
    explained([row])
    handover = taken_over(row)
    context = {
        "row": row,
        "events": events_of(row),
        "handover": handover,
        "handover_words": told(handover) if handover is not None else [],
        "may_act": row.is_open and may_act_on_follow_up(request.user, row),
        "may_assign": row.is_open and may_assign(request.user),
        "postpone_form": PostponeForm(today=today),
        "complete_form": CompleteForm(today=today),
        "may_correct": row.state == FollowUpState.DONE
        and row.resolved_by == ResolvedBy.PERSON
        and may_act_on_follow_up(request.user, row),
        "correction_form": CorrectionForm(today=today, initial={"done_on": row.done_on}),
        "assign_form": AssignForm(visible=FollowUp.objects.none(), initial={"coach": row.assignee}),
    }
    return render(request, "coaching/follow_up.html", context | forms)


@login_required
@require_GET
def follow_up(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """One follow-up: why it exists, why on that day, what can be done with it and what was."""
    return _page(request, _one(request, ref))


@login_required
@require_POST
def postpone(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """Move a follow-up to a later day, with the reason."""
    row = _one(request, ref)
    if not may_act_on_follow_up(request.user, row):
        raise PermissionDenied
    form = PostponeForm(request.POST, today=clock.today())
    if form.is_valid():
        try:
            postpone_follow_up(
                follow_up=row, to=form.cleaned_data["to"], reason=form.cleaned_data["reason"], by=request.user
            )
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Postponed. The reason is kept in its history."))
            for obstacle in obstacles(
                form.cleaned_data["to"],
                coach=row.assignee,
                organisation=practice_of(row.practitioner),
                channel=row.channel,
            ):
                messages.warning(request, obstacle)
            return _onwards(request, row)
    return _page(request, row, postpone_form=form)


@login_required
@require_POST
def correct(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """Correct the day on which a completed contact took place; what counts from it moves along."""
    row = _one(request, ref)
    if not may_act_on_follow_up(request.user, row):
        raise PermissionDenied
    form = CorrectionForm(request.POST, today=clock.today())
    if form.is_valid():
        given = form.cleaned_data
        try:
            correct_completion(follow_up=row, done_on=given["done_on"], reason=given["why"], by=request.user)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Corrected. What counts from that day moved along."))
            return redirect("coaching:follow_up", row.ref)
    return _page(request, row, correction_form=form)


@login_required
@require_POST
def complete(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """Complete a follow-up without a visit to log, such as a check on the figures."""
    row = _one(request, ref)
    if not may_act_on_follow_up(request.user, row):
        raise PermissionDenied
    form = CompleteForm(request.POST, today=clock.today())
    if form.is_valid():
        try:
            complete_follow_up(
                follow_up=row,
                outcome=form.cleaned_data["outcome"],
                later_on=form.cleaned_data["later_on"],
                note=form.cleaned_data["note"],
                by=request.user,
            )
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Done. What comes next is planned."))
            return _onwards(request, row)
    return _page(request, row, complete_form=form)


@login_required
@require_POST
def assign_one(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """Give one follow-up to a coach."""
    row = _one(request, ref)
    if not may_assign(request.user):
        raise PermissionDenied
    form = AssignForm({"coach": request.POST.get("coach", ""), "follow_up": [str(row.ref)]}, visible=_only(row))
    if form.is_valid():
        try:
            done = assign_follow_ups(follow_ups=[row], coach=form.cleaned_data["coach"], by=request.user)
            for _row, refusal in done.refused:
                raise refusal
        except DomainError as error:
            tell(form, error)
        else:
            _warn_of(request, form.cleaned_data["coach"], done)
            messages.success(request, _("Given to %(coach)s.") % {"coach": form.cleaned_data["coach"]})
            return redirect("coaching:follow_up", row.ref)
    return _page(request, row, assign_form=form)


def _only(row: FollowUp) -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(pk=row.pk)


def _onwards(request: SignedInRequest, row: FollowUp) -> HttpResponseRedirect:
    """Where the person came from, when that is a page of ours; else the follow-up."""
    target = request.POST.get("next", "")
    if target and url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(target)
    return redirect("coaching:follow_up", row.ref)
