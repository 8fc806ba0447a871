"""Cases that went from one coach to another."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.models import Referenced


class Handover(Referenced):
    """A coach took over a case, or some of its follow-ups, from another, with what the newcomer must know.

    `summary` holds facts, told in the reader's language when it is shown: contacts so far, the last
    conversation, open barriers, what was promised, what is still to be done.
    """

    case = models.ForeignKey("coaching.Case", on_delete=models.CASCADE, related_name="handovers")
    from_coach = models.ForeignKey("coaching.Coach", null=True, on_delete=models.PROTECT, related_name="+")
    to_coach = models.ForeignKey("coaching.Coach", on_delete=models.PROTECT, related_name="+")
    whole_case = models.BooleanField(default=True, help_text="Or only the follow-ups that the summary names.")
    reason = models.CharField(max_length=300, blank=True)
    summary = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_coach__isnull=True) | ~Q(from_coach=F("to_coach")), name="handover_between_two"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.from_coach_id} > {self.to_coach_id}"
