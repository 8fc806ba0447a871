"""From staged rows to the registry, set by set; everything happens in the caller's transaction."""

import datetime as dt
import json
from typing import Any

from django.utils.translation import gettext as _

from core.staging import copy_rows
from core.tabular import RowError
from practitioners.models import IdentifierSystem
from practitioners.services.importing.practices import assign_practices
from practitioners.services.importing.rows import STAGED
from practitioners.services.importing.software import assign_software

FIRST_CHANGES = 20
MANY = 1000
_REGISTRY = (
    "practitioners_practitioner, practitioners_identifier, practitioners_organisation, practitioners_affiliation"
)

_TABLES = ("import_row", "import_changed", "import_target", "import_software", "import_practice", "import_move")

_STAGE = """
CREATE TEMPORARY TABLE import_row (
    line integer, value text, written text, given_name text, family_name text, profession text, language text,
    email text, phone text, status text, inactive_reason text, inactive_since date, commune_id text, software text,
    software_vendor text, software_since date, connected_since date, attributes jsonb, practice_name text,
    practice_kind text, street text, postal_code text, enterprise_number text, sound boolean,
    practitioner_id bigint, is_new boolean NOT NULL DEFAULT false, software_id bigint, organisation_id bigint,
    own_practice boolean NOT NULL DEFAULT false, practice_key text, practice_id bigint
) ON COMMIT DROP;
CREATE TEMPORARY TABLE import_changed (practitioner_id bigint, what text) ON COMMIT DROP
"""

_REPEATED = """
DELETE FROM import_row r
USING (SELECT line, first_value(line) OVER (PARTITION BY value ORDER BY line) AS first_line
       FROM import_row WHERE value IS NOT NULL) f
WHERE r.line = f.line AND f.first_line < r.line
RETURNING r.line, r.written, r.value, f.first_line, r.sound
"""

_FIND = """
UPDATE import_row r SET practitioner_id = i.practitioner_id
FROM practitioners_identifier i WHERE i.system_id = %s AND i.value = r.value
"""

_SAME_PERSON = """
DELETE FROM import_row r
USING (SELECT line, first_value(line) OVER (PARTITION BY practitioner_id ORDER BY line) AS first_line
       FROM import_row WHERE practitioner_id IS NOT NULL) f
WHERE r.line = f.line AND f.first_line < r.line
RETURNING r.line, r.written, f.first_line
"""

_LOCK = """
SELECT p.id FROM practitioners_practitioner p
WHERE p.id IN (SELECT practitioner_id FROM import_row) ORDER BY p.id FOR NO KEY UPDATE
"""

_MERGED = """
DELETE FROM import_row r USING practitioners_practitioner p
WHERE p.id = r.practitioner_id AND p.merged_into_id IS NOT NULL
RETURNING r.line, r.written
"""

_SINCE_WHAT = """
DELETE FROM import_row r
USING import_row s LEFT JOIN practitioners_practitioner p ON p.id = s.practitioner_id
WHERE s.line = r.line AND r.software_since IS NOT NULL AND r.software IS NULL AND r.software_vendor IS NULL
  AND p.software_id IS NULL
RETURNING r.line, r.software_since::text
"""

_NUMBER_NEW = """
UPDATE import_row r SET practitioner_id = n.id, is_new = true
FROM (SELECT line, nextval(pg_get_serial_sequence('practitioners_practitioner', 'id')) AS id
      FROM (SELECT line FROM import_row WHERE practitioner_id IS NULL ORDER BY line) o) n
WHERE r.line = n.line
"""

# What each practitioner becomes: what the file says, else what is known, else the default.
_TARGET = """
CREATE TEMPORARY TABLE import_target ON COMMIT DROP AS
SELECT r.line, r.practitioner_id AS id, r.is_new,
    coalesce(r.given_name, p.given_name, '') AS given_name,
    coalesce(r.family_name, p.family_name, r.written) AS family_name,
    coalesce(r.profession, p.profession, 'general_practitioner') AS profession,
    coalesce(r.language, p.language, 'fr') AS language,
    coalesce(r.email, p.email, '') AS email,
    coalesce(r.phone, p.phone, '') AS phone,
    s.status,
    CASE WHEN s.status = 'active' THEN ''
         ELSE coalesce(r.inactive_reason, nullif(p.inactive_reason, ''), 'other') END AS inactive_reason,
    CASE WHEN s.status = 'inactive' THEN coalesce(r.inactive_since, p.inactive_since, %(on)s) END AS inactive_since,
    coalesce(r.commune_id, p.commune_id) AS commune_id,
    coalesce(r.software_id, p.software_id) AS software_id,
    coalesce(r.software_since, CASE WHEN r.software_id IS NULL OR r.software_id = p.software_id
                                    THEN p.software_since END) AS software_since,
    coalesce(r.connected_since, p.connected_since) AS connected_since,
    coalesce(p.attributes, '{}') || coalesce(r.attributes, '{}') AS attributes
FROM import_row r
LEFT JOIN practitioners_practitioner p ON p.id = r.practitioner_id
CROSS JOIN LATERAL (SELECT coalesce(r.status, p.status, 'active') AS status) s
"""

