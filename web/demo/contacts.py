"""Contacts of the past, many at a time: what the services write for one of them, written for a week of them."""

import datetime as dt
import json
import random
from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone

from coaching.enums import (
    OPEN_FOLLOW_UPS,
    Channel,
    CompletionRule,
    ExitReason,
    FollowUpState,
    Outcome,
    ResolvedBy,
    VisitState,
)
from coaching.models import Barrier, BarrierSighting, Coach, FollowUp, FollowUpEvent, Readiness, Topic, Visit
from coaching.services.planner.advance import advance, end
from coaching.services.recording import STATE
from core.calendar import public_holidays

from .notes import note_of, present_of, promise_of

_OUTCOMES = ((Outcome.DONE, 79), (Outcome.NO_ANSWER, 14), (Outcome.WANTS_LATER, 4), (Outcome.REFUSED, 3))
_MINUTES = {
    Channel.VISIT: (25, 70),
    Channel.TECHNICAL_CHECK: (40, 110),
    Channel.REMOTE: (20, 40),
    Channel.CALL: (4, 15),
}
# What is deferred waits for its budget, or for the end of a pause.
_DONE_FROM = OPEN_FOLLOW_UPS - {FollowUpState.DEFERRED}
_ON_SITE = (Channel.VISIT, Channel.TECHNICAL_CHECK)
# How often each barrier is met, by what it is about; the others one time each.
_COMMON = {
    "time_before_gain": 9, "training_unpaid": 6, "need_for_routine": 6, "hard_to_use": 5, "no_time_to_agree": 5,
    "team_not_harmonised": 4, "patient_no_consent": 3, "fear_of_the_new": 3,
}  # fmt: skip
_TECHNICAL = {
    "software_not_connected": 10, "software_discontinued": 7, "software_not_chosen": 5, "no_suitable_hardware": 5,
    "no_computer": 3, "time_before_gain": 4, "fear_of_the_new": 3,
}  # fmt: skip
_WRITE_DONE = """
    UPDATE coaching_followup AS held
    SET state = 'done', resolved_by = 'person', outcome = now.outcome, done_on = now.done_on, reason = now.reason::jsonb,
        updated_at = now.at
    FROM unnest(%s::bigint[], %s::text[], %s::date[], %s::text[], %s::timestamptz[])
        AS now (id, outcome, done_on, reason, at)
    WHERE held.id = now.id
"""


