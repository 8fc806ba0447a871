"""What a simulation takes for granted; the page states it beside the result."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from django.utils.translation import gettext as _

from coaching.errors import SimulationRefused

ON_BEST_DAY = -1
MOST_WEEKS = 26


@dataclass(frozen=True)
class Assumptions:
    """Shares are fractions from 0 to 1.

    - `answer_share`: contacts that reach the practitioner; the others are tried again as the step says.
    - `days_to_do`: working days from opening to the contact (never past the closing day); -1 for the best day, or
      the day it opens where that is later.
    - `goal_share`: checks of a repeating step that find the goal held, after which the enrolment ends.
    - `usage_share`: steps completed by the figures that the figures have completed by the day of the contact.
    - `keep_to_capacity`: a coach makes no more contacts than fit in a day and a week; the others come later, and their
      windows may close.
    - `give_out`: contacts without a coach are given to the one with most room; else they stay nobody's.
    - `move`: who goes through another version of the playbook is moved to the played one on the first day.
    """

    answer_share: float = 0.7
    days_to_do: int = ON_BEST_DAY
    goal_share: float = 0.1
    usage_share: float = 0.3
    keep_to_capacity: bool = True
    give_out: bool = True
    move: bool = True

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """Assumptions as they were stored; unknown words are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in given.items() if name in known})

    def as_json(self) -> dict[str, Any]:
        """To store them."""
        return asdict(self)

    def check(self) -> None:
        """Refuse what can't be. Errors: SimulationRefused."""
        for name in ("answer_share", "goal_share", "usage_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise SimulationRefused(name, _("Give a share from 0 to 100 %."))
        if not ON_BEST_DAY <= self.days_to_do <= 60:
            raise SimulationRefused("days_to_do", _("Give working days from 0 to 60, or the best day."))


def check_span(starts_on: dt.date, weeks: int, today: dt.date) -> None:
    """Refuse days that can't be played from what is known now."""
    if not 1 <= weeks <= MOST_WEEKS:
        raise SimulationRefused("weeks", _("Give 1 to %(most)s weeks.") % {"most": MOST_WEEKS})
    if not today <= starts_on <= today + dt.timedelta(days=92):
        raise SimulationRefused("starts_on", _("Choose today, or a day of the next three months."))
