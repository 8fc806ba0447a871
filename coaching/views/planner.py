"""The planner's page: its runs, what is wrong with them, and a dry run."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from accounts.selectors.requests import SignedInRequest
from coaching.forms import DryRunForm
from coaching.policies import may_plan
from coaching.selectors.heartbeat import planner_alarms
from coaching.selectors.planner_runs import COUNTS, Count, planner_runs, told
from coaching.services.dry_run import dry_run as look_ahead
from coaching.services.planner.report import DryRun
from coaching.views.shared import tell
from core import clock
from core.errors import DomainError
from core.paging import page_of

MOST_SHOWN = 200


def _page(request: SignedInRequest, form: DryRunForm, **more: Any) -> HttpResponse:
    page = page_of(planner_runs(), number=request.GET.get("page"), size=25)
    context = {"page": page, "runs": told(page.rows), "heads": COUNTS.values(), "form": form}
    return render(request, "coaching/planner_runs.html", context | {"alarms": planner_alarms()} | more)


@login_required
@require_GET
def runs(request: SignedInRequest) -> HttpResponse:
    """The last runs with what each saw and did."""
    if not may_plan(request.user):
        raise PermissionDenied
    return _page(request, DryRunForm(today=clock.today()))


@login_required
@require_POST
def dry_run(request: SignedInRequest) -> HttpResponse:
    """What the planner would do on the chosen day, beneath its runs; nothing is kept."""
    if not may_plan(request.user):
        raise PermissionDenied
    form = DryRunForm(request.POST, today=clock.today())
    if not form.is_valid():
        return _page(request, form)
    try:
        report = look_ahead(on=form.cleaned_data["on"])
    except DomainError as error:
        tell(form, error)
        return _page(request, form)
    return _page(
        request,
        form,
        report=report,
        report_counts=_counts(report),
        report_lines=report.lines[:MOST_SHOWN],
        is_cut=report.total_lines > MOST_SHOWN,
    )


def _counts(report: DryRun) -> list[Count]:
    """The numbers of a dry run that aren't nought."""
    counts = {field: getattr(report.tally, field, 0) for field in COUNTS}
    return [Count(COUNTS[field], value) for field, value in counts.items() if value]
