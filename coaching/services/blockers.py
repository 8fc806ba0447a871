"""The register of software defects that make contacts pointless until they are mended."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from coaching.enums import PauseScope
from coaching.errors import (
    BlockerAlreadyOpen,
    BlockerClosed,
    BlockerDayRefused,
    DefectMissing,
    OutOfScope,
    PauseEndBeforeStart,
)
from coaching.models import Pause, SoftwareBlocker
from coaching.policies import may_register_blockers
from coaching.services import recording
from coaching.services.pauses import finish, hold_now
from coaching.services.working_days import LATEST
from core import locks
from practitioners.models import SoftwareProduct


@transaction.atomic
def open_blocker(
    *,
    software: SoftwareProduct,
    defect: str,
    since: dt.date,
    by: User | None,
    version: str = "",
    at: dt.datetime | None = None,
) -> SoftwareBlocker:
    """Register a defect: everybody who works with the product is paused until it is closed.

    With a `version`, those of whom the registry knows another version go on.
    Errors: DefectMissing, BlockerDayRefused, BlockerAlreadyOpen, OutOfScope.
    """
    at, on = recording.moment(at)
    if by is not None and not may_register_blockers(by):
        raise OutOfScope
    defect = " ".join(defect.split())[:300]
    if not defect:
        raise DefectMissing
    if not on - LATEST <= since <= on:
        raise BlockerDayRefused("since")
    version = " ".join(version.split())[:60]
    locks.hold("coaching.pauses")
    if SoftwareBlocker.objects.filter(software=software, version__iexact=version, until__isnull=True).exists():
        raise BlockerAlreadyOpen
    blocker = SoftwareBlocker.objects.create(software=software, version=version, defect=defect, since=since)
    pause = Pause.objects.create(
        scope=PauseScope.SOFTWARE, software=software, blocker=blocker, reason=defect, starts_on=since, by=by
    )
    hold_now(pause, on=on, at=at, by=by)
    return blocker


@transaction.atomic
def close_blocker(
    *, blocker: SoftwareBlocker, until: dt.date, by: User | None, at: dt.datetime | None = None
) -> SoftwareBlocker:
    """Say that a defect is mended, `until` being the last day on which it was there; who was paused goes on.

    They go on the day after it, but not before today: days that are past can't be worked any more.
    Errors: BlockerClosed, BlockerDayRefused, PauseEndBeforeStart, OutOfScope.
    """
    at, on = recording.moment(at)
    if by is not None and not may_register_blockers(by):
        raise OutOfScope
    locked = SoftwareBlocker.objects.select_for_update(no_key=True).get(pk=blocker.pk)
    if locked.until is not None:
        raise BlockerClosed
    if until < locked.since:
        raise PauseEndBeforeStart("until")
    if until > on:
        raise BlockerDayRefused("until")
    locked.until = until
    locked.save(update_fields=["until"])
    pause = Pause.objects.select_for_update(no_key=True).filter(blocker=locked).first()
    if pause is not None and pause.resumed_on is None:
        finish(pause, last=max(until, on - dt.timedelta(days=1)), on=on, at=at, by=by)
    return locked
