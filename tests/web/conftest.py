"""A small network for tests of pages."""

from collections.abc import Iterator

import pytest

from core import clock
from tests.factories import network


@pytest.fixture
def world(db: None) -> Iterator[network.Network]:
    """Ten practitioners, four of them followed up; its day is network.TODAY."""
    yield network.build()
    clock.forget()
