"""A practitioner is merged, retires or must not be contacted any more while a follow-up is being completed.

Two real transactions meet, in both orders. Whoever comes second waits, then sees what the first one did.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from coaching.errors import NotContactable
from coaching.models import FollowUp
from coaching.services import complete_follow_up, log_visit, postpone_follow_up, start_follow_up
from core.errors import DomainError
from practitioners.models import Practitioner
from practitioners.services import deactivate_practitioner, merge_practitioners, restrict_contact
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, make_coach, plan, sort, the_open
from tests.helpers.waiting import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def _audited(transactional_db: None) -> Iterator[None]:
    yield
    call_command("audit_follow_ups")


def merged(person: Practitioner, other: Practitioner) -> None:
    merge_practitioners(kept=other, merged=person, by=None, at=at(MONDAY))


def retired(person: Practitioner, other: Practitioner) -> None:
    deactivate_practitioner(practitioner=person, reason="retired", by=None, at=at(MONDAY))


def restricted(person: Practitioner, other: Practitioner) -> None:
    restrict_contact(practitioner=person, reason="asked", by=None, at=at(MONDAY))


CHANGES = [(merged, "merged"), (retired, "inactive"), (restricted, "do_not_contact")]


def somebody_waits() -> bool:
    """Whether another session of this database waits for a lock; asked from inside of a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def one_after_the_other(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """`second` begins while the transaction of `first` is still open, and waits for it; what it came to."""
    outcome: list[Any] = []

    def follow() -> None:
        try:
            outcome.append(second())
        except DomainError as error:
            outcome.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        first()
        thread = threading.Thread(target=follow)
        thread.start()
        wait_for(somebody_waits, what="the second one to wait for the first")
    thread.join(30)
    return outcome[0]


@pytest.fixture
def enrolled() -> tuple[Practitioner, Practitioner, FollowUp]:
    person, other = make_practitioners(2)
    sort({person: "late_majority"})
    plan(MONDAY)
    return person, other, the_open(person)


def states(person: Practitioner) -> list[str]:
    return list(person.follow_ups.order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_the_contact_is_completed_first_and_the_next_one_is_given_up(enrolled, change, reason):
    person, other, row = enrolled
    one_after_the_other(
        lambda: complete_follow_up(follow_up=row, outcome="done", by=None, at=at(MONDAY)),
        lambda: change(person, other),
    )
    assert states(person) == ["done", "planned"]
    plan(MONDAY)
    assert states(person) == ["done", "cancelled"]
    assert person.enrolments.get().exit_reason == reason


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_the_change_comes_first_and_the_contact_is_told_but_leads_no_further(enrolled, change, reason):
    person, other, row = enrolled
    one_after_the_other(
        lambda: change(person, other),
        lambda: complete_follow_up(follow_up=row, outcome="done", by=None, at=at(MONDAY)),
    )
    assert states(person) == ["done"]
    assert person.enrolments.get().exit_reason == reason
    plan(MONDAY)
    assert states(person) == ["done"]


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_the_change_comes_first_and_a_visit_is_kept(enrolled, change, reason):
    person, other, row = enrolled
    coach, coordinator = make_coach(), UserFactory(role="coordinator")
    visit = one_after_the_other(
        lambda: change(person, other),
        lambda: log_visit(
            practitioner=person, follow_up=row, kind="call", outcome="done", coach=coach, by=coordinator, at=at(MONDAY)
        ),
    )
    assert visit.practitioner == person and states(person) == ["done"]
    assert person.enrolments.get().exit_reason == reason


@pytest.mark.parametrize(("change", "reason"), CHANGES)
@pytest.mark.parametrize("act", ["start", "postpone"])
def test_the_change_comes_first_and_no_contact_is_begun_any_more(enrolled, change, reason, act):
    person, other, row = enrolled

    def begin() -> Any:
        if act == "start":
            return start_follow_up(follow_up=row, by=None, at=at(MONDAY))
        return postpone_follow_up(follow_up=row, to=MONDAY, reason="later", by=None, at=at(MONDAY))

    assert isinstance(one_after_the_other(lambda: change(person, other), begin), NotContactable)
    plan(MONDAY)
    assert states(person) == ["cancelled"]
    assert person.enrolments.get().exit_reason == reason


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_the_change_comes_while_the_planner_is_at_it(enrolled, change, reason):
    """The planner sees it at its next run at the latest, and plans nothing more meanwhile."""
    person, other, _row = enrolled
    sort({person: "laggards"})
    one_after_the_other(lambda: change(person, other), lambda: plan(MONDAY))
    plan(MONDAY)
    assert set(states(person)) == {"cancelled"}
    assert set(person.enrolments.values_list("exit_reason", flat=True)) == {reason}
