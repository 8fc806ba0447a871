"""Tell a load balancer, a container engine and a monitoring system how this process is.

- `/healthz`: the process is alive. It asks nobody; a failing answer means restart me.
- `/readyz`: the process can do its work: database and broker answer. 503 means don't send me
  anybody now. What makes the product late but not unusable (a planner that has not run) is
  reported as `degraded` with 200: taking every replica out would only make it worse.
- `/metrics`: numbers for Prometheus, behind METRICS_TOKEN in production.

Apps add their own checks with `register_readiness_check`, so that this module knows none of them.
"""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass

import redis
import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django_prometheus.exports import ExportToDjangoView

from core.tasks import HEARTBEAT

logger = structlog.get_logger(__name__)

# Returns what is wrong, or nothing when all is well; may also raise.
Check = Callable[[], str | None]

BROKER_SECONDS = 2
HEARTBEAT_LATE_AFTER_SECONDS = 300
_started = time.monotonic()


@dataclass(frozen=True)
class _Registered:
    check: Check
    critical: bool


_checks: dict[str, _Registered] = {}


def register_readiness_check(name: str, check: Check, *, critical: bool = True) -> None:
    """Have `/readyz` ask `check`; one that isn't critical is reported without failing the whole."""
    _checks[name] = _Registered(check, critical)


def readiness() -> tuple[str, dict[str, str]]:
    """`ready`, `degraded` or `unready`, with every check's own answer."""
    status, answers = "ready", {}
    for name, registered in _checks.items():
        try:
            problem = registered.check()
        except Exception as error:
            # The kind only: a driver's message may hold an address or a user name.
            problem = type(error).__name__
            logger.warning("readiness_check_failed", check=name, error=problem)
        answers[name] = problem or "ok"
        if problem and registered.critical:
            status = "unready"
        elif problem and status == "ready":
            status = "degraded"
    return status, answers


def _database() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("select 1")
        return None if cursor.fetchone() == (1,) else "no answer"


def _broker() -> str | None:
    with redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS
    ) as client:
        return None if client.ping() else "no answer"


def _background_work() -> str | None:
    last = cache.get(HEARTBEAT)
    if last is None:
        # Everything may have started together a moment ago.
        young = time.monotonic() - _started < HEARTBEAT_LATE_AFTER_SECONDS
        return None if young else "no heartbeat seen yet"
    age = int(time.time() - last)
    return f"last heartbeat {age} s ago" if age > HEARTBEAT_LATE_AFTER_SECONDS else None


register_readiness_check("database", _database)
register_readiness_check("broker", _broker)
register_readiness_check("background work", _background_work, critical=False)


class HealthMiddleware:
    """Answer the probes before anything else looks at the request.

    A probe calls the container by its own address over plain HTTP, which the host check and the
    redirection to HTTPS would refuse; and nobody wants it in the request log.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"status": "alive"})
        if request.path == "/readyz":
            status, answers = readiness()
            response = JsonResponse({"status": status, "checks": answers}, status=503 if status == "unready" else 200)
            response["Cache-Control"] = "no-store"
            return response
        return self.get_response(request)


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus's numbers; in production only for who sends METRICS_TOKEN as a bearer token."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
            raise Http404
    elif settings.PRODUCTION:
        raise Http404
    return ExportToDjangoView(request)
