"""What people may do with figures and segments.

Everyone who works reads them for the practitioners they see. Whether a token may write at all is
the token's scope.
"""

from accounts.enums import Role
from accounts.models import User


def may_write_measures(user: User) -> bool:
    """Bring in figures, by file or over REST."""
    return user.is_active and user.role in {Role.COORDINATOR, Role.MANAGER, Role.OPERATOR, Role.CLIENT}


def may_segment(user: User) -> bool:
    """Run a segmentation, or make a scheme's version the working one."""
    return user.is_active and user.role in {Role.COORDINATOR, Role.MANAGER, Role.OPERATOR}
