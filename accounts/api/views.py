"""REST endpoints of accounts."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.api.serializers import MeRepresentation
from core.api.views import ApiView


class Me(ApiView):
    """Who the token acts as, what it may do, and until when."""

    http_method_names = ["get", "head"]
    shows = MeRepresentation

    def get(self, request: HttpRequest) -> HttpResponse:
        """The owner's name and role, the token's scope and expiry."""
        user: Any = request.user
        token: Any = request.auth  # type: ignore[attr-defined]
        answer = {
            "ref": str(user.ref),
            "email": user.email,
            "given_name": user.first_name,
            "family_name": user.last_name,
            "role": user.role,
            "language": user.language,
            "token_name": token.name,
            "scope": token.scope,
            "expires_at": token.expiry.isoformat() if token.expiry else None,
        }
        return self.answer(json.dumps(answer, ensure_ascii=False))
