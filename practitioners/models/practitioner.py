"""A practitioner: who they are, how they may be reached, what they work with."""

import pghistory
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from core.models import Referenced, Searchable, Timestamped
from practitioners.enums import (
    ContactLanguage,
    ContactRestriction,
    InactiveReason,
    PractitionerStatus,
    Profession,
)


@pghistory.track(exclude=["search_name", "updated_at"])
class Practitioner(Referenced, Timestamped):
    """One adopter of the network, a person or, in networks that count practices, a practice."""

    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=150)
    search_name = models.GeneratedField(
        expression=Searchable(Concat(F("family_name"), Value(" "), F("given_name"))),
        output_field=models.TextField(),
        db_persist=True,
    )
    profession = models.CharField(max_length=24, choices=Profession, default=Profession.GENERAL_PRACTITIONER)
    language = models.CharField(max_length=2, choices=ContactLanguage, default=ContactLanguage.FRENCH)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=16, blank=True, help_text="E.164, such as +3225551234.")
    status = models.CharField(max_length=8, choices=PractitionerStatus, default=PractitionerStatus.ACTIVE)
    inactive_reason = models.CharField(max_length=16, choices=InactiveReason, blank=True)
    inactive_since = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    restriction = models.CharField(max_length=16, choices=ContactRestriction, default=ContactRestriction.NONE)
    restriction_reason = models.CharField(max_length=200, blank=True)
    restriction_until = models.DateField(null=True, blank=True, help_text="Empty for an open end.")
    commune = models.ForeignKey(
        "practitioners.Commune", null=True, blank=True, on_delete=models.PROTECT, related_name="practitioners"
    )
    software = models.ForeignKey(
        "practitioners.SoftwareProduct", null=True, blank=True, on_delete=models.PROTECT, related_name="practitioners"
    )
    software_since = models.DateField(null=True, blank=True)
    connected_since = models.DateField(null=True, blank=True, help_text="Connected to the network since this day.")
    attributes = models.JSONField(default=dict, blank=True, help_text="Columns of imports that have no field.")

    class Meta:
        indexes = [
            GinIndex(OpClass("search_name", name="gin_trgm_ops"), name="practitioner_search"),
            models.Index(fields=["family_name", "given_name", "id"], name="practitioner_by_name"),
            models.Index(fields=["commune", "family_name", "given_name", "id"], name="practitioner_by_commune"),
            models.Index(fields=["software", "family_name", "given_name", "id"], name="practitioner_by_software"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="active", inactive_reason="", inactive_since__isnull=True)
                | (Q(status="inactive", inactive_since__isnull=False) & ~Q(inactive_reason="")),
                name="practitioner_inactive_has_reason_and_since",
            ),
            models.CheckConstraint(
                condition=Q(restriction="none", restriction_reason="", restriction_until__isnull=True)
                | (Q(restriction="do_not_contact") & ~Q(restriction_reason="")),
                name="practitioner_restriction_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(software_since__isnull=True) | Q(software__isnull=False),
                name="practitioner_software_since_needs_software",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(status="inactive", inactive_reason="merged"),
                name="practitioner_merged_is_inactive",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Given name and family name."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def is_active(self) -> bool:
        """Whether the practitioner practises."""
        return self.status == PractitionerStatus.ACTIVE
