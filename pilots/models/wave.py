"""Waves: pilot projects that start together."""

from django.db import models
from django.db.models import F, Q

from core.models import Catalogue, Referenced


class Wave(Referenced, Catalogue):
    """A group of pilot projects with a start, an end and a goal in common."""

    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    goal = models.TextField(blank=True)

    class Meta:
        ordering = ["starts_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="wave_dates_in_order"
            )
        ]
