"""A dry run for somebody at a screen: of a day nearby, and within the seconds that a page may take."""

import datetime as dt

from django.conf import settings
from django.utils.translation import gettext as _

from coaching.errors import DayRefused
from coaching.services.planner.report import DryRun
from coaching.services.planner.run import plan_follow_ups
from coaching.services.working_days import LATEST
from core import clock


def dry_run(*, on: dt.date | None = None) -> DryRun:
    """What the planner would do on a day, today by default, to the rows as they are now; nothing is kept.

    Refuses a day more than a year away (DayRefused), a second dry run at once (DryRunBusy) and one that
    takes longer than PLANNER_DRY_RUN_SECONDS (DryRunCutShort).
    """
    today = clock.today()
    on = on or today
    if abs(on - today) > LATEST:
        raise DayRefused("on", _("Choose a day within a year from today."))
    report = plan_follow_ups(on=on, dry_run=True, seconds=settings.PLANNER_DRY_RUN_SECONDS)
    assert isinstance(report, DryRun)
    return report
