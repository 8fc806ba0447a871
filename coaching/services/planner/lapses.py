"""Watch for publishers who stopped: each lapse leads to one confirmation, and no more.

Somebody lapsed who published at least so much a month (over some months up to the last one with figures
above nothing) and published nothing in the last months that the network has figures for. A month counts
for the network once most have figures: what is late for everybody is nobody's lapse. Left alone are those
who aren't active or may not be contacted, those who are in a playbook already, and those who were away,
paused or blocked by their software for half of one of the silent months or more. A month that counts again
brings them back.

The figures are looked through only when some came, the segments were made, or a week or a month began,
since the last run: who could not be asked then is looked at again.
"""

import datetime as dt
from array import array
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Max, Sum

from adoption.models import AdoptionRollup, Indicator, SegmentationRun
from adoption.selectors.segments import working_version
from coaching.models import PlannerRun
from coaching.services.planner.endings import GOAL_VALUE, OUTSIDE
from coaching.services.planner.exits import NOT_CONTACTABLE
from coaching.services.planner.holding import OWN_VERSION, VERSION_ATTRIBUTES
from coaching.services.planner.tally import Moment, execute, ids_of, rows_of
from core.months import shift

MOST = 0.5
"""The share of those of the months before who must have figures, and publish, for a month to count."""

MARGIN = dt.timedelta(days=1)
"""Figures that were being written while the planner ran carry an earlier time than their being there."""

QUIET = """
quiet AS MATERIALIZED (
    SELECT m.practitioner_id, max(m.month) FILTER (WHERE m.value > 0) AS last_published
    FROM adoption_measurement m {among}
    WHERE m.indicator_id = %(indicator)s AND m.month >= %(first_month)s AND m.month <= %(on)s
    GROUP BY m.practitioner_id
    HAVING max(m.month) FILTER (WHERE m.value > 0) < %(first_silent)s
)"""
"""Who published in the months before the silent ones and not since, each with the last month."""

AWAY = f"""
SELECT range_agg(days) AS days FROM (
    SELECT daterange(u.starts_on, coalesce(u.resumed_on, u.ends_on + 1)) AS days
    FROM coaching_pause u LEFT JOIN coaching_softwareblocker k ON k.id = u.blocker_id
    WHERE (u.scope = 'practitioner' AND u.practitioner_id = p.id
           OR u.scope = 'software' AND u.software_id = p.software_id
              AND (coalesce(k.version, '') = '' OR coalesce({OWN_VERSION.format(of="p")}, lower(k.version)) = lower(k.version)))
      AND (u.resumed_on IS NULL OR u.resumed_on > u.starts_on)
    UNION ALL
    SELECT daterange(d.first_day, d.last_day, '[]')
    FROM practitioners_affiliation a
    JOIN coaching_practiceclosure d ON d.organisation_id = a.organisation_id AND d.first_day IS NOT NULL
    WHERE a.practitioner_id = p.id AND a.is_primary
      AND (a.since IS NULL OR a.since <= d.last_day) AND (a.until IS NULL OR a.until >= d.first_day)
) AS absence"""
"""The days on which a practitioner was paused, blocked by the software or had the practice closed."""

LAPSED = f"""
{QUIET},
lapsed AS MATERIALIZED (
    SELECT DISTINCT ON (p.id) p.id AS practitioner_id, b.id AS playbook_id, b.track, v.id AS version_id,
           v.goal_indicator_id, v.goal_value, v.goal_months, q.last_published, before.total / %(months)s AS average
    FROM quiet q
    JOIN practitioners_practitioner p ON p.id = q.practitioner_id AND p.status = 'active' AND p.merged_into_id IS NULL
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(m.value) FILTER (WHERE m.value > 0), 0) AS total FROM adoption_measurement m
        WHERE m.indicator_id = %(indicator)s AND m.practitioner_id = p.id
          AND m.month > q.last_published - %(months)s * interval '1 month' AND m.month <= q.last_published
    ) AS before
    CROSS JOIN LATERAL ({AWAY}) AS away
    JOIN coaching_playbook b ON b.trigger = 'lapse'
    JOIN coaching_playbookversion v ON v.playbook_id = b.id AND v.state = 'active'
        AND EXISTS (SELECT 1 FROM coaching_playbookstep s WHERE s.version_id = v.id)
    WHERE before.total >= %(minimum)s * %(months)s AND before.total > 0
      AND NOT {NOT_CONTACTABLE}
      AND NOT EXISTS (SELECT 1 FROM coaching_enrolment o WHERE o.practitioner_id = p.id AND o.ended_on IS NULL)
      AND NOT EXISTS (
          SELECT 1 FROM coaching_enrolment o
          WHERE o.practitioner_id = p.id AND o.playbook_id = b.id
            AND (o.last_published >= q.last_published
                 OR o.exit_reason <> ALL(%(without_cooldown)s) AND o.ended_on + b.cooldown_days > %(on)s))
      AND NOT EXISTS (
          SELECT 1 FROM unnest(%(silent)s::date[]) AS silent(month)
          WHERE 2 * (
              SELECT coalesce(sum(upper(part) - lower(part)), 0)
              FROM unnest(away.days * datemultirange(
                  daterange(silent.month, (silent.month + interval '1 month')::date))) AS part
          ) >= (silent.month + interval '1 month')::date - silent.month)
    ORDER BY p.id, b.code
)"""

CANDIDATES = f"WITH {LAPSED.format(among='')} SELECT practitioner_id FROM lapsed"

BATCH = "batch AS MATERIALIZED (SELECT * FROM unnest(%(ids)s::bigint[]) AS batch(id))"
_AGAIN = LAPSED.format(among="JOIN batch ON batch.id = m.practitioner_id")

