"""The operator's look at the mails: what waits, what was sent, what failed and why."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.selectors.requests import SignedInRequest
from core.forms import EVERY, FilterForm
from core.models import Mail
from core.outbox import unpacked
from core.paging import page_of
from core.sending import resend
from web.policies import may_see_mails
from web.selectors.mails import FAILED, STATES, counts, mails, state_of

BODY_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""A mail's HTML is shown as a mail program shows it: no script, nothing loaded, no form, an origin of its own."""


class MailFilter(FilterForm):
    """What narrows the list of mails."""

    q = forms.CharField(label=_("Address, subject or occasion"), required=False, max_length=100)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[*EVERY, *STATES.items()])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"auto_id": "filter_%s"})


def _only_operators(request: SignedInRequest) -> None:
    if not may_see_mails(request.user):
        raise PermissionDenied


def _one(request: SignedInRequest, ref: UUID) -> Mail:
    _only_operators(request)
    return get_object_or_404(Mail.objects.select_related("email"), ref=ref)


def _is_hidden(mail: Mail) -> bool:
    """Whether the text is its receiver's alone: with a link for a new password one could sign in as them."""
    return mail.is_private and bool(settings.PRODUCTION)


@login_required
@require_safe
def mail_list(request: SignedInRequest) -> HttpResponse:
    """The mails, narrowed by the address, with how many wait and failed."""
    _only_operators(request)
    form = MailFilter(request.GET)
    chosen = form.chosen()
    page = page_of(mails(state=chosen.get("state", ""), search=chosen.get("q", "")), number=request.GET.get("page"))
    for mail in page.rows:
        _dress(mail)
    context = {
        "filter": form,
        "page": page,
        "counts": counts(),
        "is_narrowed": bool(chosen),
        "folder": settings.EMAIL_FILE_PATH if settings.MAIL_BACKEND.endswith("FolderBackend") else "",
    }
    return render(request, "web/mail_list.html", context)


def _dress(mail: Any) -> None:
    mail.state = state_of(mail)
    mail.state_label = STATES[mail.state]
    mail.receiver = ", ".join(mail.email.to)


@login_required
@require_safe
def mail_page(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """One mail: to whom, on which occasion, what came of it, and its text."""
    mail = _one(request, ref)
    _dress(mail)
    context = {
        "mail": mail,
        "occasions": list(mail.occasions.order_by("key")[:20]),
        "files": [(place, file.name, len(file.content)) for place, file in enumerate(unpacked(mail))],
        "is_hidden": _is_hidden(mail),
    }
    return render(request, "web/mail.html", context)


@login_required
@require_safe
def mail_body(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """A mail's HTML alone, for the frame on its page."""
    mail = _one(request, ref)
    if _is_hidden(mail) or not mail.email.html_message:
        raise Http404
    response = HttpResponse(mail.email.html_message)
    response["Content-Security-Policy"] = BODY_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


@login_required
@require_safe
def mail_file(request: SignedInRequest, ref: UUID, place: int) -> HttpResponse:
    """A file that goes with a mail, to be saved and not opened here."""
    mail = _one(request, ref)
    files = unpacked(mail)
    if _is_hidden(mail) or place >= len(files):
        raise Http404
    response = HttpResponse(files[place].content, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, files[place].name) or "attachment"
    response["Content-Security-Policy"] = BODY_POLICY
    return response


@login_required
@require_POST
def mail_resend(request: SignedInRequest) -> HttpResponse:
    """Queue a mail that failed once more, or all of them."""
    _only_operators(request)
    if request.POST.get("mail") == "all":
        chosen = list(mails(state=FAILED))
    else:
        try:
            ref = UUID(request.POST.get("mail", ""))
        except ValueError:
            raise Http404 from None
        chosen = [_one(request, ref)]
    count = resend(mails=chosen)
    text = ngettext(
        "%(count)s mail is tried again within a minute.", "%(count)s mails are tried again within a minute.", count
    )
    (messages.success if count else messages.warning)(request, text % {"count": count})
    return redirect("mails")
