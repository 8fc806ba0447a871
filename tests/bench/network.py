"""The large network on which the benchmarks of figures and segments run."""

import datetime as dt
import os

from django.db import connection, transaction

from core.history import quick_history, recorded
from core.months import shift
from practitioners.models import IdentifierSystem, Practitioner

# Smaller while developing: BENCH_PRACTITIONERS=10000 make bench.
PRACTITIONERS = int(os.environ.get("BENCH_PRACTITIONERS", "100000"))
MONTHS = 24
FIRST = dt.date(2017, 1, 1)


def big_months() -> list[dt.date]:
    """The months of which there are figures."""
    return [shift(FIRST, number) for number in range(MONTHS)]


def identifier(place: int) -> str:
    """The identifier of the practitioner at this place, in the system `bench`."""
    return f"B{place:07}"


def big_network() -> list[int]:
    """The primary keys of the network's practitioners, in order; made at the first call, each with an identifier."""
    names = {"name_en": "bench", "name_fr": "bench", "name_nl": "bench"}
    system, _made = IdentifierSystem.objects.get_or_create(code="bench", defaults=names)
    if not Practitioner.objects.filter(identifiers__system=system).exists():
        with transaction.atomic(), recorded(None, source="bench"), connection.cursor() as cursor:
            # Another benchmark's practitioners would be sorted along with these.
            cursor.execute("TRUNCATE practitioners_practitioner, adoption_segmentationrun CASCADE")
            quick_history()
            cursor.execute(
                """INSERT INTO practitioners_practitioner (given_name, family_name, profession, language, email, phone,
                       status, inactive_reason, restriction, restriction_reason, attributes)
                   SELECT 'Jo', 'Bench ' || number, 'general_practitioner', 'fr', '', '', 'active', '', 'none', '', '{}'
                   FROM generate_series(0, %s - 1) AS number""",
                [PRACTITIONERS],
            )
            cursor.execute(
                """INSERT INTO practitioners_identifier (system_id, value, written, practitioner_id)
                   SELECT %s, key, key, id FROM (SELECT id, 'B' || lpad((row_number() OVER (ORDER BY id) - 1)::text, 7, '0')
                       AS key FROM practitioners_practitioner WHERE family_name LIKE 'Bench %%') AS numbered""",
                [system.pk],
            )
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE practitioners_practitioner, practitioners_identifier")
    people = Practitioner.objects.filter(identifiers__system=system).order_by("identifiers__value")
    return list(people.values_list("pk", flat=True))
