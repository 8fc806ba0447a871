"""The closed lists of the registry."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class IdentifierValidator(models.TextChoices):
    """How the values of an identifier system are checked and normalised."""

    NONE = "none", _("Any value")
    NIHDI = "nihdi", _("NIHDI number")
    ENTERPRISE = "enterprise", _("Enterprise number")


class Profession(models.TextChoices):
    """What kind of adopter this is."""

    GENERAL_PRACTITIONER = "general_practitioner", _("General practitioner")
    SPECIALIST = "specialist", _("Specialist")
    NURSE = "nurse", _("Nurse")
    PHARMACIST = "pharmacist", _("Pharmacist")
    OTHER = "other", _("Other")


class ContactLanguage(models.TextChoices):
    """The language in which a practitioner is addressed."""

    FRENCH = "fr", _("French")
    DUTCH = "nl", _("Dutch")


class PractitionerStatus(models.TextChoices):
    """Whether a practitioner practises."""

    ACTIVE = "active", _("Active")
    INACTIVE = "inactive", _("Inactive")


class InactiveReason(models.TextChoices):
    """Why a practitioner no longer practises here."""

    RETIRED = "retired", _("Retired")
    MOVED = "moved", _("Moved away")
    DECEASED = "deceased", _("Deceased")
    SUSPENDED = "suspended", _("Suspended")
    MERGED = "merged", _("Merged into another record")
    OTHER = "other", _("Other")


class ContactRestriction(models.TextChoices):
    """Whether a practitioner may be contacted."""

    NONE = "none", _("May be contacted")
    DO_NOT_CONTACT = "do_not_contact", _("Do not contact")


class OrganisationKind(models.TextChoices):
    """What kind of care organisation this is."""

    SOLO = "solo", _("Solo practice")
    GROUP = "group", _("Group practice")
    MEDICAL_HOUSE = "medical_house", _("Medical house")
    HOSPITAL = "hospital", _("Hospital")
    HOME_CARE = "home_care", _("Home care")
    CARE_HOME = "care_home", _("Care home")
    GUARD_POST = "guard_post", _("Guard post")


class AffiliationRole(models.TextChoices):
    """What a practitioner does in an organisation."""

    MEMBER = "member", _("Member")
    LEAD = "lead", _("Lead")
    TRAINEE = "trainee", _("Trainee")
    STAFF = "staff", _("Staff")


class ImportKind(models.TextChoices):
    """What a file brought in."""

    PRACTITIONERS = "practitioners", _("Practitioners")
    MEASURES = "measures", _("Figures")


class ImportState(models.TextChoices):
    """How far an import has come."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    FAILED = "failed", _("Failed")


class RowSeverity(models.TextChoices):
    """Whether a row of an import was refused, or went in with something to look at."""

    ERROR = "error", _("Error")
    WARNING = "warning", _("Warning")
