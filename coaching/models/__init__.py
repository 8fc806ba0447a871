"""Tables of the work."""

from .barrier import Barrier, BarrierSighting, BarrierTheme
from .calendar import Absence, PracticeClosure, TeamDay
from .case import Case
from .coach import Coach
from .enrolment import Enrolment
from .follow_up import Escalation, FollowUp, FollowUpEvent
from .limits import ContactBudget, Pause, SoftwareBlocker
from .planner_run import PlannerRun
from .playbook import Playbook, PlaybookStep, PlaybookVersion
from .visit import Readiness, Topic, Visit

__all__ = [
    "Absence",
    "Barrier",
    "BarrierSighting",
    "BarrierTheme",
    "Case",
    "Coach",
    "ContactBudget",
    "Enrolment",
    "Escalation",
    "FollowUp",
    "FollowUpEvent",
    "Pause",
    "PlannerRun",
    "Playbook",
    "PlaybookStep",
    "PlaybookVersion",
    "PracticeClosure",
    "Readiness",
    "SoftwareBlocker",
    "TeamDay",
    "Topic",
    "Visit",
]
