"""Random histories with pauses and software blockers: the same invariants hold, and nobody is held for nothing."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from coaching.models import Coach, Pause, Playbook, SoftwareBlocker
from coaching.services import close_blocker, end_pause, open_blocker, start_pause
from tests.coaching.engine_world import DAY
from tests.coaching.test_engine_property import EXAMPLES, SEED, SHRINK, STEPS, Engine, any_place, somebody

HELD_FOR_NOTHING = """
SELECT h.id FROM coaching_hold h JOIN coaching_pause p ON p.id = h.pause_id
WHERE h.released_on IS NULL AND coalesce(p.resumed_on, p.ends_on + 1, 'infinity') <= %(on)s
"""
NOT_HELD = """
SELECT e.id FROM coaching_enrolment e JOIN coaching_pause p
    ON p.scope = 'quiet_period' OR p.practitioner_id = e.practitioner_id OR p.playbook_id = e.playbook_id
WHERE e.state IN ('live', 'waiting') AND p.starts_on <= %(on)s
  AND coalesce(p.resumed_on, p.ends_on + 1, 'infinity') > %(on)s
"""


class PausingEngine(Engine):
    """A history in which things are paused."""

    def check_holds(self) -> None:
        with connection.cursor() as cursor:
            for sql in (HELD_FOR_NOTHING, NOT_HELD):
                cursor.execute(sql, {"on": self.world.day})
                assert not cursor.fetchall(), sql

    @rule(nights=st.integers(1, 3))
    def nights_with_holds(self, nights: int) -> None:
        for _night in range(nights):
            self.world.day += DAY
            self.world.night(runs=2)
            self.check_holds()

    @rule(
        scope=st.sampled_from(["practitioner", "coach", "playbook", "software", "quiet_period"]),
        who=somebody,
        first=st.integers(-2, 6),
        length=st.integers(0, 12),
    )
    def paused(self, scope: str, who: int, first: int, length: int) -> None:
        world = self.world
        coaches = list(Coach.objects.order_by("pk"))
        playbooks = list(Playbook.objects.order_by("pk"))
        target = {
            "practitioner": world.people[who],
            "coach": coaches[who % len(coaches)],
            "playbook": playbooks[who % len(playbooks)],
            "software": world.software[who % 2],
        }.get(scope)
        given = {scope: target} if target is not None else {}
        starts = world.day + first * DAY
        self.trying(
            start_pause, scope=scope, starts_on=starts, ends_on=starts + length * DAY, reason="rest", by=None, **given
        )

    @rule(place=any_place)
    def pause_ended(self, place: int) -> None:
        rows = list(Pause.objects.filter(resumed_on=None, blocker=None).order_by("pk"))
        if rows:
            self.trying(end_pause, pause=rows[place % len(rows)], by=None)

    @rule(number=st.integers(0, 1), back=st.integers(0, 4))
    def blocked(self, number: int, back: int) -> None:
        self.trying(
            open_blocker,
            software=self.world.software[number],
            defect="broken",
            since=self.world.day - back * DAY,
            by=None,
        )

    @rule(place=any_place, back=st.integers(0, 4))
    def mended(self, place: int, back: int) -> None:
        rows = list(SoftwareBlocker.objects.filter(until=None).order_by("pk"))
        if rows:
            self.trying(close_blocker, blocker=rows[place % len(rows)], until=self.world.day - back * DAY, by=None)


@pytest.mark.slow
@pytest.mark.django_db
def test_whatever_is_paused_the_rules_hold() -> None:
    seed(SEED)(PausingEngine)
    run_state_machine_as_test(
        PausingEngine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=True,
            report_multiple_bugs=False,
            phases=[Phase.generate, *([Phase.shrink] if SHRINK else [])],
            suppress_health_check=list(HealthCheck),
        ),
    )
