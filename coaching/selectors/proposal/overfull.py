"""Which weeks of a coach hold more than fits, after work was given by hand."""

import datetime as dt
from collections.abc import Sequence

from coaching.models import Coach, FollowUp
from coaching.selectors.proposal.reading import WEEK, loads_of, monday_of
from coaching.selectors.proposal.shapes import WeekLoad


def overfull_weeks(coach: Coach, given: Sequence[FollowUp], *, on: dt.date) -> list[WeekLoad]:
    """The weeks of these follow-ups' best days in which the coach has more to do than fits."""
    weeks = {monday_of(max(row.target_on, on)) for row in given}
    calendar, taken, capacity = loads_of([coach], on=on, until=max(weeks) + WEEK)
    return [
        WeekLoad(week, int(taken[0, place]), 0, int(capacity[0, place]))
        for place, week in enumerate(calendar.weeks)
        if week in weeks and taken[0, place] > capacity[0, place]
    ]
