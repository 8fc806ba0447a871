"""Open, assign and close cases."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from adoption.models import PremiumThreshold
from coaching.enums import CaseOutcome, CaseState, EnrolmentState, ExitReason, Track, Trigger, VersionState
from coaching.errors import (
    CaseAlreadyLive,
    CaseNotLive,
    DayRefused,
    NoPlaybook,
    NotContactable,
    OutOfScope,
)
from coaching.models import Case, Coach, Enrolment, FollowUp, Playbook, PlaybookVersion, Visit
from coaching.policies import may_act_on_case, may_assign, may_open_case
from coaching.selectors.contactable import may_be_contacted
from coaching.services import recording
from coaching.services.assignment import assign_follow_ups, refuse_inactive
from coaching.services.handover import hand_over_case
from coaching.services.planner.advance import advance, end
from core.errors import InvalidInput
from practitioners.models import Practitioner


@transaction.atomic
def open_case(
    *,
    practitioner: Practitioner,
    track: str,
    by: User | None,
    coach: Coach | None = None,
    playbook: Playbook | None = None,
    because: str = "",
    ends_on: dt.date | None = None,
    enrol: bool = True,
    at: dt.datetime | None = None,
) -> Case:
    """Open a case by hand, enrol it in its track's playbook and plan the first follow-up.

    `playbook` is the track's own (the first by code) unless another is named; with `enrol` off the
    case has no follow-ups. The goal is the playbook's, at the year's premium threshold where it is known.
    Errors: NotContactable, CaseAlreadyLive, CoachNotActive, NoPlaybook, OutOfScope.
    """
    at, on = recording.moment(at)
    if track not in Track.values:
        message = _("Unknown track; use one of: %(known)s.") % {"known": ", ".join(Track.values)}
        raise InvalidInput(message, fields={"track": message})
    if by is not None and not may_open_case(by, practitioner):
        raise OutOfScope
    if ends_on is not None and ends_on < on:
        raise DayRefused("ends_on", _("Choose today or a later day."))
    locked = Practitioner.objects.select_for_update(no_key=True).get(pk=practitioner.pk)
    if not may_be_contacted(locked, on):
        raise NotContactable
    refuse_inactive(coach)
    version = _version(track, playbook) if enrol or playbook is not None else None
    goal = _goal(version, on)
    try:
        with transaction.atomic():
            case = Case.objects.create(
                practitioner=locked,
                track=track,
                coach=coach,
                opened_at=at,
                opened_by=by,
                opened_because=because[:200],
                ends_on=ends_on,
                **goal,
            )
    except IntegrityError as error:
        if "case_one_live_per_track" not in str(error):
            raise
        raise CaseAlreadyLive from error
    if version is not None and enrol:
        enrolment = Enrolment.objects.create(
            case=case,
            practitioner=locked,
            playbook=version.playbook,
            version=version,
            state=EnrolmentState.LIVE,
            enrolled_on=on,
            enrolled_by=by,
        )
        advance([enrolment.pk], on=on, at=at, by=by)
    return case


@transaction.atomic
def assign_case(*, case: Case, coach: Coach | None, by: User | None, at: dt.datetime | None = None) -> Case:
    """Give a case to a coach, with its follow-ups that are still open; what was done stays who did it.

    A case that another coach had is handed over, with a summary. Errors: CaseNotLive, CoachNotActive, OutOfScope.
    """
    at, _on = recording.moment(at)
    if by is not None and not may_assign(by):
        raise OutOfScope
    refuse_inactive(coach)
    locked = recording.lock_case(case)
    if not locked.is_live:
        raise CaseNotLive
    if coach is not None and locked.coach_id not in (None, coach.pk):
        hand_over_case(case=locked, to=coach, by=by, at=at)
        locked.refresh_from_db(fields=["coach", "updated_at"])
        return locked
    locked.coach = coach
    locked.updated_at = at
    locked.save(update_fields=["coach", "updated_at"])
    still_open = FollowUp.objects.filter(enrolment__case=locked, state__in=["planned", "due", "deferred"])
    assign_follow_ups(follow_ups=still_open, coach=coach, by=by, at=at)
    return locked


@transaction.atomic
def close_case(*, case: Case, outcome: str, by: User | None, at: dt.datetime | None = None) -> Case:
    """Close a live case, end its enrolments and cancel every follow-up and visit that it still owes.

    The row is locked before it is judged: of two people closing at once one succeeds and the other
    gets CaseNotLive. Errors: CaseNotLive, OutOfScope.
    """
    at, on = recording.moment(at)
    if outcome not in CaseOutcome.values:
        message = _("Unknown outcome; use one of: %(known)s.") % {"known": ", ".join(CaseOutcome.values)}
        raise InvalidInput(message, fields={"outcome": message})
    locked = recording.lock_case(case)
    if by is not None and not may_act_on_case(by, locked):
        raise OutOfScope
    if not locked.is_live:
        raise CaseNotLive
    locked.state, locked.outcome = CaseState.CLOSED, outcome
    locked.closed_at, locked.closed_by, locked.updated_at = at, by, at
    locked.save(update_fields=["state", "outcome", "closed_at", "closed_by", "updated_at"])
    Visit.objects.filter(case=locked, state="planned").update(state="cancelled", updated_at=at)
    live = list(locked.enrolments.filter(ended_on__isnull=True).values_list("pk", flat=True))
    end(live, _exit_of(outcome), on=on, at=at, by=by)
    return locked


def _exit_of(outcome: str) -> ExitReason:
    return {
        CaseOutcome.GOAL_REACHED: ExitReason.GOAL_REACHED,
        CaseOutcome.REFUSED: ExitReason.REFUSED,
    }.get(CaseOutcome(outcome), ExitReason.CASE_CLOSED)


def _version(track: str, playbook: Playbook | None) -> PlaybookVersion:
    active = PlaybookVersion.objects.filter(state=VersionState.ACTIVE, steps__isnull=False, playbook__track=track)
    # Who stopped publishing is for the planner to find; by hand that playbook must be asked for.
    named = {"playbook": playbook} if playbook is not None else {"playbook__trigger": Trigger.SEGMENT}
    wanted = active.filter(**named)
    version = wanted.select_related("playbook", "goal_indicator").order_by("playbook__code").first()
    if version is None:
        raise NoPlaybook
    return version


def _goal(version: PlaybookVersion | None, on: dt.date) -> dict[str, object]:
    if version is None or version.goal_indicator is None:
        return {}
    known = PremiumThreshold.objects.filter(indicator=version.goal_indicator, year=on.year).first()
    return {
        "goal_indicator": version.goal_indicator,
        "goal_value": known.minimum if known is not None else version.goal_value,
        "goal_months": version.goal_months,
    }
