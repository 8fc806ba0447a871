"""Contacts that other parts of the product make, within the practitioner's contact budget."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from coaching.enums import Channel, ContactPurpose
from coaching.errors import BudgetSpent, NotContactable
from coaching.models import OutsideContact
from coaching.selectors.budget import budget_of
from coaching.selectors.contactable import may_be_contacted
from coaching.services import recording
from core.errors import InvalidInput
from practitioners.models import Practitioner

MOST_LETTERS = 100
CHANNELS = [channel for channel in Channel.values if channel != Channel.FIGURES_CHECK]
"""A check on the figures is nobody's contact."""


@transaction.atomic
def spend_contact_budget(
    *,
    practitioner: Practitioner,
    purpose: str,
    channel: str,
    on: dt.date,
    source: str,
    by: User | None = None,
) -> OutsideContact:
    """Take one contact of a practitioner's budget for an invitation or a pilot project, before it is made.

    `source` names what the contact is for (a participation's or an invitation's reference): asked again
    for the same source it gives the contact that was taken, on whatever day. The practitioner is locked,
    so no follow-up opens at the same time in the last place. Whether `by` may invite is the caller's question.
    Errors: BudgetSpent, with the next free day; NotContactable; InvalidInput for an unknown purpose or channel.
    """
    for name, value, known in (("purpose", purpose, ContactPurpose.values), ("channel", channel, CHANNELS)):
        if value not in known:
            message = _("Use one of: %(known)s.") % {"known": ", ".join(known)}
            raise InvalidInput(message, fields={name: message})
    if not source or len(source) > MOST_LETTERS:
        message = _("Name what the contact is for, in 100 characters at most.")
        raise InvalidInput(message, fields={"source": message})
    recording.lock_practitioners([practitioner.pk])
    known_already = OutsideContact.objects.filter(practitioner=practitioner, source=source).first()
    if known_already is not None:
        return known_already
    if not may_be_contacted(Practitioner.objects.get(pk=practitioner.pk), on):
        raise NotContactable
    budget = budget_of(practitioner, on)
    if budget is not None and not budget.left:
        raise BudgetSpent(contacts=budget.contacts, days=budget.days, next_free_on=budget.next_free_on)
    return OutsideContact.objects.create(
        practitioner=practitioner, purpose=purpose, channel=channel, made_on=on, source=source
    )


@transaction.atomic
def give_back(*, practitioner: Practitioner, source: str, by: User | None = None) -> bool:
    """Give a contact back that wasn't made after all; False where none was taken for this source.

    What was deferred for it opens with the next run of the planner, oldest window first.
    """
    recording.lock_practitioners([practitioner.pk])
    deleted, _rows = OutsideContact.objects.filter(practitioner=practitioner, source=source).delete()
    return bool(deleted)
