"""What people do with a follow-up: start, complete, postpone, skip and cancel it."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from coaching.enums import (
    ON_SITE,
    Anchor,
    CaseState,
    Channel,
    EnrolmentState,
    ExitReason,
    FollowUpState,
    Outcome,
    ResolvedBy,
    VisitState,
)
from coaching.errors import (
    CaseNotLive,
    DayRefused,
    FollowUpClosed,
    LaterDayMissing,
    NotContactable,
    OutOfScope,
    PastCaseEnd,
    VisitSigned,
)
from coaching.models import Case, FollowUp, Visit
from coaching.policies import may_act_on_follow_up
from coaching.selectors.calendars import practice_of, working_calendar
from coaching.selectors.contactable import may_be_contacted
from coaching.services import recording
from coaching.services.anchors import follow_anchors
from coaching.services.planner import opening
from coaching.services.planner.advance import advance, end, open_others
from coaching.services.working_days import LATEST
from core.calendar import WorkingCalendar
from core.errors import InvalidInput
from core.months import day_in_words


@transaction.atomic
def start_follow_up(*, follow_up: FollowUp, by: User | None, at: dt.datetime | None = None) -> FollowUp:
    """Say that the contact is being made; from now on the planner leaves its dates alone.

    Starting twice is harmless. What was deferred can be started: the event says which limit that exceeds.
    Errors: FollowUpClosed, CaseNotLive, NotContactable, OutOfScope.
    """
    at, on = recording.moment(at)
    locked = recording.locked_open(follow_up, by)
    _still_wanted(locked, on)
    if "started_on" not in locked.reason:
        columns = {"is_frozen": True, "reason": locked.reason | {"started_on": on.isoformat()}}
        state = _unless_paused(locked, FollowUpState.DUE)
        over = opening.over(locked, on) if state == FollowUpState.DUE else {}
        recording.change_state(locked, state, by=by, at=at, kind=recording.STARTED, data=over, columns=columns)
    return locked


@transaction.atomic
def complete_follow_up(
    *,
    follow_up: FollowUp,
    outcome: str,
    by: User | None,
    at: dt.datetime | None = None,
    done_on: dt.date | None = None,
    later_on: dt.date | None = None,
    note: str = "",
) -> FollowUp:
    """Complete a follow-up by what came of it, and plan what comes next in the same transaction.

    `done_on` is the day of the contact (today by default): the next delay runs from it. `later_on` is
    the day on which somebody who wants to be contacted later is. After no answer the step is tried
    again, then on its next channel; a refusal ends the enrolment and closes the case.
    Errors: FollowUpClosed (done, cancelled, skipped or missed before), LaterDayMissing, DayRefused,
    PastCaseEnd, OutOfScope; nothing is changed then.
    """
    at, on = recording.moment(at)
    locked = recording.locked_open(follow_up, by)
    complete_locked(locked, outcome=outcome, by=by, at=at, on=on, done_on=done_on, later_on=later_on, note=note)
    return locked


def complete_locked(
    follow_up: FollowUp,
    *,
    outcome: str,
    by: User | None,
    at: dt.datetime,
    on: dt.date,
    done_on: dt.date | None = None,
    later_on: dt.date | None = None,
    note: str = "",
) -> None:
    """Complete a follow-up that is locked and open; see `complete_follow_up`."""
    if outcome not in Outcome.values:
        known = ", ".join(Outcome.values)
        message = _("Unknown outcome; use one of: %(known)s.") % {"known": known}
        raise InvalidInput(message, fields={"outcome": message})
    done_on = done_on or on
    _took_place(done_on, on)
    reason = follow_up.reason
    if outcome == Outcome.WANTS_LATER:
        if later_on is None:
            raise LaterDayMissing
        _within(follow_up.enrolment.case, later_on, on, "later_on")
        if follow_up.enrolment.case.ends_on is not None:
            _before_end(follow_up.enrolment.case, _rolled(follow_up, later_on), "later_on")
        reason = reason | {"later_on": later_on.isoformat()}
    recording.change_state(
        follow_up,
        FollowUpState.DONE,
        by=by,
        at=at,
        reason=note[:300],
        data={"outcome": outcome},
        columns={"outcome": outcome, "done_on": done_on, "resolved_by": ResolvedBy.PERSON, "reason": reason},
    )
    if outcome == Outcome.REFUSED:
        end([follow_up.enrolment_id], ExitReason.REFUSED, on=on, at=at, by=by)
    else:
        advance([follow_up.enrolment_id], on=on, at=at, by=by)
    if is_contact(outcome, follow_up.channel):
        follow_anchors([follow_up.practitioner_id], [Anchor.LAST_CONTACT], on=on, at=at, by=by)


@transaction.atomic
def correct_completion(
    *, follow_up: FollowUp, done_on: dt.date, reason: str, by: User | None, at: dt.datetime | None = None
) -> FollowUp:
    """Correct the day on which a completed contact took place; what counts from it moves along, if nobody touched it.

    The contact that was logged for it moves to that day too, at the same hour.
    Errors: ReasonMissing; FollowUpClosed when it wasn't completed by a person; VisitSigned; DayRefused in the
    future or more than a year back; OutOfScope.
    """
    at, on = recording.moment(at)
    reason = recording.given_reason(reason)
    recording.lock_enrolments([follow_up.enrolment_id])
    locked = FollowUp.objects.select_for_update(no_key=True).get(pk=follow_up.pk)
    if by is not None and not may_act_on_follow_up(by, locked):
        raise OutOfScope
    if locked.state != FollowUpState.DONE or locked.resolved_by != ResolvedBy.PERSON:
        raise FollowUpClosed(_("Only the day of a contact that somebody made can be corrected."))
    _took_place(done_on, on)
    before = locked.done_on
    if before == done_on:
        return locked
    locked.done_on, locked.updated_at = done_on, at
    locked.save(update_fields=["done_on", "updated_at"])
    for visit in Visit.objects.filter(follow_up=locked, state=VisitState.DONE).select_for_update(no_key=True):
        if visit.signed_at is not None:
            raise VisitSigned
        assert visit.started_at is not None
        hour = timezone.localtime(visit.started_at).timetz()
        visit.started_at, visit.updated_at = dt.datetime.combine(done_on, hour), at
        visit.save(update_fields=["started_at", "updated_at"])
    days = {"from": {"done_on": str(before)}, "to": {"done_on": str(done_on)}}
    recording.write_event(locked, recording.CORRECTED, by=by, at=at, reason=reason, data=days)
    counting = [Anchor.PREVIOUS_DONE, Anchor.LAST_CONTACT, "no_answer"]
    follow_anchors([locked.practitioner_id], counting, on=on, at=at, by=by)
    return locked


@transaction.atomic
def postpone_follow_up(
    *, follow_up: FollowUp, to: dt.date, reason: str, by: User | None, at: dt.datetime | None = None
) -> FollowUp:
    """Move a follow-up to another day, with the reason; it opens on that day and the planner leaves it there.

    Moved to today it is due at once, as who moves it decides; the event says which limit that exceeds. On a
    later day it opens within the practitioner's budget and the coach's capacity, as everything does.
    Errors: ReasonMissing; DayRefused before today or more than a year ahead; PastCaseEnd;
    FollowUpClosed, CaseNotLive, NotContactable, OutOfScope.
    """
    at, on = recording.moment(at)
    reason = recording.given_reason(reason)
    locked = recording.locked_open(follow_up, by)
    _still_wanted(locked, on)
    _within(locked.enrolment.case, to, on, "to")
    before = {"opens_on": locked.opens_on, "target_on": locked.target_on, "closes_on": locked.closes_on}
    closes = _own_calendar(locked, to).add(to, locked.step.closes_after)
    after = {"opens_on": to, "target_on": to, "closes_on": closes}
    state = _unless_paused(locked, FollowUpState.DUE if to <= on else FollowUpState.PLANNED)
    over = opening.over(locked, on) if state == FollowUpState.DUE else {}
    recording.change_state(
        locked,
        state,
        by=by,
        at=at,
        kind=recording.MOVED,
        reason=reason,
        data=over
        | {
            "from": {name: day.isoformat() for name, day in before.items()},
            "to": {name: day.isoformat() for name, day in after.items()},
        },
        columns={
            **after,
            "is_frozen": True,
            "reason": {key: value for key, value in locked.reason.items() if key not in {"started_on", "deferred"}}
            | {"postponed": {"from": locked.target_on.isoformat(), "why": reason}},
        },
    )
    open_others([locked.enrolment_id], on=on, at=at, by=by)
    return locked


@transaction.atomic
def skip_follow_up(*, follow_up: FollowUp, reason: str, by: User | None, at: dt.datetime | None = None) -> FollowUp:
    """Leave this step out, with the reason, and go on with the next one.

    Errors: ReasonMissing, FollowUpClosed, OutOfScope.
    """
    return _drop(follow_up, FollowUpState.SKIPPED, reason=reason, by=by, at=at)


@transaction.atomic
def cancel_follow_up(*, follow_up: FollowUp, reason: str, by: User | None, at: dt.datetime | None = None) -> FollowUp:
    """Cancel a follow-up that should not have been, with the reason; the playbook goes on with the next step.

    Errors: ReasonMissing, FollowUpClosed, OutOfScope.
    """
    return _drop(follow_up, FollowUpState.CANCELLED, reason=reason, by=by, at=at)


def is_contact(outcome: str, channel: str) -> bool:
    """Whether a contact reached the practitioner: nobody is reached by no answer or by looking at the figures."""
    return outcome != Outcome.NO_ANSWER and channel != Channel.FIGURES_CHECK


def _drop(
    follow_up: FollowUp, state: FollowUpState, *, reason: str, by: User | None, at: dt.datetime | None
) -> FollowUp:
    at, on = recording.moment(at)
    reason = recording.given_reason(reason)
    locked = recording.locked_open(follow_up, by)
    ended = locked.reason | {"ended_on": on.isoformat()}
    recording.change_state(locked, state, by=by, at=at, reason=reason, columns={"reason": ended})
    advance([locked.enrolment_id], on=on, at=at, by=by)
    return locked


def _unless_paused(follow_up: FollowUp, state: FollowUpState) -> FollowUpState:
    """What is held stays deferred until it goes on; a later day that was promised is kept then."""
    return FollowUpState.DEFERRED if follow_up.enrolment.state == EnrolmentState.PAUSED else state


def _still_wanted(follow_up: FollowUp, on: dt.date) -> None:
    """Check again, now that the row is locked, that the contact may be made at all."""
    if follow_up.enrolment.case.state == CaseState.CLOSED:
        raise CaseNotLive
    if not may_be_contacted(follow_up.practitioner, on):
        raise NotContactable


def _took_place(day: dt.date, on: dt.date) -> None:
    if day > on:
        raise DayRefused("done_on", _("A contact is completed once it has taken place; choose today or earlier."))
    if day < on - LATEST:
        raise DayRefused("done_on", _("Choose a day within the last year."))


def _own_calendar(follow_up: FollowUp, around: dt.date) -> WorkingCalendar:
    """The days on which the follow-up's coach can make the contact there."""
    place = practice_of(follow_up.practitioner) if follow_up.channel in ON_SITE else None
    return working_calendar(coach=follow_up.assignee, organisation=place, channel=follow_up.channel, around=around)


def _rolled(follow_up: FollowUp, day: dt.date) -> dt.date:
    """The day on which a contact asked for on a day is planned."""
    return _own_calendar(follow_up, day).roll(day, follow_up.step.roll)


def _within(case: Case, day: dt.date, on: dt.date, field: str) -> None:
    if day < on:
        raise DayRefused(field, _("Choose today or a later day."))
    if day > on + LATEST:
        raise DayRefused(field, _("Choose a day within a year from now."))
    _before_end(case, day, field)


def _before_end(case: Case, day: dt.date, field: str) -> None:
    if case.ends_on is not None and day > case.ends_on:
        raise PastCaseEnd(field, day_in_words(case.ends_on))
