"""Everything that happened to a practitioner, newest first."""

import datetime as dt
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from adoption.enums import Segment
from adoption.models import SchemeVersion
from adoption.selectors.segments import stays_of
from coaching.enums import FollowUpState
from coaching.models import BarrierSighting, Case, FollowUp, Visit
from coaching.selectors.handovers import handovers_of_practitioner, told
from core import clock
from practitioners.models import Practitioner
from practitioners.selectors.history import history_of
from web.looks import CHANNELS, OUTCOMES

_MOST_OF_EACH = 60


@dataclass(frozen=True)
class Event:
    """One thing that happened: when, what, by whom, and what was said of it."""

    on: dt.date
    kind: str
    icon: str
    tone: str
    title: str
    text: str = ""
    who: str = ""
    quotes: list[tuple[str, str]] = field(default_factory=list)


def timeline_of(practitioner: Practitioner, *, version: SchemeVersion | None) -> list[Event]:
    """Contacts, follow-ups, segment changes, cases, hand-overs and barriers, newest first."""
    events = [
        *_visits(practitioner),
        *_follow_ups(practitioner),
        *_segments(practitioner, version),
        *_cases(practitioner),
        *_handovers(practitioner),
        *_barriers(practitioner),
        *_registry(practitioner),
    ]
    return sorted(events, key=lambda event: event.on, reverse=True)


def _day(moment: Any) -> dt.date:
    return timezone.localtime(moment).date()


def _visits(practitioner: Practitioner) -> list[Event]:
    rows = (
        Visit.objects.filter(practitioner=practitioner, state="done")
        .select_related("coach__user")
        .prefetch_related("topics")
        .order_by("-started_at")[:_MOST_OF_EACH]
    )
    events = []
    for visit in rows:
        said: list[tuple[str, str]] = []
        topics = ", ".join(str(topic) for topic in visit.topics.all())
        if topics:
            said.append((_("Talked about"), topics))
        if visit.promised:
            said.append((_("Promised"), visit.promised))
        if visit.next_step:
            said.append((_("Next"), visit.next_step))
        if visit.notes:
            said.append((_("Notes"), visit.notes))
        title = f"{visit.get_kind_display()} · {visit.get_outcome_display().lower()}"
        minutes = _("%(minutes)s minutes") % {"minutes": visit.minutes} if visit.minutes else ""
        events.append(
            Event(
                on=_day(visit.started_at),
                kind="contacts",
                icon=CHANNELS.get(visit.kind, "message"),
                tone=OUTCOMES.get(visit.outcome, ("info", ""))[0],
                title=title,
                text=minutes,
                who=str(visit.coach),
                quotes=said,
            )
        )
    return events


def _follow_ups(practitioner: Practitioner) -> list[Event]:
    """Follow-ups that ended otherwise than by a contact, which has its own line."""
    rows = (
        FollowUp.objects.filter(practitioner=practitioner)
        .exclude(state__in=[FollowUpState.PLANNED, FollowUpState.DUE, FollowUpState.DEFERRED])
        .filter(visits__isnull=True)
        .select_related("step", "assignee__user")
        .order_by("-closes_on")[:_MOST_OF_EACH]
    )
    looks: dict[str, tuple[str, str, str]] = {
        FollowUpState.DONE: ("circle-check", "good", _("Done: %(step)s")),
        FollowUpState.SKIPPED: ("minus", "calm", _("Skipped: %(step)s")),
        FollowUpState.MISSED: ("calendar-off", "bad", _("Missed: %(step)s")),
        FollowUpState.CANCELLED: ("x", "calm", _("Cancelled: %(step)s")),
    }
    events = []
    for row in rows:
        icon, tone, title = looks[row.state]
        text = _("The figures show that it was done.") if row.resolved_by == "usage" else ""
        events.append(
            Event(
                on=row.done_on or (row.closes_on if row.state == FollowUpState.MISSED else _day(row.updated_at)),
                kind="follow-ups",
                icon=icon,
                tone=tone,
                title=title % {"step": row.step.name},
                text=text,
                who=str(row.assignee or ""),
            )
        )
    return events


