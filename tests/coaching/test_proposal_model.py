"""The proposal is the optimum of the stated model: held against an independent solver, on small lists and large."""

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, vstack

from coaching.selectors.proposal import Problem, Solution, cost_of, solve
from coaching.selectors.proposal.model import POINT

LIST = list[tuple[int, int, int]]


def random_problem(seed: int, *, rows: int, coaches: int, weeks: int, capacity: int, taken: int) -> Problem:
    """A list with languages, territories and windows of up to three weeks, tight or loose."""
    chance = np.random.default_rng(seed)
    target = chance.integers(0, weeks, rows)
    near = np.abs(target[:, None] - np.arange(weeks)) <= chance.integers(0, 2, rows)[:, None]
    speaks = chance.random((rows, coaches)) < 0.6
    there = chance.random((coaches, weeks)) < 0.9
    return Problem(
        travel=chance.integers(0, 6, (rows, coaches)) * 10 * POINT,
        change=(chance.random((rows, coaches)) < 0.9) * (chance.random((rows, 1)) < 0.4) * 15 * POINT,
        off_week=np.abs(target[:, None] - np.arange(weeks)) * 5 * POINT,
        waiting=chance.integers(0, 60, rows) * 2 * POINT,
        possible=speaks[:, :, None] & near[:, None, :] & there[None],
        taken=chance.integers(0, taken + 1, (coaches, weeks)),
        capacity=np.full((coaches, weeks), capacity),
    )


class Stated:
    """The model as it is stated: x(i,c,w), u(i), and a share of each place of each week. No slot belongs to a row."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.rows = len(problem.travel)
        self.x = np.argwhere(problem.possible)
        row, coach, week = self.x.T
        self.weeks = sorted({(c, w) for c, w in zip(coach.tolist(), week.tolist(), strict=True)})
        free = problem.free
        places = [problem.places(c, w, int(free[c, w])) for c, w in self.weeks]
        self.cost = np.concatenate(
            [
                problem.travel[row, coach] + problem.change[row, coach] + problem.off_week[row, week],
                problem.waiting,
                *places,
            ]
        ).astype(float)
        number = {pair: place for place, pair in enumerate(self.weeks)}
        of_x = np.array([number[c, w] for c, w in zip(coach.tolist(), week.tolist(), strict=True)], dtype=int)
        sizes = [len(prices) for prices in places]
        width, first = len(self.cost), len(self.x) + self.rows
        ones = np.ones(len(self.x))
        everyone = coo_array((ones, (row, np.arange(len(self.x)))), shape=(self.rows, width)) + coo_array(
            (np.ones(self.rows), (np.arange(self.rows), len(self.x) + np.arange(self.rows))), shape=(self.rows, width)
        )
        held = coo_array((ones, (of_x, np.arange(len(self.x)))), shape=(len(self.weeks), width)) - coo_array(
            (np.ones(sum(sizes)), (np.repeat(np.arange(len(sizes)), sizes), first + np.arange(sum(sizes)))),
            shape=(len(self.weeks), width),
        )
        self.left = np.zeros(width)
        self.left[len(self.x) : first] = 1
        self.equal = vstack([everyone, held]).tocsc()
        self.right = np.concatenate([np.ones(self.rows), np.zeros(len(self.weeks))])

    def best(self, left_over: int, *, whole: bool) -> float:
        """The least cost with so many left over; without `whole` a bound that no whole solution can pass."""
        equal = vstack([self.equal, self.left[None]]).tocsc()
        right = np.append(self.right, left_over)
        if whole:
            found = milp(
                self.cost, integrality=np.ones_like(self.cost), bounds=Bounds(0, 1),
                constraints=LinearConstraint(equal, right, right),
            )  # fmt: skip
        else:
            found = linprog(self.cost, A_eq=equal, b_eq=right, bounds=(0, 1), method="highs")
        assert found.success, found.message
        return float(found.fun)

    def fewest_left(self) -> int:
        """How many must be left over at least."""
        found = linprog(self.left, A_eq=self.equal, b_eq=self.right, bounds=(0, 1), method="highs")
        return round(found.fun)


def is_allowed(problem: Problem, solution: Solution) -> None:
    """No pair that can't be, and no week with more than fits."""
    given = np.flatnonzero(solution.coach >= 0)
    assert problem.possible[given, solution.coach[given], solution.week[given]].all()
    counts = np.zeros_like(problem.taken)
    np.add.at(counts, (solution.coach[given], solution.week[given]), 1)
    assert (counts <= problem.free).all()


