"""What people may do with accounts and tokens."""

from accounts.enums import Role
from accounts.models import User


def may_manage_users(user: User) -> bool:
    """Operators make and deactivate accounts."""
    return user.is_active and user.role == Role.OPERATOR


def may_manage_tokens_of(user: User, owner: User) -> bool:
    """Everyone manages their own tokens, operators those of everyone."""
    return user.is_active and (user.pk == owner.pk or user.role == Role.OPERATOR)