COLUMNS = (
    "given_name", "family_name", "profession", "language", "email", "phone", "status", "inactive_reason",
    "inactive_since", "commune_id", "software_id", "software_since", "connected_since", "attributes",
)  # fmt: skip
_NAMES = ", ".join(COLUMNS)
_DIFFERENT = "({}) IS DISTINCT FROM ({})".format(
    ", ".join(f"p.{name}" for name in COLUMNS), ", ".join(f"t.{name}" for name in COLUMNS)
)

_FIRST_CHANGES = f"""
SELECT t.line, r.written, to_jsonb(p) - 'search_name' AS old, to_jsonb(t) AS new
FROM import_target t JOIN import_row r USING (line) JOIN practitioners_practitioner p ON p.id = t.id
WHERE {_DIFFERENT} ORDER BY t.line LIMIT {FIRST_CHANGES}
"""

_FIRST_NEW = """
SELECT t.line, r.written, trim(t.given_name || ' ' || t.family_name)
FROM import_target t JOIN import_row r USING (line) WHERE t.is_new ORDER BY t.line LIMIT 5
"""

_FIRST_MOVES = f"""
SELECT m.line, r.written, coalesce(old.name, ''), new.name
FROM import_move m JOIN import_row r USING (line) JOIN practitioners_organisation new ON new.id = m.organisation_id
LEFT JOIN practitioners_organisation old ON old.id = m.live_organisation_id
WHERE NOT r.is_new ORDER BY m.line LIMIT {FIRST_CHANGES}
"""

_UPDATE = f"""
WITH changed AS (
    UPDATE practitioners_practitioner p
    SET {", ".join(f"{name} = t.{name}" for name in COLUMNS)}, updated_at = statement_timestamp()
    FROM import_target t WHERE p.id = t.id AND NOT t.is_new AND {_DIFFERENT}
    RETURNING p.id
)
INSERT INTO import_changed (practitioner_id, what) SELECT id, 'practitioner' FROM changed
"""

_INSERT = f"""
INSERT INTO practitioners_practitioner (id, restriction, restriction_reason, {_NAMES})
SELECT id, 'none', '', {_NAMES} FROM import_target WHERE is_new ORDER BY line
"""

_IDENTIFY = """
INSERT INTO practitioners_identifier (system_id, value, written, practitioner_id)
SELECT %s, value, written, practitioner_id FROM import_row WHERE is_new ORDER BY line
"""

_REWRITE = """
WITH changed AS (
    UPDATE practitioners_identifier i SET written = r.written FROM import_row r
    WHERE i.system_id = %s AND i.value = r.value AND NOT r.is_new AND i.written <> r.written
    RETURNING i.practitioner_id
)
INSERT INTO import_changed (practitioner_id, what) SELECT practitioner_id, 'identifier' FROM changed
"""

# Readers that ask for changes since a moment see a practitioner whose practice or number changed.
_TOUCH = """
UPDATE practitioners_practitioner p SET updated_at = statement_timestamp()
WHERE p.id IN (SELECT practitioner_id FROM import_changed)
  AND p.id NOT IN (SELECT practitioner_id FROM import_changed WHERE what = 'practitioner')
"""


def stage(cursor: Any, rows: Any) -> int:
    """Bring the rows of the file into a temporary table."""
    # Freshly filled tables look empty to the planner; loops over loops are never right here.
    cursor.execute("SET LOCAL enable_nestloop = off")
    # A caller's transaction can hold several imports.
    cursor.execute("DROP TABLE IF EXISTS " + ", ".join(f"pg_temp.{table}" for table in _TABLES))
    cursor.execute(_STAGE)
    count = copy_rows(cursor, "import_row", STAGED, rows)
    cursor.execute("ANALYZE import_row")
    return count


