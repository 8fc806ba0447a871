"""Says a proposal's reasons in sentences."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import Role
from coaching.enums import Track
from coaching.selectors.proposal.shapes import LeftOver, Line
from practitioners.enums import ContactLanguage


def week_in_words(week: dt.date | str) -> str:
    """A week by its Monday: the week of 9 July."""
    monday = dt.date.fromisoformat(week) if isinstance(week, str) else week
    # Translators: a Monday within a sentence, in Django's date format letters (9 July)
    return _("the week of %(day)s") % {"day": date_format(monday, _("j F"))}


def reasons_of(line: Line, *, communes: Mapping[str, str]) -> list[str]:
    """Why this coach and this week, in short sentences; `communes` names the communes by their NIS codes."""
    facts = line.facts
    told = [_language(facts), _place(facts, communes), _acquaintance(facts), _week(facts)]
    if facts["days_away"]:
        told.append(
            ngettext(
                "Away on %(count)s working day of the window.",
                "Away on %(count)s working days of the window.",
                facts["days_away"],
            )
            % {"count": facts["days_away"]}
        )
    return [sentence for sentence in told if sentence]


def _language(facts: Mapping[str, Any]) -> str:
    sentences = {
        ContactLanguage.FRENCH: _("Speaks French and does %(track)s."),
        ContactLanguage.DUTCH: _("Speaks Dutch and does %(track)s."),
    }
    return sentences[facts["language"]] % {"track": str(Track(facts["track"]).label).lower()}


def _place(facts: Mapping[str, Any], communes: Mapping[str, str]) -> str:
    if not facts["commune"]:
        return _("The commune is not known, so the way there doesn't count.")
    words = {"commune": communes.get(facts["commune"], facts["commune"]), "count": facts["borders"]}
    if not facts["borders"]:
        return _("Covers %(commune)s.") % words
    return (
        ngettext(
            "Covers a commune next to %(commune)s.",
            "Covers communes %(count)s borders from %(commune)s.",
            facts["borders"],
        )
        % words
    )


def _acquaintance(facts: Mapping[str, Any]) -> str:
    if facts["keeps"] is None:
        return ""
    return _("Knows the practitioner.") if facts["keeps"] else _("Somebody else knows the practitioner.")


def _week(facts: Mapping[str, Any]) -> str:
    words = {"week": week_in_words(facts["week"]), "after": facts["after"], "capacity": facts["capacity"]}
    if facts["best_day_past"]:
        return _("In %(week)s, as its best day is past; %(after)s of %(capacity)s contacts then.") % words
    if facts["weeks_from_best"]:
        return _("In %(week)s, not that of the best day; %(after)s of %(capacity)s contacts then.") % words
    return _("In %(week)s, that of the best day; %(after)s of %(capacity)s contacts then.") % words


def why_left(left: LeftOver) -> str:
    """Why nobody can take a follow-up, and what would help."""
    facts = left.facts
    if left.code == "nobody_on_track":
        track = str(Track(facts["track"]).label).lower()
        return _("No active coach does %(track)s.") % {"track": track}
    if left.code == "nobody_of_role":
        return _("Nobody who does this has the role that the step asks for: %(role)s.") % {
            "role": str(Role(facts["role"]).label).lower()
        }
    if left.code == "nobody_speaks":
        sentences = {
            ContactLanguage.FRENCH: _("Nobody who does %(track)s speaks French."),
            ContactLanguage.DUTCH: _("Nobody who does %(track)s speaks Dutch."),
        }
        return sentences[facts["language"]] % {"track": str(Track(facts["track"]).label).lower()}
    if left.code == "all_away":
        words = {"opens": _day(facts["opens_on"]), "closes": _day(facts["closes_on"])}
        return _("All who could do it are away from %(opens)s to %(closes)s.") % words
    if left.code == "all_full":
        weeks = ", ".join(_day(week) for week in facts["weeks"])
        return ngettext(
            "All who could do it are full in the week of %(weeks)s.",
            "All who could do it are full in the weeks of %(weeks)s.",
            len(facts["weeks"]),
        ) % {"weeks": weeks}
    fixed = {
        "no_coach": _("There is no active coach."),
        "not_open": _("It is no longer open."),
        "paused": _("The work with this practitioner is paused; it goes on by itself afterwards."),
        "window_closed": _("Its window has closed; the planner makes a new one in its place."),
    }
    return fixed[left.code]


def _day(text: str) -> str:
    return date_format(dt.date.fromisoformat(text), _("j F"))
