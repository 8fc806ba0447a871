"""What handing out and taking over work says no with."""

from django.utils.translation import gettext as _

from core.errors import DomainError, InvalidInput


class FollowUpTaken(DomainError):
    """Somebody else has the follow-up by now."""

    code = "follow_up_taken"

    def __init__(self, name: str = "") -> None:
        if name:
            super().__init__(_("%(coach)s has this follow-up by now; nothing was changed.") % {"coach": name})
        else:
            super().__init__(_("Nobody has this follow-up any more; nothing was changed."))


class FollowUpPaused(DomainError):
    """The work with the practitioner is paused."""

    code = "follow_up_paused"

    def __init__(self) -> None:
        super().__init__(_("The work with this practitioner is paused; assign it when it goes on."))


class WindowClosed(DomainError):
    """The days on which the contact could be made are past."""

    code = "window_closed"

    def __init__(self) -> None:
        super().__init__(_("Its window has closed; the planner makes a new one in its place."))


class CoachFull(DomainError):
    """No more fits in the coach's weeks."""

    code = "coach_full"

    def __init__(self, name: str) -> None:
        super().__init__(
            _("%(coach)s is full in every week of its window; choose another coach, or allow more than fits.")
            % {"coach": name}
        )


class CoachAway(DomainError):
    """The coach works on none of the window's days."""

    code = "coach_away"

    def __init__(self, name: str) -> None:
        super().__init__(
            _("%(coach)s is away on every day of its window; choose another coach, or allow it nevertheless.")
            % {"coach": name}
        )


class SameCoach(InvalidInput):
    """Nobody takes over from oneself."""

    code = "same_coach"

    def __init__(self) -> None:
        message = _("This coach has it already; choose another.")
        super().__init__(message, fields={"to": message})


class ChosenTwice(InvalidInput):
    """A follow-up goes to one coach."""

    code = "chosen_twice"

    def __init__(self) -> None:
        message = _("A follow-up can be given to one coach only; it is listed twice.")
        super().__init__(message, fields={"choices": message})
