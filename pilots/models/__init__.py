"""Tables of the pilot projects."""

from .pilot import Participation, Pilot
from .wave import Wave

__all__ = ["Participation", "Pilot", "Wave"]
