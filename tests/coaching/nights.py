"""A night that meets everything, what it must leave behind, and planners as processes to be disturbed in it."""

import datetime as dt
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection

from coaching.models import Case, CoachDay, Enrolment, Escalation, FollowUp, FollowUpEvent, PlannerRun
from coaching.selectors.audit import broken_rules
from coaching.services import assign_case, complete_follow_up, plan_follow_ups
from core.models import Occasion
from practitioners.models import Practitioner
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, figure, make_coach, sort, the_open
from tests.helpers.databases import restore_pristine_rows

PEOPLE = 72
DAY = dt.timedelta(days=1)
ON = MONDAY + 21 * DAY
SMALL_BATCHES = {"PLANNER_BATCH_SIZE": "5"}
BASE_DIR = Path(settings.BASE_DIR)


def scenario() -> None:
    """All that a night can meet: edges, closed windows, exits, usage, retries, a change of segment, moved anchors."""
    people = make_practitioners(PEOPLE)
    veterans, newcomers = people[: PEOPLE // 2], people[PEOPLE // 2 :]
    segments = {person: ("late_majority", "laggards")[n % 2] for n, person in enumerate(veterans)}
    sort(segments)
    plan_follow_ups(on=MONDAY)
    for n, person in enumerate(veterans):
        row = the_open(person)
        if n % 12 == 0:
            complete_follow_up(follow_up=row, outcome="done", by=None, at=at(MONDAY))
        elif n % 12 == 2:
            complete_follow_up(follow_up=row, outcome="no_answer", by=None, at=at(MONDAY + DAY))
        elif n % 12 == 3:
            figure(person, "sumehr_published", dt.date(2018, 7, 1), 4)
        elif n % 12 == 4:
            Practitioner.objects.filter(pk=person.pk).update(restriction="do_not_contact", restriction_reason="asked")
        elif n % 12 == 5:
            for _step in range(3):
                complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(MONDAY + 2 * DAY))
            figure(person, "sumehr_published", dt.date(2018, 7, 1), 2)
        elif n % 12 == 6:
            segments[person] = "laggards"
        elif n % 12 == 7:
            figure(person, "sumehr_published", dt.date(2018, 7, 1), 4)
            segments[person] = "late_majority"
    # Contacts that took place three days earlier than was said: what counts from them moves.
    done = FollowUp.objects.filter(state="done", done_on=MONDAY, channel="call")
    done.update(done_on=MONDAY - 3 * DAY, updated_at=at(MONDAY + 4 * DAY))
    sort(segments | dict.fromkeys(newcomers, "late_majority"))
    _coaches()


def _coaches() -> None:
    """Some of the cases have a coach, with less room than there is work."""
    coaches = [make_coach(last_name=f"Coach {n}") for n in range(3)]
    UserFactory(role="coordinator")
    for n, coach in enumerate(coaches):
        # Events name coaches by their refs.
        coach.ref, coach.daily_capacity, coach.weekly_capacity = uuid.UUID(int=n), 3, 8
        coach.save()
    cases = Case.objects.exclude(state="closed").order_by("practitioner__family_name", "track")
    for n, case in enumerate(cases):
        if n % 4:
            assign_case(case=case, coach=coaches[n % 3], by=None, at=at(MONDAY + 3 * DAY))


def rows() -> dict[str, list]:
    """All that the planner writes, without the ids and runs that differ from one database to another."""
    events = [
        (*rest, {key: value for key, value in data.items() if key != "run"})
        for *rest, data in FollowUpEvent.objects.order_by(
            "follow_up__practitioner__family_name", "follow_up__enrolment", "id"
        ).values_list(
            "follow_up__practitioner__family_name",
            "follow_up__step__code",
            "follow_up__occurrence",
            "kind",
            "from_state",
            "to_state",
            "reason",
            "data",
        )
    ]
    return {
        "cases": sorted(
            Case.objects.values_list("practitioner__family_name", "track", "state", "outcome", "goal_value")
        ),
        "enrolments": sorted(
            map(
                str,
                Enrolment.objects.values_list(
                    "practitioner__family_name",
                    "playbook__code",
                    "state",
                    "segment",
                    "enrolled_on",
                    "ended_on",
                    "exit_reason",
                    "case__track",
                    "evidence__starts_on",
                ),
            )
        ),
        "follow_ups": sorted(
            map(
                str,
                FollowUp.objects.values_list(
                    "practitioner__family_name",
                    "enrolment__playbook__code",
                    "step__code",
                    "occurrence",
                    "state",
                    "channel",
                    "opens_on",
                    "target_on",
                    "closes_on",
                    "outcome",
                    "done_on",
                    "reason",
                ),
            )
        ),
        "events": sorted(map(str, events)),
        "coach days": sorted(
            CoachDay.objects.values_list("coach__user__last_name", "day", "opened", "capacity"),
        ),
        "escalations": sorted(
            Escalation.objects.values_list(
                "follow_up__practitioner__family_name",
                "follow_up__step__code",
                "follow_up__occurrence",
                "level",
                "raised_on",
            )
        ),
        # What somebody is told of in one mail depends on the batches; what they are told doesn't. Digests are of
        # the morning, and whether it is morning depends on when the test runs.
        "told": ["escalation" for _told in Occasion.objects.filter(key__startswith="escalation:")],
    }


_clean: dict[str, list] = {}


def clean_run() -> dict[str, list]:
    """The rows of one clean run, made once for all tests; the scenario stands anew and unplanned afterwards."""
    if not _clean:
        scenario()
        plan_follow_ups(on=ON)
        assert not broken_rules()
        assert FollowUpEvent.objects.filter(kind="moved", data__why="anchor").exists()
        _clean.update(rows())
        restore_pristine_rows()
    scenario()
    assert rows() != _clean
    return _clean


def command(on: dt.date = ON) -> subprocess.Popen:
    """`manage.py plan_follow_ups` as a process of its own, in small batches."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "plan_follow_ups", "--on", on.isoformat()],
        cwd=BASE_DIR,
        env=os.environ | SMALL_BATCHES,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def ended_well(*processes: subprocess.Popen) -> None:
    for process in processes:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output.decode()


def finished_runs() -> int:
    return PlannerRun.objects.filter(planned_for=ON, finished_at__isnull=False).count()


def same(expected: dict[str, list]) -> None:
    found = rows()
    for table, wanted in expected.items():
        assert found[table] == wanted, table
    assert not broken_rules()


@contextmanager
def holding(people: int = 1, enrolments: int = 0) -> Iterator[None]:
    """Hold what a planner in the middle of its work would: nobody can finish before this is given back."""
    live = Enrolment.objects.filter(ended_on=None).order_by("pk").values_list("practitioner_id", flat=True)
    held = {*sorted(Practitioner.objects.values_list("pk", flat=True))[-people:], *live[:enrolments]}
    parameters = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor, "context": None}
    with psycopg.connect(**parameters) as other:
        other.execute("SELECT id FROM practitioners_practitioner WHERE id = ANY(%s) FOR NO KEY UPDATE", [sorted(held)])
        yield
        # What was closed meanwhile holds nothing any more.
        with suppress(psycopg.OperationalError):
            other.rollback()


def runs_begun() -> int:
    return PlannerRun.objects.filter(planned_for=ON).count()


def waiting_for_locks() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
               AND query LIKE '%FOR NO KEY UPDATE%'"""
        )
        return bool(cursor.fetchone()[0])
