"""The classes are those that independent readings of real data give."""

import csv
import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings

from adoption.enums import Segment
from adoption.models import Indicator, SegmentationRun
from adoption.selectors import current_assignments, segment_counts
from adoption.services import run_segmentation
from core.months import from_iso, shift
from tests.factories.adoption import IndicatorFactory, give_figures, make_practitioners, name_them

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
START = dt.date(2000, 1, 1)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DATA.is_dir(), reason="the reference data (../shared/data) isn't on this machine"),
]


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="") as file:
        return list(csv.DictReader(file))


def _standings(run: SegmentationRun) -> dict[str, str]:
    rows = current_assignments(run.version).values_list("practitioner__family_name", "segment")
    return dict(rows)


def _word(label: str) -> str:
    return label.lower().replace("-", "_").replace(" ", "_")


@pytest.mark.parametrize("name", ["physicians", "farmers"])
@pytest.mark.parametrize("censored", [False, True], ids=["all", "censored"])
def test_the_classes_of_netdiffuser_come_out(name: str, censored: bool) -> None:
    rows = _rows(f"{name}_classified{'_censored' if censored else ''}.csv")
    times = {row["id"]: int(row["toa"]) for row in rows if row["toa"]}
    first, last = min(times.values()), max(times.values())
    if censored:
        uncensored = _rows(f"{name}_classified.csv")
        last = max(int(row["toa"]) for row in uncensored)
    people = make_practitioners(len(rows))
    name_them(people, (row["id"] for row in rows))
    indicator = IndicatorFactory(kind="score")
    figures = {
        person: [1.0 if period >= times.get(row["id"], last + 1) else 0.0 for period in range(first, last + 1)]
        for person, row in zip(people, rows, strict=True)
    }
    give_figures(indicator, figures, "2000-01")

    run = run_segmentation(
        scheme_code="valente",
        indicator_code=indicator.code,
        as_of=shift(START, last - first),
        parameters={"threshold": 1, "window": 1, "min_values": 1, "left_censored": "include"},
    )

    assert _standings(run) == {row["id"]: _word(row["toa_class"]) for row in rows}


@pytest.fixture
def london() -> Indicator:
    indicator = IndicatorFactory(code="share", kind="score")
    series: dict[str, dict[dt.date, float]] = {}
    for row in _rows("nhs_london_monthly_share.csv"):
        series.setdefault(row["practice"], {})[from_iso(row["month"])] = float(row["share"])
    people = make_practitioners(len(series))
    name_them(people, series)
    give_figures(indicator, dict(zip(people, series.values(), strict=True)), "2010-08")
    return indicator


def _run(scheme: str, **parameters: object) -> SegmentationRun:
    return run_segmentation(
        scheme_code=scheme,
        indicator_code="share",
        as_of=dt.date(2015, 12, 1),
        parameters={"threshold": 0.5, "window": 3, "min_values": 2, **parameters},
    )


@pytest.mark.usefixtures("london")
def test_the_london_practices_adopt_and_class_as_in_the_independent_reading() -> None:
    reference = {row["practice"]: row for row in _rows("nhs_london_reference_classes.csv")}
    valente = _run("valente", left_censored="include")

    adopted = dict(current_assignments(valente.version).values_list("practitioner__family_name", "evidence__adopted"))
    assert adopted == {practice: row["toa_month"] or None for practice, row in reference.items()}
    assert _standings(valente) == {practice: _word(row["class4"]) for practice, row in reference.items()}
    counts = segment_counts(valente)
    assert (counts.base, sum(line.share for line in counts.segments)) == (1369, 100)
    assert {line.segment: line.count for line in counts.segments if line.count} == {
        Segment.EARLY_MAJORITY: 715,
        Segment.LATE_MAJORITY: 251,
        Segment.LAGGARDS: 312,
        Segment.NON_ADOPTERS: 91,
    }

    rogers = _run("rogers", left_censored="include")
    assert _standings(rogers) == {practice: _word(row["class5"]) for practice, row in reference.items()}


@pytest.mark.usefixtures("london")
def test_the_london_practices_that_had_adopted_at_the_start_are_a_class_of_their_own_when_asked_for() -> None:
    run = _run("valente", left_censored="separate")
    reference = _rows("nhs_london_reference_classes.csv")

    censored = {practice for practice, segment in _standings(run).items() if segment == Segment.LEFT_CENSORED}
    assert censored == {row["practice"] for row in reference if row["toa_month"] == "2010-10"}
    assert len(censored) == 430
    counts = segment_counts(run)
    assert sum(line.count for line in counts.segments) == counts.base == 1369
    # They tell nothing of when others adopt, so mean and deviation are of the others alone.
    assert run.statistics["adopters"] == 1369 - 91 - 430
