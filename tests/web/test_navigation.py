"""The places of each role: each opens, the present one is marked, and a phone keeps five under the thumb."""

import re

import pytest
from django.test import Client, RequestFactory
from django.urls import resolve

from accounts.enums import Role
from web.navigation import ON_A_PHONE, OWN, PLACES, places_of

pytestmark = pytest.mark.django_db


def person(world, role):
    return {Role.COACH: world.coach.user, Role.TECHNICIAN: world.colleague.user}.get(role) or getattr(world, role)


def navigation_of(user, address="/"):
    request = RequestFactory().get(address)
    request.user, request.resolver_match = user, resolve(address)
    return places_of(request)


@pytest.mark.parametrize("role", Role)
def test_every_place_opens_and_is_marked_as_the_present_one(world, role):
    user = person(world, role)
    client = Client()
    client.force_login(user)
    assert set(PLACES) == set(Role)
    navigation = navigation_of(user)
    links = [link for _title, group in navigation.groups for link in group]
    for link in [*links, *navigation.own]:
        assert client.get(link.url).status_code == 200, link.url
        there = navigation_of(user, link.url)
        present = [one.url for _title, group in there.groups for one in group if one.is_present]
        own = [one.url for one in there.own if one.is_present]
        assert link.url in {*present, *own} and len(present) <= 1, link.url


@pytest.mark.parametrize("role", Role)
def test_a_phone_has_five_at_most_and_the_rest_behind_more(world, role):
    navigation = navigation_of(person(world, role))
    links = [link for _title, group in navigation.groups for link in group]
    behind = [link for _title, group in navigation.more for link in group]
    assert len(navigation.first) + bool(behind) <= ON_A_PHONE
    assert [*navigation.first, *behind] == links


def test_more_is_marked_when_the_present_page_is_behind_it(world):
    assert navigation_of(world.coordinator, "/escalations/").more_is_present
    assert not navigation_of(world.coordinator, "/follow-ups/").more_is_present


def test_the_page_shows_groups_and_more(world):
    client = Client()
    client.force_login(world.coordinator)
    page = client.get("/planner/").content.decode()
    assert re.search(r'class="place" href="/planner/" aria-current="page"', page)
    assert "Planning</h2>" in page and ">More</span>" in page
    client.force_login(world.coach.user)
    page = client.get("/").content.decode()
    assert ">More</span>" not in page and "My absences" in page


def test_nobody_signed_in_sees_no_places():
    request = RequestFactory().get("/")
    request.user, request.resolver_match = type("Nobody", (), {"is_authenticated": False})(), None
    assert places_of(request).groups == [] and set(OWN) <= set(Role)
