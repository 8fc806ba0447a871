"""Who may call at all; what they may do to which thing is for the policies of each app."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS, BasePermission

from core.errors import NotAllowed

from .problems import Problem


class HasTokenScope(BasePermission):
    """The token's scope covers the method: reading needs `read`, all else `write`."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """True, or a 403 of its own for a token that may only read."""
        if request.method not in SAFE_METHODS and request.auth.scope != "write":
            raise Problem(403, "scope_too_small", _("This token may only read. Use one with the scope “write”."))
        return True


def require(allowed: bool) -> None:
    """Raise NotAllowed (403) unless a policy said yes."""
    if not allowed:
        raise NotAllowed(_("Your role does not allow that."))
