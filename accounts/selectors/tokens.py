"""Which token a secret belongs to, remembered for a moment."""

import hashlib
import threading
import time

from django.conf import settings
from knox.crypto import hash_token

from accounts.models import ApiToken


class TokenCache:
    """Tokens that were found valid a moment ago, so that the database is asked once in a while.

    It belongs to one process. Revoking a token through accounts.services forgets it here at once;
    every other process stops accepting it within TOKEN_CACHE_SECONDS, as it also learns within
    that time that the owner was deactivated or has another role. An expiry is obeyed to the second.
    """

    SIZE = 10_000

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[float, ApiToken]] = {}
        self._lock = threading.Lock()

    def get(self, secret: str) -> ApiToken | None:
        """The token of this secret, unless it was remembered too long ago."""
        found = self._known.get(_key(secret))
        if found is None or found[0] < time.monotonic():
            return None
        return found[1]

    def keep(self, secret: str, token: ApiToken) -> None:
        """Remember the token for TOKEN_CACHE_SECONDS."""
        with self._lock:
            if len(self._known) >= self.SIZE:
                self._known.clear()
            self._known[_key(secret)] = (time.monotonic() + settings.TOKEN_CACHE_SECONDS, token)

    def forget(self, digest: str | None = None) -> None:
        """Ask the database again about the token with this digest, or about every one."""
        with self._lock:
            if digest is None:
                self._known.clear()
            else:
                self._known = {key: kept for key, kept in self._known.items() if kept[1].digest != digest}


def _key(secret: str) -> bytes:
    """What a secret is remembered by; the secret itself is kept nowhere."""
    return hashlib.sha256(secret.encode()).digest()


token_cache = TokenCache()


def token_of(secret: str) -> ApiToken | None:
    """The token with this secret, with its owner; None when it is unknown, revoked or its owner not active.

    The expiry is for the caller to judge. The answer may be TOKEN_CACHE_SECONDS old; the token and
    its owner are shared between requests, so nobody changes them.
    """
    token = token_cache.get(secret)
    if token is None:
        tokens = ApiToken.objects.select_related("user")
        token = tokens.filter(digest=hash_token(secret), user__is_active=True).first()
        if token is not None:
            token_cache.keep(secret, token)
    return token
