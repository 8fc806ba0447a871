"""Which enrolment was held by which pause, from when until when."""

from django.db import models
from django.db.models import F, Q


class Hold(models.Model):
    """An enrolment is held by a pause from a day until the day on which it goes on."""

    enrolment = models.ForeignKey("coaching.Enrolment", on_delete=models.CASCADE, related_name="holds")
    pause = models.ForeignKey("coaching.Pause", on_delete=models.PROTECT, related_name="holds")
    held_on = models.DateField()
    released_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "pause"], name="hold_once_per_pause"),
            models.CheckConstraint(
                condition=Q(released_on__isnull=True) | Q(released_on__gte=F("held_on")), name="hold_days_in_order"
            ),
        ]
        indexes = [models.Index(fields=["enrolment"], condition=Q(released_on__isnull=True), name="hold_open")]

    def __str__(self) -> str:
        return f"{self.enrolment_id} by {self.pause_id}"
