"""Pages for handing out and taking over: the proposal for the pool, a leave's, and one case."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.selectors.requests import SignedInRequest
from adoption.selectors.segments import working_version
from coaching.forms import HandoverForm, ProposalFilter
from coaching.models import Absence, Case, Coach, FollowUp, Handover
from coaching.policies import may_assign
from coaching.selectors.boards import coaches_to_choose, with_row_details
from coaching.selectors.handovers import facts_of, told
from coaching.selectors.proposal import LeftOver, Line, Proposal, propose, reasons_of, why_left
from coaching.selectors.visibility import cases_visible_to, follow_ups_visible_to
from coaching.services import Confirmed, absence_handover, confirm_proposal, hand_over_case
from coaching.views.shared import tell
from core import clock
from core.errors import DomainError
from core.months import day_in_words
from core.paging import Page, slice_of
from practitioners.models import Commune

PAGE = 50
MOST_MESSAGES = 6


@dataclass(frozen=True)
class Shown:
    """A line as the page shows it: the follow-up, the reasons, and who else could be chosen."""

    line: Line
    row: FollowUp
    reasons: list[str]
    others: list[Coach]


@dataclass(frozen=True)
class ShownLeft:
    """A follow-up that nobody can take, and why."""

    row: FollowUp
    why: str


def _may(request: SignedInRequest) -> None:
    if not may_assign(request.user):
        raise PermissionDenied


def _rows(numbers: Sequence[int]) -> dict[int, FollowUp]:
    rows = with_row_details(FollowUp.objects.filter(pk__in=numbers), version=working_version())
    return {row.pk: row for row in rows}


def _context(request: HttpRequest, proposal: Proposal) -> dict[str, Any]:
    """A page of lines, or of those left over, with what they show; and the loads of everybody."""
    shows_left = request.GET.get("show") == "left"
    number = request.GET.get("page")
    found: Sequence[Line | LeftOver] = proposal.left_over if shows_left else proposal.lines
    page: Page[Any] = slice_of(found, number=number, size=PAGE)
    rows = _rows([one.follow_up_id for one in page.rows])
    communes = {commune.pk: commune.name for commune in Commune.objects.all()}
    team = list(coaches_to_choose())
    query = request.GET.copy()
    for name in ("page", "show"):
        query.pop(name, None)
    context: dict[str, Any] = {
        "proposal": proposal,
        "filter_query": query.urlencode(),
        "page": page,
        "shows_left": shows_left,
        "gets": sorted((load for load in proposal.loads if load.added), key=lambda load: (-load.added, load.coach.pk)),
        "gets_none": [load for load in proposal.loads if not load.added],
    }
    if shows_left:
        context["left"] = [ShownLeft(rows[one.follow_up_id], why_left(one)) for one in page.rows]
    else:
        context["lines"] = [
            Shown(
                line,
                rows[line.follow_up_id],
                reasons_of(line, communes=communes),
                [coach for coach in team if coach not in line.fits],
            )
            for line in page.rows
        ]
    return context


def _chosen(request: HttpRequest, among: Any) -> list[tuple[FollowUp, Coach]]:
    """The ticked follow-ups, each with the coach who stands beside it; what isn't there (any more) is left out."""
    refs = [ref for ref in request.POST.getlist("follow_up") if _is_ref(ref)]
    coaches = {str(coach.ref): coach for coach in coaches_to_choose()}
    rows = among.filter(ref__in=refs)
    named = ((row, coaches.get(request.POST.get(f"coach-{row.ref}", ""))) for row in rows)
    return [(row, coach) for row, coach in named if coach is not None]


