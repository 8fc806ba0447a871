"""What people are told by mail: written to the outbox in the transaction of what is told."""

from .escalations import put_escalations
from .handovers import put_handover, put_handovers

__all__ = ["put_escalations", "put_handover", "put_handovers"]
