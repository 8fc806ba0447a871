"""Hold follow-ups back for a while, and let them go on."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from accounts.models import User
from coaching.enums import PauseScope
from coaching.errors import (
    OutOfScope,
    PauseEndBeforeStart,
    PauseEnded,
    PauseEndMissing,
    PauseOfBlocker,
    PauseOverlaps,
    PausePast,
    PauseScopeUnknown,
    PauseTargetMissing,
    PauseTargetUnexpected,
    PauseTooLong,
)
from coaching.models import Coach, Hold, Pause, Playbook
from coaching.policies import may_end_pause, may_start_pause
from coaching.services import recording
from coaching.services.planner import holding, opening, resuming
from coaching.services.planner.tally import Moment
from coaching.services.working_days import LATEST, planning_calendar
from core import locks
from core.months import day_in_words
from practitioners.models import Practitioner, SoftwareProduct

TARGETS = {
    PauseScope.PRACTITIONER: "practitioner",
    PauseScope.COACH: "coach",
    PauseScope.PLAYBOOK: "playbook",
    PauseScope.SOFTWARE: "software",
    PauseScope.QUIET_PERIOD: None,
}
"""What each scope is about; a quiet period is about everybody."""


@transaction.atomic
def start_pause(
    *,
    scope: str,
    starts_on: dt.date,
    ends_on: dt.date | None,
    reason: str,
    by: User | None,
    practitioner: Practitioner | None = None,
    coach: Coach | None = None,
    playbook: Playbook | None = None,
    software: SoftwareProduct | None = None,
    at: dt.datetime | None = None,
) -> Pause:
    """Hold the follow-ups of a practitioner, coach, playbook, software product or everybody, both days included.

    What they still had to run is kept and runs on afterwards. A pause that has begun holds at once,
    unless so many are concerned that the planner's next run does it.
    Errors: PauseScopeUnknown, PauseTargetMissing, PauseTargetUnexpected, PauseEndMissing,
    PauseEndBeforeStart, PausePast, PauseTooLong, PauseOverlaps, ReasonMissing, OutOfScope.
    """
    at, on = recording.moment(at)
    target = _target(scope, practitioner=practitioner, coach=coach, playbook=playbook, software=software)
    if by is not None and not may_start_pause(by, scope, practitioner=practitioner, coach=coach):
        raise OutOfScope
    last = _checked_end(starts_on, ends_on, on)
    reason = recording.given_reason(reason)
    locks.hold("coaching.pauses")
    _refuse_overlap(scope, target, starts_on, last)
    pause = Pause.objects.create(scope=scope, starts_on=starts_on, ends_on=last, reason=reason, by=by, **target)
    hold_now(pause, on=on, at=at, by=by)
    return pause


@transaction.atomic
def end_pause(*, pause: Pause, by: User | None, at: dt.datetime | None = None) -> Pause:
    """End a pause now: its last day was yesterday, and the work goes on today. One that hasn't begun is called off.

    Where so many are held that it takes long, the planner's next run lets them go on.
    Errors: PauseEnded, PauseOfBlocker (close the blocker instead), OutOfScope.
    """
    at, on = recording.moment(at)
    locked = Pause.objects.select_for_update(no_key=True).get(pk=pause.pk)
    if by is not None and not may_end_pause(by, locked):
        raise OutOfScope
    if locked.blocker_id is not None:
        raise PauseOfBlocker
    if locked.resumed_on is not None or (locked.ends_on is not None and locked.ends_on < on):
        raise PauseEnded
    finish(locked, last=on - dt.timedelta(days=1), on=on, at=at, by=by)
    return locked


def finish(pause: Pause, *, last: dt.date, on: dt.date, at: dt.datetime, by: User | None) -> None:
    """Let a locked pause end after a day, and those go on at once whom it held until then.

    One that began today or later didn't last a day: it is over without having counted. Where it holds too many
    for a moment, the planner's next run lets them go on.
    """
    all_held = hold_now(pause, on=on, at=at, by=by)
    too_many = Hold.objects.filter(pause=pause, released_on__isnull=True).count() > settings.PLANNER_BATCH_SIZE
    pause.ends_on = max(last, pause.starts_on)
    if last < pause.starts_on and not too_many:
        pause.resumed_on = on
    pause.save(update_fields=["ends_on", "resumed_on"])
    if not too_many and (all_held or pause.resumed_on is not None):
        release_now(pause, on=on, at=at, by=by)
        pause.refresh_from_db(fields=["resumed_on"])


def hold_now(pause: Pause, *, on: dt.date, at: dt.datetime, by: User | None) -> bool:
    """Hold those whom a pause concerns that has begun; not when they are too many for a moment, which is told."""
    if pause.starts_on > on:
        return True
    moment = _moment(on, at, by)
    ids = list(holding.candidates(moment, on, pause.pk))
    if len(ids) > settings.PLANNER_BATCH_SIZE:
        return False
    if ids:
        recording.lock_enrolments(ids)
        holding.hold(ids, moment)
    return True


def release_now(pause: Pause, *, on: dt.date, at: dt.datetime, by: User | None) -> None:
    """Let those go on whom a pause held that is over by now."""
    moment = _moment(on, at, by)
    ids = list(resuming.candidates(moment, on, pause.pk))
    if ids:
        recording.lock_enrolments(ids)
        moment = _moment(on, at, by, ids)
        resuming.release(ids, moment, resuming.going_on(moment, on))
        opening.open_for(ids, moment)
    holding.settle(moment, pause.pk)


def _moment(on: dt.date, at: dt.datetime, by: User | None, enrolments: list[int] | None = None) -> Moment:
    return Moment(on, at, by, planning_calendar(on=on, enrolments=enrolments or []))


def _target(scope: str, **given: Any) -> dict[str, Any]:
    """The one target that the scope is about."""
    if scope not in PauseScope.values:
        raise PauseScopeUnknown(list(PauseScope.values))
    wanted = TARGETS[PauseScope(scope)]
    for field, value in given.items():
        if value is not None and field != wanted:
            raise PauseTargetUnexpected(field)
    if wanted is None:
        return {}
    if given[wanted] is None:
        raise PauseTargetMissing(wanted)
    return {wanted: given[wanted]}


def _checked_end(starts_on: dt.date, ends_on: dt.date | None, on: dt.date) -> dt.date:
    if ends_on is None:
        raise PauseEndMissing
    if ends_on < starts_on:
        raise PauseEndBeforeStart
    if ends_on < on:
        raise PausePast
    if ends_on - starts_on > LATEST or starts_on > on + LATEST:
        raise PauseTooLong
    return ends_on


def _refuse_overlap(scope: str, target: dict[str, Any], first: dt.date, last: dt.date) -> None:
    same = Pause.objects.filter(scope=scope, blocker__isnull=True, **target)
    # A pause that was ended on its first day, or before it, held nobody.
    same = same.exclude(resumed_on__lte=F("starts_on"))
    clash = same.filter(starts_on__lte=last, ends_on__gte=first).order_by("starts_on").first()
    if clash is not None:
        assert clash.ends_on is not None
        raise PauseOverlaps(day_in_words(clash.starts_on), day_in_words(clash.ends_on))
