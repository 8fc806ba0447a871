"""The OpenAPI document: kept, complete, and true of what the endpoints answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from adoption.models import SchemeVersion, SegmentationRun
from coaching.models import Case, Coach, FollowUp, Visit
from core.api.document import as_yaml, document
from practitioners.models import Organisation, Practitioner
from tests.factories import network as networks
from tests.factories.accounts import make_token

KEPT = Path(settings.BASE_DIR) / "docs" / "openapi-v1.yaml"
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    unsupported_method,
    ignored_auth,
    missing_required_header,
)


def test_the_kept_document_is_the_present_one() -> None:
    assert KEPT.read_text(encoding="utf-8") == as_yaml(), (
        "The REST interface has changed. Run `python manage.py openapi --write`, and look at the difference:"
        " within v1, changes only add."
    )


def test_every_operation_is_told_and_guarded() -> None:
    schema = document()
    assert schema["openapi"].startswith("3.1")
    names = set()
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["summary"] and operation["description"], where
            assert operation["security"] == [{"token": []}], where
            assert {"400", "401", "406"} <= set(operation["responses"]), where
            assert operation["operationId"] not in names, where
            names.add(operation["operationId"])


def test_the_document_is_served_as_yaml_and_json() -> None:
    assert yaml.safe_load(Client().get("/api/v1/schema/").content) == document()
    assert Client().get("/api/v1/schema/", headers={"Accept": "application/json"}).json() == document()
    assert Client().post("/api/v1/schema/").status_code == 405


def test_the_page_tells_every_operation_without_script_of_its_own(db: None) -> None:
    answer = Client().get("/api/v1/docs/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert all(path in page for path in document()["paths"])
    assert "<style" not in page and "onclick" not in page and "style=" not in page
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy and "default-src 'self'" in policy


# --- Schemathesis -----------------------------------------------------------------------------------

OPERATIONS = [(method.upper(), path) for path, methods in document()["paths"].items() for method in methods]
EXAMPLES = {GenerationMode.POSITIVE: 12, GenerationMode.NEGATIVE: 8}


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """The server's habit of closing its connection, which would end the test's transaction, is left off."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.usefixtures("_one_connection")
@pytest.mark.parametrize("mode", EXAMPLES)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_as_the_document_says(
    method: str, path: str, mode: GenerationMode, network: networks.Network
) -> None:
    """Requests that the document allows, or doesn't, sent to the application that a server runs.

    Named things are those of the network as well as made-up ones, so that acts reach their services.
    """
    schema = schemathesis.openapi.from_dict(document())
    schema.app = get_wsgi_application()
    operation = schema[path][method]
    headers = {"Authorization": f"Bearer {make_token(network.client)}"}
    refs = _refs_of(path, network)
    # Rows of a bulk write are judged one by one: a wrong one is an error in a good answer.
    by_row = (method, path) == ("POST", "/api/v1/measures/")
    checks = [check for check in CHECKS if not (by_row and check is negative_data_rejection)]

    @hypothesis_settings(
        max_examples=EXAMPLES[mode],
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans(), which=st.integers(0, 99))
    def answers(case: Any, real: bool, which: int) -> None:
        if real and refs and "ref" in case.path_parameters and mode == GenerationMode.POSITIVE:
            case.path_parameters["ref"] = refs[which % len(refs)]
        with transaction.atomic():
            case.call_and_validate(headers=headers, checks=checks)
            transaction.set_rollback(True)

    answers()


def _refs_of(path: str, network: networks.Network) -> list[str]:
    """Refs of things that exist, for addresses with a ref."""
    tables: dict[str, Any] = {
        "practitioners": Practitioner,
        "organisations": Organisation,
        "cases": Case,
        "visits": Visit,
        "follow-ups": FollowUp,
        "coaches": Coach,
        "runs": SegmentationRun,
        "versions": SchemeVersion,
    }
    named = [step for step in path.split("/") if step in tables]
    return [str(ref) for ref in tables[named[-1]].objects.values_list("ref", flat=True)] if named else []
