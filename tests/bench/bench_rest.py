"""REST requests at 100,000 practitioners, each beside one SQL statement that builds the same JSON.

A request goes through the WSGI application with every middleware that production runs, the token
check included. Both sides keep their connection and run in this process. Processor time is that of
this process, which serves; what PostgreSQL does is in the wall-clock time of both.
"""

import io
import json
import os
import re
from collections.abc import Callable
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from accounts.enums import Role
from accounts.models import User
from accounts.services import create_token
from adoption.models import Indicator, SegmentationRun
from practitioners.models import Commune, Practitioner
from tests.bench.measure import stopwatch
from tests.bench.report import Report

PRACTITIONERS = int(os.environ.get("BENCH_PRACTITIONERS", "100000"))
ROUNDS, REQUESTS = 150, 8

FILL = [
    "TRUNCATE practitioners_practitioner, adoption_segmentationrun CASCADE",
    "SET session_replication_role = replica",  # no history of made-up rows
    """INSERT INTO practitioners_softwareproduct (name, vendor) SELECT 'Package ' || n, 'Vendor' FROM generate_series(1, 12) n
       ON CONFLICT DO NOTHING""",
    """INSERT INTO practitioners_practitioner (given_name, family_name, profession, language, email, phone, status,
           inactive_reason, restriction, restriction_reason, attributes, commune_id, software_id, connected_since)
       SELECT 'Given ' || n %% 97, 'Family ' || n, 'general_practitioner', 'fr', n || '@example.org', '+3225551234',
              'active', '', 'none', '', '{}', (SELECT array_agg(nis_code) FROM practitioners_commune)[1 + n %% 19],
              (SELECT array_agg(id) FROM practitioners_softwareproduct)[1 + n %% 12], date '2016-01-01' + n %% 900
       FROM generate_series(1, %(count)s) n""",
    """INSERT INTO practitioners_organisation (name, kind, enterprise_number, street, postal_code, phone)
       SELECT 'Practice ' || n, 'group', '', 'Street 1', '1000', '' FROM generate_series(1, %(count)s / 4) n""",
    """INSERT INTO practitioners_affiliation (practitioner_id, organisation_id, role, is_primary)
       SELECT p.id, o.id, 'member', true FROM (SELECT id, row_number() OVER () n FROM practitioners_practitioner) p
       JOIN (SELECT id, row_number() OVER () n FROM practitioners_organisation) o ON o.n = 1 + p.n / 5""",
    """INSERT INTO practitioners_identifier (system_id, value, written, practitioner_id)
       SELECT (SELECT min(id) FROM practitioners_identifiersystem), 'b' || id, 'b-' || id, id
       FROM practitioners_practitioner""",
    """INSERT INTO adoption_measurement (indicator_id, practitioner_id, month, value)
       SELECT i.id, p.id, date '2018-06-01', p.id %% 30 FROM practitioners_practitioner p, adoption_indicator i
       WHERE i.code = 'sumehr_published'""",
    """WITH version AS (
           UPDATE adoption_schemeversion SET is_working = true WHERE id = (
               SELECT v.id FROM adoption_schemeversion v JOIN adoption_segmentationscheme s ON s.id = v.scheme_id
               WHERE s.code = 'volume-bands' AND v.number = 1)
           RETURNING id
       ), run AS (
           INSERT INTO adoption_segmentationrun (version_id, as_of, state, finished_at, practitioners, changed, moved,
               statistics)
           SELECT id, date '2018-06-01', 'done', now(), %(count)s, %(count)s, 0, '{}' FROM version RETURNING id, version_id
       )
       INSERT INTO adoption_segmentassignment
           (version_id, practitioner_id, segment, previous_segment, evidence, first_run_id, entered_by_id)
       SELECT run.version_id, p.id,
              CASE WHEN p.id %% 100 < 39 THEN 'late_majority' WHEN p.id %% 100 < 66 THEN 'laggards' ELSE 'early_majority' END,
              '', '{}', run.id, run.id
       FROM practitioners_practitioner p, run""",
    "SET session_replication_role = origin",
    "ANALYZE",
]


