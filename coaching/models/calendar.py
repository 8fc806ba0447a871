"""Days on which nobody is visited, beyond the public holidays."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q

from coaching.enums import AbsenceKind, DayPart
from core.models import Referenced


class _Days(models.Func):
    """The days from one to another, both included, as a range."""

    function = "DATERANGE"
    output_field = DateRangeField()


class TeamDay(models.Model):
    """A day on which the whole team is away."""

    day = models.DateField(unique=True)
    reason = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.day}: {self.reason}"


class Absence(Referenced):
    """A coach is away from a day to a day, both included; a half day lies on one day."""

    coach = models.ForeignKey("coaching.Coach", on_delete=models.CASCADE, related_name="absences")
    kind = models.CharField(max_length=8, choices=AbsenceKind, default=AbsenceKind.LEAVE)
    first_day = models.DateField()
    last_day = models.DateField()
    part = models.CharField(max_length=9, choices=DayPart, default=DayPart.WHOLE)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="absence_days_in_order"),
            models.CheckConstraint(
                condition=Q(part="whole") | Q(first_day=F("last_day")), name="absence_half_day_is_one_day"
            ),
            ExclusionConstraint(
                name="absence_whole_days_do_not_overlap",
                expressions=[
                    ("coach", RangeOperators.EQUAL),
                    (_Days("first_day", "last_day", RangeBoundary(inclusive_upper=True)), RangeOperators.OVERLAPS),
                ],
                condition=Q(part="whole"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coach_id}: {self.first_day}..{self.last_day}"


class PracticeClosure(models.Model):
    """A practice is closed on a weekday (0 Monday to 6 Sunday), or from a day to a day."""

    organisation = models.ForeignKey("practitioners.Organisation", on_delete=models.CASCADE, related_name="closures")
    weekday = models.PositiveSmallIntegerField(null=True, blank=True)
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__range=(0, 6), first_day__isnull=True, last_day__isnull=True)
                | Q(weekday__isnull=True, last_day__gte=F("first_day")),
                name="practice_closure_weekday_or_days",
            ),
            models.UniqueConstraint(fields=["organisation", "weekday"], name="practice_closure_weekday_once"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.weekday if self.weekday is not None else self.first_day}"


class VisitingHours(models.Model):
    """A practice receives visits on a weekday (0 Monday to 6 Sunday) from an hour to an hour.

    A practice with hours is visited only within them; one without, at any hour of the days on which it is open.
    """

    organisation = models.ForeignKey(
        "practitioners.Organisation", on_delete=models.CASCADE, related_name="visiting_hours"
    )
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["organisation", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="visiting_hours_weekday_known"),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="visiting_hours_in_order"),
            models.UniqueConstraint(fields=["organisation", "weekday", "opens"], name="visiting_hours_once"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.weekday} {self.opens:%H:%M}-{self.closes:%H:%M}"
