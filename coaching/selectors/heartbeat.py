"""Whether the planner does its nightly work: on time, to the end, and on the rows that asked for it."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from adoption.models import SegmentationRun
from coaching.models import Enrolment, PlannerRun
from coaching.selectors.calendars import team_calendar
from core import clock
from core.months import iso, shift

LEFT_UNDONE = """
SELECT (SELECT count(*) FROM coaching_enrolment e
        WHERE e.state = 'live' AND e.created_at < %(started)s AND NOT EXISTS (
            SELECT 1 FROM coaching_followup f
            WHERE f.enrolment_id = e.id AND f.state IN ('planned', 'due', 'deferred'))),
       (SELECT count(*) FROM coaching_followup f JOIN coaching_enrolment e ON e.id = f.enrolment_id
        WHERE e.state = 'live' AND f.state = 'planned' AND f.opens_on <= %(on)s
          AND f.created_at < %(started)s AND f.updated_at < %(started)s),
       (SELECT count(*) FROM coaching_followup f JOIN coaching_enrolment e ON e.id = f.enrolment_id
        WHERE e.state = 'live' AND f.state IN ('planned', 'due', 'deferred') AND f.closes_on < %(on)s
          AND f.created_at < %(started)s AND f.updated_at < %(started)s)
"""
"""What a run should have done by the rows as they were before it, and did not: enrolments without a next
follow-up, follow-ups not opened, windows not marked missed. What people have changed since doesn't count."""

NIGHT_IS_OVER = dt.time(5)
"""In Brussels; half an hour after beat's nightly planning."""

_REMEMBERED_SECONDS = 300


@dataclass(frozen=True)
class Alarm:
    """Something that is wrong with the planner; `code` is stable, `words` are in the reader's language."""

    code: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What is wrong, in a sentence without its full stop."""
        facts, count = self.facts, self.facts.get("count", 0)
        said = {
            "rests": _("the planner rests: the working segments were made from figures up to %(month)s"),
            "never": _("the planner has not run"),
            "cut_off": _("the planner's run of %(moment)s was cut off: it began and never finished"),
            "late": _("the planner last finished at %(moment)s"),
            "behind": _("the planner's last run was for %(day)s, not for today"),
            "nobody": _("the planner saw nobody although practitioners are enrolled"),
            "not_made": ngettext(
                "the planner's last run left %(count)s enrolment without a follow-up",
                "the planner's last run left %(count)s enrolments without a follow-up",
                count,
            ),
            "not_opened": ngettext(
                "the planner's last run left %(count)s follow-up unopened whose window is open",
                "the planner's last run left %(count)s follow-ups unopened whose windows are open",
                count,
            ),
            "not_missed": ngettext(
                "the planner's last run left %(count)s follow-up open whose window has closed",
                "the planner's last run left %(count)s follow-ups open whose windows have closed",
                count,
            ),
        }
        return said[self.code] % facts


def last_run() -> PlannerRun | None:
    """The last run of the planner that came to its end."""
    return PlannerRun.objects.filter(finished_at__isnull=False).order_by("-finished_at").first()


def figures_too_old(on: dt.date) -> dt.date | None:
    """The month up to which the working segments were made, when it lies too far back to plan that day by.

    Nobody is enrolled by such segments then, unless by `plan_follow_ups --on`, which plans any day by them.
    """
    as_of = (
        SegmentationRun.objects.filter(version__is_working=True, state="done")
        .order_by("-pk")
        .values_list("as_of", flat=True)
        .first()
    )
    return as_of if as_of is not None and as_of < _oldest(on) else None


def planner_rests(on: dt.date) -> bool:
    """Whether that day is not to be planned at all: the figures are too old, and so is what was planned by them.

    A network tried on past years is a look at history: planning it today would turn all its follow-ups
    into missed ones. Where the planner has been at work since, what is under way goes on without segments.
    """
    if figures_too_old(on) is None:
        return False
    # The last run, not the latest day: a new site plans its empty nights before it is given a past to try.
    run = last_run()
    if run is not None:
        return run.planned_for < _oldest(on)
    return not Enrolment.objects.filter(ended_on__isnull=True, enrolled_on__gte=_oldest(on)).exists()


def _oldest(on: dt.date) -> dt.date:
    return shift(on.replace(day=1), -settings.PLANNER_FIGURES_MAX_AGE_MONTHS)


def planning_is_owed(moment: dt.datetime) -> bool:
    """Whether the night has passed without a run for today that finished or is still at it.

    A run that began lately is left to finish; after PLANNER_CUT_OFF_AFTER_HOURS it counts as cut off.
    """
    today = clock.today()
    if timezone.localtime(moment).time() < NIGHT_IS_OVER or planner_rests(today):
        return False
    lately = moment - dt.timedelta(hours=settings.PLANNER_CUT_OFF_AFTER_HOURS)
    runs = PlannerRun.objects.filter(planned_for__gte=today)
    return not runs.filter(Q(finished_at__isnull=False) | Q(started_at__gt=lately)).exists()


def planner_problem() -> str | None:
    """What is wrong with the planner's heartbeat, in English for machines; nothing when all is well."""
    with translation.override("en"):
        return "; ".join(alarm.words for alarm in planner_alarms()) or None


