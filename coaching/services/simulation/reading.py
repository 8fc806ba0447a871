"""Read today's network into plain rows, once and without a lock: who is under way, who would enrol, who does the work."""

import datetime as dt
from collections import defaultdict
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from coaching.enums import VersionState
from coaching.errors import SimulationRefused
from coaching.models import AnchorDay, Coach, CoachDay, ContactBudget, Playbook, PlaybookStep, PlaybookVersion
from coaching.selectors.budget import CONTACTS
from coaching.selectors.calendars import TeamCalendar, practice_halves, team_calendar, with_special_days
from coaching.services.planner.enrolling import SERVED, WITHOUT_COOLDOWN
from coaching.services.planner.exits import NOT_CONTACTABLE
from coaching.services.planner.routes import Ended
from coaching.services.planner.steps import AGAIN, LAST_CONTACT
from coaching.services.simulation.world import NEVER, Carer, Course, Last, Open, Person, Runner, Step, World
from practitioners.models import Affiliation, Organisation

UNDER_WAY = f"""
SELECT e.practitioner_id, p.commune_id, e.playbook_id, e.version_id, c.track, CASE WHEN k.is_active THEN c.coach_id END,
       coalesce((e.evidence ->> 'starts_on')::date, e.enrolled_on),
       coalesce(c.goal_indicator_id, v.goal_indicator_id) IS NOT NULL, e.state, e.waiting_for,
       o.step_id, o.channel, o.state, o.opens_on, o.target_on, o.closes_on, o.assignee_id,
       coalesce((o.reason ->> 'attempt')::integer, 1), o.occurrence, coalesce(o.is_frozen, false),
       o.reason -> 'deferred' ->> 'why', coalesce((o.reason -> 'paused' ->> 'remaining')::integer, 0),
       o.reason -> 'paused' ->> 'unit', o.reason ->> 'roll',
       coalesce(o.reason ->> 'paused', '') <> '',
       (SELECT CASE WHEN bool_and(coalesce(w.resumed_on, w.ends_on) IS NOT NULL)
                    THEN max(coalesce(w.resumed_on, w.ends_on + 1)) END FROM coaching_hold h
        JOIN coaching_pause w ON w.id = h.pause_id WHERE h.enrolment_id = e.id AND h.released_on IS NULL),
       last.step_id, last.state, last.outcome, coalesce((last.reason ->> 'attempt')::integer, 1), last.channel,
       coalesce({AGAIN.format(follow_up="last")}, false), last.occurrence, last.target_on,
       coalesce(last.done_on, (last.reason ->> 'ended_on')::date), (last.reason ->> 'later_on')::date, last.assignee_id
FROM coaching_enrolment e
JOIN practitioners_practitioner p ON p.id = e.practitioner_id
JOIN coaching_case c ON c.id = e.case_id AND c.state = 'open'
JOIN coaching_playbookversion v ON v.id = e.version_id
LEFT JOIN coaching_coach k ON k.id = c.coach_id
LEFT JOIN coaching_followup o ON o.enrolment_id = e.id AND o.state IN ('planned', 'due', 'deferred')
LEFT JOIN LATERAL (
    SELECT f.* FROM coaching_followup f
    WHERE f.enrolment_id = e.id AND f.state NOT IN ('planned', 'due', 'deferred') AND f.reason -> 'migrated' IS NULL
    ORDER BY f.id DESC LIMIT 1
) AS last ON true
WHERE e.state IN ('live', 'waiting', 'paused')
ORDER BY o.id NULLS LAST, e.id
"""