def run(report: Report) -> None:
    """Fill the database, then compare list, detail and progress."""
    _fill()
    token = _token()
    call = _server(token)
    nis_code = Commune.objects.order_by("nis_code")[3].nis_code
    ref = Practitioner.objects.order_by("pk")[PRACTITIONERS // 2].ref
    with psycopg.connect(_address(), autocommit=True) as bare:
        for what, path, limit in (
            ("REST list of 50, filtered", f"/api/v1/practitioners/?commune={nis_code}", 5),
            ("REST list of 50, filtered, second page", _second(call, f"/api/v1/practitioners/?commune={nis_code}"), 5),
            ("REST detail", f"/api/v1/practitioners/{ref}/", 5),
            ("REST progress by segment", "/api/v1/progress/?by=segment", 3),
            ("REST progress by commune", "/api/v1/progress/?by=commune", 3),
        ):
            _compare(report, what, lambda path=path: call(path), _bare(call, path, bare), limit)


def _compare(report: Report, what: str, ours: Callable[[], bytes], bare: Callable[[], bytes], limit: float) -> None:
    """Both in turns, so that what else the machine does falls on both; the best round of each."""
    assert _same(ours(), bare()), what
    best = [(float("inf"), float("inf"))] * 2
    for _round in range(ROUNDS):
        for side, work in enumerate((ours, bare)):
            with stopwatch() as taken:
                for _request in range(REQUESTS):
                    work()
            best[side] = min(best[side][0], taken.cpu), min(best[side][1], taken.seconds)
    to_milli = 1000 / REQUESTS
    report.compare(f"{what}, CPU", ours=best[0][0] * to_milli, bare=best[1][0] * to_milli, limit=limit, unit="ms")
    report.compare(f"{what}, wall clock", ours=best[0][1] * to_milli, bare=best[1][1] * to_milli, unit="ms")


def _same(ours: bytes, bare: bytes) -> bool:
    told, plain = json.loads(ours), json.loads(bare)
    return bool(told.get("results", told) == plain)


def _fill() -> None:
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement, {"count": PRACTITIONERS})
    from adoption.services import refresh_rollup

    refresh_rollup(indicator=Indicator.objects.get(code="sumehr_published"))
    assert SegmentationRun.objects.exists()


def _token() -> str:
    owner, _made = User.objects.get_or_create(email="bench@example.org", defaults={"role": Role.CLIENT})
    return create_token(owner=owner, name="bench")[1]


def _server(token: str) -> Callable[[str], bytes]:
    """The application as granian calls it."""
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()

    def call(path: str) -> bytes:
        path, _mark, query = path.partition("?")
        status: list[str] = []
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost",
            "SERVER_PORT": "80", "HTTP_HOST": "localhost", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(),
            "HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_ACCEPT": "application/json",
        }  # fmt: skip
        answer = application(environ, lambda line, _headers: status.append(line))
        body = b"".join(answer)
        answer.close()
        assert status == ["200 OK"], body
        return body

    return call


def _second(call: Callable[[str], bytes], path: str) -> str:
    return re.sub(r"^https?://[^/]+", "", json.loads(call(path))["next"])


def _bare(call: Callable[[str], bytes], path: str, database: psycopg.Connection) -> Callable[[], bytes]:
    """One statement over psycopg for the same JSON: the one that the request ends in, without the rest."""
    statements: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        call(path)
    sql, params = max(statements, key=lambda statement: len(statement[0]))
    if "/progress/" in path:
        sql = f"SELECT ({sql})::text"
    # The first column is the whole answer: a thing, progress, or the rows of a page of 50.
    head, tail = ("[", "]") if "/practitioners/?" in path else ("", "")

    def built() -> bytes:
        (text, *_rest) = database.execute(sql, params).fetchone()  # type: ignore[misc,call-overload]
        return f"{head}{text}{tail}".encode()

    return built


def _address() -> str:
    database = settings.DATABASES["default"]
    return psycopg.conninfo.make_conninfo(
        dbname=database["NAME"], user=database["USER"], password=database["PASSWORD"], host=database["HOST"],
        port=database["PORT"],
    )  # fmt: skip
