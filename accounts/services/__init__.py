"""Writes of accounts."""

from .preferences import choose_language
from .tokens import create_token, revoke_token
from .users import create_user, deactivate_user

__all__ = ["choose_language", "create_token", "create_user", "deactivate_user", "revoke_token"]
