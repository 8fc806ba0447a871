"""A proposal for the follow-ups that wait for somebody, or for a list of them."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from accounts.models import User
from coaching.enums import OPEN_FOLLOW_UPS, CaseState, Channel, EnrolmentState
from coaching.models import Coach, FollowUp
from coaching.selectors.proposal.model import (
    LONGEST_WAIT,
    POINT,
    WEIGHTS,
    Problem,
    Solution,
    Truth,
    Whole,
    solve,
)
from coaching.selectors.proposal.reading import (
    FARTHEST,
    MOST,
    Facts,
    Row,
    monday_of,
    pool,
    read_facts,
    read_rows,
)
from coaching.selectors.proposal.shapes import CoachLoad, LeftOver, Line, Proposal, WeekLoad
from coaching.selectors.visibility import follow_ups_visible_to

ON_SITE = frozenset({Channel.VISIT, Channel.TECHNICAL_CHECK})


def propose(
    *,
    on: dt.date,
    user: User | None = None,
    follow_ups: Iterable[FollowUp] | None = None,
    without: Iterable[Coach] = (),
) -> Proposal:
    """Who could take the follow-ups that wait for somebody, or those that are listed, all weighed at once.

    `user` narrows the first to what the person sees; `without` names coaches who take none. A read: nothing is
    written. Of more than `MOST` waiting ones those whose windows close first are looked at.
    """
    if follow_ups is None:
        waiting = pool(among=follow_ups_visible_to(user) if user is not None else FollowUp.objects.all())
        first = waiting.order_by("closes_on", "target_on", "pk").values_list("pk", flat=True)[:MOST]
        chosen = list(first)
        beyond = waiting.count() - MOST if len(chosen) == MOST else 0
    else:
        chosen, beyond = [row.pk for row in follow_ups], 0
    rows = read_rows(FollowUp.objects.filter(pk__in=chosen))
    return proposal_of(read_facts(rows, on=on, without=[coach.pk for coach in without]), beyond=beyond)


def proposal_of(facts: Facts, *, only: Mapping[int, int] | None = None, beyond: int = 0) -> Proposal:
    """The proposal for what was read.

    With `only` each follow-up goes to the coach named for it or to nobody, whether language, track and role fit
    or not: days and capacity are all that is looked at then, for the others were settled by a person.
    """
    refused = {row.pk: reason for row in facts.rows if (reason := _refused(row, facts)) is not None}
    rows = [row for row in facts.rows if row.pk not in refused]
    filters = _filters(rows, facts) if only is None else _chosen_by_hand(rows, facts, only)
    problem = _problem(rows, facts, filters)
    solution = solve(problem)
    left: dict[int, LeftOver] = refused | {
        row.pk: _why_left(row, place, facts, filters, problem)
        for place, row in enumerate(rows)
        if solution.coach[place] < 0
    }
    return Proposal(
        on=facts.on,
        lines=_lines(rows, facts, problem, solution),
        left_over=[left[row.pk] for row in facts.rows if row.pk in left],
        loads=_load_tables(facts, solution),
        cost=solution.cost / POINT,
        beyond=beyond,
    )


# --- What can be ------------------------------------------------------------------------------------


def _refused(row: Row, facts: Facts) -> LeftOver | None:
    """A follow-up that nobody is looked for, whoever there is."""
    asked = _asked(row, facts)
    if row.state not in OPEN_FOLLOW_UPS or row.case_state == CaseState.CLOSED:
        return LeftOver(row.pk, row.ref, "not_open", asked)
    if row.enrolment_state == EnrolmentState.PAUSED:
        return LeftOver(row.pk, row.ref, "paused", asked)
    if row.closes_on < facts.on:
        return LeftOver(row.pk, row.ref, "window_closed", asked)
    return None


def _asked(row: Row, facts: Facts) -> dict[str, Any]:
    """What a follow-up asks for: the week is that of its best day, or the present one."""
    return {
        "track": row.track,
        "role": row.role or None,
        "language": row.language,
        "commune": row.commune,
        "week": monday_of(max(row.target_on, facts.on)).isoformat(),
    }


def _filters(rows: Sequence[Row], facts: Facts) -> list[tuple[str, Truth]]:
    """Who could do what, one condition after another (n x C each), with the code of who fails it."""
    by_track = {
        track: np.array([track in coach.tracks for coach in facts.coaches], bool) for track in _of(rows, "track")
    }
    by_role = {role: np.array([role in ("", own) for own in facts.roles], bool) for role in _of(rows, "role")}
    by_language = {
        language: np.array([language in coach.languages for coach in facts.coaches], bool)
        for language in _of(rows, "language")
    }
    shape = (len(rows), len(facts.coaches))
    return [
        ("nobody_on_track", _stack([by_track[row.track] for row in rows], shape)),
        ("nobody_of_role", _stack([by_role[row.role] for row in rows], shape)),
        ("nobody_speaks", _stack([by_language[row.language] for row in rows], shape)),
    ]


def _chosen_by_hand(rows: Sequence[Row], facts: Facts, only: Mapping[int, int]) -> list[tuple[str, Truth]]:
    place = {coach.pk: number for number, coach in enumerate(facts.coaches)}
    fits = np.zeros((len(rows), len(facts.coaches)), bool)
    for number, row in enumerate(rows):
        if only[row.pk] in place:
            fits[number, place[only[row.pk]]] = True
    return [("no_coach", fits)]


def _of(rows: Sequence[Row], name: str) -> set[str]:
    return {getattr(row, name) for row in rows}


def _stack(lines: list[Truth], shape: tuple[int, int]) -> Truth:
    return np.stack(lines) if lines else np.zeros(shape, bool)


def _present(rows: Sequence[Row], facts: Facts) -> Truth:
    """In which weeks each coach works on a day of each follow-up's window (n x C x W).

    A window without any working day of the team (a Saturday that was asked for) is open on all its days.
    """
    calendar, weeks = facts.calendar, facts.calendar.week_of_day
    present = np.zeros((len(rows), len(facts.coaches), len(calendar.weeks)), bool)
    there = calendar.contacts > 0
    by_window: dict[tuple[int, int], Truth] = {}
    for number, row in enumerate(rows):
        window = calendar.place(row.opens_on), calendar.place(row.closes_on)
        if window not in by_window:
            found = np.zeros(present.shape[1:], bool)
            days = np.arange(window[0], window[1] + 1)
            working = days[calendar.works[days]]
            if len(working):
                for day in working:
                    found[:, weeks[day]] |= there[:, day]
            else:
                found[:, weeks[days]] = True
            by_window[window] = found
        present[number] = by_window[window]
    return present


# --- What it costs ----------------------------------------------------------------------------------


def _problem(rows: Sequence[Row], facts: Facts, filters: Sequence[tuple[str, Truth]]) -> Problem:
    fits = filters[0][1]
    for _code, fit in filters[1:]:
        fits = fits & fit
    latest = max((row.closes_on for row in rows), default=facts.on)
    waits = [min((latest - row.closes_on).days, LONGEST_WAIT) for row in rows]
    return Problem(
        travel=_travel(rows, facts),
        change=_change(rows, facts),
        off_week=_off_week(rows, facts),
        waiting=np.array(waits, dtype=np.int64) * WEIGHTS.waiting * POINT,
        possible=_present(rows, facts) & fits[:, :, None],
        taken=facts.taken,
        capacity=facts.capacity,
    )


def _travel(rows: Sequence[Row], facts: Facts) -> Whole:
    prices = np.zeros((len(rows), len(facts.coaches)), dtype=np.int64)
    by_commune = {
        commune: np.array([facts.borders[coach.pk].get(commune, FARTHEST) for coach in facts.coaches], dtype=np.int64)
        for commune in {row.commune for row in rows if row.commune}
    }
    for number, row in enumerate(rows):
        if row.commune:
            a_border = WEIGHTS.travel if row.channel in ON_SITE else WEIGHTS.remote
            prices[number] = by_commune[row.commune] * a_border * POINT
    return prices


def known_by(row: Row, facts: Facts) -> int | None:
    """The coach who knows the practitioner: the case's, else the one of the last conversation."""
    return row.case_coach or facts.known_by.get(row.practitioner_id)


