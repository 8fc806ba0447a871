"""Why on that day: told from the days, delays and limits that were stored with the follow-up."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coaching.models import FollowUp
from coaching.selectors.wording import anchor_phrase, day_phrase, delay_phrase, limit_phrase


def why_that_day(row: FollowUp) -> str:
    """From which day the delay ran, what moved it, held it or put it off, and the window that came of it."""
    return " ".join([*_counting(row), *_changes(row), _window(row)])


def _counting(row: FollowUp) -> Iterator[str]:
    reason = row.reason
    if "postponed" in reason:
        words = {
            "before": day_phrase(reason["postponed"]["from"]),
            "day": day_phrase(row.target_on),
            "why": reason["postponed"]["why"].rstrip("."),
        }
        yield _("Moved by hand from %(before)s to %(day)s: %(why)s.") % words
    elif "anchor_on" in reason:
        anchor = anchor_phrase(reason["anchor"], day_phrase(reason["anchor_on"]))
        if reason.get("delay"):
            words = {"delay": delay_phrase(reason["delay"], reason["unit"]), "anchor": anchor}
            yield _("Planned %(delay)s after %(anchor)s.") % words
        else:
            yield _("Planned for %(anchor)s.") % {"anchor": anchor}
        yield from _days_off(reason)
        if reason.get("rolled_from") and "resumed" not in reason:
            words = {"before": day_phrase(reason["rolled_from"]), "day": day_phrase(row.target_on)}
            yield _("%(before)s is not a working day, so it is %(day)s.") % words


def _days_off(reason: dict[str, Any]) -> Iterator[str]:
    """The days that were skipped while counting, beyond public holidays; and those that couldn't be."""
    off = reason.get("days_off") or {}
    parts = []
    if off.get("team"):
        parts.append(
            ngettext("%(count)s day off of the team", "%(count)s days off of the team", off["team"])
            % {"count": off["team"]}
        )
    if off.get("absence"):
        parts.append(
            ngettext("%(count)s day of the coach's absence", "%(count)s days of the coach's absence", off["absence"])
            % {"count": off["absence"]}
        )
    if off.get("practice"):
        parts.append(
            ngettext(
                "%(count)s day on which the practice receives no visits",
                "%(count)s days on which the practice receives no visits",
                off["practice"],
            )
            % {"count": off["practice"]}
        )
    if parts:
        yield _("Left out: %(days)s.") % {"days": ", ".join(parts)}
    missing = reason.get("without") or []
    if "absence" in missing and "practice" in missing:
        yield _("The coach and the practice have no day in common soon, so only the team's days are counted.")
    elif "absence" in missing:
        yield _("The coach is away for so long that only the team's days are counted: give it to somebody else.")
    elif "practice" in missing:
        yield _("The practice is closed for so long that only the team's days are counted.")


def _changes(row: FollowUp) -> Iterator[str]:
    """What happened to the day after it was counted, in the order in which it happened."""
    reason = row.reason
    if reason.get("moved"):
        yield _moved(row, reason["moved"])
    if reason.get("resumed"):
        yield from _resumed(row, reason["resumed"])
    if reason.get("deferred"):
        yield _deferred(reason["deferred"])
    if reason.get("paused"):
        yield _paused(reason["paused"])


def _moved(row: FollowUp, moved: dict[str, Any]) -> str:
    words = {"on": day_phrase(moved["on"]), "before": day_phrase(moved["from"])}
    if moved["why"] == "anchor":
        if not moved.get("anchor_from"):
            return _("It moved on %(on)s from %(before)s with the day that it is counted from.") % words
        words["anchor"] = day_phrase(moved["anchor_from"])
        return (
            _("It moved on %(on)s from %(before)s, because the day that it is counted from was %(anchor)s before.")
            % words
        )
    phrases = {
        "team": _("It moved on %(on)s from %(before)s, because that became a day off of the team."),
        "absence": _("It moved on %(on)s from %(before)s, because the coach is away then."),
        "practice": _("It moved on %(on)s from %(before)s, because the practice receives no visits then."),
    }
    return phrases.get(moved["why"], _("It moved on %(on)s from %(before)s.")) % words


def _resumed(row: FollowUp, resumed: dict[str, Any]) -> Iterator[str]:
    words = {"since": day_phrase(resumed["since"]), "on": day_phrase(resumed["on"]), "why": resumed.get("why", "")}
    if words["why"]:
        yield _("It was paused from %(since)s until it went on on %(on)s: %(why)s.") % (
            words | {"why": words["why"].rstrip(".")}
        )
    else:
        yield _("It was paused from %(since)s until it went on on %(on)s.") % words
    if resumed.get("remaining") is not None:
        left = {"left": delay_phrase(resumed["remaining"], resumed["unit"]), "before": day_phrase(resumed["from"])}
        yield (
            _(
                "%(left)s were left of the delay to %(before)s; those who went on together are spread over what their"
                " coach can do in a day."
            )
            % left
        )


def _paused(paused: dict[str, Any]) -> str:
    words = {"since": day_phrase(paused["since"]), "why": paused.get("why", "").rstrip(".")}
    told = _("Paused since %(since)s: %(why)s.") % words
    if paused.get("remaining") is None:
        return told
    if not paused["remaining"]:
        return f"{told} {_('Its best day had come, so it comes back as soon as it goes on.')}"
    left = _("%(left)s are left of the delay.") % {"left": delay_phrase(paused["remaining"], paused["unit"])}
    return f"{told} {left}"


def _deferred(deferred: dict[str, Any]) -> str:
    words = {
        "since": day_phrase(deferred["since"]),
        "limit": limit_phrase(deferred["why"], deferred.get("used"), deferred.get("cap")),
    }
    if deferred.get("until"):
        words["until"] = day_phrase(deferred["until"])
        return _("It was deferred from %(since)s to %(until)s: %(limit)s.") % words
    return _("Deferred since %(since)s: %(limit)s.") % words


def _window(row: FollowUp) -> str:
    words = {
        "opens": day_phrase(row.opens_on),
        "target": day_phrase(row.target_on),
        "closes": day_phrase(row.closes_on),
    }
    if row.reason.get("paused"):
        return _("Before that it was for any day between %(opens)s and %(closes)s, best on %(target)s.") % words
    if row.opens_on == row.closes_on:
        return _("Best on %(target)s.") % words
    return _("Any day between %(opens)s and %(closes)s, best on %(target)s.") % words