def _segments(practitioner: Practitioner, version: SchemeVersion | None) -> list[Event]:
    stays = stays_of(practitioner, version)
    return [
        Event(
            on=_end_of_month(after.since),
            kind="segments",
            icon="stack-2",
            tone="info",
            title=_("From %(before)s to %(after)s")
            % {"before": before.segment.label.lower(), "after": after.segment.label.lower()},
            text=_("On the figures up to this month."),
        )
        for before, after in pairwise(stays)
        if before.segment != after.segment
    ]


def _end_of_month(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


def _cases(practitioner: Practitioner) -> list[Event]:
    events = []
    for case in Case.objects.filter(practitioner=practitioner).select_related("opened_by"):
        track: Any = case.get_track_display()
        events.append(
            Event(
                on=_day(case.opened_at),
                kind="cases",
                icon="heart-handshake",
                tone="info",
                title=_("Case opened: %(track)s") % {"track": str(track).lower()},
                text=_because(case),
                who=str(case.opened_by or _("the planner")),
            )
        )
        if case.closed_at:
            events.append(
                Event(
                    on=_day(case.closed_at),
                    kind="cases",
                    icon="flag",
                    tone="good" if case.outcome == "goal_reached" else "calm",
                    title=_("Case closed: %(outcome)s") % {"outcome": str(case.get_outcome_display()).lower()},
                )
            )
    return events


def _handovers(practitioner: Practitioner) -> list[Event]:
    """Who took over from whom, with what the newcomer was told."""
    events = []
    for row in handovers_of_practitioner(practitioner.pk)[:_MOST_OF_EACH]:
        words = {"before": row.from_coach or "", "coach": row.to_coach}
        if row.from_coach is None:
            title = _("Taken over by %(coach)s")
        elif row.whole_case:
            title = _("Case handed over from %(before)s to %(coach)s")
        else:
            title = _("Follow-up handed over from %(before)s to %(coach)s")
        events.append(
            Event(
                on=_day(row.at),
                kind="handovers",
                icon="arrows-exchange",
                tone="info",
                title=title % words,
                text=row.reason,
                who=str(row.by or ""),
                quotes=told(row),
            )
        )
    return events


def _registry(practitioner: Practitioner) -> list[Event]:
    """What changed in the registry after the practitioner was entered."""
    today = clock.today()
    events = []
    for entry in history_of(practitioner)[:_MOST_OF_EACH]:
        if entry.is_new:
            continue
        changed = [f"{one.label}: {one.old or '–'} → {one.new or '–'}" for one in entry.changes]
        events.append(
            Event(
                # In a network that lives on a fixed day, what is done now is done on that day.
                on=min(_day(entry.at), today),
                kind="registry",
                icon="id",
                tone="calm",
                title=_("Changed in the registry"),
                text="; ".join(changed),
                who=str(entry.by or ""),
            )
        )
    return events


def _because(case: Case) -> str:
    """Why a case was opened: the planner notes the segment, people write words or nothing."""
    by_hand, reason = case.opened_by_id is not None, case.opened_because
    if reason in Segment.values and not by_hand:
        return _("Entered the segment “%(segment)s”.") % {"segment": Segment(reason).label}
    if by_hand and (not reason or reason in Segment.values):
        return _("Opened by hand.")
    return reason


def _barriers(practitioner: Practitioner) -> list[Event]:
    events = []
    rows = BarrierSighting.objects.filter(practitioner=practitioner).select_related("barrier")[:_MOST_OF_EACH]
    for row in rows:
        name = {"barrier": row.barrier.name}
        if row.visit_id is None:
            events.append(
                Event(row.seen_on, "barriers", "barrier-block", "warn", _("Barrier seen: %(barrier)s") % name)
            )
        if row.resolved_on:
            events.append(
                Event(row.resolved_on, "barriers", "checks", "good", _("Barrier resolved: %(barrier)s") % name)
            )
    return events
