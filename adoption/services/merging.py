"""From staged figures to the measurements, set by set; everything happens in the caller's transaction."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from adoption.models import Indicator, Measurement
from core import locks
from core.staging import copy_rows
from core.tabular import RowError
from practitioners.models import IdentifierSystem
from practitioners.services.linking import keep_attributes

FIRST_CHANGES = 20
MOST_KEPT = 50_000

_TABLES = ("figure_row", "figure_known", "figure_repeat", "figure_change")
_STAGE = """CREATE TEMPORARY TABLE figure_row (
    line integer, key text, month date, value double precision, denominator double precision, attributes jsonb
) ON COMMIT DROP"""

# Who a row is about: by an identifier, or by a primary key that the caller has looked up.
_BY_IDENTIFIER = "LEFT JOIN practitioners_identifier AS who ON who.system_id = %(system)s AND who.value = given.key"
_BY_KEY = "LEFT JOIN (SELECT id AS practitioner_id FROM practitioners_practitioner) AS who ON who.practitioner_id = given.key::bigint"

_REPEATS = """CREATE TEMPORARY TABLE figure_repeat ON COMMIT DROP AS
    SELECT practitioner_id, month, min(line) AS first_line,
        min(value) <> max(value) OR min(coalesce(denominator, -1)) <> max(coalesce(denominator, -1)) AS differ
    FROM figure_known WHERE practitioner_id IS NOT NULL GROUP BY practitioner_id, month HAVING count(*) > 1"""

_REFUSED = """FROM figure_known AS known JOIN figure_repeat AS repeat USING (practitioner_id, month)
    WHERE repeat.differ OR known.line > repeat.first_line"""

_CHANGES = """CREATE TEMPORARY TABLE figure_change ON COMMIT DROP AS
    SELECT known.*, old.value AS old_value, old.denominator AS old_denominator, old.month IS NULL AS is_new
    FROM figure_known AS known
    LEFT JOIN (SELECT * FROM adoption_measurement WHERE indicator_id = %(indicator)s) AS old
        ON old.practitioner_id = known.practitioner_id AND old.month = known.month
    WHERE known.practitioner_id IS NOT NULL
        AND (old.month IS NULL OR (old.value, old.denominator) IS DISTINCT FROM (known.value, known.denominator))"""


@dataclass
class Merged:
    """What came of a merge: rows by what happened to them, the months that changed, the first changes."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    in_error: int = 0
    months: list[Any] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)


