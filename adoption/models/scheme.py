"""How practitioners are sorted into segments: named schemes with pinned versions."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from adoption.enums import SchemeKind
from core.models import Catalogue, Referenced

from .indicator import Indicator


class SegmentationScheme(Referenced, Catalogue):
    """A named way of sorting; its rule is either time of adoption or volume, and it says which."""

    kind = models.CharField(max_length=16, choices=SchemeKind)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=SchemeKind.values), name="scheme_kind_known")
        ]


class SchemeVersion(Referenced):
    """A scheme with its parameters; immutable once run, so other parameters make another version."""

    scheme = models.ForeignKey(SegmentationScheme, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    parameters = models.JSONField(default=dict)
    is_working = models.BooleanField(default=False, help_text="The version that the playbooks follow.")
    first_run_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["scheme", "number"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "number"], name="scheme_version_number_once"),
            models.UniqueConstraint(fields=["scheme", "indicator", "parameters"], name="scheme_version_pinned_once"),
            models.UniqueConstraint(
                fields=["is_working"], condition=Q(is_working=True), name="scheme_version_one_working"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} v{self.number}"
