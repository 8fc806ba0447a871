"""What pauses and software blockers are refused with."""

from django.utils.translation import gettext as _

from core.errors import DomainError, InvalidInput


class PauseScopeUnknown(InvalidInput):
    """There is no such scope."""

    code = "pause_scope_unknown"

    def __init__(self, known: list[str]) -> None:
        message = _("Unknown scope; use one of: %(known)s.") % {"known": ", ".join(known)}
        super().__init__(message, fields={"scope": message})


class PauseTargetMissing(InvalidInput):
    """The scope needs somebody or something that it is about."""

    code = "pause_target_missing"

    def __init__(self, field: str) -> None:
        message = _("Say whom or what the pause is about.")
        super().__init__(message, fields={field: message})


class PauseTargetUnexpected(InvalidInput):
    """A pause is about what its scope names and nothing else."""

    code = "pause_target_unexpected"

    def __init__(self, field: str) -> None:
        message = _("A pause of this scope isn't about that; leave it empty.")
        super().__init__(message, fields={field: message})


class PauseEndMissing(InvalidInput):
    """A pause has an end."""

    code = "pause_end_missing"

    def __init__(self) -> None:
        message = _("Say until which day; a pause has an end, and can be ended sooner or followed by another.")
        super().__init__(message, fields={"ends_on": message})


class PauseEndBeforeStart(InvalidInput):
    """The end lies before the start."""

    code = "pause_end_before_start"

    def __init__(self, field: str = "ends_on") -> None:
        message = _("The last day lies before the first.")
        super().__init__(message, fields={field: message})


class PausePast(InvalidInput):
    """A pause that is over would hold nobody."""

    code = "pause_past"

    def __init__(self) -> None:
        message = _("This pause is over already; choose a last day from today on.")
        super().__init__(message, fields={"ends_on": message})


class PauseTooLong(InvalidInput):
    """A pause of more than a year is no pause."""

    code = "pause_too_long"

    def __init__(self) -> None:
        message = _("A pause lasts a year at most, and begins within a year from now.")
        super().__init__(message, fields={"ends_on": message})


class PauseOverlaps(DomainError):
    """The same is paused in these days already."""

    code = "pause_overlaps"

    def __init__(self, first: str, last: str) -> None:
        message = _("The same is paused from %(first)s to %(last)s already; end that pause first.") % {
            "first": first,
            "last": last,
        }
        super().__init__(message, fields={"starts_on": message})


class PauseEnded(DomainError):
    """The pause has ended before."""

    code = "pause_ended"

    def __init__(self) -> None:
        super().__init__(_("This pause has ended already; nothing was changed."))


class PauseOfBlocker(DomainError):
    """A pause of a software blocker ends with the blocker."""

    code = "pause_of_blocker"

    def __init__(self) -> None:
        super().__init__(_("This pause belongs to a software blocker; close the blocker to end it."))


class BlockerAlreadyOpen(DomainError):
    """The product and version are blocked already."""

    code = "blocker_already_open"

    def __init__(self) -> None:
        message = _("A blocker of this product and version is open already; add the defect to that one.")
        super().__init__(message, fields={"software": message})


class BlockerClosed(DomainError):
    """The blocker was closed before."""

    code = "blocker_closed"

    def __init__(self) -> None:
        super().__init__(_("This blocker is closed already; nothing was changed."))


class BlockerDayRefused(InvalidInput):
    """A defect is registered from a day that has come, within the last year."""

    code = "blocker_day_refused"

    def __init__(self, field: str) -> None:
        message = _("Choose today or a day within the last year.")
        super().__init__(message, fields={field: message})


class DefectMissing(InvalidInput):
    """A blocker says what doesn't work."""

    code = "defect_missing"

    def __init__(self) -> None:
        message = _("Say what doesn't work.")
        super().__init__(message, fields={"defect": message})
