"""Who may call at all; what they may do to which thing is for the policies of each app."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from core.errors import NotAllowed

from .problems import Problem


class HasTokenScope(BasePermission):
    """A known user, with a token whose scope covers the method: reading needs `read`, all else `write`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """False for nobody (401); a token that may only read gets its own 403 on a write."""
        token = request.auth
        if token is None:
            return False
        if request.method not in SAFE_METHODS and token.scope != "write":
            raise Problem(403, "scope_too_small", _("This token may only read. Use one with the scope “write”."))
        return True


def require(allowed: bool) -> None:
    """Raise NotAllowed (403) unless a policy said yes."""
    if not allowed:
        raise NotAllowed(_("Your role does not allow that."))
