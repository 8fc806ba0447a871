"""The three dates of many follow-ups at once: when each opens, is best done and closes.

A statement puts `BASIS` before, and `DATING` after, a common table expression `wanted` of its own with
these columns: `key` (unique), `anchor_on`, `floor_on` (not opened before), `delay`, `unit`, `roll`,
`opens_before`, `closes_after`, `coach_key` and `place_key` (see `COACH_KEY` and `PLACE_KEY`). What it
gets is `dated`: `key`, `opens_on`, `target_on`, `closes_on`, `before_roll`, `days_off` and `without`.

Everything is counted in the team's calendar first. Only where the coach is away, or the practice is
special, between the anchor and the close, days are looked at one by one, with the same rules as
`core.calendar.StackedCalendar` and `coaching.services.working_days.step_dates`; a test holds them equal.
"""

from typing import Any

from django.conf import settings

from coaching.enums import ON_SITE
from coaching.selectors.calendars import TeamCalendar
from core.calendar import HORIZON, calendar_sql

BASIS = """
{calendar},
basis AS MATERIALIZED (
    SELECT %(calendar_first)s::date AS first, %(calendar_first)s::date + %(calendar_length)s::integer AS last,
           %(calendar_free)s::bytea AS free
),
coaches AS MATERIALIZED (
    SELECT * FROM unnest(%(coach_ids)s::bigint[], %(coach_free)s::bytea[]) AS coaches(id, free)
),
special AS MATERIALIZED (
    SELECT organisation_id AS id FROM coaching_practiceclosure
    UNION
    SELECT organisation_id FROM coaching_visitinghours
)"""

CONCERNS = """
LEFT JOIN coaches ON coaches.id = {assignee}
LEFT JOIN (
    SELECT f.practitioner_id, f.organisation_id FROM practitioners_affiliation f JOIN special ON special.id = f.organisation_id
    WHERE f.is_primary AND f.until IS NULL
) AS place ON place.practitioner_id = {practitioner} AND {channel} = ANY(%(on_site)s::text[])"""
"""Joins by which `COACH_KEY` and `PLACE_KEY` are found."""
COACH_KEY = "coalesce(coaches.id, 0)"
"""The assignee, where they have absences at all; 0 otherwise."""
PLACE_KEY = "coalesce(place.organisation_id, 0)"
"""The present main practice, for contacts on site, where it has closing days or visiting hours; 0 otherwise."""

FREE = """
get_byte(b.free, {day} - b.first) & coalesce(get_byte(k.free, {day} - b.first), 3)
& coalesce(p.week[extract(isodow FROM {day})::integer], 3) & CASE WHEN p.closed @> {day} THEN 0 ELSE 3 END"""
"""The halves of a day on which the team, the coach `k` and the practice `p` are free; 0 when it doesn't work."""

CONCERNED = """
LEFT JOIN coaches k ON k.id = {of}.coach_key
LEFT JOIN {places} p ON p.id = {of}.place_key
CROSS JOIN basis b"""

PLACES = """
{name} AS MATERIALIZED (
    SELECT used.id,
           (SELECT array_agg(CASE WHEN shut.weekday IS NOT NULL THEN 0
                                  WHEN hours.some IS NULL THEN 3
                                  ELSE coalesce(hours.week[days.weekday + 1], 0) END ORDER BY days.weekday)
            FROM generate_series(0, 6) AS days(weekday)
            LEFT JOIN coaching_practiceclosure shut
                ON shut.organisation_id = used.id AND shut.weekday = days.weekday) AS week,
           (SELECT range_agg(daterange(shut.first_day, shut.last_day, '[]')) FROM coaching_practiceclosure shut
            WHERE shut.organisation_id = used.id AND shut.weekday IS NULL) AS closed
    FROM (SELECT DISTINCT place_key AS id FROM {wanted} WHERE place_key <> 0) AS used
    CROSS JOIN LATERAL (
        SELECT max(h.weekday) AS some,
               ARRAY(SELECT (SELECT bit_or((o.opens < '13:00')::integer + 2 * (o.closes > '13:00')::integer)
                             FROM coaching_visitinghours o
                             WHERE o.organisation_id = used.id AND o.weekday = n.weekday)
                     FROM generate_series(0, 6) AS n(weekday) ORDER BY n.weekday) AS week
        FROM coaching_visitinghours h WHERE h.organisation_id = used.id
    ) AS hours
)"""
"""For each practice the halves of each weekday that can be visited, and the days on which it is closed."""

