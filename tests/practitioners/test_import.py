"""Importing files of practitioners: what goes in, what changes, what is refused and reported."""

import csv
import datetime as dt
import io
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from core.tabular import UnreadableFile
from practitioners.models import (
    Affiliation,
    Identifier,
    IdentifierSystem,
    ImportRowError,
    ImportRun,
    Organisation,
    Practitioner,
    SoftwareProduct,
)
from practitioners.selectors.history import history_of
from practitioners.services import import_practitioners, update_practitioner
from tests.factories.accounts import UserFactory
from tests.factories.practitioners import PractitionerFactory, nihdi

LONDON = Path(__file__).resolve().parents[3] / "shared" / "data" / "nhs_london_practices.csv"
DAY = dt.date(2018, 7, 2)
LATER = dt.date(2018, 9, 3)

pytestmark = pytest.mark.django_db

FULL = """\
Numéro INAMI;Nom;Prénom;Langue;E-mail;Téléphone;Commune;Code postal;Cabinet;Adresse;Type de cabinet;N° d'entreprise;\
Logiciel;Fournisseur du logiciel;Logiciel depuis;Connecté depuis;Statut;Remarque
1-42966-12-004;Dupont;Hélène;français;h@Example.org;02 555 12 34;Ixelles;1050;Cabinet du Parc;Rue du Parc 1;groupe;0403.170.701;\
CareConnect;Corilus;01/02/2015;2016-03-04;actif;aime les chats
"""


def bring(path, system="nihdi", **options):
    """Import a file, on a fixed day."""
    return import_practitioners(path=path, system=system, by=options.pop("by", None), on=options.pop("on", DAY), **options)


def counts(report):
    """Created, updated, unchanged, in error."""
    run = report.run
    return run.rows_created, run.rows_updated, run.rows_unchanged, run.rows_in_error


