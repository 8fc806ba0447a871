"""What one wants to be told by mail."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.enums import NoticeKind
from accounts.selectors.notices import choices_of
from accounts.selectors.requests import SignedInRequest
from accounts.services.notices import choose_notices
from core.errors import DomainError

EXPLAINED = {
    NoticeKind.MORNING_DIGEST: gettext_lazy(
        "Every working day at half past six: your visits, what is late, what is best done today and what may be done."
    ),
    NoticeKind.WEEKLY_DIGEST: gettext_lazy(
        "On Mondays at seven: what nobody has yet, what is late, who carries too much and who is away."
    ),
    NoticeKind.OPENING_REMINDER: gettext_lazy(
        "Only on days on which something opens, and only without the morning digest, which says it too."
    ),
    NoticeKind.ESCALATION: gettext_lazy("When a contact was not made before its window closed."),
    NoticeKind.HANDOVER: gettext_lazy("When practitioners come to you from a colleague."),
}


@login_required
@require_http_methods(["GET", "POST"])
def notice_choices(request: SignedInRequest) -> HttpResponse:
    """Choose which notices one gets."""
    if request.method == "POST":
        try:
            choose_notices(user=request.user, wanted=request.POST.getlist("wanted"), by=request.user)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("Your choice is kept."))
        return redirect("notice_choices")
    choices = [
        {"kind": kind, "is_wanted": is_wanted, "explained": EXPLAINED[kind]}
        for kind, is_wanted in choices_of(request.user).items()
    ]
    return render(request, "web/notice_choices.html", {"choices": choices})
