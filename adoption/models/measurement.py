"""One figure of one practitioner in one month."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.models import Referenced

from .indicator import Indicator


class Measurement(models.Model):
    """A value of an indicator for a practitioner and a month (its first day).

    Keyed by what it is about and without a number of its own: an import writes millions of these.
    """

    pk = models.CompositePrimaryKey("indicator_id", "practitioner_id", "month")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+", db_index=False)
    practitioner = models.ForeignKey(
        "practitioners.Practitioner", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    month = models.DateField()
    value = models.FloatField()
    denominator = models.FloatField(null=True)
    updated_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        indexes = [models.Index(fields=["practitioner", "month"], name="measurement_by_practitioner")]
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="measurement_month_is_first_day"),
            models.CheckConstraint(
                condition=Q(denominator__isnull=True) | Q(denominator__gte=0), name="measurement_denominator_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.value}"


class MeasurementCorrection(Referenced):
    """What a figure was before a corrected file changed it."""

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+", db_index=False)
    practitioner = models.ForeignKey("practitioners.Practitioner", on_delete=models.CASCADE, related_name="+")
    month = models.DateField()
    old_value = models.FloatField()
    old_denominator = models.FloatField(null=True)
    new_value = models.FloatField()
    new_denominator = models.FloatField(null=True)
    import_run = models.ForeignKey("practitioners.ImportRun", null=True, on_delete=models.SET_NULL, related_name="+")
    corrected_at = models.DateTimeField(db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.old_value} > {self.new_value}"