WOULD_ENROL = f"""
SELECT p.id, p.commune_id,
       (SELECT c.coach_id FROM coaching_case c JOIN coaching_coach k ON k.id = c.coach_id AND k.is_active
        WHERE c.practitioner_id = p.id AND c.state <> 'closed' AND b.track = ANY(k.tracks)
        ORDER BY c.track = b.track DESC, c.id DESC LIMIT 1),
       (SELECT max(f.target_on) FROM coaching_followup f
        WHERE f.practitioner_id = p.id AND f.state IN ('planned', 'due', 'deferred') AND f.target_on > %(on)s)
{SERVED.format()}
JOIN practitioners_practitioner p ON p.id = a.practitioner_id
JOIN adoption_segmentationrun r ON r.id = a.first_run_id AND r.state = 'done'
WHERE w.is_working AND b.id = %(playbook)s AND p.status = 'active' AND p.merged_into_id IS NULL AND NOT {NOT_CONTACTABLE}
  AND NOT EXISTS (
      SELECT 1 FROM coaching_enrolment o WHERE o.practitioner_id = p.id AND o.playbook_id = b.id
        AND (o.edge_id = a.entered_by_id OR o.ended_on IS NULL
             OR o.exit_reason <> ALL(%(without_cooldown)s) AND o.ended_on + b.cooldown_days > %(on)s))
ORDER BY p.id
"""

LAST_CONTACTS = f"SELECT p.id, {LAST_CONTACT.format(practitioner='p.id')} FROM unnest(%(ids)s::bigint[]) AS p(id)"


def read_world(*, version: PlaybookVersion, on: dt.date, until: dt.date) -> World:
    """The network on a day, for playing a version until another day. Errors: SimulationRefused when it is too large."""
    under_way = _rows(UNDER_WAY, {})
    entering = _rows(WOULD_ENROL, {"on": on, "playbook": version.playbook_id, "without_cooldown": WITHOUT_COOLDOWN})
    if len(under_way) + len(entering) > settings.SIMULATION_MOST_ENROLMENTS:
        most = settings.SIMULATION_MOST_ENROLMENTS
        text = _("This network has more than %(most)s enrolments to play; that is more than is simulated at once.")
        raise SimulationRefused("version", text % {"most": most})
    steps = _steps()
    reach = max(
        (step.delay + step.opens_before + step.closes_after for own in steps.values() for step in own), default=0
    )
    oldest = min((row[6] for row in under_way), default=on)
    calendar = team_calendar(around=on, since=min(oldest, on), until=until, reach=reach)
    world = World(
        calendar=calendar,
        budgets=list(ContactBudget.objects.order_by("-valid_from").values_list("valid_from", "contacts", "days")),
        retry_delay=settings.PLANNER_RETRY_DELAY_DAYS,
        steps=steps,
        courses=_courses(version),
        people={},
        coaches=_coaches(calendar, on),
        runners=[],
    )
    by_id = {step.id: step for own in steps.values() for step in own}
    for row in under_way:
        world.runners.append(_under_way(world, by_id, row))
    course = world.courses[version.playbook_id]
    for practitioner, commune, coach, pending in entering:
        person = _person(world, practitioner, commune)
        runner = Runner(practitioner, course.id, version.pk, course.track, coach, pending or on, course.has_goal)
        person.runners.append(runner)
        world.runners.append(runner)
    _contacts(world, on, until)
    _places(world, calendar)
    for runner in world.runners:
        carer = world.coaches.get(runner.coach or 0)
        if carer is not None:
            carer.load += 1
    return world


def _person(world: World, practitioner: int, commune: str | None) -> Person:
    person = world.people.get(practitioner)
    if person is None:
        person = world.people[practitioner] = Person(practitioner, commune)
    return person


def _under_way(world: World, by_id: dict[int, Step], row: tuple[Any, ...]) -> Runner:
    practitioner, commune, playbook, version, track, coach, starts_on, has_goal, state, waiting_for, *rest = row
    runner = Runner(practitioner, playbook, version, track, coach, starts_on, has_goal, waiting_for=waiting_for)
    runner.open = _open(world, by_id, rest[:11])
    remaining, unit, roll, is_held, held_until, *last = rest[11:]
    runner.last = _last(by_id, last)
    if state == "paused" or is_held:
        runner.held_until = held_until if isinstance(held_until, dt.date) else NEVER
        runner.held_left, runner.held_unit, runner.held_roll = remaining, unit or "working_days", roll or "next"
    person = _person(world, practitioner, commune)
    person.runners.append(runner)
    if runner.open is not None and runner.open.state == "due" and not runner.open.is_free:
        person.due += 1
    return runner


