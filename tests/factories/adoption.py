"""Indicators and figures for tests."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import factory
from django.db import connection

from adoption.models import Indicator
from core.history import quick_history, recorded
from core.months import from_iso, shift
from practitioners.models import Practitioner


class IndicatorFactory(factory.django.DjangoModelFactory[Indicator]):
    """A count of something; say `kind=` for a coverage or a score."""

    class Meta:
        model = Indicator

    code = factory.Sequence(lambda n: f"indicator_{n}")
    name_en = factory.LazyAttribute(lambda row: row.code.replace("_", " "))
    name_fr = factory.LazyAttribute(lambda row: row.name_en)
    name_nl = factory.LazyAttribute(lambda row: row.name_en)
    kind = "count"
    publishes = False


def make_practitioners(number: int, **fields: object) -> list[Practitioner]:
    """So many active practitioners, in one statement."""
    quick_history()
    with recorded(None, source="test"):
        rows = [Practitioner(given_name="Jo", family_name=f"Peeters {n:05}", **fields) for n in range(number)]
        return Practitioner.objects.bulk_create(rows)


def name_them(practitioners: Sequence[Practitioner], names: Iterable[str]) -> None:
    """Give each a family name of one's own, to be found again by it."""
    quick_history()
    for practitioner, name in zip(practitioners, names, strict=True):
        practitioner.family_name = name
    with recorded(None, source="test"):
        Practitioner.objects.bulk_update(practitioners, ["family_name"])


def give_figures(
    indicator: Indicator, figures: Mapping[Practitioner, Sequence[float | None] | Mapping[dt.date, float]], start: str
) -> None:
    """Figures by practitioner: a value per month from `start` on (None for a month without), or by month."""
    first = from_iso(start)
    with connection.cursor() as cursor:
        names = "(indicator_id, practitioner_id, month, value)"
        with cursor.copy(f"COPY adoption_measurement {names} FROM STDIN") as copy:
            for practitioner, values in figures.items():
                by_month = (
                    values
                    if isinstance(values, Mapping)
                    else {shift(first, place): value for place, value in enumerate(values) if value is not None}
                )
                for month, value in by_month.items():
                    copy.write_row((indicator.pk, practitioner.pk, month, value))
