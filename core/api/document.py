"""The OpenAPI document, generated from the endpoints, and the page that shows it."""

import functools
import json
from typing import Any

import yaml
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
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
        schema = SchemaGenerator(patterns=[path("api/v1/", include("config.api_v1"))]).get_schema(request=None, public=True)
    schema["info"]["description"] = DESCRIPTION
    schema["servers"] = [{"url": "/"}]
    return json.loads(json.dumps(schema, default=str))  # type: ignore[no-any-return]


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
