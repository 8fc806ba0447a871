"""The operator edits catalogues and only looks at runs."""

import pytest
from django.test import Client

from adoption.models import NetworkMeasurement, PremiumThreshold
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(UserFactory(role="operator", is_staff=True, is_superuser=True))
    return client


def test_a_premium_threshold_can_be_edited_and_stays_a_fraction(operator: Client) -> None:
    row = PremiumThreshold.objects.get(year=2024)
    url = f"/admin/adoption/premiumthreshold/{row.pk}/change/"
    values = {"indicator": row.indicator_id, "year": 2024, "minimum": "0.65", "source": "a circular"}
    assert operator.post(url, values).status_code == 302
    row.refresh_from_db()
    assert (row.minimum, row.source) == (0.65, "a circular")
    assert operator.post(url, {**values, "minimum": "65"}).status_code == 200
    row.refresh_from_db()
    assert row.minimum == 0.65


def test_a_figure_of_the_network_is_of_a_whole_month_and_names_its_base(operator: Client) -> None:
    url = "/admin/adoption/networkmeasurement/add/"
    values = {"code": "consents", "name_en": "C", "name_fr": "C", "name_nl": "C", "month": "2018-07-15", "value": "1"}
    assert operator.post(url, {**values, "base": "10"}).status_code == 200
    assert operator.post(url, values).status_code == 302
    assert NetworkMeasurement.objects.get(code="consents", value=1).month.isoformat() == "2018-07-01"


@pytest.mark.parametrize("page", ["indicator", "segmentationscheme", "segmentationrun", "networkmeasurement"])
def test_every_list_opens(operator: Client, page: str) -> None:
    assert operator.get(f"/admin/adoption/{page}/").status_code == 200


@pytest.mark.parametrize("page", ["segmentationscheme", "segmentationrun"])
def test_what_was_run_is_not_made_by_hand(operator: Client, page: str) -> None:
    assert operator.get(f"/admin/adoption/{page}/add/").status_code == 403
