"""The planner's heartbeat."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.models import Referenced


class PlannerRun(Referenced):
    """One run of the planner: when, for which day, and what it did; an unfinished one was cut off."""

    planned_for = models.DateField()
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    enrolments_seen = models.PositiveIntegerField(default=0)
    enrolled = models.PositiveIntegerField(default=0)
    exited = models.PositiveIntegerField(default=0)
    made = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    resolved_by_usage = models.PositiveIntegerField(default=0)
    deferred = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    released = models.PositiveIntegerField(default=0)
    escalated = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["-finished_at"], condition=Q(finished_at__isnull=False), name="planner_run_finished")
        ]

    def __str__(self) -> str:
        return f"{self.planned_for}"
