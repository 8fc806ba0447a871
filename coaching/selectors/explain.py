"""Why me, why today, what next: told from what was stored when the follow-up was planned, not guessed again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from adoption.enums import Segment
from adoption.models import SegmentAssignment, SegmentationRun
from adoption.selectors.explain import explain_assignment
from coaching.enums import DelayUnit
from coaching.models import Enrolment, Escalation, FollowUp, Handover, Pause
from coaching.selectors.explain_day import why_that_day
from coaching.selectors.explain_next import what_next
from coaching.selectors.wording import day_phrase
from core.months import in_words

_NEEDED = (
    "practitioner",
    "step__usage_indicator",
    "enrolment__case__opened_by",
    "enrolment__playbook__continues_in",
    "enrolment__version__steps",
    "assignee__user",
    Prefetch("escalations", Escalation.objects.order_by("raised_on", "pk")),
    Prefetch("enrolment__case__handovers", Handover.objects.select_related("from_coach__user", "to_coach__user")),
)
KEPT = (
    "route", "attempt", "anchor", "anchor_on", "delay", "roll", "rolled_from", "days_off", "without", "postponed", "moved",
    "paused", "resumed", "deferred", "assigned", "withdrawn", "migrated", "usage",
)  # fmt: skip
"""What was stored with the follow-up when it was planned, moved, held, deferred or resolved."""


@dataclass(frozen=True)
class Explanation:
    """A follow-up's three answers in the reader's language, and the facts behind them for a client.

    The words are for staff: they name segments, so they never go to a practitioner.
    """

    why_me: str
    why_today: str
    what_next: str
    facts: dict[str, Any]

    @property
    def sentence(self) -> str:
        """The three answers in a row."""
        return " ".join(part for part in (self.why_me, self.why_today, self.what_next) if part)


def explain_follow_up(follow_up: FollowUp) -> Explanation:
    """Why this practitioner, why on that day, and what comes next."""
    return explain_follow_ups([follow_up])[0]


def explain_follow_ups(follow_ups: Sequence[FollowUp]) -> list[Explanation]:
    """The same for many, in their order, in a number of queries that doesn't grow with them."""
    rows = list(follow_ups)
    prefetch_related_objects(rows, *_NEEDED)
    runs = _runs(row.enrolment for row in rows)
    pauses = _pauses(rows)
    return [
        Explanation(
            why_me=_why_me(row, runs.get(row.enrolment.evidence.get("run", 0))),
            why_today=why_that_day(row),
            what_next=what_next(row, pauses.get(row.reason.get("paused", {}).get("pause", ""))),
            facts=_facts(row),
        )
        for row in rows
    ]


def _pauses(rows: Iterable[FollowUp]) -> dict[str, Pause]:
    """The pauses that hold these follow-ups, by reference."""
    named = {row.reason["paused"]["pause"] for row in rows if row.reason.get("paused", {}).get("pause")}
    return {str(pause.ref): pause for pause in Pause.objects.filter(ref__in=named)} if named else {}


def _runs(enrolments: Iterable[Enrolment]) -> dict[int, SegmentationRun]:
    named = {enrolment.evidence["run"] for enrolment in enrolments if enrolment.evidence.get("run")}
    if not named:
        return {}
    return SegmentationRun.objects.select_related("version__scheme", "version__indicator").in_bulk(named)


# --- Why me -----------------------------------------------------------------------------------------


def _why_me(row: FollowUp, run: SegmentationRun | None) -> str:
    enrolment = row.enrolment
    words = {
        "name": row.practitioner.name,
        "playbook": enrolment.playbook.name,
        "day": day_phrase(enrolment.enrolled_on),
        "who": str(enrolment.case.opened_by or ""),
    }
    if enrolment.evidence.get("continued_from"):
        told = _("%(name)s went on to the playbook “%(playbook)s” on %(day)s, after the one before.") % words
    elif enrolment.last_published is not None:
        words["month"] = in_words(enrolment.last_published)
        told = _("%(name)s published last in %(month)s and entered the playbook “%(playbook)s” on %(day)s.") % words
    elif enrolment.segment:
        words["segment"] = str(Segment(enrolment.segment).label)
        told = (
            _("%(name)s came into the segment “%(segment)s” and entered the playbook “%(playbook)s” on %(day)s.")
            % words
        )
    elif enrolment.case.opened_by is not None:
        told = _("%(who)s opened the case by hand; %(name)s entered the playbook “%(playbook)s” on %(day)s.") % words
    else:
        told = _("%(name)s entered the playbook “%(playbook)s” on %(day)s.") % words
    return " ".join(part for part in (told, _numbers(enrolment, run), _migration(enrolment), _how_it_came(row)) if part)


