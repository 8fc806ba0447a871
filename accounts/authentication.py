"""Who a REST client is: the owner of the token in `Authorization: Bearer ...`."""

from datetime import datetime
from typing import Any

import pghistory
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS

from accounts.models import ApiToken, User
from accounts.selectors.tokens import token_of


class TokenAuthentication(BaseAuthentication):
    """The owner of a valid, unexpired token whose owner is active; else 401 with WWW-Authenticate."""

    REALM = 'Bearer realm="Passerelle"'

    def authenticate(self, request: Any) -> tuple[User, ApiToken] | None:
        """The user and the token, or None when the header is absent."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _space, secret = header.partition(" ")
        if scheme.lower() != "bearer" or not secret or not secret.isascii() or not secret.isalnum():
            raise AuthenticationFailed(_("Send the header “Authorization: Bearer TOKEN”."))
        token = self._token(secret)
        if request.method not in SAFE_METHODS:
            pghistory.context(user=token.user.pk)
        return token.user, token

    def authenticate_header(self, request: HttpRequest) -> str:
        """What the client needs to send."""
        return self.REALM

    def _token(self, secret: str) -> ApiToken:
        token = token_of(secret)
        if token is None:
            raise AuthenticationFailed(_("The token is not valid: unknown, revoked, or its owner is not active."))
        expiry: datetime | None = token.expiry
        if expiry is not None and expiry <= timezone.now():
            raise AuthenticationFailed(_("The token has expired. Ask for a new one."))
        return token
