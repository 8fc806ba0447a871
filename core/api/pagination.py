"""Pages that stay right and fast however long the list is: each starts after the last row of the one before.

There is no offset and, unless `?count=true` asks for it, no count. A row that is inserted or
removed meanwhile neither repeats nor hides another.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from .problems import Problem
from .representation import Compared

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 1000


def parameter_problem(parameter: str, code: str, detail: str) -> Problem:
    """A 400 that names a query parameter."""
    return Problem(400, "invalid", detail, errors=[{"parameter": parameter, "code": code, "detail": detail}])


@dataclass(frozen=True)
class Ordering:
    """Columns without NULLs, the last of which makes the order total; all ascending or all descending."""

    name: str
    columns: tuple[str, ...]
    descending: bool = False

    @property
    def order_by(self) -> list[str]:
        """As Django's order_by takes it."""
        return [("-" if self.descending else "") + column for column in self.columns]


class KeysetPagination:
    """Reads `limit`, `ordering` and `cursor`, narrows a queryset to one page and names the next."""

    def __init__(self, orderings: Mapping[str, tuple[str, ...]], default: str) -> None:
        self.orderings = orderings
        self.default = default

    def names(self) -> list[str]:
        """What `ordering` may be."""
        return [sign + name for name in self.orderings for sign in ("", "-")]

    def limit(self, params: Mapping[str, str]) -> int:
        """Rows on a page: 50 unless asked, 1 to 1000."""
        text = params.get("limit")
        if text is None:
            return DEFAULT_LIMIT
        if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= LARGEST_LIMIT):
            detail = _("Give a number from 1 to %(largest)d.") % {"largest": LARGEST_LIMIT}
            raise parameter_problem("limit", "out_of_range", detail)
        return int(text)

    def ordering(self, params: Mapping[str, str]) -> Ordering:
        """The order that was asked for; changes are read in the order in which they happened."""
        name = params.get("ordering")
        if name is None:
            name = "updated_at" if "changed_since" in params and "updated_at" in self.orderings else self.default
        columns = self.orderings.get(name.removeprefix("-"))
        if columns is None:
            raise parameter_problem(
                "ordering", "unknown", _("Use one of %(names)s.") % {"names": ", ".join(self.names())}
            )
        return Ordering(name, columns, name.startswith("-"))

    @staticmethod
    def page(queryset: QuerySet[Any], ordering: Ordering, limit: int, *, continued: bool) -> QuerySet[Any]:
        """The rows of the page, and one more that tells whether another page follows.

        A `continued` page has slots for the place that its cursor names (see read_cursor).
        """
        if continued:
            queryset = queryset.filter(Compared(ordering.columns, "<" if ordering.descending else ">"))
        return queryset.order_by(*ordering.order_by)[: limit + 1]

    @staticmethod
    def next_query(params: Mapping[str, str], ordering: Ordering, last: str) -> str:
        """The query string of the page that follows the row whose ordering columns are `last` (JSON)."""
        kept = {name: value for name, value in params.items() if name not in {"cursor", "count"}}
        cursor = f"cursor={write_cursor(ordering, last)}"  # It needs no quoting.
        return f"{urlencode(kept)}&{cursor}" if kept else cursor


def write_cursor(ordering: Ordering, values: str) -> str:
    """An opaque word for a place in the list, given as a JSON array of the ordering's columns."""
    text = f'["{ordering.name}",{values[1:]}'
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, ordering: Ordering, model: type[Model]) -> list[Any]:
    """The place that a cursor names; a 400 when it isn't one of ours or belongs to another ordering."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        name, *raw = json.loads(base64.urlsafe_b64decode(padded).decode("utf-8"))
        if name != ordering.name or len(raw) != len(ordering.columns):
            raise ValueError(name)
        return [_value(model, column, value) for column, value in zip(ordering.columns, raw, strict=True)]
    except (ValueError, TypeError, RecursionError) as error:
        detail = _("Take the cursor from the answer's “next”, with the same ordering.")
        raise parameter_problem("cursor", "invalid_cursor", detail) from error


def _value(model: type[Model], column: str, raw: Any) -> Any:
    field = _field(model, column)
    try:
        value = field.to_python(raw)
    except Exception as error:  # ValidationError is no ValueError
        raise ValueError(column) from error
    is_text = isinstance(value, str)
    if value is None or isinstance(raw, bool | dict | list) or (is_text and "\0" in value):
        raise ValueError(column)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(column)
    if is_text:
        value.encode("utf-8")
    return value


def _field(model: type[Model], column: str) -> Any:
    field: Any = None
    for step in column.split("__"):
        field = model._meta.pk if step == "pk" else model._meta.get_field(step)
        if field.is_relation and field.related_model is not None:
            model = field.related_model
    return field.target_field if field.is_relation else field
