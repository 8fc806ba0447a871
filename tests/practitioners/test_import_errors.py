"""Rows and whole files that can't go in: what is said about them, and what isn't kept."""

import pytest

from core.tabular import UnreadableFile
from practitioners.models import IdentifierSystem, ImportRowError, ImportRun, Organisation, Practitioner
from tests.factories.practitioners import PractitionerFactory, nihdi
from tests.practitioners.importing import DAY, FULL, WRONG, bring, counts, events

pytestmark = pytest.mark.django_db


def test_rows_in_error_are_reported_and_the_good_ones_go_in(written):
    report = bring(written(WRONG))
    assert counts(report) == (2, 0, 0, 13)
    assert [(error.line, error.field, error.code) for error in report.errors] == [
        (3, "INAMI", "invalid_nihdi"),
        (4, "INAMI", "missing_identifier"),
        (5, "E-mail", "invalid_email"),
        (5, "Téléphone", "invalid_phone"),
        (6, "Commune", "unknown_commune"),
        (7, "Langue", "unknown_language"),
        (8, "Statut", "unknown_status"),
        (9, "Connecté depuis", "invalid_date"),
        (10, "Code postal", "invalid_postal_code"),
        (11, "Logiciel depuis", "software_since_without_software"),
        (12, "INAMI", "repeated_identifier"),
        (13, "INAMI", "national_number"),
        (14, "Nom", "too_long"),
        (16, "E-mail", "too_few_cells"),
    ]
    assert all(error.remedy for error in report.errors)
    assert set(Practitioner.objects.values_list("family_name", flat=True)) == {"Bon", "Aussi bon"}
    kept = ImportRowError.objects.filter(run=report.run, severity="error")
    assert list(kept.values_list("line", "code")) == [(error.line, error.code) for error in report.errors]


def test_repeated_identifier_names_the_first_line(written):
    report = bring(written("INAMI\n1-42966-12-004\n71099812\n14296612005\n"))
    [error] = report.errors
    assert (error.line, error.code) == (4, "repeated_identifier")
    assert "2" in error.remedy


def test_national_register_number_reaches_neither_registry_nor_report(written):
    report = bring(
        written("INAMI;Nom;NISS;note;Remarque\n85073003328;Un;;;\n14296612004;Deux;85073003328;RN 85.07.30-033.28;ok\n")
    )
    assert counts(report) == (1, 0, 0, 1)
    assert report.dropped_columns == ["NISS"]
    assert report.run.unmapped_columns == ["note", "Remarque"]
    assert [(warning.line, warning.field, warning.code) for warning in report.warnings] == [
        (3, "note", "national_number")
    ]
    assert Practitioner.objects.get().attributes == {"Remarque": "ok"}
    kept = " ".join(ImportRowError.objects.values_list("value", flat=True)) + str(report.run.summary)
    assert "0730" not in kept
    assert "07.30" not in kept


def test_strict_brings_in_nothing_when_a_row_is_in_error(written):
    report = bring(written(WRONG), strict=True)
    assert report.run.state == "refused"
    assert counts(report) == (0, 0, 0, 13)
    assert not Practitioner.objects.exists()
    assert ImportRowError.objects.filter(run=report.run).exists()
    assert bring(written(FULL), strict=True).run.state == "done"


def test_record_that_was_merged_is_not_revived(written):
    target = PractitionerFactory(identifier="")
    PractitionerFactory(
        identifier="14296612004", merged_into=target, status="inactive", inactive_reason="merged", inactive_since=DAY
    )
    report = bring(written("INAMI;Statut\n14296612004;actif\n"))
    assert [error.code for error in report.errors] == ["record_merged"]


