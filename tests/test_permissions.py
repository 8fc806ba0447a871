"""Who may call what over REST: every endpoint, every role, each scope of a token; and what lies out of scope."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from accounts.enums import Role
from accounts.selectors.tokens import token_cache
from coaching.models import Case, FollowUp, Visit
from core import clock
from practitioners.models import Practitioner
from tests.api.conftest import RestClient
from tests.factories import network as networks
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
EVERYONE = frozenset(Role)
KEEPERS = frozenset({Role.COORDINATOR, Role.MANAGER, Role.OPERATOR, Role.CLIENT})
STEERING = frozenset({Role.COORDINATOR, Role.MANAGER, Role.CLIENT})
PLANNING = frozenset({Role.COORDINATOR, Role.MANAGER, Role.OPERATOR})
WORKING = STEERING | {Role.COACH, Role.TECHNICIAN}

# Name of the address: method, body, who may. Things are those of the network that the role's person sees.
READS = [
    "me", "practitioners", "practitioner", "organisations", "organisation", "communes", "commune", "software-products",
    "software-product", "indicators", "indicator", "measures", "segments", "scheme-versions", "scheme-version", "runs",
    "run", "run-movements", "run-moved", "coaches", "coach", "barriers", "topics", "cases", "case", "visits", "visit",
    "follow-ups", "follow-up", "progress",
]  # fmt: skip
WRITES: dict[tuple[str, str], frozenset[Role]] = {
    ("practitioners", "POST"): KEEPERS,
    ("practitioner", "PATCH"): KEEPERS | {Role.COACH, Role.TECHNICIAN},
    ("organisations", "POST"): KEEPERS,
    ("organisation", "PATCH"): KEEPERS,
    ("measures", "POST"): KEEPERS,
    ("cases", "POST"): WORKING,
    ("case-close", "POST"): WORKING,
    ("case-assign", "POST"): STEERING,
    ("visits", "POST"): WORKING,
    ("follow-ups-assign", "POST"): STEERING,
    ("follow-ups-proposal", "POST"): STEERING,
    ("follow-ups-proposal-confirm", "POST"): STEERING,
    ("follow-up-assign", "POST"): STEERING,
    ("follow-up-complete", "POST"): WORKING,
    ("follow-up-postpone", "POST"): WORKING,
    ("planner-dry-run", "POST"): PLANNING,
}
OPEN_TO_ALL = {"schema", "docs"}


def addresses() -> dict[str, URLPattern]:
    """Every address of the interface by its name."""
    found = next(one for one in get_resolver().url_patterns if getattr(one, "app_name", "") == "api")
    return {pattern.name: pattern for pattern in found.url_patterns}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """No test meets another one's token or day."""
    yield
    token_cache.forget()
    clock.forget()


@pytest.fixture(name="network")
def _network(db: None) -> networks.Network:
    """Ten practitioners in two communes, with figures, segments, cases and follow-ups."""
    return networks.build()


@pytest.fixture
def people(network: networks.Network) -> dict[Role, Any]:
    """Somebody of every role."""
    return {
        Role.COACH: network.coach.user, Role.TECHNICIAN: network.colleague.user, Role.COORDINATOR: network.coordinator,
        Role.MANAGER: network.manager, Role.OPERATOR: network.operator, Role.CLIENT: network.client,
    }  # fmt: skip


