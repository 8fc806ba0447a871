"""Registering practitioners and changing what is known of them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.errors import InvalidInput
from core.history import recorded
from practitioners.enums import ContactRestriction, InactiveReason, PractitionerStatus
from practitioners.errors import AlreadyActive, IdentifierTaken, NotActive, NotRestricted, RecordMerged
from practitioners.models import Identifier, Practitioner
from practitioners.services import cleaning


@transaction.atomic
def register_practitioner(
    *,
    family_name: str,
    by: User | None,
    identifiers: Mapping[str, str] | None = None,
    at: dt.datetime | None = None,
    **details: Any,
) -> Practitioner:
    """Add a practitioner to the registry, with identifiers by the code of their system.

    `details` are the other fields of a practitioner (given_name, language, email, phone, profession,
    commune, software, software_since, connected_since, attributes). Raises InvalidInput naming the
    fields, IdentifierTaken when somebody has an identifier already.
    """
    values = cleaning.cleaned({"family_name": family_name, **details}, cleaning.PRACTITIONER)
    _check_software(values, None)
    checked = cleaning.cleaned_identifiers(identifiers or {})
    with recorded(by):
        practitioner = Practitioner.objects.create(**values)
        for system, identifier in checked:
            _give(practitioner, system, identifier)
    return practitioner


@transaction.atomic
def update_practitioner(
    *,
    practitioner: Practitioner,
    by: User | None,
    identifiers: Mapping[str, str] | None = None,
    at: dt.datetime | None = None,
    **changes: Any,
) -> Practitioner:
    """Change fields or identifiers of a practitioner; what isn't named stays, what is equal isn't written.

    An identifier replaces the practitioner's one of the same system. Another software without
    `software_since` forgets the old date. Raises InvalidInput, IdentifierTaken or RecordMerged.
    """
    locked = _locked(practitioner)
    values = cleaning.cleaned(changes, cleaning.PRACTITIONER)
    if "software" in values and values["software"] != locked.software and "software_since" not in values:
        values["software_since"] = None
    _check_software(values, locked)
    changed = [name for name, value in values.items() if getattr(locked, name) != value]
    with recorded(by):
        if changed:
            for name in changed:
                setattr(locked, name, values[name])
            locked.save(update_fields=[*changed, "updated_at"])
        for system, identifier in cleaning.cleaned_identifiers(identifiers or {}):
            _give(locked, system, identifier)
    return locked


@transaction.atomic
def deactivate_practitioner(
    *,
    practitioner: Practitioner,
    reason: str,
    by: User | None,
    since: dt.date | None = None,
    at: dt.datetime | None = None,
) -> Practitioner:
    """Say that a practitioner no longer practises, why and since when (today by default)."""
    locked = _locked(practitioner)
    if not locked.is_active:
        raise NotActive(_("%(name)s is inactive already.") % {"name": locked.name})
    if reason not in InactiveReason.values or reason == InactiveReason.MERGED:
        raise InvalidInput(_("Give a reason from the list."), fields={"reason": _("Give a reason from the list.")})
    locked.status = PractitionerStatus.INACTIVE
    locked.inactive_reason = InactiveReason(reason)
    locked.inactive_since = since or _day(at)
    with recorded(by):
        locked.save(update_fields=["status", "inactive_reason", "inactive_since", "updated_at"])
    return locked


@transaction.atomic
def reactivate_practitioner(
    *, practitioner: Practitioner, by: User | None, at: dt.datetime | None = None
) -> Practitioner:
    """Say that a practitioner practises again."""
    locked = _locked(practitioner)
    if locked.is_active:
        raise AlreadyActive(_("%(name)s is active already.") % {"name": locked.name})
    locked.status = PractitionerStatus.ACTIVE
    locked.inactive_reason = ""
    locked.inactive_since = None
    with recorded(by):
        locked.save(update_fields=["status", "inactive_reason", "inactive_since", "updated_at"])
    return locked


@transaction.atomic
def restrict_contact(
    *,
    practitioner: Practitioner,
    reason: str,
    by: User | None,
    until: dt.date | None = None,
    at: dt.datetime | None = None,
) -> Practitioner:
    """Keep everyone from contacting a practitioner, with a reason, until a day (included) or for good.

    A second restriction replaces the first.
    """
    locked = _locked(practitioner)
    values = cleaning.cleaned({"reason": reason, "until": until}, cleaning.RESTRICTION)
    if until is not None and until < _day(at):
        message = _("The restriction would end before today. Give a later day, or none.")
        raise InvalidInput(message, fields={"until": message})
    locked.restriction = ContactRestriction.DO_NOT_CONTACT
    locked.restriction_reason = values["reason"]
    locked.restriction_until = until
    with recorded(by):
        locked.save(update_fields=["restriction", "restriction_reason", "restriction_until", "updated_at"])
    return locked


@transaction.atomic
def lift_restriction(*, practitioner: Practitioner, by: User | None, at: dt.datetime | None = None) -> Practitioner:
    """Allow contact again."""
    locked = _locked(practitioner)
    if locked.restriction == ContactRestriction.NONE:
        raise NotRestricted(_("%(name)s may be contacted already.") % {"name": locked.name})
    locked.restriction = ContactRestriction.NONE
    locked.restriction_reason = ""
    locked.restriction_until = None
    with recorded(by):
        locked.save(update_fields=["restriction", "restriction_reason", "restriction_until", "updated_at"])
    return locked


# --- Parts ------------------------------------------------------------------------------------------


def _locked(practitioner: Practitioner) -> Practitioner:
    locked = Practitioner.objects.select_for_update().get(pk=practitioner.pk)
    if locked.merged_into_id is not None:
        raise RecordMerged(_("This record was merged into another one; change that one."))
    return locked


def _day(at: dt.datetime | None) -> dt.date:
    return timezone.localdate(at) if at is not None else clock.today()


def _check_software(values: dict[str, Any], current: Practitioner | None) -> None:
    software = values.get("software", current.software if current else None)
    since = values.get("software_since", current.software_since if current else None)
    if since is not None and software is None:
        message = _("Say which software is used since that day.")
        raise InvalidInput(message, fields={"software_since": message})


def _give(practitioner: Practitioner, system: Any, checked: Any) -> None:
    """Give a practitioner this identifier, in the place of the one of the same system.

    Of two, which a merge leaves, it is the one that has this value already, else the older one.
    """
    own = Identifier.objects.filter(practitioner=practitioner, system=system).order_by("pk")
    identifier = (
        own.filter(value=checked.value).first() or own.first() or Identifier(practitioner=practitioner, system=system)
    )
    if (identifier.value, identifier.written) == (checked.value, checked.written):
        return
    identifier.value, identifier.written = checked.value, checked.written
    try:
        with transaction.atomic():
            identifier.save()
            practitioner.save(update_fields=["updated_at"])
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != "identifier_once_per_system":
            raise
        message = _("Another practitioner has the %(system)s %(value)s.") % {
            "system": system.name,
            "value": checked.written,
        }
        raise IdentifierTaken(message, fields={f"identifiers.{system.code}": message}) from None
