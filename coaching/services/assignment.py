"""Give follow-ups to coaches, one by one or many at once."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from coaching.enums import CaseState
from coaching.errors import CoachNotActive, FollowUpClosed, OutOfScope
from coaching.models import Case, Coach, FollowUp, FollowUpEvent
from coaching.policies import may_assign
from coaching.selectors.proposal import WeekLoad, overfull_weeks
from coaching.services import recording
from coaching.services.handing import moves_of, write_handovers
from core.errors import DomainError

GIVE = """
UPDATE coaching_followup f
SET assignee_id = given.coach, updated_at = %(at)s,
    reason = f.reason - 'assigned' || CASE WHEN given.week IS NULL THEN '{}'
             ELSE jsonb_build_object('assigned', jsonb_build_object('week', given.week)) END
FROM unnest(%(ids)s::bigint[], %(coaches)s::bigint[], %(weeks)s::date[]) AS given (id, coach, week)
WHERE f.id = given.id
"""
GIVE_CASES = """
UPDATE coaching_case c SET coach_id = given.coach, updated_at = %(at)s
FROM unnest(%(ids)s::bigint[], %(coaches)s::bigint[]) AS given (id, coach)
WHERE c.id = given.id AND c.coach_id IS NULL AND c.state <> 'closed'
"""


@dataclass(frozen=True)
class BulkAssignment:
    """What came of giving many follow-ups to a coach: those given, and each that couldn't be with its error.

    `beyond` are the weeks of these follow-ups that now hold more than fits: it was done all the same, by hand.
    """

    assigned: list[FollowUp] = field(default_factory=list)
    refused: list[tuple[FollowUp, DomainError]] = field(default_factory=list)
    beyond: list[WeekLoad] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """A locked follow-up that goes to a coach, in a week where a proposal chose one, with what spoke for it."""

    row: FollowUp
    to: Coach | None
    week: dt.date | None = None
    facts: dict[str, Any] | None = None


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
    *,
    follow_ups: Iterable[FollowUp],
    coach: Coach | None,
    by: User | None,
    at: dt.datetime | None = None,
    reason: str = "",
) -> BulkAssignment:
    """Give many follow-ups to a coach, in a number of statements that doesn't grow with them.

    Those that are no longer open are refused one by one and reported; the others are given. Cases
    without a coach get this one, so that their next steps come to the same person. Those that another
    coach had are handed over, with a summary. By hand a coach may get more than fits in a week: the
    result says in which weeks. Errors for all: CoachNotActive, OutOfScope.
    """
    at, on = recording.moment(at)
    if by is not None and not may_assign(by):
        raise OutOfScope
    refuse_inactive(coach)
    done = BulkAssignment()
    changes: list[Change] = []
    for row in locked_rows(list(follow_ups)):
        if not row.is_open:
            done.refused.append((row, FollowUpClosed.of(row.state)))
            continue
        if row.assignee_id != (coach.pk if coach else None):
            changes.append(Change(row, coach))
        done.assigned.append(row)
    lock_orphans(changes)
    if coach is not None:
        lock_coaches([coach.pk])
    refuse_inactive(coach)
    taken = [(change.row, change.row.assignee_id, coach.pk) for change in changes] if coach is not None else []
    write_changes(changes, by=by, at=at, reason=reason)
    write_handovers(moves_of(taken), by=by, at=at, reason=reason)
    if coach is not None and changes:
        done.beyond.extend(overfull_weeks(coach, [change.row for change in changes], on=on))
    return done


def refuse_inactive(coach: Coach | None) -> None:
    """Work goes to active coaches only."""
    if coach is not None and not Coach.objects.filter(pk=coach.pk, is_active=True).exists():
        raise CoachNotActive


def locked_rows(asked: Sequence[FollowUp]) -> list[FollowUp]:
    """The follow-ups as they stand, locked after their practitioners and enrolments, in the order of their ids."""
    recording.lock_enrolments([row.enrolment_id for row in asked])
    return list(
        FollowUp.objects.filter(pk__in=[row.pk for row in asked])
        .select_related("enrolment__case", "practitioner", "step", "assignee__user")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )


def lock_orphans(changes: Sequence[Change]) -> None:
    """Lock the cases that will get their first coach."""
    cases = {change.row.enrolment.case_id for change in changes}
    orphans = Case.objects.filter(pk__in=cases, coach__isnull=True).exclude(state=CaseState.CLOSED)
    list(orphans.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def lock_coaches(coaches: Iterable[int]) -> None:
    """Lock coaches, last of all: nobody else gives them work until we are done."""
    rows = Coach.objects.filter(pk__in=set(coaches)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


def write_changes(changes: Sequence[Change], *, by: User | None, at: dt.datetime, reason: str = "") -> None:
    """Write who has what now, an event for each that says from whom to whom, and the first coach of cases without."""
    if not changes:
        return
    before = {was for change in changes if (was := change.row.assignee_id) is not None}
    refs = dict(Coach.objects.filter(pk__in=before).values_list("pk", "ref"))
    events: list[FollowUpEvent] = []
    cases: dict[int, int] = {}
    for change in changes:
        row, was = change.row, change.row.assignee_id
        data: dict[str, Any] = {
            "from": str(refs[was]) if was is not None else None,
            "to": str(change.to.ref) if change.to is not None else None,
        }
        if change.facts is not None:
            data["proposal"] = change.facts
        events.append(
            FollowUpEvent(
                follow_up=row,
                kind=recording.ASSIGNED,
                from_state=row.state,
                to_state=row.state,
                actor=by,
                at=at,
                reason=reason[:300],
                data=data,
            )
        )
        row.assignee, row.updated_at = change.to, at
        row.reason = {key: value for key, value in row.reason.items() if key != "assigned"}
        if change.week is not None:
            row.reason["assigned"] = {"week": change.week.isoformat()}
        if change.to is not None:
            cases.setdefault(row.enrolment.case_id, change.to.pk)
    with connection.cursor() as cursor:
        columns: dict[str, Any] = {
            "ids": [change.row.pk for change in changes],
            "coaches": [change.to.pk if change.to is not None else None for change in changes],
            "weeks": [change.week for change in changes],
        }
        cursor.execute(GIVE, columns | {"at": at})
        if cases:
            cursor.execute(GIVE_CASES, {"ids": list(cases), "coaches": list(cases.values()), "at": at})
    FollowUpEvent.objects.bulk_create(events)
