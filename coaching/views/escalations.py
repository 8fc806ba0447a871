"""The page on windows that closed without the contact."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.selectors.requests import SignedInRequest
from coaching.enums import OPEN_FOLLOW_UPS, EscalationLevel
from coaching.models import FollowUp
from coaching.policies import may_assign, may_work
from coaching.selectors.escalations import open_escalations
from core.paging import page_of


@login_required
@require_GET
def escalations(request: SignedInRequest) -> HttpResponse:
    """What was told and isn't settled: by level, the oldest first, with what to do about it."""
    if not may_work(request.user):
        raise PermissionDenied
    rows = open_escalations(request.user)
    counts = dict(rows.order_by().values_list("level").annotate(count=Count("pk")))
    level = request.GET.get("level", "")
    if level in EscalationLevel.values:
        rows = rows.filter(level=level)
    else:
        level = ""
    page = page_of(rows, number=request.GET.get("page"), size=25)
    context = {
        "page": page,
        "rows": _with_open_follow_ups(page.rows),
        "level": level,
        "total": sum(counts.values()),
        "levels": [(one.value, one.label, counts.get(one.value, 0)) for one in reversed(EscalationLevel)],
        "may_assign": may_assign(request.user),
    }
    return render(request, "coaching/escalations.html", context)


def _with_open_follow_ups(rows: Any) -> list[Any]:
    """The same, each with `present`: the follow-up of its enrolment that is to be done now, or None."""
    listed: list[Any] = list(rows)
    still_open = FollowUp.objects.filter(
        enrolment__in=[row.follow_up.enrolment_id for row in listed], state__in=OPEN_FOLLOW_UPS
    ).select_related("step", "assignee__user")
    present = {follow_up.enrolment_id: follow_up for follow_up in still_open}
    for row in listed:
        row.present = present.get(row.follow_up.enrolment_id)
    return listed