def judge(cursor: Any, system: IdentifierSystem, headers: dict[str, str]) -> list[RowError]:
    """Take out the staged rows that only the other rows or the registry can tell to be wrong; returns their errors."""
    errors = []
    cursor.execute(_REPEATED)
    identifier = headers.get("identifier", "identifier")
    for line, written, value, first_line, _sound in cursor.fetchall():
        errors.append(_repeated(line, identifier, written or value, first_line))
    cursor.execute("DELETE FROM import_row WHERE NOT sound")
    cursor.execute(_FIND, [system.pk])
    cursor.execute(_SAME_PERSON)
    errors += [_repeated(line, identifier, written, first_line) for line, written, first_line in cursor.fetchall()]
    cursor.execute(_LOCK)
    cursor.execute(_MERGED)
    for line, written in cursor.fetchall():
        errors.append(
            RowError(
                line, identifier, written, "record_merged",
                _("This practitioner was merged into another record. Use the identifier of that one, or remove the row."),
            )
        )  # fmt: skip
    cursor.execute(_SINCE_WHAT)
    for line, since in cursor.fetchall():
        errors.append(
            RowError(
                line, headers.get("software_since", "software_since"), since, "software_since_without_software",
                _("Say which software is used since that day."),
            )
        )  # fmt: skip
    return errors


def write(cursor: Any, system: IdentifierSystem, on: dt.date) -> dict[str, Any]:
    """Write the staged rows into the registry; returns counts and the first changes."""
    cursor.execute(_NUMBER_NEW)
    cursor.execute("CREATE INDEX ON import_row (line)")
    cursor.execute("CREATE INDEX ON import_row (practitioner_id)")
    software_made = assign_software(cursor)
    cursor.execute(_TARGET, {"on": on})
    cursor.execute("CREATE INDEX ON import_target (id)")
    cursor.execute("ANALYZE import_target")
    cursor.execute("ANALYZE import_row")
    changes = _first_changes(cursor)
    cursor.execute(_FIRST_NEW)
    first_new = [{"line": line, "identifier": written, "name": name} for line, written, name in cursor.fetchall()]
    cursor.execute(_UPDATE)
    cursor.execute(_INSERT)
    created = cursor.rowcount
    cursor.execute(_IDENTIFY, [system.pk])
    cursor.execute(_REWRITE, [system.pk])
    practices_made, moved = assign_practices(cursor, on)
    if moved:
        cursor.execute(_FIRST_MOVES)
        _add_moves(changes, cursor.fetchall())
    cursor.execute("DELETE FROM import_changed WHERE practitioner_id IN (SELECT id FROM import_target WHERE is_new)")
    cursor.execute(_TOUCH)
    cursor.execute("SELECT count(DISTINCT practitioner_id) FROM import_changed")
    updated = cursor.fetchone()[0]
    cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
    if created + updated > MANY:
        # What comes next, figures as a rule, is planned by what is in the tables now.
        cursor.execute(f"ANALYZE {_REGISTRY}")
    cursor.execute("SELECT count(*) FROM import_row")
    good = cursor.fetchone()[0]
    cursor.execute("SELECT what, count(DISTINCT practitioner_id) FROM import_changed GROUP BY 1 ORDER BY 1")
    return {
        "created": created,
        "updated": updated,
        "unchanged": good - created - updated,
        "software_created": software_made,
        "practices_created": practices_made,
        "changed": dict(cursor.fetchall()),
        "changes": changes,
        "first_new": first_new,
    }


def _first_changes(cursor: Any) -> list[dict[str, Any]]:
    """The first changes of known practitioners, field by field, for people to look at."""
    cursor.execute(_FIRST_CHANGES)
    return [
        {
            "line": line,
            "identifier": written,
            "fields": {name: [old[name], new[name]] for name in COLUMNS if old[name] != new[name]},
        }
        for line, written, old, new in (
            (line, written, _json(old), _json(new)) for line, written, old, new in cursor.fetchall()
        )
    ]


def _add_moves(changes: list[dict[str, Any]], moves: list[tuple[int, str, str, str]]) -> None:
    by_line = {change["line"]: change for change in changes}
    for line, written, old, new in moves:
        if line not in by_line:
            by_line[line] = {"line": line, "identifier": written, "fields": {}}
            changes.append(by_line[line])
        by_line[line]["fields"]["practice"] = [old, new]
    changes.sort(key=lambda change: change["line"])
    del changes[FIRST_CHANGES:]


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _repeated(line: int, field: str, value: str, first_line: int) -> RowError:
    return RowError(
        line, field, value, "repeated_identifier",
        _("Line %(line)d names the same practitioner. Keep one of the two rows.") % {"line": first_line},
    )  # fmt: skip
