"""The statements of lists find their rows by an index, at a size where reading everything would be noticed."""

import json
from typing import Any

import pytest
from django.db import connection

from practitioners.models import Practitioner

from .conftest import RestClient

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MANY = 20_000
BIG = {"practitioners_practitioner", "practitioners_identifier", "practitioners_affiliation", "adoption_measurement",
       "coaching_case", "coaching_followup", "coaching_enrolment", "adoption_segmentassignment"}  # fmt: skip

FILL = [
    "SET LOCAL session_replication_role = replica",  # no history of made-up rows
    """INSERT INTO practitioners_practitioner (given_name, family_name, profession, language, email, phone, status,
           inactive_reason, restriction, restriction_reason, attributes, commune_id)
       SELECT 'Given' || n % 97, 'Family' || n, 'general_practitioner', 'fr', '', '', 'active', '', 'none', '', '{{}}',
              (SELECT array_agg(nis_code ORDER BY nis_code) FROM practitioners_commune)[1 + n % 19]
       FROM generate_series(1, {many}) n""",
    """INSERT INTO practitioners_identifier (system_id, value, written, practitioner_id)
       SELECT (SELECT min(id) FROM practitioners_identifiersystem), 'big' || id, '', id FROM practitioners_practitioner
       WHERE family_name LIKE 'Family%'""",
    """INSERT INTO practitioners_organisation (name, kind, enterprise_number, street, postal_code, phone)
       SELECT 'Practice ' || n, 'group', '', '', '', '' FROM generate_series(1, {many} / 4) n""",
    """INSERT INTO practitioners_affiliation (practitioner_id, organisation_id, role, is_primary)
       SELECT p.id, o.id, 'member', true FROM practitioners_practitioner p
       JOIN practitioners_organisation o ON o.name = 'Practice ' || (1 + p.id % ({many} / 4))
       WHERE p.family_name LIKE 'Family%'""",
    """INSERT INTO adoption_measurement (indicator_id, practitioner_id, month, value)
       SELECT (SELECT id FROM adoption_indicator WHERE code = 'sumehr_published'), id, month, 1
       FROM practitioners_practitioner, unnest(ARRAY['2018-05-01', '2018-06-01']::date[]) month
       WHERE family_name LIKE 'Family%'""",
    """INSERT INTO adoption_segmentassignment
           (version_id, practitioner_id, segment, previous_segment, evidence, first_run_id, entered_by_id)
       SELECT r.version_id, p.id, CASE WHEN p.id % 3 = 0 THEN 'late_majority' ELSE 'laggards' END, '', '{{}}', r.id, r.id
       FROM practitioners_practitioner p, adoption_segmentationrun r
       WHERE p.family_name LIKE 'Family%' AND r.id = (SELECT max(id) FROM adoption_segmentationrun)""",
    """INSERT INTO coaching_case (practitioner_id, track, goal_months, state, opened_at, opened_because, outcome)
       SELECT id, 'coaching', 3, 'open', now(), '', '' FROM practitioners_practitioner WHERE family_name LIKE 'Family%'""",
    """INSERT INTO coaching_enrolment (case_id, practitioner_id, playbook_id, version_id, state, waiting_for, enrolled_on,
           segment, evidence, exit_reason)
       SELECT c.id, c.practitioner_id, v.playbook_id, v.id, 'live', '', '2018-06-01', '', '{{}}', ''
       FROM coaching_case c, (SELECT min(id) AS id FROM coaching_playbookversion) one
       JOIN coaching_playbookversion v ON v.id = one.id
       WHERE c.opened_because = '' AND c.coach_id IS NULL
         AND NOT EXISTS (SELECT 1 FROM coaching_enrolment e WHERE e.practitioner_id = c.practitioner_id)""",
    """INSERT INTO coaching_followup (enrolment_id, step_id, occurrence, practitioner_id, channel, state, opens_on,
           target_on, closes_on, reason, is_frozen, outcome, resolved_by)
       SELECT e.id, s.id, 1, e.practitioner_id, 'call', 'planned', d, d, d + 5, '{{}}', false, '', ''
       FROM coaching_enrolment e
       JOIN LATERAL (SELECT min(id) AS id FROM coaching_playbookstep WHERE version_id = e.version_id) s ON true
       CROSS JOIN LATERAL (SELECT '2018-07-02'::date + (e.id % 60)::int AS d) days
       WHERE NOT EXISTS (SELECT 1 FROM coaching_followup f WHERE f.enrolment_id = e.id)""",
    # They changed one after the other, as people change things; not all in the moment of this transaction.
    *(
        "UPDATE {{table}} SET updated_at = '2018-07-01'::timestamptz + id * interval '1 second'".replace(
            "{{table}}", table
        )
        for table in ("practitioners_practitioner", "coaching_case", "coaching_followup")
    ),
    "SET LOCAL session_replication_role = origin",
    "SET LOCAL random_page_cost = 1.1",  # disks without moving parts, as on a server
    "ANALYZE",
]


@pytest.fixture
def crowd(office: RestClient) -> RestClient:
    """A coordinator's client, with tens of thousands of practitioners, figures, cases and follow-ups."""
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement.format(many=MANY))
    assert Practitioner.objects.count() > MANY
    return office


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Every node of a plan."""
    return [plan] + [node for inner in plan.get("Plans", []) for node in nodes(inner)]


def test_no_list_reads_a_big_table_from_end_to_end(crowd: RestClient) -> None:
    ref = Practitioner.objects.order_by("pk")[MANY // 2].ref
    asked = [
        "practitioners/", "practitioners/?commune=21004", "practitioners/?ordering=-updated_at",
        "practitioners/?commune=21004&status=active&limit=1000", f"practitioners/{ref}/",
        "practitioners/?changed_since=2100-01-01T00:00:00Z", "measures/", f"measures/?practitioner={ref}",
        "measures/?indicator=sumehr_published", "cases/", "cases/?ordering=-updated_at", f"cases/?practitioner={ref}",
        "follow-ups/", "follow-ups/?open=true&ordering=target_on", "follow-ups/?open=true&ordering=-target_on",
        f"follow-ups/?practitioner={ref}", "segments/", "segments/?segment=late_majority",
    ]  # fmt: skip
    found = []
    for path in asked:
        following = f"/api/v1/{path}"
        for _page in range(2):
            statements: list[tuple[str, Any]] = []

            def note(execute: Any, sql: str, params: Any, many: bool, context: Any, kept: Any = statements) -> Any:
                kept.append((sql, params))
                return execute(sql, params, many, context)

            with connection.execute_wrapper(note):
                answer = crowd.get(following)
            assert answer.status_code == 200, answer.content
            slowest, params = max(statements, key=lambda statement: len(statement[0]))
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (FORMAT JSON) " + slowest, params)
                plan = cursor.fetchone()[0]
            plan = json.loads(plan) if isinstance(plan, str) else plan
            read_through = {
                node["Relation Name"]
                for node in nodes(plan[0]["Plan"])
                if node["Node Type"] == "Seq Scan" and node["Relation Name"] in BIG
            }
            if read_through:
                found.append((following, read_through, json.dumps(plan[0]["Plan"])))
            following = answer.json().get("next")
            if not following:
                break
    assert not found, found
