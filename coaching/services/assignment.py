"""Give follow-ups to coaches, one by one or many at once."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from accounts.models import User
from coaching.enums import CaseState
from coaching.errors import CoachNotActive, FollowUpClosed, OutOfScope
from coaching.models import Case, Coach, FollowUp, FollowUpEvent
from coaching.policies import may_assign
from coaching.services import recording
from core.errors import DomainError


@dataclass(frozen=True)
class BulkAssignment:
    """What came of giving many follow-ups to a coach: those given, and each that couldn't be with its error."""

    assigned: list[FollowUp] = field(default_factory=list)
    refused: list[tuple[FollowUp, DomainError]] = field(default_factory=list)


def assign_follow_up(
    *, follow_up: FollowUp, coach: Coach | None, by: User | None, at: dt.datetime | None = None
) -> FollowUp:
    """Give a follow-up to a coach (to nobody with None); a case that has no coach yet gets this one.

    Errors: FollowUpClosed, CoachNotActive, OutOfScope.
    """
    done = assign_follow_ups(follow_ups=[follow_up], coach=coach, by=by, at=at)
    for _refused, error in done.refused:
        raise error
    return done.assigned[0]


@transaction.atomic
def assign_follow_ups(
    *, follow_ups: Iterable[FollowUp], coach: Coach | None, by: User | None, at: dt.datetime | None = None
) -> BulkAssignment:
    """Give many follow-ups to a coach, in a number of statements that doesn't grow with them.

    Those that are no longer open are refused one by one and reported; the others are given. Cases
    without a coach get this one, so that their next steps come to the same person.
    Errors for all: CoachNotActive, OutOfScope.
    """
    at, _on = recording.moment(at)
    if by is not None and not may_assign(by):
        raise OutOfScope
    if coach is not None and not Coach.objects.filter(pk=coach.pk, is_active=True).exists():
        raise CoachNotActive
    asked = list(follow_ups)
    recording.lock_enrolments([row.enrolment_id for row in asked])
    locked = (
        FollowUp.objects.filter(pk__in=[row.pk for row in asked])
        .select_related("enrolment__case")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    done = BulkAssignment()
    changed: list[tuple[FollowUp, int | None]] = []
    for row in locked:
        if not row.is_open:
            done.refused.append((row, FollowUpClosed.of(row.state)))
            continue
        if row.assignee_id != (coach.pk if coach else None):
            changed.append((row, row.assignee_id))
            row.assignee, row.updated_at = coach, at
        done.assigned.append(row)
    _write(changed, coach, by=by, at=at)
    return done


def _write(
    changed: list[tuple[FollowUp, int | None]], coach: Coach | None, *, by: User | None, at: dt.datetime
) -> None:
    FollowUp.objects.filter(pk__in=[row.pk for row, _before in changed]).update(assignee=coach, updated_at=at)
    refs = {
        pk: str(ref) for pk, ref in Coach.objects.filter(pk__in={was for _row, was in changed}).values_list("pk", "ref")
    }
    FollowUpEvent.objects.bulk_create(
        FollowUpEvent(
            follow_up=row,
            kind=recording.ASSIGNED,
            from_state=row.state,
            to_state=row.state,
            actor=by,
            at=at,
            data={"from": refs.get(was) if was else None, "to": str(coach.ref) if coach else None},
        )
        for row, was in changed
    )
    if coach is not None:
        orphans = Case.objects.filter(
            pk__in=[row.enrolment.case_id for row, _before in changed], coach__isnull=True
        ).exclude(state=CaseState.CLOSED)
        locked = list(orphans.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
        Case.objects.filter(pk__in=locked).update(coach=coach, updated_at=at)