@pytest.mark.parametrize("seed", range(12))
def test_small_lists_are_given_at_the_least_cost(seed):
    problem = random_problem(
        seed, rows=10 + 3 * seed, coaches=2 + seed % 5, weeks=1 + seed % 4, capacity=3 + seed % 4, taken=seed % 4
    )
    solution = solve(problem)
    is_allowed(problem, solution)
    stated = Stated(problem)
    left_over = len(problem.travel) - solution.given
    assert left_over == stated.fewest_left()
    assert solution.cost == pytest.approx(stated.best(left_over, whole=True), abs=0.5)


@pytest.mark.parametrize(("capacity", "taken"), [(20, 12), (8, 4)], ids=["everybody fits", "too little room"])
def test_a_thousand_follow_ups_and_forty_coaches_are_given_at_the_least_cost(capacity, taken):
    problem = random_problem(7, rows=1000, coaches=40, weeks=4, capacity=capacity, taken=taken)
    solution = solve(problem)
    is_allowed(problem, solution)
    left_over = len(problem.travel) - solution.given
    assert (left_over > 0) == (capacity == 8)
    stated = Stated(problem)
    assert left_over == stated.fewest_left()
    # Every whole solution costs at least what the relaxed one does: ours costs just that, so it is the optimum.
    assert solution.cost == pytest.approx(stated.best(left_over, whole=False), abs=0.5)


def test_the_cost_is_that_of_the_formula():
    problem = random_problem(3, rows=30, coaches=4, weeks=2, capacity=12, taken=5)
    solution = solve(problem)
    total, load = 0, np.zeros_like(problem.taken)
    for row, (coach, week) in enumerate(zip(solution.coach, solution.week, strict=True)):
        if coach < 0:
            total += int(problem.waiting[row])
            continue
        total += int(problem.travel[row, coach] + problem.change[row, coach] + problem.off_week[row, week])
        load[coach, week] += 1
    before, after = problem.taken.astype(float), (problem.taken + load).astype(float)
    total += float((problem.load * POINT / problem.capacity * (after**2 - before**2)).sum())
    # Each place's price is rounded to a thousandth of a point.
    assert solution.cost == pytest.approx(total, abs=len(problem.travel))
    assert solution.cost == cost_of(problem, solution.coach, solution.week)


def test_whose_window_closes_last_is_left_over():
    problem = Problem(
        travel=np.zeros((3, 1), dtype=int),
        change=np.zeros((3, 1), dtype=int),
        off_week=np.zeros((3, 1), dtype=int),
        waiting=np.array([0, 20 * POINT, 10 * POINT]),
        possible=np.ones((3, 1, 1), dtype=bool),
        taken=np.zeros((1, 1), dtype=int),
        capacity=np.full((1, 1), 2),
    )
    assert solve(problem).coach.tolist() == [-1, 0, 0]


def test_full_coaches_and_empty_lists_are_no_error():
    full = random_problem(1, rows=5, coaches=2, weeks=2, capacity=3, taken=0)
    full = Problem(**{**vars(full), "taken": np.full((2, 2), 7)})
    assert solve(full).given == 0
    assert solve(random_problem(1, rows=0, coaches=2, weeks=2, capacity=3, taken=0)).given == 0


def test_a_list_too_long_to_be_weighed_exactly_is_refused():
    problem = random_problem(1, rows=50, coaches=2, weeks=2, capacity=30, taken=0)
    huge = Problem(**{**vars(problem), "travel": problem.travel + 2**50})
    with pytest.raises(OverflowError):
        solve(huge)
