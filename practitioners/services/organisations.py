"""Practices and other organisations, and who works where."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.history import recorded
from practitioners.enums import AffiliationRole
from practitioners.errors import AffiliationOverlaps, OrganisationExists
from practitioners.models import Affiliation, Organisation, Practitioner
from practitioners.services import cleaning


@transaction.atomic
def register_organisation(*, name: str, by: User | None, at: dt.datetime | None = None, **details: Any) -> Organisation:
    """Add a care organisation; `details` are kind, enterprise_number, street, postal_code, commune, phone, closed_on.

    Raises InvalidInput naming the fields, or OrganisationExists.
    """
    values = cleaning.cleaned({"name": name, **details}, cleaning.ORGANISATION)
    with recorded(by):
        return _kept(Organisation(**values), None)


@transaction.atomic
def update_organisation(
    *, organisation: Organisation, by: User | None, at: dt.datetime | None = None, **changes: Any
) -> Organisation:
    """Change fields of an organisation; what isn't named stays."""
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    values = cleaning.cleaned(changes, cleaning.ORGANISATION)
    changed = [field for field, value in values.items() if getattr(locked, field) != value]
    for field in changed:
        setattr(locked, field, values[field])
    with recorded(by):
        return _kept(locked, [*changed, "updated_at"]) if changed else locked


def _kept(organisation: Organisation, update_fields: list[str] | None) -> Organisation:
    try:
        with transaction.atomic():
            organisation.save(update_fields=update_fields)
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if constraint != "organisation_enterprise_number_and_name_once":
            raise
        message = _("There is an organisation of this name and enterprise number already.")
        raise OrganisationExists(message, fields={"enterprise_number": message}) from None
    return organisation


@transaction.atomic
def affiliate(
    *,
    practitioner: Practitioner,
    organisation: Organisation,
    by: User | None,
    role: str = AffiliationRole.MEMBER,
    since: dt.date | None = None,
    is_primary: bool = True,
    at: dt.datetime | None = None,
) -> Affiliation:
    """Say that a practitioner works in an organisation since a day.

    A main affiliation ends the current main one the day before (or corrects it, when it began the
    same day). Without `since` a practitioner's first one is open at its beginning, and a change
    happens today. Naming the current organisation again changes nothing but the role. Raises
    AffiliationOverlaps when another main one stands in that period, in the past or still to come.
    """
    role = cleaning.cleaned({"role": role}, cleaning.AFFILIATION)["role"]
    locked = Practitioner.objects.select_for_update().get(pk=practitioner.pk)
    today = timezone.localdate(at) if at is not None else clock.today()
    live = Affiliation.objects.filter(practitioner=locked, is_primary=is_primary, until=None)
    with recorded(by):
        same = live.filter(organisation=organisation).first()
        if same is not None and (since is None or same.since is None or since >= same.since):
            return _with_role(same, role)
        _touch(locked)
        current = live.first() if is_primary else None
        if current is None:
            return _affiliated(locked, organisation, role, since, is_primary)
        since = since or max(today, current.since or today)
        if current.since == since:
            current.organisation, current.role = organisation, AffiliationRole(role)
            current.save(update_fields=["organisation", "role"])
            return current
        if current.since is not None and current.since > since:
            raise _overlap()
        current.until = since - dt.timedelta(days=1)
        current.save(update_fields=["until"])
        return _affiliated(locked, organisation, role, since, is_primary)


def end_affiliation(
    *, affiliation: Affiliation, until: dt.date, by: User | None, at: dt.datetime | None = None
) -> Affiliation:
    """Say on which day an affiliation ended, that day included."""
    with transaction.atomic(), recorded(by):
        locked = Affiliation.objects.select_for_update().get(pk=affiliation.pk)
        if locked.since is not None and until < locked.since:
            raise AffiliationOverlaps(_("It can't end before it began."))
        locked.until = until
        locked.save(update_fields=["until"])
        _touch(locked.practitioner)
        return locked


def _touch(practitioner: Practitioner) -> None:
    """Readers that ask for changes since a moment see a practitioner whose practice changed."""
    practitioner.save(update_fields=["updated_at"])


def _with_role(affiliation: Affiliation, role: str) -> Affiliation:
    if affiliation.role != role:
        affiliation.role = AffiliationRole(role)
        affiliation.save(update_fields=["role"])
    return affiliation


def _affiliated(
    practitioner: Practitioner, organisation: Organisation, role: str, since: dt.date | None, is_primary: bool
) -> Affiliation:
    if since is None and is_primary:
        # Open at its beginning, unless an ended one is known.
        last = Affiliation.objects.filter(practitioner=practitioner, is_primary=True).filter(~Q(until=None))
        ended = max((affiliation.until for affiliation in last if affiliation.until), default=None)
        since = ended + dt.timedelta(days=1) if ended else None
    try:
        with transaction.atomic():
            return Affiliation.objects.create(
                practitioner=practitioner, organisation=organisation, role=role, since=since, is_primary=is_primary
            )
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if constraint != "affiliation_one_primary_at_a_time":
            raise
        raise _overlap() from None


def _overlap() -> AffiliationOverlaps:
    return AffiliationOverlaps(
        _("The practitioner has another main practice in that period. Choose a later day, or end that one first.")
    )
