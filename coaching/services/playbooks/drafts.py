"""Versions from draft to active to withdrawn: a version that was put to use is never changed.

The order of locks is playbook, version; both before anything is judged.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from adoption.models import Indicator
from coaching.enums import Channel, VersionState
from coaching.errors import DraftExists, OutOfScope, PlaybookCircle, PlaybookRefused, PlaybookVersionFixed, StepProblem
from coaching.models import Playbook, PlaybookStep, PlaybookVersion
from coaching.policies import may_edit_playbooks
from coaching.services import recording
from coaching.services.playbooks.validation import check_version
from core import locks

STEP_COLUMNS = (
    "code", "name_en", "name_fr", "name_nl", "purpose_en", "purpose_fr", "purpose_nl", "channel", "anchor", "delay",
    "unit", "opens_before", "closes_after", "roll", "assignee", "assignee_role", "completion", "usage_indicator",
    "usage_minimum", "retries", "next_channel", "repeats_until_goal",
)  # fmt: skip
"""What a step says; its place is its place in the list."""

DEFAULTS: dict[str, Any] = {
    "name_fr": "", "name_nl": "", "purpose_en": "", "purpose_fr": "", "purpose_nl": "", "unit": "working_days",
    "opens_before": 0, "closes_after": 5, "roll": "next", "assignee": "case_coach", "assignee_role": "",
    "completion": "person", "usage_indicator": None, "usage_minimum": None, "retries": 0, "next_channel": "",
    "repeats_until_goal": False,
}  # fmt: skip


@transaction.atomic
def new_draft(*, playbook: Playbook, by: User | None, at: dt.datetime | None = None) -> PlaybookVersion:
    """Begin a new version of a playbook as a copy of the active one (of the latest, where none is active).

    A playbook has one draft at a time. Errors: DraftExists, OutOfScope.
    """
    at, _on = recording.moment(at)
    _allow(by)
    locked = _locked(playbook)
    versions = locked.versions.order_by("-number")
    draft = versions.filter(state=VersionState.DRAFT).first()
    if draft is not None:
        raise DraftExists(draft.ref)
    source = versions.filter(state=VersionState.ACTIVE).first() or versions.first()
    number = (versions.aggregate(last=Max("number"))["last"] or 0) + 1
    goal = {name: getattr(source, name) for name in ("goal_indicator", "goal_value", "goal_months")} if source else {}
    version = PlaybookVersion.objects.create(playbook=locked, number=number, created_by=by, created_at=at, **goal)
    if source is not None:
        _write_steps(version, [_asked_as_editable(step) for step in steps_of(source)])
    return version


@transaction.atomic
def save_draft(
    *,
    version: PlaybookVersion,
    steps: Sequence[Mapping[str, Any]],
    goal_indicator: Indicator | None = None,
    goal_value: float | None = None,
    goal_months: int = 3,
    note: str = "",
    by: User | None,
) -> PlaybookVersion:
    """Write a draft anew: its steps in their order, its goal and what it changes.

    A step is a mapping with the columns of a PlaybookStep; what is left out is as usual. Errors: PlaybookRefused
    with each step and field named (nothing was changed then), PlaybookVersionFixed, OutOfScope.
    """
    _allow(by)
    locked = _locked_draft(version)
    whole = [{**DEFAULTS, **step} for step in steps]
    check_version(steps=whole, goal_indicator=goal_indicator, goal_value=goal_value, goal_months=goal_months)
    locked.goal_indicator, locked.goal_value, locked.goal_months = goal_indicator, goal_value, goal_months
    locked.note = " ".join(note.split())[:300]
    locked.save(update_fields=["goal_indicator", "goal_value", "goal_months", "note"])
    locked.steps.all().delete()
    _write_steps(locked, whole)
    return locked


@transaction.atomic
def discard_draft(*, version: PlaybookVersion, by: User | None) -> None:
    """Throw a draft away, with its simulations. Errors: PlaybookVersionFixed, OutOfScope."""
    _allow(by)
    _locked_draft(version).delete()


@transaction.atomic
def activate_version(*, version: PlaybookVersion, by: User | None, at: dt.datetime | None = None) -> PlaybookVersion:
    """Put a draft to use: who is enrolled from now on follows it, and the version before it is withdrawn.

    Who is enrolled already stays in the version before until somebody moves them. Of two managers who do it at
    once the second hears PlaybookVersionFixed. Errors: PlaybookRefused, PlaybookVersionFixed, OutOfScope.
    """
    at, _on = recording.moment(at)
    _allow(by)
    playbook = _locked(version.playbook)
    locked = _locked_draft(version)
    check_version(
        steps=steps_of(locked),
        goal_indicator=locked.goal_indicator_id,
        goal_value=locked.goal_value,
        goal_months=locked.goal_months,
    )
    playbook.versions.filter(state=VersionState.ACTIVE).update(state=VersionState.RETIRED)
    locked.state, locked.activated_by, locked.activated_at = VersionState.ACTIVE, by, at
    locked.save(update_fields=["state", "activated_by", "activated_at"])
    return locked


@transaction.atomic
def save_playbook(
    *, playbook: Playbook, continues_in: Playbook | None, cooldown_days: int, by: User | None
) -> Playbook:
    """Say in which playbook a completed one goes on, and after how many days it may enrol again.

    A chain of playbooks that comes back to itself would never end and is refused. Errors: PlaybookCircle,
    PlaybookRefused, OutOfScope.
    """
    _allow(by)
    locks.hold("coaching.playbook_chain")
    locked = _locked(playbook)
    if not 0 <= cooldown_days <= 3660:
        text = _("Give days from 0 to 3660.")
        raise PlaybookRefused([StepProblem(0, "cooldown_days", "too_much", text)])
    chain, following = [locked], continues_in.pk if continues_in else None
    while following is not None:
        chain.append(Playbook.objects.get(pk=following))
        following = chain[-1].continues_in_id
        if chain[-1] in chain[:-1]:
            raise PlaybookCircle([one.code for one in chain])
    locked.continues_in, locked.cooldown_days = continues_in, cooldown_days
    locked.save(update_fields=["continues_in", "cooldown_days"])
    return locked


def steps_of(version: PlaybookVersion) -> list[dict[str, Any]]:
    """A version's steps in their order, as they are given to `save_draft`."""
    rows = version.steps.select_related("usage_indicator").order_by("position")
    return [{name: getattr(row, name) for name in STEP_COLUMNS} for row in rows]


def _asked_as_editable(step: dict[str, Any]) -> dict[str, Any]:
    """A copied step; older versions name retries for checks on the figures, where they never had a meaning."""
    return {**step, "retries": 0, "next_channel": ""} if step["channel"] == Channel.FIGURES_CHECK else step


def _write_steps(version: PlaybookVersion, steps: Sequence[Mapping[str, Any]]) -> None:
    PlaybookStep.objects.bulk_create(
        PlaybookStep(version=version, position=place, **{name: step[name] for name in STEP_COLUMNS})
        for place, step in enumerate(steps, 1)
    )


def _allow(by: User | None) -> None:
    if by is not None and not may_edit_playbooks(by):
        raise OutOfScope


def _locked(playbook: Playbook) -> Playbook:
    return Playbook.objects.select_for_update(no_key=True).get(pk=playbook.pk)


def _locked_draft(version: PlaybookVersion) -> PlaybookVersion:
    locked = (
        PlaybookVersion.objects.select_related("playbook").select_for_update(of=("self",)).filter(pk=version.pk).first()
    )
    if locked is None or locked.state != VersionState.DRAFT or locked.enrolments.exists():
        raise PlaybookVersionFixed
    return locked
