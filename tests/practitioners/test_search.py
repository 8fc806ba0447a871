"""Finding practitioners by what somebody remembers of them."""

import pytest
from django.db import connection
from django.db.models import Value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import Searchable
from practitioners.models import Identifier, IdentifierSystem, Organisation, Practitioner
from practitioners.selectors.search import search_practitioners
from tests.factories.practitioners import AffiliationFactory, OrganisationFactory, PractitionerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def network():
    """Five practitioners: two with a practice, one of another commune, one known by another system."""
    helene = PractitionerFactory(
        given_name="Hélène", family_name="Étienne", identifier="14296612004", phone="+3225551234"
    )
    dupont = PractitionerFactory(given_name="Jean", family_name="Dupont", identifier="")
    PractitionerFactory(given_name="Luc", family_name="Van den Broeck", commune_id="21012", identifier="")
    PractitionerFactory(given_name="An", family_name="Li", identifier="")
    other = PractitionerFactory(given_name="", family_name="E83003", identifier="")
    other.identifiers.create(system=IdentifierSystem.objects.create(code="ods", name_en="ODS"), value="E83003")
    park = OrganisationFactory(name="Cabinet Médical du Parc")
    AffiliationFactory(practitioner=helene, organisation=park)
    AffiliationFactory(practitioner=dupont, organisation=park, until="2015-01-01")


def found(words, queryset=None):
    queryset = Practitioner.objects.all() if queryset is None else queryset
    return set(search_practitioners(queryset, words).values_list("family_name", flat=True))


@pytest.mark.parametrize(
    ("words", "families"),
    [
        ("etienne", {"Étienne"}),
        ("HELENE ETIENNE", {"Étienne"}),
        ("étienne hélène", {"Étienne"}),
        ("tien", {"Étienne"}),
        ("li", {"Li"}),
        ("dupnot", {"Dupont"}),
        ("duppont jeann", {"Dupont"}),
        ("etiene", {"Étienne"}),
        ("vandenbroeck", {"Van den Broeck"}),
        ("medical parc", {"Étienne"}),
        ("molenbeek", {"Van den Broeck"}),
        ("sint-jans broeck", {"Van den Broeck"}),
        ("1080", {"Van den Broeck"}),
        ("14296612", {"Étienne"}),
        ("1-42966-12-004", {"Étienne"}),
        ("1 42966 12 005", {"Étienne"}),
        ("142966", {"Étienne"}),
        ("1429", {"Étienne"}),
        ("14296612004 etienne", {"Étienne"}),
        ("14296612004 dupont", set()),
        ("02 555 12 34", {"Étienne"}),
        ("+32 2 555 12 34", {"Étienne"}),
        ("e83003", {"E83003"}),
        ("E83", {"E83003"}),
        ("E83004", set()),
        ("dupnot 1050", {"Dupont"}),
        ("dupont parc", set()),
        ("zzzzzz", set()),
        ("100%", set()),
        ("_____", set()),
        ("\\", set()),
    ],
)
def test_practitioners_are_found_by_what_is_remembered(network, words, families):
    assert found(words) == families


@pytest.mark.parametrize("words", ["", "   "])
def test_no_words_find_everybody(network, words):
    assert len(found(words)) == 5


def test_only_the_given_practitioners_are_searched(network):
    others = Practitioner.objects.exclude(family_name="Dupont")
    assert found("dupont", others) == set()
    assert found("dupnot", others) == set()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.text(max_size=40))
def test_whatever_is_typed_gets_an_answer(network, words):
    list(search_practitioners(Practitioner.objects.all(), words))


def test_names_and_identifiers_are_looked_up_in_an_index():
    """With sequential scans made expensive, every part of the search has an index to go by."""
    text = Searchable(Value("dupont"))
    parts = {
        "practitioner_search": Practitioner.objects.filter(search_name__contains=text),
        "organisation_search": Organisation.objects.filter(search_name__contains=text),
        "identifier_by_beginning": Identifier.objects.filter(value__startswith="14296612"),
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for index, part in parts.items():
            assert index in part.explain()
        cursor.execute("EXPLAIN SELECT id FROM practitioners_practitioner WHERE searchable('dupnot') <% search_name")
        assert "practitioner_search" in "\n".join(row[0] for row in cursor.fetchall())
