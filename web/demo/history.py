"""What coaches, technicians and the office did in the months before the demonstration's day.

From April to mid-June 2018 the coordinator opened cases by hand, week by week; on 18 June the volume
bands became the working scheme and the planner enrolled everybody else whom the playbooks serve.
"""

import datetime as dt
import random
from collections import defaultdict
from dataclasses import dataclass

from accounts.models import User
from adoption.enums import SchemeKind, Segment
from adoption.models import Indicator, PremiumThreshold, SchemeVersion, SegmentationRun
from adoption.selectors import current_assignments
from adoption.services import refresh_rollup, run_segmentation
from coaching.enums import OPEN_FOLLOW_UPS, CaseOutcome, CaseState, Channel, Track, VersionState, VisitState
from coaching.models import Case, Coach, Enrolment, FollowUp, FollowUpEvent, PlaybookVersion, Visit
from coaching.services import assign_follow_ups, close_case, plan_follow_ups, postpone_follow_up
from coaching.services.notices import morning_digests, weekly_digests
from coaching.services.planner.advance import advance
from practitioners.enums import ContactRestriction

from .contacts import Contacts, coach_of, moment, working_days
from .planning import Planning
from .progress import Progress
from .size import DECK_PRACTITIONERS, TODAY, Size
from .staff import COORDINATOR
from .store import gather_statistics

FRIDAYS = tuple(dt.date(2018, 4, 13) + dt.timedelta(weeks=n) for n in range(12))
"""The weeks of work, the last one ending on Friday 29 June."""

WORKING_SINCE = dt.date(2018, 6, 18)
# The months sorted before that, and the days on which it was done.
_RUNS = ((dt.date(2018, 3, 1), dt.date(2018, 4, 3)), (dt.date(2018, 4, 1), dt.date(2018, 5, 3)))
_BY_HAND, _MOST_BY_HAND = 460, 4000
_TRACKS = {Segment.LATE_MAJORITY: Track.COACHING, Segment.LAGGARDS: Track.TECHNICAL_SUPPORT}
_MOST_WHO_PUT_OFF = 12
_POSTPONED = (
    "Cabinet en congé",
    "Remplaçante au cabinet cette semaine",
    "Praktijk gesloten",
    "Demande de passer après les vacances",
)


@dataclass
class _Team:
    """Who takes whom: by track, commune and language, in turn."""

    coaches: list[Coach]
    covers: dict[int, set[str]]
    taken: dict[int, int]

    @classmethod
    def of(cls, coaches: list[Coach]) -> "_Team":
        covers: dict[int, set[str]] = defaultdict(set)
        for coach, commune in Coach.communes.through.objects.values_list("coach_id", "commune_id"):
            covers[coach].add(commune)
        return cls(coaches, covers, defaultdict(int))

    def who_takes(self, track: str, commune: str | None, language: str) -> Coach:
        """The one with the fewest cases among those who cover the commune and, if possible, speak the language."""
        able = [coach for coach in self.coaches if track in coach.tracks]
        fits = [coach for coach in able if commune in self.covers[coach.pk]] or able
        fits = [coach for coach in fits if language in coach.languages] or fits
        coach = min(fits, key=lambda one: (self.taken[one.pk], one.pk))
        self.taken[coach.pk] += 1
        return coach


