"""What a thing looks like over REST: declared by one serializer, documented from it, built by PostgreSQL.

A serializer that is only read (`Representation`) says names, types and sources. From it comes one
SQL statement, compiled once per process, in which PostgreSQL writes the JSON of the rows that a
queryset selects. So a list takes one statement whatever its length, no model instance is made,
and the document can't differ from the answers.
"""

import functools
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import Case, F, Func, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.expressions import BaseExpression, Combinable
from rest_framework import serializers

from core.prepared import run_prepared

Source = BaseExpression | Combinable


class JsonObject(Func):
    """`json_build_object('name', value, ...)`, with names that come from code and are written as they are."""

    function = "json_build_object"
    output_field = models.TextField()

    def __init__(self, pairs: dict[str, Source]) -> None:
        for name in pairs:
            if not name.isidentifier():
                raise ValueError(f"{name!r} can't name a field.")
        self.names = list(pairs)
        super().__init__(*pairs.values())

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """The call; a function takes at most 100 arguments, so 50 names."""
        parts, params = [], []
        for name, expression in zip(self.names, self.get_source_expressions(), strict=True):
            sql, values = compiler.compile(expression)
            parts.append(f"'{name}', {sql}")
            params += values
        return f"json_build_object({', '.join(parts)})", params


class JsonText(Func):
    """JSON as the text that goes out, so that nothing in between parses it."""

    template = "(%(expressions)s)::text"
    output_field = models.TextField()


class JsonArray(Subquery):
    """The JSON values that a subquery selects as its only column, as an array."""

    template = "(SELECT COALESCE(json_agg(_item.j), '[]'::json) FROM (%(subquery)s) _item(j))"
    output_field = models.TextField()


class Representation(serializers.Serializer):
    """A thing as it is read over REST.

    `Meta.model` is where it comes from. A field takes its column from `source` (dots for
    relations); `Meta.expressions` overrides that by an expression, or by a function from the prefix
    of lookups to one, or by None for what the view adds itself. A nested representation is null where its relation is.
    """

    class Meta:
        model: type[models.Model]
        expressions: dict[str, Any]

    @classmethod
    def pairs(cls, prefix: str = "") -> dict[str, Source]:
        """Each field's name with the expression that gives its value."""
        own = getattr(cls.Meta, "expressions", {})
        found: dict[str, Source] = {}
        for name, field in cls().fields.items():
            source = prefix + (field.source or name).replace(".", "__")
            if name in own and own[name] is None:
                continue
            if name in own:
                found[name] = own[name](prefix) if callable(own[name]) else own[name]
            elif isinstance(field, Representation):
                inner = JsonObject(field.pairs(source + "__"))
                found[name] = inner
                if field.allow_null:
                    found[name] = Case(
                        When(**{f"{source}__isnull": True}, then=Value(None)),
                        default=inner,
                        output_field=models.JSONField(),
                    )
            else:
                found[name] = F(source)
        return found

    @classmethod
    def json(cls, prefix: str = "") -> JsonObject:
        """The expression of the whole thing."""
        return JsonObject(cls.pairs(prefix))


def array_of(representation: type[Representation], rows: QuerySet[Any], **on: str) -> JsonArray:
    """An array of the rows of another table whose lookups (keys of `on`) equal the outer row's (its values)."""
    matched = rows.filter(**{inner: OuterRef(outer) for inner, outer in on.items()})
    return JsonArray(matched.values_list(representation.json()))


# --- Statements ---------------------------------------------------------------------------------------


class Slot:
    """A place in a statement's parameters for a value that is given when it runs."""

    def __init__(self, index: int) -> None:
        self.index = index


