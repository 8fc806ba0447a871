"""The practices and software that files of practitioners name."""

import datetime as dt

import pytest

from practitioners.models import (
    Affiliation,
    Organisation,
    Practitioner,
    SoftwareProduct,
)
from tests.factories.practitioners import nihdi
from tests.practitioners.importing import LATER, bring, counts, events

pytestmark = pytest.mark.django_db


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
    assert {str(product) for product in SoftwareProduct.objects.all()} == {
        "Corilus CareConnect",
        "Maison Nouveau",
        "EMIS",
    }
    assert Practitioner.objects.filter(software__name="Nouveau").count() == 2


def test_other_software_in_a_file_forgets_since_when_the_old_one_was_used(written):
    bring(written(f"INAMI;Logiciel;Logiciel depuis\n{nihdi(1)};Un;01/01/2015\n"))
    bring(written(f"INAMI;Logiciel\n{nihdi(1)};Deux\n"))
    practitioner = Practitioner.objects.get()
    assert (practitioner.software.name, practitioner.software_since) == ("Deux", None)
