"""Business software that practices work with."""

from django.db import models

from core.models import Referenced, Timestamped


class SoftwareProduct(Referenced, Timestamped):
    """A package of a vendor. Packages come and go, so they are rows with dates."""

    vendor = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=120)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True, help_text="The day on which it is discontinued.")

    class Meta:
        ordering = ["name", "vendor"]
        constraints = [
            models.UniqueConstraint(fields=["vendor", "name"], name="software_product_once"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="software_product_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} {self.name}".strip()