DATING = f"""
counted AS (
    SELECT w.*, CASE WHEN w.unit = 'working_days' AND w.delay > 0 THEN n.day
                     WHEN w.unit = 'calendar_days' THEN w.anchor_on + w.delay
                     ELSE w.anchor_on END AS before_roll
    FROM wanted w
    JOIN calendar a ON a.day = w.anchor_on
    LEFT JOIN working n ON n.ordinal = a.ordinal + w.delay
    LIMIT %(most)s
),
rolled AS (
    SELECT r.*, CASE WHEN d.is_working OR r.roll = 'none' THEN r.before_roll
                     WHEN r.roll = 'next' THEN following.day ELSE preceding.day END AS target_on
    FROM counted r
    JOIN calendar d ON d.day = r.before_roll
    LEFT JOIN working following ON following.ordinal = d.ordinal + 1
    LEFT JOIN working preceding ON preceding.ordinal = d.ordinal
    LIMIT %(most)s
),
quick AS MATERIALIZED (
    SELECT r.*, coalesce(o.day, r.target_on) AS opened,
           CASE WHEN r.closes_after = 0 THEN r.target_on ELSE c.day END AS closes_on
    FROM rolled r
    JOIN calendar d ON d.day = r.target_on
    LEFT JOIN working o ON r.opens_before > 0
        AND o.ordinal = d.ordinal - r.opens_before + CASE WHEN d.is_working THEN 0 ELSE 1 END
    LEFT JOIN working c ON r.closes_after > 0 AND c.ordinal = d.ordinal + r.closes_after
    LIMIT %(most)s
),
{PLACES.format(name="places", wanted="wanted")},
targeted AS MATERIALIZED (
    SELECT q.*, coalesce(rolled.day, q.target_on) AS own_target, rolled.day IS NULL AS fell_back,
           CASE WHEN rolled.day IS NULL THEN q.before_roll ELSE here.day END AS own_before_roll
    FROM quick q
    {CONCERNED.format(of="q", places="places")}
    LEFT JOIN LATERAL (
        SELECT s.day FROM (
            SELECT q.anchor_on + generate_series(1, least(q.before_roll + {HORIZON}, b.last) - q.anchor_on) AS day
        ) AS s
        WHERE {FREE.format(day="s.day")} <> 0
        OFFSET greatest(q.delay - 1, 0) LIMIT 1
    ) AS nth ON q.unit = 'working_days' AND q.delay > 0
    CROSS JOIN LATERAL (
        SELECT CASE WHEN q.unit = 'working_days' AND q.delay > 0 THEN nth.day ELSE q.before_roll END AS day
    ) AS here
    LEFT JOIN LATERAL (
        SELECT s.day FROM (
            SELECT here.day + CASE q.roll WHEN 'previous' THEN -1 ELSE 1 END * generate_series(
                0, CASE q.roll WHEN 'none' THEN 0
                               WHEN 'next' THEN least(q.target_on + {HORIZON}, b.last) - here.day
                               ELSE here.day - greatest(q.target_on - {HORIZON}, b.first) END) AS day
        ) AS s
        WHERE q.roll = 'none' OR {FREE.format(day="s.day")} <> 0
        LIMIT 1
    ) AS rolled ON true
    WHERE p.id IS NOT NULL
       OR position('\\x00'::bytea IN substring(
              k.free FROM least(q.anchor_on, q.before_roll, q.target_on) - b.first + 1
              FOR q.closes_on - least(q.anchor_on, q.before_roll, q.target_on) + 1)) > 0
    LIMIT %(most)s
),
slow AS MATERIALIZED (
    SELECT t.key, t.own_target, t.own_before_roll,
           coalesce(opened.day, o.day, t.own_target) AS opened,
           CASE WHEN t.closes_after = 0 THEN t.own_target ELSE coalesce(closed.day, c.day) END AS closes_on,
           t.fell_back OR t.closes_after > 0 AND closed.day IS NULL AS without_own,
           away.absence, away.practice,
           k.id IS NOT NULL AS with_coach, p.id IS NOT NULL AS with_practice
    FROM targeted t
    {CONCERNED.format(of="t", places="places")}
    JOIN calendar d ON d.day = t.own_target
    LEFT JOIN working o ON t.opens_before > 0
        AND o.ordinal = d.ordinal - t.opens_before + CASE WHEN d.is_working THEN 0 ELSE 1 END
    LEFT JOIN working c ON t.closes_after > 0 AND c.ordinal = d.ordinal + t.closes_after
    LEFT JOIN LATERAL (
        SELECT s.day FROM (
            SELECT t.own_target - generate_series(1, t.own_target - greatest(o.day - {HORIZON}, b.first)) AS day
        ) AS s
        WHERE {FREE.format(day="s.day")} <> 0
        OFFSET greatest(t.opens_before - 1, 0) LIMIT 1
    ) AS opened ON NOT t.fell_back AND t.opens_before > 0
    LEFT JOIN LATERAL (
        SELECT s.day FROM (
            SELECT t.own_target + generate_series(1, least(c.day + {HORIZON}, b.last) - t.own_target) AS day
        ) AS s
        WHERE {FREE.format(day="s.day")} <> 0
        OFFSET greatest(t.closes_after - 1, 0) LIMIT 1
    ) AS closed ON NOT t.fell_back AND t.closes_after > 0
    CROSS JOIN LATERAL (
        SELECT nullif(count(*) FILTER (WHERE off.coach = 0), 0) AS absence,
               nullif(count(*) FILTER (WHERE off.coach <> 0), 0) AS practice
        FROM (
            SELECT coalesce(get_byte(k.free, s.day - b.first), 3) AS coach, {FREE.format(day="s.day")} AS free,
                   get_byte(b.free, s.day - b.first) AS team
            FROM (SELECT n.first + generate_series(0, n.last - n.first) AS day
                  FROM (SELECT CASE WHEN t.unit = 'working_days' AND t.delay > 0 THEN t.anchor_on + 1
                                    ELSE least(t.own_before_roll, t.own_target) END AS first,
                               greatest(t.own_before_roll, t.own_target) AS last) AS n) AS s
        ) AS off WHERE off.free = 0 AND off.team <> 0 AND NOT t.fell_back
    ) AS away
    LIMIT %(most)s
),
dated AS MATERIALIZED (
    SELECT q.key, coalesce(s.own_target, q.target_on) AS target_on, coalesce(s.closes_on, q.closes_on) AS closes_on,
           least(coalesce(s.own_target, q.target_on), greatest(q.floor_on, coalesce(s.opened, q.opened))) AS opens_on,
           coalesce(s.own_before_roll, q.before_roll) AS before_roll,
           nullif(jsonb_strip_nulls(jsonb_build_object(
               'team', nullif((SELECT count(*) FROM unnest(%(team_days)s::date[]) AS away(day)
                               WHERE q.unit = 'working_days' AND away.day > q.anchor_on
                                 AND away.day <= coalesce(s.own_target, q.target_on)), 0),
               'absence', s.absence, 'practice', s.practice)), '{{}}'::jsonb) AS days_off,
           CASE WHEN s.without_own THEN to_jsonb(array_remove(ARRAY[
               CASE WHEN s.with_coach THEN 'absence' END, CASE WHEN s.with_practice THEN 'practice' END], NULL))
           END AS without
    FROM quick q LEFT JOIN slow s ON s.key = q.key
    LIMIT %(most)s
)"""
"""The limits cut nothing: they tell the database's optimiser, which can't know, that a key keeps being one row."""


def parameters(calendar: TeamCalendar, keys: int) -> dict[str, Any]:
    """What the statements are given: the team's days, and the halves on which coaches with absences are free.

    `keys` is how many rows `wanted` has at most.
    """
    coaches = calendar.coaches
    return {
        **calendar_sql(calendar)[1],
        "calendar_free": calendar.free_halves(),
        "team_days": calendar.team_days,
        "coach_ids": list(coaches),
        "coach_free": list(coaches.values()),
        "most": max(keys, 1),
        "on_site": on_site(),
        "retry_delay": settings.PLANNER_RETRY_DELAY_DAYS,
    }


def on_site() -> list[str]:
    """The channels for which the coach goes to the practice."""
    return sorted(str(channel) for channel in ON_SITE)


def basis(calendar: TeamCalendar) -> str:
    """The common table expressions that a statement starts with."""
    return BASIS.format(calendar=calendar_sql(calendar)[0])
