"""Why me, why today, what next: told from what was stored when the follow-up was planned, not guessed again."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from adoption.enums import Segment
from adoption.models import SegmentAssignment, SegmentationRun
from adoption.selectors.explain import explain_assignment
from coaching.enums import Channel, CompletionRule, DelayUnit
from coaching.models import Enrolment, FollowUp, PlaybookStep
from coaching.selectors.wording import anchor_phrase, delay_phrase
from core.months import day_in_words

_NEEDED = (
    "practitioner",
    "step__usage_indicator",
    "enrolment__case__opened_by",
    "enrolment__playbook__continues_in",
    "enrolment__version__steps",
)


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
    return [
        Explanation(
            why_me=_why_me(row, runs.get(row.enrolment.evidence.get("run", 0))),
            why_today=_why_today(row),
            what_next=_what_next(row),
            facts=_facts(row),
        )
        for row in rows
    ]


def _runs(enrolments: Iterable[Enrolment]) -> dict[int, SegmentationRun]:
    named = {enrolment.evidence["run"] for enrolment in enrolments if enrolment.evidence.get("run")}
    if not named:
        return {}
    return SegmentationRun.objects.select_related("version__scheme", "version__indicator").in_bulk(named)


def _day(value: dt.date | str) -> str:
    day = dt.date.fromisoformat(value) if isinstance(value, str) else value
    return day_in_words(day)


# --- Why me -----------------------------------------------------------------------------------------


def _why_me(row: FollowUp, run: SegmentationRun | None) -> str:
    enrolment = row.enrolment
    words = {
        "name": row.practitioner.name,
        "playbook": enrolment.playbook.name,
        "day": _day(enrolment.enrolled_on),
        "who": str(enrolment.case.opened_by or ""),
    }
    if enrolment.evidence.get("continued_from"):
        told = _("%(name)s went on to the playbook “%(playbook)s” on %(day)s, after the one before.") % words
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
    return f"{told} {_numbers(enrolment, run)}".strip()


def _numbers(enrolment: Enrolment, run: SegmentationRun | None) -> str:
    """The figures that led to the segment, as they were at enrolment."""
    if run is None or not enrolment.evidence.get("segment"):
        return ""
    assignment = SegmentAssignment(
        version=run.version,
        practitioner_id=enrolment.practitioner_id,
        segment=enrolment.segment,
        evidence=enrolment.evidence["segment"],
    )
    return explain_assignment(assignment, run=run)


# --- Why today --------------------------------------------------------------------------------------


def _why_today(row: FollowUp) -> str:
    reason = row.reason
    parts = []
    if "postponed" in reason:
        words = {
            "before": _day(reason["postponed"]["from"]),
            "day": _day(row.target_on),
            "why": reason["postponed"]["why"],
        }
        parts.append(
            _("Moved by hand from %(before)s to %(day)s: %(why)s") % words + ("" if words["why"].endswith(".") else ".")
        )
    elif "anchor_on" in reason:
        parts.append(_counted(row, reason))
    parts.append(_window(row))
    return " ".join(parts)


def _counted(row: FollowUp, reason: dict[str, Any]) -> str:
    anchor = anchor_phrase(reason["anchor"], _day(reason["anchor_on"]))
    if not reason.get("delay"):
        told = _("Planned for %(anchor)s.") % {"anchor": anchor}
    else:
        words = {"delay": delay_phrase(reason["delay"], reason["unit"]), "anchor": anchor}
        told = _("Planned %(delay)s after %(anchor)s.") % words
    if reason.get("rolled_from"):
        words = {"before": _day(reason["rolled_from"]), "day": _day(row.target_on)}
        told += " " + _("%(before)s is not a working day, so it is %(day)s.") % words
    return told


def _window(row: FollowUp) -> str:
    words = {"opens": _day(row.opens_on), "target": _day(row.target_on), "closes": _day(row.closes_on)}
    if row.opens_on == row.closes_on:
        return _("Best on %(target)s.") % words
    return _("Any day between %(opens)s and %(closes)s, best on %(target)s.") % words


# --- What next --------------------------------------------------------------------------------------


def _what_next(row: FollowUp) -> str:
    step = row.step
    parts = []
    if step.completion == CompletionRule.USAGE and step.usage_indicator is not None:
        words = {"indicator": step.usage_indicator.name, "minimum": f"{step.usage_minimum:g}"}
        parts.append(
            _("The figures complete it once they show %(indicator)s of %(minimum)s or more since the enrolment.")
            % words
        )
    if step.repeats_until_goal:
        words = {"delay": delay_phrase(step.delay, step.unit)}
        parts.append(_("It comes back %(delay)s after it is done, until the goal is held.") % words)
    else:
        parts.append(_following(row, step))
    if step.completion == CompletionRule.PERSON and step.channel != Channel.FIGURES_CHECK:
        parts.append(_without_answer(row, step))
    return " ".join(part for part in parts if part)


def _following(row: FollowUp, step: PlaybookStep) -> str:
    later = [other for other in row.enrolment.version.steps.all() if other.position > step.position]
    if later:
        following = min(later, key=lambda other: other.position)
        words = {"step": following.name, "delay": delay_phrase(following.delay, following.unit)}
        if following.anchor == "previous_done":
            return _("Then comes “%(step)s”, %(delay)s after this one is done.") % words
        return _("Then comes “%(step)s”.") % words
    if row.enrolment.playbook.continues_in is not None:
        return _("It is the last step; then comes the playbook “%(playbook)s”.") % {
            "playbook": row.enrolment.playbook.continues_in.name
        }
    return _("It is the last step.")


def _without_answer(row: FollowUp, step: PlaybookStep) -> str:
    left = step.retries - row.reason.get("attempt", 1) + 1
    if left > 0:
        return ngettext(
            "Without an answer it is tried %(count)s more time.",
            "Without an answer it is tried %(count)s more times.",
            left,
        ) % {"count": left}
    if step.next_channel and step.next_channel != row.channel:
        return _("Without an answer it is tried another way: %(channel)s.") % {
            "channel": str(Channel(step.next_channel).label).lower()
        }
    return _("Without an answer the next step follows.")


# --- Facts ------------------------------------------------------------------------------------------


def _facts(row: FollowUp) -> dict[str, Any]:
    """What the sentences are made of, as JSON: codes, ISO dates and numbers."""
    enrolment, reason = row.enrolment, row.reason
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
        "route": reason.get("route"),
        "attempt": reason.get("attempt"),
        "anchor": reason.get("anchor"),
        "anchor_on": reason.get("anchor_on"),
        "delay": reason.get("delay"),
        "unit": reason.get("unit", DelayUnit.WORKING_DAYS.value),
        "roll": reason.get("roll"),
        "rolled_from": reason.get("rolled_from"),
        "postponed": reason.get("postponed"),
        "usage": reason.get("usage"),
        "opens_on": row.opens_on.isoformat(),
        "target_on": row.target_on.isoformat(),
        "closes_on": row.closes_on.isoformat(),
    }
