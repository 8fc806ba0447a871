"""What the calendars and the anchors say no with."""

from django.utils.translation import gettext as _

from core.calendar import NoWorkingDays
from core.errors import DomainError, InvalidInput


class AbsenceOverlaps(DomainError):
    """The coach is away then already."""

    code = "absence_overlaps"

    def __init__(self, day: str) -> None:
        message = _("This coach is away on %(day)s already; change or withdraw that absence first.") % {"day": day}
        super().__init__(message, fields={"first_day": message})


class AbsenceTooLong(InvalidInput):
    """Nobody is away for longer than a year at once."""

    code = "absence_too_long"

    def __init__(self) -> None:
        message = _("An absence lasts a year at most; for longer, hand the cases over and set the coach inactive.")
        super().__init__(message, fields={"last_day": message})


class TeamDayKnown(DomainError):
    """The team is away on that day already."""

    code = "team_day_known"

    def __init__(self, day: str) -> None:
        message = _("Nobody works on %(day)s already.") % {"day": day}
        super().__init__(message, fields={"day": message})


class PracticeClosedAlready(DomainError):
    """The practice is closed then already."""

    code = "practice_closed_already"

    def __init__(self, field: str, day: str) -> None:
        message = _("The practice is closed on %(day)s already.") % {"day": day}
        super().__init__(message, fields={field: message})


class CalendarWithoutWorkingDays(NoWorkingDays):
    """No day would be left on which a contact could be made."""

    code = "calendar_without_working_days"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message, fields={field: message})


class AnchorNotTold(InvalidInput):
    """The day of this anchor is found in the work itself."""

    code = "anchor_not_told"

    def __init__(self, known: tuple[str, ...]) -> None:
        message = _("Only the days of these anchors can be told: %(known)s.") % {"known": ", ".join(known)}
        super().__init__(message, fields={"anchor": message})
