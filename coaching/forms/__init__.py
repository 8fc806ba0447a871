"""Forms of the work's pages."""

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
    "FollowUpFilter",
    "PostponeForm",
    "VisitForm",
]
