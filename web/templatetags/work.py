"""Components that tell of the work: a follow-up's window and reason, a segment's, readiness."""

import datetime as dt
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from adoption.models import SegmentAssignment, SegmentationRun
from adoption.selectors.explain import explain_assignment
from coaching.enums import FollowUpState
from coaching.models import FollowUp, FollowUpEvent, Readiness, Visit
from coaching.selectors.budget import Budget
from coaching.selectors.wording import anchor_phrase, delay_phrase
from core.months import day_in_words
from web.looks import OUTCOMES, STATES, segment_label
from web.templatetags.ui import day, pill

register = template.Library()


@register.simple_tag
def window(row: FollowUp, today: dt.date) -> str:
    """The days on which a follow-up may be done, and the best one."""
    values = {
        "opens": day(row.opens_on, today),
        "closes": day(row.closes_on, today),
        "target": day(row.target_on, today),
    }
    if row.opens_on == row.closes_on:
        return _("On %(target)s") % values
    return _("Any day between %(opens)s and %(closes)s, best on %(target)s") % values


@register.simple_tag
def when(row: FollowUp, today: dt.date) -> str:
    """How a follow-up's days stand to today, in a few words."""
    if not row.is_open:
        return str(row.get_state_display())
    if row.reason.get("paused"):
        return _("Paused since %(day)s") % {"day": day(dt.date.fromisoformat(row.reason["paused"]["since"]), today)}
    if row.state == FollowUpState.DEFERRED and row.reason.get("deferred"):
        since = day(dt.date.fromisoformat(row.reason["deferred"]["since"]), today)
        return _("Deferred since %(day)s, until there is room") % {"day": since}
    if row.closes_on < today:
        return _("The window closed on %(day)s") % {"day": day(row.closes_on, today)}
    if row.target_on < today:
        return _("Best day was %(day)s, possible until %(last)s") % {
            "day": day(row.target_on, today),
            "last": day(row.closes_on, today),
        }
    if row.target_on == today:
        return _("Best today, possible until %(last)s") % {"last": day(row.closes_on, today)}
    if not row.opens_on > today:  # `today` may be lazy, and a lazy one knows only < and >
        return _("Possible now, best on %(day)s") % {"day": day(row.target_on, today)}
    return _("Opens on %(day)s, best on %(target)s") % {
        "day": day(row.opens_on, today),
        "target": day(row.target_on, today),
    }


@register.simple_tag
def why_short(row: Any, today: dt.date) -> str:
    """Why this practitioner and why on that day, in one short sentence; `row.why` has the long answer."""
    facts = row.why.facts
    since = {"day": day(row.enrolment.enrolled_on, today), "playbook": row.enrolment.playbook.name}
    if facts["segment"]:
        since["segment"] = segment_label(facts["segment"])
        told = _("%(segment)s since %(day)s") % since
    else:
        told = _("In “%(playbook)s” since %(day)s") % since
    if facts["postponed"]:
        return _("%(since)s; moved by hand: %(why)s") % {"since": told, "why": facts["postponed"]["why"]}
    if not facts["anchor_on"]:
        return f"{told}."
    anchor = anchor_phrase(facts["anchor"], day(dt.date.fromisoformat(facts["anchor_on"]), today))
    if not facts["delay"]:
        return _("%(since)s; planned for %(anchor)s.") % {"since": told, "anchor": anchor}
    delay = delay_phrase(facts["delay"], facts["unit"])
    return _("%(since)s; planned %(delay)s after %(anchor)s.") % {"since": told, "delay": delay, "anchor": anchor}


@register.simple_tag
def contact_budget(budget: Budget, today: dt.date) -> str:
    """How much of a practitioner's contact budget is used, and when the next contact is possible."""
    words = {"used": budget.used, "most": budget.contacts, "days": budget.days}
    told = (
        ngettext(
            "%(used)s of %(most)s contact within %(days)s days, all channels and tracks together.",
            "%(used)s of %(most)s contacts within %(days)s days, all channels and tracks together.",
            budget.contacts,
        )
        % words
    )
    if budget.left:
        return str(told)
    if budget.next_free_on is None:
        return f"{told} {_('Another one opens once what is due now is done.')}"
    next_on = _("The next one is possible on %(day)s.") % {"day": day(budget.next_free_on, today)}
    return f"{told} {next_on}"


@register.simple_tag
def segment_sentence(assignment: SegmentAssignment, run: SegmentationRun | None = None) -> str:
    """Why a practitioner is in a segment, told from the numbers that led to it."""
    return explain_assignment(assignment, run=run)


@register.simple_tag
def outcome_pill(visit: Visit) -> str:
    """What came of a contact, in its tone."""
    tone, symbol = OUTCOMES.get(visit.outcome, ("calm", ""))
    return pill(visit.get_outcome_display(), tone, symbol)


def _iso_day(text: str) -> str:
    return day_in_words(dt.date.fromisoformat(text))


@register.simple_tag
def event_words(event: FollowUpEvent) -> str:
    """What happened to a follow-up, in a few words."""
    fixed = {
        "planned": _("Planned"),
        "assigned": _("Given to a coach"),
        "moved": _("Moved"),
        "started": _("Started"),
        "corrected": _("Day of the contact corrected"),
    }
    before, after = event.data.get("from"), event.data.get("to")
    if event.kind == "moved" and before and after and before["target_on"] != after["target_on"]:
        days = {"before": _iso_day(before["target_on"]), "after": _iso_day(after["target_on"])}
        return _("Moved from %(before)s to %(after)s") % days
    if event.to_state == "cancelled" and event.data.get("withdrawn"):
        return _("Cancelled: the day that it counts from was withdrawn")
    moved = event.data.get("migrated")
    if moved and event.to_state == "cancelled":
        return _("Replaced by version %(number)s of the playbook") % {"number": moved["to"]}
    return fixed.get(event.kind, str(event.get_to_state_display()))


@register.simple_tag
def planned_change(line: Any) -> str:
    """What a dry run would do to a follow-up, as a word in its tone."""
    if line.kind == "planned" and line.to_state != "missed":
        return pill(_("Would be made"), "info", "calendar-plus")
    if line.kind == "moved":
        return pill(_("Would be moved"), "plum", "calendar-time")
    words = {
        "planned": _("Would go on"),
        "due": _("Would open"),
        "done": _("Would be completed by the figures"),
        "deferred": _("Would be deferred"),
        "missed": _("Would be marked missed"),
        "cancelled": _("Would be cancelled"),
    }
    tone, symbol = STATES.get(line.to_state, ("calm", ""))
    return pill(words.get(line.to_state, line.to_state), tone, symbol)


@register.inclusion_tag("components/readiness.html")
def readiness_bars(readiness: Readiness) -> dict[str, Any]:
    """The five elements with their scores, and the first that is three or less."""
    names = {
        "awareness": pgettext("element of readiness", "Awareness"),
        "desire": pgettext("element of readiness", "Desire"),
        "knowledge": pgettext("element of readiness", "Knowledge"),
        "ability": pgettext("element of readiness", "Ability"),
        "reinforcement": pgettext("element of readiness", "Reinforcement"),
    }
    return {
        "rows": [(names[element], getattr(readiness, element)) for element in Readiness.ELEMENTS],
        "point": names.get(readiness.barrier_point, ""),
    }
