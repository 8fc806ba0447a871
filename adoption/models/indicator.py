"""What is measured."""

from django.db import models

from adoption.enums import IndicatorKind
from core.models import Catalogue, Referenced, Timestamped


class Indicator(Referenced, Timestamped, Catalogue):
    """A figure known per practitioner and month: a count, a coverage with its denominator, or a score."""

    kind = models.CharField(max_length=8, choices=IndicatorKind)
    unit = models.CharField(max_length=40, blank=True)
    publishes = models.BooleanField(
        default=False, help_text="A value above zero means that the practitioner published in that month."
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=IndicatorKind.values), name="indicator_kind_known")
        ]
