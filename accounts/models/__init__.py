"""People and tokens."""

from .api_token import ApiToken
from .user import User

__all__ = ["ApiToken", "User"]
