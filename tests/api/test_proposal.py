"""The proposal over REST: dry, with its reasons; confirmed once under its key, refusals one by one."""

import uuid

import pytest

from coaching.models import FollowUp, FollowUpEvent
from tests.factories import network as networks

from .conftest import RestClient

pytestmark = pytest.mark.django_db
PROPOSAL, CONFIRM = "/api/v1/follow-ups/proposal/", "/api/v1/follow-ups/proposal/confirm/"


@pytest.fixture
def waiting(network: networks.Network) -> list[FollowUp]:
    """Those that nobody has."""
    rows = list(FollowUp.objects.filter(assignee=None, state__in=["planned", "due"]).order_by("pk"))
    assert rows
    return rows


def test_the_proposal_names_pairs_reasons_loads_and_changes_nothing(
    network: networks.Network, office: RestClient, waiting: list[FollowUp]
) -> None:
    before = list(FollowUp.objects.order_by("pk").values())
    answer = office.send("POST", PROPOSAL, {})
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert {pair["follow_up"] for pair in told["pairs"]} == {str(row.ref) for row in waiting}
    pair = told["pairs"][0]
    # The colleague covers their commune.
    assert pair["coach"] == {"ref": str(network.colleague.ref), "name": "Tom De Smet"}
    assert pair["points"] == pytest.approx(sum(pair["cost"].values()))
    assert pair["reasons"][0].startswith("Speaks ")
    assert set(pair["could_take_it"]) == {str(network.coach.ref), str(network.colleague.ref)}
    load = [one for one in told["loads"] if one["coach"] == str(network.colleague.ref)]
    assert sum(one["after"] - one["before"] for one in load) == len(waiting)
    assert all(one["after"] <= one["capacity"] for one in told["loads"])
    assert (told["unassignable"], told["beyond"]) == ([], 0)
    assert list(FollowUp.objects.order_by("pk").values()) == before
    assert not FollowUpEvent.objects.filter(kind="assigned").exists()


def test_follow_ups_coaches_and_filters_can_be_named(
    network: networks.Network, office: RestClient, waiting: list[FollowUp]
) -> None:
    body = {"follow_ups": [str(waiting[0].ref)], "without": [str(network.colleague.ref)]}
    told = office.send("POST", PROPOSAL, body).json()
    assert [pair["coach"]["ref"] for pair in told["pairs"]] == [str(network.coach.ref)]
    everybody = {"without": [str(network.colleague.ref), str(network.coach.ref)]}
    left = office.send("POST", PROPOSAL, everybody).json()["unassignable"]
    assert {one["code"] for one in left} == {"no_coach"} and left[0]["detail"] == "There is no active coach."
    assert office.send("POST", PROPOSAL, {"commune": network.home.nis_code}).json()["pairs"] == []
    assert office.send("POST", PROPOSAL, {"commune": network.elsewhere.nis_code}).json()["pairs"] != []
    assert office.send("POST", PROPOSAL, {"week": "2017-01-02"}).json()["pairs"] == []
    refused = office.send("POST", PROPOSAL, {"track": "sleeping", "nonsense": 1, "follow_ups": []})
    assert {error["pointer"] for error in refused.json()["errors"]} == {"/track", "/nonsense", "/follow_ups"}


def test_a_confirmation_is_carried_out_once_under_its_key(
    network: networks.Network, office: RestClient, waiting: list[FollowUp]
) -> None:
    pairs = office.send("POST", PROPOSAL, {}).json()["pairs"]
    body = {"choices": [{"follow_up": pair["follow_up"], "coach": pair["coach"]["ref"]} for pair in pairs]}
    first = office.send("POST", CONFIRM, body, idempotency_key="k1")
    assert first.status_code == 200, first.content
    assert [one["follow_up"] for one in first.json()["given"]] == [pair["follow_up"] for pair in pairs]
    assert [one["week"] for one in first.json()["given"]] == [pair["week"] for pair in pairs]
    again = office.send("POST", CONFIRM, body, idempotency_key="k1")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert FollowUpEvent.objects.filter(kind="assigned").count() == len(pairs)
    late = office.send("POST", CONFIRM, body).json()
    assert late["given"] == [] and {one["code"] for one in late["refused"]} == {"follow_up_taken"}


def test_what_cannot_be_read_is_pointed_at_and_nothing_is_given(
    network: networks.Network, office: RestClient, waiting: list[FollowUp]
) -> None:
    good, coach = str(waiting[0].ref), str(network.coach.ref)
    body = {
        "choices": [
            {"follow_up": good, "coach": coach},
            {"follow_up": good, "coach": coach},
            {"follow_up": str(uuid.uuid4()), "coach": str(uuid.uuid4())},
        ]
    }
    told = office.send("POST", CONFIRM, body).json()
    assert {(error["pointer"], error["code"]) for error in told["errors"]} == {
        ("/choices/1/follow_up", "repeated"), ("/choices/2/follow_up", "does_not_exist"),
        ("/choices/2/coach", "does_not_exist"),
    }  # fmt: skip
    for choices in ([], "x", [{"follow_up": good}], [{"follow_up": good, "coach": coach, "more": 1}], [7]):
        assert office.send("POST", CONFIRM, {"choices": choices}).status_code == 400
    told = office.send("POST", CONFIRM, {"choices": [{"follow_up": 7, "coach": coach}]}).json()
    assert told["errors"][0]["pointer"] == "/choices/0/follow_up"
    assert not FollowUpEvent.objects.filter(kind="assigned").exists()


def test_a_coach_confirms_nothing(network: networks.Network, field: RestClient) -> None:
    assert field.send("POST", PROPOSAL, {}).status_code == 403


def test_bulk_by_hand_says_which_weeks_hold_more_than_fits(
    network: networks.Network, office: RestClient, waiting: list[FollowUp]
) -> None:
    network.coach.weekly_capacity = 1
    network.coach.save()
    body = {"follow_ups": [str(row.ref) for row in waiting], "coach": str(network.coach.ref)}
    told = office.send("POST", "/api/v1/follow-ups/assign/", body).json()
    assert len(told["assigned"]) == len(waiting)
    assert all(week["contacts"] > week["capacity"] for week in told["beyond"]) and told["beyond"]
