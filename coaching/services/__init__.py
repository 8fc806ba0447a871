"""What can be done in the work."""

from .anchors import tell_anchor_days
from .assignment import BulkAssignment, assign_follow_up, assign_follow_ups
from .blockers import close_blocker, open_blocker
from .calendars import (
    add_team_day,
    close_practice,
    record_absence,
    remove_team_day,
    reopen_practice,
    set_visiting_hours,
    withdraw_absence,
)
from .cases import assign_case, close_case, open_case
from .catalogue import load_catalogue
from .feeds import create_feed, revoke_feed
from .follow_ups import (
    cancel_follow_up,
    complete_follow_up,
    correct_completion,
    postpone_follow_up,
    skip_follow_up,
    start_follow_up,
)
from .handover import absence_handover, hand_over_case, hand_over_follow_ups
from .outside_contacts import give_back, spend_contact_budget
from .pauses import end_pause, start_pause
from .planner.run import plan_follow_ups
from .proposal import Confirmed, Given, confirm_proposal
from .visits import log_visit, sign_visit

__all__ = [
    "BulkAssignment",
    "Confirmed",
    "Given",
    "absence_handover",
    "add_team_day",
    "assign_case",
    "assign_follow_up",
    "assign_follow_ups",
    "cancel_follow_up",
    "close_blocker",
    "close_case",
    "close_practice",
    "complete_follow_up",
    "confirm_proposal",
    "correct_completion",
    "create_feed",
    "end_pause",
    "give_back",
    "hand_over_case",
    "hand_over_follow_ups",
    "load_catalogue",
    "log_visit",
    "open_blocker",
    "open_case",
    "plan_follow_ups",
    "postpone_follow_up",
    "record_absence",
    "remove_team_day",
    "reopen_practice",
    "revoke_feed",
    "set_visiting_hours",
    "sign_visit",
    "skip_follow_up",
    "spend_contact_budget",
    "start_follow_up",
    "start_pause",
    "tell_anchor_days",
    "withdraw_absence",
]
