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
    CorrectionForm,
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
    "CorrectionForm",
    "DryRunForm",
    "FollowUpFilter",
    "HandoverForm",
    "PauseForm",
    "PostponeForm",
    "ProposalFilter",
    "TeamDayForm",
    "VisitForm",
    "WeekForm",
]
