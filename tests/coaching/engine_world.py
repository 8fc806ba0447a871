"""A small network in which anything can happen, and what must hold of it whatever happened."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from django.db import connection

from coaching.enums import OPEN_FOLLOW_UPS
from coaching.models import Coach, Enrolment, FollowUp, FollowUpEvent
from coaching.selectors.audit import broken_rules
from practitioners.models import Practitioner, SoftwareProduct
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, make_coach, plan, sort
from tests.factories.practitioners import AffiliationFactory, OrganisationFactory, SoftwareProductFactory

PEOPLE = 6
DAY = dt.timedelta(days=1)

FORGOTTEN = """
SELECT p.family_name || ' in ' || a.segment FROM adoption_segmentassignment a
JOIN adoption_schemeversion w ON w.id = a.version_id AND w.is_working
JOIN practitioners_practitioner p ON p.id = a.practitioner_id
JOIN coaching_playbook b ON a.segment = ANY(b.segments)
WHERE a.ended_by_id IS NULL AND p.status = 'active'
  AND NOT (p.restriction = 'do_not_contact' AND (p.restriction_until IS NULL OR p.restriction_until >= %(on)s))
  AND NOT EXISTS (SELECT 1 FROM coaching_softwareblocker k WHERE k.software_id = p.software_id
                  AND k.since <= %(on)s AND (k.until IS NULL OR k.until >= %(on)s))
  AND EXISTS (SELECT 1 FROM coaching_playbookversion v WHERE v.playbook_id = b.id AND v.state = 'active')
  AND NOT EXISTS (SELECT 1 FROM coaching_enrolment e
                  WHERE e.practitioner_id = p.id AND e.playbook_id = b.id
                    AND (e.ended_on IS NULL OR e.edge_id = a.entered_by_id OR e.ended_on + b.cooldown_days > %(on)s))
"""
"""Who is in a segment that a playbook serves and neither enrolled, nor out of it for a reason, nor cooling down."""

UNWANTED = """
SELECT p.family_name FROM coaching_followup f JOIN practitioners_practitioner p ON p.id = f.practitioner_id
WHERE f.state IN ('planned', 'due', 'deferred')
  AND (p.status <> 'active' OR p.restriction = 'do_not_contact'
                               AND (p.restriction_until IS NULL OR p.restriction_until >= %(on)s))
"""
"""Whose follow-ups are open although nobody may contact them."""

OVERDUE = """
SELECT p.family_name FROM coaching_followup f JOIN practitioners_practitioner p ON p.id = f.practitioner_id
JOIN coaching_enrolment e ON e.id = f.enrolment_id
WHERE f.state IN ('planned', 'due', 'deferred') AND f.closes_on < %(on)s AND e.state = 'live'
"""
"""Whose window has closed without the follow-up being missed."""

CONTACTS = """
WITH who AS (SELECT id FROM practitioners_practitioner WHERE %(who)s IN (id, merged_into_id))
SELECT (SELECT count(*) FROM coaching_visit v JOIN who ON who.id = v.practitioner_id
        WHERE v.state = 'done' AND v.outcome <> 'no_answer' AND v.kind <> 'figures_check'
          AND (v.started_at AT TIME ZONE 'Europe/Brussels')::date > %(after)s)
     + (SELECT count(*) FROM coaching_followup f JOIN who ON who.id = f.practitioner_id
        WHERE f.state = 'done' AND f.resolved_by = 'person' AND f.outcome <> 'no_answer'
          AND f.channel <> 'figures_check' AND f.done_on > %(after)s
          AND NOT EXISTS (SELECT 1 FROM coaching_visit v WHERE v.follow_up_id = f.id))
     + (SELECT count(*) FROM coaching_outsidecontact o JOIN who ON who.id = o.practitioner_id WHERE o.made_on > %(after)s)
     + (SELECT count(*) FROM coaching_followup f JOIN who ON who.id = f.practitioner_id
        WHERE f.state = 'due' AND f.channel <> 'figures_check')
