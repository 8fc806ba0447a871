"""How things of the domain look: the tone, drawing and colour of each state, segment and channel."""

import datetime as dt

import phonenumbers
from django.utils import timezone

from adoption.enums import Segment
from coaching.enums import CaseState, Channel, FollowUpState, Outcome
from practitioners.enums import IdentifierValidator

STATES: dict[str, tuple[str, str]] = {
    FollowUpState.PLANNED: ("info", "calendar-time"),
    FollowUpState.DUE: ("warn", "bell"),
    FollowUpState.DONE: ("good", "check"),
    FollowUpState.SKIPPED: ("calm", "minus"),
    FollowUpState.DEFERRED: ("plum", "clock-pause"),
    FollowUpState.MISSED: ("bad", "calendar-off"),
    FollowUpState.CANCELLED: ("calm", "x"),
    CaseState.OPEN: ("good", "progress"),
    CaseState.PAUSED: ("plum", "player-pause"),
    CaseState.CLOSED: ("calm", "lock"),
    "active": ("good", "check"),
    "inactive": ("calm", "ban"),
    "running": ("info", "refresh"),
    "refused": ("warn", "ban"),
    "failed": ("bad", "alert-circle"),
    "live": ("good", "progress"),
    "sent": ("good", "check"),
    "waiting": ("warn", "clock-pause"),
    "completed": ("good", "checks"),
    "exited": ("calm", "logout"),
}

# A segment's place on the curve, from the first to the last to adopt; the others have none.
_PLACES: dict[str, int] = {
    Segment.INNOVATORS: 1,
    Segment.EARLY_ADOPTERS: 2,
    Segment.EARLY_MAJORITY: 3,
    Segment.LATE_MAJORITY: 4,
    Segment.LAGGARDS: 5,
}

CHANNELS: dict[str, str] = {
    Channel.VISIT: "map-pin",
    Channel.CALL: "phone",
    Channel.EMAIL: "mail",
    Channel.REMOTE: "video",
    Channel.TECHNICAL_CHECK: "tool",
    Channel.INVITATION: "calendar-plus",
    Channel.FIGURES_CHECK: "chart-line",
}


OUTCOMES: dict[str, tuple[str, str]] = {
    Outcome.DONE: ("good", "check"),
    Outcome.NO_ANSWER: ("warn", "phone-off"),
    Outcome.REFUSED: ("bad", "ban"),
    Outcome.WANTS_LATER: ("plum", "clock-pause"),
}


def segment_class(code: str) -> str:
    """The style class of a segment."""
    return f"segment-{_PLACES[code]}" if code in _PLACES else "segment-none"


def part_class(code: str, place: int) -> str:
    """The colour of a part of a whole: a segment's own, else by its place among two or three."""
    if code in Segment.values:
        return segment_class(code)
    return ("segment-2", "segment-5", "segment-4")[place % 3]


def segment_label(code: str) -> str:
    """The name of a segment, for staff."""
    return str(Segment(code).label) if code in Segment.values else str(Segment.UNASSIGNED.label)


def phone_text(number: str) -> str:
    """A Belgian number in the national form, another in the international one."""
    if not number:
        return ""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    style = phonenumbers.PhoneNumberFormat.NATIONAL
    if parsed.country_code != 32:
        style = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)


def identifier_text(value: str, validator: str) -> str:
    """A NIHDI number with its dashes, another identifier as it was written."""
    if validator == IdentifierValidator.NIHDI and len(value) == 11 and value.isdigit():
        return f"{value[0]}-{value[1:6]}-{value[6:8]}-{value[8:]}"
    return value


def local_day(moment: dt.datetime) -> dt.date:
    """The date in Brussels of a moment."""
    return timezone.localtime(moment).date()
