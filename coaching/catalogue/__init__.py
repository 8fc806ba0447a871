"""What the work ships as data: barriers, topics, the three playbooks and a contact budget.

Loaded after every migration, insert only: what users edited stays as they left it.
"""

from .barriers import BARRIERS, THEMES
from .playbooks import CONTACT_BUDGET, PLAYBOOKS
from .topics import TOPICS

__all__ = ["BARRIERS", "CONTACT_BUDGET", "PLAYBOOKS", "THEMES", "TOPICS"]