def live_through(*, size: Size, coaches: list[Coach], seed: int, progress: Progress) -> None:
    """Sort the practitioners month after month, plan, assign and do the follow-ups up to the fixed day."""
    rng = random.Random(f"{seed}:history")
    coordinator = User.objects.get(email=COORDINATOR)
    team = _Team.of(coaches)
    contacts = Contacts(random.Random(f"{seed}:contacts"))
    planning = Planning(coaches, coordinator, seed)
    with progress.stage("Segments of March and April 2018"):
        for as_of, day in _RUNS:
            run = _sort(as_of, moment(day, 9), coordinator)
    with progress.stage("Twelve weeks of coaching"):
        waiting = _chosen_by_hand(run.version, size, rng)
        weeks_by_hand = [friday for friday in FRIDAYS if friday < WORKING_SINCE]
        for week, friday in enumerate(FRIDAYS):
            progress.count(week, len(FRIDAYS))
            if friday - dt.timedelta(days=4) == WORKING_SINCE:
                _sort(dt.date(2018, 5, 1), moment(WORKING_SINCE, 7), coordinator, working=True)
            planning.before(friday - dt.timedelta(days=4))
            if friday in weeks_by_hand:
                plan_follow_ups(on=friday - dt.timedelta(days=4))
                _open_cases(waiting[week :: len(weeks_by_hand)], friday, team, coordinator, rng)
                contacts.of_days(working_days(friday))
            else:
                _day_by_day(friday, contacts, team, coordinator, size, rng)
            gather_statistics(Case, Enrolment, FollowUp, FollowUpEvent, Visit)
    with progress.stage("Segments of June 2018, and the plan for today"):
        _put_off_to_monday(coaches, rng)
        _sort(dt.date(2018, 6, 1), moment(TODAY, 6), coordinator, working=True)
        plan_follow_ups(on=TODAY)
        _settle(coordinator, rng)
        planning.today()
        morning_digests(on=TODAY, at=moment(TODAY, 6))
        weekly_digests(on=TODAY, at=moment(TODAY, 7))
        for indicator in Indicator.objects.filter(code__in=("sumehr_published", "sumehr_coverage")):
            refresh_rollup(indicator=indicator)


def _day_by_day(
    friday: dt.date, contacts: Contacts, team: _Team, coordinator: User, size: Size, rng: random.Random
) -> None:
    """A week in which the planner runs every night, so that each day's capacity is used."""
    for day in working_days(friday):
        plan_follow_ups(on=day)
        if day.weekday() == 1:
            _hand_out(friday, team, coordinator, size, rng)
        contacts.of_days([day])


def _sort(as_of: dt.date, at: dt.datetime, by: User, *, working: bool = False) -> SegmentationRun:
    """A segmentation of that time; it also ended at that time, and not on the day on which the demonstration is made."""
    run = run_segmentation(scheme_code=SchemeKind.VOLUME_BANDS, as_of=as_of, working=working, by=by, at=at)
    SegmentationRun.objects.filter(pk=run.pk).update(finished_at=at + dt.timedelta(seconds=2))
    return run


def _chosen_by_hand(version: SchemeVersion, size: Size, rng: random.Random) -> list[tuple[int, str, str | None, str]]:
    """Whose cases are opened by hand: practitioner, segment, commune and language, in a random order."""
    count = min(_MOST_BY_HAND, round(_BY_HAND * size.practitioners / DECK_PRACTITIONERS))
    served = (
        current_assignments(version)
        .filter(segment__in=list(_TRACKS), practitioner__restriction=ContactRestriction.NONE)
        .order_by("practitioner_id")
        .values_list("practitioner_id", "segment", "practitioner__commune_id", "practitioner__language")
    )
    everybody = list(served)
    return rng.sample(everybody, min(count, len(everybody)))


def _open_cases(
    chosen: list[tuple[int, str, str | None, str]], friday: dt.date, team: _Team, coordinator: User, rng: random.Random
) -> None:
    """Open this week's cases with their enrolment and first follow-up, as `open_case` does for one of them."""
    versions = {
        version.playbook.track: version
        for version in PlaybookVersion.objects.filter(state=VersionState.ACTIVE).select_related(
            "playbook", "goal_indicator"
        )
    }
    thresholds: dict[int | None, float | None] = dict(
        PremiumThreshold.objects.filter(year=friday.year).values_list("indicator_id", "minimum")
    )
    days = working_days(friday)
    cases, opened_on = [], []
    for practitioner, segment, commune, language in chosen:
        track = _TRACKS[Segment(segment)]
        version = versions[track]
        opened_on.append(rng.choice(days))
        cases.append(
            Case(
                practitioner_id=practitioner, track=track, coach=team.who_takes(track, commune, language),
                goal_indicator=version.goal_indicator, goal_months=version.goal_months,
                goal_value=thresholds.get(version.goal_indicator_id, version.goal_value),
                opened_at=moment(opened_on[-1], rng.randint(9, 16)), opened_by=coordinator,
            )
        )  # fmt: skip
    Case.objects.bulk_create(cases)
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(
            case=case, practitioner_id=case.practitioner_id, playbook=versions[case.track].playbook,
            version=versions[case.track], enrolled_on=day, enrolled_by=coordinator,
        )
        for case, day in zip(cases, opened_on, strict=True)
    )  # fmt: skip
    advance([enrolment.pk for enrolment in enrolments], on=friday, at=moment(friday, 16), by=coordinator)


