"""Reading what a client sends: strict JSON, and only what PostgreSQL can store."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAcceptable, ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request


class StrictJSONParser(BaseParser):
    """JSON in UTF-8 without NaN, repeated names, NUL characters or halves of surrogate pairs."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The parsed body; ParseError (400) says what can't be read."""
        body: bytes = stream.read()
        try:
            data = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_object)
            if b"\\u" in body:
                _refuse_unstorable(data)
        except RecursionError:
            raise ParseError(_("The JSON is nested too deeply.")) from None
        except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are such.
            raise ParseError(_("The body is not valid JSON in UTF-8: %(error)s") % {"error": error}) from None
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


class JSONNegotiation(DefaultContentNegotiation):
    """JSON is all that there is; the usual Accept headers are recognised without parsing."""

    _USUAL = frozenset({"", "*/*", "application/json"})

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """The JSON renderer, or NotAcceptable (406)."""
        if request.META.get("HTTP_ACCEPT", "") in self._USUAL:
            return renderers[0], renderers[0].media_type
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            raise NotAcceptable(_("Ask for application/json.")) from None
