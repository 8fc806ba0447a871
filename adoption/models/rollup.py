"""Sums kept by the imports and runs, so that progress is read without touching millions of figures."""

from django.db import models
from django.db.models.functions import Now

from adoption.enums import Segment

from .indicator import Indicator


class AdoptionRollup(models.Model):
    """The figures of active practitioners of one commune, software and segment in one month.

    `practitioners` counts the active ones with those attributes, `reporting` those with a figure in
    the month, `publishers` those with a value above zero.
    """

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="+", db_index=False)
    month = models.DateField()
    commune = models.ForeignKey("practitioners.Commune", null=True, on_delete=models.CASCADE, related_name="+")
    software = models.ForeignKey("practitioners.SoftwareProduct", null=True, on_delete=models.CASCADE, related_name="+")
    segment = models.CharField(max_length=16, choices=Segment, default=Segment.UNASSIGNED)
    practitioners = models.PositiveIntegerField()
    reporting = models.PositiveIntegerField()
    publishers = models.PositiveIntegerField()
    value_sum = models.FloatField()
    denominator_sum = models.FloatField(null=True)
    computed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "month", "commune", "software", "segment"],
                nulls_distinct=False,
                name="adoption_rollup_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.month:%Y-%m}"