def _open(world: World, by_id: dict[int, Step], row: list[Any]) -> Open | None:
    step, channel, state, opens_on, target_on, closes_on, coach, attempt, occurrence, is_frozen, why = row
    if step is None:
        return None
    return Open(
        world.next_order(), by_id[step], channel, state, opens_on, target_on, closes_on, coach, attempt, occurrence,
        is_frozen=is_frozen, why=why, opened_on=opens_on if state == "due" else None,
    )  # fmt: skip


def _last(by_id: dict[int, Step], row: list[Any]) -> Last | None:
    step, state, outcome, attempt, channel, withdrawn, occurrence, target_on, ended_on, later_on, coach = row
    if step is None:
        return None
    ended = Ended(state, outcome, attempt, channel, withdrawn)
    return Last(ended, by_id[step], occurrence, target_on, ended_on, later_on, coach)


def _steps() -> dict[int, list[Step]]:
    steps: dict[int, list[Step]] = defaultdict(list)
    for row in PlaybookStep.objects.order_by("version_id", "position"):
        steps[row.version_id].append(
            Step(
                row.pk, row.version_id, row.code, row.position, row.name, row.channel, row.anchor, row.delay, row.unit,
                row.opens_before, row.closes_after, row.roll, row.assignee, row.completion, row.retries, row.next_channel,
                row.repeats_until_goal,
            )
        )  # fmt: skip
    return dict(steps)


def _courses(version: PlaybookVersion) -> dict[int, Course]:
    """The playbooks with the version that enrols; in the played one's own, that is the played one."""
    enrolling = {row.playbook_id: row for row in PlaybookVersion.objects.filter(state=VersionState.ACTIVE)}
    enrolling[version.playbook_id] = version
    courses = {}
    for row in Playbook.objects.all():
        own = enrolling.get(row.pk)
        has_goal = own is not None and own.goal_indicator_id is not None
        courses[row.pk] = Course(row.pk, row.code, row.track, own.pk if own else None, has_goal, row.continues_in_id)
    return courses


def _coaches(calendar: TeamCalendar, on: dt.date) -> dict[int, Carer]:
    coaches = {
        row.pk: Carer(
            row.pk, str(row), frozenset(row.tracks), frozenset(one.pk for one in row.communes.all()),
            row.daily_capacity, row.weekly_capacity, calendar.coaches.get(row.pk),
        )
        for row in Coach.objects.filter(is_active=True).select_related("user").prefetch_related("communes").order_by("pk")
    }  # fmt: skip
    monday = on - dt.timedelta(days=on.weekday())
    for coach, day, opened in CoachDay.objects.filter(day__gte=monday).values_list("coach_id", "day", "opened"):
        if coach in coaches:
            coaches[coach].opened[day] += opened
            coaches[coach].opened_in_week[day - dt.timedelta(days=day.weekday())] += opened
    return coaches


def _contacts(world: World, on: dt.date, until: dt.date) -> None:
    """The contacts that still count in somebody's budget, the last one of each, and the days that others told."""
    ids = list(world.people)
    longest = max((days for _since, _contacts, days in world.budgets), default=0)
    span = {
        "practitioners": ids,
        "after": on - dt.timedelta(days=longest + 1),
        "before": until + dt.timedelta(days=longest + 1),
    }
    for practitioner, day in _rows(CONTACTS, span):
        world.people[practitioner].contacts.append(day)
    if any(step.anchor == "last_contact" for own in world.steps.values() for step in own):
        for practitioner, day in _rows(LAST_CONTACTS, {"ids": ids}):
            world.people[practitioner].last_contact = day
    for practitioner, anchor, day in AnchorDay.objects.order_by("day").values_list("practitioner_id", "anchor", "day"):
        if practitioner in world.people:
            world.people[practitioner].told[anchor] = day


def _places(world: World, calendar: TeamCalendar) -> None:
    """On which halves of days each practice with hours or closing days can be visited."""
    special = {
        row.pk: practice_halves(row, calendar.first, calendar.last)
        for row in with_special_days(Organisation.objects.all())
    }
    main = Affiliation.objects.filter(is_primary=True, until__isnull=True, organisation__in=list(special))
    for practitioner, organisation in main.values_list("practitioner_id", "organisation_id"):
        if practitioner in world.people:
            world.people[practitioner].place = special[organisation]


def _rows(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