"""
"""How often somebody was contacted lately, and is to be contacted now."""


class World:
    """Some practitioners and coaches on a day."""

    def __init__(self) -> None:
        self.day = MONDAY
        self.people: list[Practitioner] = make_practitioners(PEOPLE)
        SoftwareProductFactory.create_batch(2)
        self.software = list(SoftwareProduct.objects.order_by("-pk")[:2])
        for place, person in enumerate(self.people):
            Practitioner.objects.filter(pk=person.pk).update(software=self.software[place % 2])
        self.practice = OrganisationFactory()
        for person in self.people[::2]:
            AffiliationFactory(practitioner=person, organisation=self.practice)
        self.coaches: list[Coach] = [make_coach(), make_coach()]
        Coach.objects.filter(pk__in=[coach.pk for coach in self.coaches]).update(daily_capacity=2, weekly_capacity=4)
        for coach in self.coaches:
            coach.refresh_from_db()
        self.coordinator = UserFactory(role="coordinator")
        self.segments: dict[Practitioner, str] = {}
        self.planned = False
        self._last_event = 0
        self._opened: Counter[tuple[int, dt.date]] = Counter()

    # --- What happens --------------------------------------------------------------------------------

    def sort(self, changes: dict[Practitioner, str]) -> None:
        """A new segmentation run that finds these practitioners elsewhere."""
        self.segments |= changes
        sort(self.segments, month=self.day.replace(day=1))

    def night(self, *, runs: int = 1) -> None:
        """The planner's runs of a day, and what must hold after them."""
        plan(self.day)
        self.planned = True
        self.check_after_planning()
        if runs > 1:
            before = digest()
            for _again in range(1, runs):
                plan(self.day)
            assert digest() == before, "a replay changed something: " + difference(before, digest())

    # --- What is there -------------------------------------------------------------------------------

    def open_follow_ups(self) -> list[FollowUp]:
        """Everything still to be done."""
        rows = FollowUp.objects.filter(state__in=OPEN_FOLLOW_UPS)
        return list(rows.select_related("step", "enrolment__case").order_by("pk"))

    # --- What must hold ------------------------------------------------------------------------------

    def check(self) -> None:
        """What must hold at any moment."""
        findings = broken_rules()
        assert not findings, [(one.rule, one.refs) for one in findings]
        self._check_openings()

    def check_after_planning(self) -> None:
        """What must hold once the planner has run."""
        for what, sql in (("forgotten", FORGOTTEN), ("unwanted", UNWANTED), ("overdue", OVERDUE)):
            found = names(sql, {"on": self.day})
            assert not found, f"{what} on {self.day}: {found}"
        self.check()

    def _check_openings(self) -> None:
        """Whatever the planner opened since the last check fits in the budgets of that day."""
        events = FollowUpEvent.objects.filter(pk__gt=self._last_event)
        self._last_event = max(events.values_list("pk", flat=True), default=self._last_event)
        opened = events.filter(kind="state", to_state="due").exclude(follow_up__channel="figures_check")
        rows = list(opened.values_list("follow_up__practitioner_id", "follow_up__assignee_id"))
        for practitioner, _coach in rows:
            used, most = contacts(practitioner, self.day)
            assert used <= most, f"practitioner {practitioner} has {used} contacts of {most} on {self.day}"
        self._opened.update((coach, self.day) for _practitioner, coach in rows if coach is not None)
        for coach in self.coaches:
            count = self._opened[coach.pk, self.day]
            assert count <= coach.daily_capacity, f"{count} contacts opened for a coach on {self.day}"
            monday = self.day - self.day.weekday() * DAY
            week = sum(self._opened[coach.pk, monday + n * DAY] for n in range(7))
            assert week <= coach.weekly_capacity, f"{week} contacts opened for a coach in the week of {monday}"


def contacts(practitioner: int, on: dt.date) -> tuple[int, int]:
    """How many contacts somebody has in the days of the budget, today's open ones included, and how many may be."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT contacts, days FROM coaching_contactbudget WHERE valid_from <= %s ORDER BY valid_from DESC LIMIT 1",
            [on],
        )
        most, days = cursor.fetchone()
        cursor.execute(CONTACTS, {"who": practitioner, "after": on - days * DAY})
        return cursor.fetchone()[0], most


def digest() -> dict[str, str]:
    """A fingerprint of every table of the work, but for the runs themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'
               AND table_name LIKE 'coaching\\_%' AND table_name NOT IN ('coaching_plannerrun', 'coaching_simulation')
               ORDER BY 1"""
        )
        tables = [row[0] for row in cursor.fetchall()]
        each = [f"SELECT '{name}', md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t" for name in tables]
        cursor.execute(" UNION ALL ".join(each))
        return {name: value or "" for name, value in cursor.fetchall()}


def difference(before: dict[str, str], after: dict[str, str]) -> str:
    """The tables that differ, and the newest events, for who has to find out."""
    tables = [name for name, value in after.items() if before.get(name) != value]
    newest = FollowUpEvent.objects.order_by("-pk").values_list("follow_up_id", "kind", "from_state", "to_state", "data")
    return f"{tables}; newest events {list(newest[:3])}"


def story(practitioner: Practitioner) -> list[str]:
    """What happened to somebody, for who has to find out why."""
    lines = []
    for enrolment in Enrolment.objects.filter(practitioner=practitioner).order_by("pk"):
        lines.append(f"{enrolment.playbook} {enrolment.state} {enrolment.enrolled_on}..{enrolment.ended_on}")
        for row in enrolment.follow_ups.order_by("pk"):
            lines.append(f"  {row.step.code} {row.occurrence} {row.state} {row.opens_on}..{row.closes_on} {row.reason}")
    return lines


def names(sql: str, parameters: dict[str, object]) -> Sequence[str]:
    """What a statement above finds."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return sorted(row[0] for row in cursor.fetchall())
