"""Whatever happens in whatever order, the engine's invariants hold: a property test over random histories.

Each example is a history of some weeks in a small network: segments change, people complete, postpone and
skip, somebody is merged or must not be contacted any more, days pass with a planner that runs once, twice
or not at all. `engine_world` says what must hold after every step and after every run.

The suite tries the same few histories each time. For more: ENGINE_EXAMPLES=500 ENGINE_SEED=7 pytest ...,
and ENGINE_SHRINK=1 for the shortest history that fails.
"""

import datetime as dt
import os
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from adoption.models import Measurement
from coaching.enums import Outcome
from coaching.models import Case, FollowUp
from coaching.services import (
    assign_case,
    assign_follow_ups,
    cancel_follow_up,
    close_case,
    complete_follow_up,
    correct_completion,
    hand_over_case,
    log_visit,
    open_case,
    postpone_follow_up,
    skip_follow_up,
    start_follow_up,
)
from core.errors import DomainError
from practitioners.services import (
    deactivate_practitioner,
    lift_restriction,
    merge_practitioners,
    reactivate_practitioner,
    restrict_contact,
    update_practitioner,
)
from tests.coaching.engine_office import Office
from tests.coaching.engine_world import DAY, PEOPLE, World
from tests.factories.coaching import at, figure

EXAMPLES = int(os.environ.get("ENGINE_EXAMPLES", "8"))
SEED = int(os.environ.get("ENGINE_SEED", "0"))
STEPS = int(os.environ.get("ENGINE_STEPS", "40"))
SHRINK = bool(os.environ.get("ENGINE_SHRINK"))
"""To look for a shorter history that fails takes minutes."""

somebody = st.integers(0, PEOPLE - 1)
any_place = st.integers(0, 11)
coaches = st.integers(0, 2)
segments = st.sampled_from(["late_majority", "laggards", "early_majority"])
ahead = st.integers(0, 40)


