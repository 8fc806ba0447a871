"""Log and sign contacts with practitioners."""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from coaching.enums import (
    OPEN_FOLLOW_UPS,
    Anchor,
    CaseState,
    Channel,
    CompletionRule,
    Outcome,
    ResolvedBy,
    VisitState,
)
from coaching.errors import (
    AnotherCoach,
    CoachMissing,
    DayRefused,
    LaterDayMissing,
    OutOfScope,
    VisitNotDone,
    VisitSigned,
    WrongPractitioner,
)
from coaching.models import Barrier, BarrierSighting, Case, Coach, FollowUp, Readiness, Topic, Visit
from coaching.policies import may_log_for, may_log_visit, may_sign_visit
from coaching.services import recording
from coaching.services.anchors import follow_anchors
from coaching.services.follow_ups import complete_locked, is_contact
from coaching.services.working_days import LATEST
from core.errors import InvalidInput
from practitioners.models import Practitioner

SEVERITY = 2
"""How much a barrier hinders, where nobody said."""

_WEIGHT = {
    Channel.VISIT: 3,
    Channel.TECHNICAL_CHECK: 3,
    Channel.REMOTE: 2,
    Channel.CALL: 1,
    Channel.EMAIL: 0,
    Channel.INVITATION: 0,
}
"""How much of a meeting a contact is: a visit does for a call that was planned, a call not for a visit."""


@transaction.atomic
def log_visit(
    *,
    practitioner: Practitioner,
    kind: str,
    outcome: str,
    by: User,
    at: dt.datetime | None = None,
    started_at: dt.datetime | None = None,
    coach: Coach | None = None,
    case: Case | None = None,
    follow_up: FollowUp | None = None,
    minutes: int | None = None,
    topics: Iterable[Topic] = (),
    barriers: Iterable[Barrier | tuple[Barrier, int]] = (),
    readiness: Mapping[str, int] | None = None,
    present: str = "",
    notes: str = "",
    promised: str = "",
    next_step: str = "",
    next_step_on: dt.date | None = None,
    later_on: dt.date | None = None,
) -> Visit:
    """Log a contact that took place, complete the follow-up that it was for and plan the next step.

    The follow-up is the one named, else the one that `implied_follow_up` finds; where there is none the
    contact is logged by itself. Barriers seen are kept open until resolved; a barrier seen again keeps
    its first day and takes the new severity (1 to 3). `readiness` scores the five elements, each 1 to 5.
    `started_at` is when it began (now by default), `coach` who made it (`by`'s own by default;
    only who steers names somebody else).
    Errors: those of complete_follow_up, WrongPractitioner, CoachMissing, AnotherCoach, DayRefused, OutOfScope.
    """
    at, on = recording.moment(at)
    started_at = started_at or at
    day = timezone.localdate(started_at)
    if not may_log_visit(by, practitioner) and (follow_up is None or not _assigned_to(follow_up, by)):
        raise OutOfScope
    _check(kind, outcome, day, on, minutes, later_on)
    if follow_up is None:
        follow_up = implied_follow_up(
            practitioner=practitioner, case=case, day=day, by=by, kind=None if outcome == Outcome.REFUSED else kind
        )
    elif follow_up.practitioner_id != practitioner.pk:
        raise WrongPractitioner("follow_up")
    recording.lock_practitioners([practitioner.pk])
    if follow_up is not None:
        follow_up = recording.locked_open(follow_up, by)
        case = follow_up.enrolment.case
    elif case is None:
        case = _live_case(practitioner, by)
    elif case.practitioner_id != practitioner.pk:
        raise WrongPractitioner("case")
    visit = Visit.objects.create(
        practitioner=practitioner,
        case=case,
        coach=_coach(coach, by, case, follow_up),
        follow_up=follow_up,
        kind=kind,
        state=VisitState.DONE,
        started_at=started_at,
        minutes=minutes,
        outcome=outcome,
        present=present[:200],
        notes=notes,
        promised=promised,
        next_step=next_step[:300],
        next_step_on=next_step_on,
        logged_by=by,
    )
    visit.topics.set(topics)
    _see(visit, barriers, day)
    if readiness:
        _score(visit, readiness, day)
    if follow_up is not None:
        complete_locked(follow_up, outcome=outcome, by=by, at=at, on=on, done_on=day, later_on=later_on)
    elif is_contact(outcome, kind):
        follow_anchors([practitioner.pk], [Anchor.LAST_CONTACT], on=on, at=at, by=by)
    return visit


@transaction.atomic
def sign_visit(*, visit: Visit, by: User, at: dt.datetime | None = None) -> Visit:
    """Sign a visit: it stays as it is from now on. Errors: VisitNotDone, VisitSigned, OutOfScope."""
    at, _on = recording.moment(at)
    locked = Visit.objects.select_related("coach").select_for_update(no_key=True, of=("self",)).get(pk=visit.pk)
    if not may_sign_visit(by, locked):
        raise OutOfScope
    if locked.state != VisitState.DONE:
        raise VisitNotDone
    if locked.signed_at is not None:
        raise VisitSigned
    locked.signed_at = locked.updated_at = at
    locked.save(update_fields=["signed_at", "updated_at"])
    return locked


