"""Making and revoking the tokens of REST clients."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import TokenScope
from accounts.errors import OwnerNotActive, TokenNotYours
from accounts.models import ApiToken, User
from accounts.policies import may_manage_tokens_of
from accounts.selectors.tokens import token_cache
from core.errors import InvalidInput

LONGEST_LIFE = dt.timedelta(days=3 * 366)


@transaction.atomic
def create_token(
    *,
    owner: User,
    name: str,
    scope: str = TokenScope.READ,
    lives: dt.timedelta = dt.timedelta(days=365),
    by: User | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for `owner` and give its secret, which is kept nowhere and can't be shown again.

    Without `by` the operator at the server's command line makes it.
    """
    if by is not None and not may_manage_tokens_of(by, owner):
        raise TokenNotYours(_("Only its owner or an operator may make this token."))
    if not owner.is_active:
        raise OwnerNotActive(_("%(owner)s is not active and can't have a token.") % {"owner": owner.email})
    name = name.strip()
    if not name or len(name) > 100:
        raise InvalidInput(
            _("Say in 1 to 100 characters what the token is for."), fields={"name": _("1 to 100 characters.")}
        )
    if scope not in TokenScope.values:
        raise InvalidInput(
            _("%(scope)s is not a scope; use read or write.") % {"scope": scope}, fields={"scope": _("read or write.")}
        )
    if not dt.timedelta(0) < lives <= LONGEST_LIFE:
        raise InvalidInput(
            _("A token lives at least a moment and at most three years."), fields={"lives": _("Up to three years.")}
        )
    token, secret = ApiToken.objects.create(user=owner, name=name, scope=scope, expiry=lives)
    return token, str(secret)


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User | None = None) -> None:
    """Revoke a token: this process refuses it from the commit on, every other within TOKEN_CACHE_SECONDS."""
    if by is not None and not may_manage_tokens_of(by, token.user):
        raise TokenNotYours(_("Only its owner or an operator may revoke this token."))
    digest = token.digest
    ApiToken.objects.filter(digest=digest).delete()
    transaction.on_commit(lambda: token_cache.forget(digest))
