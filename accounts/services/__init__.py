"""Writes of accounts."""

from .notices import choose_notices
from .preferences import choose_language
from .tokens import create_token, revoke_token
from .users import create_user, deactivate_user

__all__ = ["choose_language", "choose_notices", "create_token", "create_user", "deactivate_user", "revoke_token"]
