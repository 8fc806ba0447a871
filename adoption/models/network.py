"""Figures of the network as a whole: portal, consents, consultations, the deck's own; and the premium's thresholds."""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language

from core.models import Catalogue, Referenced

from .indicator import Indicator


class NetworkMeasurement(Catalogue):
    """A published figure of the whole network in one month, with its base where it has one.

    `code` says what is measured and is the same in every month. `usual` is what an ordinary month
    brings, where the source says so.
    """

    code = models.SlugField(max_length=64, help_text="What is measured; the same word in every month.")
    month = models.DateField(db_index=True)
    value = models.FloatField()
    is_approximate = models.BooleanField(default=False, help_text="The source says 'about'.")
    usual = models.FloatField(null=True, blank=True, help_text="The value of an ordinary month.")
    base = models.FloatField(null=True, blank=True, help_text="The number of which the value is a part.")
    base_name_en = models.CharField(max_length=200, blank=True)
    base_name_fr = models.CharField(max_length=200, blank=True)
    base_name_nl = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["month", "code"]
        constraints = [
            models.UniqueConstraint(fields=["code", "month"], name="network_measurement_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="network_measurement_month_is_first_day"),
            models.CheckConstraint(
                condition=Q(base__isnull=True, base_name_en="") | (Q(base__isnull=False) & ~Q(base_name_en="")),
                name="network_measurement_base_has_name",
            ),
        ]

    @property
    def base_name(self) -> str:
        """The base's name in the reader's language, English where that one is empty."""
        language = (get_language() or "en")[:2]
        return str(getattr(self, f"base_name_{language}", "") or self.base_name_en)


class PremiumThreshold(Referenced):
    """The coverage that the integrated practice premium asks for at the end of a year.

    Known for some years only; a year without a row has no known threshold, and none is guessed.
    """

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="premium_thresholds")
    year = models.PositiveSmallIntegerField()
    minimum = models.FloatField(help_text="Coverage as a fraction: 0.25 is 25 %.")
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["indicator", "year"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "year"], name="premium_threshold_once_a_year"),
            models.CheckConstraint(condition=Q(minimum__gt=0, minimum__lte=1), name="premium_threshold_is_a_fraction"),
        ]

    def __str__(self) -> str:
        return f"{self.year}: {self.minimum:.0%}"
