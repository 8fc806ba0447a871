"""Sorting into segments: exclusive, exhaustive, and writing only what changed."""

import datetime as dt
from collections.abc import Mapping, Sequence

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError
from django.utils import translation

from adoption.enums import Segment
from adoption.errors import InvalidMonth, InvalidParameter, RunGoesBack, UnknownCode
from adoption.models import Indicator, Measurement, SchemeVersion, SegmentAssignment, SegmentationRun
from adoption.selectors import (
    assignments_at,
    current_assignments,
    explain_assignment,
    moved_in,
    movements,
    segment_counts,
    stays_of,
    working_version,
)
from adoption.services import run_segmentation, tasks_after_segmentation
from practitioners.models import Practitioner
from tests.factories.accounts import UserFactory
from tests.factories.adoption import IndicatorFactory, give_figures, make_practitioners, name_them

pytestmark = pytest.mark.django_db

JUNE, JULY = dt.date(2018, 6, 1), dt.date(2018, 7, 1)
BANDS = {
    "window": 3,
    "min_values": 2,
    "innovators": 100,
    "early_adopters": 50,
    "early_majority": 20,
    "late_majority": 1,
}
TIME = {"threshold": 10, "window": 3, "min_values": 2}


def by_volume(as_of: dt.date = JUNE, **options: object) -> SegmentationRun:
    parameters = {**BANDS, **options.pop("parameters", {})}  # type: ignore[dict-item]
    return run_segmentation(scheme_code="volume-bands", as_of=as_of, parameters=parameters, **options)  # type: ignore[arg-type]


def standings(run: SegmentationRun) -> dict[str, str]:
    return dict(current_assignments(run.version).values_list("practitioner__family_name", "segment"))


def evidence(run: SegmentationRun) -> dict[str, dict[str, object]]:
    return dict(current_assignments(run.version).values_list("practitioner__family_name", "evidence"))


def network(
    figures: Mapping[str, Sequence[float | None]], start: str = "2018-01", code: str = "sumehr_published"
) -> dict[str, Practitioner]:
    """Practitioners by name with their figures."""
    people = make_practitioners(len(figures))
    name_them(people, figures)
    give_figures(Indicator.objects.get(code=code), dict(zip(people, figures.values(), strict=True)), start)
    return dict(zip(figures, people, strict=True))


# --- By volume --------------------------------------------------------------------------------------


def test_volume_bands_are_cut_at_their_lower_bounds_and_leave_nobody_out() -> None:
    network(
        {
            "hundred": [0, 0, 0, 0, 0, 100],
            "ninety-nine": [0, 0, 0, 33, 33, 33],
            "fifty": [0, 0, 0, 50, 0, 0],
            "twenty": [0, 0, 0, 0, 20, 0],
            "one": [0, 0, 0, 1, 0, 0],
            "long ago": [500, 0, 0, 0, 0, 0],
            "never": [0, 0, 0, 0, 0, 0],
            "began in June": [None, None, None, None, None, 40],
            "began, then zero": [0, 0, 0, 0, 40, 0],
            "with gaps": [40, None, None, 40, None, None],
            "only later": [None] * 6 + [7],
        }
    )
    make_practitioners(1)
    run = by_volume()

    assert standings(run) == {
        # First published in June: one month since then.
        "hundred": Segment.NOT_ENOUGH_DATA,
        "ninety-nine": Segment.EARLY_ADOPTERS,
        "fifty": Segment.EARLY_ADOPTERS,
        "twenty": Segment.EARLY_MAJORITY,
        "one": Segment.LATE_MAJORITY,
        "long ago": Segment.LAGGARDS,
        "never": Segment.LAGGARDS,
        "began in June": Segment.NOT_ENOUGH_DATA,
        "began, then zero": Segment.EARLY_MAJORITY,
        "with gaps": Segment.NOT_ENOUGH_DATA,
        "only later": Segment.LAGGARDS,
        "Peeters 00000": Segment.LAGGARDS,
    }
    assert evidence(run)["ninety-nine"] == {"volume": 99, "months": 3}
    assert evidence(run)["with gaps"] == {"volume": 40, "months": 1}
    counts = segment_counts(run)
    assert sum(line.count for line in counts.segments) == counts.base == run.practitioners == 12
    assert sum(line.share for line in counts.segments) == 100
    assert counts.base_name


