"""Forms of the work's pages."""

from .calendars import AbsenceForm, ClosureForm, TeamDayForm, WeekForm
from .pauses import BlockerForm, CloseBlockerForm, PauseForm
from .planner import DryRunForm
from .proposal import HandoverForm, ProposalFilter
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
    "BlockerForm",
    "ChosenFollowUps",
    "CloseBlockerForm",
    "ClosureForm",
    "CoachChoice",
    "CompleteForm",
    "DryRunForm",
    "FollowUpFilter",
    "HandoverForm",
    "PostponeForm",
    "ProposalFilter",
    "TeamDayForm",
    "VisitForm",
    "WeekForm",
]
