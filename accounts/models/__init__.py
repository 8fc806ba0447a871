"""People, tokens and what people want to be told."""

from .api_token import ApiToken
from .notice_choice import NoticeChoice
from .user import User

__all__ = ["ApiToken", "NoticeChoice", "User"]
