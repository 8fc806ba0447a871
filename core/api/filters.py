"""Filters of lists, by django-filter, which build only those parts that a request uses."""

import copy
import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet, Value
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from django.utils.translation import gettext_lazy as _
from django_filters import filters, filterset
from django_filters.constants import EMPTY_VALUES

from core.models import Searchable

from .problems import Problem

MONTH = re.compile(r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$")


class LeanFilterSet(filterset.FilterSet):
    """A filter set that copies and validates only the filters which the query names.

    `qs` is the narrowed queryset; `errors` is empty for a query that can be read.
    """

    def __init__(self, data: Any, queryset: QuerySet[Any], *, request: Any) -> None:
        self.is_bound = True
        self.data = data
        self.queryset = queryset
        self.request = request
        self.form_prefix = None
        self.filters = {}
        for name in data:
            base = self.base_filters.get(name)
            if base is not None:
                base.field  # noqa: B018  Made once per process: a form field keeps nothing of a request.
                chosen = copy.copy(base)
                chosen.parent = self
                chosen.model = queryset.model
                if base.method is not None:
                    chosen.method = base.method
                self.filters[name] = chosen

    def narrowed(self) -> tuple[QuerySet[Any], dict[str, list[str]]]:
        """The queryset with the filters applied, and the messages per parameter that can't be read."""
        queryset, errors = self.queryset, {}
        for name, chosen in self.filters.items():
            try:
                value = chosen.field.clean(self.data[name])
            except ValidationError as error:
                errors[name] = [str(message) for message in error.messages]
                continue
            if value in EMPTY_VALUES:
                errors[name] = [str(_("Give a value or leave the parameter out."))]
                continue
            queryset = chosen.filter(queryset, value)
        return queryset, errors


class RefFilter(filters.UUIDFilter):
    """A row by the ref of what it belongs to."""

    schema = {"type": "string", "format": "uuid"}


class ChoiceFilter(filters.ChoiceFilter):
    """One of a closed list."""

    def __init__(self, *args: Any, choices: Any, **kwargs: Any) -> None:
        self.schema = {"type": "string", "enum": [value for value, _label in choices.choices]}
        super().__init__(*args, choices=choices.choices, empty_label=None, **kwargs)


class CodeFilter(filters.CharFilter):
    """A row by the code of what it belongs to, such as a commune's NIS code."""

    def __init__(self, *args: Any, pattern: str = r"^[-a-zA-Z0-9_]{1,64}$", **kwargs: Any) -> None:
        self.schema = {"type": "string", "pattern": pattern}
        super().__init__(*args, **kwargs)
        self.extra["validators"] = [_Matches(pattern)]
        self.extra["strip"] = False


class _Matches:
    def __init__(self, pattern: str) -> None:
        self.pattern = re.compile(pattern.replace("$", r"\Z"))

    def __call__(self, value: str) -> None:
        if not self.pattern.match(value):
            raise ValidationError(_("This is not a code."), code="invalid")


class _BooleanField(forms.Field):
    def to_python(self, value: Any) -> bool:
        if value not in {"true", "false"}:
            raise ValidationError(_("Use true or false."), code="invalid")
        return value == "true"


class BooleanFilter(filters.Filter):
    """true or false."""

    field_class = _BooleanField
    schema = {"type": "boolean"}


class _DateField(forms.Field):
    def to_python(self, value: Any) -> dt.date:
        try:
            if len(value) != 10:
                raise ValueError
            return dt.date.fromisoformat(value)
        except (ValueError, TypeError):
            raise ValidationError(_("Write the day as YYYY-MM-DD."), code="invalid") from None


class DayFilter(filters.Filter):
    """A day, YYYY-MM-DD."""

    field_class = _DateField
    schema = {"type": "string", "format": "date"}


class _MonthField(forms.Field):
    def to_python(self, value: Any) -> dt.date:
        return read_month(value)


def read_month(value: Any) -> dt.date:
    """The first day of a month written YYYY-MM; ValidationError otherwise."""
    if not isinstance(value, str) or not MONTH.match(value) or len(value) != 7:
        raise ValidationError(_("Write the month as YYYY-MM."), code="invalid")
    return dt.date(int(value[:4]), int(value[5:]), 1)


class MonthFilter(filters.Filter):
    """A month, YYYY-MM, compared with the first day that stands for it."""

    field_class = _MonthField
    schema = {"type": "string", "pattern": MONTH.pattern}


class _MomentField(forms.Field):
    def to_python(self, value: Any) -> dt.datetime:
        try:
            # A plus sign that a client forgot to encode arrives as a space.
            moment = parse_datetime(value.replace(" ", "+") if "T" in value else value)
        except ValueError:
            moment = None
        if moment is None or is_naive(moment) or not 1900 <= moment.year <= 9000:
            raise ValidationError(_("Write a moment with its offset, such as 2018-06-30T12:00:00Z."), code="invalid")
        return moment


class ChangedSinceFilter(filters.Filter):
    """Only what was made or changed at or after a moment."""

    field_class = _MomentField
    schema = {"type": "string", "format": "date-time"}

    def __init__(self, field_name: str = "updated_at") -> None:
        super().__init__(field_name=field_name, lookup_expr="gte")


class SearchFilter(filters.CharFilter):
    """Free words; `method` of the filter set says how they are looked for."""

    schema = {"type": "string", "minLength": 1, "maxLength": 100}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.extra |= {"max_length": 100, "strip": False}


class NameFilter(SearchFilter):
    """Parts of a name; accents and case don't count."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Those whose name has every word; the trigrams of the searchable name find them."""
        for word in value.split():
            qs = qs.filter(**{f"{self.field_name}__contains": Searchable(Value(word))})
        return qs


def schema_of(filter_: filters.Filter) -> dict[str, Any]:
    """The JSON schema of a filter's value."""
    return dict(getattr(filter_, "schema", {"type": "string"}))


def describe(filterset_class: type[LeanFilterSet] | None) -> Iterable[tuple[str, dict[str, Any], str]]:
    """Name, schema and words of each filter."""
    for name, filter_ in (filterset_class.base_filters if filterset_class else {}).items():
        words = filter_.extra.get("help_text") or (type(filter_).__doc__ or "").split("\n")[0]
        yield name, schema_of(filter_), str(words)


def read_parameters(data: Any, parameters: type[LeanFilterSet]) -> dict[str, Any]:
    """The values of parameters that don't narrow a queryset; a Problem (400) names those that can't be read."""
    values: dict[str, Any] = {}
    errors: list[dict[str, str]] = []
    for name in data:
        known = parameters.base_filters.get(name)
        if known is None:
            detail = str(
                _("There is no such parameter here. Known: %(names)s.") % {"names": ", ".join(parameters.base_filters)}
            )
            errors.append({"parameter": name, "code": "unknown_parameter", "detail": detail})
            continue
        try:
            values[name] = known.field.clean(data[name])
        except ValidationError as error:
            errors += [{"parameter": name, "code": "invalid", "detail": str(message)} for message in error.messages]
            continue
        if values[name] in EMPTY_VALUES:
            errors.append({"parameter": name, "code": "invalid", "detail": str(_("Give a value or leave it out."))})
    if errors:
        raise Problem(400, "invalid", _("Some parameters can't be read; each error says why."), errors=errors)
    return values
