"""Fixtures for every test: a real database per process, a clean cache, real workers, a real browser."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase

from tests.helpers import broker, browser, databases
from tests.helpers.workers import WorkerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """A database of this process's own, copied from a template that is migrated once (replaces pytest-django's)."""
    with django_db_blocker.unblock():
        original = connection.settings_dict["NAME"]
        name = databases.make_test_database()
    yield
    with django_db_blocker.unblock():
        databases.drop_test_database(name, original)


def _back_to_pristine(self: TransactionTestCase) -> None:
    """End a transactional test with the rows that the migrations made, and no others.

    Django's own way empties every table, catalogues included, and fails on tables of swapped models.
    """
    databases.restore_pristine_rows()


TransactionTestCase._fixture_teardown = _back_to_pristine


@pytest.fixture(autouse=True)
def _clean_cache() -> Iterator[None]:
    """No test sees what another one cached.

    Not `cache.clear()`: that empties the whole Redis database, other runs' queues included.
    """
    yield
    broker.forget_everything()


# --- Workers -----------------------------------------------------------------------------------------


@pytest.fixture
def celery_worker_process(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., WorkerProcess]]:
    """Start real Celery workers on this test's database: `worker = celery_worker_process(concurrency=2)`.

    The worker is ready when the call returns; `worker.kill()`, `worker.stop()`, `worker.output()`.
    What is left at the end of the test is killed.
    """
    workers: list[WorkerProcess] = []

    def start(*, wait: bool = True, **options: Any) -> WorkerProcess:
        worker = WorkerProcess(len(workers), tmp_path / f"worker-{len(workers)}.log", **options)
        workers.append(worker)
        if wait:
            worker.wait_until_ready()
        return worker

    yield start
    for worker in workers:
        worker.kill()


# --- Browser -----------------------------------------------------------------------------------------


@pytest.fixture
def live_server_url(live_server: Any) -> str:
    """The address of the whole product, served from this test's database with its built front end."""
    return str(live_server.url)


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """One headless Chromium for the whole run."""
    from playwright.sync_api import sync_playwright

    path = browser.find()
    if path is None:
        if os.environ.get("PASSERELLE_REQUIRE_BROWSER"):
            pytest.fail("no Chromium was found; `python -m tests.helpers.browser` installs one")
        pytest.skip("no Chromium here; `make test` installs one")
    # Playwright's synchronous interface keeps an event loop in this thread, which Django takes for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=path, headless=True, args=browser.FLAGS)
        yield instance
        instance.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture
def new_page(
    chromium: "Browser", live_server_url: str, request: pytest.FixtureRequest
) -> "Iterator[Callable[..., Page]]":
    """Open pages as different people see them: `new_page(user=coach, phone=True, javascript=False, language="nl")`.

    Addresses are relative to the live server: `page.goto("/")`. A page that logs an error (a script
    that fails, a file that isn't there, something the content policy blocks) fails the test, unless
    the test is marked `console_errors_expected`.
    """
    contexts = []
    errors: list[str] = []

    def open_page(
        *, user: Any = None, phone: bool = False, javascript: bool = True, language: str = "fr", **options: Any
    ) -> "Page":
        context = chromium.new_context(
            base_url=live_server_url,
            locale=language,
            timezone_id="Europe/Brussels",
            java_script_enabled=javascript,
            viewport={"width": 390, "height": 844} if phone else {"width": 1366, "height": 900},
            has_touch=phone,
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            session = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server_url}])
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.on("console", lambda line: errors.append(f"{page.url}: {line.text}") if line.type == "error" else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    if errors and not request.node.get_closest_marker("console_errors_expected"):
        pytest.fail("the browser's console has errors:\n" + "\n".join(errors))


@pytest.fixture
def page(new_page: "Callable[..., Page]") -> "Page":
    """A desktop page of somebody who isn't logged in; see `new_page` for others."""
    return new_page()