def test_who_has_no_figures_is_unknown_when_asked_so() -> None:
    network({"none in the window": [5, 5, 5], "zeros": [0] * 6, "one zero": [None] * 5 + [0]})
    make_practitioners(1)
    run = by_volume(parameters={"absent": "unknown"})
    assert standings(run) == {
        "none in the window": Segment.NOT_ENOUGH_DATA,
        "zeros": Segment.LAGGARDS,
        "one zero": Segment.NOT_ENOUGH_DATA,
        "Peeters 00000": Segment.NOT_ENOUGH_DATA,
    }


# --- By time of adoption ----------------------------------------------------------------------------


def test_the_month_of_adoption_is_the_first_whose_trailing_mean_reaches_the_threshold() -> None:
    IndicatorFactory(code="share", kind="score")
    network(
        {
            "at once": [10, 10, 10, 0, 0, 0],
            "too few at first": [10, None, None, 10, 10, 0],
            # (0 + 20) / 2 in April: a month without a figure of its own can be the month of adoption.
            "in a gap": [0, 0, 20, None, 0, 0],
            "after the last figure": [0, 0, 0, 5, 15, None],
            "exactly": [0, 0, 0, 0, 15, 15],
            "almost": [0, 0, 0, 0, 15, 14.9],
            "sparse": [50, None, None, 50, None, None],
        },
        code="share",
    )
    make_practitioners(1)
    run = run_segmentation(
        scheme_code="valente", indicator_code="share", as_of=JUNE, parameters={**TIME, "left_censored": "include"}
    )
    found = evidence(run)
    assert {name: row.get("adopted") for name, row in found.items()} == {
        "at once": "2018-03",
        "too few at first": "2018-05",
        "in a gap": "2018-04",
        "after the last figure": "2018-06",
        "exactly": "2018-06",
        "almost": None,
        "sparse": None,
        "Peeters 00000": None,
    }
    assert found["in a gap"] == {"adopted": "2018-04", "mean": 10, "values": 2}
    assert found["almost"]["best"] == pytest.approx(29.9 / 3, abs=1e-6)
    now = standings(run)
    assert now["almost"] == Segment.NON_ADOPTERS
    assert now["sparse"] == now["Peeters 00000"] == Segment.NOT_ENOUGH_DATA
    assert found["sparse"] == {"values": 2} and found["Peeters 00000"] == {"values": 0}


def test_left_censored_are_apart_or_among_the_others_but_never_both() -> None:
    IndicatorFactory(code="share", kind="score")
    network({"before": [10] * 6, "in April": [0, 0, 0, 30, 30, 30], "in June": [0, 0, 0, 0, 0, 30]}, code="share")
    options = {"scheme_code": "valente", "indicator_code": "share", "as_of": JUNE}
    apart = run_segmentation(**options, parameters={**TIME, "left_censored": "separate"})  # type: ignore[arg-type]
    assert standings(apart)["before"] == Segment.LEFT_CENSORED
    # Mean and deviation are of April (4) and June (6) alone.
    assert (apart.statistics["adopters"], apart.statistics["mean"]) == (2, 5)
    among = run_segmentation(**options, parameters={**TIME, "left_censored": "include"})  # type: ignore[arg-type]
    assert standings(among)["before"] != Segment.LEFT_CENSORED
    assert among.statistics["adopters"] == 3
    assert among.version.number == apart.version.number + 1
    for run in (apart, among):
        assert sum(line.count for line in segment_counts(run).segments) == 3


def test_without_spread_everybody_adopted_in_the_mean_month() -> None:
    IndicatorFactory(code="share", kind="score")
    network({"one": [0, 0, 0, 30, 30, 30], "other": [0, 0, 0, 30, 30, 30]}, code="share")
    run = run_segmentation(scheme_code="rogers", indicator_code="share", as_of=JUNE, parameters=TIME)
    assert set(standings(run).values()) == {Segment.LATE_MAJORITY}


def test_a_coverage_is_judged_as_a_fraction() -> None:
    person = make_practitioners(1)[0]
    coverage = Indicator.objects.get(code="sumehr_coverage")
    for month, value, denominator in [(1, 0, 0), (2, 10, 100), (3, 60, 100), (4, 80, 100)]:
        Measurement.objects.create(
            indicator=coverage, practitioner=person, month=dt.date(2018, month, 1), value=value, denominator=denominator
        )
    run = run_segmentation(
        scheme_code="valente", indicator_code="sumehr_coverage", as_of=dt.date(2018, 4, 1),
        parameters={"threshold": 0.7, "window": 2, "min_values": 2},
    )  # fmt: skip
    assignment = current_assignments(run.version).get()
    assert assignment.evidence == {"adopted": "2018-04", "mean": 0.7, "values": 2}
    assert "70" in explain_assignment(assignment)


# --- What a run writes ------------------------------------------------------------------------------


