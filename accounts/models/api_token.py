"""A REST client's token: hashed, scoped, expiring."""

from django.db import models
from knox.models import AbstractAuthToken

from accounts.enums import TokenScope


class ApiToken(AbstractAuthToken):
    """A token that acts within its owner's role; only its hash is kept, so it is shown once."""

    name = models.CharField(max_length=100, help_text="What the token is for.")
    scope = models.CharField(max_length=8, choices=TokenScope, default=TokenScope.READ)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=TokenScope.values), name="api_token_scope_known")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"
