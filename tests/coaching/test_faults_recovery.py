"""A night that was lost is made up the same day, and work goes on when its database comes back."""

import datetime as dt

import pytest
from django.db import DataError, OperationalError, connection
from django.utils import timezone
from psycopg import errors

from coaching.models import Enrolment, PlannerRun
from coaching.selectors.heartbeat import planning_is_owed
from coaching.tasks import plan_what_was_left
from core import clock, reconnecting
from core.models import Installation
from core.reconnecting import through_restarts
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, sort

# --- The lost night ------------------------------------------------------------------------------------


@pytest.fixture
def _monday(db):
    Installation.objects.update_or_create(pk=1, defaults={"name": "Then", "is_synthetic": True, "fixed_today": MONDAY})
    clock.forget()


MORNING, NIGHT = at(MONDAY, 6), at(MONDAY, 4)
HOUR = dt.timedelta(hours=1)


def begun(when: dt.datetime, *, day: dt.date = MONDAY, finished: bool = False) -> PlannerRun:
    return PlannerRun.objects.create(planned_for=day, started_at=when, finished_at=when if finished else None)


@pytest.mark.usefixtures("_monday")
def test_today_is_owed_once_the_night_is_over_without_a_run():
    assert planning_is_owed(MORNING)
    assert not planning_is_owed(NIGHT)
    begun(MORNING - 25 * HOUR, day=MONDAY - dt.timedelta(days=1), finished=True)
    assert planning_is_owed(MORNING)
    begun(MORNING, finished=True)
    assert not planning_is_owed(MORNING)


@pytest.mark.usefixtures("_monday")
def test_a_run_that_is_at_it_is_left_alone_and_one_that_was_cut_off_is_done_again():
    begun(MORNING - HOUR)
    assert not planning_is_owed(MORNING)
    assert planning_is_owed(MORNING + 2 * HOUR)


@pytest.mark.usefixtures("_monday")
def test_what_was_left_is_planned_once(monkeypatch):
    sort(dict.fromkeys(make_practitioners(2), "late_majority"))
    monkeypatch.setattr(timezone, "now", lambda: MORNING)
    assert plan_what_was_left()["made"] == 2
    assert plan_what_was_left() == {"run": None}
    assert PlannerRun.objects.count() == 1 and Enrolment.objects.count() == 2


@pytest.mark.usefixtures("_monday")
def test_segments_of_a_distant_past_are_owed_nothing():
    sort(dict.fromkeys(make_practitioners(1), "late_majority"), month=dt.date(2015, 1, 1))
    assert not planning_is_owed(MORNING)


# --- The database that went away -------------------------------------------------------------------------


class Work:
    """Fails with these errors, one after the other, and then succeeds."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)

    def __call__(self) -> str:
        if self.failures:
            cause = self.failures.pop(0)
            error = DataError if isinstance(cause, errors.DataException) else OperationalError
            raise error(str(cause)) from cause
        return "done"


@pytest.fixture
def _no_pauses(monkeypatch):
    monkeypatch.setattr(reconnecting, "PAUSES", (0.0, 0.0))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_pauses")
def test_a_lost_connection_is_made_anew_and_the_work_done_again():
    assert through_restarts(Work(errors.AdminShutdown("gone"), errors.CannotConnectNow("starting"))) == "done"
    assert through_restarts(Work(errors.OperationalError("server closed the connection unexpectedly"))) == "done"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_pauses")
@pytest.mark.parametrize(
    "cause", [errors.QueryCanceled("too long"), errors.DivisionByZero("by zero"), errors.DiskFull("full")]
)
def test_what_went_wrong_otherwise_is_told_at_once(cause):
    work = Work(cause)
    with pytest.raises((OperationalError, DataError)):
        through_restarts(work)
    assert not work.failures


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_pauses")
def test_a_database_that_stays_away_is_told_in_the_end():
    work = Work(*(errors.AdminShutdown("gone") for _n in range(5)))
    with pytest.raises(OperationalError):
        through_restarts(work)
    assert len(work.failures) == 2


@pytest.mark.django_db
def test_inside_of_a_transaction_nothing_is_done_again():
    assert connection.in_atomic_block
    work = Work(errors.AdminShutdown("gone"))
    with pytest.raises(OperationalError):
        through_restarts(work)