def _is_ref(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _confirm(request: SignedInRequest, choices: list[tuple[FollowUp, Coach]], **options: Any) -> None:
    """Confirm what was chosen, and say what came of it."""
    if not choices:
        messages.error(request, _("Tick at least one follow-up."))
        return
    beyond = request.POST.get("beyond_limits") == "yes"
    try:
        done = confirm_proposal(choices=choices, by=request.user, beyond_limits=beyond, **options)
    except DomainError as error:
        messages.error(request, error.message)
        return
    _tell_what_came(request, done)


def _tell_what_came(request: HttpRequest, done: Confirmed) -> None:
    if done.given:
        given = ngettext("%(count)s follow-up given.", "%(count)s follow-ups given.", len(done.given))
        messages.success(request, given % {"count": len(done.given)})
    told_of = [f"{row.practitioner}: {error.message}" for row, error in done.refused]
    told_of += [f"{one.follow_up.practitioner}: {warned.message}" for one in done.given for warned in one.warnings]
    for words in told_of[:MOST_MESSAGES]:
        messages.warning(request, words)
    more = len(told_of) - MOST_MESSAGES
    if more > 0:
        words = ngettext("And %(count)s more of this kind.", "And %(count)s more of these kinds.", more)
        messages.warning(request, words % {"count": more})


def _back(request: HttpRequest, address: str) -> HttpResponseRedirect:
    query = QueryDict(request.POST.get("query", "")).urlencode()
    return HttpResponseRedirect(f"{address}?{query}" if query else address)


# --- The pool ---------------------------------------------------------------------------------------


@login_required
@require_GET
def proposal(request: SignedInRequest) -> HttpResponse:
    """Who could take the follow-ups that wait for somebody, all weighed at once."""
    _may(request)
    whole = propose(on=clock.today(), user=request.user)
    form = ProposalFilter(request.GET, weeks=whole.weeks)
    shown = whole.narrowed(**form.criteria())
    context = {"filter": form, "is_narrowed": bool(form.chosen()), "whole": whole}
    return render(request, "coaching/proposal.html", _context(request, shown) | context)


@login_required
@require_POST
def confirm(request: SignedInRequest) -> HttpResponse:
    """Give the ticked follow-ups to the coaches beside them, or the whole list as it was proposed."""
    _may(request)
    address = reverse("coaching:proposal")
    if "whole" not in request.POST:
        _confirm(request, _chosen(request, follow_ups_visible_to(request.user)))
        return _back(request, address)
    whole = propose(on=clock.today(), user=request.user)
    form = ProposalFilter(QueryDict(request.POST.get("query", "")), weeks=whole.weeks)
    shown = whole.narrowed(**form.criteria())
    if shown.fingerprint != request.POST["whole"]:
        messages.warning(
            request, _("Things have changed meanwhile: this is the proposal as it is now. Nothing was given.")
        )
        return _back(request, address)
    rows = FollowUp.objects.in_bulk([line.follow_up_id for line in shown.lines])
    _confirm(request, [(rows[line.follow_up_id], line.coach) for line in shown.lines])
    return _back(request, address)


# --- A leave ----------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def of_absence(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """What falls in a coach's absence, with who could take it."""
    _may(request)
    absence = get_object_or_404(Absence.objects.select_related("coach__user"), ref=ref)
    if request.method == "POST":
        mine = follow_ups_visible_to(request.user).filter(assignee=absence.coach)
        reason = request.POST.get("reason", "").strip()[:300]
        _confirm(request, _chosen(request, mine), taken_from=absence.coach, reason=reason)
        return _back(request, reverse("coaching:absence_handover", args=[absence.ref]))
    found = absence_handover(absence=absence, by=request.user, on=clock.today())
    context = {"absence": absence, "reason": _reason(absence)}
    return render(request, "coaching/absence_handover.html", _context(request, found) | context)


def _reason(absence: Absence) -> str:
    words = {
        "kind": absence.get_kind_display(),
        "first": day_in_words(absence.first_day),
        "last": day_in_words(absence.last_day),
    }
    if absence.first_day == absence.last_day:
        return _("%(kind)s on %(first)s") % words
    return _("%(kind)s from %(first)s to %(last)s") % words


# --- One case ---------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def of_case(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """A case goes to another coach, with the summary that the newcomer will read."""
    _may(request)
    cases = cases_visible_to(request.user).select_related("practitioner__commune", "coach__user")
    case = get_object_or_404(cases.exclude(state="closed"), ref=ref)
    form = HandoverForm(request.POST if request.method == "POST" else None, without=case.coach)
    if request.method == "POST" and form.is_valid():
        to, reason = form.cleaned_data["to"], form.cleaned_data["reason"]
        try:
            hand_over_case(case=case, to=to, by=request.user, reason=reason)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("%(coach)s has the case now.") % {"coach": to})
            return redirect("practitioner_card", case.practitioner.ref)
    context = {"case": case, "form": form, "summary": told(_preview(case, clock.today()))}
    return render(request, "coaching/case_handover.html", context)


def _preview(case: Case, on: dt.date) -> Handover:
    return Handover(case=case, summary=facts_of([case], on=on)[case.pk])
