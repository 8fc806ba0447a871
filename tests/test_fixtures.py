"""The test house itself: nothing that a test leaves behind is seen by the next one."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection

from tests.helpers import broker


@pytest.mark.django_db
def test_every_process_has_a_database_of_its_own(django_db_setup: None) -> None:
    assert connection.settings_dict["NAME"].startswith("test_")
    with connection.cursor() as cursor:
        cursor.execute("select current_database()")
        assert cursor.fetchone() == (connection.settings_dict["NAME"],)


@pytest.mark.parametrize("turn", [1, 2])
@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_finds_what_the_migrations_made_and_nothing_else(turn: int) -> None:
    assert not Group.objects.exists()
    Group.objects.create(name=f"left behind by turn {turn}")
    assert ContentType.objects.exists()
    ContentType.objects.filter(app_label="sessions").delete()


@pytest.mark.parametrize("turn", [1, 2])
def test_the_cache_starts_empty(turn: int) -> None:
    assert cache.get("kept") is None
    cache.set("kept", turn)
    assert cache.get("kept") == turn


def test_the_queue_starts_empty() -> None:
    assert broker.queue_length() == 0


@pytest.mark.browser
def test_a_browser_sees_the_product_with_its_styles_and_scripts(page: Any) -> None:
    page.goto("/accounts/login/")
    assert page.locator("form").count() >= 1
    assert page.evaluate("document.styleSheets.length") >= 1


@pytest.mark.browser
def test_a_browser_is_logged_in_as_whom_the_test_names(new_page: Any, transactional_db: None) -> None:
    from tests.factories.accounts import UserFactory

    coach = UserFactory()
    page = new_page(user=coach, phone=True)
    page.goto("/")
    assert "/accounts/login/" not in page.url