def planner_alarms() -> list[Alarm]:
    """What is wrong with the planner: it rests, never ran, broke off, is late, or did too little.

    Too little is told from the rows: a run that saw nobody where somebody was enrolled before it, or
    that left behind what the rows as they were asked for. An empty run over rows that ask for nothing
    is no alarm.
    """
    today = clock.today()
    too_old = figures_too_old(today)
    rests = [Alarm("rests", {"month": iso(too_old)})] if too_old else []
    if rests and planner_rests(today):
        return rests
    run = last_run()
    alarms = rests + _of_the_newest(run)
    if run is None:
        enrolled = Enrolment.objects.filter(ended_on__isnull=True).exists()
        return alarms + ([Alarm("never")] if enrolled and alarms == rests else [])
    return alarms + _lateness(run, today) + _emptiness(run)


def _of_the_newest(finished: PlannerRun | None) -> list[Alarm]:
    """A run that began, is not the last to have finished, and has had more time than any run needs."""
    newest = PlannerRun.objects.order_by("-pk").first()
    patience = dt.timedelta(hours=settings.PLANNER_CUT_OFF_AFTER_HOURS)
    if newest is None or newest.finished_at is not None or timezone.now() - newest.started_at < patience:
        return []
    if finished is not None and finished.finished_at is not None and finished.finished_at > newest.started_at:
        return []
    return [Alarm("cut_off", {"moment": _moment(newest.started_at)})]


def _lateness(run: PlannerRun, today: dt.date) -> list[Alarm]:
    assert run.finished_at is not None
    patience = dt.timedelta(hours=settings.PLANNER_LATE_AFTER_HOURS)
    if timezone.now() - run.finished_at > patience:
        return [Alarm("late", {"moment": _moment(run.finished_at)})]
    # Before the nightly hour yesterday's run is still the last; a run by hand for a day of the past is none.
    if today - run.planned_for > max(patience, dt.timedelta(days=1)):
        return [Alarm("behind", {"day": run.planned_for.isoformat()})]
    return []


def _emptiness(run: PlannerRun) -> list[Alarm]:
    if run.enrolments_seen == 0:
        enrolled = Enrolment.objects.filter(ended_on__isnull=True, created_at__lt=run.started_at)
        return [Alarm("nobody")] if enrolled.exists() else []
    codes = ("not_made", "not_opened", "not_missed")
    counts = dict(zip(codes, _left_undone(run), strict=True))
    if counts["not_opened"] and not team_calendar(around=run.planned_for).is_working(run.planned_for):
        # On a day off what is a coach's waits for the next working day.
        del counts["not_opened"]
    return [Alarm(code, {"count": count}) for code, count in counts.items() if count]


def _left_undone(run: PlannerRun) -> tuple[int, int, int]:
    """The counts of LEFT_UNDONE; probes come every few seconds, so they are remembered for a while."""
    key = f"planner-left-undone:{run.pk}"
    counts = cache.get(key)
    if counts is None:
        with connection.cursor() as cursor:
            cursor.execute(LEFT_UNDONE, {"started": run.started_at, "on": run.planned_for})
            counts = tuple(cursor.fetchone())
        cache.set(key, counts, _REMEMBERED_SECONDS)
    return counts


def _moment(moment: dt.datetime) -> str:
    return timezone.localtime(moment).isoformat(timespec="minutes")
