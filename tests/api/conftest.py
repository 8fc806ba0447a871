"""A small network and REST clients of every role."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.selectors.tokens import token_cache
from core import clock
from tests.factories import network as networks
from tests.factories.accounts import make_token


class RestClient(Client):
    """Django's test client, sending a token and JSON."""

    def __init__(self, user: User | None = None, scope: str = "write", **options: Any) -> None:
        super().__init__(**options)
        if user is not None:
            self.defaults["HTTP_AUTHORIZATION"] = f"Bearer {make_token(user, scope)}"
        self.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A request with a JSON body; header names as keywords, `idempotency_key="a"`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if method == "GET":
            return self.get(path, headers=named)
        return self.generic(
            method, path, self._encode_json(body, "application/json"), "application/json", headers=named
        )


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """No test meets another one's token, kept statement or day."""
    yield
    token_cache.forget()
    clock.forget()


@pytest.fixture
def network(db: None) -> networks.Network:
    """Ten practitioners in two communes, with figures, segments, cases and follow-ups."""
    return networks.build()


@pytest.fixture
def office(network: networks.Network) -> RestClient:
    """A coordinator's client."""
    return RestClient(network.coordinator)


@pytest.fixture
def field(network: networks.Network) -> RestClient:
    """A coach's client."""
    return RestClient(network.coach.user)
