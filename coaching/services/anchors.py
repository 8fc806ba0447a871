"""Days that other parts of the product tell: a session was attended, the wave of a pilot starts."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from coaching.enums import OPEN_FOLLOW_UPS, EnrolmentState
from coaching.errors import AnchorNotTold, DayRefused, OutOfScope
from coaching.models import AnchorDay, Enrolment
from coaching.models.anchor import TOLD
from coaching.policies import may_steer
from coaching.services import recording
from coaching.services.planner import redating
from coaching.services.planner.advance import advance
from coaching.services.planner.tally import Moment
from coaching.services.working_days import planning_calendar

FURTHEST = dt.timedelta(days=10 * 366)
"""A told day lies at most so far away, in the past or ahead."""

SourceDay = tuple[int, dt.date | None, str]
"""A practitioner's key, the day (none withdraws it), and where the day comes from."""


@dataclass(frozen=True)
class Told:
    """What telling days changed: how many are new, moved, withdrawn, and as they were."""

    new: int = 0
    moved: int = 0
    withdrawn: int = 0
    unchanged: int = 0

    def plus(self, other: "Told") -> "Told":
        """The two together."""
        return Told(
            *(getattr(self, name) + getattr(other, name) for name in ("new", "moved", "withdrawn", "unchanged"))
        )


@transaction.atomic
def tell_anchor_days(
    *,
    anchor: str,
    source_days: Iterable[SourceDay],
    by: User | None = None,
    at: dt.datetime | None = None,
) -> Told:
    """Tell on which day practitioners attended a session or the wave of their pilot starts.

    Each day comes from a source (a participation's or a session's reference): telling it again moves it,
    telling no day withdraws it. Of several days of a practitioner the latest counts. Who waited for the
    day goes on in the same transaction, and open untouched follow-ups that count from it move with it.
    Errors: AnchorNotTold, DayRefused (more than ten years away), OutOfScope.
    """
    at, on = recording.moment(at)
    if anchor not in TOLD:
        raise AnchorNotTold(tuple(str(known) for known in TOLD))
    if by is not None and not may_steer(by):
        raise OutOfScope
    wanted = {(practitioner, source): day for practitioner, day, source in source_days}
    for day in wanted.values():
        if day is not None and abs(day - on) > FURTHEST:
            raise DayRefused("day", _("Choose a day within ten years."))
    practitioners = sorted({practitioner for practitioner, _source in wanted})
    recording.lock_practitioners(practitioners)
    known = {
        (row.practitioner_id, row.source): row
        for row in AnchorDay.objects.filter(anchor=anchor, practitioner__in=practitioners)
    }
    new, moved, withdrawn = [], [], []
    for key, day in wanted.items():
        row = known.get(key)
        if row is None and day is not None:
            new.append(AnchorDay(practitioner_id=key[0], anchor=anchor, day=day, source=key[1]))
        elif row is not None and day is None:
            withdrawn.append(row)
        elif row is not None and day is not None and row.day != day:
            row.day = day
            moved.append(row)
    AnchorDay.objects.bulk_create(new)
    AnchorDay.objects.bulk_update(moved, ["day"], batch_size=1000)
    AnchorDay.objects.filter(pk__in=[row.pk for row in withdrawn]).delete()
    changed = sorted({row.practitioner_id for row in (*new, *moved, *withdrawn)})
    follow_anchors(changed, [anchor], on=on, at=at, by=by)
    return Told(len(new), len(moved), len(withdrawn), len(wanted) - len(new) - len(moved) - len(withdrawn))


def follow_anchors(
    practitioners: list[int], anchors: Iterable[str], *, on: dt.date, at: dt.datetime, by: User | None
) -> None:
    """Bring on who waits for one of these anchors, and move what counts from it; the practitioners are locked."""
    named = [str(anchor) for anchor in anchors]
    counting = Q(state=EnrolmentState.LIVE, follow_ups__state__in=OPEN_FOLLOW_UPS, follow_ups__reason__anchor__in=named)
    waiting = Q(state=EnrolmentState.WAITING, waiting_for__in=named)
    concerned = Enrolment.objects.filter(waiting | counting, practitioner__in=practitioners)
    ids = sorted(set(concerned.values_list("pk", flat=True)))
    if ids:
        redating.move(ids, Moment(on, at, by, planning_calendar(on=on, enrolments=ids)))
        advance(ids, on=on, at=at, by=by)
