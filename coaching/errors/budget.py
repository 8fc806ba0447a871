"""What the contact budget says no with."""

import datetime as dt

from django.utils.translation import gettext as _

from core.errors import DomainError
from core.months import day_in_words


class BudgetSpent(DomainError):
    """The practitioner is contacted as often as the budget allows; `next_free_on` is in the context, where it is known."""

    code = "contact_budget_spent"

    def __init__(self, *, contacts: int, days: int, next_free_on: dt.date | None) -> None:
        told = _("Over %(days)d days this practitioner has %(contacts)d contacts, which is all that may be.") % {
            "contacts": contacts,
            "days": days,
        }
        if next_free_on is not None:
            later = _("The next one is free from %(day)s.") % {"day": day_in_words(next_free_on)}
        else:
            later = _("Complete what is due first.")
        super().__init__(f"{told} {later}", next_free_on=next_free_on.isoformat() if next_free_on else None)
