"""Pages on playbooks: their versions, a draft's editor, putting it to use, moving who is enrolled."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.selectors.requests import SignedInRequest
from coaching.enums import VersionState
from coaching.errors import DraftExists, PlaybookRefused
from coaching.forms.playbooks import (
    NEW_STEP,
    PlaybookForm,
    StepFormSet,
    VersionForm,
    given_steps,
    posted_steps,
    steps_with_problems,
)
from coaching.models import Playbook, PlaybookVersion
from coaching.policies import may_edit_playbooks, may_read_playbooks
from coaching.selectors import playbooks as found
from coaching.services import playbooks as services
from coaching.views.shared import tell
from core.errors import DomainError
from core.jobs import send_after_commit


def _allow(request: SignedInRequest, *, edit: bool = False) -> None:
    if not (may_edit_playbooks(request.user) if edit else may_read_playbooks(request.user)):
        raise PermissionDenied


def _version(request: SignedInRequest, ref: UUID, *, edit: bool = False) -> PlaybookVersion:
    _allow(request, edit=edit)
    return get_object_or_404(found.versions(), ref=ref)


@login_required
@require_GET
def playbooks(request: SignedInRequest) -> HttpResponse:
    """Every playbook: whom it is for, which version enrols, who goes through it."""
    _allow(request)
    rows = found.listed()
    return render(request, "coaching/playbooks.html", {"rows": rows, "may_edit": may_edit_playbooks(request.user)})


@login_required
@require_http_methods(["GET", "POST"])
def playbook(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """One playbook with its versions; managers say here where it goes on."""
    _allow(request, edit=request.method == "POST")
    row = get_object_or_404(found.playbooks(), ref=ref)
    initial = {"continues_in": row.continues_in.code if row.continues_in else None, "cooldown_days": row.cooldown_days}
    form = PlaybookForm(request.POST or None, playbook=row, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_playbook(playbook=row, by=request.user, **form.cleaned_data)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("coaching:playbook", row.ref)
    versions = list(found.versions_of(row))
    context = {
        "row": row,
        "versions": versions,
        "has_draft": any(one.state == VersionState.DRAFT for one in versions),
        "left_behind": found.left_behind(versions),
        "may_edit": may_edit_playbooks(request.user),
        "form": form,
    }
    return render(request, "coaching/playbook.html", context)


@login_required
@require_POST
def draft(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """Begin a new version, or go on with the draft that there is."""
    _allow(request, edit=True)
    row = get_object_or_404(Playbook, ref=ref)
    try:
        version = services.new_draft(playbook=row, by=request.user)
    except DraftExists as error:
        messages.info(request, error.message)
        return redirect("coaching:version_edit", error.context["draft"])
    return redirect("coaching:version_edit", version.ref)


@login_required
@require_GET
def version(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """One version: its steps along the weeks, its goal, and what can be done with it."""
    row = _version(request, ref)
    context = {
        "row": row,
        "drawing": found.drawing_of(list(row.steps.all())),
        "live": found.live_in(row),
        "active": found.active_of(row.playbook) if row.state != VersionState.ACTIVE else row,
        "may_edit": may_edit_playbooks(request.user),
    }
    return render(request, "coaching/version.html", context)


# --- The editor -------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """Write a draft: its steps in their order, its goal. Steps come, go and move without a script too."""
    row = _version(request, ref, edit=True)
    if row.state != VersionState.DRAFT:
        messages.info(request, _("This version is no longer a draft, so it stays as it is; make a new version."))
        return redirect("coaching:version", row.ref)
    if request.method == "GET":
        steps = services.steps_of(row)
        for step in steps:
            step["usage_indicator"] = step["usage_indicator"].code if step["usage_indicator"] else None
        return _editor(request, row, _version_form(row), StepFormSet(prefix="steps", initial=steps))
    if request.POST.get("act", "save") != "save":
        steps, place = _changed(posted_steps(request.POST), request.POST["act"])
        # As it was typed: nothing is judged until it is saved.
        version_form = VersionForm(initial={name: request.POST.get(name) for name in VersionForm.base_fields})
        return _editor(request, row, version_form, StepFormSet(prefix="steps", initial=steps), open_at=place)
    version_form, formset = VersionForm(request.POST), StepFormSet(request.POST, prefix="steps")
    if version_form.is_valid() and formset.is_valid():
        try:
            services.save_draft(version=row, steps=given_steps(formset), by=request.user, **version_form.cleaned_data)
        except PlaybookRefused as error:
            steps_with_problems(formset, version_form, error)
        except DomainError as error:
            version_form.add_error(None, error.message)
        else:
            messages.success(request, _("The draft is saved. Nobody follows it until it is activated."))
            return redirect("coaching:version", row.ref)
    return _editor(request, row, version_form, formset, status=422)


def _version_form(row: PlaybookVersion) -> VersionForm:
    return VersionForm(
        initial={
            "goal_indicator": row.goal_indicator.code if row.goal_indicator else None,
            "goal_value": row.goal_value,
            "goal_months": row.goal_months,
            "note": row.note,
        }
    )


def _editor(
    request: SignedInRequest,
    row: PlaybookVersion,
    form: VersionForm,
    formset: Any,
    *,
    open_at: int = -1,
    status: int = 200,
) -> HttpResponse:
    wrong = [place for place, one in enumerate(formset.forms, 1) if formset.is_bound and one.errors]
    for place, one in enumerate(formset.forms):
        one.is_open = place == open_at or (formset.is_bound and bool(one.errors)) or len(formset.forms) == 1
    context = {"row": row, "form": form, "formset": formset, "wrong": wrong}
    return render(request, "coaching/version_edit.html", context, status=status)


def _changed(steps: list[dict[str, Any]], act: str) -> tuple[list[dict[str, Any]], int]:
    """The steps after one was added, taken away or moved (`add`, `drop-2`, `up-2`, `down-2`), and which one to open."""
    verb, _dash, number = act.partition("-")
    if verb == "add":
        return [*steps, dict(NEW_STEP)], len(steps)
    place = int(number) if number.isdigit() and int(number) < len(steps) else -1
    if place < 0:
        return steps, -1
    if verb == "drop":
        return steps[:place] + steps[place + 1 :], -1
    other = place - 1 if verb == "up" else place + 1
    if verb in {"up", "down"} and 0 <= other < len(steps):
        steps[place], steps[other] = steps[other], steps[place]
        return steps, other
    return steps, place


# --- From draft to active, and who follows ------------------------------------------------------------


@login_required
@require_POST
def discard(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """Throw a draft away."""
    row = _version(request, ref, edit=True)
    try:
        services.discard_draft(version=row, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The draft is gone."))
    return redirect("coaching:playbook", row.playbook.ref)


@login_required
@require_http_methods(["GET", "POST"])
def activate(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """Say what putting a draft to use changes, and do it."""
    row = _version(request, ref, edit=True)
    active = found.active_of(row.playbook)
    if request.method == "POST":
        try:
            services.activate_version(version=row, by=request.user)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("coaching:version", row.ref)
        messages.success(request, _("Version %(number)s is active: it enrols from now on.") % {"number": row.number})
        if active is not None and found.live_in(active):
            return redirect("coaching:version_migrate", active.ref)
        return redirect("coaching:version", row.ref)
    if row.state != VersionState.DRAFT:
        return redirect("coaching:version", row.ref)
    preview = services.preview_migration(from_version=active, to_version=row) if active else None
    return render(request, "coaching/version_activate.html", {"row": row, "active": active, "preview": preview})


@login_required
@require_http_methods(["GET", "POST"])
def migrate(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """Show what moving the enrolments of a version to the active one would do; and start it."""
    row = _version(request, ref, edit=True)
    active = found.active_of(row.playbook)
    if active is None or active.pk == row.pk:
        messages.info(
            request, _("Enrolments move to the active version of the same playbook, from another of its versions.")
        )
        return redirect("coaching:version", row.ref)
    if request.method == "POST":
        send_after_commit(
            "coaching.tasks.migrate_enrolments",
            from_version=str(row.ref), to_version=str(active.ref), by=str(request.user.ref),
        )  # fmt: skip
        return redirect(f"{request.path}?started=1")
    preview = services.preview_migration(from_version=row, to_version=active)
    context = {
        "row": row,
        "active": active,
        "preview": preview,
        "is_started": "started" in request.GET and preview.moving > 0,
        "was_started": "started" in request.GET,
        "moved": found.moved_into(active, from_version=row),
    }
    return render(request, "coaching/version_migrate.html", context)
