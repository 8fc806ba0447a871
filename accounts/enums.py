"""The closed lists of accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person does here; each role has its own home page."""

    COACH = "coach", _("Coach")
    TECHNICIAN = "technician", _("Technician")
    COORDINATOR = "coordinator", _("Coordinator")
    MANAGER = "manager", _("Change manager")
    OPERATOR = "operator", _("Operator")
    CLIENT = "client", _("REST client")


FIELD_ROLES = frozenset({Role.COACH, Role.TECHNICIAN})
"""Roles that visit practitioners: they see the practitioners of their communes and cases."""

OFFICE_ROLES = frozenset({Role.COORDINATOR, Role.MANAGER, Role.OPERATOR})
"""Roles that see the whole network."""


class Language(models.TextChoices):
    """The languages of pages and mails."""

    FRENCH = "fr", _("French")
    DUTCH = "nl", _("Dutch")
    ENGLISH = "en", _("English")


class TokenScope(models.TextChoices):
    """What a token may do within its owner's role."""

    READ = "read", _("Read")
    WRITE = "write", _("Read and write")


class NoticeKind(models.TextChoices):
    """What people can be told by mail."""

    MORNING_DIGEST = "morning_digest", _("Morning digest")
    WEEKLY_DIGEST = "weekly_digest", _("Weekly digest")
    OPENING_REMINDER = "opening_reminder", _("What opens today")
    ESCALATION = "escalation", _("Escalations")
    HANDOVER = "handover", _("Handovers")


NOTICES: dict[str, dict[str, bool]] = {
    NoticeKind.MORNING_DIGEST: {Role.COACH: True, Role.TECHNICIAN: True},
    NoticeKind.WEEKLY_DIGEST: {Role.COORDINATOR: True},
    NoticeKind.OPENING_REMINDER: {Role.COACH: False, Role.TECHNICIAN: False},
    NoticeKind.ESCALATION: {Role.COACH: True, Role.TECHNICIAN: True, Role.COORDINATOR: True, Role.MANAGER: True},
    NoticeKind.HANDOVER: {Role.COACH: True, Role.TECHNICIAN: True},
}
"""The roles that a notice is for, and whether they get it until they choose otherwise."""