def command(*words):
    """Run the command; what it wrote to standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_practitioners", *(str(word) for word in words), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def events():
    """How many rows of history there are."""
    return sum(
        model.events.rel.related_model.objects.count() for model in (Practitioner, Identifier, Affiliation, Organisation)
    )


# --- What goes in ----------------------------------------------------------------------------------------


def test_every_field_of_a_french_file_goes_in(written):
    report = bring(written(FULL))
    assert counts(report) == (1, 0, 0, 0)
    assert report.run.unmapped_columns == ["Remarque"]
    practitioner = Practitioner.objects.get()
    assert (practitioner.given_name, practitioner.family_name, practitioner.language) == ("Hélène", "Dupont", "fr")
    assert (practitioner.email, practitioner.phone, practitioner.commune_id) == ("h@example.org", "+3225551234", "21009")
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
    header, row = [line.split(";") for line in FULL.splitlines()]
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
    assert (practitioner.status, practitioner.inactive_reason, practitioner.inactive_since) == ("inactive", "retired", DAY)
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


# --- Importing again ------------------------------------------------------------------------------------


def test_same_file_again_changes_nothing(written):
    path = written(FULL)
    bring(path)
    before, stamps = events(), list(Practitioner.objects.values_list("updated_at")) + list(Organisation.objects.values_list("updated_at"))
    assert counts(bring(path, on=LATER)) == (0, 0, 1, 0)
    assert events() == before
    assert stamps == list(Practitioner.objects.values_list("updated_at")) + list(Organisation.objects.values_list("updated_at"))


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
    assert {entry.by for entry in entries} == {me}
    assert {entry.import_run for entry in entries} == {str(report.run.ref)}


# --- Practices and software ------------------------------------------------------------------------------


def practices(*rows, header="INAMI;Cabinet;Code postal;Rue;N° d'entreprise"):
    return "\n".join([header, *rows])


def test_practice_of_several_is_made_once_however_it_is_spelt(written):
    report = bring(
        written(
            practices(
                f"{nihdi(1)};Cabinet Médical;1090;Rue A;", f"{nihdi(2)};cabinet medical;1090;;", f"{nihdi(3)};Cabinet médical;;;",
                f"{nihdi(4)};Cabinet médical;1190;;", f"{nihdi(5)};Cabinet médical;1090;;0403170701",
            )
        )
    )  # fmt: skip
    assert counts(report) == (5, 0, 0, 0)
    assert report.practices_created == 2
    jette = Organisation.objects.get(postal_code="1090")
    assert (jette.street, jette.enterprise_number, jette.affiliations.count()) == ("Rue A", "0403170701", 4)


def test_practices_again_in_another_order_change_nothing(written):
    rows = [
        f"{nihdi(1)};Cabinet Médical;1090;Rue A;", f"{nihdi(2)};Cabinet Médical;;;", f"{nihdi(3)};Cabinet Médical;1190;;",
        f"{nihdi(4)};Autre;;;0403170701", f"{nihdi(5)};Autre;1090;;", f"{nihdi(6)};;;Rue B;",
    ]  # fmt: skip
    bring(written(practices(*rows)))
    before = events()
    assert counts(bring(written(practices(*rows)), on=LATER)) == (0, 0, 6, 0)
    assert events() == before


def test_move_to_another_practice_ends_the_old_affiliation_the_day_before(written):
    bring(written(practices(f"{nihdi(1)};Ancien;1090;;", f"{nihdi(2)};Ancien;1090;;")))
    report = bring(written(practices(f"{nihdi(1)};Nouveau;1090;;", f"{nihdi(2)};Ancien;1090;;")), on=LATER)
    assert counts(report) == (0, 1, 1, 0)
    assert report.changes[0]["fields"] == {"practice": ["Ancien", "Nouveau"]}
    mover = Practitioner.objects.get(identifiers__value=nihdi(1)[:8])
    assert list(mover.affiliations.order_by("id").values_list("organisation__name", "since", "until")) == [
        ("Ancien", None, LATER - dt.timedelta(days=1)),
        ("Nouveau", LATER, None),
    ]


def test_second_move_on_the_same_day_corrects_the_first(written):
    bring(written(practices(f"{nihdi(1)};Ancien;1090;;", f"{nihdi(2)};Ancien;1090;;")))
    for name in ("Faux", "Juste"):
        bring(written(practices(f"{nihdi(1)};{name};1090;;")), on=LATER)
    mover = Practitioner.objects.get(identifiers__value=nihdi(1)[:8])
    assert [row.organisation.name for row in mover.affiliations.order_by("id")][-1] == "Juste"
    assert mover.affiliations.count() == 2


def test_corrected_address_of_a_whole_practice_is_no_move(written):
    bring(written(practices(f"{nihdi(1)};Cabinet;1090;Rue A;", f"{nihdi(2)};Cabinet;1090;Rue A;")))
    report = bring(written(practices(f"{nihdi(1)};Cabinet;1190;Rue Z;", f"{nihdi(2)};Cabinet;1190;Rue Z;")), on=LATER)
    assert counts(report) == (0, 2, 0, 0)
    practice = Organisation.objects.get()
    assert (practice.postal_code, practice.street) == ("1190", "Rue Z")
    assert Affiliation.objects.filter(until=None).count() == Affiliation.objects.count() == 2


def test_address_without_a_name_is_the_practitioners_own_practice(written):
    bring(written("INAMI;Nom;Prénom;Rue;Code postal\n14296612004;Dupont;Jean;Rue A 1;1090\n"))
    practice = Organisation.objects.get()
    assert (practice.name, practice.kind, practice.street) == ("Jean Dupont", "solo", "Rue A 1")
    bring(written("INAMI;Nom;Prénom;Rue;Code postal\n14296612004;Dupond;Jean;Rue A 1;1090\n"), on=LATER)
    practice.refresh_from_db()
    assert practice.name == "Jean Dupond"
    assert Organisation.objects.count() == 1


def test_software_is_found_without_its_vendor_and_made_once(written):
    SoftwareProduct.objects.create(vendor="Corilus", name="CareConnect")
    report = bring(
        written(
            f"INAMI;Logiciel;Fournisseur\n{nihdi(1)};careconnect;\n{nihdi(2)};CareConnect;CORILUS\n{nihdi(3)};Nouveau;\n"
            f"{nihdi(4)};Nouveau;Maison\n{nihdi(5)};;EMIS\n"
        )
    )
    assert counts(report) == (5, 0, 0, 0)
    assert report.software_created == 2
    assert {str(product) for product in SoftwareProduct.objects.all()} == {"Corilus CareConnect", "Maison Nouveau", "EMIS"}
    assert Practitioner.objects.filter(software__name="Nouveau").count() == 2


def test_other_software_in_a_file_forgets_since_when_the_old_one_was_used(written):
    bring(written(f"INAMI;Logiciel;Logiciel depuis\n{nihdi(1)};Un;01/01/2015\n"))
    bring(written(f"INAMI;Logiciel\n{nihdi(1)};Deux\n"))
    practitioner = Practitioner.objects.get()
    assert (practitioner.software.name, practitioner.software_since) == ("Deux", None)


# --- Rows in error -----------------------------------------------------------------------------------------

WRONG = f"""\
INAMI;Nom;E-mail;Téléphone;Commune;Langue;Statut;Connecté depuis;Code postal;Logiciel depuis
{nihdi(1)};Bon;;;;;;;;
99999999999;Faux;;;;;;;;
;Sans;;;;;;;;
{nihdi(2)};Deux;pas-un-mail;12;;;;;;
{nihdi(3)};Trois;;;Atlantis;;;;;
{nihdi(4)};Quatre;;;;klingon;;;;
{nihdi(5)};Cinq;;;;;peut-être;;;
{nihdi(6)};Six;;;;;;31/02/2018;;
{nihdi(7)};Sept;;;;;;;105;
{nihdi(8)};Huit;;;;;;;;2015-01-01
{nihdi(1)};Encore;;;;;;;;
85073003328;National;;;;;;;;
{nihdi(9)};{"x" * 151};;;;;;;;
{nihdi(10)};Aussi bon;;;;;;;;
{nihdi(11)};court
"""


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
        written(
            "INAMI;Nom;NISS;note;Remarque\n85073003328;Un;;;\n14296612004;Deux;85073003328;RN 85.07.30-033.28;ok\n"
        )
    )
    assert counts(report) == (1, 0, 0, 1)
    assert report.dropped_columns == ["NISS"]
    assert report.run.unmapped_columns == ["note", "Remarque"]
    assert [(warning.line, warning.field, warning.code) for warning in report.warnings] == [(3, "note", "national_number")]
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
    report = bring(written(f"INAMI;Nom;Cabinet\n{nihdi(1)};Changé;\n{nihdi(2)};Deux;C\n{nihdi(3)};Trois;\n99999999999;X;\n"), dry_run=True)
    assert counts(report) == (1, 2, 0, 1)
    assert [change["fields"] for change in report.changes] == [{"family_name": ["Un", "Changé"]}, {"practice": ["", "C"]}]
    assert [entry["name"] for entry in report.first_new] == ["Trois"]
    assert events() == before
    assert Practitioner.objects.count() == 2
    assert not Organisation.objects.exists()
    report.run.refresh_from_db()
    assert (report.run.state, report.run.dry_run, report.run.row_errors.count()) == ("done", True, 1)


def test_dry_run_does_not_make_the_system_either(written):
    assert bring(written("id\nA\n"), system="ods", dry_run=True).new_system
    assert not IdentifierSystem.objects.filter(code="ods").exists()


# --- Hostile files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (bytes(range(256)) * 20, "not_a_table"),
        (b"INAMI;inami\n1;2\n", "duplicate_header"),
        (b"colour;size\n1;2\n", "no_identifier"),
        (b"INAMI;Nom\n14296612004;\"Dupont\n71099812;Durand\n", "unclosed_quote"),
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


@pytest.mark.parametrize("options", [{"mapping": {"identifier": "nothing"}}, {"mapping": {"colour": "INAMI"}}, {"system": "no such!"}])
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
        + f"{nihdi(1)};\"Robert'); DROP TABLE practitioners_practitioner;--\";%s {{}}\n".encode()
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
    path = written("INAMI;Nom;Cabinet;Logiciel\n" + "".join(f"{nihdi(n)};Nom{n};Cabinet {n % 40};Paquet {n % 5}\n" for n in range(400)))
    with django_assert_max_num_queries(85):
        assert counts(bring(path)) == (400, 0, 0, 0)


# --- The command -----------------------------------------------------------------------------------------------


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


def test_command_says_who(written):
    me = UserFactory(email="me@example.org")
    command(written(FULL), "--by", "ME@example.org")
    assert ImportRun.objects.get().by == me
    with pytest.raises(CommandError):
        command(written(FULL), "--by", "nobody@example.org")


@pytest.mark.parametrize("words", [["--map", "identifier=nothing"], ["--map", "nonsense"]])
def test_command_refuses_wrong_mappings(written, words):
    with pytest.raises(CommandError):
        command(written(FULL), *words)


@pytest.mark.skipif(not LONDON.exists(), reason="the reference data stands beside the project only where it is developed")
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