def path_of(name: str, network: networks.Network, user: Any) -> str:
    """The address, with something in it that the user sees."""
    from django.urls import reverse

    from adoption.models import SchemeVersion
    from coaching.selectors.visibility import cases_visible_to, follow_ups_visible_to, visits_visible_to
    from practitioners.models import SoftwareProduct
    from practitioners.selectors.visibility import practitioners_visible_to

    things: dict[str, Any] = {
        "practitioner": lambda: practitioners_visible_to(user)[0].ref,
        "organisation": lambda: network.practice.ref,
        "commune": lambda: network.home.nis_code,
        "software-product": lambda: SoftwareProduct.objects.get_or_create(name="Package", vendor="Vendor")[0].ref,
        "indicator": lambda: "sumehr_published",
        "scheme-version": lambda: SchemeVersion.objects.all()[0].ref,
        "run": lambda: network.run.ref,  # type: ignore[union-attr]
        "coach": lambda: network.coach.ref,
        "case": lambda: cases_visible_to(user).exclude(state="closed")[0].ref,
        "visit": lambda: visits_visible_to(user)[0].ref,
        "follow-up": lambda: follow_ups_visible_to(user).filter(state__in=["planned", "due"])[0].ref,
    }
    for kind in sorted(things, key=len, reverse=True):
        if (name == kind or name.startswith(kind + "-")) and "<" in str(addresses()[name].pattern):
            return reverse(f"api:{name}", args=[things[kind]()])
    return reverse(f"api:{name}")


def body_of(name: str, network: networks.Network, user: Any) -> dict[str, Any]:
    """A body that is right for the address."""
    from practitioners.selectors.visibility import practitioners_visible_to

    seen = practitioners_visible_to(user)
    free = seen.exclude(cases__state="open").first() or seen[0]
    bodies: dict[str, dict[str, Any]] = {
        "practitioners": {"family_name": "New"},
        "practitioner": {"phone": "+32 2 555 12 34"},
        "organisations": {"name": "New"},
        "organisation": {"name": "Renamed"},
        "measures": {
            "indicator": "sumehr_published",
            "rows": [{"practitioner": str(seen[0].ref), "month": "2018-06", "value": 1}],
        },
        "cases": {"practitioner": str(free.ref), "track": "coaching"},
        "case-close": {"outcome": "no_longer_needed"},
        "case-assign": {"coach": None},
        "visits": {
            "practitioner": str(seen[0].ref), "kind": "call", "outcome": "no_answer",
            "coach": str((network.colleague if user == network.colleague.user else network.coach).ref),
        },
        "follow-ups-assign": {"follow_ups": [str(FollowUp.objects.all()[0].ref)], "coach": None},
        "follow-ups-proposal": {},
        "follow-ups-proposal-confirm": {
            "choices": [{"follow_up": str(FollowUp.objects.all()[0].ref), "coach": str(network.coach.ref)}]
        },
        "follow-up-assign": {"coach": None},
        "follow-up-complete": {"outcome": "no_answer"},
        "planner-dry-run": {"on": "2018-07-17"},
        "follow-up-postpone": {"to": "2018-07-30", "reason": "Asked for"},
    }  # fmt: skip
    return bodies[name]


def a_visit_each(network: networks.Network) -> None:
    """A visit and a case in both coaches' communes, so that everybody has one of everything."""
    from coaching.services import open_case

    for coach, commune in ((network.coach, network.home), (network.colleague, network.elsewhere)):
        for person in Practitioner.objects.filter(commune=commune):
            if not person.cases.exclude(state="closed").exists():
                open_case(practitioner=person, track="technical_support", by=network.coordinator, coach=coach)
                break
        person = Practitioner.objects.filter(commune=commune)[0]
        Visit.objects.create(
            practitioner=person, coach=coach, kind="visit", state="planned", planned_at="2018-07-20T09:00:00Z"
        )


def test_the_matrix_names_every_address() -> None:
    told = {name for name, _method in WRITES} | set(READS) | OPEN_TO_ALL
    assert told == set(addresses())
    for name, pattern in addresses().items():
        if name in OPEN_TO_ALL:
            continue
        view = pattern.callback.view_class  # type: ignore[attr-defined]
        methods = {m for m in ("POST", "PATCH") if m.lower() in view.http_method_names and hasattr(view, m.lower())}
        assert methods == {method for other, method in WRITES if other == name}, name


@pytest.mark.parametrize("role", Role)
def test_reading_is_for_everyone_with_a_token(role: Role, network: networks.Network, people: dict[Role, Any]) -> None:
    a_visit_each(network)
    for scope in ("read", "write"):
        client = RestClient(people[role], scope)
        for name in READS:
            answer = client.get(path_of(name, network, people[role]))
            assert answer.status_code == 200, (role, scope, name, answer.content)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("name", "method"), WRITES)
