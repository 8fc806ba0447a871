"""Who sees which page: outside one's scope nothing exists, and what isn't allowed says so."""

import datetime as dt
import uuid

import pytest
from django.test import Client

from coaching.models import FollowUp, Visit
from practitioners.models import Practitioner
from tests.factories.network import TODAY

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


def test_a_follow_up_that_is_not_ones_own_to_do_is_said_and_nothing_is_logged(world):
    row = world.follow_up
    client = signed_in(world.coach.user)
    address = f"/visits/new/{row.practitioner.ref}/"
    said = {"kind": "visit", "outcome": "done", "on": str(TODAY), "minutes": "30"}
    before = Visit.objects.count()
    foreign = FollowUp.objects.exclude(practitioner=row.practitioner).first()
    for ref in (foreign.ref, uuid.uuid4(), "nonsense"):
        response = client.post(address, said | {"follow_up": str(ref)})
        assert response.status_code == 200 and "no longer to be done" in response.content.decode()
        assert client.post(f"{address}?follow_up={ref}", said).status_code == 200
    row.refresh_from_db()
    assert row.is_open and Visit.objects.count() == before
    response = client.post(address, said | {"follow_up": str(row.ref)})
    row.refresh_from_db()
    assert response.status_code == 302 and row.state == "done"
    # Again, as by the back button: told, not logged; without the name it is logged by itself.
    assert "done already" in client.post(address, said | {"follow_up": str(row.ref)}).content.decode()
    assert Visit.objects.count() == before + 1
    assert client.post(f"{address}?follow_up={row.ref}", said | {"follow_up": ""}).status_code == 302
    assert Visit.objects.filter(follow_up=None).count() >= 1 and Visit.objects.count() == before + 2


def test_a_new_form_is_for_what_may_be_done_today(world):
    row = world.follow_up
    client = signed_in(world.coach.user)
    address = f"/visits/new/{row.practitioner.ref}/"
    FollowUp.objects.filter(pk=row.pk).update(opens_on=TODAY, target_on=TODAY, closes_on=TODAY)
    assert f'name="follow_up" value="{row.ref}"' in client.get(address).content.decode()
    later = TODAY + dt.timedelta(days=9)
    FollowUp.objects.filter(pk=row.pk).update(opens_on=later, target_on=later, closes_on=later)
    assert 'name="follow_up" value=""' in client.get(address).content.decode()


def test_the_network_picture_reconciles_the_slides(world):
    page = signed_in(world.manager).get("/network/?month=2018-06").content.decode()
    for said in ("1,447", "1,052", "395", "558", "65.9", "Whom the coaching is for", "stand side by side"):
        assert said in page, said
    assert signed_in(world.manager).get("/network/?month=soon").status_code == 404


def test_who_opens_an_address_that_takes_a_form_is_told_so(world):
    response = signed_in(world.coordinator).get("/pauses/start/")
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "Only a form leads here" in response.content.decode()
