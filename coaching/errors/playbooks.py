"""What playbooks say no with: a version that is fixed, a step that can't be, a move that isn't one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import DomainError, InvalidInput


@dataclass(frozen=True)
class StepProblem:
    """What is wrong with one field of one step (counted from 1); step 0 stands for the version itself."""

    step: int
    field: str
    code: str
    message: str

    @property
    def pointer(self) -> str:
        """Where the problem is, as a form and a client find it."""
        return f"steps.{self.step}.{self.field}" if self.step else self.field


class PlaybookRefused(InvalidInput):
    """A version has steps that can't be; `problems` has all of them, each with its step named."""

    code = "playbook_refused"

    def __init__(self, problems: Sequence[StepProblem], **context: Any) -> None:
        self.problems = list(problems)
        count = len({problem.step for problem in problems if problem.step})
        message = " ".join(problem.message for problem in problems)
        if len(problems) > 1 and count:
            head = ngettext("%(count)s step can't stay as it is.", "%(count)s steps can't stay as they are.", count) % {
                "count": count
            }
            message = f"{head} {message}"
        super().__init__(message, fields={problem.pointer: problem.message for problem in problems}, **context)


class PlaybookVersionFixed(DomainError):
    """A version that was put to use, or withdrawn, is not changed any more."""

    code = "playbook_version_fixed"

    def __init__(self) -> None:
        super().__init__(_("This version is no longer a draft, so it stays as it is; make a new version."))


class DraftExists(DomainError):
    """A playbook has one draft at a time."""

    code = "playbook_draft_exists"

    def __init__(self, ref: object) -> None:
        super().__init__(_("This playbook has a draft already; go on with that one, or discard it."), draft=str(ref))


class PlaybookCircle(InvalidInput):
    """A chain of playbooks would come back to where it began."""

    code = "playbook_circle"

    def __init__(self, chain: Sequence[str]) -> None:
        message = _("This would go round in a circle: %(chain)s.") % {"chain": " > ".join(chain)}
        super().__init__(message, fields={"continues_in": message})


class MigrationRefused(InvalidInput):
    """Enrolments only move from another version of the same playbook to the active one."""

    code = "playbook_migration_refused"

    def __init__(self) -> None:
        message = _("Enrolments move to the active version of the same playbook, from another of its versions.")
        super().__init__(message, fields={"to_version": message})


class SimulationRefused(InvalidInput):
    """A question that can't be played forward."""

    code = "simulation_refused"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message, fields={field: message})
