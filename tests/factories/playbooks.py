"""Versions of playbooks for tests."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from coaching.models import Playbook, PlaybookVersion
from coaching.services.playbooks import activate_version, new_draft, save_draft, steps_of
from coaching.services.simulation import play, start_simulation

COACHING = "coaching_late_majority"

Steps = list[dict[str, Any]]


def coaching() -> Playbook:
    """The coaching playbook that ships."""
    return Playbook.objects.get(code=COACHING)


def active_version(code: str = COACHING) -> PlaybookVersion:
    """The version that enrols."""
    return PlaybookVersion.objects.select_related("playbook", "goal_indicator").get(playbook__code=code, state="active")


def draft_with(
    change: Callable[[Steps], Steps | None] = lambda _steps: None, *, code: str = COACHING
) -> PlaybookVersion:
    """A new draft whose steps are those of the active version after a change (in place, or a new list)."""
    draft = new_draft(playbook=Playbook.objects.get(code=code), by=None)
    steps = steps_of(draft)
    return save_draft(
        version=draft,
        steps=change(steps) or steps,
        goal_indicator=draft.goal_indicator,
        goal_value=draft.goal_value,
        goal_months=draft.goal_months,
        note="Changed for a test",
        by=None,
    )


def activated(
    change: Callable[[Steps], Steps | None] = lambda _steps: None, *, code: str = COACHING
) -> PlaybookVersion:
    """The same, put to use."""
    return activate_version(version=draft_with(change, code=code), by=None)


def named(steps: Steps, code: str) -> dict[str, Any]:
    """The step of a code."""
    return next(step for step in steps if step["code"] == code)


def a_page_of_each(on: dt.date) -> list[str]:
    """The addresses of the pages on playbooks, with something on each: a move to make, a draft, a simulation played."""
    old = active_version()
    new = activated(lambda steps: named(steps, "first_call").update(delay=8))
    draft = draft_with(lambda steps: named(steps, "first_visit").update(delay=20))
    for version in (new, draft):
        played = play(simulation=start_simulation(version=version, starts_on=on, weeks=8, by=None))
    return [
        "/playbooks/",
        f"/playbooks/{new.playbook.ref}/",
        f"/playbooks/versions/{new.ref}/",
        f"/playbooks/versions/{draft.ref}/edit/",
        f"/playbooks/versions/{draft.ref}/activate/",
        f"/playbooks/versions/{old.ref}/migrate/",
        f"/playbooks/versions/{draft.ref}/simulate/",
        f"/playbooks/simulations/{played.ref}/",
    ]
