"""Follow-ups and visits that somebody is to be told of, made as rows with the dates that a test wants."""

import datetime as dt
from typing import Any

from coaching.models import Case, Coach, Enrolment, Escalation, FollowUp, PlaybookVersion, Visit
from practitioners.models import Affiliation, Commune, Organisation, Practitioner
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import at

DAY = dt.timedelta(days=1)


def person(name: str = "Peeters", given: str = "Jo", *, practice: str = "Cabinet du Parc") -> Practitioner:
    """Somebody who practises somewhere."""
    (practitioner,) = make_practitioners(1)
    practitioner.given_name, practitioner.family_name = given, name
    practitioner.save()
    commune = Commune.objects.order_by("nis_code")[0]
    organisation = Organisation.objects.create(
        name=practice, street="Avenue du Parc 12", postal_code="1060", commune=commune
    )
    Affiliation.objects.create(practitioner=practitioner, organisation=organisation)
    return practitioner


def owed(
    practitioner: Practitioner,
    coach: Coach | None,
    target_on: dt.date,
    *,
    before: int = 2,
    after: int = 5,
    state: str = "due",
    **changes: Any,
) -> FollowUp:
    """A follow-up that opens so many days before its best day and closes so many after, of the coach's own case."""
    version = PlaybookVersion.objects.select_related("playbook").filter(state="active").order_by("pk")[0]
    case, _new = Case.objects.get_or_create(
        practitioner=practitioner, track="coaching", defaults={"coach": coach, "opened_at": at(target_on - 30 * DAY)}
    )
    enrolment, _new = Enrolment.objects.get_or_create(
        case=case,
        practitioner=practitioner,
        playbook=version.playbook,
        version=version,
        defaults={"enrolled_on": target_on - 30 * DAY},
    )
    return FollowUp.objects.create(
        enrolment=enrolment,
        step=version.steps.order_by("position")[0],
        occurrence=enrolment.follow_ups.count() + 1,
        practitioner=practitioner,
        assignee=coach,
        state=state,
        opens_on=target_on - before * DAY,
        target_on=target_on,
        closes_on=target_on + after * DAY,
        **{"channel": "visit", **changes},
    )


def missed(practitioner: Practitioner, coach: Coach | None, closes_on: dt.date, level: str = "coach") -> Escalation:
    """A window that closed without the contact, escalated."""
    row = owed(practitioner, coach, closes_on - 5 * DAY, state="missed")
    return Escalation.objects.create(follow_up=row, level=level, raised_on=closes_on + DAY)


def planned_visit(practitioner: Practitioner, coach: Coach, moment: dt.datetime, **fields: Any) -> Visit:
    """A visit that is planned."""
    return Visit.objects.create(practitioner=practitioner, coach=coach, planned_at=moment, **fields)
