"""What keeps practitioners from adopting: the catalogue, and where each was seen."""

from django.db import models
from django.db.models import Q

from coaching.enums import BarrierFactor, CfirDomain
from core.models import Catalogue, Referenced


class BarrierTheme(Catalogue):
    """A group of barriers, of the technology or of the environment."""

    factor = models.CharField(max_length=10, choices=BarrierFactor)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]


class Barrier(Catalogue):
    """A reason why professionals don't adopt, as the deck names it."""

    theme = models.ForeignKey(BarrierTheme, on_delete=models.PROTECT, related_name="barriers")
    cfir_domain = models.CharField(max_length=16, choices=CfirDomain)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["theme__position", "position"]


class BarrierSighting(Referenced):
    """A barrier seen at a practitioner, from a visit on until it is resolved."""

    practitioner = models.ForeignKey("practitioners.Practitioner", on_delete=models.CASCADE, related_name="barriers")
    barrier = models.ForeignKey(Barrier, on_delete=models.PROTECT, related_name="+")
    visit = models.ForeignKey(
        "coaching.Visit", null=True, blank=True, on_delete=models.SET_NULL, related_name="barriers"
    )
    severity = models.PositiveSmallIntegerField(default=2, help_text="1 slight, 2 hindering, 3 blocking.")
    seen_on = models.DateField()
    resolved_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(severity__range=(1, 3)), name="barrier_sighting_severity_1_to_3"),
            models.UniqueConstraint(
                fields=["practitioner", "barrier"],
                condition=Q(resolved_on__isnull=True),
                name="barrier_sighting_open_once",
            ),
            models.CheckConstraint(
                condition=Q(resolved_on__isnull=True) | Q(resolved_on__gte=models.F("seen_on")),
                name="barrier_sighting_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.barrier_id} ({self.severity})"
