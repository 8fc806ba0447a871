"""How much of a practitioner's contact budget and of a coach's day and week is used.

A practitioner's contacts are counted over all channels and tracks: contacts that took place and reached
somebody, follow-ups that a person completed without logging one, invitations and pilot projects, and what
is due right now; those with records that were merged into this one too. A check on the figures is nobody's
contact, and an attempt without an answer reaches nobody.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from coaching.models import ContactBudget
from practitioners.models import Practitioner

CONTACTS = """
SELECT w.practitioner_id, (w.started_at AT TIME ZONE 'Europe/Brussels')::date AS day
FROM coaching_visit w
WHERE w.practitioner_id = ANY(%(practitioners)s::bigint[]) AND w.state = 'done'
  AND w.outcome <> 'no_answer' AND w.kind <> 'figures_check'
  AND w.started_at >= (%(after)s::date + 1)::timestamp AT TIME ZONE 'Europe/Brussels'
  AND w.started_at < %(before)s::timestamp AT TIME ZONE 'Europe/Brussels'
UNION ALL
SELECT f.practitioner_id, f.done_on
FROM coaching_followup f
WHERE f.practitioner_id = ANY(%(practitioners)s::bigint[]) AND f.state = 'done' AND f.resolved_by = 'person'
  AND f.outcome <> 'no_answer' AND f.channel <> 'figures_check' AND f.done_on > %(after)s AND f.done_on < %(before)s
  AND NOT EXISTS (SELECT 1 FROM coaching_visit w WHERE w.follow_up_id = f.id AND w.state = 'done')
UNION ALL
SELECT o.practitioner_id, o.made_on
FROM coaching_outsidecontact o
WHERE o.practitioner_id = ANY(%(practitioners)s::bigint[]) AND o.made_on > %(after)s AND o.made_on < %(before)s
"""

DUE = """
SELECT f.practitioner_id, count(*) FROM coaching_followup f
WHERE f.practitioner_id = ANY(%(practitioners)s::bigint[]) AND f.state = 'due' AND f.channel <> 'figures_check'
GROUP BY 1
"""

USED = f"""
SELECT practitioner_id, sum(count)::integer FROM (
    SELECT practitioner_id, count(*) FROM ({CONTACTS}) AS contacts GROUP BY 1 UNION ALL {DUE}
) AS used GROUP BY 1
"""

MERGED = """
SELECT id, merged_into_id FROM practitioners_practitioner WHERE merged_into_id = ANY(%(practitioners)s::bigint[])
"""

ROOM = """
SELECT k.id, k.ref::text,
       CASE WHEN away.whole OR away.morning AND away.afternoon THEN 0
            WHEN away.morning OR away.afternoon THEN (k.daily_capacity + 1) / 2
            ELSE k.daily_capacity END,
       coalesce(days.today, 0), k.weekly_capacity, coalesce(days.week, 0),
       coalesce(by_hand.today, 0), coalesce(by_hand.week, 0)
