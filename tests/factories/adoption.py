"""Indicators and figures for tests."""

import datetime as dt
from collections.abc import Mapping, Sequence

import factory

from adoption.models import Indicator, Measurement
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
    rows = [Practitioner(given_name="Jo", family_name=f"Peeters {n:05}", **fields) for n in range(number)]
    return Practitioner.objects.bulk_create(rows)


def give_figures(
    indicator: Indicator, figures: Mapping[Practitioner, Sequence[float | None] | Mapping[dt.date, float]], start: str
) -> None:
    """Figures by practitioner: a value per month from `start` on (None for a month without), or by month."""
    first = from_iso(start)
    rows = []
    for practitioner, values in figures.items():
        by_month = (
            values
            if isinstance(values, Mapping)
            else {shift(first, place): value for place, value in enumerate(values) if value is not None}
        )
        rows += [
            Measurement(indicator=indicator, practitioner=practitioner, month=month, value=value)
            for month, value in by_month.items()
        ]
    Measurement.objects.bulk_create(rows, batch_size=5000)
