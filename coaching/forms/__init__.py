"""Forms of the work's pages."""

from .planner import DryRunForm
from .work import (
    AssignForm,
    ChosenFollowUps,
    CoachChoice,
    CompleteForm,
    FollowUpFilter,
    PostponeForm,
    VisitForm,
)

__all__ = [
    "AssignForm",
    "ChosenFollowUps",
    "CoachChoice",
    "CompleteForm",
    "DryRunForm",
    "FollowUpFilter",
    "PostponeForm",
    "VisitForm",
]
