"""What a thing looks like over REST: declared by one serializer, documented from it, built by PostgreSQL.

A serializer that is only read (`Representation`) says names, types and sources. From it comes one
SQL statement, compiled once per process, in which PostgreSQL writes the JSON of the rows that a
queryset selects. So a list takes one statement whatever its length, no model instance is made,
and the document can't differ from the answers.
"""

import functools
from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from django.db.models import Case, F, Func, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.expressions import BaseExpression, Combinable
from rest_framework import serializers

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
    of lookups to one. A nested representation is null where its relation is.
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


def select(queryset: QuerySet[Any], representation: type[Representation], extra: Sequence[str] = ()) -> list[Any]:
    """Tuples of the JSON text and the `extra` columns of each row of the queryset, in its order.

    For tables with a single-column key the representation's statement is compiled once and only
    the queryset's own (which rows, in which order) each time.
    """
    model = representation.Meta.model
    ordering = tuple(queryset.query.order_by)
    if len(model._meta.pk_fields) > 1:
        return list(queryset.values_list(JsonText(representation.json()), *extra))
    statement = _statement(representation, ordering, tuple(extra))
    which, params = queryset.values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("{which}", which, 1), params)
        return cursor.fetchall()


class _Chosen(Func):
    """Whether the row is one of those that the queryset selects; its statement is put in later."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self) -> None:
        super().__init__(F("pk"))

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        key, _params = compiler.compile(self.get_source_expressions()[0])
        return f"{key} IN ({{which}})", []


@functools.cache
def _statement(representation: type[Representation], ordering: tuple[str, ...], extra: tuple[str, ...]) -> str:
    rows = representation.Meta.model._base_manager.filter(_Chosen()).order_by(*ordering)
    sql, params = rows.values_list(JsonText(representation.json()), *extra).query.sql_with_params()
    # The only parameters are constants of the representation, which become part of the text.
    return str(connection.ops.compose_sql(sql, params)).replace("%", "%%") if params else sql


def text_of(queryset: QuerySet[Any], representation: type[Representation]) -> str | None:
    """The JSON of the queryset's only row; None when there is none."""
    rows = select(queryset.order_by(), representation)
    return rows[0][0] if rows else None
