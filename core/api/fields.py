"""Fields of what clients send: each takes its own JSON type and nothing that merely looks like it."""

import datetime as dt
import math
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Model, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from .filters import MONTH, read_month

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Input(serializers.Serializer):
    """A body that a client sends; a name that isn't known is an error, so that a slip isn't silently ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """The validated body; every unknown name and every field that can't be read is listed."""
        unknown: dict[str, list[str]] = {}
        if isinstance(data, Mapping):
            known = self.fields
            for name in data:
                if name not in known:
                    unknown[name] = [ErrorDetail(str(_("There is no such field here.")), "unknown_field")]
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if unknown and isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **unknown}) from None
            raise
        if unknown:
            raise serializers.ValidationError(unknown)
        return values


class Text(serializers.CharField):
    """A JSON string, kept without surrounding blanks."""

    def to_internal_value(self, data: Any) -> str:
        """The text."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """An empty text where `allow_blank`, else at least one character that isn't blank."""
        if not isinstance(data, str):
            return serializers.Field.run_validation(self, data)
        return super().run_validation(data)


class WholeNumber(serializers.IntegerField):
    """A JSON whole number within bounds that are always given."""

    def __init__(self, *, min_value: int, max_value: int, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        if isinstance(data, bool) or not isinstance(data, int | float) or not math.isfinite(data) or int(data) != data:
            self.fail("invalid")
        return int(data)


class Number(serializers.FloatField):
    """A finite JSON number."""

    def to_internal_value(self, data: Any) -> float:
        """The number."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        try:
            value = float(data)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class YesNo(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> bool:
        """The truth."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return bool(data)


class Choice(serializers.ChoiceField):
    """One of a closed list, as a JSON string."""

    def to_internal_value(self, data: Any) -> Any:
        """The value."""
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class Day(serializers.DateField):
    """A day, YYYY-MM-DD."""

    def to_internal_value(self, value: Any) -> dt.date:
        """The day."""
        try:
            if isinstance(value, str) and len(value) == 10:
                return dt.date.fromisoformat(value)
        except ValueError:
            pass
        raise serializers.ValidationError(_("Write the day as YYYY-MM-DD."), "invalid")


class Month(serializers.Field):
    """A month, YYYY-MM; the value is its first day."""

    default_error_messages = {"invalid": _("Write the month as YYYY-MM.")}

    def to_internal_value(self, data: Any) -> dt.date:
        """The first day."""
        try:
            return read_month(data)
        except DjangoValidationError:
            self.fail("invalid")

    def to_representation(self, value: Any) -> str:
        """As YYYY-MM."""
        return f"{value:%Y-%m}"

    schema = {"type": "string", "pattern": MONTH.pattern}


class Moment(serializers.DateTimeField):
    """A moment with its offset from UTC, such as 2018-06-30T12:00:00Z."""

    def to_internal_value(self, value: Any) -> dt.datetime:
        """The moment; one without an offset could be in any time zone and is refused."""
        try:
            moment = parse_datetime(value) if isinstance(value, str) and len(value) <= 40 and "T" in value else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or not 1900 <= moment.year <= 9000:
            self.fail("invalid", format="2018-06-30T12:00:00Z")
        return moment


class Map(serializers.DictField):
    """A JSON object whose names are free and whose values are all of one kind."""

    default_error_messages = {"too_many": _("At most {largest} names, of at most 200 characters each.")}

    def __init__(self, *, largest: int, **kwargs: Any) -> None:
        self.largest = largest
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """The object."""
        if isinstance(data, dict) and (len(data) > self.largest or any(len(name) > 200 for name in data)):
            self.fail("too_many", largest=self.largest)
        return super().to_internal_value(data)


class _Related(serializers.Field):
    """A row of another table, named by the client, among those that exist for this user."""

    default_error_messages = {
        "does_not_exist": _("There is no such thing, or not for you."),
        "invalid": _("This is not a reference."),
    }

    def __init__(self, among: Callable[[Any], QuerySet[Any]], **kwargs: Any) -> None:
        self.among = among
        super().__init__(**kwargs)

    def rows(self) -> QuerySet[Any]:
        """What exists for the user of this request."""
        return self.among(self.context["request"].user)


class Ref(_Related):
    """A row named by its UUID."""

    def to_internal_value(self, data: Any) -> Model:
        """The row; out of scope is as unknown as never made."""
        if not isinstance(data, str) or not _UUID.fullmatch(data):
            self.fail("invalid")
        row = self.rows().filter(ref=uuid.UUID(data)).first()
        if row is None:
            self.fail("does_not_exist")
        return row

    schema = {"type": "string", "format": "uuid"}


class Code(_Related):
    """A row named by its code: a commune's NIS code, an indicator's code."""

    def __init__(
        self,
        among: Callable[[Any], QuerySet[Any]],
        *,
        field: str = "code",
        pattern: str = r"^[-a-zA-Z0-9_]{1,64}$",
        **kwargs: Any,
    ) -> None:
        self.field = field
        self.schema = {"type": "string", "pattern": pattern}
        self.pattern = re.compile(pattern.replace("$", r"\Z"))
        super().__init__(among, **kwargs)

    def to_internal_value(self, data: Any) -> Model:
        """The row."""
        if not isinstance(data, str) or not self.pattern.match(data):
            self.fail("invalid")
        row = self.rows().filter(**{self.field: data}).first()
        if row is None:
            self.fail("does_not_exist")
        return row


class Refs(_Related):
    """Rows named by their UUIDs: one statement for all of them, each listed once."""

    def __init__(self, among: Callable[[Any], QuerySet[Any]], *, largest: int, **kwargs: Any) -> None:
        self.largest = largest
        self.schema = {
            "type": "array",
            "items": {"type": "string", "format": "uuid"},
            "minItems": 1,
            "maxItems": largest,
            "uniqueItems": True,
        }
        super().__init__(among, **kwargs)

    default_error_messages = {
        "not_a_list": _("Give a list of 1 to {largest} references, each once."),
    }

    def to_internal_value(self, data: Any) -> list[Model]:
        """The rows in the order given; each that can't be found is named by its place."""
        if not isinstance(data, list) or not 1 <= len(data) <= self.largest:
            self.fail("not_a_list", largest=self.largest)
        wrong = {
            i: [_error("invalid", self)]
            for i, ref in enumerate(data)
            if not isinstance(ref, str) or not _UUID.fullmatch(ref)
        }
        if wrong:
            raise serializers.ValidationError(wrong)  # type: ignore[arg-type]
        refs = [uuid.UUID(ref) for ref in data]
        if len(set(refs)) != len(refs):
            self.fail("not_a_list", largest=self.largest)
        rows = {row.ref: row for row in self.rows().filter(ref__in=refs)}
        wrong = {i: [_error("does_not_exist", self)] for i, ref in enumerate(refs) if ref not in rows}
        if wrong:
            raise serializers.ValidationError(wrong)  # type: ignore[arg-type]
        return [rows[ref] for ref in refs]


class Codes(_Related):
    """Rows named by their codes: one statement for all of them."""

    default_error_messages = {
        "not_a_list": _("Give a list of at most {largest} codes, each once."),
    }

    def __init__(self, among: Callable[[Any], QuerySet[Any]], *, largest: int, **kwargs: Any) -> None:
        self.largest = largest
        code = {"type": "string", "pattern": r"^[-a-zA-Z0-9_]{1,64}$"}
        self.schema = {"type": "array", "items": code, "maxItems": largest, "uniqueItems": True}
        super().__init__(among, **kwargs)

    def to_internal_value(self, data: Any) -> list[Model]:
        """The rows in the order given; each that can't be found is named by its place."""
        if not isinstance(data, list) or len(data) > self.largest or not all(isinstance(code, str) for code in data):
            self.fail("not_a_list", largest=self.largest)
        if len(set(data)) != len(data):
            self.fail("not_a_list", largest=self.largest)
        rows = {row.code: row for row in self.rows().filter(code__in=data)}
        wrong = {i: [_error("does_not_exist", self)] for i, code in enumerate(data) if code not in rows}
        if wrong:
            raise serializers.ValidationError(wrong)  # type: ignore[arg-type]
        return [rows[code] for code in data]


def _error(code: str, field: serializers.Field) -> ErrorDetail:
    return ErrorDetail(str(field.error_messages[code]), code)


class Rows(serializers.Field):
    """Many rows, handed on as they are to a service that reads them one by one and answers for each."""

    default_error_messages = {"invalid": _("Give a list of 1 to {most} objects.")}

    def __init__(self, *, most: int, schema: dict[str, Any], **kwargs: Any) -> None:
        self.most = most
        self.schema = {"type": "array", "items": schema, "minItems": 1, "maxItems": most}
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        """The rows."""
        if not isinstance(data, list) or not 1 <= len(data) <= self.most or not all(isinstance(r, dict) for r in data):
            self.fail("invalid", most=self.most)
        return data
