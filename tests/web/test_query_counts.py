"""Every list asks the database as often for many rows as for few."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import network

LISTS = [
    ("coordinator", "/practitioners/"),
    ("coordinator", "/practitioners/?q=dupon&sort=-next"),
    ("coordinator", "/practitioners/export.csv"),
    ("coordinator", "/follow-ups/"),
    ("coordinator", "/follow-ups/?window=late&sort=-assignee"),
    ("coordinator", "/follow-ups/export.csv"),
    ("coordinator", "/follow-ups/proposal/"),
    ("coordinator", "/follow-ups/proposal/?show=left"),
    ("coordinator", "/absences/"),
    ("coordinator", "/pauses/"),
    ("coordinator", "/pauses/?show=past"),
    ("coordinator", "/blockers/"),
    ("coordinator", "/escalations/"),
    ("coordinator", "/planner/"),
    ("coordinator", "/"),
    ("manager", "/"),
    ("manager", "/playbooks/"),
    ("coach", "/playbooks/"),
    ("operator", "/"),
    ("client", "/"),
    ("coach", "/"),
    ("coach", "/practitioners/"),
    ("coach", "/follow-ups/mine/"),
    ("coach", "/visits/new/"),
    ("coach", "/visits/new/?q=dupon"),
    ("coach", "/network/"),
    ("coach", "/absences/"),
    ("coach", "/pauses/"),
    ("coach", "/escalations/"),
    ("coach", "/calendar/"),
    ("coach", "/preferences/notices/"),
]


def person(world: network.Network, role: str):
    return world.coach.user if role == "coach" else getattr(world, role)


def queries(client: Client, address: str) -> list[str]:
    """What a page asks once what is remembered between requests is remembered."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
        b"".join(response.streaming_content) if response.streaming else response.content
    assert response.status_code == 200, address
    return [query["sql"] for query in captured.captured_queries]


@pytest.mark.django_db
def test_lists_ask_as_often_for_many_rows_as_for_few():
    world = network.build(practitioners=10)
    few = {}
    for role, address in LISTS:
        client = Client()
        client.force_login(person(world, role))
        few[role, address] = queries(client, address)
    network.add(world, practitioners=30)
    for role, address in LISTS:
        client = Client()
        client.force_login(person(world, role))
        many = queries(client, address)
        assert len(many) == len(few[role, address]), f"{role} {address}:\n" + "\n".join(many)


@pytest.mark.django_db
def test_the_card_asks_as_often_after_many_visits_as_after_one():
    world = network.build(practitioners=10)
    practitioner = world.practitioners[0]
    client = Client()
    client.force_login(world.coach.user)
    network.visited(world, practitioner)
    few = queries(client, f"/practitioners/{practitioner.ref}/")
    for days_ago in range(50, 90, 4):
        network.visited(world, practitioner, days_ago=days_ago)
    many = queries(client, f"/practitioners/{practitioner.ref}/")
    assert len(many) == len(few), "\n".join(many)
