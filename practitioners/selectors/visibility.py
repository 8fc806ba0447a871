"""Which practitioners exist for a user."""

from collections.abc import Callable

from django.db.models import Q, QuerySet

from accounts.models import User
from practitioners.models import Practitioner

FieldScope = Callable[[User], Q]
_field_scopes: list[FieldScope] = []


def register_field_scope(scope: FieldScope) -> None:
    """Let an app that knows who works where say which practitioners a coach or technician sees.

    The registry itself doesn't know coaches; the apps above it add their condition at start-up.
    A practitioner is visible when any of the conditions holds.
    """
    _field_scopes.append(scope)


def practitioners_visible_to(user: User) -> QuerySet[Practitioner]:
    """The practitioners that exist for this user: all for the office, their own for the field."""
    everyone = Practitioner.objects.all()
    if user.sees_everything:
        return everyone
    if not user.works_in_the_field:
        return everyone.none()
    condition = Q(pk__in=[])
    for scope in _field_scopes:
        condition |= scope(user)
    return everyone.filter(condition)
