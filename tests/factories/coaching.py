"""Coaches, segments and the planner's days for tests."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.enums import Role
from adoption.enums import RunState
from adoption.models import Indicator, Measurement, SchemeVersion, SegmentAssignment, SegmentationRun
from coaching.enums import Track
from coaching.models import Coach, FollowUp, PlannerRun, PlaybookStep
from coaching.services import plan_follow_ups
from practitioners.models import Practitioner
from tests.factories.accounts import UserFactory

MONDAY = dt.date(2018, 7, 2)
"""A working day on which tests begin."""


def at(day: dt.date, hour: int = 10) -> dt.datetime:
    """A moment of a day in Brussels."""
    return dt.datetime.combine(day, dt.time(hour), tzinfo=timezone.get_default_timezone())


def make_coach(*, role: str = Role.COACH, tracks: Iterable[str] = tuple(Track.values), **user: Any) -> Coach:
    """A coach for both tracks, with a user of their own."""
    return Coach.objects.create(user=UserFactory(role=role, **user), tracks=list(tracks), languages=["fr", "nl"])


def sort(
    segments: Mapping[Practitioner, str], *, scheme: str = "volume-bands", month: dt.date | None = None
) -> SegmentationRun:
    """A segmentation run of the working version that finds these practitioners in these segments.

    Written as a run of the product writes it: only what changed, `entered_by` kept where the segment stays.
    """
    version = SchemeVersion.objects.select_related("scheme").get(scheme__code=scheme, number=1)
    SchemeVersion.objects.exclude(pk=version.pk).update(is_working=False)
    SchemeVersion.objects.filter(pk=version.pk).update(is_working=True)
    run = SegmentationRun.objects.create(
        version=version, as_of=month or MONDAY.replace(day=1), state=RunState.DONE, finished_at=timezone.now()
    )
    for practitioner, segment in segments.items():
        held = SegmentAssignment.objects.filter(version=version, practitioner=practitioner, ended_by=None).first()
        if held is not None and held.segment == segment:
            continue
        if held is not None:
            held.ended_by = run
            held.save()
        SegmentAssignment.objects.create(
            version=version,
            practitioner=practitioner,
            segment=segment,
            previous_segment=held.segment if held else "",
            evidence={"volume": 6.0, "months": 12},
            first_run=run,
            entered_by=run,
        )
    return run


def change_step(code: str, *, playbook: str = "coaching_late_majority", **columns: Any) -> None:
    """Change a step of a playbook's versions although they are in use, as if they had been made so.

    The database refuses that to everybody (steps of a used version are fixed); a test may switch its triggers off.
    """
    with as_if_never_used():
        changed = PlaybookStep.objects.filter(code=code, version__playbook__code=playbook).update(**columns)
    assert changed


@contextmanager
def as_if_never_used() -> Iterator[None]:
    """Let a test write to versions in use: no trigger fires inside, foreign keys aside."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


def plan(on: dt.date) -> PlannerRun:
    """One run of the planner."""
    run = plan_follow_ups(on=on)
    assert isinstance(run, PlannerRun)
    return run


def figure(
    practitioner: Practitioner, indicator: str, month: dt.date, value: float, denominator: float | None = None
) -> None:
    """One figure of one practitioner."""
    Measurement.objects.create(
        indicator=Indicator.objects.get(code=indicator),
        practitioner=practitioner,
        month=month,
        value=value,
        denominator=denominator,
    )


def the_open(practitioner: Practitioner) -> FollowUp:
    """The one follow-up of a practitioner that is open."""
    return FollowUp.objects.select_related("step", "enrolment__case").get(
        practitioner=practitioner, state__in=["planned", "due", "deferred"]
    )
