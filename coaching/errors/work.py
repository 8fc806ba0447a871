"""What the work says no with; the codes are stable, pages and REST clients act on them."""

from typing import Any

from django.utils.translation import gettext as _

from core.errors import DomainError, InvalidInput, NotAllowed


class OutOfScope(NotAllowed):
    """The person may not do this to this case or follow-up."""

    code = "out_of_scope"

    def __init__(self) -> None:
        super().__init__(_("This is outside what you may act on; ask the coordinator to assign it to you."))


class CaseNotLive(DomainError):
    """The case is closed."""

    code = "case_not_live"

    def __init__(self) -> None:
        super().__init__(_("This case is closed; open a new one to go on."))


class CaseAlreadyLive(DomainError):
    """The practitioner is being helped on this track already."""

    code = "case_already_live"

    def __init__(self) -> None:
        super().__init__(_("This practitioner has a live case on this track already; work on that one."))


class NotContactable(DomainError):
    """The practitioner may not be contacted, or no longer practises."""

    code = "not_contactable"

    def __init__(self) -> None:
        super().__init__(_("This practitioner may not be contacted or no longer practises."))


class FollowUpClosed(DomainError):
    """The follow-up was done, cancelled, skipped or missed before."""

    code = "follow_up_not_open"

    @staticmethod
    def of(state: str) -> "FollowUpClosed":
        """The error that says how the follow-up ended."""
        kinds: dict[str, type[FollowUpClosed]] = {
            "done": FollowUpAlreadyDone,
            "cancelled": FollowUpCancelled,
            "skipped": FollowUpSkipped,
            "missed": FollowUpMissed,
        }
        return kinds.get(state, FollowUpClosed)()

    def __init__(self, message: str = "", **context: Any) -> None:
        super().__init__(message or _("This follow-up is no longer open."), **context)


class FollowUpAlreadyDone(FollowUpClosed):
    """A follow-up is completed once."""

    code = "follow_up_already_done"

    def __init__(self) -> None:
        super().__init__(_("This follow-up is done already; nothing was changed."))


class FollowUpCancelled(FollowUpClosed):
    """The follow-up was cancelled."""

    code = "follow_up_cancelled"

    def __init__(self) -> None:
        super().__init__(_("This follow-up was cancelled; nothing was changed."))


class FollowUpSkipped(FollowUpClosed):
    """The follow-up was skipped."""

    code = "follow_up_skipped"

    def __init__(self) -> None:
        super().__init__(_("This follow-up was skipped; nothing was changed."))


class FollowUpMissed(FollowUpClosed):
    """The follow-up's window closed."""

    code = "follow_up_missed"

    def __init__(self) -> None:
        super().__init__(_("This follow-up's window has closed; a new one was planned in its place."))


class ReasonMissing(InvalidInput):
    """A change that needs a reason came without one."""

    code = "reason_missing"

    def __init__(self) -> None:
        message = _("Say why, in a few words.")
        super().__init__(message, fields={"reason": message})


class DayRefused(InvalidInput):
    """The day that was given can't be."""

    code = "day_refused"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message, fields={field: message})


class PastCaseEnd(DomainError):
    """The day lies after the case's end."""

    code = "past_case_end"

    def __init__(self, field: str, end: str) -> None:
        message = _("The case ends on %(end)s; choose an earlier day, or move the case's end first.") % {"end": end}
        super().__init__(message, fields={field: message})


class LaterDayMissing(InvalidInput):
    """Somebody wants to be contacted later, and nobody said when."""

    code = "later_day_missing"

    def __init__(self) -> None:
        message = _("Say on which day the practitioner wants to be contacted.")
        super().__init__(message, fields={"later_on": message})


class CoachNotActive(DomainError):
    """The coach takes no work any more."""

    code = "coach_not_active"

    def __init__(self) -> None:
        message = _("This coach is no longer active; choose another.")
        super().__init__(message, fields={"coach": message})


class CoachMissing(DomainError):
    """There is no coach to name."""

    code = "coach_missing"

    def __init__(self) -> None:
        message = _("Name the coach: you aren't one yourself, and the case has none.")
        super().__init__(message, fields={"coach": message})


class AnotherCoach(NotAllowed):
    """A visit is logged in one's own name."""

    code = "another_coach"

    def __init__(self) -> None:
        message = _("You log your own contacts; ask the coordinator to log one of another coach.")
        super().__init__(message, fields={"coach": message})


class VisitNotDone(DomainError):
    """Only a visit that took place can be signed."""

    code = "visit_not_done"

    def __init__(self) -> None:
        super().__init__(_("Only a visit that took place can be signed."))


class VisitSigned(DomainError):
    """A signed visit stays as it is."""

    code = "visit_signed"

    def __init__(self) -> None:
        super().__init__(_("This visit is signed already."))


class WrongPractitioner(InvalidInput):
    """The case or follow-up belongs to another practitioner."""

    code = "wrong_practitioner"

    def __init__(self, field: str) -> None:
        message = _("This belongs to another practitioner.")
        super().__init__(message, fields={field: message})


class NoPlaybook(DomainError):
    """No active playbook to enrol in."""

    code = "no_playbook"

    def __init__(self) -> None:
        super().__init__(_("No active playbook with steps serves this track."))


class UnknownDimension(InvalidInput):
    """Progress isn't kept by this."""

    code = "unknown_dimension"

    def __init__(self, by: str, known: tuple[str, ...]) -> None:
        message = _("Progress can't be told by %(by)s; use one of: %(known)s.") % {"by": by, "known": ", ".join(known)}
        super().__init__(message, fields={"by": message})
