"""Bring enrolments on: end those that must, make the next follow-up of the others.

The planner does it for batches, a service for the one enrolment that it acts on, with the same statements.
"""

import datetime as dt

from accounts.models import User
from coaching.services.planner import endings, escalating, exits, holding, opening
from coaching.services.planner.steps import plan_next
from coaching.services.planner.tally import Moment, Tally
from coaching.services.working_days import planning_calendar

MOST_PASSES = 20
"""More passes than any chain of playbooks needs; past it, something goes round in a circle."""


def advance(ids: list[int], *, on: dt.date, at: dt.datetime, by: User | None) -> Tally:
    """Bring these enrolments on, whose practitioners the caller has locked.

    What must end is ended; what comes next is planned, and opened where its window is. Who is paused is held
    and not planned on; a first step that is planned in a pause is held with it.
    """
    moment = Moment(on, at, by, planning_calendar(on=on, enrolments=ids))
    tally = holding.hold_for(ids, moment).add(advance_at(ids, moment))
    escalating.settle(ids, moment)
    return tally.add(holding.hold_for(ids, moment)).add(opening.open_for(ids, moment))


def open_others(ids: list[int], *, on: dt.date, at: dt.datetime, by: User | None) -> Tally:
    """Open what else can be for the practitioners of these enrolments, whom the caller has locked."""
    return opening.open_for(ids, Moment(on, at, by, planning_calendar(on=on, enrolments=ids)))


def advance_at(ids: list[int], moment: Moment) -> Tally:
    """The same at a moment whose calendar is known."""
    tally = Tally()
    reasons = exits.exiting(ids, moment)
    begun = _end(reasons, moment, tally)
    pending = [enrolment for enrolment in ids if enrolment not in reasons] + begun
    for _pass in range(MOST_PASSES):
        if not pending:
            return tally
        planned = plan_next(pending, moment)
        tally.add(planned.tally)
        begun = _end(dict.fromkeys(planned.finished, endings.COMPLETED), moment, tally)
        pending = sorted({*planned.again, *begun})
    raise RuntimeError(f"Planning goes round in a circle for the enrolments {pending[:10]}.")


def end(ids: list[int], reason: str, *, on: dt.date, at: dt.datetime, by: User | None) -> Tally:
    """End these enrolments, whose practitioners the caller has locked, and bring on those in which they continue."""
    moment = Moment(on, at, by, planning_calendar(on=on, enrolments=ids))
    tally = end_at(dict.fromkeys(ids, str(reason)), moment)
    escalating.settle(ids, moment)
    return tally.add(holding.hold_for(ids, moment)).add(opening.open_for(ids, moment))


def end_at(reasons: dict[int, str], moment: Moment) -> Tally:
    """The same, each for its own reason, at a moment whose calendar is known."""
    tally = Tally()
    begun = _end(reasons, moment, tally)
    return tally.add(advance_at(begun, moment)) if begun else tally


def _end(reasons: dict[int, str], moment: Moment, tally: Tally) -> list[int]:
    ended, begun = endings.end(reasons, moment)
    completed = sum(reasons[enrolment] == endings.COMPLETED for enrolment in ended)
    tally.completed += completed
    tally.exited += len(ended) - completed
    tally.enrolled += len(begun)
    return begun