def _check(kind: str, outcome: str, day: dt.date, on: dt.date, minutes: int | None, later_on: dt.date | None) -> None:
    for field, value, known in (("kind", kind, Channel.values), ("outcome", outcome, Outcome.values)):
        if value not in known:
            message = _("Use one of: %(known)s.") % {"known": ", ".join(known)}
            raise InvalidInput(message, fields={field: message})
    if day > on:
        raise DayRefused("started_at", _("A visit can be logged once it has taken place."))
    if day < on - LATEST:
        raise DayRefused("started_at", _("Choose a day within the last year."))
    if minutes is not None and not 0 <= minutes <= 600:
        message = _("Give the minutes, from 0 to 600.")
        raise InvalidInput(message, fields={"minutes": message})
    if outcome == Outcome.WANTS_LATER and later_on is None:
        raise LaterDayMissing
    if later_on is not None and later_on < on:
        raise DayRefused("later_on", _("Choose today or a later day."))


def _assigned_to(follow_up: FollowUp, by: User) -> bool:
    return follow_up.assignee is not None and follow_up.assignee.user_id == by.pk


def _live_case(practitioner: Practitioner, by: User) -> Case | None:
    """The practitioner's live case; of several the person's own, then the oldest."""
    live = Case.objects.filter(practitioner=practitioner).exclude(state=CaseState.CLOSED)
    rows = list(live.select_related("coach").order_by("pk"))
    return min(rows, key=lambda row: row.coach is None or row.coach.user_id != by.pk, default=None)


def implied_follow_up(
    *, practitioner: Practitioner, day: dt.date, by: User, case: Case | None = None, kind: str | None = None
) -> FollowUp | None:
    """The follow-up that a contact of this day was for, where nobody says which: the person's own first.

    It is one that was planned and could be done by then, and whose playbook saw nothing else done that
    day: what a first contact plans isn't done by a second one. A contact that is less than what was
    planned (a call for a visit) doesn't do for it; without a `kind` that isn't asked, as for a refusal,
    which holds whatever the channel. Steps that the figures complete, and checks on figures, are
    nobody's contact.
    """
    done_that_day = FollowUp.objects.filter(
        enrolment=OuterRef("enrolment"), resolved_by=ResolvedBy.PERSON, done_on__gte=day
    )
    candidates = FollowUp.objects.filter(practitioner=practitioner, state__in=OPEN_FOLLOW_UPS, opens_on__lte=day)
    candidates = candidates.exclude(step__completion=CompletionRule.USAGE).exclude(channel=Channel.FIGURES_CHECK)
    candidates = candidates.exclude(Exists(done_that_day))
    if case is not None:
        candidates = candidates.filter(enrolment__case=case)
    if kind is not None:
        weight = _WEIGHT.get(Channel(kind), -1)
        candidates = candidates.filter(channel__in=[one for one, needed in _WEIGHT.items() if needed <= weight])
    rows = list(candidates.select_related("assignee", "enrolment__case__coach").order_by("target_on", "pk"))
    rows = [row for row in rows if row.reason.get("planned_on", "") <= day.isoformat()]
    return min(rows, key=lambda row: not _assigned_to(row, by), default=None)


def _coach(coach: Coach | None, by: User, case: Case | None, follow_up: FollowUp | None) -> Coach:
    own = Coach.objects.filter(user=by).first()
    for candidate in (coach, own, follow_up.assignee if follow_up else None, case.coach if case else None):
        if candidate is not None:
            if not may_log_for(by, candidate):
                raise AnotherCoach
            return candidate
    raise CoachMissing


def _see(visit: Visit, barriers: Iterable[Barrier | tuple[Barrier, int]], day: dt.date) -> None:
    """Keep each barrier open from now on; one that is open already takes the new severity."""
    seen = {pair[0].pk: pair for pair in (item if isinstance(item, tuple) else (item, SEVERITY) for item in barriers)}
    for _barrier, severity in seen.values():
        if not 1 <= severity <= 3:
            message = _("Severity goes from 1 (slight) to 3 (blocking).")
            raise InvalidInput(message, fields={"barriers": message})
    BarrierSighting.objects.bulk_create(
        [
            BarrierSighting(
                practitioner_id=visit.practitioner_id, barrier=barrier, visit=visit, severity=severity, seen_on=day
            )
            for barrier, severity in seen.values()
        ],
        ignore_conflicts=True,
    )
    known = BarrierSighting.objects.filter(
        practitioner=visit.practitioner_id, barrier__in=seen, resolved_on__isnull=True
    ).exclude(visit=visit)
    for sighting in known:
        sighting.severity = seen[sighting.barrier_id][1]
    BarrierSighting.objects.bulk_update(known, ["severity"])


def _score(visit: Visit, readiness: Mapping[str, int], day: dt.date) -> None:
    wrong = {
        element: _("Score it from 1 to 5.")
        for element in Readiness.ELEMENTS
        if not isinstance(readiness.get(element), int) or not 1 <= readiness[element] <= 5
    }
    if wrong:
        raise InvalidInput(_("Readiness is scored on all five elements, each from 1 to 5."), fields=wrong)
    Readiness.objects.create(
        practitioner_id=visit.practitioner_id,
        visit=visit,
        scored_on=day,
        **{element: readiness[element] for element in Readiness.ELEMENTS},
    )
