"""What can be done with the registry."""

from .catalogue import load_catalogue
from .importing import ImportReport, import_practitioners
from .merging import merge_practitioners
from .organisations import affiliate, end_affiliation, register_organisation, update_organisation
from .practitioners import (
    deactivate_practitioner,
    lift_restriction,
    reactivate_practitioner,
    register_practitioner,
    restrict_contact,
    update_practitioner,
)

__all__ = [
    "ImportReport",
    "affiliate",
    "deactivate_practitioner",
    "end_affiliation",
    "import_practitioners",
    "lift_restriction",
    "load_catalogue",
    "merge_practitioners",
    "reactivate_practitioner",
    "register_organisation",
    "register_practitioner",
    "restrict_contact",
    "update_organisation",
    "update_practitioner",
]
