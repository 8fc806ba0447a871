"""The statements behind `progress`: each gives one JSON object."""

SETTING = """
setting AS (
    SELECT coalesce((SELECT id FROM adoption_indicator WHERE code = %(indicator)s), w.indicator_id,
                    (SELECT id FROM adoption_indicator ORDER BY publishes DESC, code LIMIT 1)) AS indicator_id,
           w.id AS version_id, w.number AS version, h.code AS scheme
    FROM (SELECT 1) AS one
    LEFT JOIN adoption_schemeversion w ON w.is_working
    LEFT JOIN adoption_segmentationscheme h ON h.id = w.scheme_id
),
as_of AS (
    SELECT max(r.month) AS month FROM adoption_adoptionrollup r, setting
    WHERE r.indicator_id = setting.indicator_id AND r.month <= %(month)s AND r.reporting > 0
)"""

KEY = {
    "segment": ("coalesce(a.segment, 'unassigned')", "r.segment"),
    "commune": ("coalesce(p.commune_id, '')", "coalesce(r.commune_id, '')"),
    "software": ("coalesce(p.software_id, 0)", "coalesce(r.software_id, 0)"),
}

ASSIGNMENT = """
LEFT JOIN adoption_segmentassignment a ON a.practitioner_id = p.id AND a.ended_by_id IS NULL
    AND a.version_id = (SELECT version_id FROM setting)"""

PEOPLE = """
people AS (
    SELECT p.id, {key} AS key, p.status = 'active' AS active FROM practitioners_practitioner p {assignment} WHERE {scope}
)"""

COACHED = """
people AS (
    SELECT DISTINCT c.practitioner_id AS id, coalesce(c.coach_id, 0) AS key, true AS active
    FROM coaching_case c JOIN practitioners_practitioner p ON p.id = c.practitioner_id
    WHERE c.state <> 'closed' AND {scope}
)"""

HEADS_OF_ROLLUP = """
heads AS (
    SELECT {key} AS key, sum(r.practitioners) AS practitioners, sum(r.reporting) AS reporting,
           sum(r.publishers) AS publishers
    FROM adoption_adoptionrollup r, setting, as_of
    WHERE r.indicator_id = setting.indicator_id AND r.month = as_of.month
    GROUP BY 1
)"""

HEADS_OF_PEOPLE = """
heads AS (
    SELECT people.key, count(*) AS practitioners, count(m.value) AS reporting,
           count(*) FILTER (WHERE m.value > 0) AS publishers
    FROM people
    LEFT JOIN adoption_measurement m ON m.practitioner_id = people.id
        AND m.indicator_id = (SELECT indicator_id FROM setting) AND m.month = (SELECT month FROM as_of)
    WHERE people.active
    GROUP BY 1
)"""

WORK = """
cases AS (
    SELECT {case_key} AS key, count(*) AS live FROM coaching_case c {case_join}
    WHERE c.state <> 'closed' GROUP BY 1
),
follow_ups AS (
    SELECT {follow_up_key} AS key,
           count(*) FILTER (WHERE f.state IN ('planned', 'due', 'deferred')) AS open,
           count(*) FILTER (WHERE f.state IN ('planned', 'due', 'deferred') AND f.opens_on <= %(on)s) AS due,
           count(*) FILTER (WHERE f.state IN ('planned', 'due', 'deferred') AND f.target_on < %(on)s) AS overdue,
           count(*) FILTER (WHERE f.state = 'done' AND f.done_on BETWEEN %(since)s AND %(until)s) AS done
    FROM coaching_followup f {follow_up_join}
    WHERE f.state IN ('planned', 'due', 'deferred') OR f.state = 'done' AND f.done_on BETWEEN %(since)s AND %(until)s
    GROUP BY 1
),
visits AS (
    SELECT {visit_key} AS key, count(*) AS visits FROM coaching_visit v {visit_join}
    WHERE v.state = 'done' AND v.started_at >= %(since_moment)s AND v.started_at < %(until_moment)s
    GROUP BY 1
)"""

ROWS = """
WITH {setting}, {people}, {heads}, {work},
keys AS (
    SELECT key FROM heads UNION SELECT key FROM cases UNION SELECT key FROM follow_ups UNION SELECT key FROM visits
)
SELECT jsonb_build_object(
    'by', %(by)s::text, 'as_of', to_char((SELECT month FROM as_of), 'YYYY-MM'),
    'indicator', (SELECT i.code FROM adoption_indicator i JOIN setting ON setting.indicator_id = i.id),
    'scheme', (SELECT scheme FROM setting), 'scheme_version', (SELECT version FROM setting),
    'on', %(on)s::date, 'since', %(since)s::date, 'until', %(until)s::date,
    'all_practitioners', (SELECT coalesce(sum(practitioners), 0) FROM heads),
    'rows', coalesce(jsonb_agg(named.row ORDER BY named.place, named.name), '[]'::jsonb)
)
FROM (
    SELECT {place} AS place, {name} AS name, {identity} || jsonb_build_object(
        'practitioners', jsonb_build_object('count', coalesce(heads.practitioners, 0),
                                            'base', (SELECT coalesce(sum(practitioners), 0) FROM heads)),
        'reporting', jsonb_build_object('count', coalesce(heads.reporting, 0), 'base', coalesce(heads.practitioners, 0)),
        'publishers', jsonb_build_object('count', coalesce(heads.publishers, 0), 'base', coalesce(heads.practitioners, 0)),
        'live_cases', jsonb_build_object('count', coalesce(cases.live, 0), 'base', NULL),
        'open', jsonb_build_object('count', coalesce(follow_ups.open, 0), 'base', NULL),
        'due', jsonb_build_object('count', coalesce(follow_ups.due, 0), 'base', coalesce(follow_ups.open, 0)),
        'overdue', jsonb_build_object('count', coalesce(follow_ups.overdue, 0), 'base', coalesce(follow_ups.open, 0)),
        'done', jsonb_build_object('count', coalesce(follow_ups.done, 0), 'base', NULL),
        'visits', jsonb_build_object('count', coalesce(visits.visits, 0), 'base', NULL)
    ) AS row
    FROM keys
    LEFT JOIN heads USING (key) LEFT JOIN cases USING (key) LEFT JOIN follow_ups USING (key) LEFT JOIN visits USING (key)
    {naming}
) AS named
"""

