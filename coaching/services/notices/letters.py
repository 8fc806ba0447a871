"""How a notice reads: one letter, as plain text and as simple HTML without anything loaded from elsewhere."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from core import addresses
from core.outbox import Attachment, Message, one_line


@dataclass
class Line:
    """A person or thing, what is said about it, and where to read on."""

    title: str
    details: list[str] = field(default_factory=list)
    url: str = ""


@dataclass
class Section:
    """Lines under a heading; `more` of the same are on the page."""

    title: str
    lines: list[Line]
    more: int = 0


@dataclass
class Letter:
    """What somebody is told, in their language: call within `translation.override(user.language)`."""

    subject: str
    opening: str
    sections: list[Section]
    action: str
    url: str
    attachments: Sequence[Attachment] = ()

    def to(self, user: User, occasions: Sequence[str], *, expires_at: dt.datetime | None = None) -> Message:
        """The message that carries this letter to somebody."""
        context = {
            "letter": self,
            "user": user,
            "choices": addresses.page("notice_choices"),
        }
        return Message(
            occasions=occasions,
            to=user.email,
            subject=self.subject,
            text=render_to_string("coaching/mail/letter.txt", context).strip() + "\n",
            html=render_to_string("coaching/mail/letter.html", context),
            attachments=self.attachments,
            language=user.language,
            expires_at=expires_at,
        )


def day_words(day: dt.date) -> str:
    """A day with its weekday, as the reader writes it."""
    # Translators: a day in a mail, in Django's date format letters (Monday 2 July)
    return date_format(day, _("l j F"))


def window_words(opens_on: dt.date, closes_on: dt.date, best: dt.date | None = None) -> str:
    """Any day between two days, and which is best."""
    if opens_on == closes_on:
        return day_words(opens_on)
    days = {"first": day_words(opens_on), "last": day_words(closes_on)}
    if best is None:
        return _("any day between %(first)s and %(last)s") % days
    return _("any day between %(first)s and %(last)s, best on %(best)s") % {**days, "best": day_words(best)}


def plain(text: str) -> str:
    """A name as it may stand in a line: one line, no control characters."""
    return one_line(text)
