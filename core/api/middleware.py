"""The short way of REST requests through the server.

A REST client has no session, no cookie, no form and no language of its own choosing on a page,
so of the middlewares only what concerns it is done here, in one place: the address is resolved,
the view is called, every error becomes a problem, the headers are set. What stands before this
middleware in settings.MIDDLEWARE (metrics, TLS redirect) holds for REST too; what stands after it
holds for pages alone.
"""

import functools
import itertools
import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pghistory
import structlog
from django.conf import settings
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import gettext, trans_real
from prometheus_client import Histogram
from rest_framework.permissions import SAFE_METHODS

from .problems import problem, problem_response

PREFIX = "/api/"
PAGES = frozenset({"/api/v1/docs/"})
SECONDS = Histogram("passerelle_api_seconds", "Time to answer a REST request.", ["view", "method", "status"])
VARY = "Accept, Accept-Language, Authorization"
# A request's id is its number in this process, after a word of the process's own.
_PROCESS, _NUMBER = secrets.token_hex(8), itertools.count()
_resolve = functools.lru_cache(maxsize=2000)(resolve)
log = structlog.get_logger("passerelle.api")


class ApiLane:
    """Answers every address under /api/ but the documentation page, which is a page like the others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """A REST answer, or whatever the pages' middlewares make of another address."""
        path = request.path_info
        if not path.startswith(PREFIX) or path in PAGES:
            return self.get_response(request)
        started = time.perf_counter()
        # A client's own id is not taken over: it could forge another request's lines.
        request_id = f"{_PROCESS}{next(_NUMBER):x}"
        structlog.contextvars.bind_contextvars(request_id=request_id)
        translation.activate(_language_of(request))
        try:
            with _history(request):
                response = _answer(request)
        except Exception as error:
            response = _failure(request, error)
        finally:
            translation.deactivate()
        seconds = time.perf_counter() - started
        view = request.resolver_match.view_name if request.resolver_match else "unknown"
        SECONDS.labels(view, request.method, response.status_code).observe(seconds)
        if request.method not in SAFE_METHODS or response.status_code >= 400:
            log.info(
                "api_request", method=request.method, path=path, code=response.status_code, seconds=round(seconds, 4)
            )
        structlog.contextvars.unbind_contextvars("request_id")
        headers = response.headers
        headers["X-Request-Id"] = request_id
        headers["Vary"] = VARY
        # Kept by the client alone, and asked for again each time (with its ETag) before it is used.
        headers.setdefault("Cache-Control", "private, no-cache")
        headers["Content-Length"] = str(len(response.content))
        return response


def _answer(request: HttpRequest) -> HttpResponse:
    request.get_host()  # Refuses a host that is not ours, as CommonMiddleware does for pages.
    if "%00" in request.META.get("QUERY_STRING", ""):
        return problem(400, "invalid", gettext("A query parameter contains the NUL character."))
    match = request.resolver_match = _resolve(request.path_info)
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    render = getattr(response, "render", None)
    return render() if render is not None else response


def _failure(request: HttpRequest, error: Exception) -> HttpResponse:
    if isinstance(error, Resolver404):
        return problem(404, "not_found", gettext("There is nothing at this address. See /api/v1/docs/."))
    answer = problem_response(error)
    if answer is not None:
        return answer
    got_request_exception.send(sender=ApiLane, request=request)
    log.exception("api_request_failed", method=request.method, path=request.path_info)
    return problem(500, "server_error", gettext("This is a fault of ours and was recorded."))


def _history(request: HttpRequest) -> AbstractContextManager[object]:
    """What a write changes is kept in history with its address; the authentication adds by whom."""
    if request.method in SAFE_METHODS:
        return nullcontext()
    return pghistory.context(url=request.path_info)


def _language_of(request: HttpRequest) -> str:
    header = request.META.get("HTTP_ACCEPT_LANGUAGE", "")
    if not header:
        return settings.LANGUAGE_CODE
    for code, _quality in trans_real.parse_accept_lang_header(header.lower()[:200]):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
