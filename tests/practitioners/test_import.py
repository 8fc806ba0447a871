"""Importing files of practitioners: what goes in, and what a second file changes."""

import datetime as dt

import openpyxl
import pytest

from practitioners.models import (
    Identifier,
    IdentifierSystem,
    Organisation,
    Practitioner,
)
from practitioners.selectors.history import history_of
from practitioners.services import update_practitioner
from tests.factories.accounts import UserFactory
from tests.factories.practitioners import nihdi
from tests.practitioners.importing import DAY, FULL, LATER, bring, counts, events

pytestmark = pytest.mark.django_db


def test_every_field_of_a_french_file_goes_in(written):
    report = bring(written(FULL))
    assert counts(report) == (1, 0, 0, 0)
    assert report.run.unmapped_columns == ["Remarque"]
    practitioner = Practitioner.objects.get()
    assert (practitioner.given_name, practitioner.family_name, practitioner.language) == ("Hélène", "Dupont", "fr")
    assert (practitioner.email, practitioner.phone, practitioner.commune_id) == (
        "h@example.org",
        "+3225551234",
        "21009",
    )
    assert str(practitioner.software) == "Corilus CareConnect"
    assert (practitioner.software_since, practitioner.connected_since) == (dt.date(2015, 2, 1), dt.date(2016, 3, 4))
    assert practitioner.attributes == {"Remarque": "aime les chats"}
    assert practitioner.identifiers.get().value == "14296612"
    practice = practitioner.affiliations.get(until=None, is_primary=True).organisation
    assert (practice.name, practice.street, practice.postal_code, practice.commune_id, practice.kind, practice.enterprise_number) == (
        "Cabinet du Parc", "Rue du Parc 1", "1050", "21009", "group", "0403170701",
    )  # fmt: skip


def test_dutch_headers_and_words_are_read(written):
    path = written(
        "RIZIV-nummer,Achternaam,Voornaam,Taal,GSM,Gemeente,Praktijk,Soort praktijk,Softwarepakket,Actief\n"
        "14296612004,Peeters,Sofie,Nederlands,0475 12 34 56,Elsene,Wijkpraktijk,wijkgezondheidscentrum,Medispring,ja\n"
    )
    assert counts(bring(path)) == (1, 0, 0, 0)
    practitioner = Practitioner.objects.get()
    assert (practitioner.family_name, practitioner.language, practitioner.commune_id) == ("Peeters", "nl", "21009")
    assert practitioner.phone == "+32475123456"
    assert Organisation.objects.get().kind == "medical_house"


def test_windows_1252_and_workbooks_give_the_same(written, tmp_path):
    bring(written(FULL.encode("cp1252")))
    header, written_row = [line.split(";") for line in FULL.splitlines()]
    row: list[object] = list(written_row)
    book = openpyxl.Workbook()
    book.active.append(header)
    row[0], row[5], row[14], row[15] = 14296612004, 25551234, dt.date(2015, 2, 1), dt.datetime(2016, 3, 4)
    book.active.append(row)
    book.save(tmp_path / "same.xlsx")
    report = bring(tmp_path / "same.xlsx")
    assert counts(report) == (0, 1, 0, 0), report.errors
    assert report.changed == {"identifier": 1}, "only the way in which the identifier is written differs"


@pytest.mark.parametrize(
    ("full_name", "given", "family"),
    [
        ("Jean Dupont", "Jean", "Dupont"),
        ("Dupont, Jean", "Jean", "Dupont"),
        ("DUPONT Jean", "Jean", "DUPONT"),
        ("Dr. Jean van der Elst", "Jean", "van der Elst"),
        ("Docteur Marie-Anne de Smet", "Marie-Anne", "de Smet"),
        ("VAN DEN BROECK Luc", "Luc", "VAN DEN BROECK"),
        ("Cher", "", "Cher"),
    ],
)
def test_full_name_is_cut_in_two(written, full_name, given, family):
    bring(written(f'INAMI,Nom complet\n14296612004,"{full_name}"\n'))
    practitioner = Practitioner.objects.get()
    assert (practitioner.given_name, practitioner.family_name) == (given, family)


def test_name_beside_a_given_name_is_the_family_name(written):
    bring(written("nihdi,name,first name\n14296612004,van der Elst,Jean\n"))
    assert Practitioner.objects.get().family_name == "van der Elst"


def test_missing_name_falls_back_to_the_identifier_until_one_is_given(written):
    bring(written("nihdi\n14296612004\n"))
    assert Practitioner.objects.get().family_name == "14296612004"
    assert counts(bring(written("nihdi,nom\n14296612004,\n"))) == (0, 0, 1, 0)
    assert counts(bring(written("nihdi,nom\n14296612004,Dupont\n"))) == (0, 1, 0, 0)
    assert Practitioner.objects.get().family_name == "Dupont"