def test_a_run_writes_only_what_changed_and_keeps_the_edge() -> None:
    people = network(
        {"same": [5] * 6 + [5], "moves": [5] * 6 + [200], "more": [5] * 6 + [7], "leaves": [5] * 7, "idle": [0] * 7}
    )
    first = by_volume()
    assert (first.practitioners, first.changed, first.moved) == (5, 5, 0)
    again = by_volume()
    assert (again.changed, again.moved) == (0, 0)
    assert not SegmentAssignment.objects.filter(first_run=again).exists()

    Practitioner.objects.filter(pk=people["leaves"].pk).update(
        status="inactive", inactive_reason="retired", inactive_since=JULY
    )
    newcomer = make_practitioners(1)[0]
    second = by_volume(JULY)
    assert (second.practitioners, second.moved) == (5, 1)
    # same and idle stay as they are; the others, the newcomer and the one who left change.
    assert second.changed == 4
    rows = {row.practitioner_id: row for row in current_assignments(second.version)}
    assert rows[people["same"].pk].first_run == rows[people["same"].pk].entered_by == first
    moved = rows[people["moves"].pk]
    assert (moved.segment, moved.previous_segment) == (Segment.INNOVATORS, Segment.LATE_MAJORITY)
    assert moved.entered_by == moved.first_run == second
    more = rows[people["more"].pk]
    assert (more.first_run, more.entered_by, more.previous_segment) == (second, first, "")
    assert rows[newcomer.pk].previous_segment == ""
    assert people["leaves"].pk not in rows
    assert assignments_at(first).count() == 5 and assignments_at(second).count() == 5

    assert [(one.from_segment, one.to_segment, one.count) for one in movements(second)] == [
        (Segment.LATE_MAJORITY, Segment.INNOVATORS, 1),
        (Segment.LATE_MAJORITY, "", 1),
        ("", Segment.LAGGARDS, 1),
    ]
    assert [row.practitioner_id for row in moved_in(second)] == [people["moves"].pk]
    assert [(stay.segment, stay.since, stay.until) for stay in stays_of(people["moves"], second.version)] == [
        (Segment.LATE_MAJORITY, JUNE, JULY),
        (Segment.INNOVATORS, JULY, None),
    ]
    assert len(stays_of(people["more"], second.version)) == 1


def test_only_the_profession_of_the_version_is_sorted() -> None:
    network({"a GP": [5] * 6})
    make_practitioners(1, profession="nurse")
    assert by_volume().practitioners == 1
    assert by_volume(parameters={"profession": "any"}).practitioners == 2


def test_a_version_that_ran_cannot_be_changed_even_by_sql() -> None:
    network({"one": [5] * 6})
    version = by_volume().version
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        SchemeVersion.objects.filter(pk=version.pk).update(parameters={"window": 1})
    SchemeVersion.objects.filter(pk=version.pk).update(is_working=True)


def test_the_same_parameters_are_the_same_version_however_they_are_written() -> None:
    network({"one": [5] * 6})
    first = by_volume(parameters={"window": 3}).version
    assert by_volume(parameters={"window": "3", "innovators": "1e2"}).version == first
    assert by_volume(parameters={"window": 4}).version.number == first.number + 1


def test_the_working_version_is_one_and_only_it_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adoption.services.followers._task_names", ["coaching.tasks.something"])
    network({"one": [5] * 6})
    user = UserFactory()
    trial = by_volume(by=user)
    assert trial.by_id == user.pk
    assert tasks_after_segmentation(trial) == []
    working = by_volume(working=True)
    assert tasks_after_segmentation(working) == ["coaching.tasks.something"]
    other = by_volume(parameters={"window": 4}, working=True)
    assert working_version() == other.version
    assert SchemeVersion.objects.filter(is_working=True).count() == 1


