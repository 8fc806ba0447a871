"""The OpenAPI document, generated from the endpoints, and the page that shows it."""

import functools
import json
from typing import Any

import yaml
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import include, path
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

DESCRIPTION = """
Who adopts the sharing of health records, who is helped by whom next, and what comes of it.

Send a token as `Authorization: Bearer TOKEN`. It acts within its owner's role, and what its owner
doesn't see is a 404. Errors are problem details (RFC 9457) with a stable `code`. Lists come in
pages: follow `next` until it is null. `changed_since` with `ordering=updated_at` keeps a copy in
step; repeat the last few minutes each time, since a change is visible when it is committed.
A POST with an `Idempotency-Key` can be repeated for 24 hours. A detail's `ETag` serves
`If-None-Match` when reading and `If-Match` when writing. Within v1, changes only add.
""".strip()


@functools.cache
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document, in English, as it is kept in docs/openapi-v1.yaml."""
    with translation.override("en"):
        schema = SchemaGenerator(patterns=[path("api/v1/", include("config.api_v1"))]).get_schema(
            request=None, public=True
        )
    schema["info"]["description"] = DESCRIPTION
    schema["servers"] = [{"url": "/"}]
    return json.loads(json.dumps(schema, default=str))


def as_yaml() -> str:
    """The document as YAML, in the order in which it was made."""
    return yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=110)


def schema_view(request: HttpRequest) -> HttpResponse:
    """The document for programs: YAML, or JSON for those who ask for it; no token needed."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if "json" in request.META.get("HTTP_ACCEPT", ""):
        return HttpResponse(json.dumps(document()), content_type="application/vnd.oai.openapi+json")
    return HttpResponse(as_yaml(), content_type="application/vnd.oai.openapi; charset=utf-8")


# --- The page ---------------------------------------------------------------------------------------


def docs_view(request: HttpRequest) -> HttpResponse:
    """The document as a page, made by the server: no script and nothing from elsewhere; no token needed."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    return render(request, "core/api_docs.html", _told())


@functools.cache
def _told() -> dict[str, Any]:
    """The document in the words of the page."""
    schema = document()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path_, methods in schema["paths"].items():
        for method, operation in methods.items():
            told = {
                "method": method.upper(),
                "path": path_,
                "summary": operation["summary"],
                "description": operation["description"],
                "parameters": [
                    {**parameter, "kind": _kind(parameter["schema"])} for parameter in operation.get("parameters", [])
                ],
                "takes": _fields(schema, operation.get("requestBody", {})),
                "shows": next(
                    (_fields(schema, answer) for code, answer in operation["responses"].items() if code < "3"), []
                ),
                "answers": [
                    {"status": code, "description": answer["description"]}
                    for code, answer in operation["responses"].items()
                ],
            }
            groups.setdefault(operation["tags"][0], []).append(told)
    return {
        "info": schema["info"],
        "introduction": schema["info"]["description"].split("\n\n"),
        "groups": [{"name": name, "operations": operations} for name, operations in groups.items()],
    }


def _fields(schema: dict[str, Any], holder: dict[str, Any]) -> list[dict[str, Any]]:
    shape = holder.get("content", {}).get("application/json", {}).get("schema")
    if shape is None:
        return []
    shape = _resolved(schema, shape)
    required = shape.get("required", [])
    return [
        {"name": name, "kind": _kind(field), "description": field.get("description", ""), "required": name in required}
        for name, field in shape.get("properties", {}).items()
    ]


def _resolved(schema: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    name = shape.get("$ref", "").rpartition("/")[2]
    return dict(schema["components"]["schemas"][name]) if name else shape


def _kind(field: dict[str, Any]) -> str:
    """What a value is, in a few words: `string (uuid)`, `one of open, closed`, `array of Case`."""
    if reference := field.get("$ref"):
        return str(reference.rpartition("/")[2])
    for many in ("allOf", "oneOf", "anyOf"):
        if many in field:
            return " or ".join(_kind(one) for one in field[many])
    if "enum" in field:
        return "one of " + ", ".join(str(value) or "(empty)" for value in field["enum"] if value is not None)
    kinds = field.get("type", "any")
    kind = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if "items" in field:
        return f"array of {_kind(field['items'])}"
    return f"{kind} ({field['format']})" if "format" in field else kind
