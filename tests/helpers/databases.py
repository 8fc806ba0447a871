"""A fresh database per test process, copied from a migrated template that is kept between runs."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

BASE_DIR = Path(settings.BASE_DIR)
TEMPLATE_SOURCES = (
    "*/migrations/**/*",
    "*/models/**/*",
    "*/models.py",
    "*/data/**/*",
    "*/enums.py",
    "*/catalogue*",
    "*/catalogue/**/*",
)


def make_test_database() -> str:
    """Create this process's database and point Django, and processes started by tests, at it."""
    original = connection.settings_dict["NAME"]
    stem = f"test_{original}"[:34]
    name = f"{stem}_{os.environ['PASSERELLE_TEST_RUN']}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with _maintenance() as admin:
        template = _template(admin, stem)
        _execute(admin, "create database {} template {}", name, template)
    _use(name)
    return name


def drop_test_database(name: str, original: str) -> None:
    """Remove the database, whoever is still connected to it."""
    connection.close()
    with _maintenance() as admin:
        _execute(admin, "drop database if exists {} with (force)", name)
    _use(original)


def restore_pristine_rows() -> None:
    """Empty every table and put back the rows that the migrations made, after a transactional test."""
    with connection.cursor() as cursor:
        cursor.execute("select pristine.restore()")


# --- The template --------------------------------------------------------------------------------


def _fingerprint() -> str:
    """Changes whenever a migrated database would come out differently."""
    digest = hashlib.sha256()
    files = {path for pattern in TEMPLATE_SOURCES for path in BASE_DIR.glob(pattern)}
    files |= {BASE_DIR / "config" / "settings.py", BASE_DIR / "requirements.lock", Path(__file__)}
    for path in sorted(files):
        relative = path.relative_to(BASE_DIR)
        if path.is_file() and path.suffix != ".pyc" and relative.parts[0] not in {"tests", "node_modules"}:
            digest.update(str(relative).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _template(admin: psycopg.Connection, stem: str) -> str:
    # One at a time: an xdist worker that comes second finds what the first one made.
    template = f"{stem}_t_{_fingerprint()}"
    admin.execute("select pg_advisory_lock(hashtext(%s))", [stem])
    _drop_leftovers(admin, stem, keep=template)
    if not admin.execute("select 1 from pg_database where datname = %s", [template]).fetchone():
        draft = f"{stem}_t_draft"
        _execute(admin, "drop database if exists {} with (force)", draft)
        _execute(admin, "create database {}", draft)
        original = connection.settings_dict["NAME"]
        _use(draft)
        call_command("migrate", verbosity=0)
        _keep_pristine_rows()
        _use(original)
        _execute(admin, "alter database {} rename to {}", draft, template)
    return template


def _drop_leftovers(admin: psycopg.Connection, stem: str, keep: str) -> None:
    """Drop old templates, and the databases of runs that were killed (nobody is connected to them any more)."""
    rows = admin.execute(
        """select datname from pg_database d where datname like %s and datname <> %s
           and (datname like %s or not exists (select 1 from pg_stat_activity a where a.datname = d.datname)
                and (pg_stat_file('base/' || d.oid, true)).modification < now() - interval '1 hour')""",
        [stem.replace("_", r"\_") + r"\_%", keep, stem.replace("_", r"\_") + r"\_t\_%"],
    ).fetchall()
    for (name,) in rows:
        try:
            _execute(admin, "drop database if exists {}", name)
        except psycopg.errors.ObjectInUse:
            pass


def _keep_pristine_rows() -> None:
    """Remember what the migrations put in, and how to get back to exactly that."""
    with connection.cursor() as cursor:
        cursor.execute("create schema pristine")
        statements = []
        for table in connection.introspection.table_names(cursor):
            quoted = connection.ops.quote_name(table)
            if table == "django_migrations":
                continue
            statements.append(f"delete from public.{quoted};")
            cursor.execute(f"select exists (select 1 from {quoted})")
            if not cursor.fetchone()[0]:
                continue
            cursor.execute(
                "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0"
                " and not attisdropped and attgenerated = ''",
                [quoted],
            )
            columns = ", ".join(connection.ops.quote_name(row[0]) for row in cursor.fetchall())
            cursor.execute(f"create table pristine.{quoted} as select {columns} from public.{quoted}")
            statements.append(
                f"insert into public.{quoted} ({columns}) overriding system value"
                f" select {columns} from pristine.{quoted};"
            )
        # Rows come back as they were: no trigger writes history, no order between tables matters.
        settings_during = "set local lock_timeout = '30s'; set local session_replication_role = replica;"
        body = f"{settings_during} {' '.join(statements)} set local session_replication_role = origin;"
        cursor.execute(
            f"create function pristine.restore() returns void language plpgsql as $body$ begin {body} end $body$"
        )
    connection.close()


# --- Small things ----------------------------------------------------------------------------------


def _use(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name
    # Commands and workers that a test starts read this.
    parts = urlsplit(os.environ["DATABASE_URL"])
    os.environ["DATABASE_URL"] = urlunsplit(parts._replace(path="/" + quote(name)))


@contextmanager
def _maintenance() -> Iterator[psycopg.Connection]:
    """A connection beside the test databases, to create and drop them."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as admin:
        yield admin


def _execute(admin: psycopg.Connection, statement: str, *names: str) -> None:
    admin.execute(sql.SQL(statement).format(*[sql.Identifier(name) for name in names]))
