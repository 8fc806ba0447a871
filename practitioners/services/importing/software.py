"""Finding the software products that a file names, and making those that are new."""

from typing import Any

_KEYS = """
CREATE TEMPORARY TABLE import_software ON COMMIT DROP AS
SELECT searchable(coalesce(r.software_vendor, '')) AS vendor_key, searchable(r.software) AS name_key,
       (array_agg(coalesce(r.software_vendor, '') ORDER BY r.line DESC))[1] AS vendor,
       (array_agg(r.software ORDER BY r.line DESC))[1] AS name,
       NULL::bigint AS id
FROM import_row r WHERE r.software IS NOT NULL GROUP BY 1, 2
"""

# The same vendor and name; else, of a product named without a vendor on either side, the only one.
_MATCH = """
UPDATE import_software k SET id = found.id
FROM (
    SELECT k.vendor_key, k.name_key, coalesce(
        min(p.id) FILTER (WHERE searchable(p.vendor) = k.vendor_key),
        CASE WHEN count(*) = 1 THEN min(p.id) FILTER (WHERE k.vendor_key = '' OR p.vendor = '') END
    ) AS id
    FROM import_software k JOIN practitioners_softwareproduct p ON searchable(p.name) = k.name_key
    WHERE k.id IS NULL GROUP BY 1, 2
) found
WHERE k.vendor_key = found.vendor_key AND k.name_key = found.name_key AND found.id IS NOT NULL
"""

_CREATE = """
INSERT INTO practitioners_softwareproduct (vendor, name)
SELECT vendor, name FROM import_software WHERE id IS NULL AND (vendor <> '') = %s ORDER BY vendor, name
"""

_COMPLETE = """
UPDATE practitioners_softwareproduct p SET vendor = k.vendor, updated_at = statement_timestamp()
FROM import_software k WHERE p.id = k.id AND p.vendor = '' AND k.vendor <> ''
"""

_ASSIGN = """
UPDATE import_row r SET software_id = k.id FROM import_software k
WHERE searchable(r.software) = k.name_key AND searchable(coalesce(r.software_vendor, '')) = k.vendor_key
"""


def assign_software(cursor: Any) -> int:
    """Give each staged row its software product; returns how many products were made."""
    cursor.execute("UPDATE import_row SET software = software_vendor, software_vendor = NULL WHERE software IS NULL AND software_vendor IS NOT NULL")
    cursor.execute(_KEYS)
    made = 0
    for with_vendor in (True, False):
        cursor.execute(_MATCH)
        cursor.execute(_CREATE, [with_vendor])
        made += cursor.rowcount
    cursor.execute(_MATCH)
    cursor.execute(_COMPLETE)
    cursor.execute(_ASSIGN)
    return made
