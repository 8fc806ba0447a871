"""Follow-ups as pages list them: mine, everybody's, and each coach's load."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet, Value

from accounts.models import User
from adoption.models import SchemeVersion
from adoption.selectors.boards import in_segment, segment_subquery
from coaching.enums import OPEN_FOLLOW_UPS, CaseState, FollowUpState
from coaching.models import BarrierSighting, Coach, FollowUp, Visit
from coaching.selectors.calendars import coach_halves
from coaching.selectors.explain import explain_follow_ups
from coaching.selectors.visibility import follow_ups_visible_to
from core.models import Searchable
from practitioners.models import Affiliation

_NOW_PRACTISING_AT = Prefetch(
    "practitioner__affiliations",
    Affiliation.objects.filter(is_primary=True, until__isnull=True).select_related("organisation"),
    to_attr="present_affiliations",
)

SORTS = {
    "target": ("target_on", "id"),
    "-target": ("-target_on", "-id"),
    "closes": ("closes_on", "id"),
    "-closes": ("-closes_on", "-id"),
    "name": ("practitioner__family_name", "practitioner__given_name", "id"),
    "-name": ("-practitioner__family_name", "-practitioner__given_name", "-id"),
    "assignee": (F("assignee__user__last_name").asc(nulls_first=True), "target_on", "id"),
    "-assignee": (F("assignee__user__last_name").desc(nulls_last=True), "target_on", "id"),
}


RUNNING = Q(state__in=OPEN_FOLLOW_UPS - {FollowUpState.DEFERRED})
"""To be done and not put off: who is paused, or beyond a budget, neither presses nor is late."""


def follow_up_board(
    *,
    user: User,
    on: dt.date,
    version: SchemeVersion | None,
    window: str = "open",
    search: str = "",
    segment: str = "",
    coach: Coach | None = None,
    unassigned: bool = False,
    commune: str = "",
    track: str = "",
    channel: str = "",
    sort: str = "target",
) -> QuerySet[FollowUp]:
    """The follow-ups that a user sees, narrowed and sorted, with what a row shows.

    `window`: open (all that is still to be done), late (its best day is past), now (may be done
    today), coming, deferred (paused, or put off by a budget), missed, done or all.
    """
    rows = follow_ups_visible_to(user).filter(_in_window(window, on))
    for word in search.split():
        rows = rows.filter(practitioner__search_name__contains=Searchable(Value(word)))
    if segment:
        rows = rows.filter(in_segment(version, segment, "practitioner"))
    if unassigned:
        rows = rows.filter(assignee__isnull=True)
    elif coach is not None:
        rows = rows.filter(assignee=coach)
    if commune:
        rows = rows.filter(practitioner__commune=commune)
    if track:
        rows = rows.filter(enrolment__case__track=track)
    if channel:
        rows = rows.filter(channel=channel)
    return with_row_details(rows, version=version).order_by(*SORTS.get(sort, SORTS["target"]))


def _in_window(window: str, on: dt.date) -> Q:
    still_open = Q(state__in=OPEN_FOLLOW_UPS)
    return {
        "open": still_open,
        "late": RUNNING & Q(target_on__lt=on),
        "now": RUNNING & Q(opens_on__lte=on),
        "coming": RUNNING & Q(opens_on__gt=on),
        "deferred": Q(state=FollowUpState.DEFERRED),
        "missed": Q(state=FollowUpState.MISSED),
        "done": Q(state=FollowUpState.DONE),
        "all": Q(),
    }.get(window, still_open)


def with_row_details(rows: QuerySet[FollowUp], *, version: SchemeVersion | None) -> QuerySet[FollowUp]:
    """Follow-ups with the practitioner, practice, step, coach and segment that a row names."""
    return (
        rows.select_related(
            "practitioner__commune",
            "practitioner__software",
            "step__version__playbook",
            "assignee__user",
            "enrolment__case",
            "enrolment__playbook",
        )
        .prefetch_related(_NOW_PRACTISING_AT)
        .annotate(segment=segment_subquery(version, "practitioner"))
    )


def explained(rows: Sequence[Any]) -> Sequence[Any]:
    """The same follow-ups, each with `why`: why me, why today, what next."""
    for row, why in zip(rows, explain_follow_ups(rows), strict=True):
        row.why = why
    return rows


@dataclass(frozen=True)
class Group:
    """The first follow-ups of a kind, and how many there are in all."""

    rows: list[FollowUp]
    total: int

    @property
    def has_more(self) -> bool:
        """Whether some are not among the rows."""
        return self.total > len(self.rows)


@dataclass(frozen=True)
class Day:
    """A coach's work as it stands on a day, in the order in which it presses."""

    late: Group
    today: Group
    open_now: Group
    coming: Group

    @property
    def pressing(self) -> list[FollowUp]:
        """What may be done today."""
        return [*self.late.rows, *self.today.rows, *self.open_now.rows]


