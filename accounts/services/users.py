"""Making and deactivating the accounts of people and REST clients."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.enums import Language, Role
from accounts.models import User
from accounts.policies import may_manage_users
from accounts.selectors.tokens import token_cache
from core import outbox
from core.errors import InvalidInput, NotAllowed


def _require(by: User | None) -> None:
    if by is not None and not may_manage_users(by):
        raise NotAllowed(_("Only an operator manages accounts."))


@transaction.atomic
def create_user(
    *,
    email: str,
    role: str,
    password: str | None = None,
    first_name: str = "",
    last_name: str = "",
    language: str = Language.FRENCH,
    by: User | None = None,
) -> User:
    """Make an account; without a password nobody can sign in with it, as suits a REST client.

    Without `by` the operator at the server's command line makes it.
    """
    _require(by)
    email = email.strip()
    user = User(email=email, role=role, first_name=first_name, last_name=last_name, language=language)
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput(error.messages[0], fields={"email": error.messages[0]}) from None
    if role not in Role.values:
        message = _("%(role)s is not a role; use one of %(roles)s.") % {"role": role, "roles": ", ".join(Role.values)}
        raise InvalidInput(message, fields={"role": message})
    if language not in Language.values:
        message = _("Use one of %(languages)s.") % {"languages": ", ".join(Language.values)}
        raise InvalidInput(message, fields={"language": message})
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise InvalidInput(" ".join(error.messages), fields={"password": error.messages[0]}) from None
    try:
        with transaction.atomic():
            return User.objects.create_user(
                email, password, role=role, first_name=first_name, last_name=last_name, language=language
            )
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") not in _EMAIL_ONCE:
            raise
        message = _("There is an account with the address %(email)s already.") % {"email": email}
        raise InvalidInput(message, fields={"email": message}) from None


_EMAIL_ONCE = frozenset({"user_email_once", "accounts_user_email_key"})


@transaction.atomic
def deactivate_user(*, user: User, by: User | None = None) -> User:
    """Let nobody act as this user any more: no signing in, no token, and no mail that waits is sent."""
    _require(by)
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.is_active:
        locked.is_active = False
        locked.save(update_fields=["is_active"])
    locked.auth_token_set.all().delete()
    outbox.withdraw(to=locked.email, reason="The account was closed before the mail was sent.")
    transaction.on_commit(token_cache.forget)
    return locked
