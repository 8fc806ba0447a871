"""Follow-ups: dated occurrences of steps, and every change of their state."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from coaching.enums import OPEN_FOLLOW_UPS, Channel, EscalationLevel, FollowUpState, Outcome, ResolvedBy
from core.models import Referenced

_OPEN = ["planned", "due", "deferred"]


class FollowUp(Referenced):
    """One contact to make, any day between `opens_on` and `closes_on`, best on `target_on`.

    `reason` holds the evidence from which "why me, why today, what next" is told: anchor, anchor's
    day, delay, unit, roll and what the target was before it was rolled.
    """

    enrolment = models.ForeignKey(
        "coaching.Enrolment", on_delete=models.PROTECT, related_name="follow_ups", db_index=False
    )
    step = models.ForeignKey("coaching.PlaybookStep", on_delete=models.PROTECT, related_name="+", db_index=False)
    occurrence = models.PositiveSmallIntegerField(default=1)
    practitioner = models.ForeignKey("practitioners.Practitioner", on_delete=models.PROTECT, related_name="follow_ups")
    channel = models.CharField(max_length=16, choices=Channel)
    state = models.CharField(max_length=9, choices=FollowUpState, default=FollowUpState.PLANNED)
    opens_on = models.DateField()
    target_on = models.DateField()
    closes_on = models.DateField()
    assignee = models.ForeignKey(
        "coaching.Coach", null=True, blank=True, on_delete=models.PROTECT, related_name="follow_ups", db_index=False
    )
    reason = models.JSONField(default=dict)
    is_frozen = models.BooleanField(default=False, help_text="Started or edited by hand: the planner leaves it alone.")
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    done_on = models.DateField(null=True, blank=True)
    resolved_by = models.CharField(max_length=6, choices=ResolvedBy, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True, db_default=Now(), db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "step", "occurrence"], name="follow_up_exactly_once"),
            models.UniqueConstraint(
                fields=["enrolment"], condition=Q(state__in=_OPEN), name="follow_up_one_open_per_enrolment"
            ),
            models.CheckConstraint(
                condition=Q(opens_on__lte=F("target_on")) & Q(target_on__lte=F("closes_on")),
                name="follow_up_dates_in_order",
            ),
            models.CheckConstraint(
                condition=(Q(state="done", done_on__isnull=False) & ~Q(resolved_by=""))
                | (~Q(state="done") & Q(done_on__isnull=True, resolved_by="")),
                name="follow_up_done_whole_or_not_at_all",
            ),
        ]
        indexes = [
            models.Index(fields=["target_on", "id"], condition=Q(state__in=_OPEN), name="follow_up_open_by_target"),
            models.Index(
                fields=["assignee", "target_on", "id"], condition=Q(state__in=_OPEN), name="follow_up_open_by_assignee"
            ),
            models.Index(fields=["opens_on"], condition=Q(state__in=["planned", "deferred"]), name="follow_up_to_open"),
            models.Index(fields=["closes_on"], condition=Q(state__in=_OPEN), name="follow_up_open_by_close"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.target_on}"

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.state in OPEN_FOLLOW_UPS


class FollowUpEvent(models.Model):
    """A change of a follow-up: made, assigned, moved or brought into another state, by whom and why."""

    follow_up = models.ForeignKey(FollowUp, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, help_text="planned, state, started, assigned or moved.")
    from_state = models.CharField(max_length=9, choices=FollowUpState, blank=True)
    to_state = models.CharField(max_length=9, choices=FollowUpState)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(db_default=Now())
    reason = models.CharField(max_length=300, blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind}: {self.from_state} > {self.to_state}"


class Escalation(models.Model):
    """A window closed without the contact: who was told, once per level."""

    follow_up = models.ForeignKey(FollowUp, on_delete=models.CASCADE, related_name="escalations")
    level = models.CharField(max_length=11, choices=EscalationLevel)
    raised_on = models.DateField()
    settled_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["follow_up", "level"], name="escalation_once_per_level")]

    def __str__(self) -> str:
        return f"{self.follow_up_id}: {self.level}"
