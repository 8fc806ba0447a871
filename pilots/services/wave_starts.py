"""Tell the follow-up engine on which day the wave of each participant's pilot starts."""

import datetime as dt
from collections.abc import Iterator
from itertools import islice

from django.db.models import Q

from coaching.enums import Anchor
from coaching.models import AnchorDay
from coaching.services import tell_anchor_days
from coaching.services.anchors import FURTHEST, SourceDay, Told
from core import clock
from pilots.models import Participation

SOURCE = "participation:"
AT_ONCE = 500
"""Practitioners who are told of, and locked, in one transaction."""


def tell_wave_starts(*, on: dt.date | None = None, at: dt.datetime | None = None) -> Told:
    """Tell the start of the wave for who takes part on a day (today by default), or will.

    A start that was moved is told again; where a participation ended or was taken out it is withdrawn.
    Only what changed since the last time is told, so a second time changes nothing.
    """
    on = on or clock.today()
    told = Told()
    changes = iter(_changes(on))
    while batch := list(islice(changes, AT_ONCE)):
        told = told.plus(tell_anchor_days(anchor=Anchor.WAVE_START, source_days=batch, at=at))
    return told


def _changes(on: dt.date) -> Iterator[SourceDay]:
    present = Participation.objects.filter(Q(until__isnull=True) | Q(until__gte=on))
    present = present.filter(pilot__wave__starts_on__range=(on - FURTHEST, on + FURTHEST))
    wanted = {
        (practitioner, f"{SOURCE}{pk}"): day
        for pk, practitioner, day in present.values_list("pk", "practitioner_id", "pilot__wave__starts_on")
    }
    known = {
        (practitioner, source): day
        for practitioner, source, day in AnchorDay.objects.filter(
            anchor=Anchor.WAVE_START, source__startswith=SOURCE
        ).values_list("practitioner_id", "source", "day")
    }
    for practitioner, source in sorted(wanted.keys() | known.keys()):
        day = wanted.get((practitioner, source))
        if day != known.get((practitioner, source)):
            yield practitioner, day, source
