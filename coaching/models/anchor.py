"""Days that other parts of the product tell, from which the delays of steps run."""

from django.db import models
from django.db.models import Q

from coaching.enums import Anchor

TOLD = [Anchor.SESSION_ATTENDED, Anchor.WAVE_START]
"""The anchors that are told; the others are found in the work itself."""


class AnchorDay(models.Model):
    """A practitioner attended a session, or the wave of their pilot starts, on a day.

    `source` says where the day comes from (a participation's or a session's reference), so that it can
    be told again and moved.
    """

    practitioner = models.ForeignKey("practitioners.Practitioner", on_delete=models.CASCADE, related_name="anchor_days")
    anchor = models.CharField(max_length=16, choices=Anchor)
    day = models.DateField()
    source = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practitioner", "anchor", "source"], name="anchor_day_once_per_source"),
            models.CheckConstraint(
                condition=Q(anchor__in=["session_attended", "wave_start"]), name="anchor_day_is_told"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.anchor}: {self.day}"
