"""Finding the practices that a file names, making those that are new, and moving their members.

A practice is told from others by its name, its enterprise number and its postal code. What a file
leaves empty is no difference: "Cabinet du Parc" without a number is the one with a number when the
rest agrees. Names are compared without case and accents.
"""

import datetime as dt
from typing import Any

# Without a name, a street or enterprise number describes the practitioner's own practice.
_OWN_PRACTICE = """
UPDATE import_row r SET practice_name = left(trim(t.given_name || ' ' || t.family_name), 200), own_practice = true,
       practice_kind = coalesce(r.practice_kind, 'solo')
FROM import_target t
WHERE t.line = r.line AND r.practice_name IS NULL AND (r.street IS NOT NULL OR r.enterprise_number IS NOT NULL)
"""

_COMPARE = "UPDATE import_row SET practice_key = searchable(practice_name) WHERE practice_name IS NOT NULL"

_DESCRIBED = """
CREATE TEMPORARY TABLE import_practice ON COMMIT DROP AS
SELECT row_number() OVER () AS key, practice_key AS name_key, coalesce(enterprise_number, '') AS number,
       coalesce(postal_code, '') AS postal_code, own_practice, min(line) AS line, NULL::bigint AS id
FROM import_row WHERE practice_name IS NOT NULL GROUP BY 2, 3, 4, 5
"""

_OF_ROW = """
UPDATE import_row r SET practice_id = k.key FROM import_practice k
WHERE r.practice_key = k.name_key AND coalesce(r.enterprise_number, '') = k.number
  AND coalesce(r.postal_code, '') = k.postal_code AND r.own_practice = k.own_practice
"""

_BY_NUMBER = """
UPDATE import_practice k SET id = o.id
FROM (SELECT enterprise_number, search_name, min(id) AS id FROM practitioners_organisation
      WHERE enterprise_number <> '' GROUP BY 1, 2) o
WHERE k.id IS NULL AND k.number <> '' AND o.enterprise_number = k.number AND o.search_name = k.name_key
"""

# All members of a practice are in the file, under one and the same description: it is a correction.
_CORRECTED = """
WITH described AS (
    SELECT k.key, a.organisation_id, count(*) AS members
    FROM import_practice k
    JOIN import_row r ON r.practice_id = k.key
    JOIN practitioners_affiliation a ON a.practitioner_id = r.practitioner_id AND a.is_primary AND a.until IS NULL
    WHERE k.id IS NULL
    GROUP BY 1, 2
), one AS (
    SELECT key, min(organisation_id) AS organisation_id, min(members) AS members
    FROM described GROUP BY 1 HAVING count(*) = 1
), whole AS (
    SELECT organisation_id, count(*) AS members FROM practitioners_affiliation
    WHERE is_primary AND until IS NULL AND organisation_id IN (SELECT organisation_id FROM one) GROUP BY 1
)
UPDATE import_practice k SET id = o.id
FROM one
JOIN whole ON whole.organisation_id = one.organisation_id AND whole.members = one.members
JOIN practitioners_organisation o ON o.id = one.organisation_id
WHERE k.key = one.key AND (o.search_name = k.name_key OR (k.own_practice AND o.kind = 'solo'))
  AND (k.number = '' OR o.enterprise_number IN ('', k.number))
"""

_BY_NAME = """
UPDATE import_practice k SET id = found.id
FROM (
    SELECT DISTINCT ON (k.key) k.key, o.id
    FROM import_practice k JOIN practitioners_organisation o ON o.search_name = k.name_key
    WHERE k.id IS NULL
      AND (o.enterprise_number = k.number OR o.enterprise_number = '' OR k.number = '')
      AND (o.postal_code = k.postal_code OR o.postal_code = '' OR k.postal_code = '')
      AND (NOT k.own_practice OR o.kind = 'solo')
    ORDER BY k.key, o.postal_code = k.postal_code DESC, o.enterprise_number = k.number DESC, o.id
) found
WHERE k.key = found.key
"""

# The best described first, so that a vaguer mention in the same file finds it.
_CREATE = """
INSERT INTO practitioners_organisation (name, kind, enterprise_number, street, postal_code, phone)
SELECT r.practice_name, coalesce(r.practice_kind, 'group'), k.number, '', k.postal_code, ''
FROM (
    SELECT DISTINCT ON (name_key, number, CASE WHEN number = '' THEN postal_code END) *
    FROM import_practice WHERE id IS NULL AND (number <> '') = %s AND (postal_code <> '') = %s
    ORDER BY name_key, number, CASE WHEN number = '' THEN postal_code END, line
) k
JOIN import_row r ON r.line = k.line
ORDER BY k.line
"""

_ASSIGN = "UPDATE import_row r SET organisation_id = k.id FROM import_practice k WHERE r.practice_id = k.key"

