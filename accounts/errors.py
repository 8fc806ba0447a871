"""What accounts say no with."""

from core.errors import DomainError


class TokenNotYours(DomainError):
    """Only the owner or an operator may make or revoke a token."""

    code = "token_not_yours"
    status = 403


class OwnerNotActive(DomainError):
    """Somebody who can't sign in can't have a token."""

    code = "owner_not_active"
