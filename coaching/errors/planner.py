"""What the planner says no with."""

from django.utils.translation import gettext as _

from core.errors import DomainError


class DryRunBusy(DomainError):
    """Somebody else is looking at a dry run."""

    code = "dry_run_busy"

    def __init__(self) -> None:
        super().__init__(_("Another dry run is being made at this moment; try again in a few seconds."))


class DryRunCutShort(DomainError):
    """The dry run would have held up the work for too long."""

    code = "dry_run_cut_short"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            _(
                "The dry run was cut short after %(seconds)d seconds so that it holds nobody up. Try again at a quiet"
                " hour, or have the operator run “manage.py plan_follow_ups --dry-run”, which takes its time."
            )
            % {"seconds": seconds}
        )
