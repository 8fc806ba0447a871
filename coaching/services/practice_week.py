"""A practice's week kept in one go: which weekdays it is closed on, and when it receives visits."""

from collections.abc import Iterable

from django.db import transaction

from accounts.models import User
from coaching.models import PracticeClosure
from coaching.services.calendars import Hours, close_practice, reopen_practice, set_visiting_hours
from practitioners.models import Organisation


@transaction.atomic
def keep_practice_week(
    *, organisation: Organisation, closed: Iterable[int], hours: Iterable[Hours], by: User | None
) -> None:
    """Say on which weekdays (0 Monday) a practice is closed and when it receives visits, in place of before.

    All of it or nothing. Errors: those of `set_visiting_hours` and `close_practice`.
    """
    wanted = set(closed)
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    known = PracticeClosure.objects.filter(organisation=organisation, weekday__isnull=False)
    held = {closure.weekday: closure for closure in known.select_related("organisation")}
    # Days are opened first and closed last, so that no step on the way leaves fewer days than the result.
    for weekday in held.keys() - wanted:
        reopen_practice(closure=held[weekday], by=by)
    set_visiting_hours(organisation=organisation, hours=hours, by=by)
    for weekday in sorted(wanted - held.keys()):
        close_practice(organisation=organisation, weekday=weekday, by=by)