@pytest.mark.parametrize(
    ("columns", "cells", "commune", "warnings"),
    [
        ("commune", "21009", "21009", []),
        ("commune", "Elsene", "21009", []),
        ("commune", "WOLUWE ST LAMBERT", "21018", []),
        ("commune", "1050 Ixelles", "21009", []),
        ("commune", "Bruxelles - Brussel", "21004", []),
        ("commune", "1090", "21010", []),
        ("postal_code", "1090", "21010", []),
        ("postal_code", "1050", None, ["ambiguous_postal_code"]),
        ("commune,postal_code", "Ixelles,1050", "21009", []),
        ("commune,postal_code", "Brussel,1050", "21004", []),
        ("commune,postal_code", "Jette,1050", "21010", ["postal_code_elsewhere"]),
        ("postal_code", "9000", None, []),
    ],
)
def test_commune_is_found_by_code_name_or_postal_code(written, columns, cells, commune, warnings):
    report = bring(written(f"nihdi,{columns}\n14296612004,{cells}\n"))
    assert counts(report) == (1, 0, 0, 0), report.errors
    assert Practitioner.objects.get().commune_id == commune
    assert [warning.code for warning in report.warnings] == warnings


def test_status_and_its_reason_go_in_and_out(written):
    bring(written("nihdi,statut\n14296612004,pensionné\n71099812,\n"))
    practitioner = Practitioner.objects.get(identifiers__value="14296612")
    assert (practitioner.status, practitioner.inactive_reason, practitioner.inactive_since) == (
        "inactive",
        "retired",
        DAY,
    )
    assert counts(bring(written("nihdi,statut\n14296612004,pensionné\n71099812,\n"), on=LATER)) == (0, 0, 2, 0)
    bring(written("nihdi,statut\n14296612004,actif\n"))
    practitioner.refresh_from_db()
    assert (practitioner.status, practitioner.inactive_reason, practitioner.inactive_since) == ("active", "", None)


def test_unknown_system_is_made_and_accepts_any_value(written):
    report = bring(written("code;nom\nA-1;Dupont\n"), system="ods")
    assert report.new_system
    assert IdentifierSystem.objects.get(code="ods").validator == "none"
    assert not bring(written("code;nom\nA-1;Dupont\n"), system="ods").new_system


def test_new_system_can_have_a_validator(written):
    report = bring(written("code\n0403170701\n12\n"), system="kbo", new_system_validator="enterprise")
    assert counts(report) == (1, 0, 0, 1)


def test_column_mapped_to_the_identifier_is_not_the_practice(written):
    path = written("practice,list_size\nE83003,8885.0\n")
    bring(path, system="ods", mapping={"identifier": "practice"})
    practitioner = Practitioner.objects.get()
    assert practitioner.attributes == {"list_size": "8885.0"}
    assert not Organisation.objects.exists()


def test_practitioner_of_another_system_is_another_one(written):
    bring(written("nihdi\n14296612004\n"))
    bring(written("id\n14296612004\n"), system="other")
    assert Practitioner.objects.count() == 2


def test_same_file_again_changes_nothing(written):
    path = written(FULL)
    bring(path)
    before, stamps = (
        events(),
        list(Practitioner.objects.values_list("updated_at")) + list(Organisation.objects.values_list("updated_at")),
    )
    assert counts(bring(path, on=LATER)) == (0, 0, 1, 0)
    assert events() == before
    assert stamps == list(Practitioner.objects.values_list("updated_at")) + list(
        Organisation.objects.values_list("updated_at")
    )


def test_corrected_file_updates_and_says_how_many_rows(written):
    rows = [f"{nihdi(number)};Nom{number};02 555 12 {number:02d}" for number in range(20)]
    bring(written("\n".join(["INAMI;Nom;Tél", *rows])))
    before = events()
    rows[3] = rows[3].replace("Nom3", "Corrigé")
    rows[7] = rows[7].replace("02 555 12 07", "0475 12 34 56")
    report = bring(written("\n".join(["INAMI;Nom;Tél", *rows])))
    assert counts(report) == (0, 2, 18, 0)
    assert events() == before + 2
    assert [(change["line"], change["fields"]) for change in report.changes] == [
        (5, {"family_name": ["Nom3", "Corrigé"]}),
        (9, {"phone": ["+3225551207", "+32475123456"]}),
    ]


def test_empty_cell_says_nothing(written):
    bring(written(FULL))
    header, _row = FULL.splitlines()
    assert counts(bring(written(header + "\n1-42966-12-004" + ";" * header.count(";") + "\n"))) == (0, 0, 1, 0)


def test_what_people_wrote_is_kept_where_the_file_is_silent(written):
    bring(written("nihdi,nom\n14296612004,Dupont\n"))
    update_practitioner(practitioner=Practitioner.objects.get(), email="me@example.org", by=None)
    assert counts(bring(written("nihdi,nom\n14296612004,Dupont\n"))) == (0, 0, 1, 0)
    assert Practitioner.objects.get().email == "me@example.org"


def test_new_competence_code_is_the_same_person(written):
    bring(written("nihdi\n1-42966-12-005\n"))
    assert counts(bring(written("nihdi\n1-42966-12-004\n"))) == (0, 1, 0, 0)
    identifier = Identifier.objects.get()
    assert (identifier.value, identifier.written) == ("14296612", "1-42966-12-004")


def test_history_names_the_person_and_the_import(written):
    me = UserFactory()
    report = bring(written(FULL), by=me)
    entries = history_of(Practitioner.objects.get())
    assert {entry.by.pk for entry in entries if entry.by} == {me.pk} and all(entry.by for entry in entries)
    assert {entry.import_run for entry in entries} == {str(report.run.ref)}
