"""The secret addresses of calendar subscriptions."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class CalendarFeed(models.Model):
    """A secret address under which a coach's calendar program reads visits and follow-ups, until it is revoked.

    Only a digest of the secret is kept: the address is shown once, when it is made.
    """

    coach = models.ForeignKey("coaching.Coach", on_delete=models.CASCADE, related_name="feeds")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret, in hexadecimal.")
    created_at = models.DateTimeField(db_default=Now())
    last_read_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["coach"], condition=Q(revoked_at__isnull=True), name="calendar_feed_one_live_per_coach"
            )
        ]

    def __str__(self) -> str:
        return f"{self.coach_id}"
