"""Fixtures for every test: a real database per process, a clean cache, real workers, a real browser."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import TransactionTestCase

from tests.helpers import broker, databases


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """A database of this process's own, copied from a template that is migrated once (replaces pytest-django's)."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        original = connection.settings_dict["NAME"]
        name = databases.make_test_database()
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        databases.drop_test_database(name, original)


# A transactional test ends by emptying every table, catalogues from the migrations included;
# the next test expects those.
_empty_every_table = TransactionTestCase._fixture_teardown


def _empty_and_restore(self: TransactionTestCase) -> None:
    _empty_every_table(self)
    databases.restore_pristine_rows()


TransactionTestCase._fixture_teardown = _empty_and_restore  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _clean_cache() -> Iterator[None]:
    """No test sees what another one cached.

    Not `cache.clear()`: that empties the whole Redis database, other runs' queues included.
    """
    yield
    broker.forget_everything()
