"""Who sees which page: outside one's scope nothing exists, and what isn't allowed says so."""

import pytest
from django.test import Client

from coaching.models import FollowUp
from practitioners.models import Practitioner

pytestmark = pytest.mark.django_db


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/practitioners/",
        "/practitioners/export.csv",
        "/follow-ups/",
        "/follow-ups/mine/",
        "/visits/new/",
        "/network/",
    ],
)
def test_visitors_are_asked_to_sign_in(world, address):
    response = Client().get(address)
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")


def test_what_a_signed_in_person_saw_is_kept_by_nobody(world):
    client = signed_in(world.coach.user)
    assert client.get("/").headers["Cache-Control"] == "private, no-store"
    client.logout()
    assert "private, no-store" not in client.get("/accounts/login/").headers.get("Cache-Control", "")


def test_what_lies_outside_a_coachs_communes_and_cases_does_not_exist(world):
    client = signed_in(world.coach.user)
    outside = Practitioner.objects.filter(commune=world.elsewhere).first()
    follow_up = FollowUp.objects.filter(practitioner__commune=world.elsewhere).first()
    for address in (
        f"/practitioners/{outside.ref}/",
        f"/visits/new/{outside.ref}/",
        f"/follow-ups/{follow_up.ref}/",
    ):
        response = client.get(address)
        assert response.status_code == 404, address
        assert b"no bridge" in response.content
    listed = client.get("/practitioners/").content.decode()
    assert outside.family_name not in listed
    exported = b"".join(client.get("/practitioners/export.csv").streaming_content).decode()
    assert outside.family_name not in exported
    assert world.practitioners[0].family_name in exported


def test_a_coach_cannot_hand_out_work(world):
    client = signed_in(world.coach.user)
    follow_up = world.follow_up
    coach = {"coach": str(world.colleague.ref)}
    for address, data in (
        ("/follow-ups/assign/", coach | {"follow_up": [str(follow_up.ref)]}),
        (f"/follow-ups/{follow_up.ref}/assign/", coach),
    ):
        response = client.post(address, data)
        assert response.status_code == 403, address
        assert b"Nothing was changed" in response.content
    follow_up.refresh_from_db()
    assert follow_up.assignee == world.coach


def test_a_coach_cannot_assign_what_is_out_of_sight_nor_a_coordinator_what_does_not_exist(world):
    client = signed_in(world.coordinator)
    response = client.post(
        "/follow-ups/assign/",
        {"coach": str(world.coach.ref), "follow_up": ["00000000-0000-4000-8000-000000000000"]},
        follow=True,
    )
    assert response.status_code == 200
    assert b"tone-bad" in response.content


def test_a_rest_client_finds_its_tokens_and_logs_no_visits(world):
    client = signed_in(world.client)
    assert b"REST access" in client.get("/").content
    assert client.get("/visits/new/").status_code == 403


def test_choices_lead_back_to_our_own_pages_only(world):
    response = Client().post("/preferences/language/", {"language": "nl", "next": "https://elsewhere.example/"})
    assert response.url == "/"
    assert response.cookies["django_language"].value == "nl"
    response = signed_in(world.coach.user).post("/preferences/colours/", {"theme": "dark", "next": "/practitioners/"})
    assert response.url == "/practitioners/"
    assert response.cookies["theme"].value == "dark"
    assert "theme" not in Client().post("/preferences/colours/", {"theme": "<script>"}).cookies


def test_a_spreadsheet_computes_nothing_of_what_is_exported(world):
    person = world.practitioners[0]
    person.family_name = "=HYPERLINK(1)"
    person.save(update_fields=["family_name"])
    exported = b"".join(signed_in(world.coordinator).get("/practitioners/export.csv").streaming_content).decode()
    assert "'=HYPERLINK(1)" in exported
    assert person.phone in exported and f"'{person.phone}" not in exported


def test_a_coach_who_is_given_a_follow_up_elsewhere_can_do_it(world):
    follow_up = FollowUp.objects.filter(practitioner__commune=world.elsewhere, assignee=None).first()
    coordinator, coach = signed_in(world.coordinator), signed_in(world.coach.user)
    assert coach.get(f"/practitioners/{follow_up.practitioner.ref}/").status_code == 404
    coordinator.post(
        "/follow-ups/assign/", {"coach": str(world.coach.ref), "follow_up": [str(follow_up.ref)], "query": "coach=none"}
    )
    for address in (f"/practitioners/{follow_up.practitioner.ref}/", f"/visits/new/{follow_up.practitioner.ref}/"):
        assert coach.get(address).status_code == 200, address


def test_the_network_picture_reconciles_the_slides(world):
    page = signed_in(world.manager).get("/network/?month=2018-06").content.decode()
    for said in ("1,447", "1,052", "395", "558", "65.9", "Whom the coaching is for", "stand side by side"):
        assert said in page, said
    assert signed_in(world.manager).get("/network/?month=soon").status_code == 404
