"""Figures of the network as a whole: portal, consents, consultations, the deck's own."""

from django.db import models
from django.db.models import Q

from core.models import Catalogue


class NetworkMeasurement(Catalogue):
    """A published figure of the whole network in one month, with its base where it has one."""

    month = models.DateField(db_index=True)
    series = models.SlugField(max_length=64, help_text="What is measured; the same word in every month.")
    value = models.FloatField()
    base = models.FloatField(null=True, blank=True, help_text="The number of which the value is a part.")
    base_name_en = models.CharField(max_length=200, blank=True)
    base_name_fr = models.CharField(max_length=200, blank=True)
    base_name_nl = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["month", "series"]
        constraints = [
            models.UniqueConstraint(fields=["series", "month"], name="network_measurement_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="network_measurement_month_is_first_day"),
            models.CheckConstraint(
                condition=Q(base__isnull=True, base_name_en="") | (Q(base__isnull=False) & ~Q(base_name_en="")),
                name="network_measurement_base_has_name",
            ),
        ]
