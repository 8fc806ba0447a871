"""Writing the generated network by COPY."""

import datetime as dt
import random
import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Model

from adoption.models import Indicator, Measurement
from core.models import Installation
from practitioners.enums import ContactRestriction, PractitionerStatus, Profession
from practitioners.models import Affiliation, Identifier, IdentifierSystem, Organisation, Practitioner, SoftwareProduct

from .figures import Series
from .people import Network
from .places import PRODUCTS
from .size import MONTHS, TODAY

NETWORK_NAME = "Réseau de santé de démonstration"
_LINES_AT_A_TIME = 2000


def check_references_at_once() -> None:
    """Check foreign keys at the end of each statement instead of at the end of the transaction.

    The history triggers make and drop a savepoint per row, and each time PostgreSQL goes through all the
    checks that are still put off: with a hundred thousand rows in one transaction that takes hours.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def store_installation() -> None:
    """Say that the network is synthetic and on which day it lives."""
    Installation.objects.update_or_create(
        pk=1, defaults={"name": NETWORK_NAME, "is_synthetic": True, "fixed_today": TODAY}
    )


def store_products() -> list[int]:
    """Write the software products; their keys, in the order of `PRODUCTS`."""
    return [
        SoftwareProduct.objects.get_or_create(
            vendor=vendor, name=name, defaults={"valid_from": first, "valid_to": last}
        )[0].pk
        for vendor, name, first, last, _, _ in PRODUCTS
    ]


def store_network(network: Network, products: list[int], seed: int) -> range:
    """Write organisations, practitioners, identifiers and affiliations; the practitioners' keys, in order."""
    rng = random.Random(f"{seed}:refs")
    organisations = _reserve(Organisation, len(network.organisations))
    people = _reserve(Practitioner, len(network.people))
    _copy(
        Organisation,
        "id ref name kind enterprise_number street postal_code commune_id phone",
        (
            (
                key,
                _ref(rng),
                o.name,
                o.kind,
                o.enterprise_number,
                o.street,
                o.place.postal_code,
                o.place.nis_code,
                o.phone,
            )
            for key, o in zip(organisations, network.organisations, strict=True)
        ),
    )
    _copy(
        Practitioner,
        "id ref given_name family_name profession language email phone status inactive_reason inactive_since"
        " restriction restriction_reason commune_id software_id software_since connected_since attributes",
        (
            (
                key, _ref(rng), p.given_name, p.family_name, Profession.GENERAL_PRACTITIONER, p.language, p.email, p.phone,
                PractitionerStatus.ACTIVE if p.is_active else PractitionerStatus.INACTIVE, p.inactive_reason, p.inactive_since,
                ContactRestriction.DO_NOT_CONTACT if p.restriction_reason else ContactRestriction.NONE, p.restriction_reason,
                p.nis_code, None if p.product is None else products[p.product], p.product_since, p.connected_since, "{}",
            )
            for key, p in zip(people, network.people, strict=True)
        ),
    )  # fmt: skip
    system = IdentifierSystem.objects.get(code="nihdi").pk
    _copy(
        Identifier,
        "system_id value written practitioner_id",
        ((system, p.nihdi[:8], p.nihdi, key) for key, p in zip(people, network.people, strict=True)),
    )
    _copy(
        Affiliation,
        "practitioner_id organisation_id role is_primary since until",
        (
            (key, organisations[post.organisation], post.role, post.is_primary, post.since, post.until)
            for key, p in zip(people, network.people, strict=True)
            for post in p.posts
        ),
    )
    return people


def store_figures(figures: Iterable[Series], people: range) -> int:
    """Write the summaries published and the coverage, month by month; how many figures there are."""
    published, coverage = (Indicator.objects.get(code=code).pk for code in ("sumehr_published", "sumehr_coverage"))
    columns = "indicator_id practitioner_id month value denominator"
    kept: list[Series] = []

    def counts() -> Iterator[tuple[Any, ...]]:
        for series in figures:
            kept.append(series)
            for month, value in zip(MONTHS[series.first :], series.published, strict=True):
                yield published, people[series.person], month, value, None

    def coverages() -> Iterator[tuple[Any, ...]]:
        for series in kept:
            for month, value, base in zip(MONTHS[series.first :], series.covered, series.patients, strict=True):
                yield coverage, people[series.person], month, value, base

    return _copy(Measurement, columns, counts()) + _copy(Measurement, columns, coverages())


def gather_statistics(*models: type[Model]) -> None:
    """Let PostgreSQL know how full the tables are now, so that the next statements are planned well."""
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def _reserve(model: type[Model], count: int) -> range:
    """Take a block of primary keys."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(s, nextval(s) + %s) FROM pg_get_serial_sequence(%s, 'id') s", [count, f'"{table}"']
        )
        last = cursor.fetchone()[0]
    return range(last - count, last)


def _copy(model: type[Model], columns: str, rows: Iterable[tuple[Any, ...]]) -> int:
    """COPY rows into a model's table; nothing generated here contains a tab, line break or backslash."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in columns.split())
    lines = ("\t".join(map(_text, row)) + "\n" for row in rows)
    count = 0
    with connection.cursor() as cursor, cursor.copy(f"COPY {quote(model._meta.db_table)} ({names}) FROM STDIN") as copy:
        while block := list(islice(lines, _LINES_AT_A_TIME)):
            count += len(block)
            copy.write("".join(block).encode())
    return count


def _text(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)


def _ref(rng: random.Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)
