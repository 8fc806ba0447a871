"""What a simulation tells: contacts by coach and week, what was deferred, who was never reached."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from coaching.services.simulation.world import NEVER, Runner, World

MOST_NAMED = 100


def monday(day: dt.date) -> dt.date:
    """The Monday of a day's week."""
    return day - dt.timedelta(days=day.weekday())


class Told:
    """Counts by week (named by its Monday)."""

    def __init__(self) -> None:
        self.made: dict[dt.date, Counter[int | None]] = defaultdict(Counter)
        self.reached: Counter[dt.date] = Counter()
        self.checks: Counter[dt.date] = Counter()
        self.deferred: dict[dt.date, Counter[str]] = defaultdict(Counter)
        self.backlog: dict[dt.date, int] = {}
        self.unassigned: Counter[dt.date] = Counter()
        self.missed: Counter[dt.date] = Counter()
        self.goals: Counter[dt.date] = Counter()
        self.completed: Counter[dt.date] = Counter()
        self.entered: set[int] = set()
        self.people_reached: set[int] = set()
        self.people_tried: set[int] = set()
        self.people_without_coach: set[int] = set()

    def enters(self, practitioner: int) -> None:
        """Somebody goes through the played version."""
        self.entered.add(practitioner)

    def contacts(self, day: dt.date, coach: int | None, *, is_check: bool, reached: bool, practitioner: int) -> None:
        """A contact was made, or a check on the figures."""
        week = monday(day)
        if is_check:
            self.checks[week] += 1
            return
        self.made[week][coach] += 1
        self.people_tried.add(practitioner)
        if reached:
            self.reached[week] += 1
            self.people_reached.add(practitioner)

    def defers(self, day: dt.date, why: str) -> None:
        """A contact that could have opened was put off."""
        self.deferred[monday(day)][why] += 1

    def lacks_coach(self, day: dt.date, practitioner: int) -> None:
        """A contact opened that is nobody's."""
        self.unassigned[monday(day)] += 1
        self.people_without_coach.add(practitioner)

    def misses(self, day: dt.date) -> None:
        """A window closed without a contact."""
        self.missed[monday(day)] += 1

    def completes(self, day: dt.date) -> None:
        """Somebody came to the end of a playbook."""
        self.completed[monday(day)] += 1

    def reaches_goal(self, day: dt.date) -> None:
        """Somebody holds the goal."""
        self.goals[monday(day)] += 1

    def closes_week(self, day: dt.date, runners: Iterable[Runner]) -> None:
        """A week is over: how many contacts are still put off."""
        self.backlog[monday(day)] = sum(
            runner.open is not None and runner.open.state == "deferred" and runner.held_until is None
            for runner in runners if not runner.is_over
        )  # fmt: skip

    def result(self, world: World, version: int) -> dict[str, Any]:
        """Everything as JSON, ready to be stored and shown; weeks in order, coaches by name."""
        weeks = sorted(self.backlog)
        worked = {coach for week in weeks for coach in self.made[week]}
        coaches = [one for one in world.coaches.values() if one.id in worked]
        coaches.sort(key=lambda one: (one.name, one.id))
        never = sorted(self.entered - self.people_reached)
        return {
            "weeks": [week.isoformat() for week in weeks],
            "practitioners": len(world.people),
            "enrolments": len(world.runners),
            "in_version": len(self.entered),
            "coaches": [
                {
                    "id": one.id, "name": one.name, "weekly": one.weekly,
                    "contacts": [self.made[week][one.id] for week in weeks],
                }
                for one in coaches
            ],
            "contacts": [sum(self.made[week].values()) for week in weeks],
            "reached": [self.reached[week] for week in weeks],
            "checks": [self.checks[week] for week in weeks],
            "deferred": {
                why: [self.deferred[week][why] for week in weeks]
                for why in ("practitioner_budget", "coach_day", "coach_week")
            },
            "backlog": [self.backlog[week] for week in weeks],
            "unassigned": [self.unassigned[week] for week in weeks],
            "missed": [self.missed[week] for week in weeks],
            "completed": [self.completed[week] for week in weeks],
            "goals": [self.goals[week] for week in weeks],
            "never_reached": len(never),
            "never_why": self._never_why(world, version, never),
            "never": never[:MOST_NAMED],
        }  # fmt: skip

    def _never_why(self, world: World, version: int, never: list[int]) -> dict[str, int]:
        """Why those were never reached, each for the first reason that holds."""
        why: Counter[str] = Counter()
        for practitioner in never:
            runners = [one for one in world.people[practitioner].runners if one.version == version]
            why[self._why(runners[-1] if runners else None, practitioner)] += 1
        return dict(sorted(why.items()))

    def _why(self, runner: Runner | None, practitioner: int) -> str:
        if practitioner in self.people_tried:
            return "no_answer"
        if runner is not None and runner.held_until is not None:
            return "paused_without_end" if runner.held_until == NEVER else "paused"
        if runner is not None and runner.waiting_for:
            return "waiting"
        if practitioner in self.people_without_coach:
            return "no_coach"
        if runner is not None and runner.open is not None and runner.open.state == "deferred":
            return "deferred"
        return "not_yet"
