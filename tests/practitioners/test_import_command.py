"""`manage.py import_practitioners`, as an operator uses it."""

import csv
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.utils.translation import override

from practitioners.models import (
    ImportRowError,
    ImportRun,
    Practitioner,
)
from tests.factories.accounts import UserFactory
from tests.practitioners.importing import FULL, WRONG, command, events

pytestmark = pytest.mark.django_db

LONDON = Path(__file__).resolve().parents[3] / "shared" / "data" / "nhs_london_practices.csv"


def test_command_reports_errors_with_remedies_and_as_a_file(written, tmp_path):
    out, err = command(written(WRONG), "--errors", tmp_path / "errors.csv")
    assert "[invalid_nihdi]" in out
    assert "99999999999" in out
    assert err, "no progress was shown"
    rows = list(csv.DictReader((tmp_path / "errors.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row["line"] for row in rows][:2] == ["3", "4"]
    assert all(row["remedy"] for row in rows)


def test_command_in_strict_mode_fails(written):
    with pytest.raises(CommandError):
        command(written(WRONG), "--strict")
    assert not Practitioner.objects.exists()


def test_a_dry_run_says_that_the_identifier_system_would_be_made(written):
    new = ("--system", "new", "--map", "identifier=Numéro INAMI")
    with override("en"):
        tried, _err = command(written(FULL), *new, "--dry-run")
        done, _err = command(written(FULL), *new)
    assert "“new” doesn't exist and would be made" in tried and "was made" not in tried
    assert "“new” didn't exist and was made" in done


def test_command_says_who(written):
    me = UserFactory(email="me@example.org")
    command(written(FULL), "--by", "ME@example.org")
    assert ImportRun.objects.get(by=me)
    with pytest.raises(CommandError):
        command(written(FULL), "--by", "nobody@example.org")


@pytest.mark.parametrize("words", [["--map", "identifier=nothing"], ["--map", "nonsense"]])
def test_command_refuses_wrong_mappings(written, words):
    with pytest.raises(CommandError):
        command(written(FULL), *words)


@pytest.mark.skipif(
    not LONDON.exists(), reason="the reference data stands beside the project only where it is developed"
)
def test_london_practices_go_in_with_their_attributes_and_again_change_nothing():
    arguments = (LONDON, "--system", "ods", "--map", "identifier=practice")
    out, _err = command(*arguments)
    assert "ods" in out
    assert Practitioner.objects.count() == 1369
    practitioner = Practitioner.objects.get(identifiers__value="E83003", identifiers__system__code="ods")
    assert practitioner.attributes == {
        "list_size": "8885.0", "gp_headcount": "9.0", "gp_fte": "6.586666667", "single_handed": "0.0", "it_supplier": "EMIS",
        "deprivation_score": "16.1363297271872", "positive_experience_pct": "87.5290344427115",
    }  # fmt: skip
    before = events()
    command(*arguments)
    run = ImportRun.objects.first()
    assert (run.rows_created, run.rows_updated, run.rows_unchanged, run.rows_in_error) == (0, 0, 1369, 0)
    assert events() == before
    assert not ImportRowError.objects.exists()