def stage(cursor: Any, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """COPY rows of text into the staging table; how many there were."""
    cursor.execute(f"DROP TABLE IF EXISTS {', '.join(_TABLES)}")
    cursor.execute(_STAGE)
    count = copy_rows(cursor, "figure_row", columns, rows)
    cursor.execute("ANALYZE figure_row")
    return count


def judge(cursor: Any, system: IdentifierSystem | None, columns: dict[str, str]) -> tuple[int, Iterator[RowError]]:
    """Find whom each row is about; how many rows can't go in, and what is wrong with the first of them.

    Without a `system` the keys are primary keys. `columns` names the columns for people. What isn't
    right is left out of what `merge` writes.
    """
    who = _BY_IDENTIFIER if system else _BY_KEY
    cursor.execute(
        f"""CREATE TEMPORARY TABLE figure_known ON COMMIT DROP AS
            SELECT given.line, coalesce(person.merged_into_id, person.id) AS practitioner_id, given.month, given.value,
                given.denominator
            FROM figure_row AS given {who} LEFT JOIN practitioners_practitioner AS person ON person.id = who.practitioner_id""",
        {"system": system.pk if system else None},
    )
    cursor.execute("ANALYZE figure_known")
    cursor.execute("SELECT count(*) FROM figure_known WHERE practitioner_id IS NULL")
    unknown = cursor.fetchone()[0]
    cursor.execute(_REPEATS)
    cursor.execute(f"SELECT count(*) {_REFUSED}")
    repeated = cursor.fetchone()[0]
    errors: list[RowError] = []
    if unknown:
        errors += _unknown(cursor, columns["identifier"])
    if repeated:
        errors += _repeated(cursor, columns["month"])
        cursor.execute(f"DELETE FROM figure_known WHERE line IN (SELECT line {_REFUSED})")
    return unknown + repeated, iter(errors)


def _unknown(cursor: Any, column: str) -> list[RowError]:
    cursor.execute(
        """SELECT line, key FROM figure_row WHERE line IN (SELECT line FROM figure_known WHERE practitioner_id IS NULL)
           ORDER BY line LIMIT %s""",
        [MOST_KEPT],
    )
    remedy = _("No practitioner has this identifier. Correct it, or import the practitioner first.")
    return [RowError(line, column, key, "unknown_practitioner", remedy) for line, key in cursor.fetchall()]


def _repeated(cursor: Any, column: str) -> list[RowError]:
    cursor.execute(
        f"""SELECT known.line, to_char(known.month, 'YYYY-MM'), repeat.first_line, repeat.differ {_REFUSED}
            ORDER BY known.line LIMIT {MOST_KEPT}"""
    )
    same = _("Line %(line)d already gives this figure. Remove one of the two.")
    differ = _(
        "Several rows give different figures of this practitioner and month, the first on line %(line)d. Keep one."
    )
    return [
        RowError(
            line,
            column,
            month,
            "conflicting_rows" if other else "repeated_row",
            (differ if other else same) % {"line": first},
        )
        for line, month, first, other in cursor.fetchall()
    ]


def merge(cursor: Any, indicator: Indicator, import_run: int | None) -> Merged:
    """Write what is new or different, and what it was before; the same figures again change nothing.

    Writers of one indicator's figures wait for each other.
    """
    locks.hold(f"adoption.figures.{indicator.pk}")
    merged = Merged()
    cursor.execute("SELECT count(*) FROM figure_known WHERE practitioner_id IS NOT NULL")
    rows = cursor.fetchone()[0]
    if Measurement.objects.filter(indicator=indicator).exists():
        cursor.execute(_CHANGES, {"indicator": indicator.pk})
        source, new = "figure_change", "is_new"
        _correct(cursor, indicator, import_run, merged)
    else:
        source, new = "figure_known", "practitioner_id IS NOT NULL"
    cursor.execute(f"SELECT DISTINCT month FROM {source} WHERE practitioner_id IS NOT NULL ORDER BY month")
    merged.months = [month for (month,) in cursor.fetchall()]
    # In the order of the key, so that a practitioner's figures lie together and are read together.
    cursor.execute(
        f"""INSERT INTO adoption_measurement (indicator_id, practitioner_id, month, value, denominator)
            SELECT %s, practitioner_id, month, value, denominator FROM {source} WHERE {new}
            ORDER BY practitioner_id, month""",
        [indicator.pk],
    )
    merged.created = cursor.rowcount
    merged.unchanged = rows - merged.created - merged.updated
    return merged


def _correct(cursor: Any, indicator: Indicator, import_run: int | None, merged: Merged) -> None:
    """Change the figures that differ, keeping what they were."""
    cursor.execute(
        f"""SELECT line, to_char(month, 'YYYY-MM'), key, old_value, old_denominator, change.value, change.denominator
            FROM figure_change AS change JOIN (SELECT line, key FROM figure_row) AS given USING (line)
            WHERE NOT is_new ORDER BY line LIMIT {FIRST_CHANGES}"""
    )
    names = ("line", "month", "identifier", "old_value", "old_denominator", "value", "denominator")
    merged.changes = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if not merged.changes:
        return
    words = {"indicator": indicator.pk, "run": import_run}
    cursor.execute(
        """INSERT INTO adoption_measurementcorrection
               (indicator_id, practitioner_id, month, old_value, old_denominator, new_value, new_denominator, import_run_id)
           SELECT %(indicator)s, practitioner_id, month, old_value, old_denominator, value, denominator, %(run)s
           FROM figure_change WHERE NOT is_new ORDER BY practitioner_id, month""",
        words,
    )
    cursor.execute(
        """UPDATE adoption_measurement AS figure
           SET value = change.value, denominator = change.denominator, updated_at = statement_timestamp()
           FROM figure_change AS change
           WHERE NOT change.is_new AND figure.indicator_id = %(indicator)s
               AND figure.practitioner_id = change.practitioner_id AND figure.month = change.month""",
        words,
    )
    merged.updated = cursor.rowcount


def keep_columns(cursor: Any) -> int:
    """Keep the columns that are no field as attributes of the practitioners, from the latest month of each."""
    cursor.execute("DROP TABLE IF EXISTS figure_attributes")
    cursor.execute(
        """CREATE TEMPORARY TABLE figure_attributes ON COMMIT DROP AS
           SELECT DISTINCT ON (practitioner_id) practitioner_id, attributes
           FROM figure_known AS known JOIN (SELECT line, attributes FROM figure_row) AS given USING (line)
           WHERE practitioner_id IS NOT NULL AND attributes IS NOT NULL
           ORDER BY practitioner_id, month DESC, line DESC"""
    )
    return keep_attributes(cursor, "figure_attributes")


def clear(cursor: Any) -> None:
    """Remove the staging tables before the transaction ends, for callers who go on in it."""
    cursor.execute(f"DROP TABLE IF EXISTS {', '.join(_TABLES)}, figure_attributes")