def _hand_out(friday: dt.date, team: _Team, coordinator: User, size: Size, rng: random.Random) -> None:
    """The coordinator gives three quarters of what nobody has to coaches, on the Tuesday of the week."""
    free = list(
        FollowUp.objects.filter(state__in=OPEN_FOLLOW_UPS, assignee__isnull=True)
        .select_related("practitioner", "enrolment__case")
        .order_by("enrolment_id")[: 2 * _MOST_BY_HAND]
    )
    given: dict[Coach, list[FollowUp]] = defaultdict(list)
    for row in free:
        if rng.random() < 0.75:
            coach = team.who_takes(row.enrolment.case.track, row.practitioner.commune_id, row.practitioner.language)
            given[coach].append(row)
    for coach, rows in given.items():
        assign_follow_ups(follow_ups=rows, coach=coach, by=coordinator, at=moment(friday - dt.timedelta(days=3), 10))


def _put_off_to_monday(coaches: list[Coach], rng: random.Random) -> None:
    """On the last Friday everybody (the first dozen of a larger team) puts three late follow-ups off to today."""
    coaches = coaches[:_MOST_WHO_PUT_OFF]
    late = FollowUp.objects.filter(state__in=OPEN_FOLLOW_UPS, assignee__in=coaches, target_on__lt=FRIDAYS[-1])
    late = late.exclude(channel=Channel.FIGURES_CHECK).select_related("assignee__user").order_by("enrolment_id")
    done: dict[int, int] = defaultdict(int)
    for row in late[: 60 * len(coaches)]:
        coach = coach_of(row)
        if done[coach.pk] < 3 and row.closes_on >= FRIDAYS[-1]:
            done[coach.pk] += 1
            postpone_follow_up(
                follow_up=row, to=TODAY, reason=rng.choice(_POSTPONED), by=coach.user,
                at=moment(FRIDAYS[-1], 17, done[coach.pk]),
            )  # fmt: skip


def _settle(coordinator: User, rng: random.Random) -> None:
    """A few things that only people do: postpone, close, and agree on an hour for the days ahead."""
    due = FollowUp.objects.filter(state__in=OPEN_FOLLOW_UPS, assignee__isnull=False, opens_on__lte=TODAY)
    due = due.select_related("assignee__user", "enrolment").order_by("enrolment_id")
    for row in due.exclude(channel=Channel.FIGURES_CHECK)[5::40][:8]:
        postpone_follow_up(
            follow_up=row, to=TODAY + dt.timedelta(days=rng.choice((2, 3, 7, 9))), reason=rng.choice(_POSTPONED),
            by=coach_of(row).user, at=moment(TODAY, 7, 30),
        )  # fmt: skip
    cases = Case.objects.filter(state=CaseState.OPEN, coach__isnull=False, opened_at__lt=moment(FRIDAYS[3], 0))
    for case in cases.order_by("pk")[3::60][:4]:
        close_case(case=case, outcome=CaseOutcome.NO_LONGER_NEEDED, by=coordinator, at=moment(TODAY, 7, 45))
    visits = (
        FollowUp.objects.filter(state__in=OPEN_FOLLOW_UPS, channel__in=(Channel.VISIT, Channel.TECHNICAL_CHECK))
        .filter(assignee__isnull=False, opens_on__lte=TODAY + dt.timedelta(days=3), closes_on__gte=TODAY)
        .select_related("enrolment", "assignee__user")
        .order_by("assignee_id", "target_on", "pk")
    )
    per_coach: dict[int, int] = defaultdict(int)
    planned = []
    for row in visits:
        coach = coach_of(row)
        place = per_coach[coach.pk]
        day = TODAY + dt.timedelta(days=place // 2)
        if place < 6 and row.opens_on <= day <= row.closes_on:
            per_coach[coach.pk] += 1
            planned.append(
                Visit(
                    practitioner_id=row.practitioner_id, case_id=row.enrolment.case_id, coach=coach, follow_up=row,
                    kind=row.channel, state=VisitState.PLANNED, planned_at=moment(day, 11 if place % 2 == 0 else 14, 30),
                    logged_by=coach.user,
                )
            )  # fmt: skip
    Visit.objects.bulk_create(planned)
