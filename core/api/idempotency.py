"""A POST that can be repeated: the client's `Idempotency-Key` makes it happen once.

The key, what the request did and the answer are written in one transaction. So a repeat finds
either the answer, which it gets again, or nothing, and then it is the first. Only successes are
kept: a request that was refused changed nothing and may be sent again under its key.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import IdempotencyKey

from .problems import Problem

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT_FOR = dt.timedelta(hours=24)
KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = ("Location", "ETag")

Handler = Callable[..., HttpResponse]


def idempotent(handler: Handler) -> Handler:
    """Let a view's method honour Idempotency-Key.

    Of two requests with one key at the same moment one is carried out, the other answered 409 with
    Retry-After at once. The same key with another method, address or body is a 422. A repeat of a
    success within 24 hours gets the kept answer, with the header `Idempotent-Replayed: true`.
    """

    @wraps(handler)
    def honouring(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.META.get("HTTP_IDEMPOTENCY_KEY")
        if key is None:
            return handler(self, request, *args, **kwargs)
        if not KEY.fullmatch(key):
            detail = _("The key is 1 to 255 visible ASCII characters, such as a UUID.")
            raise Problem(400, "invalid_idempotency_key", detail)
        with transaction.atomic():
            return _once(request, key, lambda: handler(self, request, *args, **kwargs))

    honouring.honours_idempotency_key = True  # type: ignore[attr-defined]
    return honouring


def _once(request: HttpRequest, key: str, carry_out: Callable[[], HttpResponse]) -> HttpResponse:
    user: Any = request.user
    if not _alone(user.pk, key):
        detail = _("A request with this key is being carried out. Repeat it in a moment to get its answer.")
        raise Problem(409, "request_in_progress", detail, headers={"Retry-After": "1"})
    fingerprint = _fingerprint(request)
    oldest = timezone.now() - KEPT_FOR
    kept = IdempotencyKey.objects.filter(user=user, key=key, created_at__gt=oldest).first()
    if kept is None:
        _forget_expired(oldest)
        response = carry_out()
        if response.status_code < 300:
            headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
            IdempotencyKey.objects.update_or_create(
                user=user,
                key=key,
                defaults={
                    "fingerprint": fingerprint,
                    "status": response.status_code,
                    "body": response.content.decode(),
                    "headers": headers,
                    "created_at": timezone.now(),
                },
            )
        return response
    if kept.fingerprint != fingerprint:
        detail = _("This key was used for another request. Take a new key for a new request.")
        raise Problem(422, "idempotency_key_reused", detail)
    return HttpResponse(
        kept.body, status=kept.status, content_type="application/json", headers={**kept.headers, REPLAYED: "true"}
    )


def _alone(user_id: int, key: str) -> bool:
    """Whether no other transaction is at work under this key; it is ours until this one ends."""
    digest = hashlib.sha256(f"idempotency {user_id} {key}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], signed=True)])
        return bool(cursor.fetchone()[0])


def _fingerprint(request: HttpRequest) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    digest.update(request.body)
    return digest.hexdigest()


def _forget_expired(oldest: dt.datetime) -> None:
    expired = IdempotencyKey.objects.filter(created_at__lte=oldest).select_for_update(skip_locked=True)
    IdempotencyKey.objects.filter(pk__in=list(expired.values_list("pk", flat=True)[:100])).delete()