def test_dry_run_shows_what_would_change_and_changes_nothing(written):
    bring(written(f"INAMI;Nom\n{nihdi(1)};Un\n{nihdi(2)};Deux\n"))
    before = events()
    report = bring(
        written(f"INAMI;Nom;Cabinet\n{nihdi(1)};Changé;\n{nihdi(2)};Deux;C\n{nihdi(3)};Trois;\n99999999999;X;\n"),
        dry_run=True,
    )
    assert counts(report) == (1, 2, 0, 1)
    assert [change["fields"] for change in report.changes] == [
        {"family_name": ["Un", "Changé"]},
        {"practice": ["", "C"]},
    ]
    assert [entry["name"] for entry in report.first_new] == ["Trois"]
    assert events() == before
    assert Practitioner.objects.count() == 2
    assert not Organisation.objects.exists()
    report.run.refresh_from_db()
    assert (report.run.state, report.run.dry_run, report.run.row_errors.count()) == ("done", True, 1)


def test_dry_run_does_not_make_the_system_either(written):
    assert bring(written("id\nA\n"), system="ods", dry_run=True).new_system
    assert not IdentifierSystem.objects.filter(code="ods").exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (bytes(range(256)) * 20, "not_a_table"),
        (b"INAMI;inami\n1;2\n", "duplicate_header"),
        (b"colour;size\n1;2\n", "no_identifier"),
        (b'INAMI;Nom\n14296612004;"Dupont\n71099812;Durand\n', "unclosed_quote"),
        (b"INAMI;Nom\n14296612004;\x81\x8d\n", "unknown_encoding"),
    ],
)
def test_unusable_file_is_refused_and_the_refusal_recorded(written, content, code):
    with pytest.raises(UnreadableFile) as caught:
        bring(written(content))
    assert caught.value.code == code
    run = ImportRun.objects.get()
    assert (run.state, bool(run.message), run.finished_at is not None) == ("failed", True, True)
    assert not Practitioner.objects.exists()


@pytest.mark.parametrize(
    "options", [{"mapping": {"identifier": "nothing"}}, {"mapping": {"colour": "INAMI"}}, {"system": "no such!"}]
)
def test_wrong_options_are_refused(written, options):
    with pytest.raises(UnreadableFile):
        bring(written("INAMI\n14296612004\n"), **options)


def test_header_alone_brings_in_nothing_and_says_so(written):
    report = bring(written("INAMI;Nom\n"))
    assert counts(report) == (0, 0, 0, 0)
    assert report.run.message


def test_rows_that_would_break_a_statement_are_data_or_errors(written):
    path = written(
        b"INAMI;Nom;note\n"
        + f'{nihdi(1)};"Robert\'); DROP TABLE practitioners_practitioner;--";%s {{}}\n'.encode()
        + f"{nihdi(2)};a\0b;\n".encode()
        + f"{nihdi(3)};\\N;back\\slash\n".encode()
        + f'{nihdi(4)};"tab\there";"line\nbreak"\n'.encode()
        + f"{nihdi(5)};{'x' * 1_000_000};\n".encode()
        + f"{nihdi(6)};Long;{'y' * 1_000_000}\n".encode()
        + f'{nihdi(7)};Quotes;"{{""a"": [1]}}"\n'.encode()
    )
    report = bring(path)
    assert counts(report) == (4, 0, 0, 3)
    assert [error.code for error in report.errors] == ["nul_character", "too_long", "too_long"]
    assert dict(Practitioner.objects.values_list("family_name", "attributes__note")) == {
        "Robert'); DROP TABLE practitioners_practitioner;--": "%s {}",
        "\\N": "back\\slash",
        "tab here": "line\nbreak",
        "Quotes": '{"a": [1]}',
    }


def test_queries_do_not_grow_with_the_file(written, django_assert_max_num_queries):
    path = written(
        "INAMI;Nom;Cabinet;Logiciel\n"
        + "".join(f"{nihdi(n)};Nom{n};Cabinet {n % 40};Paquet {n % 5}\n" for n in range(400))
    )
    with django_assert_max_num_queries(85):
        assert counts(bring(path)) == (400, 0, 0, 0)
