"""Whether the steps of a version can be followed: each problem names its step and its field.

What is refused: no steps, a code twice, a step without a name, an unknown anchor, channel or unit, an empty
window, a step that is nobody's, a first step that counts from a previous one, a repeat that never comes to
what follows it or has no goal to end it, retries where nobody can answer, days that are no plan any more.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.enums import Role
from coaching.enums import Anchor, AssigneeRule, Channel, CompletionRule, DelayUnit, RollPolicy
from coaching.errors import PlaybookRefused, StepProblem
from coaching.models.playbook import MOST_DELAY, MOST_RETRIES, MOST_WINDOW

MOST_STEPS = 40
MOST_MONTHS = 24

LIMITS = {
    "delay": MOST_DELAY,
    "opens_before": MOST_WINDOW,
    "closes_after": MOST_WINDOW,
    "retries": MOST_RETRIES,
}

FROM_PREVIOUS = frozenset({Anchor.PREVIOUS_DONE, Anchor.PREVIOUS_TARGET})
ROLES = frozenset({Role.COACH, Role.TECHNICIAN, Role.COORDINATOR})
"""Who a step can be for: roles that contact practitioners."""

CHOICES: dict[str, tuple[frozenset[str], Any]] = {
    "anchor": (frozenset(Anchor.values), gettext_lazy("Choose the day that it counts from.")),
    "channel": (frozenset(Channel.values), gettext_lazy("Choose how the practitioner is contacted.")),
    "unit": (frozenset(DelayUnit.values), gettext_lazy("Choose working days or calendar days.")),
    "roll": (frozenset(RollPolicy.values), gettext_lazy("Choose where a day off is moved to.")),
    "assignee": (frozenset(AssigneeRule.values), gettext_lazy("Choose who does it.")),
    "completion": (frozenset(CompletionRule.values), gettext_lazy("Choose what completes it.")),
}

Step = Mapping[str, Any]


def check_version(
    *, steps: Sequence[Step], goal_indicator: Any = None, goal_value: float | None = None, goal_months: int = 3
) -> None:
    """Refuse a version that can't be followed; PlaybookRefused has every problem at once.

    A step is a mapping with the columns of a PlaybookStep; `usage_indicator` is an Indicator or None.
    """
    problems = [*_of_the_goal(goal_indicator, goal_value, goal_months), *_of_the_whole(steps)]
    for place, step in enumerate(steps, 1):
        problems.extend(_of_a_step(place, step, last=place == len(steps), has_goal=goal_indicator is not None))
    if problems:
        raise PlaybookRefused(problems)


def step_name(place: int, step: Step) -> str:
    """What a message calls a step: its place and its name."""
    own = f"name_{(get_language() or 'en')[:2]}"
    name = step.get(own) or step.get("name_en") or step.get("name_fr") or step.get("code") or ""
    words = {"place": place, "name": name}
    return _("Step %(place)s (%(name)s)") % words if name else _("Step %(place)s") % words


def _of_the_goal(indicator: Any, value: float | None, months: int) -> Iterator[StepProblem]:
    if indicator is not None and (value is None or value <= 0):
        yield StepProblem(0, "goal_value", "no_goal_value", _("Say how much the goal is, more than nothing."))
    if indicator is None and value is not None:
        yield StepProblem(0, "goal_indicator", "no_goal_indicator", _("Say which figures the goal is about."))
    if not 1 <= months <= MOST_MONTHS:
        text = _("The goal is held for 1 to %(most)s months.") % {"most": MOST_MONTHS}
        yield StepProblem(0, "goal_months", "goal_months", text)


def _of_the_whole(steps: Sequence[Step]) -> Iterator[StepProblem]:
    if not steps:
        yield StepProblem(0, "steps", "no_steps", _("A version needs one step at least."))
    if len(steps) > MOST_STEPS:
        text = _("A version has %(count)s steps at most.") % {"count": MOST_STEPS}
        yield StepProblem(0, "steps", "too_many_steps", text)
    seen: dict[str, int] = {}
    for place, step in enumerate(steps, 1):
        code = str(step.get("code") or "")
        if code and code in seen:
            text = _("its code “%(code)s” is that of step %(other)s already.") % {"code": code, "other": seen[code]}
            yield _problem(place, step, "code", "duplicate_code", text)
        seen.setdefault(code, place)


def _of_a_step(place: int, step: Step, *, last: bool, has_goal: bool) -> Iterator[StepProblem]:
    for field, text in (("code", _("give it a code.")), ("name_en", _("give it a name."))):
        if not step.get(field):
            yield _problem(place, step, field, "missing", text)
    for field, (known, advice) in CHOICES.items():
        if str(step.get(field) or "") not in known:
            yield _problem(place, step, field, f"unknown_{field}", str(advice))
    yield from _of_its_days(place, step)
    yield from _of_its_people(place, step)
    yield from _of_its_retries(place, step)
    yield from _of_its_completion(place, step)
    if step.get("repeats_until_goal"):
        if not last:
            text = _("only the last step can repeat: what follows it would never come.")
            yield _problem(place, step, "repeats_until_goal", "repeat_not_last", text)
        if not has_goal:
            text = _("it repeats until the goal is held, and the version has no goal.")
            yield _problem(place, step, "repeats_until_goal", "repeat_without_goal", text)


def _of_its_days(place: int, step: Step) -> Iterator[StepProblem]:
    whole = True
    for field, most in LIMITS.items():
        value = step.get(field)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            whole = False
            yield _problem(place, step, field, "not_a_count", _("give a whole number, 0 or more."))
        elif value > most:
            whole = False
            text = _("%(value)s is too much; %(most)s at most.") % {"value": value, "most": most}
            yield _problem(place, step, field, "too_much", text)
    if whole and not step["opens_before"] + step["closes_after"]:
        text = _("its window is empty; let it open some days before, or close some days after, its best day.")
        yield _problem(place, step, "closes_after", "empty_window", text)
    if place == 1 and step.get("anchor") in FROM_PREVIOUS:
        text = _("it is the first step, so there is no previous one to count from.")
        yield _problem(place, step, "anchor", "no_previous_step", text)


def _of_its_people(place: int, step: Step) -> Iterator[StepProblem]:
    role = str(step.get("assignee_role") or "")
    if step.get("assignee") == AssigneeRule.ROLE and role not in ROLES:
        yield _problem(place, step, "assignee_role", "no_assignee", _("nobody would do it; name the role."))
    elif step.get("assignee") != AssigneeRule.ROLE and role:
        text = _("a role is named, but the step isn't for a role.")
        yield _problem(place, step, "assignee_role", "role_without_rule", text)


def _of_its_retries(place: int, step: Step) -> Iterator[StepProblem]:
    channel, following = str(step.get("channel") or ""), str(step.get("next_channel") or "")
    if following and following not in Channel.values:
        yield _problem(place, step, "next_channel", "unknown_channel", str(CHOICES["channel"][1]))
    elif following and following == channel:
        text = _("its next channel is the one that got no answer; choose another, or none.")
        yield _problem(place, step, "next_channel", "same_channel", text)
    if channel == Channel.FIGURES_CHECK:
        for field in ("retries", "next_channel"):
            if step.get(field):
                text = _("nobody answers to a check on the figures, so there is nothing to try again.")
                yield _problem(place, step, field, "retries_without_answer", text)
    elif following == Channel.FIGURES_CHECK:
        text = _("a check on the figures doesn't reach anybody; choose another channel.")
        yield _problem(place, step, "next_channel", "channel_reaches_nobody", text)


def _of_its_completion(place: int, step: Step) -> Iterator[StepProblem]:
    indicator, minimum = step.get("usage_indicator"), step.get("usage_minimum")
    if step.get("completion") == CompletionRule.USAGE:
        if indicator is None:
            text = _("the figures complete it; say which ones.")
            yield _problem(place, step, "usage_indicator", "no_indicator", text)
        if minimum is None or not minimum > 0:
            text = _("the figures complete it; say from how much on, more than nothing.")
            yield _problem(place, step, "usage_minimum", "no_minimum", text)
    elif indicator is not None or minimum is not None:
        text = _("figures are named, but a person completes it.")
        yield _problem(place, step, "usage_indicator", "indicator_without_rule", text)


def _problem(place: int, step: Step, field: str, code: str, text: str) -> StepProblem:
    return StepProblem(place, field, code, f"{step_name(place, step)}: {text}")
