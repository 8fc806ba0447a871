"""Filling an empty database with a demonstration network, all of it or nothing."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from adoption.enums import SchemeKind, Segment
from adoption.models import Measurement, SchemeVersion
from core import clock, locks
from pilots.services import tell_wave_starts
from practitioners.models import Affiliation, Commune, Identifier, Organisation, Practitioner

from .contacts import moment
from .figures import Bands, Series, series
from .history import FRIDAYS, live_through
from .people import network
from .places import Place
from .progress import Progress
from .size import Size
from .staff import hire_staff, taken_addresses
from .store import (
    check_references_at_once,
    gather_statistics,
    store_figures,
    store_installation,
    store_network,
    store_products,
)
from .waves import start_waves

DEFAULT_SEED = 2018


class NotEmpty(Exception):
    """The database has practitioners or demonstration accounts already, and a demonstration doesn't mix with them."""


@dataclass(frozen=True)
class Filled:
    """What was made."""

    practitioners: int
    organisations: int
    figures: int


def fill(*, size: Size, seed: int = DEFAULT_SEED, progress: Progress | None = None) -> Filled:
    """Fill the database with a network of this size, the same for the same seed.

    One transaction: interrupted, it leaves nothing. Of two at once, the second raises NotEmpty.
    """
    progress = progress or Progress(quiet=True)
    with _without_planner_lines(), transaction.atomic():
        locks.hold("web.demo")
        _calm_the_database()
        _refuse_filled(size)
        check_references_at_once()
        progress.say(f"Filling the database with {size.practitioners:,} synthetic practitioners:")
        bands = working_bands()
        with progress.stage("Practitioners and practices"):
            made = network(size, places(), seed, fewest_months=bands.fewest_months)
            store_installation()
            keys = store_network(made, store_products(), seed)
            gather_statistics(Practitioner, Organisation, Identifier, Affiliation)
        with progress.stage("Figures of 24 months"):
            figures = _counted(series(made.people, size, bands, seed), size.practitioners, progress)
            count = store_figures(figures, keys)
            gather_statistics(Measurement)
        clock.forget()
        with progress.stage("Coaches, technicians, office and pilots"):
            coaches = hire_staff(size, seed)
            start_waves(seed)
            tell_wave_starts(on=FRIDAYS[0], at=moment(FRIDAYS[0], 7))
        live_through(size=size, coaches=coaches, seed=seed, progress=progress)
    clock.forget()
    return Filled(len(made.people), len(made.organisations), count)


def _refuse_filled(size: Size) -> None:
    if Practitioner.objects.exists():
        raise NotEmpty("This database has practitioners already, and a demonstration network doesn't mix with them.")
    taken = taken_addresses(size)
    if taken:
        raise NotEmpty(f"There are accounts already with addresses of the demonstration: {', '.join(taken[:5])}.")


def _calm_the_database() -> None:
    """Compiling statements pays off in none of these, and the tables change too fast to estimate it well."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")


@contextmanager
def _without_planner_lines() -> Iterator[None]:
    """Keep the lines that the planner logs for each day of the past out of the progress."""
    planner = logging.getLogger("coaching")
    before = planner.level
    planner.setLevel(logging.WARNING)
    try:
        yield
    finally:
        planner.setLevel(before)


def places() -> list[Place]:
    """The communes of the registry, each with its own first postal code."""
    rows = Commune.objects.order_by("nis_code").values_list("nis_code", "postal_codes")
    return [Place(nis_code, postal_codes[0] if postal_codes else "") for nis_code, postal_codes in rows]


def working_bands() -> Bands:
    """The rule of the shipped volume bands, within which the figures are made."""
    version = SchemeVersion.objects.filter(scheme__code=SchemeKind.VOLUME_BANDS).order_by("number").first()
    if version is None:
        raise LookupError("The volume bands aren't there; run `manage.py migrate` first.")
    given = version.parameters
    bands = (Segment.INNOVATORS, Segment.EARLY_ADOPTERS, Segment.EARLY_MAJORITY, Segment.LATE_MAJORITY)
    return Bands(given["window"], {band: given[band.value] for band in bands}, given["min_values"])


def _counted(figures: Iterable[Series], whole: int, progress: Progress) -> Iterator[Series]:
    for done, one in enumerate(figures, start=1):
        if done % 500 == 0:
            progress.count(done, whole)
        yield one
