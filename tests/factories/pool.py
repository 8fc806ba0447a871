"""Follow-ups that wait for somebody, written as rows: for tests of who gets them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from accounts.enums import Role
from coaching.models import Case, Coach, Enrolment, FollowUp, PlaybookStep, PlaybookVersion
from core.history import quick_history, recorded
from practitioners.models import Practitioner
from tests.factories.accounts import UserFactory
from tests.factories.coaching import at

DAY = dt.timedelta(days=1)


def step_of(track: str = "coaching", place: int = 0) -> PlaybookStep:
    """A step of the track's first playbook that is active."""
    version = PlaybookVersion.objects.filter(state="active", playbook__track=track).order_by("playbook__code")[0]
    return version.steps.order_by("position")[place]


def wait(
    people: Sequence[Practitioner],
    *,
    target: dt.date,
    before: int = 3,
    after: int = 7,
    track: str = "coaching",
    channel: str = "visit",
    coach: Coach | None = None,
    assignee: Coach | None = None,
    step: PlaybookStep | None = None,
    **columns: Any,
) -> list[FollowUp]:
    """An open follow-up for each, from so many days before its target to so many after; nobody has it by default."""
    step = step or step_of(track)
    opened = at(target - 30 * DAY)
    quick_history()
    with recorded(None, source="test"):
        cases = Case.objects.bulk_create(
            Case(practitioner=person, track=track, coach=coach, opened_at=opened) for person in people
        )
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(
            case=case,
            practitioner_id=case.practitioner_id,
            playbook=step.version.playbook,
            version=step.version,
            enrolled_on=target - 30 * DAY,
        )
        for case in cases
    )
    columns = {"state": "planned", "channel": channel, "assignee": assignee} | columns
    days = {"opens_on": target - before * DAY, "target_on": target, "closes_on": target + after * DAY}
    return FollowUp.objects.bulk_create(
        FollowUp(enrolment=enrolment, step=step, practitioner_id=enrolment.practitioner_id, **days | columns)
        for enrolment in enrolments
    )


def team_member(
    *,
    communes: Iterable[str] = (),
    languages: Iterable[str] = ("fr", "nl"),
    tracks: Iterable[str] = ("coaching", "technical_support"),
    weekly: int = 20,
    daily: int = 6,
    role: str = Role.COACH,
    **user: Any,
) -> Coach:
    """A coach as the proposal looks at one."""
    coach = Coach.objects.create(
        user=UserFactory(role=role, **user),
        languages=list(languages),
        tracks=list(tracks),
        weekly_capacity=weekly,
        daily_capacity=daily,
    )
    coach.communes.set(communes)
    return coach