class Engine(Office, RuleBasedStateMachine):
    """One history."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.world = World()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @property
    def now(self) -> dt.datetime:
        return at(self.world.day)

    def trying(self, act: Callable[..., Any], *, timed: bool = True, **arguments: Any) -> Any:
        """Do it, or be told why not: a refusal is an answer, any other error a bug."""
        try:
            with transaction.atomic():
                return act(**arguments, **({"at": self.now} if timed else {}))
        except DomainError:
            return None

    def one_open(self, place: int) -> Any:
        rows = self.world.open_follow_ups()
        return rows[place % len(rows)] if rows else None

    # --- Days ----------------------------------------------------------------------------------------

    @initialize(found=st.lists(segments, min_size=PEOPLE, max_size=PEOPLE))
    def begin(self, found: list[str]) -> None:
        self.world.sort(dict(zip(self.world.people, found, strict=True)))
        self.world.night()

    @rule(nights=st.integers(1, 4))
    def days_pass(self, nights: int) -> None:
        for _night in range(nights):
            self.world.day += DAY
            self.world.night()

    @rule(days=st.integers(1, 25))
    def days_pass_without_a_planner(self, days: int) -> None:
        self.world.day += days * DAY
        self.world.night(runs=2)

    @rule()
    def the_planner_runs_again(self) -> None:
        self.world.night(runs=2)

    # --- Figures and segments --------------------------------------------------------------------------

    @rule(changes=st.dictionaries(somebody, segments, min_size=1, max_size=4))
    def segments_change(self, changes: dict[int, str]) -> None:
        self.world.sort({self.world.people[who]: segment for who, segment in changes.items()})

    @rule(who=somebody, back=st.integers(0, 4), value=st.integers(0, 3))
    def figures_arrive_or_are_corrected(self, who: int, back: int, value: int) -> None:
        person = self.world.people[who]
        month = (self.world.day.replace(day=1) - back * 28 * DAY).replace(day=1)
        Measurement.objects.filter(practitioner=person, month=month).delete()
        figure(person, "sumehr_published", month, value)
        figure(person, "sumehr_coverage", month, value, 10)

    # --- What coaches do -------------------------------------------------------------------------------

    @rule(place=any_place, outcome=st.sampled_from(Outcome.values), later=ahead)
    def completed(self, place: int, outcome: str, later: int) -> None:
        if row := self.one_open(place):
            day = self.world.day + later * DAY if outcome == Outcome.WANTS_LATER else None
            self.trying(complete_follow_up, follow_up=row, outcome=outcome, later_on=day, by=None)

    @rule(place=any_place)
    def done(self, place: int) -> None:
        if row := self.one_open(place):
            self.trying(complete_follow_up, follow_up=row, outcome="done", by=None)

    @rule(place=any_place, days=st.integers(0, 10))
    def day_corrected(self, place: int, days: int) -> None:
        rows = list(FollowUp.objects.filter(state="done", resolved_by="person").order_by("pk"))
        if rows:
            day = self.world.day - days * DAY
            self.trying(correct_completion, follow_up=rows[place % len(rows)], done_on=day, reason="wrong", by=None)

    @rule(place=any_place)
    def started(self, place: int) -> None:
        if row := self.one_open(place):
            self.trying(start_follow_up, follow_up=row, by=None)

    @rule(place=any_place, days=ahead)
    def postponed(self, place: int, days: int) -> None:
        if row := self.one_open(place):
            self.trying(postpone_follow_up, follow_up=row, to=self.world.day + days * DAY, reason="asked", by=None)

    @rule(place=any_place, service=st.sampled_from([skip_follow_up, cancel_follow_up]))
    def left_out(self, place: int, service: Callable[..., Any]) -> None:
        if row := self.one_open(place):
            self.trying(service, follow_up=row, reason="not needed", by=None)

    @rule(who=somebody, kind=st.sampled_from(["visit", "call"]), outcome=st.sampled_from(["done", "no_answer"]))
    def visited(self, who: int, kind: str, outcome: str) -> None:
        self.trying(
            log_visit,
            practitioner=self.world.people[who],
            kind=kind,
            outcome=outcome,
            coach=self.world.coaches[0],
            by=self.world.coordinator,
        )

    # --- What coordinators do --------------------------------------------------------------------------

    def coach(self, number: int) -> Any:
        return self.world.coaches[number] if number < len(self.world.coaches) else None

    @rule(number=coaches, places=st.lists(any_place, min_size=1, max_size=6))
    def assigned(self, number: int, places: list[int]) -> None:
        rows = self.world.open_follow_ups()
        if rows:
            chosen = [rows[place % len(rows)] for place in places]
            self.trying(assign_follow_ups, follow_ups=chosen, coach=self.coach(number), by=None)

    @rule(number=coaches, place=any_place)
    def case_assigned(self, number: int, place: int) -> None:
        cases = list(Case.objects.exclude(state="closed").order_by("pk"))
        if cases:
            self.trying(assign_case, case=cases[place % len(cases)], coach=self.coach(number), by=None)

    @rule(number=st.integers(0, 1), place=any_place)
    def case_handed_over(self, number: int, place: int) -> None:
        cases = list(Case.objects.exclude(state="closed").order_by("pk"))
        if cases:
            self.trying(hand_over_case, case=cases[place % len(cases)], to=self.coach(number), by=None)

    @rule(who=somebody, track=st.sampled_from(["coaching", "technical_support"]), number=coaches)
    def case_opened(self, who: int, track: str, number: int) -> None:
        self.trying(
            open_case,
            practitioner=self.world.people[who],
            track=track,
            coach=self.coach(number),
            by=self.world.coordinator,
        )

    @rule(place=any_place, outcome=st.sampled_from(["no_longer_needed", "goal_reached", "refused"]))
    def case_closed(self, place: int, outcome: str) -> None:
        cases = list(Case.objects.exclude(state="closed").order_by("pk"))
        if cases:
            self.trying(close_case, case=cases[place % len(cases)], outcome=outcome, by=None)

    # --- What happens in the registry ------------------------------------------------------------------

    @rule(who=somebody, days=st.one_of(st.none(), ahead))
    def not_to_be_contacted(self, who: int, days: int | None) -> None:
        until = None if days is None else self.world.day + days * DAY
        self.trying(restrict_contact, practitioner=self.world.people[who], reason="asked", until=until, by=None)

    @rule(who=somebody)
    def contacted_again(self, who: int) -> None:
        self.trying(lift_restriction, practitioner=self.world.people[who], by=None)

    @rule(who=somebody)
    def retired(self, who: int) -> None:
        self.trying(deactivate_practitioner, practitioner=self.world.people[who], reason="retired", by=None)

    @rule(who=somebody)
    def practises_again(self, who: int) -> None:
        self.trying(reactivate_practitioner, practitioner=self.world.people[who], by=None)

    @rule(kept=somebody, merged=somebody)
    def merged(self, kept: int, merged: int) -> None:
        people = self.world.people
        self.trying(merge_practitioners, kept=people[kept], merged=people[merged], by=None)

    @rule(who=somebody, number=st.integers(0, 1))
    def changes_software(self, who: int, number: int) -> None:
        software = self.world.software[number]
        self.trying(update_practitioner, practitioner=self.world.people[who], software=software, by=None)

    # --- What must hold --------------------------------------------------------------------------------

    @invariant()
    def all_is_well(self) -> None:
        if self.world.planned:
            self.world.check()


@pytest.mark.slow
@pytest.mark.django_db
def test_whatever_happens_the_rules_hold() -> None:
    seed(SEED)(Engine)
    run_state_machine_as_test(
        Engine,
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