def _migration(enrolment: Enrolment) -> str:
    """That the enrolment was moved to another version of its playbook."""
    moves = enrolment.evidence.get("migrated")
    if not moves:
        return ""
    words = {"version": moves[-1]["to"], "day": day_phrase(moves[-1]["on"])}
    return _("Version %(version)s of the playbook holds since %(day)s.") % words


def _handover(row: FollowUp) -> Handover | None:
    """The last time that the case went to the coach who has the follow-up now."""
    if row.assignee_id is None:
        return None
    return next((one for one in row.enrolment.case.handovers.all() if one.to_coach_id == row.assignee_id), None)


def _how_it_came(row: FollowUp) -> str:
    """From whom the coach has it, where somebody handed it over."""
    handover = _handover(row)
    if handover is None:
        return ""
    words = {
        "to": str(handover.to_coach),
        "from": str(handover.from_coach or ""),
        "day": day_phrase(timezone.localdate(handover.at)),
        "why": handover.reason.rstrip("."),
    }
    if handover.from_coach is None:
        return ""
    if handover.reason:
        return _("%(to)s took it over from %(from)s on %(day)s: %(why)s.") % words
    return _("%(to)s took it over from %(from)s on %(day)s.") % words


def _numbers(enrolment: Enrolment, run: SegmentationRun | None) -> str:
    """The figures that led to the segment, as they were at enrolment."""
    if run is None or not enrolment.segment or not enrolment.evidence.get("segment"):
        return ""
    assignment = SegmentAssignment(
        version=run.version,
        practitioner_id=enrolment.practitioner_id,
        segment=enrolment.segment,
        evidence=enrolment.evidence["segment"],
    )
    return explain_assignment(assignment, run=run)


# --- Facts ------------------------------------------------------------------------------------------


def _facts(row: FollowUp) -> dict[str, Any]:
    """What the sentences are made of, as JSON: codes, ISO dates and numbers; null for what didn't happen."""
    enrolment, reason, handover = row.enrolment, row.reason, _handover(row)
    last_published = enrolment.last_published
    return {
        "playbook": enrolment.playbook.code,
        "step": row.step.code,
        "occurrence": row.occurrence,
        "enrolled_on": enrolment.enrolled_on.isoformat(),
        "segment": enrolment.segment or None,
        "segment_evidence": enrolment.evidence.get("segment"),
        "as_of": enrolment.evidence.get("as_of"),
        "scheme": enrolment.evidence.get("scheme"),
        "scheme_version": enrolment.evidence.get("version"),
        "continued_from": enrolment.evidence.get("continued_from"),
        "version_moves": enrolment.evidence.get("migrated", []),
        "last_published": last_published.isoformat() if last_published else None,
        "unit": reason.get("unit", DelayUnit.WORKING_DAYS.value),
        **{key: reason.get(key) for key in KEPT},
        "opens_on": row.opens_on.isoformat(),
        "target_on": row.target_on.isoformat(),
        "closes_on": row.closes_on.isoformat(),
        "escalations": [
            {
                "level": one.level,
                "raised_on": one.raised_on.isoformat(),
                "settled_on": one.settled_on.isoformat() if one.settled_on else None,
            }
            for one in row.escalations.all()
        ],
        "handover": None
        if handover is None
        else {
            "from": str(handover.from_coach.ref) if handover.from_coach else None,
            "to": str(handover.to_coach.ref),
            "on": timezone.localdate(handover.at).isoformat(),
            "reason": handover.reason,
        },
    }
