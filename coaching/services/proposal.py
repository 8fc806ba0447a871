"""Confirm a proposal, as it is or with another coach here and there."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from coaching.enums import CaseState, EnrolmentState
from coaching.errors import (
    CaseNotLive,
    ChosenTwice,
    CoachAway,
    CoachFull,
    CoachNotActive,
    FollowUpClosed,
    FollowUpPaused,
    FollowUpTaken,
    OutOfScope,
    SameCoach,
    WindowClosed,
)
from coaching.models import Coach, FollowUp
from coaching.policies import may_assign
from coaching.selectors.proposal import Proposal, monday_of, proposal_of, read_facts, read_rows
from coaching.services import recording
from coaching.services.assignment import Change, lock_coaches, lock_orphans, locked_rows, write_changes
from coaching.services.handing import moves_of, write_handovers
from core.errors import DomainError
from practitioners.enums import ContactLanguage

Choice = tuple[FollowUp, Coach]


@dataclass(frozen=True)
class Warned:
    """Something about a pair that a person chose although it doesn't fit: a code and a sentence."""

    code: str
    message: str


@dataclass(frozen=True)
class Given:
    """A follow-up that a coach has now, in the week (its Monday) in which it counts."""

    follow_up: FollowUp
    coach: Coach
    week: dt.date
    warnings: list[Warned]


@dataclass(frozen=True)
class Confirmed:
    """What came of a confirmation: those given, and each that couldn't be with its error."""

    given: list[Given] = field(default_factory=list)
    refused: list[tuple[FollowUp, DomainError]] = field(default_factory=list)


@transaction.atomic
def confirm_proposal(
    *,
    choices: Sequence[Choice],
    by: User | None,
    at: dt.datetime | None = None,
    taken_from: Coach | None = None,
    beyond_limits: bool = False,
    reason: str = "",
) -> Confirmed:
    """Give each follow-up to the coach chosen for it, in one go, if it still waits and still fits.

    Practitioners, enrolments, follow-ups, cases and coaches are locked before anything is judged, so of
    two people confirming at once the second sees what the first one gave. `taken_from` is who must have them
    still (by default nobody, or a coach who left); they are handed over from that coach. Which week each counts in is found by the
    proposal's own model. Refused one by one: FollowUpClosed, FollowUpTaken, FollowUpPaused, WindowClosed,
    CaseNotLive, CoachNotActive, SameCoach; and CoachFull and CoachAway, unless `beyond_limits` allows what
    doesn't fit. A coach of another language, track or role than the proposal would have taken is a person's
    choice: it is done, with a warning. Errors for all: ChosenTwice, OutOfScope.
    """
    at, on = recording.moment(at)
    if by is not None and not may_assign(by):
        raise OutOfScope
    chosen = {row.pk: coach.pk for row, coach in choices}
    if len(chosen) != len(choices):
        raise ChosenTwice
    done = Confirmed()
    rows = {row.pk: row for row in locked_rows([row for row, _coach in choices])}
    lock_orphans([Change(row, None) for row in rows.values()])
    lock_coaches(chosen.values())
    coaches = Coach.objects.select_related("user").in_bulk(set(chosen.values()))
    wanted: dict[int, int] = {}
    for pk, row in rows.items():
        error = _refusal(row, coaches[chosen[pk]], taken_from, on)
        if error is None:
            wanted[pk] = chosen[pk]
        else:
            done.refused.append((row, error))
    facts = read_facts(read_rows(FollowUp.objects.filter(pk__in=wanted)), on=on)
    fitting = proposal_of(facts, only=wanted)
    changes = _changes(fitting, rows, coaches, wanted, done, beyond_limits=beyond_limits, on=on)
    taken = [(change.row, change.row.assignee_id, wanted[change.row.pk]) for change in changes]
    write_changes(changes, by=by, at=at, reason=reason)
    write_handovers(moves_of(taken), by=by, at=at, reason=reason)
    return done


def _refusal(row: FollowUp, coach: Coach, taken_from: Coach | None, on: dt.date) -> DomainError | None:
    case = row.enrolment.case
    if not row.is_open:
        return FollowUpClosed.of(row.state)
    if case.state == CaseState.CLOSED:
        return CaseNotLive()
    if row.assignee_id != (taken_from.pk if taken_from is not None else None) and (
        taken_from is not None or _is_there(row.assignee)
    ):
        return FollowUpTaken(str(row.assignee or ""))
    if taken_from is not None and taken_from.pk == coach.pk:
        return SameCoach()
    if row.enrolment.state == EnrolmentState.PAUSED:
        return FollowUpPaused()
    if row.closes_on < on:
        return WindowClosed()
    if not _is_there(coach):
        return CoachNotActive()
    return None


def _is_there(coach: Coach | None) -> bool:
    """Whether there is a coach who still works here."""
    return coach is not None and coach.is_active and coach.user.is_active


def _changes(
    fitting: Proposal,
    rows: dict[int, FollowUp],
    coaches: dict[int, Coach],
    wanted: dict[int, int],
    done: Confirmed,
    *,
    beyond_limits: bool,
    on: dt.date,
) -> list[Change]:
    """What fits, in its week; what doesn't is refused, or given in the week of its best day where that is allowed."""
    changes = []
    for line in fitting.lines:
        row = rows[line.follow_up_id]
        changes.append(Change(row, line.coach, line.week, line.facts))
        done.given.append(Given(row, line.coach, line.week, _mismatches(row, line.coach)))
    for left in fitting.left_over:
        row = rows[left.follow_up_id]
        coach = coaches[wanted[row.pk]]
        error = CoachAway(str(coach)) if left.code == "all_away" else CoachFull(str(coach))
        if not beyond_limits:
            done.refused.append((row, error))
            continue
        week = monday_of(min(max(row.target_on, on), row.closes_on))
        changes.append(Change(row, coach, week, {"beyond": error.code, "week": week.isoformat()}))
        done.given.append(Given(row, coach, week, [_beyond(error, coach), *_mismatches(row, coach)]))
    return changes


def _beyond(error: DomainError, coach: Coach) -> Warned:
    if isinstance(error, CoachAway):
        return Warned(error.code, _("%(coach)s is away on every day of the window.") % {"coach": coach})
    return Warned(error.code, _("%(coach)s now has more contacts in that week than fit.") % {"coach": coach})


def _mismatches(row: FollowUp, coach: Coach) -> list[Warned]:
    """What the proposal would not have done."""
    practitioner, track = row.practitioner, row.enrolment.case.track
    found = []
    if practitioner.language not in coach.languages:
        sentences = {
            ContactLanguage.FRENCH: _("%(coach)s doesn't speak French."),
            ContactLanguage.DUTCH: _("%(coach)s doesn't speak Dutch."),
        }
        words = sentences[ContactLanguage(practitioner.language)] % {"coach": coach}
        found.append(Warned("language", words))
    if track not in coach.tracks:
        track_words = {"coach": coach, "track": str(row.enrolment.case.get_track_display()).lower()}
        found.append(Warned("track", _("%(coach)s doesn't do %(track)s.") % track_words))
    role = row.step.assignee_role
    if role and coach.user.role != role:
        role_words = {"coach": coach, "role": str(row.step.get_assignee_role_display()).lower()}
        found.append(Warned("role", _("The step asks for the role “%(role)s”, which %(coach)s hasn't.") % role_words))
    return found
