"""What files were brought in, by whom, and which of their rows were refused."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.models import Referenced
from practitioners.enums import ImportKind, ImportState, RowSeverity


class ImportRun(Referenced):
    """One reading of one file, with its counts.

    A killed one stays `running`, and left nothing behind, until the next import marks it as failed.
    `summary` holds what the counts don't say: organisations and software made, the first changes.
    """

    kind = models.CharField(max_length=16, choices=ImportKind)
    state = models.CharField(max_length=8, choices=ImportState, default=ImportState.RUNNING)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64, blank=True)
    options = models.JSONField(default=dict, help_text="System, indicator, mapping and the other choices made.")
    dry_run = models.BooleanField(default=False)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    rows_read = models.PositiveIntegerField(default=0)
    rows_created = models.PositiveIntegerField(default=0)
    rows_updated = models.PositiveIntegerField(default=0)
    rows_unchanged = models.PositiveIntegerField(default=0)
    rows_in_error = models.PositiveIntegerField(default=0)
    rows_with_warning = models.PositiveIntegerField(default=0, db_default=0)
    unmapped_columns = models.JSONField(default=list)
    summary = models.JSONField(default=dict, db_default={})
    message = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | (~Q(state__in=["queued", "running"]) & Q(finished_at__isnull=False)),
                name="import_run_finished_when_not_running",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"


class ImportRowError(models.Model):
    """A row that was refused or is odd: where it stands, what is wrong with it and how to mend it."""

    severity = models.CharField(max_length=8, choices=RowSeverity, default=RowSeverity.ERROR, db_default="error")
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="row_errors")
    line = models.PositiveIntegerField()
    field = models.CharField(max_length=100)
    value = models.TextField(blank=True)
    code = models.CharField(max_length=40)
    remedy = models.TextField()

    class Meta:
        ordering = ["line", "id"]

    def __str__(self) -> str:
        return f"{self.line}: {self.field}"
