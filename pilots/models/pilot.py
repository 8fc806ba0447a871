"""Pilot projects and the practitioners who take part in them."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q

from core.models import Referenced, Timestamped

from .wave import Wave


class Pilot(Referenced, Timestamped):
    """A project that connects a care organisation or an application to the regional health vault."""

    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="pilots")
    name = models.CharField(max_length=200)
    use_case = models.CharField(max_length=300, blank=True)
    lead_organisation = models.ForeignKey(
        "practitioners.Organisation", on_delete=models.PROTECT, related_name="pilots_led"
    )
    coach = models.ForeignKey("coaching.Coach", null=True, blank=True, on_delete=models.PROTECT, related_name="pilots")

    class Meta:
        ordering = ["wave", "name"]
        constraints = [models.UniqueConstraint(fields=["wave", "name"], name="pilot_name_once_per_wave")]

    def __str__(self) -> str:
        return self.name


class _Days(models.Func):
    """The days of a participation as a range, open where `until` is empty."""

    function = "DATERANGE"
    output_field = DateRangeField()


class Participation(models.Model):
    """A practitioner takes part in a pilot from a day until a day, in one pilot at a time."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="participations")
    practitioner = models.ForeignKey(
        "practitioners.Practitioner", on_delete=models.PROTECT, related_name="participations"
    )
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="participation_dates_in_order"
            ),
            ExclusionConstraint(
                name="participation_one_pilot_at_a_time",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    (_Days("since", "until", RangeBoundary(inclusive_upper=True)), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner_id} in {self.pilot_id}"