# The last row that says something about a practice is right.
_UPDATE = """
WITH said AS (
    SELECT organisation_id,
        (array_agg(practice_name ORDER BY line DESC))[1] AS name,
        (array_agg(practice_kind ORDER BY line DESC) FILTER (WHERE practice_kind IS NOT NULL))[1] AS kind,
        (array_agg(enterprise_number ORDER BY line DESC) FILTER (WHERE enterprise_number IS NOT NULL))[1] AS number,
        (array_agg(street ORDER BY line DESC) FILTER (WHERE street IS NOT NULL))[1] AS street,
        (array_agg(postal_code ORDER BY line DESC) FILTER (WHERE postal_code IS NOT NULL))[1] AS postal_code,
        (array_agg(commune_id ORDER BY line DESC) FILTER (WHERE commune_id IS NOT NULL))[1] AS commune_id
    FROM import_row WHERE organisation_id IS NOT NULL GROUP BY 1
), target AS (
    SELECT o.id,
        CASE WHEN EXISTS (SELECT FROM practitioners_organisation other WHERE other.id <> o.id AND other.name = said.name
                          AND other.enterprise_number <> '' AND other.enterprise_number = coalesce(said.number, o.enterprise_number))
             THEN o.name ELSE said.name END AS name,
        coalesce(said.kind, o.kind) AS kind, coalesce(said.number, o.enterprise_number) AS number,
        coalesce(said.street, o.street) AS street, coalesce(said.postal_code, o.postal_code) AS postal_code,
        coalesce(said.commune_id, o.commune_id) AS commune_id
    FROM said JOIN practitioners_organisation o ON o.id = said.organisation_id
), changed AS (
    UPDATE practitioners_organisation o
    SET name = t.name, kind = t.kind, enterprise_number = t.number, street = t.street, postal_code = t.postal_code,
        commune_id = t.commune_id, updated_at = statement_timestamp()
    FROM target t
    WHERE o.id = t.id
      AND (o.name, o.kind, o.enterprise_number, o.street, o.postal_code, o.commune_id)
          IS DISTINCT FROM (t.name, t.kind, t.number, t.street, t.postal_code, t.commune_id)
    RETURNING o.id
)
INSERT INTO import_changed (practitioner_id, what)
SELECT DISTINCT r.practitioner_id, 'organisation' FROM import_row r JOIN changed ON changed.id = r.organisation_id
"""

# What each practitioner's main affiliation becomes; `live` is the present one where it is another.
_MOVES = """
CREATE TEMPORARY TABLE import_move ON COMMIT DROP AS
SELECT r.line, r.practitioner_id, r.organisation_id, live.id AS live_id, live.since AS live_since,
       live.organisation_id AS live_organisation_id,
       (SELECT max(past.until) FROM practitioners_affiliation past
        WHERE past.practitioner_id = r.practitioner_id AND past.is_primary AND past.until IS NOT NULL) AS last_until
FROM import_row r
LEFT JOIN practitioners_affiliation live
    ON live.practitioner_id = r.practitioner_id AND live.is_primary AND live.until IS NULL
WHERE r.organisation_id IS NOT NULL AND live.organisation_id IS DISTINCT FROM r.organisation_id
"""

_CORRECT_TODAYS = """
UPDATE practitioners_affiliation a SET organisation_id = m.organisation_id
FROM import_move m WHERE a.id = m.live_id AND m.live_since >= %(on)s
"""

_END = """
UPDATE practitioners_affiliation a SET until = %(on)s::date - 1
FROM import_move m WHERE a.id = m.live_id AND (m.live_since IS NULL OR m.live_since < %(on)s)
"""

_BEGIN = """
INSERT INTO practitioners_affiliation (practitioner_id, organisation_id, role, is_primary, since)
SELECT practitioner_id, organisation_id, 'member', true,
       greatest(CASE WHEN live_id IS NOT NULL THEN %(on)s::date END, last_until + 1)
FROM import_move WHERE live_id IS NULL OR live_since IS NULL OR live_since < %(on)s
ORDER BY line
"""


def assign_practices(cursor: Any, on: dt.date) -> tuple[int, int]:
    """Make and change the practices that the staged rows name, and move their members on a day.

    Returns how many practices were made and how many practitioners moved. Practitioners whose practice changed, or whose practice's
    own data did, are noted in import_changed.
    """
    cursor.execute(_OWN_PRACTICE)
    cursor.execute("SELECT EXISTS (SELECT FROM import_row WHERE practice_name IS NOT NULL)")
    if not cursor.fetchone()[0]:
        return 0, 0
    for statement in (
        _COMPARE,
        "ANALYZE import_row",
        _DESCRIBED,
        "ANALYZE import_practice",
        _OF_ROW,
        "ANALYZE import_row",
    ):
        cursor.execute(statement)
    cursor.execute(_BY_NUMBER)
    cursor.execute(_CORRECTED)
    cursor.execute(_BY_NAME)
    made = 0
    for with_number, with_postal_code in ((True, True), (True, False), (False, True), (False, False)):
        cursor.execute(_CREATE, [with_number, with_postal_code])
        made += cursor.rowcount
        if cursor.rowcount:
            cursor.execute("ANALYZE practitioners_organisation")
            cursor.execute(_BY_NUMBER)
            cursor.execute(_BY_NAME)
    cursor.execute(_ASSIGN)
    cursor.execute(_UPDATE)
    cursor.execute(_MOVES)
    for statement in (_CORRECT_TODAYS, _END, _BEGIN):
        cursor.execute(statement, {"on": on})
    cursor.execute(
        "INSERT INTO import_changed (practitioner_id, what) SELECT practitioner_id, 'practice' FROM import_move"
    )
    return made, cursor.rowcount
