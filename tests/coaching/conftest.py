"""What every test of the work starts from."""

from collections.abc import Iterator

import pytest

from core import clock


@pytest.fixture(autouse=True)
def _own_day() -> Iterator[None]:
    """No test lives on the day of another one's network."""
    clock.forget()
    yield
    clock.forget()
