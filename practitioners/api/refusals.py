"""What the registry's constraints say to REST clients when they have the last word."""

from django.utils.translation import gettext_lazy as _

from core.api.constraints import Refusal

REFUSALS = {
    "identifier_once_per_system": Refusal(
        "identifier_taken", _("Another practitioner has this identifier."), "identifiers"
    ),
    "organisation_enterprise_number_and_name_once": Refusal(
        "organisation_exists", _("There is an organisation of this name and enterprise number already."), "name"
    ),
    "affiliation_one_primary_at_a_time": Refusal(
        "affiliation_overlaps", _("The practitioner has another main practice in that period."), "organisation"
    ),
    "practitioner_software_since_needs_software": Refusal(
        "software_missing", _("Say which software is used since that day."), "software_since"
    ),
}
