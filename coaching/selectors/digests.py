"""What digests tell, read for many coaches at once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from coaching.enums import OPEN_FOLLOW_UPS, EnrolmentState, FollowUpState
from coaching.models import Absence, Coach, Enrolment, Escalation, FollowUp, PlannerRun, TeamDay, Visit
from coaching.selectors.agenda import planned_visits_of, reachable, with_changes, with_place, without_visit
from core.calendar import WEEKEND, public_holidays

LATE, TODAY, OPEN = "late", "today", "open"


@dataclass
class CoachDay:
    """A coach's day: the visits planned, and the first follow-ups of each group with how many there are in all."""

    visits: list[Visit] = field(default_factory=list)
    groups: dict[str, list[FollowUp]] = field(default_factory=lambda: defaultdict(list))
    totals: dict[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not self.visits and not self.groups


def is_working_day(day: dt.date) -> bool:
    """Whether the team works on this day: no weekend, public holiday or team day."""
    if day.weekday() in WEEKEND or day in public_holidays(day.year):
        return False
    return not TeamDay.objects.filter(day=day).exists()


def working_day_before(day: dt.date) -> dt.date:
    """The last day before this one on which the team worked; at most two weeks back."""
    first = day - dt.timedelta(days=14)
    off = set(TeamDay.objects.filter(day__range=(first, day)).values_list("day", flat=True))
    off |= {*public_holidays(first.year), *public_holidays(day.year)}
    for back in range(1, 15):
        before = day - dt.timedelta(days=back)
        if before.weekday() not in WEEKEND and before not in off:
            return before
    return first


def is_planned(day: dt.date) -> bool:
    """Whether the planner has finished a run for this day."""
    return PlannerRun.objects.filter(planned_for=day, finished_at__isnull=False).exists()


def coaches_at_work(users: Collection[int], *, on: dt.date) -> dict[int, int]:
    """The active coaches among users who aren't away the whole day: user id to coach id."""
    away = Absence.objects.filter(first_day__lte=on, last_day__gte=on, part="whole").values("coach")
    rows = Coach.objects.filter(user__in=users, is_active=True).exclude(pk__in=away)
    return dict(rows.values_list("user", "pk"))


def days_of(coaches: Collection[int], *, on: dt.date, most: int) -> dict[int, CoachDay]:
    """The day of each coach, in a number of queries that doesn't grow with them.

    Follow-ups that are due, in groups: late (the best day is past), today, and open; of each group the first
    `most`. Those held back by a budget or a pause aren't told.
    """
    group = Case(
        When(target_on__lt=on, then=Value(LATE)),
        When(target_on=on, then=Value(TODAY)),
        default=Value(OPEN),
        output_field=CharField(),
    )
    days = _grouped(_due(coaches, on).filter(opens_on__lte=on).annotate(group=group), most)
    begins = timezone.make_aware(dt.datetime.combine(on, dt.time()))
    ends = timezone.make_aware(dt.datetime.combine(on + dt.timedelta(days=1), dt.time()))
    visits = planned_visits_of(coaches, on=on).filter(planned_at__gte=begins, planned_at__lt=ends)
    for visit in visits.order_by("planned_at", "pk"):
        days[visit.coach_id].visits.append(visit)
    return days


def opening_of(coaches: Collection[int], *, after: dt.date, on: dt.date, most: int) -> dict[int, CoachDay]:
    """What opened for each coach after a day up to and including another, in one group."""
    rows = _due(coaches, on).filter(opens_on__gt=after, opens_on__lte=on)
    return _grouped(rows.annotate(group=Value(OPEN, CharField())), most)


def _due(coaches: Collection[int], on: dt.date) -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(reachable(on), without_visit(), assignee__in=coaches, state=FollowUpState.DUE)


def _grouped(rows: QuerySet[FollowUp], most: int) -> dict[int, CoachDay]:
    days: dict[int, CoachDay] = defaultdict(CoachDay)
    of_group = [F("assignee"), F("group")]
    placed = rows.annotate(
        place=Window(RowNumber(), partition_by=of_group, order_by=["target_on", "pk"]),
        total=Window(Count("pk"), partition_by=of_group),
    ).filter(place__lte=most)
    groups = {}
    for pk, coach, group, total in placed.values_list("pk", "assignee", "group", "total"):
        groups[pk] = group
        days[coach].totals[group] = total
    shown = with_changes(with_place(FollowUp.objects.filter(pk__in=groups)))
    for row in shown.order_by("target_on", "pk"):
        assert row.assignee_id is not None
        days[row.assignee_id].groups[groups[row.pk]].append(row)
    return days


@dataclass(frozen=True)
class Week:
    """What a coordinator looks at on a Monday."""

    done: int
    missed: int
    enrolled: int
    open: int
    late: int
    unassigned: int
    deferred: int
    waiting: int
    escalations: int
    nobodys: list[FollowUp]
    nobodys_total: int
    full: list[Coach]
    away: list[Absence]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        numbers = (self.done, self.missed, self.enrolled, self.open, self.waiting, self.escalations)
        return not any(numbers) and not self.away


def week_of(*, on: dt.date, most: int) -> Week:
    """The seven days before a day, and what stands on it: what nobody has, who carries too much, who is away."""
    since, until = on - dt.timedelta(days=7), on + dt.timedelta(days=7)
    still_open = Q(state__in=OPEN_FOLLOW_UPS)
    counts = FollowUp.objects.aggregate(
        done=Count("pk", filter=Q(state=FollowUpState.DONE, done_on__gte=since, done_on__lt=on)),
        missed=Count("pk", filter=Q(state=FollowUpState.MISSED, closes_on__gte=since, closes_on__lt=on)),
        open=Count("pk", filter=still_open),
        late=Count("pk", filter=still_open & Q(target_on__lt=on)),
        unassigned=Count("pk", filter=still_open & Q(assignee__isnull=True)),
        deferred=Count("pk", filter=Q(state=FollowUpState.DEFERRED)),
    )
    nobodys = FollowUp.objects.filter(still_open, assignee__isnull=True, opens_on__lte=until)
    coming = Q(follow_ups__state__in=OPEN_FOLLOW_UPS, follow_ups__target_on__lt=until)
    full = (
        Coach.objects.filter(is_active=True)
        .select_related("user")
        .annotate(week=Count("follow_ups", filter=coming))
        .filter(week__gt=F("weekly_capacity"))
        .order_by("-week", "pk")
    )
    away = Absence.objects.filter(first_day__lt=until, last_day__gte=on, coach__is_active=True)
    return Week(
        **counts,
        enrolled=Enrolment.objects.filter(enrolled_on__gte=since, enrolled_on__lt=on).count(),
        waiting=Enrolment.objects.filter(state=EnrolmentState.WAITING).count(),
        escalations=Escalation.objects.filter(settled_on__isnull=True).count(),
        nobodys_total=nobodys.count(),
        nobodys=list(with_place(nobodys).order_by("target_on", "pk")[:most]),
        full=list(full[:most]),
        away=list(away.select_related("coach__user").order_by("first_day", "pk")[:most]),
    )
