"""Imports and segmentations as real processes: killed in the middle, several at once."""

import datetime as dt
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from adoption.models import (
    AdoptionRollup,
    Indicator,
    Measurement,
    SchemeVersion,
    SegmentAssignment,
    SegmentationRun,
)
from adoption.services import import_measures, run_segmentation
from practitioners.models import ImportRun
from tests.factories.adoption import give_figures, make_practitioners
from tests.factories.practitioners import PractitionerFactory, nihdi
from tests.helpers.waiting import wait_for
from tests.plugin import BASE_DIR

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

Start = Callable[..., "subprocess.Popen[str]"]
JUNE = dt.date(2018, 6, 1)
SEGMENT = ["segment", "--scheme", "volume-bands", "--as-of", "2018-06", "--param", "window=4"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a command as a process of its own; all of them are ended with the test."""
    processes = []

    def begin(*words: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=BASE_DIR,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield begin
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Somebody else holds the table, so whoever writes to it waits in the middle of its work."""
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"], port=settings["PORT"], user=settings["USER"], password=settings["PASSWORD"],
        dbname=settings["NAME"],
    ) as other:  # fmt: skip
        other.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield
        other.rollback()


def blocked(statement: str = "") -> int:
    """How many sessions of this database wait for a lock in such a statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            " AND query ILIKE %s",
            [f"%{statement}%"],
        )
        return int(cursor.fetchone()[0])


def test_an_import_killed_in_the_middle_leaves_nothing_and_can_be_started_again(start: Start, tmp_path: Path) -> None:
    numbers = [nihdi(number) for number in range(20)]
    for number in numbers:
        PractitionerFactory(identifier=number)
    path = tmp_path / "figures.csv"
    rows = [f"{number};2018-{month:02};{month}\n" for number in numbers for month in range(1, 7)]
    path.write_text("INAMI;mois;nombre;note\n" + "".join(row.replace("\n", ";x\n") for row in rows))
    with locked("adoption_adoptionrollup"):
        process = start("import_measures", str(path), "--indicator", "fresh", "--create", "count", "--system", "nihdi")
        # All of the figures are written by now; their sums aren't.
        wait_for(lambda: blocked("adoption_adoptionrollup"), seconds=60, what="the import to be writing")
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
    wait_for(lambda: not blocked(), what="the killed import's session to end")
    assert not Measurement.objects.exists()
    assert not Indicator.objects.filter(code="fresh").exists()
    assert ImportRun.objects.get().state == "running", "a killed import can be told by its state"

    report = import_measures(path=path, indicator_code="fresh", create="count", system="nihdi", by=None)
    assert (report.run.rows_created, report.run.rows_in_error) == (120, 0)
    assert set(ImportRun.objects.values_list("state", flat=True)) == {"failed", "done"}
    assert sum(AdoptionRollup.objects.values_list("value_sum", flat=True)) == 20 * 21


def test_two_imports_at_once_wait_for_each_other(start: Start, tmp_path: Path) -> None:
    PractitionerFactory(identifier=nihdi(1))
    path = tmp_path / "figures.csv"
    path.write_text(f"INAMI;mois;nombre\n{nihdi(1)};2018-05;1\n{nihdi(1)};2018-06;2\n")
    words = ["import_measures", str(path), "--indicator", "sumehr_published", "--system", "nihdi"]
    with locked("adoption_measurement"):
        first = start(*words)
        wait_for(lambda: blocked("adoption_measurement"), seconds=60, what="the first import to be writing")
        second = start(*words)
        wait_for(lambda: blocked("pg_advisory_lock"), seconds=60, what="the second import to wait")
    outputs = [process.communicate(timeout=60) for process in (first, second)]
    assert [process.returncode for process in (first, second)] == [0, 0], outputs
    assert sorted(ImportRun.objects.values_list("rows_created", "rows_unchanged", "state")) == [
        (0, 2, "done"),
        (2, 0, "done"),
    ]


@pytest.fixture
def network() -> None:
    people = make_practitioners(30)
    indicator = Indicator.objects.get(code="sumehr_published")
    give_figures(indicator, {person: [place * 5] * 6 for place, person in enumerate(people)}, "2018-01")


@pytest.mark.usefixtures("network")
def test_a_segmentation_killed_in_the_middle_leaves_nothing(start: Start) -> None:
    with locked("adoption_segmentcount"):
        process = start(*SEGMENT, "--working")
        wait_for(lambda: blocked("adoption_segmentcount"), seconds=60, what="the run to be counting")
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
    wait_for(lambda: not blocked(), what="the killed run's session to end")
    assert not SegmentationRun.objects.exists()
    assert not SegmentAssignment.objects.exists()
    assert not SchemeVersion.objects.filter(number__gt=1).exists()
    assert not SchemeVersion.objects.filter(is_working=True).exists()
    assert run_segmentation(scheme_code="volume-bands", as_of=JUNE).practitioners == 30


@pytest.mark.usefixtures("network")
def test_runs_of_one_version_at_once_end_in_the_rows_of_one(start: Start) -> None:
    with locked("adoption_segmentassignment"):
        processes = [start(*SEGMENT) for _number in range(3)]
        wait_for(lambda: blocked() == 3, seconds=60, what="all three to have begun")
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], outputs
    assert SchemeVersion.objects.filter(number=2).count() == 1
    assert sorted(SegmentationRun.objects.values_list("changed", "state")) == [(0, "done"), (0, "done"), (30, "done")]
    assert SegmentAssignment.objects.count() == 30
