"""How practitioners are sorted into segments: named schemes with pinned versions."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from adoption.enums import SchemeKind
from core.models import Catalogue, Referenced

from .indicator import Indicator

TIME_BASED = frozenset({SchemeKind.ROGERS, SchemeKind.VALENTE})


class SegmentationScheme(Referenced, Catalogue):
    """A named way of sorting; its rule is either time of adoption or volume, and it says which."""

    kind = models.CharField(max_length=16, choices=SchemeKind)

    class Meta:
        ordering = ["code"]
        constraints = [models.CheckConstraint(condition=Q(kind__in=SchemeKind.values), name="scheme_kind_known")]

    @property
    def is_time_based(self) -> bool:
        """Whether it sorts by when somebody adopted (Rogers, Valente) and not by how much they publish."""
        return self.kind in TIME_BASED


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
        triggers = [
            pgtrigger.Protect(
                name="scheme_version_immutable_once_run",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__first_run_at__isnull=False)
                & (
                    pgtrigger.Q(old__parameters__df=pgtrigger.F("new__parameters"))
                    | pgtrigger.Q(old__indicator__df=pgtrigger.F("new__indicator"))
                    | pgtrigger.Q(old__scheme__df=pgtrigger.F("new__scheme"))
                    | pgtrigger.Q(old__number__df=pgtrigger.F("new__number"))
                    | pgtrigger.Q(old__first_run_at__df=pgtrigger.F("new__first_run_at"))
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.scheme} v{self.number}"
