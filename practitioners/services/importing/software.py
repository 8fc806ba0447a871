"""Finding the software products that a file names, and making those that are new."""

from typing import Any

_ONLY_VENDOR = """
UPDATE import_row SET software = software_vendor, software_vendor = NULL
WHERE software IS NULL AND software_vendor IS NOT NULL
"""

_NAMED = """
CREATE TEMPORARY TABLE import_software ON COMMIT DROP AS
SELECT software AS name, coalesce(software_vendor, '') AS vendor, searchable(software) AS name_key,
       searchable(coalesce(software_vendor, '')) AS vendor_key, max(line) AS line, NULL::bigint AS id
FROM import_row WHERE software IS NOT NULL GROUP BY 1, 2
"""

# The same vendor and name; else, of a product named without a vendor on either side, the only one.
_MATCH = """
UPDATE import_software k SET id = found.id
FROM (
    SELECT k.vendor_key, k.name_key, coalesce(
        min(p.id) FILTER (WHERE searchable(p.vendor) = k.vendor_key),
        CASE WHEN count(*) = 1 THEN min(p.id) FILTER (WHERE k.vendor_key = '' OR p.vendor = '') END
    ) AS id
    FROM (SELECT DISTINCT vendor_key, name_key FROM import_software WHERE id IS NULL) k
    JOIN practitioners_softwareproduct p ON searchable(p.name) = k.name_key
    GROUP BY 1, 2
) found
WHERE k.vendor_key = found.vendor_key AND k.name_key = found.name_key AND found.id IS NOT NULL
"""

_CREATE = """
INSERT INTO practitioners_softwareproduct (vendor, name)
SELECT DISTINCT ON (vendor_key, name_key) vendor, name FROM import_software
WHERE id IS NULL AND (vendor <> '') = %s ORDER BY vendor_key, name_key, line
"""

_COMPLETE = """
UPDATE practitioners_softwareproduct p SET vendor = k.vendor, updated_at = statement_timestamp()
FROM import_software k WHERE p.id = k.id AND p.vendor = '' AND k.vendor <> ''
"""

_ASSIGN = """
UPDATE import_row r SET software_id = k.id FROM import_software k
WHERE r.software = k.name AND coalesce(r.software_vendor, '') = k.vendor
"""


def assign_software(cursor: Any) -> int:
    """Give each staged row its software product; returns how many products were made."""
    cursor.execute(_ONLY_VENDOR)
    cursor.execute(_NAMED)
    made = 0
    for with_vendor in (True, False):
        cursor.execute(_MATCH)
        cursor.execute(_CREATE, [with_vendor])
        made += cursor.rowcount
    cursor.execute(_MATCH)
    cursor.execute(_COMPLETE)
    cursor.execute(_ASSIGN)
    return made
