"""Calendars in the format that calendar programs read (RFC 5545), in neutral words.

An event says whom to see and where, and nothing of why: no segment, playbook, step, track or note.
"""

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from coaching.enums import Channel
from coaching.models import FollowUp, Visit
from coaching.selectors.agenda import place_of
from core import addresses
from core.outbox import Attachment, one_line

ZONE = "Europe/Brussels"
PRODUCT = "-//Passerelle//Passerelle//EN"
USUAL_MINUTES = 30


def calendar(events: Iterable[Event], *, name: str = "Passerelle") -> bytes:
    """A calendar of these events, with the rules of Brussels time where one has an hour."""
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("x-wr-timezone", ZONE)
    listed = list(events)
    if any(isinstance(event.decoded("dtstart"), dt.datetime) for event in listed):
        made.add_component(brussels_time())
    for event in listed:
        made.add_component(event)
    return bytes(made.to_ical())


def calendar_file(events: Iterable[Event], *, name: str) -> Attachment:
    """The same as a file that goes with a mail."""
    return Attachment(name=name, content=calendar(events), mimetype="text/calendar")


def follow_up_event(follow_up: FollowUp) -> Event:
    """A follow-up on its best day, as an event of the whole day that leaves the hours free.

    Its UID stays for its life; its SEQUENCE grows whenever it is changed (`agenda.with_changes` counts), so
    that programs move it.
    """
    event = Event()
    event.add("uid", f"follow-up-{follow_up.ref}@passerelle")
    event.add("dtstart", follow_up.target_on)
    event.add("dtend", follow_up.target_on + dt.timedelta(days=1))
    event.add("summary", f"{_word(follow_up.channel)}: {one_line(follow_up.practitioner.name)}")
    event.add("description", _between(follow_up))
    event.add("transp", "TRANSPARENT")
    event.add("url", addresses.page("coaching:follow_up", follow_up.ref))
    return _common(event, follow_up, getattr(follow_up, "changes", None) or 0)


def visit_event(visit: Visit) -> Event:
    """A planned visit at its hour in Brussels, as long as it was said to take, else half an hour."""
    assert visit.planned_at is not None
    begins = timezone.localtime(visit.planned_at, timezone.get_default_timezone())
    # Counted in real minutes: a visit over the hour of a clock change isn't an hour longer or shorter.
    ends = visit.planned_at + dt.timedelta(minutes=visit.minutes or USUAL_MINUTES)
    event = Event()
    event.add("uid", f"visit-{visit.ref}@passerelle")
    event.add("dtstart", begins)
    event.add("dtend", timezone.localtime(ends, timezone.get_default_timezone()))
    event.add("summary", f"{_word(visit.kind)}: {one_line(visit.practitioner.name)}")
    event.add("transp", "OPAQUE")
    return _common(event, visit, max(int((visit.updated_at - visit.created_at).total_seconds()), 0))


def _common(event: Event, row: FollowUp | Visit, sequence: int) -> Event:
    event.add("dtstamp", row.updated_at)
    event.add("last-modified", row.updated_at)
    event.add("sequence", sequence)
    place = one_line(place_of(row.practitioner))
    if place:
        event.add("location", place)
    return event


def _word(channel: str) -> str:
    """What kind of contact, in a word that anybody may read."""
    words = {
        Channel.VISIT: _("Visit"),
        Channel.TECHNICAL_CHECK: _("Visit"),
        Channel.CALL: _("Call"),
        Channel.EMAIL: _("E-mail"),
        Channel.REMOTE: _("Video call"),
    }
    return words.get(Channel(channel), _("Follow-up"))


def _between(follow_up: FollowUp) -> str:
    return _("Any day between %(first)s and %(last)s.") % {
        "first": date_format(follow_up.opens_on, "DATE_FORMAT"),
        "last": date_format(follow_up.closes_on, "DATE_FORMAT"),
    }


def brussels_time() -> Timezone:
    """Brussels time as calendar programs want it told: the European Union's rule since 1996."""
    zone = Timezone()
    zone.add("tzid", ZONE)
    for kind, name, month, before, after in (
        (TimezoneDaylight, "CEST", 3, 1, 2),
        (TimezoneStandard, "CET", 10, 2, 1),
    ):
        part = kind()
        # Of the clocks in Brussels, so without a zone: this is what defines the zone.
        part.add("dtstart", dt.datetime(1996, month, 31 if month == 3 else 27, 1 + before))  # noqa: DTZ001
        part.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1su"})
        part.add("tzoffsetfrom", dt.timedelta(hours=before))
        part.add("tzoffsetto", dt.timedelta(hours=after))
        part.add("tzname", name)
        zone.add_component(part)
    return zone
