"""What every endpoint of the REST interface is made of: lists, things, acts."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpResponse, HttpResponseNotModified
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from . import representation as rows
from .filters import LeanFilterSet
from .pagination import KeysetPagination, parameter_problem
from .parsing import JSONNegotiation, StrictJSONParser
from .problems import NotFound, Problem, field_errors
from .representation import Representation

PAGING = frozenset({"cursor", "limit", "ordering", "count"})
Page = list[tuple[Any, ...]]


class ApiView(APIView):
    """An endpoint: who may call is settled by the token, what exists by `exists_for`, what is shown by `shows`.

    `shows` is the representation of its answers, `takes` the body of its POST or PATCH; both make
    the OpenAPI document. Subclasses check policies (403) and call services (409) themselves.
    """

    http_method_names = ["get", "head", "post", "patch"]
    parser_classes = [StrictJSONParser]
    content_negotiation_class = JSONNegotiation
    shows: ClassVar[type[serializers.BaseSerializer] | None] = None
    takes: ClassVar[type[serializers.Serializer] | None] = None
    # What a POST returns where that is not the thing; further query parameters and refusals, for the document.
    returns: ClassVar[type[serializers.BaseSerializer] | None] = None
    creates: ClassVar[bool] = True
    parameters: ClassVar[Sequence[Mapping[str, Any]]] = ()
    also_refuses: ClassVar[Sequence[int]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the token and its scope; read the body of a write while its size is bounded."""
        super().initial(request, *args, **kwargs)
        if request.method in {"POST", "PATCH"}:
            request._request.body  # noqa: B018  (413 above DATA_UPLOAD_MAX_MEMORY_SIZE)

    def exists_for(self, user: Any) -> QuerySet[Any]:
        """The rows that exist for this user; all others are 404."""
        raise NotImplementedError

    def body(self, *, partial: bool = False) -> dict[str, Any]:
        """The validated body. References to what doesn't exist for the user are a 404 that names them."""
        if self.takes is None:
            raise NotImplementedError
        reader = self.takes(data=self.request.data, partial=partial, context={"request": self.request})
        if not reader.is_valid():
            raise _refusal(reader.errors)
        return dict(reader.validated_data)

    def answer(self, text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
        """JSON text as it is."""
        return HttpResponse(text, status=status, content_type="application/json", headers=headers)

    def thing(self, row: Model, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
        """The thing as it now is, with its ETag."""
        text = self.text_of(row)
        return self.answer(text, status, {"ETag": etag_of(text), **(headers or {})})

    def text_of(self, row: Model) -> str:
        """The JSON of one thing."""
        text = rows.text_of(type(row)._default_manager.filter(pk=row.pk), self.shows)  # type: ignore[arg-type]
        if text is None:
            raise NotFound
        return text

    def one(self, queryset: QuerySet[Any], **which: Any) -> Any:
        """The row, or 404."""
        row = queryset.filter(**which).first()
        if row is None:
            raise NotFound
        return row

    def locked(self, **which: Any) -> Any:
        """The row, locked and unchanged since the client's If-Match; 404 outside the user's scope."""
        row = self.one(self.exists_for(self.request.user).select_for_update(of=("self",)), **which)
        self.check_unchanged(row)
        return row

    def check_unchanged(self, row: Model) -> None:
        """412 unless the thing still is as the client's If-Match says; the row is locked by the caller."""
        wanted = self.request.META.get("HTTP_IF_MATCH")
        if wanted is not None and not matches(wanted, etag_of(self.text_of(row))):
            raise Problem(412, "changed_meanwhile", _("It has changed since you read it. Read it again, then repeat."))


def _refusal(errors: Any) -> Exception:
    """400 for fields that can't be read; 404 when all that is wrong is what they refer to."""
    found = field_errors(errors)
    if found and all(error["code"] == "does_not_exist" for error in found):
        return NotFound(errors=[{**error, "code": "not_found"} for error in found])
    return serializers.ValidationError(errors)


def etag_of(text: str) -> str:
    """A strong validator of an answer's text."""
    return '"' + hashlib.blake2b(text.encode(), digest_size=12).hexdigest() + '"'


def matches(header: str, etag: str) -> bool:
    """Whether an If-Match or If-None-Match header covers this ETag."""
    return header.strip() == "*" or etag in (part.strip().removeprefix("W/") for part in header.split(","))


class ListView(ApiView):
    """A list: filtered, searched, ordered, in keyset pages; a constant number of statements."""

    filters: ClassVar[type[LeanFilterSet] | None] = None
    orderings: ClassVar[Mapping[str, tuple[str, ...]]] = {"created": ("pk",)}
    default_ordering: ClassVar[str] = "created"

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page that the query asks for."""
        params = request.GET
        queryset = self.narrow(self.exists_for(request.user), params)
        pages = KeysetPagination(self.orderings, self.default_ordering)
        ordering, limit = pages.ordering(params), pages.limit(params)
        count = self.count(queryset, params)
        found = self.read(pages.page(queryset, ordering, limit, params.get("cursor")), ordering.columns)
        following = None
        if len(found) > limit:
            found = found[:limit]
            query = pages.next_query(params, ordering, found[-1][1:])
            following = f'"{request.build_absolute_uri(request.path)}?{query}"'
        parts = [f'{{"results":[{",".join([row[0] for row in found])}],"next":{following or "null"}']
        if count is not None:
            parts.append(f',"count":{count}')
        return self.answer("".join([*parts, "}"]))

    def read(self, page: QuerySet[Any], columns: tuple[str, ...]) -> Page:
        """The JSON text and the ordering's columns of each row of the page."""
        return rows.select(page, self.shows, columns)  # type: ignore[arg-type]

    def narrow(self, queryset: QuerySet[Any], params: Any) -> QuerySet[Any]:
        """The queryset with the query's filters; a parameter that isn't known or can't be read is a 400."""
        known = self.filters.base_filters if self.filters else {}
        for name in params:
            if name not in known and name not in PAGING:
                detail = _("There is no such parameter here. Known: %(names)s.") % {"names": ", ".join(sorted({*known, *PAGING}))}
                raise parameter_problem(name, "unknown_parameter", detail)
            if len(params.getlist(name)) > 1:
                raise parameter_problem(name, "repeated", _("Give this parameter once."))
        if self.filters is None:
            return queryset
        queryset, errors = self.filters(params, queryset, request=self.request).narrowed()
        if errors:
            listed = [
                {"parameter": name, "code": "invalid", "detail": message}
                for name, messages in errors.items()
                for message in messages
            ]
            raise Problem(400, "invalid", _("Some parameters can't be read; each error says why."), errors=listed)
        return queryset

    def count(self, queryset: QuerySet[Any], params: Any) -> int | None:
        """How many rows there are in all, only when asked: it costs a look at each of them."""
        asked = params.get("count", "false")
        if asked not in {"true", "false"}:
            raise parameter_problem("count", "invalid", _("Use true or false."))
        return queryset.order_by().count() if asked == "true" else None


class ThingView(ApiView):
    """One thing, with an ETag; If-None-Match gets 304 while it is unchanged."""

    lookup: ClassVar[str] = "ref"

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The thing, or 304, or 404."""
        text = self.read(self.exists_for(request.user).filter(**{self.lookup: kwargs[self.lookup]}))
        if text is None:
            raise NotFound
        etag = etag_of(text)
        known = request.META.get("HTTP_IF_NONE_MATCH")
        if known is not None and matches(known, etag):
            response: HttpResponse = HttpResponseNotModified()
            response.headers["ETag"] = etag
            return response
        return self.answer(text, headers={"ETag": etag})

    def read(self, queryset: QuerySet[Any]) -> str | None:
        """The JSON of the queryset's only row."""
        return rows.text_of(queryset, self.shows)  # type: ignore[arg-type]


class ActView(ApiView):
    """Something that is done to a thing by POST; its answer is the thing as it then is."""

    http_method_names = ["post"]



__all__ = ["ActView", "ApiView", "ListView", "ThingView", "etag_of", "matches"]
