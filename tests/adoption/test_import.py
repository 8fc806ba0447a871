"""Importing files of figures: what goes in, what is corrected, what is refused and reported."""

import csv
import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from adoption.errors import IndicatorExists, InvalidParameter, UnknownCode
from adoption.models import AdoptionRollup, Indicator, Measurement, MeasurementCorrection
from adoption.services import MeasuresReport, import_measures
from core.tabular import UnreadableFile
from practitioners.errors import UnknownSystem
from practitioners.models import ImportRowError, ImportRun, Practitioner
from tests.factories.accounts import UserFactory
from tests.factories.practitioners import PractitionerFactory, nihdi

pytestmark = pytest.mark.django_db

DAY = dt.date(2018, 7, 2)
ONE, TWO, THREE = nihdi(1), nihdi(2), nihdi(3)


@pytest.fixture(autouse=True)
def people() -> list[Practitioner]:
    return [PractitionerFactory(identifier=number) for number in (ONE, TWO, THREE)]


@pytest.fixture
def a_file(tmp_path: Path) -> Any:
    def write(text: str, name: str = "figures.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding=encoding)
        return path

    return write


def bring(path: Path, indicator: str = "sumehr_published", **options: Any) -> MeasuresReport:
    return import_measures(path=path, indicator_code=indicator, system="nihdi", on=DAY, **{"by": None, **options})


def counts(report: MeasuresReport) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, in error."""
    run = report.run
    return run.rows_created, run.rows_updated, run.rows_unchanged, run.rows_in_error


def figures() -> list[tuple[str, str, float, float | None]]:
    rows = Measurement.objects.order_by("practitioner", "month").values_list(
        "practitioner__identifiers__written", "month", "value", "denominator"
    )
    return [(written, f"{month:%Y-%m}", value, denominator) for written, month, value, denominator in rows]


def errors(report: MeasuresReport) -> list[tuple[int, str, str, str]]:
    assert all(error.remedy for error in report.errors)
    return [(error.line, error.field, error.value, error.code) for error in report.errors]


# --- What goes in -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Numéro INAMI;Mois;Nombre\n{one};2018-05;12\n{two};06/2018;3\n",
        "RIZIV-nummer;Maand;Aantal\n{one};mei 2018;12\n{two};juni 2018;3,0\n",
        "NIHDI,Month,Value\n{one},May 2018,12\n{two},2018-06-30,3\n",
        "INAMI\tmois\tvaleur\n{one}\tmai-18\t12\n{two}\t30/06/2018\t 3 \n",
        "identifiant;période;SUMEHR publiés\n{one};201805;1.2e1\n{two};juin 2018;3\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_files_are_read_in_three_languages_separators_and_encodings(a_file: Any, text: str, encoding: str) -> None:
    report = bring(a_file(text.format(one=ONE, two=TWO), encoding=encoding))
    assert errors(report) == []
    assert counts(report) == (2, 0, 0, 0)
    assert figures() == [(ONE, "2018-05", 12, None), (TWO, "2018-06", 3, None)]


def test_a_workbook_is_read_with_its_dates_and_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["NIHDI", "Mois", "Nombre", "Patients DMG"])
    book.active.append([int(ONE), dt.datetime(2018, 5, 1), 40, 100])
    book.active.append([f"1-{TWO[1:6]}-{TWO[6:8]}-{TWO[8:]}", dt.date(2018, 6, 15), 12.0, 80])
    book.save(tmp_path / "figures.xlsx")
    report = bring(tmp_path / "figures.xlsx", "sumehr_coverage")
    assert errors(report) == []
    assert figures() == [(ONE, "2018-05", 40, 100), (TWO, "2018-06", 12, 80)]


def test_a_score_has_a_decimal_comma_and_an_indicator_is_made_when_asked_for(a_file: Any) -> None:
    path = a_file(f"INAMI;mois;valeur\n{ONE};2018-05;0,25\n{TWO};2018-05;.5\n")
    with pytest.raises(UnknownCode, match="sumehr_published"):
        bring(path, "quality")
    with pytest.raises(InvalidParameter):
        bring(path, "quality", create="percentage")
    with pytest.raises(InvalidParameter):
        bring(path, "qual;ity", create="score")
    report = bring(path, "quality", create="score")
    assert (report.new_indicator, Indicator.objects.get(code="quality").kind) == (True, "score")
    assert [row[2] for row in figures()] == [0.25, 0.5]
    assert not bring(path, "quality", create="score").new_indicator
    with pytest.raises(IndicatorExists):
        bring(path, "quality", create="count")
    assert ImportRun.objects.filter(state="failed").count() == 4


def test_the_same_file_again_changes_nothing_and_a_corrected_one_says_how_much(a_file: Any) -> None:
    path = a_file(f"INAMI;mois;nombre\n{ONE};2018-05;12\n{TWO};2018-05;3\n{THREE};2018-05;0\n")
    user = UserFactory()
    assert counts(bring(path)) == (3, 0, 0, 0)
    before = list(Measurement.objects.order_by("pk").values_list("practitioner", "month", "value", "updated_at"))
    rollup = list(AdoptionRollup.objects.values_list("pk", "computed_at"))
    assert counts(bring(path)) == (0, 0, 3, 0)
    assert (
        list(Measurement.objects.order_by("pk").values_list("practitioner", "month", "value", "updated_at")) == before
    )
    assert list(AdoptionRollup.objects.values_list("pk", "computed_at")) == rollup
    assert not MeasurementCorrection.objects.exists()

    report = bring(a_file(f"INAMI;mois;nombre\n{ONE};2018-05;13\n{TWO};2018-05;3\n{THREE};2018-06;7\n"), by=user)
    assert counts(report) == (1, 1, 1, 0)
    correction = MeasurementCorrection.objects.get()
    assert (correction.old_value, correction.new_value, correction.import_run) == (12, 13, report.run)
    assert [(change["old_value"], change["value"]) for change in report.changes] == [(12, 13)]
    assert report.months == [dt.date(2018, 5, 1), dt.date(2018, 6, 1)]
    assert (report.run.by_id, report.run.state) == (user.pk, "done")


def test_a_denominator_alone_can_be_corrected(a_file: Any) -> None:
    bring(a_file(f"INAMI;mois;valeur;DMG\n{ONE};2018-05;10;100\n"), "sumehr_coverage")
    report = bring(a_file(f"INAMI;mois;valeur;DMG\n{ONE};2018-05;10;90\n"), "sumehr_coverage")
    assert counts(report) == (0, 1, 0, 0)
    correction = MeasurementCorrection.objects.get()
    assert (correction.old_denominator, correction.new_denominator) == (100, 90)


def test_a_dry_run_says_what_would_be_and_keeps_nothing(a_file: Any) -> None:
    bring(a_file(f"INAMI;mois;nombre\n{ONE};2018-05;12\n"))
    text = f"INAMI;mois;nombre;remarque\n{ONE};2018-05;13;x\n{TWO};2018-05;3;\n{TWO};2018-99;3;\n"
    report = bring(a_file(text), dry_run=True)
    assert counts(report) == (1, 1, 0, 1)
    assert report.changes[0]["value"] == 13
    assert [row[2] for row in figures()] == [12]
    assert not MeasurementCorrection.objects.exists()
    assert not Practitioner.objects.exclude(attributes={}).exists()
    report = bring(a_file(text), "brand-new", create="score", dry_run=True)
    assert report.new_indicator and not Indicator.objects.filter(code="brand-new").exists()


def test_unknown_columns_are_kept_as_attributes_of_the_latest_month(a_file: Any, people: list[Practitioner]) -> None:
    Practitioner.objects.filter(pk=people[0].pk).update(attributes={"district": "north", "colour": "red"})
    report = bring(
        a_file(
            "INAMI;mois;nombre;colour;NISS;Remark\n"
            f"{ONE};2018-06;1;blue;85073003328;kept\n"
            f"{ONE};2018-05;1;green;;older\n"
            f"{TWO};2018-06;1;;;85073003328\n"
            f"{THREE};2018-06;-1;yellow;;never\n"
        )
    )
    assert report.run.unmapped_columns == ["colour", "Remark"]
    assert report.dropped_columns == ["NISS"]
    rows = dict(Practitioner.objects.values_list("pk", "attributes"))
    assert rows[people[0].pk] == {"district": "north", "colour": "blue", "Remark": "kept"}
    # What looks like a national register number is never stored, and a refused row says nothing.
    assert rows[people[1].pk] == rows[people[2].pk] == {}
    assert report.attributes_kept == 1


# --- What is refused --------------------------------------------------------------------------------


def test_rows_in_error_are_told_with_line_field_value_and_remedy_and_the_good_ones_go_in(a_file: Any) -> None:
    report = bring(
        a_file(
            "INAMI;mois;nombre\n"
            f"{ONE};2018-05;12\n"
            "99999999999;2018-05;1\n"
            f"{nihdi(77)};2018-05;1\n"
            ";2018-05;1\n"
            f"{ONE};2018-13;1\n"
            f"{ONE};;1\n"
            f"{ONE};2018-08;1\n"
            f"{ONE};0201-08;1\n"
            f"{ONE};2018-04;-1\n"
            f"{ONE};2018-04;nan\n"
            f"{ONE};2018-04;-inf\n"
            f"{ONE};2018-04;1e999\n"
            f"{ONE};2018-04;1,5\n"
            f"{ONE};2018-04;1.234,5\n"
            f"{ONE};2018-04;\n"
            f"{ONE};2018-04;twelve\n"
            f"{ONE};2018-04\n"
            f"{TWO};never;lots\n"
            "85.07.30-033.28;2018-05;1\n"
        )
    )
    assert errors(report) == [
        (3, "INAMI", "99999999999", "invalid_nihdi"),
        (4, "INAMI", nihdi(77)[:8], "unknown_practitioner"),
        (5, "INAMI", "", "missing_identifier"),
        (6, "mois", "2018-13", "invalid_month"),
        (7, "mois", "", "missing_month"),
        (8, "mois", "2018-08", "future_month"),
        (9, "mois", "0201-08", "month_too_early"),
        (10, "nombre", "-1", "negative"),
        (11, "nombre", "nan", "not_finite"),
        (12, "nombre", "-inf", "not_finite"),
        (13, "nombre", "1e999", "too_large"),
        (14, "nombre", "1,5", "not_whole"),
        (15, "nombre", "1.234,5", "not_a_number"),
        (16, "nombre", "", "missing_value"),
        (17, "nombre", "twelve", "not_a_number"),
        (18, "nombre", f"{ONE} | 2018-04", "too_few_cells"),
        (19, "mois", "never", "invalid_month"),
        (19, "nombre", "lots", "not_a_number"),
        (20, "INAMI", "85…", "national_number"),
    ]

    assert counts(report) == (1, 0, 0, 18)
    assert report.run.rows_read == 19
    assert figures() == [(ONE, "2018-05", 12, None)]
    assert ImportRowError.objects.filter(run=report.run).count() == len(report.errors)


def test_a_coverage_needs_a_denominator_that_is_not_less_than_its_value(a_file: Any) -> None:
    report = bring(
        a_file(
            f"INAMI;mois;valeur;DMG\n{ONE};2018-05;101;100\n{ONE};2018-04;10;\n{ONE};2018-03;10;-5\n{ONE};2018-02;0;0\n"
            f"{ONE};2018-01;100;100\n"
        ),
        "sumehr_coverage",
    )
    assert [error[0::3] for error in errors(report)] == [
        (2, "coverage_above_100"), (3, "missing_value"), (4, "negative"),
    ]  # fmt: skip
    assert counts(report) == (2, 0, 0, 3)
    with pytest.raises(UnreadableFile, match="denominator"):
        bring(a_file(f"INAMI;mois;valeur\n{ONE};2018-05;10\n"), "sumehr_coverage")


def test_rows_about_the_same_figure_are_refused_all_when_they_differ(a_file: Any) -> None:
    report = bring(
        a_file(
            "INAMI;mois;nombre\n"
            f"{ONE};2018-05;12\n"
            f"{ONE[:8]};mai 2018;12\n"
            f"{TWO};2018-05;3\n"
            f"{TWO};05/2018;4\n"
            f"{TWO};2018-06;4\n"
        )
    )
    assert errors(report) == [
        (3, "mois", "2018-05", "repeated_row"),
        (4, "mois", "2018-05", "conflicting_rows"),
        (5, "mois", "2018-05", "conflicting_rows"),
    ]
    assert figures() == [(ONE, "2018-05", 12, None), (TWO, "2018-06", 4, None)]
    assert counts(report) == (2, 0, 0, 3)


def test_strict_brings_in_all_or_nothing(a_file: Any) -> None:
    path = a_file(f"INAMI;mois;nombre;note\n{ONE};2018-05;12;x\n{nihdi(77)};2018-05;1;\n")
    report = bring(path, strict=True)
    assert (report.run.state, counts(report)) == ("refused", (0, 0, 0, 1))
    assert not Measurement.objects.exists()
    assert not Practitioner.objects.exclude(attributes={}).exists()
    assert counts(bring(a_file(f"INAMI;mois;nombre\n{ONE};2018-05;12\n"), strict=True)) == (1, 0, 0, 0)


def test_figures_of_a_merged_record_go_to_the_one_it_was_merged_into(a_file: Any, people: list[Practitioner]) -> None:
    Practitioner.objects.filter(pk=people[0].pk).update(
        status="inactive", inactive_reason="merged", inactive_since=DAY, merged_into=people[1]
    )
    report = bring(a_file(f"INAMI;mois;nombre\n{ONE};2018-05;12\n{TWO};2018-05;3\n{ONE};2018-04;5\n"))
    assert [error[3] for error in errors(report)] == ["conflicting_rows", "conflicting_rows"]
    assert figures() == [(TWO, "2018-04", 5, None)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("INAMI;nombre\n1;2\n", "month"),
        ("mois;nombre\n2018-05;2\n", "identifier"),
        ("INAMI;mois;nombre;nombre\n1;2;3;4\n", "same header"),
        ('INAMI;mois;nombre\n"1;2;3\n4;5;6\n', "never closed"),
    ],
)
def test_a_file_that_cannot_be_used_as_a_whole_is_refused_with_the_reason(a_file: Any, text: str, why: str) -> None:
    with pytest.raises(UnreadableFile, match=why):
        bring(a_file(text))
    run = ImportRun.objects.get()
    assert run.state == "failed" and why in run.message


def test_an_unknown_system_is_refused_and_the_known_ones_named(a_file: Any) -> None:
    with pytest.raises(UnknownSystem, match="nihdi"):
        import_measures(path=a_file("a;b\n1;2\n"), indicator_code="sumehr_published", system="zorg", by=None)


# --- The command ------------------------------------------------------------------------------------


def command(path: Path, *words: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(
        "import_measures",
        str(path),
        "--indicator",
        "sumehr_published",
        "--system",
        "nihdi",
        *words,
        stdout=out,
        stderr=err,
    )
    return out.getvalue(), err.getvalue()


def test_the_command_tells_counts_and_writes_the_errors_to_a_file(a_file: Any, tmp_path: Path) -> None:
    path = a_file(f"qui;quand;combien\n{ONE};2018-05;12\n{TWO};2018-05;=1+1\n")
    words = ["--map", "identifier=qui", "--map", "month=quand", "--map", "value=combien"]
    out, err = command(path, *words, "--errors", str(tmp_path / "errors.csv"))
    assert "2 rows read: 1 created, 0 updated, 0 unchanged, 1 in error." in out
    assert "3: combien “=1+1” [not_a_number]" in out
    assert "Reading the file" in err
    with (tmp_path / "errors.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file))
    assert (row["line"], row["field"], row["value"], row["code"]) == ("3", "combien", "'=1+1", "not_a_number")
    with pytest.raises(CommandError, match="Nothing went in"):
        command(path, *words, "--strict")
    with pytest.raises(CommandError, match="no column"):
        command(path, "--map", "value=nothing")
    with pytest.raises(CommandError, match="nobody@"):
        command(path, *words, "--by", "nobody@example.org")
