"""Which segment each practitioner was sorted into, by which run and why."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from adoption.enums import RunState, Segment
from core.models import Referenced

from .scheme import SchemeVersion


class SegmentationRun(Referenced):
    """One run of a scheme's version, on the figures up to a month."""

    version = models.ForeignKey(SchemeVersion, on_delete=models.PROTECT, related_name="runs")
    as_of = models.DateField(help_text="The last month of figures that was used (its first day).")
    state = models.CharField(max_length=8, choices=RunState, default=RunState.RUNNING)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    practitioners = models.PositiveIntegerField(default=0, help_text="How many were sorted.")
    changed = models.PositiveIntegerField(default=0, help_text="Assignments written.")
    moved = models.PositiveIntegerField(default=0, help_text="Practitioners whose segment changed.")
    statistics = models.JSONField(default=dict, help_text="Mean, deviation and bounds that the classes were cut at.")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["version", "-id"], name="segmentation_run_latest")]
        constraints = [
            models.CheckConstraint(condition=Q(as_of__day=1), name="segmentation_run_as_of_is_first_day"),
            models.CheckConstraint(
                condition=Q(state="running", finished_at__isnull=True) | Q(state="done", finished_at__isnull=False),
                name="segmentation_run_finished_when_done",
            ),
        ]
        triggers = [pgtrigger.Protect(name="segmentation_run_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.version} {self.as_of:%Y-%m}"


class SegmentAssignment(models.Model):
    """A practitioner's segment from one run until a later run wrote another.

    A run writes only what changed: an assignment holds from `first_run` up to the run before
    `ended_by`; the current one has no `ended_by`. `entered_by` is the run in which the practitioner
    came into this segment: it is kept when only the evidence changes, so it marks the edge.

    A run writes a row for everybody at first, and checking foreign keys is most of that work. Those
    to the run itself and to its version aren't checked: the run that writes them is there, and the
    database refuses to delete a run.
    """

    version = models.ForeignKey(
        SchemeVersion, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    practitioner = models.ForeignKey(
        "practitioners.Practitioner", on_delete=models.CASCADE, related_name="segment_assignments"
    )
    segment = models.CharField(max_length=16, choices=Segment)
    previous_segment = models.CharField(max_length=16, choices=Segment, blank=True)
    evidence = models.JSONField(help_text="The numbers that led to the segment.")
    first_run = models.ForeignKey(
        SegmentationRun, on_delete=models.PROTECT, related_name="assignments", db_constraint=False
    )
    entered_by = models.ForeignKey(
        SegmentationRun, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    ended_by = models.ForeignKey(SegmentationRun, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "practitioner"],
                condition=Q(ended_by__isnull=True),
                name="segment_assignment_one_current",
            ),
            models.CheckConstraint(condition=Q(segment__in=Segment.values), name="segment_assignment_segment_known"),
        ]
        indexes = [
            models.Index(
                fields=["version", "segment", "practitioner"],
                condition=Q(ended_by__isnull=True),
                name="segment_assignment_current",
            ),
            models.Index(fields=["ended_by"], condition=Q(ended_by__isnull=False), name="segment_assignment_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner_id}: {self.segment}"


class SegmentCount(models.Model):
    """How many practitioners a run found in a segment; the run's `practitioners` is the base."""

    run = models.ForeignKey(SegmentationRun, on_delete=models.CASCADE, related_name="counts")
    segment = models.CharField(max_length=16, choices=Segment)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "segment"], name="segment_count_once")]

    def __str__(self) -> str:
        return f"{self.segment}: {self.count}"
