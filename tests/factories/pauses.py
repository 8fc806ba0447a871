"""Pauses for tests, and what they do to a follow-up."""

import datetime as dt
from typing import Any

from coaching.models import Enrolment, FollowUp, Pause
from coaching.services import start_pause
from practitioners.models import Practitioner
from tests.factories.coaching import MONDAY, at

DAY = dt.timedelta(days=1)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (MONDAY + n * DAY for n in range(1, 6))
NEXT_MONDAY = MONDAY + 7 * DAY


def pause(
    first: dt.date = TUESDAY,
    last: dt.date = THURSDAY,
    *,
    on: dt.date = MONDAY,
    scope: str = "quiet_period",
    **target: Any,
) -> Pause:
    """A pause from a day to a day, recorded on the Monday."""
    return start_pause(
        scope=scope, starts_on=first, ends_on=last, reason="School holidays", by=None, at=at(on), **target
    )


def enrolment(person: Practitioner) -> Enrolment:
    """The last enrolment of somebody."""
    return Enrolment.objects.select_related("case").filter(practitioner=person).latest("pk")


def dates(row: FollowUp) -> tuple[dt.date, dt.date, dt.date]:
    """When it opens, is best and closes, as it stands."""
    row.refresh_from_db()
    return row.opens_on, row.target_on, row.closes_on