@dataclass
class Contacts:
    """Makes the contacts of one week after the other; remembers which barriers are open where."""

    rng: random.Random
    barriers: list[Barrier] = field(default_factory=lambda: list(Barrier.objects.filter(is_active=True).order_by("pk")))
    topics: list[Topic] = field(default_factory=lambda: list(Topic.objects.filter(is_active=True).order_by("pk")))
    open_barriers: set[tuple[int, int]] = field(default_factory=set)
    contacts: int = 0

    def of_days(self, days: list[dt.date]) -> None:
        """Do a share of what is open on these days of a week, and plan what comes next."""
        last = days[-1]
        chosen = [(row, day) for row in self._open(last) if (day := self._day_for(row, days)) is not None]
        before = [row.state for row, _ in chosen]
        finished: list[int] = []
        refused: list[int] = []
        for row, day in chosen:
            outcome = self.rng.choices([o for o, _ in _OUTCOMES], [w for _, w in _OUTCOMES])[0]
            if row.channel == Channel.FIGURES_CHECK or row.step.completion == CompletionRule.USAGE:
                outcome = Outcome.DONE
            (refused if outcome == Outcome.REFUSED else finished).append(row.enrolment_id)
            _complete(row, outcome, day, self.rng)
        self._write([row for row, _ in chosen], before)
        at = moment(last, 17)
        advance(sorted(finished), on=last, at=at, by=None)
        end(sorted(refused), ExitReason.REFUSED, on=last, at=at, by=None)

    def _open(self, last: dt.date) -> list[FollowUp]:
        return list(
            FollowUp.objects.filter(state__in=_DONE_FROM, assignee__isnull=False, opens_on__lte=last, is_frozen=False)
            .exclude(step__completion=CompletionRule.USAGE)
            .select_related("step", "assignee__user", "practitioner", "enrolment")
            .order_by("enrolment_id")
        )

    def _day_for(self, row: FollowUp, days: list[dt.date]) -> dt.date | None:
        """The one of these days on which this is done, if it is: mostly at the target, some early, some late."""
        possible = [day for day in days if row.opens_on <= day <= row.closes_on and day > row.enrolment.enrolled_on]
        if not possible:
            return None
        chance = 0.86 if row.target_on <= days[-1] else 0.18 * len(days) / 5
        if self.rng.random() > chance:
            return None
        return min(possible, key=lambda day: (abs((day - row.target_on).days + self.rng.choice((-1, 0, 0, 1))), day))

    def _write(self, rows: list[FollowUp], before: list[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                _WRITE_DONE,
                [
                    [row.pk for row in rows],
                    [row.outcome for row in rows],
                    [row.done_on for row in rows],
                    [json.dumps(row.reason) for row in rows],
                    [row.updated_at for row in rows],
                ],
            )
        FollowUpEvent.objects.bulk_create(
            FollowUpEvent(
                follow_up=row, kind=STATE, from_state=was, to_state=FollowUpState.DONE,
                actor=coach_of(row).user, at=row.updated_at, data={"outcome": row.outcome},
            )
            for row, was in zip(rows, before, strict=True)
        )  # fmt: skip
        talks = [row for row in rows if row.channel != Channel.FIGURES_CHECK]
        visits = Visit.objects.bulk_create(self._visit(row) for row in talks)
        self.contacts += len(visits)
        Visit.topics.through.objects.bulk_create(
            Visit.topics.through(visit=visit, topic=topic)
            for visit in visits
            if visit.outcome == Outcome.DONE
            for topic in self.rng.sample(self.topics, self.rng.randint(1, 3))
        )
        met = [visit for visit in visits if visit.outcome == Outcome.DONE and visit.kind in _ON_SITE]
        BarrierSighting.objects.bulk_create(sighting for visit in met for sighting in self._sightings(visit))
        Readiness.objects.bulk_create(self._readiness(visit) for visit in met)

    def _visit(self, row: FollowUp) -> Visit:
        language = row.practitioner.language
        done = row.outcome == Outcome.DONE
        low, high = _MINUTES.get(Channel(row.channel), (5, 10))
        return Visit(
            practitioner=row.practitioner, case_id=row.enrolment.case_id, coach=coach_of(row), follow_up=row, kind=row.channel,
            state=VisitState.DONE, started_at=row.updated_at, minutes=self.rng.randint(low, high) if done else 2,
            outcome=row.outcome, present=present_of(language, self.rng) if done and row.channel in _ON_SITE else "",
            notes=note_of(row.channel, row.outcome, language, self.rng),
            promised=promise_of(language, self.rng) if done else "",
            logged_by=coach_of(row).user,
            signed_at=row.updated_at + dt.timedelta(hours=2) if self.rng.random() < 0.7 else None,
        )  # fmt: skip

    def _sightings(self, visit: Visit) -> list[BarrierSighting]:
        weights = _TECHNICAL if visit.kind == Channel.TECHNICAL_CHECK else _COMMON
        seen = self.rng.choices(
            self.barriers, [weights.get(b.code, 1) for b in self.barriers], k=self.rng.randint(1, 3)
        )
        day = timezone.localdate(visit.started_at)
        new = []
        for barrier in dict.fromkeys(seen):
            key = (visit.practitioner_id, barrier.pk)
            if key not in self.open_barriers:
                resolved = day + dt.timedelta(days=self.rng.randint(7, 30)) if self.rng.random() < 0.2 else None
                if resolved is None or resolved > dt.date(2018, 7, 1):
                    resolved = None
                    self.open_barriers.add(key)
                new.append(
                    BarrierSighting(
                        practitioner_id=visit.practitioner_id, barrier=barrier, visit=visit,
                        severity=self.rng.choice((1, 2, 2, 3)), seen_on=day, resolved_on=resolved,
                    )
                )  # fmt: skip
        return new

    def _readiness(self, visit: Visit) -> Readiness:
        level = self.rng.choice((2, 3, 3, 4))
        scores = [min(5, max(1, level + 1 - place // 2 + self.rng.choice((-1, 0, 0, 1)))) for place in range(5)]
        return Readiness(
            practitioner_id=visit.practitioner_id, visit=visit, scored_on=timezone.localdate(visit.started_at),
            **dict(zip(Readiness.ELEMENTS, scores, strict=True)),
        )  # fmt: skip


def _complete(row: FollowUp, outcome: Outcome, day: dt.date, rng: random.Random) -> None:
    row.state, row.outcome, row.done_on, row.resolved_by = FollowUpState.DONE, outcome, day, ResolvedBy.PERSON
    if outcome == Outcome.WANTS_LATER:
        row.reason |= {"later_on": (day + dt.timedelta(days=rng.randint(12, 30))).isoformat()}
    row.updated_at = moment(day, rng.randint(8, 17), rng.choice((0, 10, 15, 20, 30, 40, 45, 50)))


def coach_of(row: FollowUp) -> Coach:
    """Whose follow-up this is; only what is assigned is done here."""
    assert row.assignee is not None
    return row.assignee


def moment(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    """A time of a day in Brussels."""
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=timezone.get_default_timezone())


def working_days(friday: dt.date) -> list[dt.date]:
    """The working days of the week that ends on this Friday."""
    days = [friday - dt.timedelta(days=n) for n in range(4, -1, -1)]
    return [day for day in days if day not in public_holidays(day.year)]
