"""What a playbook would do to the network: a version played forward over the coming weeks."""

from .assumptions import MOST_WEEKS, ON_BEST_DAY, Assumptions
from .starting import play, simulated, start_simulation

__all__ = ["MOST_WEEKS", "ON_BEST_DAY", "Assumptions", "play", "simulated", "start_simulation"]
