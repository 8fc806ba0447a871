"""What people choose for themselves."""

from accounts.enums import Language
from accounts.models import User
from core.errors import InvalidInput


def choose_language(*, user: User, language: str) -> User:
    """Remember the language in which somebody wants their pages and mails."""
    if language not in Language.values:
        raise InvalidInput(f"{language!r} is not one of {', '.join(Language.values)}.", fields={"language": language})
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])
    return user
