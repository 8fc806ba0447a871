"""Take over from a colleague: a case, some follow-ups, or what falls in an absence."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from accounts.models import User
from coaching.enums import OPEN_FOLLOW_UPS
from coaching.errors import CaseNotLive, OutOfScope, SameCoach
from coaching.models import Absence, Case, Coach, FollowUp, Handover, Visit
from coaching.policies import may_assign
from coaching.selectors.proposal import Proposal, propose
from coaching.services import recording
from coaching.services.assignment import (
    BulkAssignment,
    Change,
    assign_follow_ups,
    lock_coaches,
    locked_rows,
    refuse_inactive,
    write_changes,
)
from coaching.services.handing import Move, write_handovers
from core import clock


@transaction.atomic
def hand_over_case(
    *, case: Case, to: Coach, by: User | None, reason: str = "", at: dt.datetime | None = None
) -> Handover:
    """Give a case to another coach, with the follow-ups and planned visits that are still open and a summary.

    What was done stays with who did it; the events of the open follow-ups say from whom they went to whom.
    Errors: CaseNotLive, CoachNotActive, SameCoach, OutOfScope.
    """
    at, _on = recording.moment(at)
    if by is not None and not may_assign(by):
        raise OutOfScope
    recording.lock_practitioners([case.practitioner_id])
    rows = locked_rows(list(FollowUp.objects.filter(enrolment__case=case, state__in=OPEN_FOLLOW_UPS)))
    locked = recording.lock_case(case)
    if not locked.is_live:
        raise CaseNotLive
    if locked.coach_id == to.pk:
        raise SameCoach
    lock_coaches([to.pk])
    refuse_inactive(to)
    before = locked.coach_id
    locked.coach, locked.updated_at = to, at
    locked.save(update_fields=["coach", "updated_at"])
    Visit.objects.filter(case=locked, state="planned").update(coach=to, updated_at=at)
    changes = [Change(row, to) for row in rows if row.assignee_id != to.pk]
    write_changes(changes, by=by, at=at, reason=reason)
    return write_handovers([Move(locked, before, to.pk)], by=by, at=at, reason=reason)[0]


def hand_over_follow_ups(
    *,
    follow_ups: Iterable[FollowUp],
    to: Coach,
    by: User | None,
    reason: str = "",
    at: dt.datetime | None = None,
) -> BulkAssignment:
    """Give follow-ups to another coach, with a summary of each case for the newcomer; the cases stay where they are.

    Errors: CoachNotActive, OutOfScope; those that are no longer open are refused one by one.
    """
    return assign_follow_ups(follow_ups=follow_ups, coach=to, by=by, reason=reason, at=at)


def absence_handover(*, absence: Absence, by: User | None, on: dt.date | None = None) -> Proposal:
    """Who could take what falls in a coach's absence: their open follow-ups whose best day lies in it.

    Weighed at once with everybody else's load, the absent coach left out. Nothing is written: confirm with
    `confirm_proposal(choices=..., taken_from=absence.coach)`. Errors: OutOfScope.
    """
    if by is not None and not may_assign(by):
        raise OutOfScope
    return propose(on=on or clock.today(), follow_ups=falling_in(absence), without=[absence.coach])


def falling_in(absence: Absence) -> list[FollowUp]:
    """The coach's open follow-ups whose best day lies in the absence."""
    rows = FollowUp.objects.filter(
        assignee=absence.coach_id,
        state__in=OPEN_FOLLOW_UPS,
        target_on__range=(absence.first_day, absence.last_day),
    )
    return list(rows.order_by("target_on", "pk"))
