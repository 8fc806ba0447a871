"""What the office does in a random history: pauses, blockers, absences, team days, practices, told days, invitations."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from coaching.enums import Anchor, DayPart, PauseScope
from coaching.models import Absence, Pause, Playbook, PracticeClosure, SoftwareBlocker, TeamDay
from coaching.services import (
    add_team_day,
    close_blocker,
    close_practice,
    end_pause,
    give_back,
    open_blocker,
    record_absence,
    remove_team_day,
    reopen_practice,
    spend_contact_budget,
    start_pause,
    tell_anchor_days,
    withdraw_absence,
)
from tests.coaching.engine_world import DAY, PEOPLE, World

somebody = st.integers(0, PEOPLE - 1)
any_place = st.integers(0, 11)
soon = st.integers(0, 12)


class Office:
    """Rules of a machine that has a `world`, and a way of `trying` things in it."""

    world: World
    trying: Callable[..., Any]

    def within(self, first: int, days: int) -> tuple[dt.date, dt.date]:
        start = self.world.day + first * DAY
        return start, start + days * DAY

    # --- Pauses and blockers ---------------------------------------------------------------------------

    @rule(scope=st.sampled_from(PauseScope.values), place=any_place, first=st.integers(-3, 5), days=soon)
    def paused(self, scope: str, place: int, first: int, days: int) -> None:
        world = self.world
        playbooks = list(Playbook.objects.order_by("code"))
        target = {
            PauseScope.PRACTITIONER: world.people,
            PauseScope.COACH: world.coaches,
            PauseScope.PLAYBOOK: playbooks,
            PauseScope.SOFTWARE: world.software,
        }.get(PauseScope(scope))
        named = {scope: target[place % len(target)]} if target else {}
        starts, ends = self.within(first, days)
        self.trying(start_pause, scope=scope, starts_on=starts, ends_on=ends, reason="so", by=None, **named)

    @rule(place=any_place)
    def pause_ended(self, place: int) -> None:
        pauses = list(Pause.objects.filter(resumed_on=None).order_by("pk"))
        if pauses:
            self.trying(end_pause, pause=pauses[place % len(pauses)], by=None)

    @rule(number=st.integers(0, 1), back=st.integers(0, 5))
    def blocker_opened(self, number: int, back: int) -> None:
        since = self.world.day - back * DAY
        self.trying(open_blocker, software=self.world.software[number], defect="It fails", since=since, by=None)

    @rule(place=any_place, days=st.integers(-3, 6))
    def blocker_closed(self, place: int, days: int) -> None:
        blockers = list(SoftwareBlocker.objects.filter(until=None).order_by("pk"))
        if blockers:
            until = self.world.day + days * DAY
            self.trying(close_blocker, blocker=blockers[place % len(blockers)], until=until, by=None)

    # --- Calendars -------------------------------------------------------------------------------------

    @rule(number=st.integers(0, 1), first=soon, days=soon, part=st.sampled_from(DayPart.values))
    def away(self, number: int, first: int, days: int, part: str) -> None:
        first_day, last_day = self.within(first, days if part == DayPart.WHOLE else 0)
        coach = self.world.coaches[number]
        self.trying(record_absence, coach=coach, first_day=first_day, last_day=last_day, part=part, by=None)

    @rule(place=any_place)
    def back_early(self, place: int) -> None:
        absences = list(Absence.objects.order_by("pk"))
        if absences:
            self.trying(withdraw_absence, absence=absences[place % len(absences)], by=None)

    @rule(days=soon)
    def team_day(self, days: int) -> None:
        self.trying(add_team_day, day=self.world.day + days * DAY, reason="Team", by=None)

    @rule(place=any_place)
    def no_team_day(self, place: int) -> None:
        days = list(TeamDay.objects.order_by("day"))
        if days:
            self.trying(remove_team_day, team_day=days[place % len(days)], by=None)

    @rule(weekday=st.one_of(st.none(), st.integers(0, 4)), first=soon, days=soon)
    def practice_closed(self, weekday: int | None, first: int, days: int) -> None:
        first_day, last_day = (None, None) if weekday is not None else self.within(first, days)
        self.trying(
            close_practice,
            organisation=self.world.practice, weekday=weekday, first_day=first_day, last_day=last_day, by=None,
        )  # fmt: skip

    @rule(place=any_place)
    def practice_open_again(self, place: int) -> None:
        closures = list(PracticeClosure.objects.order_by("pk"))
        if closures:
            self.trying(reopen_practice, closure=closures[place % len(closures)], by=None)

    # --- Other parts of the product --------------------------------------------------------------------

    @rule(
        who=somebody,
        days=st.one_of(st.none(), st.integers(-10, 20)),
        anchor=st.sampled_from(["session_attended", "wave_start"]),
    )
    def day_told(self, who: int, days: int | None, anchor: str) -> None:
        day = None if days is None else self.world.day + days * DAY
        told = [(self.world.people[who].pk, day, f"{anchor}-{who}")]
        self.trying(tell_anchor_days, anchor=Anchor(anchor), source_days=told)

    @rule(who=somebody, source=st.integers(0, 2))
    def invited(self, who: int, source: int) -> None:
        self.trying(
            spend_contact_budget,
            practitioner=self.world.people[who], purpose="invitation", channel="email", on=self.world.day,
            source=f"invitation-{source}", by=None, timed=False,
        )  # fmt: skip

    @rule(who=somebody, source=st.integers(0, 2))
    def invitation_taken_back(self, who: int, source: int) -> None:
        self.trying(give_back, practitioner=self.world.people[who], source=f"invitation-{source}", by=None, timed=False)
