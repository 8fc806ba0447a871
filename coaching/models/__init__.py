"""Tables of the work."""

from .anchor import AnchorDay
from .barrier import Barrier, BarrierSighting, BarrierTheme
from .calendar import Absence, PracticeClosure, TeamDay, VisitingHours
from .case import Case
from .coach import Coach
from .enrolment import Enrolment
from .feed import CalendarFeed
from .follow_up import Escalation, FollowUp, FollowUpEvent
from .handover import Handover
from .hold import Hold
from .limits import CoachDay, ContactBudget, OutsideContact, Pause, SoftwareBlocker
from .planner_run import PlannerRun
from .playbook import Playbook, PlaybookStep, PlaybookVersion
from .simulation import Simulation
from .visit import Readiness, Topic, Visit

__all__ = [
    "Absence",
    "AnchorDay",
    "Barrier",
    "BarrierSighting",
    "BarrierTheme",
    "CalendarFeed",
    "Case",
    "Coach",
    "CoachDay",
    "ContactBudget",
    "Enrolment",
    "Escalation",
    "FollowUp",
    "FollowUpEvent",
    "Handover",
    "Hold",
    "OutsideContact",
    "Pause",
    "PlannerRun",
    "Playbook",
    "PlaybookStep",
    "PlaybookVersion",
    "PracticeClosure",
    "Readiness",
    "Simulation",
    "SoftwareBlocker",
    "TeamDay",
    "Topic",
    "Visit",
    "VisitingHours",
]
