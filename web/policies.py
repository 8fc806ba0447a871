"""What people may do on pages that belong to no domain."""

from accounts.enums import Role
from accounts.models import User


def may_see_mails(user: User) -> bool:
    """Operators look after the mails: what waits, what failed, what was said."""
    return user.is_active and user.role == Role.OPERATOR
