"""How a change of a follow-up is written down: the row, and the event that says who, when and why."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from accounts.models import User
from coaching.enums import FollowUpState
from coaching.errors import FollowUpClosed, OutOfScope, ReasonMissing
from coaching.models import Case, Enrolment, FollowUp, FollowUpEvent
from coaching.policies import may_act_on_follow_up
from core import clock
from practitioners.models import Practitioner

PLANNED, STATE, ASSIGNED, MOVED, STARTED = "planned", "state", "assigned", "moved", "started"
CORRECTED = "corrected"
"""The kinds of events."""


def moment(at: dt.datetime | None) -> tuple[dt.datetime, dt.date]:
    """The moment of an act and its day in Europe/Brussels."""
    at = at or clock.now()
    return at, timezone.localdate(at)


def given_reason(reason: str) -> str:
    """The reason without its blanks; ReasonMissing when nothing is left."""
    reason = " ".join(reason.split())
    if not reason:
        raise ReasonMissing
    return reason[:300]


def lock_practitioners(practitioners: Sequence[int]) -> None:
    """Lock practitioners: nothing in their enrolments and follow-ups changes meanwhile but by us.

    Everybody who changes those locks the practitioner first, in the order of their ids, so that nobody
    waits in a circle. The whole order is practitioner, enrolment, follow-up, case, coach.
    """
    rows = Practitioner.objects.filter(pk__in=practitioners).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


def lock_enrolments(enrolments: Sequence[int]) -> None:
    """Lock enrolments, after the practitioners whose they are."""
    rows = Enrolment.objects.filter(pk__in=enrolments)
    lock_practitioners(list(rows.values_list("practitioner_id", flat=True)))
    list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def locked_open(follow_up: FollowUp, by: User | None) -> FollowUp:
    """The follow-up as it stands, locked with its enrolment; an error when it isn't open or not `by`'s to act on."""
    lock_enrolments([follow_up.enrolment_id])
    locked = (
        FollowUp.objects.select_related("step", "enrolment__case", "practitioner")
        .select_for_update(no_key=True, of=("self",))
        .get(pk=follow_up.pk)
    )
    if by is not None and not may_act_on_follow_up(by, locked):
        raise OutOfScope
    if not locked.is_open:
        raise FollowUpClosed.of(locked.state)
    return locked


def change_state(
    follow_up: FollowUp,
    state: FollowUpState,
    *,
    by: User | None,
    at: dt.datetime,
    kind: str = STATE,
    reason: str = "",
    data: dict[str, Any] | None = None,
    columns: dict[str, Any] | None = None,
) -> None:
    """Bring a locked follow-up into another state, with other columns that belong to it, and write the event."""
    before = follow_up.state
    for column, value in {"state": state, "updated_at": at, **(columns or {})}.items():
        setattr(follow_up, column, value)
    follow_up.save(update_fields=["state", "updated_at", *(columns or {})])
    write_event(follow_up, kind, by=by, at=at, reason=reason, data=data, before=before)


def write_event(
    follow_up: FollowUp,
    kind: str,
    *,
    by: User | None,
    at: dt.datetime,
    reason: str = "",
    data: dict[str, Any] | None = None,
    before: str | None = None,
) -> None:
    """One line in a follow-up's history."""
    FollowUpEvent.objects.create(
        follow_up=follow_up,
        kind=kind,
        from_state=follow_up.state if before is None else before,
        to_state=follow_up.state,
        actor=by,
        at=at,
        reason=reason,
        data=data or {},
    )


def lock_case(case: Case) -> Case:
    """The case as it stands, locked after its live enrolments."""
    lock_enrolments(list(case.enrolments.filter(ended_on__isnull=True).values_list("pk", flat=True)))
    return (
        Case.objects.select_related("practitioner", "coach")
        .select_for_update(no_key=True, of=("self",))
        .get(pk=case.pk)
    )
