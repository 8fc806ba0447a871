"""Care organisations and who works in them, over time."""

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q

from core.models import Referenced, Searchable, Timestamped
from practitioners.enums import AffiliationRole, OrganisationKind


@pghistory.track(exclude=["search_name", "updated_at"])
class Organisation(Referenced, Timestamped):
    """A practice, hospital or other care organisation at one address."""

    name = models.CharField(max_length=200)
    search_name = models.GeneratedField(
        expression=Searchable(F("name")), output_field=models.TextField(), db_persist=True
    )
    kind = models.CharField(max_length=16, choices=OrganisationKind, default=OrganisationKind.GROUP)
    enterprise_number = models.CharField(max_length=10, blank=True, help_text="Ten digits, check digits verified.")
    street = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=4, blank=True)
    commune = models.ForeignKey(
        "practitioners.Commune", null=True, blank=True, on_delete=models.PROTECT, related_name="organisations"
    )
    phone = models.CharField(max_length=16, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [
            GinIndex(OpClass("search_name", name="gin_trgm_ops"), name="organisation_search"),
            models.Index(fields=["name", "id"], name="organisation_by_name"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise_number", "name"],
                condition=~Q(enterprise_number=""),
                name="organisation_enterprise_number_and_name_once",
            ),
            models.CheckConstraint(
                condition=Q(enterprise_number="") | Q(enterprise_number__regex=r"^[01][0-9]{9}$"),
                name="organisation_enterprise_number_form",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class _Period(models.Func):
    """The days of an affiliation as a range, open where `until` is empty."""

    function = "DATERANGE"
    output_field = DateRangeField()


@pghistory.track()
class Affiliation(models.Model):
    """A practitioner works in an organisation from a day until a day (the last one included)."""

    practitioner = models.ForeignKey(
        "practitioners.Practitioner", on_delete=models.CASCADE, related_name="affiliations"
    )
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="affiliations")
    role = models.CharField(max_length=8, choices=AffiliationRole, default=AffiliationRole.MEMBER)
    is_primary = models.BooleanField(default=True, help_text="Where the practitioner is visited.")
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["practitioner"],
                condition=Q(until__isnull=True, is_primary=True),
                include=["organisation"],
                name="affiliation_current_primary",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(since__isnull=True) | Q(until__gte=F("since")),
                name="affiliation_dates_in_order",
            ),
            ExclusionConstraint(
                name="affiliation_one_primary_at_a_time",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    (_Period("since", "until", RangeBoundary(inclusive_upper=True)), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_primary=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner_id} @ {self.organisation_id}"
