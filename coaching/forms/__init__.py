"""Forms of the work's pages."""

from .calendars import AbsenceForm, ClosureForm, TeamDayForm, WeekForm
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
    "AbsenceForm",
    "AssignForm",
    "ChosenFollowUps",
    "ClosureForm",
    "CoachChoice",
    "CompleteForm",
    "DryRunForm",
    "FollowUpFilter",
    "PostponeForm",
    "TeamDayForm",
    "VisitForm",
    "WeekForm",
]