OPEN_CASES = f"""
WITH {BATCH}, {_AGAIN}
INSERT INTO coaching_case (ref, practitioner_id, track, coach_id, goal_indicator_id, goal_value, goal_months, state,
    opened_at, opened_by_id, opened_because, outcome, created_at, updated_at)
SELECT gen_random_uuid(), v.practitioner_id, v.track,
       (SELECT k.id FROM coaching_case c JOIN coaching_coach k ON k.id = c.coach_id
        WHERE c.practitioner_id = v.practitioner_id AND k.is_active AND v.track = ANY(k.tracks)
        ORDER BY (c.track = v.track) DESC, c.id DESC LIMIT 1),
       v.goal_indicator_id, {GOAL_VALUE}, v.goal_months, 'open', %(at)s, NULL, '', '', %(at)s, %(at)s
FROM lapsed v
ORDER BY v.practitioner_id
ON CONFLICT DO NOTHING
"""
"""A case for who has none on the track, for the coach who knew them last."""

ENROL = f"""
WITH {BATCH}, {_AGAIN}
INSERT INTO coaching_enrolment (ref, case_id, practitioner_id, playbook_id, version_id, state, waiting_for,
    enrolled_on, enrolled_by_id, edge_id, last_published, segment, evidence, exit_reason, created_at)
SELECT gen_random_uuid(), c.id, v.practitioner_id, v.playbook_id, v.version_id, 'live', '', %(on)s, NULL, NULL,
       v.last_published, '', jsonb_build_object('lapse', jsonb_build_object(
           'indicator', %(indicator_code)s::text, 'last_published', v.last_published,
           'average', round(v.average::numeric, 1), 'months', %(months)s::integer, 'minimum', %(minimum)s::integer,
           'silent', to_jsonb(%(silent)s::date[]))),
       '', %(at)s
FROM lapsed v
JOIN coaching_case c ON c.practitioner_id = v.practitioner_id AND c.track = v.track AND c.state = 'open'
ORDER BY v.practitioner_id
ON CONFLICT DO NOTHING
RETURNING id
"""


@dataclass(frozen=True)
class Watch:
    """What is watched on a day: the indicator, and the last months that the network has figures for, in order."""

    indicator: Indicator
    silent: list[dt.date]

    def parameters(self, moment: Moment) -> dict[str, Any]:
        """What the statements of this module are given."""
        months = settings.PLANNER_LAPSE_MONTHS_BEFORE
        return {
            "indicator": self.indicator.pk,
            "indicator_code": self.indicator.code,
            "silent": self.silent,
            "first_silent": self.silent[0],
            "first_month": shift(self.silent[0], -months),
            "months": months,
            "minimum": settings.PLANNER_LAPSE_MINIMUM_AVERAGE,
            "version_attributes": list(VERSION_ATTRIBUTES),
            "without_cooldown": [str(reason) for reason in OUTSIDE],
            **moment.parameters,
        }


def watch(on: dt.date) -> Watch | None:
    """What to look through on a day; nothing where the network has too few months, or nothing new came."""
    version = working_version()
    wanted = settings.PLANNER_LAPSE_SILENT_MONTHS
    if version is None or not version.indicator.publishes or wanted < 1 or not _news(version.indicator, on):
        return None
    silent = reported_months(version.indicator, on)[-wanted:]
    return Watch(version.indicator, silent) if len(silent) == wanted else None


def reported_months(indicator: Indicator, on: dt.date) -> list[dt.date]:
    """The months that are over and that the network has figures for, in order.

    In each, more than half as many have figures and publish as in the best of the months before.
    """
    rows = (
        AdoptionRollup.objects.filter(indicator=indicator, month__lt=on.replace(day=1))
        .values_list("month")
        .annotate(reporting=Sum("reporting"), publishers=Sum("publishers"))
    )
    known = {month: (reporting, publishers) for month, reporting, publishers in rows}
    reach = settings.PLANNER_LAPSE_MONTHS_BEFORE
    return [month for month in sorted(known) if _counts(month, known, reach)]


def _counts(month: dt.date, known: dict[dt.date, tuple[int, int]], reach: int) -> bool:
    before = [known[each] for n in range(1, reach + 1) if (each := shift(month, -n)) in known]
    return all(now > MOST * max((row[column] for row in before), default=0) for column, now in enumerate(known[month]))


def _news(indicator: Indicator, on: dt.date) -> bool:
    """Whether figures or segments came, or a week or a month began, since the last run that came to its end."""
    last = PlannerRun.objects.filter(finished_at__isnull=False).order_by("-started_at").first()
    if last is None or _periods(last.planned_for) != _periods(on):
        return True
    figures = AdoptionRollup.objects.filter(indicator=indicator).aggregate(newest=Max("computed_at"))["newest"]
    # Runs that left the segments out, these being too old, didn't look at the figures that came before them.
    sorted_at = SegmentationRun.objects.filter(version__is_working=True).aggregate(newest=Max("finished_at"))["newest"]
    return any(newest is not None and newest > last.started_at - MARGIN for newest in (figures, sorted_at))


def _periods(day: dt.date) -> tuple[int, int, int]:
    year, week, _weekday = day.isocalendar()
    return year, week, day.month


def candidates(found: Watch, moment: Moment) -> "array[int]":
    """The practitioners who seem to have stopped; asked again under the lock."""
    return ids_of(CANDIDATES, found.parameters(moment))


def enrol(practitioners: list[int], moment: Moment, found: Watch) -> list[int]:
    """Enrol those of these practitioners, who are locked, that stopped publishing; the new enrolments."""
    given = {"ids": practitioners, **found.parameters(moment)}
    execute(OPEN_CASES, given)
    return [row[0] for row in rows_of(ENROL, given)]
