"""Words for anchors and delays, inside sentences."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coaching.enums import DelayUnit
from core.months import day_in_words


def day_phrase(value: dt.date | str) -> str:
    """A day, as it is or as an ISO date, in the reader's language."""
    return day_in_words(dt.date.fromisoformat(value) if isinstance(value, str) else value)


def limit_phrase(why: str, used: int | None, cap: int | None) -> str:
    """Which limit kept a follow-up from opening, with how much of it was used."""
    words = {"used": used, "cap": cap}
    phrases = {
        "practitioner_budget": _("the practitioner has had %(used)s of %(cap)s contacts") % words,
        "coach_day": _("the coach's day is full, with %(used)s of %(cap)s contacts") % words,
        "coach_week": _("the coach's week is full, with %(used)s of %(cap)s contacts") % words,
    }
    return phrases.get(why, why)


def delay_phrase(delay: int, unit: str) -> str:
    """So many working or calendar days."""
    if unit == DelayUnit.WORKING_DAYS:
        return ngettext("%(count)s working day", "%(count)s working days", delay) % {"count": delay}
    return ngettext("%(count)s calendar day", "%(count)s calendar days", delay) % {"count": delay}


def anchor_phrase(anchor: str, day: str) -> str:
    """The day that a delay runs from, and what happened on it."""
    phrases = {
        "enrolled": _("the enrolment on %(day)s"),
        "previous_done": _("the end of the previous step on %(day)s"),
        "previous_target": _("the previous step's best day, %(day)s"),
        "last_contact": _("the last contact, on %(day)s"),
        "session_attended": _("the session attended on %(day)s"),
        "wave_start": _("the start of the wave on %(day)s"),
        "no_answer": _("the attempt without an answer on %(day)s"),
        "missed": _("the day on which the missed window was noticed, %(day)s"),
        "asked": _("the day that the practitioner asked for, %(day)s"),
    }
    return phrases.get(anchor, "%(day)s") % {"day": day}
