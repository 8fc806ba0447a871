"""Writing over REST: what is refused and how, ETags, and requests that can be repeated."""

import datetime as dt
import json
import threading
import uuid
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from coaching.api.refusals import REFUSALS as REFUSALS_OF_WORK
from coaching.models import Case, FollowUp, Visit
from core.api.problems import problem_response
from core.models import IdempotencyKey
from practitioners.api.refusals import REFUSALS as REFUSALS_OF_REGISTRY
from practitioners.models import Identifier, Practitioner
from tests.factories import network as networks
from tests.factories.accounts import UserFactory

from .conftest import RestClient

pytestmark = pytest.mark.django_db
PRACTITIONERS = "/api/v1/practitioners/"
PractitionerEvent = apps.get_model("practitioners", "PractitionerEvent")
JAN = {"family_name": "Vandervelde", "given_name": "Jan", "identifiers": {"nihdi": "1-42966-12-004"}}


# --- Problems -------------------------------------------------------------------------------------------


def is_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The body of a problem with this status and code."""
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), told
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert told["status"] == status and told["title"] and told["type"] == f"urn:passerelle:problem:{code}"
    return told


def test_every_field_that_is_wrong_is_pointed_at(office: RestClient) -> None:
    body = {"given_name": 7, "phone": "12", "language": "de", "nonsense": 1, "software_since": "yesterday"}
    told = is_problem(office.send("POST", PRACTITIONERS, body), 400, "invalid")
    assert {error["pointer"] for error in told["errors"]} == {
        "/family_name", "/given_name", "/language", "/nonsense", "/software_since",
    }  # fmt: skip
    told = is_problem(office.send("POST", PRACTITIONERS, {"family_name": "A", "phone": "12"}), 400, "invalid")
    assert told["errors"][0]["pointer"] == "/phone"
    body = {"family_name": "A", "identifiers": {"nihdi": "99999999999"}}
    told = is_problem(office.send("POST", PRACTITIONERS, body), 400, "invalid")
    assert told["errors"][0]["pointer"] == "/identifiers/nihdi"


@pytest.mark.parametrize(
    "body",
    [
        b" ", b"{", b"nonsense", b"[1]", b'"text"', b"null", b"NaN", b'{"family_name": NaN}', b"\xff\xfe",
        b'{"family_name": "a\\u0000b"}', b'{"family_name": "\\ud800"}', b'{"a\\u0000": 1}', b"[" * 100_000,
        b'{"family_name": "A", "family_name": "B"}', b'{"family_name": ' + b"9" * 5000 + b"}",
        b'{"family_name": "A", "attributes": {"x": {"y": 1}}}', b'{"family_name": "' + b"x" * 151 + b'"}',
        b'{"family_name": ["A"]}', b'{"family_name": "A", "software": 7}', b'{"family_name": "A", "software": "x"}',
    ],
)  # fmt: skip
def test_nonsense_is_a_400_and_changes_nothing(body: bytes, office: RestClient) -> None:
    before = Practitioner.objects.count()
    answer = office.post(PRACTITIONERS, body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert Practitioner.objects.count() == before


def test_numbers_out_of_every_bound_are_refused(network: networks.Network, office: RestClient) -> None:
    rows = [
        {"practitioner": str(network.practitioners[0].ref), "month": "2018-07", "value": value}
        for value in (1e400, -1, "seven", None, True, [1], {"a": 1})
    ]
    rows += [{"practitioner": 7, "month": "2018-07", "value": 1}, {"month": "2018-07", "value": 1}, {}]
    rows += [
        {"practitioner": str(uuid.uuid4()), "month": month, "value": 1} for month in ("2018-13", "0000-01", 7, None)
    ]
    answer = office.post(
        "/api/v1/measures/",
        '{"indicator": "sumehr_published", "rows": ' + _json(rows) + "}",
        content_type="application/json",
    )
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert {error["row"] for error in told["errors"]} == set(range(len(rows)))
    assert told["created"] == told["updated"] == 0
    assert all(error["remedy"] and error["field"] for error in told["errors"])


def _json(value: Any) -> str:
    return json.dumps(value).replace("Infinity", "1e400")


def test_too_much_is_413_and_another_type_415_and_406(office: RestClient) -> None:
    huge = '{"family_name": "' + "x" * 3_000_000 + '"}'
    is_problem(office.post(PRACTITIONERS, huge, content_type="application/json"), 413, "too_large")
    is_problem(office.post(PRACTITIONERS, "a=1", content_type="text/plain"), 415, "unsupported_media_type")
    is_problem(office.get(PRACTITIONERS, headers={"Accept": "text/html"}), 406, "not_acceptable")
    assert office.get(PRACTITIONERS, headers={"Accept": "text/html, application/*;q=0.5"}).status_code == 200


def test_unknown_addresses_and_methods_are_problems_too(office: RestClient) -> None:
    for path in ("/api/", "/api/v1/nothing/", "/api/v2/", "/api/v1/practitioners/7/", "/api/v1/practitioners"):
        is_problem(office.get(path), 404, "not_found")
    answer = office.delete(PRACTITIONERS)
    is_problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD, POST"
    assert office.options(PRACTITIONERS).status_code == 405


def test_a_rule_of_the_domain_is_a_409_with_its_code(network: networks.Network, office: RestClient) -> None:
    office.send("POST", PRACTITIONERS, JAN)
    told = is_problem(office.send("POST", PRACTITIONERS, JAN), 409, "identifier_taken")
    assert told["errors"][0]["pointer"] == "/identifiers/nihdi"
    live = network.cases[0]
    body = {"practitioner": str(live.practitioner.ref), "track": live.track}
    assert office.send("POST", "/api/v1/cases/", body).status_code == 409


def test_a_constraint_that_has_the_last_word_is_a_409_in_words(network: networks.Network) -> None:
    identifier = Identifier.objects.all()[0]
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Identifier.objects.create(
            system=identifier.system, value=identifier.value, practitioner=network.practitioners[-1]
        )
    answer = problem_response(refused.value)
    assert answer is not None and answer.status_code == 409
    told = json.loads(answer.content)
    assert (told["code"], told["errors"][0]["pointer"]) == ("identifier_taken", "/identifiers")
    case = network.cases[0]
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Case.objects.create(practitioner=case.practitioner, track=case.track, opened_at=timezone.now())
    answer = problem_response(refused.value)
    assert answer is not None and json.loads(answer.content)["code"] == "case_already_live"


def test_every_refusal_is_of_a_constraint_that_there_is(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class WHERE relkind = 'i'")
        names = {name for (name,) in cursor.fetchall()}
    assert {*REFUSALS_OF_REGISTRY, *REFUSALS_OF_WORK} <= names


def test_words_are_in_the_language_that_is_asked_for(office: RestClient) -> None:
    for accepted in ("fr-BE,fr;q=0.9", "nl", "en-GB", "de", "*", ";;;", "x" * 500):
        assert office.get("/api/v1/nothing/", headers={"Accept-Language": accepted}).status_code == 404


# --- ETags ----------------------------------------------------------------------------------------------


def test_a_detail_is_304_until_it_changes(network: networks.Network, office: RestClient) -> None:
    path = f"{PRACTITIONERS}{network.practitioners[0].ref}/"
    etag = office.get(path).headers["ETag"]
    unchanged = office.get(path, headers={"If-None-Match": etag})
    assert unchanged.status_code == 304 and not unchanged.content and unchanged.headers["ETag"] == etag
    assert office.get(path, headers={"If-None-Match": f'"other", W/{etag}'}).status_code == 304
    changed = office.send("PATCH", path, {"phone": "+32 2 555 12 34"}, if_match=etag)
    assert changed.status_code == 200 and changed.json()["phone"] == "+3225551234"
    assert office.get(path, headers={"If-None-Match": etag}).status_code == 200
    assert office.get(path).headers["ETag"] == changed.headers["ETag"]
    is_problem(office.send("PATCH", path, {"phone": ""}, if_match=etag), 412, "changed_meanwhile")
    assert office.send("PATCH", path, {"phone": ""}, if_match="*").status_code == 200


def test_an_act_honours_if_match(network: networks.Network, office: RestClient) -> None:
    path = f"/api/v1/follow-ups/{network.follow_up.ref}/"
    etag = office.get(path).headers["ETag"]
    to = networks.TODAY + dt.timedelta(days=9)
    moved = office.send("POST", f"{path}postpone/", {"to": str(to), "reason": "On leave"}, if_match=etag)
    assert moved.status_code == 200 and moved.json()["target_on"] == str(to), moved.content
    assert moved.headers["ETag"] == office.get(path).headers["ETag"]
    stale = office.send("POST", f"{path}complete/", {"outcome": "done"}, if_match=etag)
    is_problem(stale, 412, "changed_meanwhile")
    case = f"/api/v1/cases/{network.cases[0].ref}/"
    is_problem(office.send("POST", f"{case}close/", {"outcome": "refused"}, if_match='"old"'), 412, "changed_meanwhile")


def test_an_act_on_a_case_locks_the_practitioner_first(network: networks.Network, office: RestClient) -> None:
    """Everybody does; whoever took the enrolments first would wait in a circle with the planner."""
    case = Case.objects.filter(state="open").order_by("pk")[0]
    with CaptureQueriesContext(connection) as queries:
        answer = office.send("POST", f"/api/v1/cases/{case.ref}/close/", {"outcome": "refused"}, if_match="*")
    assert answer.status_code == 200, answer.json()
    tables = ["practitioners_practitioner", "coaching_enrolment", "coaching_case"]
    locking = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    locked = [next((table for table in tables if f'FROM "{table}"' in sql), "") for sql in locking]
    assert [table for table in dict.fromkeys(locked) if table] == tables


# --- Idempotency ------------------------------------------------------------------------------------------


def test_a_repeat_gets_the_kept_answer_and_does_nothing(office: RestClient) -> None:
    first = office.send("POST", PRACTITIONERS, JAN, idempotency_key="a")
    again = office.send("POST", PRACTITIONERS, JAN, idempotency_key="a")
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first.headers
    assert (again.headers["Location"], again.headers["ETag"]) == (first.headers["Location"], first.headers["ETag"])
    assert Practitioner.objects.filter(family_name="Vandervelde").count() == 1


def test_a_key_for_another_request_is_refused(network: networks.Network, office: RestClient) -> None:
    office.send("POST", PRACTITIONERS, JAN, idempotency_key="a")
    other = {**JAN, "given_name": "Piet"}
    is_problem(office.send("POST", PRACTITIONERS, other, idempotency_key="a"), 422, "idempotency_key_reused")
    is_problem(office.send("POST", "/api/v1/organisations/", JAN, idempotency_key="a"), 422, "idempotency_key_reused")
    is_problem(office.send("POST", PRACTITIONERS, JAN, idempotency_key=" a b "), 400, "invalid_idempotency_key")
    # Another user's key is another key.
    elsewhere = RestClient(network.client).send("POST", "/api/v1/organisations/", {"name": "A"}, idempotency_key="a")
    assert elsewhere.status_code == 201


def test_a_refused_request_may_be_sent_again_under_its_key(office: RestClient) -> None:
    assert office.send("POST", PRACTITIONERS, {**JAN, "phone": "12"}, idempotency_key="a").status_code == 400
    assert office.send("POST", PRACTITIONERS, JAN, idempotency_key="a").status_code == 201


def test_a_key_is_forgotten_after_a_day(office: RestClient) -> None:
    organisation = {"name": "Cabinet"}
    first = office.send("POST", "/api/v1/organisations/", organisation, idempotency_key="a")
    IdempotencyKey.objects.update(created_at=timezone.now() - dt.timedelta(hours=24, seconds=1))
    second = office.send("POST", "/api/v1/organisations/", organisation, idempotency_key="a")
    assert second.status_code == 201 and second.json()["ref"] != first.json()["ref"]
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_is_carried_out() -> None:
    """Eight real threads with their own connections: one success, the others its replay or a 409 to retry."""
    user = UserFactory(role=Role.COORDINATOR)
    clients = [RestClient(user) for _ in range(8)]
    together = threading.Barrier(len(clients))
    answers: list[Any] = []

    def send(client: RestClient) -> None:
        try:
            together.wait()
            answers.append(client.send("POST", PRACTITIONERS, JAN, idempotency_key="same"))
        finally:
            connection.close()
            close_old_connections()

    threads = [threading.Thread(target=send, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(clients)
    carried_out = [a for a in answers if a.status_code == 201 and "Idempotent-Replayed" not in a.headers]
    replayed = [a for a in answers if a.headers.get("Idempotent-Replayed")]
    waiting = [a for a in answers if a.status_code == 409]
    assert len(carried_out) == 1
    assert len(carried_out) + len(replayed) + len(waiting) == len(answers)
    assert all(a.json()["code"] == "request_in_progress" and a.headers["Retry-After"] == "1" for a in waiting)
    assert Practitioner.objects.filter(family_name="Vandervelde").count() == 1


# --- The work -----------------------------------------------------------------------------------------------


def test_a_case_from_opening_to_closing(network: networks.Network, office: RestClient) -> None:
    free = Practitioner.objects.exclude(cases__state="open").first()
    assert free is not None
    body = {"practitioner": str(free.ref), "track": "coaching", "because": "Asked for it"}
    opened = office.send("POST", "/api/v1/cases/", body)
    assert opened.status_code == 201, opened.content
    path = opened.headers["Location"]
    assert office.get(path).json() == opened.json()
    coach = office.get("/api/v1/coaches/").json()["results"][0]
    assigned = office.send("POST", f"{path}assign/", {"coach": coach["ref"]})
    assert assigned.json()["coach"]["ref"] == coach["ref"]
    mine = office.get(f"/api/v1/follow-ups/?open=true&case={opened.json()['ref']}").json()["results"]
    assert [row["assignee"]["ref"] for row in mine] == [coach["ref"]]
    told = office.get(f"/api/v1/follow-ups/{mine[0]['ref']}/").json()
    assert all(told["explanation"][part] for part in ("why_me", "why_today", "what_next"))
    closed = office.send("POST", f"{path}close/", {"outcome": "no_longer_needed"})
    assert closed.json()["state"] == "closed"
    assert office.send("POST", f"{path}close/", {"outcome": "no_longer_needed"}).status_code == 409


def test_a_follow_up_is_assigned_completed_and_logged(network: networks.Network, office: RestClient) -> None:
    path = f"/api/v1/follow-ups/{network.follow_up.ref}/"
    assert office.send("POST", f"{path}assign/", {"coach": None}).json()["assignee"] is None
    done = office.send("POST", f"{path}complete/", {"outcome": "done"})
    assert done.status_code == 200 and done.json()["state"] == "done", done.content
    assert office.send("POST", f"{path}complete/", {"outcome": "done"}).status_code == 409
    body = {
        "practitioner": str(network.practitioners[0].ref), "kind": "visit", "outcome": "done", "minutes": 30,
        "started_at": "2018-07-16T09:00:00+02:00", "coach": str(network.coach.ref),
        "topics": [office.get("/api/v1/topics/").json()["results"][0]["code"]],
        "barriers": [{"barrier": office.get("/api/v1/barriers/").json()["results"][0]["code"], "severity": 3}],
        "readiness": {"awareness": 4, "desire": 3, "knowledge": 2, "ability": 2, "reinforcement": 1},
        "next_step": "Call back", "next_step_on": "2018-08-01",
    }  # fmt: skip
    logged = office.send("POST", "/api/v1/visits/", body)
    assert logged.status_code == 201, logged.content
    told = logged.json()
    assert told["topics"] == body["topics"] and told["barriers"] == body["barriers"]
    assert told["readiness"] == body["readiness"] and Visit.objects.filter(ref=told["ref"]).exists()


def test_a_coach_logs_visits_in_their_own_name(network: networks.Network, field: RestClient) -> None:
    body = {"practitioner": str(network.follow_up.practitioner.ref), "kind": "call", "outcome": "done"}
    before = Visit.objects.count()
    told = is_problem(
        field.send("POST", "/api/v1/visits/", body | {"coach": str(network.colleague.ref)}), 403, "another_coach"
    )
    assert told["errors"][0]["pointer"] == "/coach"
    assert Visit.objects.count() == before
    assert field.send("POST", "/api/v1/visits/", body | {"coach": str(network.coach.ref)}).status_code == 201


def test_a_coach_changes_contact_details_and_software_only(
    network: networks.Network, field: RestClient, office: RestClient
) -> None:
    person = Practitioner.objects.filter(commune=network.home).order_by("pk")[0]
    path = f"{PRACTITIONERS}{person.ref}/"
    refused = {
        "commune": network.elsewhere.nis_code, "family_name": "X", "given_name": "X", "profession": "specialist",
        "identifiers": {"nihdi": "1-42966-12-004"}, "organisation": str(network.practice.ref),
        "attributes": {"x": 1}, "connected_since": "2018-01-01",
    }  # fmt: skip
    refused["profession"] = person.profession
    for name, value in refused.items():
        told = is_problem(field.send("PATCH", path, {"phone": "", name: value}), 403, "fields_not_allowed")
        assert [error["pointer"] for error in told["errors"]] == [f"/{name}"]
        assert name in told["detail"]
    kept = Practitioner.objects.get(pk=person.pk)
    assert (kept.updated_at, kept.commune) == (person.updated_at, person.commune)
    body = {"phone": "+32 2 555 12 34", "email": "new@example.org", "language": "nl", "software": None}
    assert field.send("PATCH", path, body | {"software_since": None}).status_code == 200
    assert office.send("PATCH", path, {"commune": network.elsewhere.nis_code}).status_code == 200


def test_many_follow_ups_are_assigned_at_once(network: networks.Network, office: RestClient) -> None:
    refs = [str(ref) for ref in FollowUp.objects.values_list("ref", flat=True)]
    closed = FollowUp.objects.get(ref=refs[0])
    office.send("POST", f"/api/v1/follow-ups/{closed.ref}/complete/", {"outcome": "done"})
    answer = office.send(
        "POST", "/api/v1/follow-ups/assign/", {"follow_ups": refs, "coach": str(network.colleague.ref)}
    )
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert sorted(told["assigned"] + [row["ref"] for row in told["refused"]]) == sorted(refs)
    assert [row["ref"] for row in told["refused"]] == [refs[0]]
    twice = office.send("POST", "/api/v1/follow-ups/assign/", {"follow_ups": refs[:1] * 2, "coach": None})
    assert is_problem(twice, 400, "invalid")["errors"][0]["pointer"] == "/follow_ups"


def test_figures_are_written_in_bulk_and_can_be_repeated(network: networks.Network, office: RestClient) -> None:
    rows = [
        {"practitioner": str(one.ref), "month": "2018-06", "value": 3 + place}
        for place, one in enumerate(network.practitioners)
    ]
    body = {"indicator": "sumehr_published", "rows": [*rows, {**rows[0], "month": "June"}]}
    first = office.send("POST", "/api/v1/measures/", body, idempotency_key="bulk")
    assert first.status_code == 200, first.content
    told = first.json()
    assert told["created"] + told["updated"] + told["unchanged"] == len(rows)
    assert [error["row"] for error in told["errors"]] == [len(rows)]
    assert office.send("POST", "/api/v1/measures/", body).json()["unchanged"] == len(rows)
    assert office.send("POST", "/api/v1/measures/", body, idempotency_key="bulk").json() == told
    found = office.get(f"/api/v1/measures/?practitioner={network.practitioners[3].ref}&month_from=2018-06").json()
    assert [row["value"] for row in found["results"] if row["indicator"] == "sumehr_published"] == [6]


def test_history_says_who_changed_what_over_rest(network: networks.Network) -> None:
    client = RestClient(network.client)
    client.send("PATCH", f"{PRACTITIONERS}{network.practitioners[0].ref}/", {"phone": "+32 2 555 12 34"})
    event = PractitionerEvent.objects.filter(pgh_obj=network.practitioners[0]).order_by("-pk")[0]
    assert event.phone == "+3225551234"
    assert event.pgh_context.metadata["user"] == network.client.pk
    assert event.pgh_context.metadata["url"].startswith(PRACTITIONERS)