def day_of(*, coach: Coach, on: dt.date, version: SchemeVersion | None, ahead: int = 7, most: int = 12) -> Day:
    """What a coach may do today: late, best today, open, and what opens in the days ahead.

    Each with the practitioner's open barriers and last conversation; of each group the first `most`.
    """
    mine = FollowUp.objects.filter(RUNNING, assignee=coach)
    soon = mine.filter(opens_on__lte=on + dt.timedelta(days=ahead)).order_by("target_on", "id")
    groups: dict[str, list[int]] = {"late": [], "today": [], "open_now": [], "coming": []}
    for pk, opens_on, target_on in soon.values_list("pk", "opens_on", "target_on"):
        if opens_on > on:
            groups["coming"].append(pk)
        elif target_on > on:
            groups["open_now"].append(pk)
        else:
            groups["today" if target_on == on else "late"].append(pk)
    shown = [pk for group in groups.values() for pk in group[:most]]
    rows = {row.pk: row for row in explained(list(_with_memory(mine.filter(pk__in=shown), version)))}
    return Day(**{name: Group([rows[pk] for pk in group[:most]], len(group)) for name, group in groups.items()})


def _with_memory(rows: QuerySet[FollowUp], version: SchemeVersion | None) -> QuerySet[FollowUp]:
    """Follow-ups with what to know before ringing the bell: open barriers and the last conversation."""
    return with_row_details(rows, version=version).prefetch_related(
        Prefetch(
            "practitioner__barriers",
            BarrierSighting.objects.filter(resolved_on__isnull=True)
            .select_related("barrier")
            .order_by("-severity", "id"),
            to_attr="open_barriers",
        ),
        Prefetch(
            "practitioner__visits",
            Visit.objects.filter(state="done")
            .order_by("practitioner", "-started_at")
            .distinct("practitioner")
            .select_related("coach__user"),
            to_attr="last_visits",
        ),
    )


def counts_of(*, user: User, on: dt.date, coach: Coach | None = None) -> dict[str, int]:
    """How many follow-ups a user sees (or a coach has) that are open, late, unassigned or lately missed."""
    rows = FollowUp.objects.filter(assignee=coach) if coach is not None else follow_ups_visible_to(user)
    still_open = Q(state__in=OPEN_FOLLOW_UPS)
    return rows.aggregate(
        open=Count("pk", filter=still_open),
        now=Count("pk", filter=RUNNING & Q(opens_on__lte=on)),
        late=Count("pk", filter=RUNNING & Q(target_on__lt=on)),
        deferred=Count("pk", filter=Q(state=FollowUpState.DEFERRED)),
        unassigned=Count("pk", filter=still_open & Q(assignee__isnull=True)),
        missed=Count("pk", filter=Q(state=FollowUpState.MISSED, closes_on__gte=on - dt.timedelta(days=30))),
        done=Count("pk", filter=Q(state=FollowUpState.DONE, done_on__gte=on - dt.timedelta(days=30), done_on__lte=on)),
    )


def load_of_coaches(*, on: dt.date) -> list[Coach]:
    """Each active coach with what is on their plate against what fits in a week, the fullest first.

    `week` counts open follow-ups, but for paused ones, whose best day is past or within seven days; `late`
    leaves out what is deferred; `is_away` tells whether an absence covers the whole day.
    """
    still_open = Q(follow_ups__state__in=OPEN_FOLLOW_UPS)
    week = still_open & Q(follow_ups__target_on__lt=on + dt.timedelta(days=7))
    week &= ~Q(follow_ups__reason__has_key="paused")
    late = Q(follow_ups__state__in=OPEN_FOLLOW_UPS - {FollowUpState.DEFERRED}, follow_ups__target_on__lt=on)
    present = coach_halves(None, on, on)
    away = {coach for coach, halves in present.items() if not halves[0]}
    cases = dict(
        Coach.objects.filter(is_active=True)
        .annotate(live=Count("cases", filter=~Q(cases__state=CaseState.CLOSED)))
        .values_list("pk", "live")
    )
    coaches: list[Any] = list(
        Coach.objects.filter(is_active=True)
        .select_related("user")
        .annotate(
            open_follow_ups=Count("follow_ups", filter=still_open),
            week=Count("follow_ups", filter=week),
            late=Count("follow_ups", filter=late),
        )
    )
    for coach in coaches:
        coach.live_cases = cases[coach.pk]
        coach.is_away = coach.pk in away
        coach.week_share = round(100 * coach.week / coach.weekly_capacity)
    return sorted(coaches, key=lambda coach: (-coach.week_share, str(coach.user)))


def coaches_to_choose(*, track: str = "") -> QuerySet[Coach]:
    """The coaches that work can be given to."""
    coaches = (
        Coach.objects.filter(is_active=True).select_related("user").order_by("user__last_name", "user__first_name")
    )
    return coaches.filter(tracks__contains=[track]) if track else coaches
