"""Play the network forward, day by day, by the planner's own rules: routes, delays, budgets, capacities, absences.

Each day goes as with the planner: pauses end, windows that closed are missed, next steps are made, what begins is
opened within budget and capacity; then the day's contacts are made, each with what follows it at once.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator

from coaching.services.planner.resuming import MOST_PUT_OFF, Lane
from coaching.services.planner.routes import (
    AGAIN,
    CHANNEL,
    FIRST,
    LATER,
    MISSED,
    NEXT,
    REPEAT,
    RETRY,
    SAME_STEP,
    Ended,
    route_of,
)
from coaching.services.simulation.assumptions import ON_BEST_DAY, Assumptions
from coaching.services.simulation.telling import Told
from coaching.services.simulation.world import Last, Open, Person, Runner, Step, World
from coaching.services.working_days import step_dates

PRACTITIONER, COACH_DAY, COACH_WEEK = "practitioner_budget", "coach_day", "coach_week"
DAY = dt.timedelta(days=1)
MOST_AT_ONCE = 200
"""Follow-ups of one enrolment that may be made and missed on one day before something is wrong."""


class Play:
    """One way through the weeks; `told` collects what happened."""

    def __init__(self, world: World, version: int, playbook: int, assumptions: Assumptions, seed: str) -> None:
        self.world, self.version, self.playbook = world, version, playbook
        self.assumptions = assumptions
        self.told = Told()
        self._seed = seed.encode()
        self._following: dict[int, Step | None] = {}
        for own in world.steps.values():
            self._following.update(zip((step.id for step in own), [*own[1:], None], strict=True))

    def weeks(self, first: dt.date, last: dt.date) -> Iterator[dt.date]:
        """Play from a day to another, both included; gives each week's last day when it is over."""
        for runner in self.world.runners:
            runner.is_counted = runner.playbook == self.playbook and runner.version == self.version
            if runner.is_counted:
                self.told.enters(runner.practitioner)
        day = first
        while day <= last:
            self._plan(day)
            self._work(day)
            if day.weekday() == 6 or day == last:
                self.told.closes_week(day, self.world.runners)
                yield day
            day += DAY

    # --- The night ------------------------------------------------------------------------------------

    def _plan(self, day: dt.date) -> None:
        self._release(day)
        # A copy: who completes one playbook enters the next meanwhile.
        for runner in list(self.world.runners):
            if runner.is_over:
                continue
            if runner.held_until is not None:
                continue
            row = runner.open
            if row is not None and row.state in ("planned", "due") and row.closes_on < day:
                self._end(runner, "missed", "", day)
            if runner.open is None:
                self._next(runner, day)
        waiting = [
            (row, runner)
            for runner in self.world.runners
            if (row := runner.open) is not None
            and row.state != "due" and row.opens_on <= day and runner.held_until is None and not runner.is_over
        ]  # fmt: skip
        self._judge(waiting, day)

    def _release(self, day: dt.date) -> None:
        """Let go on whom a pause held, spread over the coaches' days and weeks as the planner does."""
        going = [one for one in self.world.runners if one.held_until is not None and one.held_until <= day]
        lanes = self._lanes() if going else {}
        calendar = self.world.calendar
        for runner in going:
            runner.held_until = None
        rows = [(row.target_on, row.order, row, runner) for runner in going if (row := runner.open) is not None]
        for _target, _order, row, runner in sorted(rows, key=lambda one: one[:2]):
            first = calendar.roll(day, "next")
            due = calendar.add(first, runner.held_left)
            if runner.held_unit != "working_days":
                due = max(first, calendar.roll(day + runner.held_left * DAY, runner.held_roll))
            lane = lanes.get(row.coach or runner.track)
            row.state, row.why = "planned", None
            if row.is_frozen and row.target_on >= due:
                continue
            before, after = calendar.count(row.opens_on, row.target_on), calendar.count(row.target_on, row.closes_on)
            row.target_on = lane.place(due, max(due, day + MOST_PUT_OFF)) if lane else due
            row.closes_on = calendar.add(row.target_on, after)
            row.opens_on = min(row.target_on, max(day, calendar.add(row.target_on, -before)))

    def _lanes(self) -> dict[int | str, Lane]:
        """The days of each coach, and those of a track's coaches together."""
        lanes: dict[int | str, Lane] = {}
        for one in self.world.coaches.values():
            lanes[one.id] = Lane(self.world.calendar, one.daily, one.weekly)
            for track in one.tracks:
                shared = lanes.setdefault(track, Lane(self.world.calendar, 0, 0))
                shared.daily += one.daily
                shared.weekly += one.weekly
        return lanes

    def _end(self, runner: Runner, state: str, outcome: str, day: dt.date) -> None:
        """The open follow-up ends so."""
        row = runner.open
        assert row is not None
        person = self.world.people[runner.practitioner]
        if row.state == "due" and not row.is_free:
            person.due -= 1
        runner.last = Last(
            Ended(state, outcome, row.attempt, row.channel),
            row.step,
            row.occurrence,
            row.target_on,
            day,
            None,
            row.coach,
        )
        runner.open = None
        if state == "missed":
            self.told.misses(day)

    # --- What comes next --------------------------------------------------------------------------------

    def _next(self, runner: Runner, day: dt.date) -> None:
        """Make the next follow-up, and again where its window is over already; end at the end of the steps."""
        for _time in range(MOST_AT_ONCE):
            route, step = self._route(runner)
            if step is None:
                self._complete(runner, day)
                return
            row = self._made(runner, route, step, day)
            if row is None:
                return
            if row.closes_on >= day:
                runner.open = row
                return
            runner.last = Last(
                Ended("missed", "", row.attempt, row.channel), step, row.occurrence, row.target_on, day, None, row.coach
            )
            self.told.misses(day)
        raise RuntimeError(f"Planning goes round in a circle for the practitioner {runner.practitioner}.")

    def _route(self, runner: Runner) -> tuple[str, Step | None]:
        last = runner.last
        steps = self.world.steps.get(runner.version, [])
        if last is None:
            return FIRST, steps[0] if steps else None
        at = self._counterpart(last.step, runner.version)
        if at is None:
            return NEXT, steps[0] if steps else None
        route = route_of(
            last.ended, retries=at.retries, next_channel=at.next_channel, repeats=at.repeats and runner.has_goal
        )
        if at.code == last.step.code and route in SAME_STEP:
            return route, at
        return NEXT, self._following[at.id]

    def _counterpart(self, step: Step, version: int) -> Step | None:
        """The version's step of the same code, else of the nearest earlier one."""
        if step.version == version:
            return step
        here = {one.code: one for one in self.world.steps.get(version, [])}
        earlier = [one for one in self.world.steps[step.version] if one.position <= step.position and one.code in here]
        return here[earlier[-1].code] if earlier else None

    def _made(self, runner: Runner, route: str, step: Step, day: dt.date) -> Open | None:
        """The next follow-up with its dates; None when the day that it counts from isn't known."""
        last, person = runner.last, self.world.people[runner.practitioner]
        anchor_on = self._anchor(runner, route, step, day, person)
        if anchor_on is None:
            if not runner.waiting_for:
                runner.waiting_for = step.anchor
            return None
        runner.waiting_for = ""
        retry = self.world.retry_delay
        delay, unit, before = step.delay, step.unit, step.opens_before
        if route in (RETRY, CHANNEL):
            delay, unit, before = retry, "working_days", retry - 1
        elif route == MISSED and step.completion == "person":
            delay, unit, before = retry, "working_days", retry
        elif route == LATER:
            delay, unit, before = 0, "working_days", 0
        channel = step.channel
        if last is not None and route in (RETRY, LATER, MISSED):
            channel = last.ended.channel
        elif route == CHANNEL:
            channel = step.next_channel
        attempt = 1
        if last is not None and route in (RETRY, MISSED):
            attempt = last.ended.attempt + (route == RETRY)
        coach = self._coach(runner, route, step, person)
        dates = step_dates(
            self.world.calendar_of(coach, person, channel), anchor_on=anchor_on, delay=delay, unit=unit, roll=step.roll,
            opens_before=before, closes_after=step.closes_after,
        )  # fmt: skip
        same_version = last is not None and last.step.version == runner.version
        occurrence = last.occurrence + 1 if last is not None and same_version and route not in (FIRST, NEXT) else 1
        return Open(
            self.world.next_order(), step, channel, "planned", dates.opens_on, dates.target_on, dates.closes_on, coach,
            attempt, occurrence,
        )  # fmt: skip

    def _anchor(self, runner: Runner, route: str, step: Step, day: dt.date, person: Person) -> dt.date | None:
        last = runner.last
        if last is not None and route in (RETRY, CHANNEL):
            return last.ended_on
        if route == MISSED:
            return day
        if last is not None and route == LATER:
            return last.later_on
        if step.anchor == "enrolled":
            return runner.starts_on
        if step.anchor == "previous_done":
            return last.ended_on if last else None
        if step.anchor == "previous_target":
            return last.target_on if last else None
        return person.last_contact if step.anchor == "last_contact" else person.told.get(step.anchor)

    def _coach(self, runner: Runner, route: str, step: Step, person: Person) -> int | None:
        if route not in (FIRST, NEXT, REPEAT, AGAIN) and runner.last is not None:
            coach = runner.last.coach or runner.coach
        else:
            coach = runner.coach if step.assignee == "case_coach" else None
        if coach is None and self.assumptions.give_out and step.channel != "figures_check":
            coach = self._with_room(runner.track, person.commune)
            if coach is not None:
                self.world.coaches[coach].load += 1
                if step.assignee == "case_coach" or runner.coach is None:
                    runner.coach = coach
        return coach

    def _with_room(self, track: str, commune: str | None) -> int | None:
        """The track's coach with the least to do for what fits in a week, of the commune where somebody covers it."""
        able = [one for one in self.world.coaches.values() if track in one.tracks]
        near = [one for one in able if commune in one.communes] or able
        return min(near, key=lambda one: (one.load / one.weekly, one.id)).id if near else None

    def _complete(self, runner: Runner, day: dt.date) -> None:
        """The playbook is completed; it goes on in the next one where there is one."""
        runner.is_over = True
        self.told.completes(day)
        course = self.world.courses.get(self.world.courses[runner.playbook].continues_in or 0)
        person = self.world.people[runner.practitioner]
        if course is None or course.version is None or not self.world.steps.get(course.version):
            return
        if any(other.playbook == course.id and not other.is_over for other in person.runners):
            return
        carer = self.world.coaches.get(runner.coach or 0)
        coach = carer.id if carer is not None and course.track in carer.tracks else None
        following = Runner(runner.practitioner, course.id, course.version, course.track, coach, day, course.has_goal)
        following.is_counted = course.id == self.playbook
        if following.is_counted:
            self.told.enters(runner.practitioner)
        person.runners.append(following)
        self.world.runners.append(following)
        self._next(following, day)

    # --- Opening: the same judgement as the planner's --------------------------------------------------------

    def _judge(self, waiting: list[tuple[Open, Runner]], day: dt.date) -> None:
        is_day_off = not self.world.calendar.is_working(day)
        for row, runner in sorted(waiting, key=lambda one: one[0].window(one[1].practitioner)):
            person = self.world.people[runner.practitioner]
            carer = self.world.coaches.get(row.coach or 0)
            if row.is_free:
                self._open(row, runner, day)
                continue
            if is_day_off and carer is not None and (row.state == "deferred" or row.closes_on > day):
                continue
            exceeded = self._exceeded(row, person, day)
            if not exceeded:
                person.due += 1
                if carer is not None:
                    carer.opened[day] += 1
                    carer.opened_in_week[day - dt.timedelta(days=day.weekday())] += 1
                self._open(row, runner, day)
            elif row.state != "deferred" or row.why not in exceeded:
                if row.state != "deferred":
                    self.told.defers(day, exceeded[0])
                row.state, row.why = "deferred", exceeded[0]

    def _exceeded(self, row: Open, person: Person, day: dt.date) -> list[str]:
        found = []
        budget = next((one for one in self.world.budgets if one[0] <= day), None)
        if budget is not None:
            _since, contacts, days = budget
            near = sum(abs((one - day).days) < days for one in person.contacts)
            if near + person.due >= contacts:
                found.append(PRACTITIONER)
        carer = self.world.coaches.get(row.coach or 0)
        if carer is not None:
            if carer.opened[day] >= self._capacity(carer.id, day):
                found.append(COACH_DAY)
            if carer.opened_in_week[day - dt.timedelta(days=day.weekday())] >= carer.weekly:
                found.append(COACH_WEEK)
        return found

    def _capacity(self, coach: int, day: dt.date) -> int:
        """A day's capacity: half of it, rounded up, on half a day, nothing on a day away."""
        carer = self.world.coaches[coach]
        free = 3 if carer.halves is None else carer.halves[(day - self.world.calendar.first).days]
        return 0 if not free else carer.daily if free == 3 else (carer.daily + 1) // 2

    def _open(self, row: Open, runner: Runner, day: dt.date) -> None:
        if row.state == "deferred" and row.target_on < day:
            calendar = self.world.calendar
            row.opens_on, row.target_on = day, calendar.roll(day, "next")
            row.closes_on = max(row.closes_on, calendar.add(row.target_on, row.step.closes_after))
        row.state, row.opened_on = "due", day
        if row.coach is None and not row.is_free:
            self.told.lacks_coach(day, runner.practitioner)

    # --- The day's work ----------------------------------------------------------------------------------------

    def _work(self, day: dt.date) -> None:
        calendar = self.world.calendar
        if not calendar.is_working(day):
            return
        todo = [
            (row.window(runner.practitioner), runner)
            for runner in self.world.runners
            if (row := runner.open) is not None and row.state == "due" and not runner.is_over
            and runner.held_until is None and self._is_done_on(row, day)
        ]  # fmt: skip
        for _window, runner in sorted(todo, key=lambda one: one[0]):
            if runner.open is not None and runner.open.state == "due" and self._has_time(runner.open, day):
                self._do(runner, day)

    def _has_time(self, row: Open, day: dt.date) -> bool:
        """Whether the coach's day and week have room for one more; what hasn't is done on a later day."""
        carer = self.world.coaches.get(row.coach or 0)
        if carer is None or row.is_free or not self.assumptions.keep_to_capacity:
            return True
        monday = day - dt.timedelta(days=day.weekday())
        if carer.made[day] >= self._capacity(carer.id, day) or carer.made_in_week[monday] >= carer.weekly:
            return False
        carer.made[day] += 1
        carer.made_in_week[monday] += 1
        return True

    def _is_done_on(self, row: Open, day: dt.date) -> bool:
        """Whether it is done today at the latest; nobody does what is nobody's."""
        if row.coach is None and not row.is_free:
            return False
        after = self.assumptions.days_to_do
        if after == ON_BEST_DAY:
            return row.target_on <= day
        best = self.world.calendar.add(row.opened_on or row.opens_on, after)
        return min(best, row.closes_on) <= day

    def _do(self, runner: Runner, day: dt.date) -> None:
        row, person = runner.open, self.world.people[runner.practitioner]
        assert row is not None
        step = row.step
        if step.completion == "usage" and self._chance(runner, row, "usage") < self.assumptions.usage_share:
            self._end(runner, "done", "done", day)
        else:
            answers = row.is_free or self._chance(runner, row, "answer") < self.assumptions.answer_share
            self.told.contacts(day, row.coach, is_check=row.is_free, reached=answers, practitioner=runner.practitioner)
            self._end(runner, "done", "done" if answers else "no_answer", day)
            if answers and not row.is_free:
                person.contacts.append(day)
                person.last_contact = day
            if answers and step.repeats and self._chance(runner, row, "goal") < self.assumptions.goal_share:
                runner.is_over = True
                self.told.reaches_goal(day)
        if not runner.is_over:
            self._next(runner, day)
        again = [
            (other, one) for one in person.runners
            if (other := one.open) is not None and other.state != "due" and other.opens_on <= day
            and one.held_until is None and not one.is_over
        ]  # fmt: skip
        self._judge(again, day)

    def _chance(self, runner: Runner, row: Open, what: str) -> float:
        """A number from 0 to 1 that is the same each time the same question is asked."""
        told = f"{runner.practitioner}:{row.step.code}:{row.occurrence}:{row.attempt}:{what}".encode()
        return int.from_bytes(hashlib.blake2b(told, key=self._seed[:64], digest_size=7).digest()) / 2**56
