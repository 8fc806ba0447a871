"""What the registry says no with."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.errors import DomainError, InvalidInput, NotAllowed


class InvalidValue(InvalidInput):
    """A value can't be read or can't be true; `code` is stable, the message is the remedy."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class IdentifierTaken(DomainError):
    """Another practitioner has this identifier."""

    code = "identifier_taken"


class UnknownSystem(InvalidInput):
    """There is no identifier system of this code."""

    code = "unknown_system"


class NotActive(DomainError):
    """The practitioner doesn't practise (any more)."""

    code = "practitioner_not_active"


class AlreadyActive(DomainError):
    """The practitioner practises already."""

    code = "practitioner_already_active"


class RecordMerged(DomainError):
    """The record was merged into another one, which is the one to change."""

    code = "record_merged"


class SameRecord(DomainError):
    """A record can't be merged into itself."""

    code = "same_record"


class HasMergedRecords(DomainError):
    """Other records were merged into this one, so it is the one to keep."""

    code = "has_merged_records"


class NotRestricted(DomainError):
    """There is no contact restriction to lift."""

    code = "not_restricted"


class OrganisationExists(DomainError):
    """An organisation of this name has this enterprise number already."""

    code = "organisation_exists"


class AffiliationOverlaps(DomainError):
    """The practitioner has another main practice in that period."""

    code = "affiliation_overlaps"


class FieldsNotYours(NotAllowed):
    """Some of the fields are kept by the office."""

    code = "fields_not_allowed"

    def __init__(self, fields: Iterable[str]) -> None:
        names = sorted(fields)
        message = _("The office keeps these fields; ask the coordinator to change them: %(fields)s.")
        each = _("The office keeps this field; ask the coordinator to change it.")
        super().__init__(message % {"fields": ", ".join(names)}, fields=dict.fromkeys(names, each))
