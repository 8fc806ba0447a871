"""Answers kept so that a repeated POST gets the same one."""

from django.conf import settings
from django.db import models


class IdempotencyKey(models.Model):
    """The answer that a user's request with this key got; a repeat within the day gets it again, to the letter.

    `fingerprint` is the SHA-256 of method, address and body: the same key with another request is an error.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user")]

    def __str__(self) -> str:
        return self.key
