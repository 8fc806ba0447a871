"""A practitioner's way through a playbook."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from coaching.enums import EnrolmentState, ExitReason
from core.models import Referenced


class Enrolment(Referenced):
    """One case going through one version of a playbook.

    `edge` is the run in which the practitioner came into the segment: one edge enrols once.
    """

    case = models.ForeignKey("coaching.Case", on_delete=models.PROTECT, related_name="enrolments")
    practitioner = models.ForeignKey("practitioners.Practitioner", on_delete=models.PROTECT, related_name="enrolments")
    playbook = models.ForeignKey("coaching.Playbook", on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.ForeignKey("coaching.PlaybookVersion", on_delete=models.PROTECT, related_name="enrolments")
    state = models.CharField(max_length=9, choices=EnrolmentState, default=EnrolmentState.LIVE)
    waiting_for = models.CharField(max_length=16, blank=True, help_text="The anchor that is missing.")
    enrolled_on = models.DateField()
    enrolled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    edge = models.ForeignKey(
        "adoption.SegmentationRun", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    last_published = models.DateField(
        null=True, blank=True, help_text="For who stopped publishing: the last month with figures above nothing."
    )
    segment = models.CharField(max_length=16, blank=True, help_text="The segment that led to the enrolment.")
    evidence = models.JSONField(default=dict, help_text="The numbers behind the segment at enrolment.")
    ended_on = models.DateField(null=True, blank=True)
    exit_reason = models.CharField(max_length=16, choices=ExitReason, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner", "playbook"],
                condition=Q(state__in=["live", "waiting", "paused"]),
                name="enrolment_one_live_per_playbook",
            ),
            models.UniqueConstraint(
                fields=["practitioner", "playbook", "edge"],
                condition=Q(edge__isnull=False),
                name="enrolment_once_per_edge",
            ),
            models.UniqueConstraint(
                fields=["practitioner", "playbook", "last_published"],
                condition=Q(last_published__isnull=False),
                name="enrolment_once_per_lapse",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["live", "waiting", "paused"], ended_on__isnull=True, exit_reason="")
                | Q(state="completed", ended_on__isnull=False, exit_reason="")
                | (Q(state="exited", ended_on__isnull=False) & ~Q(exit_reason="")),
                name="enrolment_ended_whole_or_not_at_all",
            ),
            models.CheckConstraint(
                condition=(Q(state="waiting") & ~Q(waiting_for="")) | (~Q(state="waiting") & Q(waiting_for="")),
                name="enrolment_waiting_names_anchor",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=["live", "waiting", "paused"]), name="enrolment_live")
        ]

    def __str__(self) -> str:
        return f"{self.practitioner_id} in {self.version_id}"
