"""What every endpoint of the REST interface is made of: lists, things, acts."""

import functools
import hashlib
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.views import APIView

from core.errors import NotAllowed

from .filters import LeanFilterSet
from .pagination import KeysetPagination, parameter_problem, read_cursor
from .parsing import MEDIA_TYPE, read_json
from .problems import NotFound, Problem, field_errors, problem_response
from .representation import Compared, PageStatement, Statement, Statements, text_of

PAGING = frozenset({"cursor", "limit", "ordering", "count"})
_PAGES: Statements[PageStatement] = Statements()
_THINGS: Statements[Statement] = Statements()


def scope_of(user: Any) -> Hashable:
    """What `exists_for` depends on: who the user is, and in which role."""
    return user.pk, user.role


@functools.cache
def _guards(view: type[APIView]) -> tuple[list[Any], list[Any]]:
    """The authenticators and permissions of a view, which keep nothing of a request, made once."""
    return [made() for made in view.authentication_classes], [made() for made in view.permission_classes]


class ApiView(APIView):
    """An endpoint: who may call is settled by the token, what exists by `exists_for`, what is shown by `shows`.

    `shows` is the representation of its answers, `takes` the body of its POST or PATCH; both make
    the OpenAPI document. Subclasses check policies (403) and call services (409) themselves.
    """

    http_method_names = ["get", "head", "post", "patch"]
    shows: ClassVar[type[serializers.BaseSerializer] | None] = None
    takes: ClassVar[type[serializers.Serializer] | None] = None
    # What a POST returns where that is not the thing; further query parameters and refusals, for the document.
    returns: ClassVar[type[serializers.BaseSerializer] | None] = None
    creates: ClassVar[bool] = True
    parameters: ClassVar[Sequence[Mapping[str, Any]]] = ()
    also_refuses: ClassVar[Sequence[int]] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check method, Accept, token and scope, then call the handler; every known error becomes a problem.

        In place of the framework's own way, which takes three times as long for features (renderers,
        versions, throttles) that are not used here. Handlers get Django's request, with `user` and `auth`.
        """
        self.request, self.args, self.kwargs = request, args, kwargs  # type: ignore[assignment]
        try:
            method = (request.method or "").lower()
            handler = getattr(self, method, None) if method in self.http_method_names else None
            if handler is None:
                raise self._wrong_method()
            accept = request.META.get("HTTP_ACCEPT")
            if accept is not None and accept != MEDIA_TYPE and not request.accepts(MEDIA_TYPE):
                raise Problem(406, "not_acceptable", _("Ask for application/json."))
            self._identify(request)
            return handler(request, *args, **kwargs)
        except Exception as error:
            answer = problem_response(error)
            if answer is None:
                raise
            return answer

    def _identify(self, request: Any) -> None:
        authenticators, permissions = _guards(type(self))  # type: ignore[arg-type]
        for authenticator in authenticators:
            try:
                found = authenticator.authenticate(request)
            except AuthenticationFailed as error:
                error.auth_header = authenticator.authenticate_header(request)  # type: ignore[attr-defined]
                raise
            if found is not None:
                request.user, request.auth = found
                break
        else:
            header = authenticators[0].authenticate_header(request)
            detail = _("Send the header “Authorization: Bearer TOKEN”.")
            raise Problem(401, "not_authenticated", detail, headers={"WWW-Authenticate": header})
        for permission in permissions:
            if not permission.has_permission(request, self):
                raise NotAllowed(_("Your role does not allow that."))

    def _wrong_method(self) -> Problem:
        allowed = ", ".join(self.allowed_methods)
        detail = _("This address takes %(methods)s.") % {"methods": allowed}
        return Problem(405, "method_not_allowed", detail, headers={"Allow": allowed})

    @property
    def user(self) -> Any:
        """The token's owner."""
        return self.request.user

    def exists_for(self, user: Any) -> QuerySet[Any]:
        """The rows that exist for this user; all others are 404."""
        raise NotImplementedError

    def body(self, *, partial: bool = False) -> dict[str, Any]:
        """The validated body. References to what doesn't exist for the user are a 404 that names them."""
        if self.takes is None:
            raise NotImplementedError
        reader = self.takes(data=read_json(self.request), partial=partial, context={"request": self.request})
        if not reader.is_valid():
            raise _refusal(reader.errors)
        return dict(reader.validated_data)

    def answer(self, text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
        """JSON text as it is."""
        return HttpResponse(text, status=status, content_type=MEDIA_TYPE, headers=headers)

    def thing(self, row: Model, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
        """The thing as it now is, with its ETag."""
        text = self.text_of(row)
        return self.answer(text, status, {"ETag": etag_of(text), **(headers or {})})

    def text_of(self, row: Model) -> str:
        """The JSON of one thing."""
        text = text_of(type(row)._default_manager.filter(pk=row.pk), self.shows)  # type: ignore[arg-type]
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
    # A statement can be kept for later requests where scope and filters depend on nothing but the
    # user and the parameters; parameters whose filters read the data or the clock are `volatile`.
    keeps_statements: ClassVar[bool] = False
    volatile: ClassVar[frozenset[str]] = frozenset({"changed_since", "search", "count"})
    orderings: ClassVar[Mapping[str, tuple[str, ...]]] = {"created": ("pk",)}
    default_ordering: ClassVar[str] = "created"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page that the query asks for."""
        params = request.GET
        pages = KeysetPagination(self.orderings, self.default_ordering)
        ordering, limit = pages.ordering(params), pages.limit(params)
        cursor = params.get("cursor")
        after = () if cursor is None else read_cursor(cursor, ordering, self.model)

        def narrowed() -> QuerySet[Any]:
            return self.narrow(self.exists_for(request.user), params)

        def make() -> PageStatement:
            page = pages.page(narrowed(), ordering, limit, continued=cursor is not None)
            kept = self.keeps_statements
            return PageStatement(page, self.shows, ordering.columns, limit, kept=kept)  # type: ignore[arg-type]

        if self.keeps_statements and not self.volatile.intersection(params):
            asked = [(name, tuple(values)) for name, values in params.lists() if name != "cursor"]
            key = (type(self), scope_of(request.user), ordering.name, limit, cursor is None, tuple(sorted(asked)))
            statement = _PAGES.get(key, make)
        else:
            statement = make()
        found, last = statement.page(after)
        following = "null"
        if last is not None:
            query = pages.next_query(params, ordering, last)
            following = f'"{request.build_absolute_uri(request.path)}?{query}"'
        parts = [f'{{"results":[{found}],"next":{following}']
        if self.counts(params):
            parts.append(f',"count":{narrowed().order_by().count()}')
        return self.answer("".join([*parts, "}"]))

    @property
    def model(self) -> type[Model]:
        """The table of the list."""
        return self.shows.Meta.model  # type: ignore[union-attr]

    def narrow(self, queryset: QuerySet[Any], params: Any) -> QuerySet[Any]:
        """The queryset with the query's filters; a parameter that isn't known or can't be read is a 400."""
        known = self.filters.base_filters if self.filters else {}
        for name in params:
            if name not in known and name not in PAGING:
                detail = _("There is no such parameter here. Known: %(names)s.") % {
                    "names": ", ".join(sorted({*known, *PAGING}))
                }
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

    @staticmethod
    def counts(params: Any) -> bool:
        """Whether the number of all rows was asked for: it costs a look at each of them."""
        asked = params.get("count", "false")
        if asked not in {"true", "false"}:
            raise parameter_problem("count", "invalid", _("Use true or false."))
        return bool(asked == "true")


class ThingView(ApiView):
    """One thing, with an ETag; If-None-Match gets 304 while it is unchanged."""

    lookup: ClassVar[str] = "ref"
    keeps_statements: ClassVar[bool] = False

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The thing, or 304, or 404."""

        def make() -> Statement:
            queryset = self.exists_for(request.user).filter(Compared([self.lookup], "=")).order_by()
            return Statement(queryset, self.shows, kept=self.keeps_statements)  # type: ignore[arg-type]

        keeps = self.keeps_statements
        statement = _THINGS.get((type(self), scope_of(request.user)), make) if keeps else make()
        found = statement.run((kwargs[self.lookup],))
        if not found:
            raise NotFound
        text = self.finish(found[0][0])
        etag = etag_of(text)
        known = request.META.get("HTTP_IF_NONE_MATCH")
        if known is not None and matches(known, etag):
            response: HttpResponse = HttpResponseNotModified()
            response.headers["ETag"] = etag
            return response
        return self.answer(text, headers={"ETag": etag})

    def finish(self, text: str) -> str:
        """The thing as it goes out: a subclass may add what PostgreSQL can't write."""
        return text


class ActView(ApiView):
    """Something that is done to a thing by POST; its answer is the thing as it then is."""

    http_method_names = ["post"]

    def hold(self, row: Any) -> None:
        """Lock what must stay as it is between the look at If-Match and the act."""
        raise NotImplementedError

    def unchanged(self, **which: Any) -> Any:
        """The row, as the client's If-Match says it is; 404 outside the user's scope. The service locks it."""
        row = self.one(self.exists_for(self.request.user), **which)
        if "HTTP_IF_MATCH" in self.request.META:
            self.hold(row)
            self.check_unchanged(row)
        return row


__all__ = ["ActView", "ApiView", "ListView", "ThingView", "etag_of", "matches"]
