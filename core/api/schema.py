"""The OpenAPI document of the endpoints, with every answer that they give, errors included."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, append_meta, build_media_type_object, get_doc

from .fields import Input
from .filters import describe
from .idempotency import HEADER
from .pagination import DEFAULT_LIMIT, LARGEST_LIMIT, KeysetPagination
from .views import ActView, ListView, ThingView

PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457): `code` is stable, `title` and `detail` are for people.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer into the body."},
                    "parameter": {"type": "string", "description": "The name of a query parameter."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
                "required": ["code", "detail"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["type", "title", "status", "code"],
    "additionalProperties": False,
}

WORDS = {
    400: "The body or a parameter can't be read; `errors` says which and why.",
    401: "No token, or one that is unknown, revoked or expired.",
    403: "The token's scope or its owner's role doesn't allow it.",
    404: "There is no such thing, or not for the token's owner. In answer to a body, `errors` names what.",
    406: "Only application/json can be answered.",
    409: "A rule of the domain stands against it, or a request with the same Idempotency-Key is being carried out.",
    412: "It has changed since the version that If-Match names.",
    413: "The body is too large.",
    415: "Only application/json can be read.",
    422: "The Idempotency-Key was used for another request.",
    503: "The data is busy; try again after Retry-After seconds.",
}
_ETAG = {"ETag": {"schema": {"type": "string"}, "required": True, "description": "Names this version of the thing."}}
_RETRY = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True, "description": "How to authenticate."}},
    409: _RETRY,
    503: _RETRY,
}


class TokenScheme(OpenApiAuthenticationExtension):
    """Tells the document about bearer tokens."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "A token with the scope `read` or `write`."}