class Compared(Func):
    """A row comparison with slots, `(a, b) > (slot 0, slot 1)`: what an index on (a, b) can jump to."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, columns: Sequence[str], operator: str) -> None:
        self.operator = operator
        super().__init__(*[F(column) for column in columns])

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """The comparison, with the slots themselves as parameters."""
        columns = [compiler.compile(expression)[0] for expression in self.get_source_expressions()]
        slots = ", ".join(["%s"] * len(columns))
        return f"({', '.join(columns)}) {self.operator} ({slots})", [Slot(i) for i in range(len(columns))]


class Statement:
    """One SQL statement that gives the JSON of the rows of a queryset, with slots for later values.

    A row is a tuple of the JSON text and the `extra` columns. A statement that is kept for many
    requests is prepared by the server, too.
    """

    def __init__(
        self,
        queryset: QuerySet[Any],
        representation: type[Representation],
        extra: Sequence[str] = (),
        *,
        kept: bool = False,
    ) -> None:
        try:
            self.sql, params = self._compiled(queryset, representation, tuple(extra))
        except EmptyResultSet:  # A filter that nothing can pass, such as one for an unknown code.
            self.sql, params = "", ()
        self.params = list(params)
        self.slots = [(place, value.index) for place, value in enumerate(self.params) if isinstance(value, Slot)]
        self.kept = kept

    @staticmethod
    def _compiled(queryset: QuerySet[Any], representation: type[Representation], extra: tuple[str, ...]) -> Any:
        if len(representation.Meta.model._meta.pk_fields) > 1:
            return queryset.values_list(JsonText(representation.json()), *extra).query.sql_with_params()
        # What the rows look like is compiled once; which rows they are, here.
        which, params = queryset.values("pk").query.sql_with_params()
        return _appearance(representation, tuple(queryset.query.order_by), extra).replace("{which}", which, 1), params

    def run(self, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows, with the slots filled by `values`."""
        if not self.sql:
            return []
        params = self.params
        if self.slots:
            params = params.copy()
            for place, index in self.slots:
                params[place] = values[index]
        if self.kept:
            return run_prepared(self.sql, params)
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            return list(cursor.fetchall())


class PageStatement(Statement):
    """The statement of a page, which PostgreSQL puts together: one row comes back, whatever the page's length.

    The queryset has one row more than `limit`, which tells whether another page follows; `columns`
    are those of its order.
    """

    def __init__(
        self,
        queryset: QuerySet[Any],
        representation: type[Representation],
        columns: Sequence[str],
        limit: int,
        *,
        kept: bool = False,
    ) -> None:
        super().__init__(queryset, representation, columns, kept=kept)
        if self.sql:
            keys = ", ".join(f"k{place}" for place in range(len(columns)))
            # Every part is code of ours or a number; what a client sends is a parameter of the inner statement.
            self.sql = f"""
                SELECT string_agg(j, ',' ORDER BY n) FILTER (WHERE n <= {limit}),
                       max(json_build_array({keys})::text) FILTER (WHERE n = {limit}), max(n) > {limit}
                FROM (SELECT *, row_number() OVER () AS n FROM ({self.sql}) _ordered (j, {keys})) _numbered
            """

    def page(self, values: Sequence[Any] = ()) -> tuple[str, str | None]:
        """The JSON of the rows, separated by commas, and of the last one's columns where another page follows."""
        if not self.sql:
            return "", None
        ((rows, last, more),) = self.run(values)
        return rows or "", last if more else None


@functools.cache
def _appearance(representation: type[Representation], ordering: tuple[str, ...], extra: tuple[str, ...]) -> str:
    """The statement of what rows look like, with the mark `{which}` for the statement of which rows they are.

    Those come first in FROM: with many joins the planner keeps the order that is written, and
    would otherwise join whole tables before it looks which few rows are wanted.
    """
    model = representation.Meta.model
    rows = model._base_manager.order_by(*ordering).values_list(JsonText(representation.json()), *extra)
    sql, params = rows.query.sql_with_params()
    operations: Any = connection.ops
    # The only parameters are constants of the representation, which become part of the text.
    sql = str(operations.compose_sql(sql, params)).replace("%", "%%") if params else sql
    table, key = operations.quote_name(model._meta.db_table), operations.quote_name(model._meta.pk.column)
    head, found, tail = sql.rpartition(f" FROM {table}")
    if not found:
        raise ValueError(sql)
    return f"{head} FROM ({{which}}) _page JOIN {table} ON {table}.{key} = _page.pk{tail}"


S = TypeVar("S", bound=Statement)


class Statements(Generic[S]):
    """Statements kept for the requests to come, by all that shaped them; the oldest half goes when it is full."""

    SIZE = 1000

    def __init__(self) -> None:
        self._kept: dict[Hashable, S] = {}

    def get(self, key: Hashable, make: Callable[[], S]) -> S:
        """The statement of this key, made when it isn't there."""
        statement = self._kept.get(key)
        if statement is None:
            statement = make()
            if len(self._kept) >= self.SIZE:
                for old in list(self._kept)[: self.SIZE // 2]:
                    self._kept.pop(old, None)
            self._kept[key] = statement
        return statement


def text_of(queryset: QuerySet[Any], representation: type[Representation]) -> str | None:
    """The JSON of the queryset's only row; None when there is none."""
    rows = Statement(queryset.order_by(), representation).run()
    return rows[0][0] if rows else None
