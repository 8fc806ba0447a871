"""The registry on the administration pages: every page opens, what is wrong is refused."""

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.enums import Role
from practitioners.models import Commune, ImportRun, Organisation, Practitioner
from tests.factories.accounts import UserFactory
from tests.factories.practitioners import AffiliationFactory, SoftwareProductFactory

pytestmark = pytest.mark.django_db

MODELS = [model for model in admin.site._registry if model._meta.app_label == "practitioners"]


@pytest.fixture
def operator(client):
    user = UserFactory(role=Role.OPERATOR, is_staff=True, is_superuser=True)
    client.force_login(user)
    return client


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_lists_open_and_can_be_searched(operator, model):
    AffiliationFactory()
    SoftwareProductFactory()
    ImportRun.objects.create(kind="practitioners", file_name="x.csv")
    address = reverse(f"admin:practitioners_{model._meta.model_name}_changelist")
    assert operator.get(address).status_code == 200
    if admin.site._registry[model].search_fields:
        assert operator.get(address, {"q": "1-42966"}).status_code == 200


def test_practitioner_opens_and_is_never_deleted(operator):
    practitioner = AffiliationFactory().practitioner
    assert operator.get(reverse("admin:practitioners_practitioner_change", args=[practitioner.pk])).status_code == 200
    assert operator.post(reverse("admin:practitioners_practitioner_delete", args=[practitioner.pk])).status_code == 403
    assert Practitioner.objects.filter(pk=practitioner.pk).exists()


def form(**values):
    return {
        "given_name": "Jean", "family_name": "Dupont", "profession": "general_practitioner", "language": "fr", "status": "active",
        "restriction": "none", "attributes": "{}", "identifiers-TOTAL_FORMS": "0", "identifiers-INITIAL_FORMS": "0",
        "affiliations-TOTAL_FORMS": "0", "affiliations-INITIAL_FORMS": "0",
    } | values  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [{"phone": "12"}, {"email": "x@"}, {"given_name": "85073003328"}, {"attributes": '{"note": "85.07.30-033.28"}'}],
)
def test_wrong_practitioner_is_refused(operator, wrong):
    answer = operator.post(reverse("admin:practitioners_practitioner_add"), form(**wrong))
    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == set(wrong)
    assert not Practitioner.objects.exists()


def test_wrong_or_taken_identifier_is_refused(operator):
    from practitioners.models import IdentifierSystem
    from tests.factories.practitioners import PractitionerFactory

    PractitionerFactory(identifier="14296612004")
    system = IdentifierSystem.objects.get(code="nihdi").pk
    for written in ("99999999999", "85073003328", "1-42966-12-003"):
        answer = operator.post(
            reverse("admin:practitioners_practitioner_add"),
            form(**{"identifiers-TOTAL_FORMS": "1", "identifiers-0-system": system, "identifiers-0-written": written}),
        )
        assert answer.status_code == 200, written
    assert Practitioner.objects.count() == 1


def test_organisation_is_normalised(operator):
    answer = operator.post(
        reverse("admin:practitioners_organisation_add"),
        {
            "name": "Cabinet",
            "kind": "group",
            "enterprise_number": "0403.170.701",
            "commune": Commune.objects.get(nis_code="21009").pk,
        },
    )
    assert answer.status_code == 302, answer.context["errors"]
    assert Organisation.objects.get().enterprise_number == "0403170701"


def test_import_runs_can_only_be_read(operator):
    run = ImportRun.objects.create(kind="practitioners", file_name="x.csv")
    address = reverse("admin:practitioners_importrun_change", args=[run.pk])
    assert operator.get(address).status_code == 200
    assert operator.post(address, {"file_name": "y"}).status_code == 403
    assert operator.get(reverse("admin:practitioners_importrun_add")).status_code == 403