class ProblemAwareSchema(AutoSchema):
    """Describes a view of core.api.views from what it declares: shows, takes, filters, orderings."""

    view: Any

    def get_operation(self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any) -> Any:
        """One operation of the document."""
        self.registry, self.path, self.path_regex = registry, path, path_regex
        self.path_prefix, self.method = path_prefix, method.upper()
        summary, _blank, rest = get_doc(getattr(self.view, method.lower())).partition("\n")
        class_summary, _blank, class_rest = get_doc(type(self.view)).partition("\n")
        operation: dict[str, Any] = {
            "operationId": self._operation_id(),
            "summary": (summary if self._has_own_words() else class_summary).rstrip("."),
            "description": (rest if self._has_own_words() else class_rest).strip() or class_summary,
            "tags": self.get_tags(),
            "security": self.get_auth(),
            "parameters": self._parameters(),
            "responses": self._answers(),
        }
        if self.method in {"POST", "PATCH"} and self.view.takes is not None:
            schema = self._reference(self._taken(), "request")
            operation["requestBody"] = {"content": {"application/json": {"schema": schema}}, "required": True}
        return operation

    def _has_own_words(self) -> bool:
        return self.method.lower() in type(self.view).__dict__

    def _operation_id(self) -> str:
        acts = {"get": "list" if isinstance(self.view, ListView) else "read", "post": "do", "patch": "change"}
        act = acts[self.method.lower()]
        if act == "do" and isinstance(self.view, ListView):
            act = "create"
        elif act == "do" and not isinstance(self.view, ActView):
            act = "do_many"
        return "_".join([*(step.replace("-", "_") for step in self._tokenize_path()), act])

    def _taken(self) -> Any:
        return self.view.takes(partial=True) if self.method == "PATCH" else self.view.takes()

    def _reference(self, serializer: Any, direction: Any) -> dict[str, Any]:
        component = self.resolve_serializer(serializer, direction)
        if getattr(serializer, "partial", False):
            component.schema.pop("required", None)
        return dict(component.ref)

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """`Practitioner` for PractitionerRepresentation."""
        return type(serializer).__name__.removesuffix("Representation")

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        own = getattr(field, "schema", None)
        if isinstance(own, dict):
            return append_meta(dict(own), self._get_serializer_field_meta(field, direction))
        return super()._map_serializer_field(field, direction, bypass_extensions)

    def _map_serializer(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer(serializer, direction, bypass_extensions)
        if isinstance(serializer, Input) or (isinstance(serializer, type) and issubclass(serializer, Input)):
            schema["additionalProperties"] = False
        return schema

    # --- Parameters ---------------------------------------------------------------------------

    def _parameters(self) -> list[dict[str, Any]]:
        found = [self._path_parameter(name) for name in _names_in(self.path)]
        view = self.view
        if self.method == "GET":
            if isinstance(view, ListView):
                found += self._list_parameters(view)
            found += [{"in": "query", "required": False, **dict(parameter)} for parameter in view.parameters]
            if isinstance(view, ThingView):
                found.append(
                    _header("If-None-Match", "The ETag of the version that is known; 304 while it is current.")
                )
        else:
            if self.method == "PATCH" or isinstance(view, ActView):
                found.append(_header("If-Match", "The ETag of the version that was read; 412 when it has changed."))
            if self.method == "POST" and self._honours_key():
                found.append(
                    _header(HEADER, "A word that makes a repeat of this request harmless.", r"^[\x21-\x7e]{1,255}$")
                )
        return found

    def _path_parameter(self, name: str) -> dict[str, Any]:
        schemas = {
            "ref": {"type": "string", "format": "uuid"},
            "nis_code": {"type": "string", "pattern": "^[0-9]{5}$"},
        }
        schema = schemas.get(name, {"type": "string", "pattern": "^[-a-zA-Z0-9_]{1,64}$"})
        return {"in": "path", "name": name, "required": True, "schema": schema}

    @staticmethod
    def _list_parameters(view: ListView) -> list[dict[str, Any]]:
        pages = KeysetPagination(view.orderings, view.default_ordering)
        limit = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
        found = [
            _query("cursor", {"type": "string"}, "Where the page begins: taken from the last answer's `next`."),
            _query("limit", limit, "Rows on a page."),
            _query("ordering", {"type": "string", "enum": pages.names()}, f"`{view.default_ordering}` unless given."),
            _query("count", {"type": "boolean", "default": False}, "Whether to count the whole list."),
        ]
        return found + [_query(name, schema, words) for name, schema, words in describe(view.filters)]

    def _honours_key(self) -> bool:
        return getattr(getattr(self.view, "post", None), "honours_idempotency_key", False)

    # --- Answers ------------------------------------------------------------------------------

    def _answers(self) -> dict[str, Any]:
        found = {str(code): answer for code, answer in self._good_answers().items()}
        for code in self._refusals():
            found[str(code)] = self._refusal(code)
        return found

    def _good_answers(self) -> dict[int, Any]:
        view = self.view
        shown = self._reference(view.shows, "response")
        if self.method == "GET" and isinstance(view, ListView):
            return {200: _json(self._page(shown), "A page of the list.")}
        if self.method == "GET":
            if not isinstance(view, ThingView):
                return {200: _json(shown, "The answer.")}
            unchanged = {"description": "It is still as If-None-Match says.", "headers": _ETAG}
            return {200: _json(shown, "The thing.", _ETAG), 304: unchanged}
        replayed = {
            "Idempotent-Replayed": {"schema": {"type": "string", "enum": ["true"]}, "description": "Kept answer."}
        }
        if self.method == "PATCH":
            return {200: _json(shown, "The thing as it now is.", _ETAG)}
        status = 201 if isinstance(view, ListView) and view.creates else 200
        result = self._reference(view.returns, "response") if view.returns is not None else shown
        headers: dict[str, Any] = dict(replayed) if self._honours_key() else {}
        if view.returns is None:
            headers |= _ETAG
        if status == 201:
            headers["Location"] = {"schema": {"type": "string", "format": "uri-reference"}, "required": True}
        return {status: _json(result, "Done.", headers)}

    def _page(self, shown: dict[str, Any]) -> dict[str, Any]:
        name = shown["$ref"].rsplit("/", 1)[1] + "Page"
        schema = {
            "type": "object",
            "properties": {
                "results": {"type": "array", "items": shown},
                "next": {
                    "type": ["string", "null"],
                    "format": "uri",
                    "description": "The next page; null on the last.",
                },
                "count": {"type": "integer", "minimum": 0, "description": "Only with `count=true`."},
            },
            "required": ["results", "next"],
            "additionalProperties": False,
        }
        return dict(self._component(name, schema).ref)

    def _refusals(self) -> list[int]:
        view, codes = self.view, {400, 401, 406, 503}
        if _names_in(self.path):
            codes.add(404)
        if self.method in {"POST", "PATCH"}:
            codes |= {403, 404, 409, 413, 415}
            if self.method == "PATCH" or isinstance(view, ActView):
                codes.add(412)
            if self._honours_key():
                codes.add(422)
        return sorted(codes | set(view.also_refuses))

    def _refusal(self, code: int) -> dict[str, Any]:
        reference = dict(self._component("Problem", PROBLEM).ref)
        media = {"application/problem+json": build_media_type_object(reference)}
        answer: dict[str, Any] = {"description": WORDS[code], "content": media}
        if code in _HEADERS:
            answer["headers"] = _HEADERS[code]
        return answer

    def _component(self, name: str, schema: dict[str, Any]) -> ResolvedComponent:
        component = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, object=name, schema=schema)
        self.registry.register_on_missing(component)
        return component


def _names_in(path: str) -> list[str]:
    return [step[1:-1] for step in path.split("/") if step.startswith("{")]


def _query(name: str, schema: dict[str, Any], words: str) -> dict[str, Any]:
    return {"in": "query", "name": name, "required": False, "schema": schema, "description": words}


def _header(name: str, words: str, pattern: str = "") -> dict[str, Any]:
    schema = {"type": "string", **({"pattern": pattern} if pattern else {})}
    return {"in": "header", "name": name, "required": False, "schema": schema, "description": words}


def _json(schema: dict[str, Any], words: str, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": words, "content": {"application/json": {"schema": schema}}}
    return {**answer, "headers": headers} if headers else answer