NAMING = {
    "segment": (
        "array_position(%(segments)s::text[], keys.key::text)",
        "keys.key::text",
        "jsonb_build_object('segment', keys.key)",
        "",
    ),
    "commune": (
        "CASE WHEN keys.key = '' THEN 1 ELSE 0 END",
        "n.name_fr",
        "jsonb_build_object('commune', nullif(keys.key, ''), 'name_fr', n.name_fr, 'name_nl', n.name_nl)",
        "LEFT JOIN practitioners_commune n ON n.nis_code = keys.key",
    ),
    "software": (
        "CASE WHEN keys.key = 0 THEN 1 ELSE 0 END",
        "n.name",
        "jsonb_build_object('software', n.ref, 'name', n.name, 'vendor', n.vendor)",
        "LEFT JOIN practitioners_softwareproduct n ON n.id = keys.key",
    ),
    "coach": (
        "CASE WHEN keys.key = 0 THEN 1 ELSE 0 END",
        "u.last_name || u.first_name || keys.key",
        "jsonb_build_object('coach', n.ref, 'name', nullif(trim(u.first_name || ' ' || u.last_name), ''))",
        "LEFT JOIN coaching_coach n ON n.id = keys.key LEFT JOIN accounts_user u ON u.id = n.user_id",
    ),
}

MONTHS = """
WITH {setting}, {people},
heads AS (
    {heads}
),
work AS (
    SELECT month, sum(opened) AS opened, sum(closed) AS closed, sum(done) AS done, sum(visits) AS visits FROM (
        SELECT date_trunc('month', c.opened_at AT TIME ZONE 'Europe/Brussels')::date AS month, count(*) AS opened,
               0 AS closed, 0 AS done, 0 AS visits
        FROM coaching_case c {case_scope} GROUP BY 1
        UNION ALL
        SELECT date_trunc('month', c.closed_at AT TIME ZONE 'Europe/Brussels')::date, 0, count(*), 0, 0
        FROM coaching_case c {case_scope} WHERE c.closed_at IS NOT NULL GROUP BY 1
        UNION ALL
        SELECT date_trunc('month', f.done_on)::date, 0, 0, count(*), 0
        FROM coaching_followup f {follow_up_scope} WHERE f.state = 'done' GROUP BY 1
        UNION ALL
        SELECT date_trunc('month', v.started_at AT TIME ZONE 'Europe/Brussels')::date, 0, 0, 0, count(*)
        FROM coaching_visit v {visit_scope} WHERE v.state = 'done' GROUP BY 1
    ) AS counted GROUP BY 1
),
running AS (
    SELECT month, practitioners, reporting, publishers, coalesce(opened, 0) AS opened, coalesce(done, 0) AS done,
           coalesce(visits, 0) AS visits, coalesce(sum(coalesce(opened, 0) - coalesce(closed, 0)) OVER (ORDER BY month), 0) AS live
    FROM heads FULL JOIN work USING (month)
)
SELECT jsonb_build_object(
    'by', 'month', 'as_of', to_char((SELECT month FROM as_of), 'YYYY-MM'),
    'indicator', (SELECT i.code FROM adoption_indicator i JOIN setting ON setting.indicator_id = i.id),
    'scheme', (SELECT scheme FROM setting), 'scheme_version', (SELECT version FROM setting),
    'on', %(on)s::date, 'since', %(first_month)s::date, 'until', %(until)s::date,
    'rows', coalesce(jsonb_agg(jsonb_build_object(
        'month', to_char(month, 'YYYY-MM'),
        'practitioners', jsonb_build_object('count', coalesce(practitioners, 0), 'base', coalesce(practitioners, 0)),
        'reporting', jsonb_build_object('count', coalesce(reporting, 0), 'base', coalesce(practitioners, 0)),
        'publishers', jsonb_build_object('count', coalesce(publishers, 0), 'base', coalesce(practitioners, 0)),
        'live_cases', jsonb_build_object('count', live, 'base', NULL),
        'opened', jsonb_build_object('count', opened, 'base', NULL),
        'done', jsonb_build_object('count', done, 'base', NULL),
        'visits', jsonb_build_object('count', visits, 'base', NULL)
    ) ORDER BY month), '[]'::jsonb)
)
FROM running WHERE month BETWEEN %(first_month)s AND %(until)s
"""

MONTH_HEADS_OF_ROLLUP = """
    SELECT r.month, sum(r.practitioners) AS practitioners, sum(r.reporting) AS reporting, sum(r.publishers) AS publishers
    FROM adoption_adoptionrollup r, setting
    WHERE r.indicator_id = setting.indicator_id AND r.month BETWEEN %(first_month)s AND %(until)s
    GROUP BY 1"""

MONTH_HEADS_OF_PEOPLE = """
    SELECT m.month, (SELECT count(*) FROM people WHERE active) AS practitioners, count(*) AS reporting,
           count(*) FILTER (WHERE m.value > 0) AS publishers
    FROM people JOIN adoption_measurement m ON m.practitioner_id = people.id
    WHERE people.active AND m.indicator_id = (SELECT indicator_id FROM setting)
      AND m.month BETWEEN %(first_month)s AND %(until)s
    GROUP BY 1"""
