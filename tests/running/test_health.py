"""Probes, metrics, and what the logs may not say."""

import json
import subprocess
import sys
import time

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from core import health
from core.tasks import HEARTBEAT
from tests.plugin import BASE_DIR

STRANGER = {"HTTP_HOST": "10.1.2.3:8000"}  # a load balancer calls by address


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> dict[str, health._Registered]:
    own = dict(health._checks)
    monkeypatch.setattr(health, "_checks", own)
    return own


def test_alive_needs_no_server_and_no_host_name() -> None:
    answer = Client().get("/healthz", **STRANGER)
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.django_db
def test_ready_asks_database_and_broker() -> None:
    cache.set(HEARTBEAT, time.time())
    answer = Client().get("/readyz", **STRANGER)
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {"database": "ok", "broker": "ok", "background work": "ok", "planner": "ok"},
    }


@pytest.mark.django_db
def test_a_broker_that_is_gone_makes_it_unready(settings: object) -> None:
    settings.CELERY_BROKER_URL = "redis://user:secret@127.0.0.1:1/0"
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] == "ConnectionError"
    assert b"secret" not in answer.content


@pytest.mark.django_db
def test_late_background_work_is_told_without_taking_the_product_out_of_service() -> None:
    cache.set(HEARTBEAT, time.time() - 4000)
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert "ago" in answer.json()["checks"]["background work"]


@pytest.mark.django_db
def test_apps_add_their_own_checks(checks: dict[str, health._Registered]) -> None:
    health.register_readiness_check("vault", lambda: "locked")
    assert Client().get("/readyz").status_code == 503
    assert health.readiness()[1]["vault"] == "locked"


@pytest.mark.django_db
def test_metrics_are_numbers_behind_their_token(settings: object) -> None:
    assert b"django_http_requests_total" in Client().get("/metrics").content
    settings.METRICS_TOKEN = "of-prometheus"
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", HTTP_AUTHORIZATION="Bearer of-prometheus").status_code == 200
    settings.METRICS_TOKEN, settings.PRODUCTION = "", True
    assert Client().get("/metrics").status_code == 404


@pytest.mark.django_db
def test_a_probe_of_beat_says_when_it_sent_nothing() -> None:
    with pytest.raises(CommandError, match="sent nothing yet"):
        call_command("probe", "beat")


@pytest.mark.django_db(transaction=True)
def test_a_worker_answers_its_heart_beats_and_its_log_is_structured(celery_worker_process: object) -> None:
    from core.tasks import heartbeat
    from tests.helpers.waiting import wait_for

    worker = celery_worker_process(environment={"LOG_LEVEL": "DEBUG"})
    sent = heartbeat.delay()
    wait_for(lambda: cache.get(HEARTBEAT), what="the worker to beat")
    wait_for(lambda: "task_succeeded" in worker.output(), what="the worker's log")
    assert sent.id in worker.output()


def _logged(script: str) -> dict[str, object]:
    """The JSON line that production logs for what `script` does."""
    code = (
        "import logging, logging.config, structlog; from config.logs import logging_settings;"
        "logging.config.dictConfig(logging_settings(json=True, level='INFO'));" + script
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    line: dict[str, object] = json.loads(done.stderr.splitlines()[-1])
    return line


def test_logs_are_json_and_name_no_address() -> None:
    line = _logged(
        "structlog.get_logger('passerelle').warning('mail to a.coach+x@example.org', to=['b@example.org'],"
        " request='GET /practitioners/?q=Dupont')"
    )
    assert line["event"] == "mail to [e-mail]"
    assert line["to"] == ["[e-mail]"]
    assert line["request"] == "GET /practitioners/"
    assert (line["level"], line["logger"]) == ("warning", "passerelle")


def test_foreign_loggers_and_tracebacks_are_blotted_too() -> None:
    line = _logged("logging.getLogger('smtplib').error('refused %s', 'c@example.org')")
    assert line["event"] == "refused [e-mail]"
    line = _logged(
        "\ntry: raise ValueError('d@example.org')\nexcept ValueError: logging.getLogger('x').exception('broke')"
    )
    assert "ValueError: [e-mail]" in str(line["exception"])


def test_the_minutely_heartbeat_doesnt_fill_the_log() -> None:
    routine = "structlog.get_logger('beat').info('task_started', task='core.tasks.heartbeat');"
    assert _logged(routine + "structlog.get_logger('beat').info('other')")["event"] == "other"
    assert _logged("structlog.get_logger('x').info('before');" + routine)["event"] == "before"
    assert _logged(routine.replace("info", "error"))["event"] == "task_started"
