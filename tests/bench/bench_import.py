"""Importing two years of a large network's figures, beside a raw COPY of the same rows into the same indexed table."""

import csv
import random
import sys
import tempfile
from pathlib import Path

from django.db import connection, transaction

from adoption.models import Indicator, Measurement
from core.months import iso
from tests.bench.measure import process, stopwatch
from tests.bench.network import MONTHS, PRACTITIONERS, big_months, big_network, identifier
from tests.bench.report import Report

# Of so many rows one can't go in: an unknown practitioner, a month in the future, a figure that isn't one.
_ONE_WRONG_IN = 1000


def run(report: Report) -> None:
    """Compare a first import, one of the same file again, and one in which 5 % changed."""
    people = big_network()
    with tempfile.TemporaryDirectory() as folder:
        path, corrected, bare = Path(folder) / "figures.csv", Path(folder) / "corrected.csv", Path(folder) / "bare.tsv"
        _write_files(path, corrected, bare, people)
        ours = process(_command(path))
        again = process(_command(path))
        changed = process(_command(corrected))
        figures = Measurement.objects.filter(indicator__code="bench_import")
        rows = figures.count()
        figures.delete()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE adoption_measurement")
        raw = _raw_copy(bare)
        figures = Measurement.objects.filter(indicator__code="bench_bare")
        assert abs(figures.count() - rows) < rows / _ONE_WRONG_IN * 2
        figures.delete()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE adoption_measurement")
    number = f"{PRACTITIONERS * MONTHS:,} figures"
    report.compare(f"import {number}, beside raw COPY", ours=ours.seconds, bare=raw, limit=2.5)
    report.compare(f"import the same {number} again", ours=again.seconds, bare=raw, limit=2.5)
    report.compare(f"import {number} of which 5 % corrected", ours=changed.seconds, bare=raw, limit=2.5)
    report.number("peak memory of an import", max(ours.peak_megabytes, changed.peak_megabytes), "MB", limit=300)


def _command(path: Path) -> list[str]:
    return [
        sys.executable, "manage.py", "import_measures", str(path), "--indicator", "bench_import", "--create", "count",
        "--system", "bench",
    ]  # fmt: skip


def _write_files(path: Path, corrected: Path, bare: Path, people: list[int]) -> None:
    """The file, the same with 5 % of the figures changed, and the good rows as COPY takes them."""
    chance = random.Random(1)
    indicator, _made = Indicator.objects.get_or_create(
        code="bench_bare", defaults={"name_en": "b", "name_fr": "b", "name_nl": "b", "kind": "count"}
    )
    months = big_months()
    with path.open("w", newline="") as file, corrected.open("w", newline="") as other, bare.open("w") as raw:
        writers = [csv.writer(file), csv.writer(other)]
        for writer in writers:
            writer.writerow(["identifier", "month", "value"])
        for place, person in enumerate(people):
            for month in months:
                value = chance.randrange(400)
                row = [identifier(place), iso(month), str(value)]
                if chance.randrange(_ONE_WRONG_IN) == 0:
                    row[chance.randrange(3)] = chance.choice(["X999", "2999-01", "-1"])
                else:
                    raw.write(f"{indicator.pk}\t{person}\t{month}\t{value}\n")
                writers[0].writerow(row)
                if chance.randrange(20) == 0 and row[2].isdigit():
                    row[2] = str(value + 1)
                writers[1].writerow(row)


def _raw_copy(path: Path) -> float:
    copying = "COPY adoption_measurement (indicator_id, practitioner_id, month, value) FROM STDIN"
    with (
        stopwatch() as took,
        transaction.atomic(),
        connection.cursor() as cursor,
        path.open("rb") as file,
        cursor.copy(copying) as copy,
    ):
        while block := file.read(1 << 16):
            copy.write(block)
    return took.seconds
