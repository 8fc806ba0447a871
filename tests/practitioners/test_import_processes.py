"""Imports as real processes: killed in the middle, two at once."""

import os
import signal
import subprocess
import sys

import psycopg
import pytest
from django.db import connection

from practitioners.models import Identifier, ImportRun, Practitioner
from practitioners.services import import_practitioners
from tests.factories.practitioners import nihdi
from tests.helpers.waiting import wait_for
from tests.plugin import BASE_DIR

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def start(tmp_path):
    """Start an import as a process of its own; all of them are ended with the test."""
    processes = []

    def begin(path, *words):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "import_practitioners", str(path), *words],
            cwd=BASE_DIR, env=os.environ | {"PYTHONWARNINGS": "ignore"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        processes.append(process)
        return process

    yield begin
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def a_file(path, rows, name="Nom"):
    path.write_text("INAMI;Nom;Cabinet\n" + "".join(f"{nihdi(n)};{name}{n};Cabinet {n // 3}\n" for n in range(rows)))
    return path


def blocked(statement):
    """Whether a session of this database waits for a lock in such a statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            " AND query ILIKE %s",
            [f"%{statement}%"],
        )
        return cursor.fetchone()[0]


def test_import_killed_in_the_middle_leaves_nothing_and_can_be_started_again(start, tmp_path):
    path = a_file(tmp_path / "file.csv", 300)
    # A table locked by somebody else keeps the import in the middle of its writing.
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        dbname=settings["NAME"],
    ) as other:
        other.execute("LOCK TABLE practitioners_affiliation IN EXCLUSIVE MODE")
        process = start(path)
        wait_for(lambda: blocked("practitioners_affiliation"), seconds=60, what="the import to be writing")
        assert ImportRun.objects.get().state == "running"
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
        other.rollback()
    wait_for(lambda: not blocked("practitioners_affiliation"), what="the killed import's session to end")
    assert (Practitioner.objects.count(), Identifier.objects.count()) == (0, 0)
    assert ImportRun.objects.get().state == "running", "a killed import can be told by its state"

    report = import_practitioners(path=path, system="nihdi", by=None)
    assert (report.run.rows_created, report.run.rows_in_error) == (300, 0)
    killed = ImportRun.objects.exclude(pk=report.run.pk).get()
    assert (killed.state, bool(killed.message)) == ("failed", True)


def test_two_imports_of_the_same_file_at_once_end_as_one(start, tmp_path):
    path = a_file(tmp_path / "file.csv", 2000)
    processes = [start(path), start(path)]
    for process in processes:
        output, errors = process.communicate(timeout=240)
        assert process.returncode == 0, output + errors
    assert Practitioner.objects.count() == Identifier.objects.count() == 2000
    runs = ImportRun.objects.values_list("state", "rows_created", "rows_updated", "rows_unchanged")
    assert sorted(runs) == [("done", 0, 0, 2000), ("done", 2000, 0, 0)]


def test_two_different_files_at_once_keep_the_order_in_which_they_began(start, tmp_path):
    files = [a_file(tmp_path / "one.csv", 1500, "Un"), a_file(tmp_path / "two.csv", 1500, "Deux")]
    for process in [start(file) for file in files]:
        output, errors = process.communicate(timeout=240)
        assert process.returncode == 0, output + errors
    last = ImportRun.objects.order_by("started_at").last()
    assert (last.rows_created, last.rows_updated) == (0, 1500)
    expected = "Un" if last.file_name == "one.csv" else "Deux"
    assert Practitioner.objects.filter(family_name__startswith=expected).count() == 1500