def _change(rows: Sequence[Row], facts: Facts) -> Whole:
    numbers = np.array([coach.pk for coach in facts.coaches], dtype=np.int64)
    prices = np.zeros((len(rows), len(numbers)), dtype=np.int64)
    for number, row in enumerate(rows):
        known = known_by(row, facts)
        if known is not None:
            prices[number] = (numbers != known) * WEIGHTS.change * POINT
    return prices


def _target_week(row: Row, facts: Facts) -> int:
    """The place of the week of the best day; of the present one when that day is past."""
    return int(facts.calendar.week_of_day[facts.calendar.place(row.target_on)])


def _off_week(rows: Sequence[Row], facts: Facts) -> Whole:
    weeks = np.arange(len(facts.calendar.weeks))
    targets = np.array([_target_week(row, facts) for row in rows], dtype=np.int64).reshape(-1, 1)
    return np.abs(weeks - targets) * WEIGHTS.week * POINT


# --- What is told -----------------------------------------------------------------------------------


def _lines(rows: Sequence[Row], facts: Facts, problem: Problem, solution: Solution) -> list[Line]:
    weeks = facts.calendar.weeks
    refs = {coach.pk: coach.ref for coach in facts.coaches} | dict(
        Coach.objects.filter(pk__in={known for row in rows if (known := known_by(row, facts))}).values_list("pk", "ref")
    )
    added = _added(solution, facts)
    fits: Any = problem.possible.any(axis=2)
    price = problem.travel + problem.change
    lines = []
    for number, row in enumerate(rows):
        coach, week = int(solution.coach[number]), int(solution.week[number])
        if coach < 0:
            continue
        who, new = facts.coaches[coach], int(added[coach, week])
        borders = facts.borders[who.pk].get(row.commune, FARTHEST) if row.commune else None
        known = known_by(row, facts)
        could = [int(place) for place in np.argsort(price[number], kind="stable") if fits[number, place]]
        told: dict[str, Any] = _asked(row, facts) | {
            "borders": borders,
            "week": weeks[week].isoformat(),
            "best_day_past": row.target_on < facts.on,
            "weeks_from_best": week - _target_week(row, facts),
            "before": int(facts.taken[coach, week]),
            "after": int(facts.taken[coach, week]) + new,
            "capacity": int(facts.capacity[coach, week]),
            "known_by": str(refs[known]) if known else None,
            "keeps": known == who.pk if known else None,
            "days_away": _days_away(row, coach, facts),
            "cost": {
                "travel": int(problem.travel[number, coach]) / POINT,
                "load": round(int(problem.places(coach, week, new).sum()) / new / POINT, 3),
                "week": int(problem.off_week[number, week]) / POINT,
                "change": int(problem.change[number, coach]) / POINT,
            },
        }
        lines.append(Line(row.pk, row.ref, who, weeks[week], told, [facts.coaches[place] for place in could]))
    return lines


