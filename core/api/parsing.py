"""Reading what a client sends: strict JSON, and only what PostgreSQL can store."""

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from django.utils.translation import gettext as _

from .problems import Problem

MEDIA_TYPE = "application/json"


def read_json(request: HttpRequest) -> Any:
    """The body: JSON in UTF-8 without NaN, repeated names, NUL characters or halves of surrogate pairs.

    Problems: 415 for another media type, 413 above DATA_UPLOAD_MAX_MEMORY_SIZE, 400 for what isn't JSON.
    """
    if request.content_type != MEDIA_TYPE:
        raise Problem(415, "unsupported_media_type", _("Send application/json."))
    body = request.body
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_object)
        if b"\\u" in body:
            _refuse_unstorable(data)
    except RecursionError:
        raise Problem(400, "parse_error", _("The JSON is nested too deeply.")) from None
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are such.
        detail = _("The body is not valid JSON in UTF-8: %(error)s") % {"error": error}
        raise Problem(400, "parse_error", detail) from None
    return data


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a name stands twice in the same object")
    return data


def _refuse_unstorable(data: Any) -> None:
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            if "\0" in value:
                raise ValueError("a text contains the NUL character")
            try:
                value.encode("utf-8")
            except UnicodeEncodeError:
                raise ValueError("a text contains half of a surrogate pair") from None