def test_writing_is_for_whom_the_matrix_says(
    role: Role,
    name: str,
    method: str,
    network: networks.Network,
    people: dict[Role, Any],
) -> None:
    a_visit_each(network)
    user = people[role]
    path, body = path_of(name, network, user), body_of(name, network, user)
    refused = RestClient(user, "read").send(method, path, body)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_too_small")
    answer = RestClient(user, "write").send(method, path, body)
    if role in WRITES[name, method]:
        assert answer.status_code in {200, 201}, answer.content
    else:
        assert answer.status_code == 403, answer.content


@pytest.mark.parametrize("name", sorted({*READS, *(name for name, _method in WRITES)}))
def test_nobody_gets_in_without_a_valid_token(name: str, network: networks.Network) -> None:
    a_visit_each(network)
    path = path_of(name, network, network.coordinator)
    method = next((m for other, m in WRITES if other == name and name not in READS), "GET")
    for header in (
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
    ):
        answer = Client().generic(method, path, headers=header)
        assert answer.status_code == 401, (name, header)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_session_is_no_token(network: networks.Network) -> None:
    browser = Client()
    browser.force_login(network.coordinator)
    assert browser.get("/api/v1/practitioners/").status_code == 401


def test_what_is_out_of_scope_does_not_exist(network: networks.Network) -> None:
    a_visit_each(network)
    Case.objects.filter(coach=network.coach, practitioner__commune=network.elsewhere).update(coach=network.colleague)
    FollowUp.objects.filter(assignee=network.coach, practitioner__commune=network.elsewhere).update(assignee=None)
    hidden = Practitioner.objects.filter(commune=network.elsewhere).exclude(cases__coach=network.coach)[0]
    case, visit = (
        Case.objects.filter(practitioner__commune=network.elsewhere)[0],
        Visit.objects.get(coach=network.colleague),
    )
    follow_up = FollowUp.objects.filter(practitioner__commune=network.elsewhere)[0]
    coach = RestClient(network.coach.user)
    asked: list[tuple[str, str, Any]] = [
        ("GET", f"practitioners/{hidden.ref}/", None),
        ("PATCH", f"practitioners/{hidden.ref}/", {"phone": ""}),
        ("GET", f"cases/{case.ref}/", None),
        ("POST", f"cases/{case.ref}/close/", {"outcome": "refused"}),
        ("POST", f"cases/{case.ref}/assign/", {"coach": None}),
        ("GET", f"visits/{visit.ref}/", None),
        ("GET", f"follow-ups/{follow_up.ref}/", None),
        ("POST", f"follow-ups/{follow_up.ref}/complete/", {"outcome": "done"}),
        ("POST", f"follow-ups/{follow_up.ref}/postpone/", {"to": "2018-07-30", "reason": "x"}),
        ("POST", "cases/", {"practitioner": str(hidden.ref), "track": "coaching"}),
        ("POST", "visits/", {"practitioner": str(hidden.ref), "kind": "call", "outcome": "done"}),
    ]
    for method, path, body in asked:
        answer = coach.send(method, f"/api/v1/{path}", body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, path, answer.content)
    for name in ("practitioners", "cases", "visits", "follow-ups", "measures", "segments"):
        text = coach.get(f"/api/v1/{name}/?limit=1000").content.decode()
        assert str(hidden.ref) not in text, name


def test_a_reference_in_a_body_that_is_out_of_scope_is_pointed_at(network: networks.Network) -> None:
    hidden = Practitioner.objects.filter(commune=network.elsewhere).exclude(cases__coach=network.coach)[0]
    body = {"practitioner": str(hidden.ref), "kind": "call", "outcome": "done"}
    answer = RestClient(network.coach.user).send("POST", "/api/v1/visits/", body)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/practitioner"]


def test_a_client_without_work_sees_an_empty_network() -> None:
    nobody = UserFactory(role=Role.COACH)
    assert RestClient(nobody).get("/api/v1/practitioners/").json()["results"] == []
