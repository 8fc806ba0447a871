"""Contacts with practitioners: visits, calls and the rest, and what came of them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from coaching.enums import Channel, Outcome, VisitState
from core.models import Catalogue, Referenced, Timestamped


class Topic(Catalogue):
    """Something that was talked about."""

    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position"]


class Visit(Referenced, Timestamped):
    """A contact that is planned or took place. Its notes hold nothing about patients."""

    practitioner = models.ForeignKey("practitioners.Practitioner", on_delete=models.PROTECT, related_name="visits")
    case = models.ForeignKey("coaching.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="visits")
    coach = models.ForeignKey("coaching.Coach", on_delete=models.PROTECT, related_name="visits")
    follow_up = models.ForeignKey(
        "coaching.FollowUp", null=True, blank=True, on_delete=models.PROTECT, related_name="visits"
    )
    kind = models.CharField(max_length=16, choices=Channel, default=Channel.VISIT)
    state = models.CharField(max_length=9, choices=VisitState, default=VisitState.PLANNED)
    planned_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    topics = models.ManyToManyField(Topic, blank=True, related_name="+")
    present = models.CharField(max_length=200, blank=True, help_text="Who was there.")
    notes = models.TextField(blank=True)
    promised = models.TextField(blank=True, help_text="What was promised to the practitioner.")
    next_step = models.CharField(max_length=300, blank=True)
    next_step_on = models.DateField(null=True, blank=True)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["practitioner", "-started_at"], name="visit_by_practitioner"),
            models.Index(fields=["coach", "-started_at", "-id"], name="visit_by_coach"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(Q(state="done", started_at__isnull=False) & ~Q(outcome=""))
                | (~Q(state="done") & Q(outcome="", signed_at__isnull=True)),
                name="visit_done_has_start_and_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(state="planned") | Q(planned_at__isnull=False), name="visit_planned_has_time"
            ),
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(minutes__lte=600), name="visit_minutes_within_ten_hours"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.practitioner_id}"


class Readiness(models.Model):
    """How ready a practitioner is, on the five elements of ADKAR (Prosci), each scored 1 to 5."""

    practitioner = models.ForeignKey("practitioners.Practitioner", on_delete=models.CASCADE, related_name="readiness")
    visit = models.OneToOneField(Visit, null=True, blank=True, on_delete=models.CASCADE, related_name="readiness")
    scored_on = models.DateField()
    awareness = models.PositiveSmallIntegerField()
    desire = models.PositiveSmallIntegerField()
    knowledge = models.PositiveSmallIntegerField()
    ability = models.PositiveSmallIntegerField()
    reinforcement = models.PositiveSmallIntegerField()

    ELEMENTS = ("awareness", "desire", "knowledge", "ability", "reinforcement")

    class Meta:
        ordering = ["-scored_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(awareness__range=(1, 5))
                & Q(desire__range=(1, 5))
                & Q(knowledge__range=(1, 5))
                & Q(ability__range=(1, 5))
                & Q(reinforcement__range=(1, 5)),
                name="readiness_scores_1_to_5",
            )
        ]

    def __str__(self) -> str:
        return f"{self.practitioner_id}: {self.barrier_point or 'ready'}"

    @property
    def barrier_point(self) -> str:
        """The first element, in order, that is scored 3 or less; empty when none is."""
        return next((element for element in self.ELEMENTS if getattr(self, element) <= 3), "")
