"""A case: one practitioner being helped on one track."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from coaching.enums import CaseOutcome, CaseState, Track
from core.models import Referenced, Timestamped


@pghistory.track(pghistory.UpdateEvent(), exclude=["updated_at"])
class Case(Referenced, Timestamped):
    """A practitioner is helped towards a goal on a track, by a coach once one is assigned."""

    practitioner = models.ForeignKey("practitioners.Practitioner", on_delete=models.PROTECT, related_name="cases")
    track = models.CharField(max_length=24, choices=Track)
    coach = models.ForeignKey("coaching.Coach", null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    goal_indicator = models.ForeignKey(
        "adoption.Indicator", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    goal_value = models.FloatField(null=True, blank=True, help_text="Coverage as a fraction, a count or a score.")
    goal_months = models.PositiveSmallIntegerField(default=3, help_text="Months for which the goal must be held.")
    ends_on = models.DateField(null=True, blank=True, help_text="The last day of the work; empty for an open end.")
    state = models.CharField(max_length=8, choices=CaseState, default=CaseState.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    opened_because = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(max_length=24, choices=CaseOutcome, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner", "track"], condition=~Q(state="closed"), name="case_one_live_per_track"
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) & ~Q(outcome="")
                | (~Q(state="closed") & Q(closed_at__isnull=True, closed_by__isnull=True, outcome="")),
                name="case_closed_whole_or_not_at_all",
            ),
            models.CheckConstraint(
                condition=Q(goal_indicator__isnull=True, goal_value__isnull=True)
                | Q(goal_indicator__isnull=False, goal_value__isnull=False),
                name="case_goal_whole_or_absent",
            ),
        ]
        indexes = [models.Index(fields=["coach"], condition=~Q(state="closed"), name="case_live_by_coach")]

    def __str__(self) -> str:
        return f"{self.track}: {self.practitioner_id}"

    @property
    def is_live(self) -> bool:
        """Whether the case still goes on."""
        return self.state != CaseState.CLOSED
