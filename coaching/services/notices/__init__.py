"""What people are told by mail: written to the outbox in the transaction of what is told."""

from .daily import put_due
from .digests import morning_digests, opening_reminders, weekly_digests
from .escalations import put_escalations
from .handovers import put_handovers

__all__ = [
    "morning_digests",
    "opening_reminders",
    "put_due",
    "put_escalations",
    "put_handovers",
    "weekly_digests",
]