def _days_away(row: Row, coach: int, facts: Facts) -> int:
    """The working days of the window on which the coach is away."""
    calendar = facts.calendar
    window = slice(calendar.place(row.opens_on), calendar.place(row.closes_on) + 1)
    return int((calendar.works[window] & (calendar.contacts[coach, window] == 0)).sum())


def _added(solution: Solution, facts: Facts) -> Whole:
    added = np.zeros_like(facts.taken)
    given = solution.coach >= 0
    np.add.at(added, (solution.coach[given], solution.week[given]), 1)
    return added


def _load_tables(facts: Facts, solution: Solution) -> list[CoachLoad]:
    added = _added(solution, facts)
    return [
        CoachLoad(
            coach,
            [
                WeekLoad(week, int(facts.taken[place, n]), int(added[place, n]), int(facts.capacity[place, n]))
                for n, week in enumerate(facts.calendar.weeks)
            ],
        )
        for place, coach in enumerate(facts.coaches)
    ]


def _why_left(row: Row, place: int, facts: Facts, filters: Sequence[tuple[str, Truth]], problem: Problem) -> LeftOver:
    """The first condition that nobody meets any more."""
    told = _asked(row, facts)
    still = np.ones(len(facts.coaches), bool)
    if not len(still):
        return LeftOver(row.pk, row.ref, "no_coach", told)
    for code, fit in filters:
        still = still & fit[place]
        if not still.any():
            return LeftOver(row.pk, row.ref, code, told)
    there = problem.possible[place]
    told["coaches"] = int(still.sum())
    told["opens_on"] = max(row.opens_on, facts.on).isoformat()
    told["closes_on"] = row.closes_on.isoformat()
    if not there.any():
        return LeftOver(row.pk, row.ref, "all_away", told)
    told["weeks"] = [facts.calendar.weeks[week].isoformat() for week in np.flatnonzero(there.any(axis=0))]
    return LeftOver(row.pk, row.ref, "all_full", told)
