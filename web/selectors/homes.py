"""What each role's first page shows."""

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from accounts.models import ApiToken, User
from adoption.enums import Segment
from adoption.models import SegmentationRun
from adoption.selectors.boards import main_indicator, recent_figures
from adoption.selectors.segments import latest_run, movements, segment_counts, working_version
from coaching.enums import OPEN_FOLLOW_UPS, CaseOutcome, CaseState
from coaching.models import Case, Coach, FollowUp
from coaching.selectors.boards import Day, counts_of, day_of, follow_up_board, load_of_coaches
from coaching.selectors.escalations import open_escalations
from coaching.selectors.heartbeat import last_run, planner_alarms
from coaching.selectors.planner_runs import planner_runs, told
from core import clock
from practitioners.models import ImportRun
from web.selectors.mails import counts as mail_counts
from web.selectors.pictures import contacts_by_month, curve_of_network


def _number(value: float) -> str:
    return number_format(value, force_grouping=True)


def day_in_the_field(*, user: User) -> dict[str, Any]:
    """A coach's day: late, best today, possible today, and what opens in the week."""
    coach = Coach.objects.filter(user=user).first()
    if coach is None:
        return {"coach": None}
    on = clock.today()
    version = working_version()
    day = day_of(coach=coach, on=on, version=version)
    _add_trends(day, version)
    counts = counts_of(user=user, on=on, coach=coach)
    return {
        "coach": coach,
        "day": day,
        "counts": counts,
        "escalated": open_escalations(user).count(),
        "late_tone": "bad" if counts["late"] else "",
    }


def _add_trends(day: Day, version: Any) -> None:
    """On each follow-up: how the practitioner's figures went over the last six months."""
    rows: list[Any] = list(day.pressing)
    indicator = main_indicator(version)
    figures = recent_figures({row.practitioner_id for row in rows}, indicator=indicator)
    for row in rows:
        values = list(figures.get(row.practitioner_id, {}).values())
        row.trend = _trend(values, indicator.name) if len(values) >= 2 and indicator else None


def _trend(values: list[float], name: str) -> dict[str, Any]:
    """The last three figures against the ones before, in words."""
    recent, before = values[-3:], values[:-3] or values[:1]
    now, then = sum(recent) / len(recent), sum(before) / len(before)
    shown = {"name": name, "now": number_format(now, decimal_pos=0 if now == int(now) else 1)}
    return {
        "up": now > then * 1.1,
        "down": now < then * 0.9,
        "words": _("%(now)s a month lately (%(name)s)") % shown,
    }


def coordination(*, user: User) -> dict[str, Any]:
    """A coordinator's morning: what nobody has, what is late, who carries how much."""
    on = clock.today()
    counts = counts_of(user=user, on=on)
    escalated = open_escalations(user).count()
    return {
        "counts": counts,
        "escalated": escalated,
        "escalated_tone": "bad" if escalated else "",
        "unassigned_tone": "bad" if counts["unassigned"] else "",
        "late_tone": "bad" if counts["late"] else "",
        "coaches": load_of_coaches(on=on),
        "unassigned": list(follow_up_board(user=user, on=on, version=working_version(), unassigned=True)[:8]),
    }


def adoption(*, user: User) -> dict[str, Any]:
    """A manager's picture: where everyone stands, how it moves, what the work comes to."""
    on = clock.today()
    version = working_version()
    run = latest_run(version)
    counts = segment_counts(run) if run else None
    cards = []
    if counts is not None:
        late, last = counts.of(Segment.LATE_MAJORITY), counts.of(Segment.LAGGARDS)
        words = {"base": _number(counts.base), "name": counts.base_name}
        people = reverse("practitioner_list")
        for line in (late, last):
            cards.append(
                {
                    "label": line.segment.label,
                    "value": _number(line.count),
                    "base": _("%(share)s %% of %(base)s %(name)s")
                    % (words | {"share": number_format(line.share, decimal_pos=1)}),
                    "url": f"{people}?segment={line.segment.value}",
                }
            )
    cases = Case.objects.aggregate(
        live=Count("pk", filter=~Q(state=CaseState.CLOSED)),
        reached=Count("pk", filter=Q(outcome=CaseOutcome.GOAL_REACHED)),
        closed=Count("pk", filter=Q(state=CaseState.CLOSED)),
    )
    follow_ups = counts_of(user=user, on=on)
    cards += [
        {"label": _("Live cases"), "value": _number(cases["live"]), "base": _("coaching and technical support")},
        {
            "label": _("Goal reached"),
            "value": _number(cases["reached"]),
            "base": _("of %(closed)s closed cases") % {"closed": _number(cases["closed"])},
        },
        {
            "label": _("Late follow-ups"),
            "value": _number(follow_ups["late"]),
            "base": _("of %(open)s to be done") % {"open": _number(follow_ups["open"])},
            "url": reverse("coaching:follow_ups") + "?window=late",
            "tone": "bad" if follow_ups["late"] else "",
        },
    ]
    return {
        "cards": cards,
        "segments": counts,
        "curve": curve_of_network(version),
        "work_figure": contacts_by_month(on=on),
        "movements": [line for line in movements(run) if line.from_segment and line.to_segment] if run else [],
    }


def operation(*, user: User) -> dict[str, Any]:
    """An operator's page: the planner's heartbeat, runs, imports, mail."""
    finished = last_run()
    mail = mail_counts()
    runs = SegmentationRun.objects.select_related("version__scheme")
    latest = latest_run()
    return {
        "alarms": planner_alarms(),
        "planner_runs": told(planner_runs()[:5]),
        "segmentation_runs": list(runs[:6]),
        "import_runs": list(ImportRun.objects.all()[:6]),
        "cards": [
            {
                "label": _("Planner last finished"),
                "value": date_format(timezone.localtime(finished.finished_at), "j N Y")
                if finished and finished.finished_at
                else _("never"),
                "base": date_format(timezone.localtime(finished.finished_at), "H:i")
                if finished and finished.finished_at
                else _("start Celery beat"),
                "tone": "" if finished else "bad",
            },
            {
                "label": _("Figures up to"),
                "value": date_format(latest.as_of, "N Y") if latest else "–",
                "base": str(latest.version.scheme) if latest else _("no segmentation yet"),
            },
            {
                "label": _("Follow-ups to be done"),
                "value": _number(FollowUp.objects.filter(state__in=OPEN_FOLLOW_UPS).count()),
                "base": _("in the whole network"),
                "url": reverse("coaching:follow_ups"),
            },
            {
                "label": _("Mail waiting"),
                "value": _number(mail["waiting"]),
                "base": _("%(failed)s failed") % {"failed": _number(mail["failed"])},
                "url": reverse("mails") + ("?state=failed" if mail["failed"] else ""),
                "tone": "bad" if mail["failed"] else "",
            },
        ],
    }


def access(*, user: User) -> dict[str, Any]:
    """A REST client's tokens."""
    now = timezone.now()
    tokens = list(ApiToken.objects.filter(user=user).order_by("-created"))
    for token in tokens:
        token.is_expired = bool(token.expiry and token.expiry < now)
    return {"tokens": tokens}
