"""Playbooks and their versions, with how many are enrolled in each; the drawing of a version's steps."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coaching.enums import LIVE_ENROLMENTS, Anchor, AssigneeRule, Channel, DelayUnit, VersionState
from coaching.models import Enrolment, Playbook, PlaybookStep, PlaybookVersion
from coaching.selectors.wording import delay_phrase


def playbooks() -> QuerySet[Playbook]:
    """Every playbook with its versions, newest first, and its live enrolments."""
    versions = PlaybookVersion.objects.order_by("-number").annotate(step_count=Count("steps"))
    live = _counted(Enrolment.objects.filter(playbook=OuterRef("pk"), state__in=LIVE_ENROLMENTS), "playbook")
    return (
        Playbook.objects.select_related("continues_in")
        .prefetch_related(Prefetch("versions", versions, to_attr="known_versions"))
        .annotate(live_count=live)
        .order_by("track", "code")
    )


@dataclass(frozen=True)
class Listed:
    """A playbook in the list: the version that enrols, the draft, and how many go through it now."""

    playbook: Playbook
    active: PlaybookVersion | None
    draft: PlaybookVersion | None
    live_count: int


def listed() -> list[Listed]:
    """The list of playbooks, in a number of queries that doesn't grow with them."""
    rows = []
    for row in playbooks():
        known: dict[str, PlaybookVersion] = {one.state: one for one in getattr(row, "known_versions", [])}
        live: int = vars(row)["live_count"]
        rows.append(Listed(row, known.get(VersionState.ACTIVE), known.get(VersionState.DRAFT), live))
    return rows


def left_behind(versions: list[PlaybookVersion]) -> list[PlaybookVersion]:
    """The withdrawn ones among a playbook's versions that somebody still goes through."""
    return [one for one in versions if one.state == VersionState.RETIRED and vars(one)["live_count"]]


def versions_of(playbook: Playbook) -> QuerySet[PlaybookVersion]:
    """A playbook's versions, newest first, with who made and activated them and who is or was enrolled in each."""
    mine = Enrolment.objects.filter(version=OuterRef("pk"))
    return (
        playbook.versions.select_related("created_by", "activated_by", "goal_indicator")
        .annotate(
            live_count=_counted(mine.filter(state__in=LIVE_ENROLMENTS), "version"),
            ever_count=_counted(mine, "version"),
            step_count=Count("steps"),
        )
        .order_by("-number")
    )


def versions() -> QuerySet[PlaybookVersion]:
    """Every version with its playbook, goal and steps."""
    steps = PlaybookStep.objects.select_related("usage_indicator").order_by("position")
    return PlaybookVersion.objects.select_related(
        "playbook__continues_in", "goal_indicator", "created_by", "activated_by"
    ).prefetch_related(Prefetch("steps", steps))


def active_of(playbook: Playbook) -> PlaybookVersion | None:
    """The version that enrols."""
    return versions().filter(playbook=playbook, state=VersionState.ACTIVE).first()


def _counted(rows: QuerySet[Enrolment], group: str) -> Coalesce:
    counted = rows.order_by().values(group).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def live_in(version: PlaybookVersion) -> int:
    """How many go through a version now."""
    return Enrolment.objects.filter(version=version, state__in=LIVE_ENROLMENTS).count()


def moved_into(version: PlaybookVersion, *, from_version: PlaybookVersion) -> int:
    """How many live enrolments of a version came from another one."""
    told = {"evidence__migrated__contains": [{"from": from_version.number, "to": version.number}]}
    return Enrolment.objects.filter(Q(**told), version=version).count()


# --- The drawing ------------------------------------------------------------------------------------

_DAYS_OF_FIVE = 7 / 5
"""Calendar days to one working day, in a week without a day off."""

_REPEATS_DRAWN = 3


@dataclass(frozen=True)
class Window:
    """When a step may be done, in calendar days since the enrolment, and where that lies on the axis (percent)."""

    opens: int
    target: int
    closes: int
    left: str
    width: str
    best: str
    is_repeat: bool = False


@dataclass(frozen=True)
class DrawnStep:
    """A step with its windows, and the days in words."""

    step: PlaybookStep
    place: int
    windows: list[Window]
    when: str
    window: str
    who: str
    retries: str
    completion: str
    is_told: bool

    @property
    def first(self) -> Window:
        """The window of its first occurrence."""
        return self.windows[0]


@dataclass(frozen=True)
class Tick:
    """A line on the axis: so many weeks since the enrolment."""

    week: int
    left: str


@dataclass(frozen=True)
class Drawing:
    """A version's steps along the weeks since enrolment, when each is done on its best day."""

    steps: list[DrawnStep] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)
    weeks: int = 0


def drawing_of(steps: Sequence[PlaybookStep]) -> Drawing:
    """Lay a version's steps along the weeks since enrolment.

    Each step is taken to be done on its best day, and five working days to be a week. A step whose day others tell
    (a session, a wave) is drawn right after the one before it, and said to be so.
    """
    spans = _spans(steps)
    if not spans:
        return Drawing()
    last = max(closes for windows in spans for _opens, _target, closes in windows)
    weeks = max(2, math.ceil((last + 1) / 7))
    step_of_ticks = max(1, math.ceil(weeks / 8))
    return Drawing(
        steps=[
            DrawnStep(
                step=step,
                place=place,
                windows=[_window(span, weeks, is_repeat=number > 0) for number, span in enumerate(windows)],
                when=when_phrase(step),
                window=window_phrase(step),
                who=who_phrase(step),
                retries=retries_phrase(step),
                completion=completion_phrase(step),
                is_told=step.anchor in {Anchor.SESSION_ATTENDED, Anchor.WAVE_START},
            )
            for place, (step, windows) in enumerate(zip(steps, spans, strict=True), 1)
        ],
        ticks=[Tick(week, _percent(week * 7, weeks)) for week in range(0, weeks + 1, step_of_ticks)],
        weeks=weeks,
    )


