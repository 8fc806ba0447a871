"""The registry as REST clients read it, and what they send."""

from typing import Any

from django.db.models import F, JSONField, OuterRef, Subquery
from rest_framework import serializers

from core.api import fields
from core.api.representation import JsonObject, Representation, array_of
from practitioners.enums import (
    ContactLanguage,
    ContactRestriction,
    InactiveReason,
    OrganisationKind,
    PractitionerStatus,
    Profession,
)
from practitioners.models import Affiliation, Commune, Identifier, Organisation, Practitioner, SoftwareProduct

NIS_CODE = r"^[0-9]{5}$"


class CommuneRepresentation(Representation):
    """A municipality, named by its NIS code; two of them can share a postal code."""

    nis_code = serializers.RegexField(NIS_CODE)
    name_fr = serializers.CharField()
    name_nl = serializers.CharField()
    postal_codes = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Commune


class CommuneNameRepresentation(Representation):
    """A municipality's code and names."""

    nis_code = serializers.RegexField(NIS_CODE)
    name_fr = serializers.CharField()
    name_nl = serializers.CharField()

    class Meta:
        model = Commune


class SoftwareProductRepresentation(Representation):
    """A software package that practices work with."""

    ref = serializers.UUIDField()
    vendor = serializers.CharField()
    name = serializers.CharField()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    updated_at = serializers.DateTimeField()

    class Meta:
        model = SoftwareProduct


class SoftwareNameRepresentation(Representation):
    """A software package's ref and name."""

    ref = serializers.UUIDField()
    vendor = serializers.CharField()
    name = serializers.CharField()

    class Meta:
        model = SoftwareProduct


class OrganisationRepresentation(Representation):
    """A practice, hospital or other care organisation."""

    ref = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(OrganisationKind.choices)
    enterprise_number = serializers.CharField()
    street = serializers.CharField()
    postal_code = serializers.CharField()
    commune = CommuneNameRepresentation(allow_null=True)
    phone = serializers.CharField()
    closed_on = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    class Meta:
        model = Organisation


class OrganisationNameRepresentation(Representation):
    """An organisation's ref and name."""

    ref = serializers.UUIDField()
    name = serializers.CharField()

    class Meta:
        model = Organisation


class IdentifierRepresentation(Representation):
    """How another system names a practitioner: `value` is its stable key, `written` the whole number."""

    system = serializers.CharField(source="system.code")
    value = serializers.CharField()
    written = serializers.CharField()

    class Meta:
        model = Identifier


class PractitionerNameRepresentation(Representation):
    """A practitioner's ref and name."""

    ref = serializers.UUIDField()
    given_name = serializers.CharField()
    family_name = serializers.CharField()

    class Meta:
        model = Practitioner


def _current_practice(prefix: str) -> Subquery:
    current = Affiliation.objects.filter(practitioner=OuterRef(f"{prefix}pk"), is_primary=True, until=None)
    inner = JsonObject({"ref": F("organisation__ref"), "name": F("organisation__name")})
    return Subquery(current.values_list(inner)[:1], output_field=JSONField())


class PractitionerRepresentation(Representation):
    """One adopter of the network: who, how to reach them, what they work with."""

    ref = serializers.UUIDField()
    given_name = serializers.CharField()
    family_name = serializers.CharField()
    profession = serializers.ChoiceField(Profession.choices)
    language = serializers.ChoiceField(ContactLanguage.choices)
    email = serializers.CharField()
    phone = serializers.CharField()
    status = serializers.ChoiceField(PractitionerStatus.choices)
    inactive_reason = serializers.ChoiceField(InactiveReason.choices, allow_blank=True)
    inactive_since = serializers.DateField(allow_null=True)
    merged_into = serializers.UUIDField(source="merged_into.ref", allow_null=True)
    restriction = serializers.ChoiceField(ContactRestriction.choices)
    restriction_reason = serializers.CharField()
    restriction_until = serializers.DateField(allow_null=True)
    commune = CommuneNameRepresentation(allow_null=True)
    organisation = OrganisationNameRepresentation(allow_null=True)
    software = SoftwareNameRepresentation(allow_null=True)
    software_since = serializers.DateField(allow_null=True)
    connected_since = serializers.DateField(allow_null=True)
    identifiers = IdentifierRepresentation(many=True)
    attributes = serializers.DictField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    class Meta:
        model = Practitioner
        expressions = {
            "organisation": _current_practice,
            "identifiers": lambda prefix: array_of(
                IdentifierRepresentation,
                Identifier.objects.order_by("system__code", "value"),
                practitioner=f"{prefix}pk",
            ),
        }


# --- What clients send ------------------------------------------------------------------------------


def _everything(model: Any) -> Any:
    return lambda user: model.objects.all()


class _Scalar(serializers.Field):
    """A text, number, truth value or null."""

    schema = {"type": ["string", "number", "boolean"], "maxLength": 2000}
    default_error_messages = {"invalid": "A text of at most 2000 characters, a number, true, false or null."}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict | list) or (isinstance(data, str) and len(data) > 2000):
            self.fail("invalid")
        return data


class PractitionerInput(fields.Input):
    """What is known of a practitioner; what isn't named stays as it is."""

    family_name = fields.Text(max_length=150)
    given_name = fields.Text(max_length=100, required=False, allow_blank=True)
    profession = fields.Choice(Profession.choices, required=False)
    language = fields.Choice(ContactLanguage.choices, required=False)
    email = fields.Text(max_length=254, required=False, allow_blank=True)
    phone = fields.Text(max_length=40, required=False, allow_blank=True, help_text="Kept as E.164.")
    commune = fields.Code(_everything(Commune), field="nis_code", pattern=NIS_CODE, required=False, allow_null=True)
    organisation = fields.Ref(_everything(Organisation), required=False, help_text="Where they are visited.")
    software = fields.Ref(_everything(SoftwareProduct), required=False, allow_null=True)
    software_since = fields.Day(required=False, allow_null=True)
    connected_since = fields.Day(required=False, allow_null=True)
    identifiers = fields.Map(
        child=fields.Text(max_length=64), largest=10, required=False, help_text="By the code of their system."
    )
    attributes = fields.Map(child=_Scalar(allow_null=True), largest=200, required=False)


class OrganisationInput(fields.Input):
    """What is known of an organisation."""

    name = fields.Text(max_length=200)
    kind = fields.Choice(OrganisationKind.choices, required=False)
    enterprise_number = fields.Text(max_length=20, required=False, allow_blank=True)
    street = fields.Text(max_length=200, required=False, allow_blank=True)
    postal_code = fields.Text(max_length=10, required=False, allow_blank=True)
    commune = fields.Code(_everything(Commune), field="nis_code", pattern=NIS_CODE, required=False, allow_null=True)
    phone = fields.Text(max_length=40, required=False, allow_blank=True)
    closed_on = fields.Day(required=False, allow_null=True)