# --- What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "parameters", "name"),
    [
        ("valente", {"treshold": 1}, "treshold"),
        ("valente", {"threshold": "a lot"}, "threshold"),
        ("valente", {"threshold": "nan"}, "threshold"),
        ("valente", {"threshold": True}, "threshold"),
        ("valente", {"window": 0}, "window"),
        ("valente", {"window": 37}, "window"),
        ("valente", {"window": 2.5}, "window"),
        ("valente", {"window": "1_0"}, "window"),
        ("valente", {"window": 2, "min_values": 3}, "min_values"),
        ("rogers", {"left_censored": "drop"}, "left_censored"),
        ("rogers", {"profession": "dentist"}, "profession"),
        ("rogers", {"innovators": 3}, "innovators"),
        ("volume-bands", {"threshold": 3}, "threshold"),
        ("volume-bands", {"early_majority": 5000}, "early_adopters"),
        ("volume-bands", {"late_majority": 0}, "late_majority"),
        ("volume-bands", {"innovators": -1}, "innovators"),
        ("volume-bands", {"innovators": "1e999"}, "innovators"),
        ("volume-bands", {"window": None}, "window"),
        ("volume-bands", {"x'; DROP TABLE adoption_measurement; --": 1}, "x'; DROP TABLE adoption_measurement; --"),
    ],
)
def test_a_parameter_that_cannot_be_is_named(scheme: str, parameters: dict[str, object], name: str) -> None:
    network({"one": [5] * 6})
    with pytest.raises(InvalidParameter) as caught:
        run_segmentation(scheme_code=scheme, as_of=JUNE, parameters=parameters)
    assert list(caught.value.fields) == [name]
    assert name in str(caught.value)
    assert not SegmentationRun.objects.exists()


def test_months_and_codes_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidMonth, match="import"):
        by_volume()
    network({"one": [5] * 6})
    with pytest.raises(InvalidMonth, match="future"):
        by_volume(dt.date(2999, 1, 1))
    with pytest.raises(InvalidMonth, match="after"):
        by_volume(JULY)
    with pytest.raises(InvalidMonth, match="begin"):
        by_volume(dt.date(2017, 12, 1))
    with pytest.raises(UnknownCode, match="volume-bands"):
        run_segmentation(scheme_code="bands", as_of=JUNE)
    with pytest.raises(UnknownCode, match="sumehr_published"):
        by_volume(indicator_code="sumehrs")
    with pytest.raises(InvalidParameter, match="count"):
        by_volume(indicator_code="sumehr_coverage")
    by_volume()
    with pytest.raises(RunGoesBack):
        by_volume(dt.date(2018, 5, 1))
    by_volume(dt.date(2018, 5, 1), parameters={"window": 4})


# --- Why --------------------------------------------------------------------------------------------


def test_every_segment_is_explained_by_its_numbers() -> None:
    people = network(
        {
            "band": [0, 0, 0, 33, 33, 33],
            "top": [0, 0, 0, 100, 0, 9],
            "idle": [0] * 6,
            "gaps": [40, None, None, 40, None, None],
        }
    )
    run = by_volume()
    with translation.override("en"):
        told = {
            name: explain_assignment(current_assignments(run.version).get(practitioner=person), run=run)
            for name, person in people.items()
        }
    assert (
        "99 in the 3 months up to June 2018" in told["band"]
        and "begins at 50" in told["band"]
        and "100" in told["band"]
    )
    assert "109" in told["top"] and "next" not in told["top"]
    assert "none in the 3 months" in told["idle"]
    assert "only 1 of these months" in told["gaps"] and "at least 2" in told["gaps"]


def test_a_time_of_adoption_is_explained_with_its_class() -> None:
    IndicatorFactory(code="share", kind="score")
    people = network(
        {
            "late": [0, 0, 0, 0, 0, 30], "middle": [0, 0, 0, 30, 30, 30], "never": [0] * 6, "before": [10] * 6, "few": [1],
        },
        code="share",
    )  # fmt: skip
    run = run_segmentation(scheme_code="valente", indicator_code="share", as_of=JUNE, parameters=TIME)
    with translation.override("en"):
        told = {
            name: explain_assignment(current_assignments(run.version).get(practitioner=person), run=run)
            for name, person in people.items()
        }
    assert "adopted in June 2018" in told["late"] and "Of 2 adopters" in told["late"]
    assert "adopted in April 2018" in told["middle"]
    assert "highest mean of 3 months" in told["never"] and "10 counts as adoption" in told["never"]
    assert "already 10 in March 2018" in told["before"]
    assert "1 figure up to June 2018" in told["few"]


def test_no_class_begins_before_the_first_month_that_is_judged() -> None:
    """Early bounds are calculated from mean and deviation alone; before a whole window nobody is judged."""
    IndicatorFactory(code="share", kind="score")
    network({"before": [10] * 6, "in June": [0, 0, 0, 0, 0, 30]}, code="share")
    parameters = {**TIME, "left_censored": "include"}
    run = run_segmentation(scheme_code="rogers", indicator_code="share", as_of=JUNE, parameters=parameters)
    # Mean 4.5 less two deviations of 2.1 would be January; the first whole window ends in March.
    starts = list(run.statistics["starts"].values())
    assert starts[0] == starts[1] == run.statistics["first_judged"] == "2018-03"
    assert starts == sorted(starts)