def _spans(steps: Sequence[PlaybookStep]) -> list[list[tuple[float, float, float]]]:
    """For each step its windows: days of opening, of the best day and of closing since the enrolment."""
    spans, previous, contact = [], 0.0, 0.0
    for step in steps:
        base = {Anchor.ENROLLED: 0.0, Anchor.LAST_CONTACT: contact}.get(Anchor(step.anchor), previous)
        delay = step.delay * (_DAYS_OF_FIVE if step.unit == DelayUnit.WORKING_DAYS else 1)
        windows = []
        for _number in range(_REPEATS_DRAWN if step.repeats_until_goal else 1):
            target = base + delay
            opens = max(base, target - step.opens_before * _DAYS_OF_FIVE)
            windows.append((opens, target, target + step.closes_after * _DAYS_OF_FIVE))
            base = target
        spans.append(windows)
        previous = windows[0][1]
        if step.channel != Channel.FIGURES_CHECK:
            contact = previous
    return spans


def _window(span: tuple[float, float, float], weeks: int, *, is_repeat: bool) -> Window:
    opens, target, closes = span
    return Window(
        round(opens), round(target), round(closes),
        left=_percent(opens, weeks), width=_percent(max(closes - opens, 1), weeks), best=_percent(target, weeks),
        is_repeat=is_repeat,
    )  # fmt: skip


def _percent(days: float, weeks: int) -> str:
    # Written with a point: these are coordinates, not numbers for a reader.
    return f"{100 * days / (weeks * 7):.2f}%"


# --- Words -------------------------------------------------------------------------------------------


def when_phrase(step: PlaybookStep) -> str:
    """A step's best day: so long after what."""
    words = {"delay": delay_phrase(step.delay, step.unit)}
    if not step.delay:
        on_the_day = {
            Anchor.ENROLLED: _("on the day of the enrolment"),
            Anchor.PREVIOUS_DONE: _("on the day on which the previous step is done"),
            Anchor.PREVIOUS_TARGET: _("on the previous step's best day"),
            Anchor.LAST_CONTACT: _("on the day of the last contact"),
            Anchor.SESSION_ATTENDED: _("on the day of the session attended"),
            Anchor.WAVE_START: _("on the day on which the wave starts"),
        }
        return on_the_day[Anchor(step.anchor)]
    phrases = {
        Anchor.ENROLLED: _("%(delay)s after the enrolment"),
        Anchor.PREVIOUS_DONE: _("%(delay)s after the previous step is done"),
        Anchor.PREVIOUS_TARGET: _("%(delay)s after the previous step's best day"),
        Anchor.LAST_CONTACT: _("%(delay)s after the last contact"),
        Anchor.SESSION_ATTENDED: _("%(delay)s after the session attended"),
        Anchor.WAVE_START: _("%(delay)s after the start of the wave"),
    }
    return phrases[Anchor(step.anchor)] % words


def window_phrase(step: PlaybookStep) -> str:
    """The days around the best one."""
    words = {
        "before": delay_phrase(step.opens_before, DelayUnit.WORKING_DAYS),
        "after": delay_phrase(step.closes_after, DelayUnit.WORKING_DAYS),
    }
    if not step.opens_before:
        return _("from the best day until %(after)s later") % words
    if not step.closes_after:
        return _("from %(before)s before until the best day") % words
    return _("from %(before)s before until %(after)s later") % words


def who_phrase(step: PlaybookStep) -> str:
    """Who does a step."""
    if step.assignee == AssigneeRule.ROLE:
        return str(step.get_assignee_role_display())
    return str(step.get_assignee_display())


def retries_phrase(step: PlaybookStep) -> str:
    """What follows when nobody answers; nothing for a check on the figures."""
    if step.channel == Channel.FIGURES_CHECK:
        return ""
    text = ngettext("%(count)s more attempt", "%(count)s more attempts", step.retries) % {"count": step.retries}
    if step.next_channel:
        words = {"attempts": text, "channel": str(step.get_next_channel_display()).lower()}
        return _("%(attempts)s, then: %(channel)s") % words
    return text


def completion_phrase(step: PlaybookStep) -> str:
    """What completes a step besides a person's act; nothing where a person alone does."""
    if step.usage_indicator is None:
        return ""
    words = {"indicator": step.usage_indicator.name, "minimum": f"{step.usage_minimum:g}"}
    return _("The figures complete it: %(indicator)s, %(minimum)s or more.") % words


def changes_of(old: PlaybookStep, new: PlaybookStep) -> list[str]:
    """What a step asks for differently in a new version, each as it was and as it is."""
    told = (when_phrase, window_phrase, who_phrase, retries_phrase, completion_phrase)
    pairs = [(str(old.get_channel_display()), str(new.get_channel_display())), *((say(old), say(new)) for say in told)]
    pairs.append((str(old.get_roll_display()), str(new.get_roll_display())))
    repeats = _("comes again until the goal is held")
    pairs.append((repeats if old.repeats_until_goal else "", repeats if new.repeats_until_goal else ""))
    return [f"{before or '–'} → {after or '–'}" for before, after in pairs if before != after]
