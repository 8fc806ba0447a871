"""Every error that the REST interface answers with, as problem details (RFC 9457).

A problem has a stable `code` for programs, a `title` and `detail` for people (in the language of
Accept-Language) and, where fields are wrong, `errors` with a JSON pointer into the body or the
name of a query parameter.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpResponse
from django.utils.encoding import force_str
from django.utils.translation import gettext
from rest_framework import exceptions

from core.errors import DomainError

from .constraints import refusal_of

CONTENT_TYPE = "application/problem+json"
_NO_STORE = {"Cache-Control": "no-store"}
log = logging.getLogger(__name__)


class Problem(exceptions.APIException):
    """An error that an endpoint raises by itself, with its status, code and headers."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: Any,
        *,
        errors: Iterable[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(force_str(detail), code)
        self.status_code = status
        self.code = code
        self.errors = [dict(error) for error in errors]
        self.headers = dict(headers or {})


class NotFound(Problem):
    """Something that is named does not exist, or not for this user."""

    def __init__(self, *, errors: Iterable[Mapping[str, str]] = ()) -> None:
        super().__init__(404, "not_found", gettext("There is no such thing, or not for you."), errors=errors)


def title_of(status: int) -> str:
    """A short name of what a status means, in the reader's language."""
    titles = {
        400: gettext("The request can't be understood or accepted"),
        401: gettext("A valid token is needed"),
        403: gettext("That is not allowed"),
        404: gettext("Not found"),
        405: gettext("This address doesn't take that method"),
        406: gettext("Only JSON can be answered"),
        409: gettext("A rule stands against it"),
        412: gettext("It was changed in the meantime"),
        413: gettext("The request is too large"),
        415: gettext("Only JSON can be read"),
        422: gettext("The key was used for another request"),
        503: gettext("Try again in a moment"),
    }
    return titles.get(status) or gettext("Something went wrong")


def problem(
    status: int,
    code: str,
    detail: Any = "",
    *,
    errors: Iterable[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """An answer of type application/problem+json."""
    body: dict[str, Any] = {
        "type": f"urn:passerelle:problem:{code}",
        "title": title_of(status),
        "status": status,
        "code": code,
    }
    if detail:
        body["detail"] = force_str(detail)
    errors = list(errors)
    if errors:
        body["errors"] = errors
    return HttpResponse(
        json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
        status=status,
        content_type=CONTENT_TYPE,
        headers={**_NO_STORE, **(headers or {})},
    )


def pointer(*steps: Any) -> str:
    """A JSON pointer (RFC 6901) to a place in the body, such as `/rows/3/value`."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def field_errors(detail: Any, path: tuple[Any, ...] = ()) -> list[dict[str, str]]:
    """The errors of a serializer, flattened: one entry per place and message."""
    found: list[dict[str, str]] = []
    if isinstance(detail, dict):
        for name, inner in detail.items():
            found += field_errors(inner, path if name == "non_field_errors" else (*path, name))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            found += field_errors(inner, (*path, index) if isinstance(inner, dict | list) else path)
    else:
        found.append(
            {"pointer": pointer(*path), "code": getattr(detail, "code", "invalid"), "detail": force_str(detail)}
        )
    return found


def problem_response(exc: Exception, context: Mapping[str, Any] | None = None) -> HttpResponse | None:
    """The problem that answers an exception; None for one that is a fault of ours (the lane makes it a 500)."""
    if isinstance(exc, Problem):
        return problem(exc.status_code, exc.code, exc.detail, errors=exc.errors, headers=exc.headers)
    if isinstance(exc, exceptions.APIException):
        return _of_framework(exc)
    if isinstance(exc, DomainError):
        errors = [
            {"pointer": pointer(*name.split(".")), "code": exc.code, "detail": force_str(text)}
            for name, text in exc.fields.items()
        ]
        return problem(exc.status, exc.code, exc.message, errors=errors)
    if isinstance(exc, Http404):
        return problem(404, "not_found", gettext("There is no such thing, or not for you."))
    if isinstance(exc, PermissionDenied):
        return problem(403, "not_allowed", gettext("Your role does not allow that."))
    if isinstance(exc, RequestDataTooBig):
        return problem(413, "too_large", gettext("Send fewer rows in one request."))
    if isinstance(exc, SuspiciousOperation | BadRequest):
        return problem(400, "bad_request", gettext("The request can't be read."))
    if isinstance(exc, IntegrityError):
        return _of_constraint(exc)
    if isinstance(exc, DataError):
        return problem(400, "invalid", gettext("A value is too large or can't be stored."))
    if isinstance(exc, OperationalError):
        log.warning("the database did not answer: %s", exc)
        return problem(
            503, "try_again", gettext("The data is busy. Try again in a moment."), headers={"Retry-After": "2"}
        )
    return None


def _of_framework(exc: exceptions.APIException) -> HttpResponse:
    status, headers = exc.status_code, {}
    if header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if isinstance(exc, exceptions.ValidationError):
        detail = gettext("Some fields can't be accepted; each error says why.")
        return problem(status, "invalid", detail, errors=field_errors(exc.detail))
    codes = exc.get_codes()
    code = codes if isinstance(codes, str) else exc.default_code
    return problem(status, _CODES.get(code, code), exc.detail, headers=headers)


_CODES = {"permission_denied": "not_allowed", "error": "server_error"}


def _of_constraint(exc: IntegrityError) -> HttpResponse | None:
    diagnostics = getattr(exc.__cause__, "diag", None)
    name = getattr(diagnostics, "constraint_name", None) or ""
    refusal = refusal_of(name)
    if refusal is None:
        if not name:
            return None
        log.warning("a constraint without words of its own refused a write: %s", name)
        return problem(409, "conflict", gettext("A rule of the data stands against it (%(rule)s).") % {"rule": name})
    errors = [{"pointer": pointer(refusal.field), "code": refusal.code, "detail": force_str(refusal.message)}]
    return problem(409, refusal.code, refusal.message, errors=errors if refusal.field else [])
