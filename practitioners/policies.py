"""What people may do with the registry.

Everyone who works reads what they see. Coaches and technicians keep the contact details and
software of the practitioners they see; the office and REST clients keep the registry itself.
Whether a token may write at all is the token's scope.
"""

from collections.abc import Iterable

from accounts.enums import Role
from accounts.models import User
from practitioners.models import Practitioner
from practitioners.selectors.visibility import practitioners_visible_to

KEEPING = frozenset({Role.COORDINATOR, Role.MANAGER, Role.OPERATOR, Role.CLIENT})
"""Roles that keep the registry."""

KEPT_IN_THE_FIELD = frozenset({"email", "phone", "language", "software", "software_since"})
"""What coaches and technicians keep of a practitioner. The commune isn't among them: it says who sees whom."""


def may_keep_registry(user: User) -> bool:
    """Register practitioners and organisations, deactivate, restrict contact."""
    return user.is_active and user.role in KEEPING


def may_update_practitioner(user: User, practitioner: Practitioner) -> bool:
    """Change what is known of a practitioner whom the person sees."""
    if may_keep_registry(user):
        return True
    return (
        user.is_active
        and user.works_in_the_field
        and practitioners_visible_to(user).filter(pk=practitioner.pk).exists()
    )


def fields_beyond(user: User, fields: Iterable[str]) -> list[str]:
    """Which of these fields of a practitioner are not the person's to change."""
    return [] if may_keep_registry(user) else sorted(set(fields) - KEPT_IN_THE_FIELD)


def may_import(user: User) -> bool:
    """Bring in files."""
    return user.is_active and user.role in {Role.COORDINATOR, Role.MANAGER, Role.OPERATOR}
