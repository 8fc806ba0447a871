"""Answers kept so that a repeated POST gets the same one."""

from django.conf import settings
from django.db import models


class IdempotencyKey(models.Model):
    """The answer that a user's request with this key got; a repeat within the day gets it again.

    `fingerprint` is the SHA-256 of method, path and body: the same key with another request is an error.
    `status` is empty while the first request is still being answered.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user")]

    def __str__(self) -> str:
        return self.key