FROM coaching_coach k
LEFT JOIN LATERAL (
    SELECT coalesce(bool_or(a.part = 'whole'), false) AS whole,
           coalesce(bool_or(a.part = 'morning'), false) AS morning,
           coalesce(bool_or(a.part = 'afternoon'), false) AS afternoon
    FROM coaching_absence a WHERE a.coach_id = k.id AND a.first_day <= %(on)s AND a.last_day >= %(on)s
) AS away ON true
LEFT JOIN LATERAL (
    SELECT sum(d.opened)::integer AS week, (sum(d.opened) FILTER (WHERE d.day = %(on)s))::integer AS today
    FROM coaching_coachday d
    WHERE d.coach_id = k.id AND d.day >= date_trunc('week', %(on)s::date)::date
      AND d.day < date_trunc('week', %(on)s::date)::date + 7
) AS days ON true
LEFT JOIN LATERAL (
    SELECT count(*)::integer AS week, (count(*) FILTER (WHERE brought.day = %(on)s))::integer AS today
    FROM coaching_followup f
    CROSS JOIN LATERAL (
        SELECT (max(v.at) AT TIME ZONE 'Europe/Brussels')::date AS day FROM coaching_followupevent v
        WHERE v.follow_up_id = f.id AND v.to_state = 'due'
          AND (v.kind IN ('started', 'moved') AND v.from_state <> 'due'
               OR v.kind = 'assigned' AND v.data ->> 'to' = k.ref::text)
    ) AS brought
    WHERE f.assignee_id = k.id AND f.state = 'due' AND f.channel <> 'figures_check'
      AND f.updated_at >= date_trunc('week', %(on)s::date)::timestamp AT TIME ZONE 'Europe/Brussels'
      AND brought.day >= date_trunc('week', %(on)s::date)::date
      AND brought.day < date_trunc('week', %(on)s::date)::date + 7
) AS by_hand ON true
WHERE k.id = ANY(%(coaches)s::bigint[]) AND k.is_active
"""


@dataclass(frozen=True)
class Budget:
    """A practitioner's contact budget on a day: `contacts` in any `days` days, how many are used and left.

    `next_free_on` is the first day from then on with one more to spare as things stand; None while
    what is due now takes all of it.
    """

    contacts: int
    days: int
    used: int
    next_free_on: dt.date | None

    @property
    def left(self) -> int:
        """How many more contacts may be made that day."""
        return max(self.contacts - self.used, 0)


@dataclass
class Room:
    """What opened for a coach on a day and in its week (Monday to Sunday), and what could.

    `day` is the day's capacity: half of it, rounded up, when the coach is away half of the day, 0 when
    away all day. `by_hand` is what people brought to the coach that day and is still due: started or moved to
    that day by hand, or due already when it was given to the coach.
    """

    ref: str
    day: int
    opened: int
    week: int
    opened_in_week: int
    by_hand: int
    by_hand_in_week: int

    @property
    def used(self) -> int:
        """How much of the day is taken."""
        return self.opened + self.by_hand

    @property
    def used_in_week(self) -> int:
        """How much of the week is taken."""
        return self.opened_in_week + self.by_hand_in_week


def budget_on(on: dt.date) -> ContactBudget | None:
    """The contact budget that is valid on a day; None when there is none, and so no limit."""
    return ContactBudget.objects.filter(valid_from__lte=on).order_by("-valid_from").first()


def budget_of(practitioner: Practitioner, on: dt.date) -> Budget | None:
    """A practitioner's contact budget on a day; None when no budget is valid then."""
    return budgets_of([practitioner.pk], on).get(practitioner.pk)


def budgets_of(practitioners: Iterable[int], on: dt.date) -> dict[int, Budget]:
    """The contact budgets of many practitioners (by id) on a day, in four queries; empty when none is valid then."""
    valid = budget_on(on)
    if valid is None:
        return {}
    ids = list(practitioners)
    merged = _merged_into(ids)
    contacts: dict[int, list[dt.date]] = {practitioner: [] for practitioner in ids}
    due = dict.fromkeys(ids, 0)
    with connection.cursor() as cursor:
        cursor.execute(CONTACTS, _around([*ids, *merged], valid, on))
        for record, day in cursor:
            contacts[merged.get(record, record)].append(day)
        cursor.execute(DUE, {"practitioners": [*ids, *merged]})
        for record, count in cursor:
            due[merged.get(record, record)] += count
    return {
        practitioner: Budget(
            contacts=valid.contacts,
            days=valid.days,
            used=len(days) + due[practitioner],
            next_free_on=_next_free(days, due[practitioner], valid, on),
        )
        for practitioner, days in contacts.items()
    }


def _merged_into(practitioners: list[int]) -> dict[int, int]:
    """The records that were merged into these: what was made with them was made with the same person."""
    with connection.cursor() as cursor:
        cursor.execute(MERGED, {"practitioners": practitioners})
        return dict(cursor.fetchall())


def _next_free(days: list[dt.date], due: int, valid: ContactBudget, on: dt.date) -> dt.date | None:
    spare = valid.contacts - due
    if spare <= 0:
        return None
    if len(days) < spare:
        return on
    # One more fits once all but `spare` - 1 of the contacts lie so many days back.
    return max(on, sorted(days, reverse=True)[spare - 1] + dt.timedelta(days=valid.days))


def used_by(practitioners: list[int], valid: ContactBudget, on: dt.date) -> dict[int, int]:
    """How much of their budget practitioners (by id) have used on a day; who has used nothing isn't named."""
    merged = _merged_into(practitioners)
    used: dict[int, int] = defaultdict(int)
    with connection.cursor() as cursor:
        cursor.execute(USED, _around([*practitioners, *merged], valid, on))
        for record, count in cursor:
            used[merged.get(record, record)] += count
    return used


def _around(practitioners: list[int], valid: ContactBudget, on: dt.date) -> dict[str, Any]:
    """Contacts closer than the budget's days count, those promised for a later day too."""
    length = dt.timedelta(days=valid.days)
    return {"practitioners": practitioners, "after": on - length, "before": on + length}


def room_of(coaches: Iterable[int], on: dt.date) -> dict[int, Room]:
    """The room of active coaches (by id) on a day, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(ROOM, {"coaches": list(coaches), "on": on})
        return {coach: Room(*rest) for coach, *rest in cursor.fetchall()}
