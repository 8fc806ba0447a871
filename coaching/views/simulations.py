"""Pages on simulations: what a version would do over the coming weeks."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.selectors.requests import SignedInRequest
from coaching.enums import SimulationState
from coaching.forms.simulations import TIMES, SimulationForm
from coaching.models import Simulation
from coaching.policies import may_edit_playbooks, may_read_playbooks
from coaching.selectors import playbooks
from coaching.selectors import simulations as found
from coaching.services.simulation import Assumptions, start_simulation
from coaching.views.shared import tell
from core import clock
from core.errors import DomainError
from core.jobs import send_after_commit


def _allow(request: SignedInRequest) -> None:
    if not may_read_playbooks(request.user):
        raise PermissionDenied


@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """Ask what a version would do; a worker plays it."""
    _allow(request)
    version = get_object_or_404(playbooks.versions(), ref=ref)
    active = playbooks.active_of(version.playbook)
    is_active = active is None or active.pk == version.pk
    form = SimulationForm(request.POST or None, today=clock.today(), is_active=is_active)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("starts_on", "weeks")}
        given |= {"assumptions": form.assumptions(), "by": request.user}
        try:
            asked = start_simulation(version=version, **given)
            if active is not None and form.cleaned_data.get("compare"):
                _send(start_simulation(version=active, **given))
        except DomainError as error:
            tell(form, error)
        else:
            _send(asked)
            return redirect("coaching:simulation", asked.ref)
    context = {"version": version, "form": form, "last": found.last_of(version)}
    return render(request, "coaching/simulation_new.html", context)


@login_required
@require_GET
def simulation(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """How far it is, and what it found."""
    _allow(request)
    row = get_object_or_404(found.simulations(), ref=ref)
    is_under_way = row.state in {SimulationState.WAITING, SimulationState.RUNNING}
    if request.headers.get("HX-Request") and not is_under_way:
        return HttpResponse(headers={"HX-Refresh": "true"})  # whole, with the script that draws charts
    assumed = Assumptions.of(row.assumptions)
    context = {
        "row": row,
        "is_under_way": is_under_way,
        "percent": round(row.done_share * 100),
        "assumed": assumed,
        "when_made": dict(TIMES).get(assumed.days_to_do, ""),
        "shares": {name: round(getattr(assumed, name) * 100) for name in ("answer_share", "goal_share", "usage_share")},
        "may_edit": may_edit_playbooks(request.user),
    }
    if row.state == SimulationState.DONE:
        other = found.sibling_of(row)
        why, never = found.never_reached(row.result, request.user)
        context |= {
            "other": other,
            "numbers": found.numbers_of(row.result, other.result if other else None),
            "coaches": found.coaches_figure(row.result),
            "deferred": found.deferred_figure(row.result),
            "never_why": why,
            "never": never,
            "never_count": row.result["never_reached"],
        }
    return render(request, "coaching/simulation.html", context)


@login_required
@require_POST
def again(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """Send a simulation to the workers once more, when it stands still."""
    _allow(request)
    row = get_object_or_404(Simulation, ref=ref)
    _send(row)
    return redirect("coaching:simulation", row.ref)


def _send(row: Simulation) -> None:
    send_after_commit("coaching.tasks.simulate", ref=str(row.ref))
