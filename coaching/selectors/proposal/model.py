"""Who gets which follow-up in which week: a linear assignment, solved for the whole list at once.

Follow-ups i, coaches c, ISO weeks w. x(i,c,w) is 1 where i goes to c in w, u(i) is 1 where i stays with nobody.

    minimise   sum x(i,c,w) (travel(i,c) + off(i,w) + change(i,c))
             + sum over c, w of the load  L / K(c,w) * ((b(c,w) + n(c,w))^2 - b(c,w)^2),  n(c,w) = sum over i of x(i,c,w)
             + sum u(i) waiting(i)
    subject to sum over c, w of x(i,c,w) + u(i) = 1          every follow-up goes somewhere or is listed with why
               n(c,w) <= max(0, K(c,w) - b(c,w))             never more than what fits in a coach's week
               x(i,c,w) = 0 where the pair can't be          language, track, role, absences, window
               sum u(i) as small as it can be                as many as possible are given

K is what fits in a coach's week, b what is in it already. The load is convex in n, so it is the sum of growing
prices of places: the k-th contact of a week costs L (2k - 1) / K. With one column for each free place the
problem is a linear assignment, which `scipy.optimize.linear_sum_assignment` solves exactly (shortest augmenting
paths); no optimum takes a dearer place while a cheaper one of the same week is free.

How many can be given at most is a maximum flow; so many columns "nobody" are added as are needed and no more,
so that every solution gives the largest possible number.

All prices are whole thousandths of a point. Between equal costs a second figure decides, kept apart from the
first by a factor that the whole list can't reach: the list goes to the coaches who were entered first, then to
the earlier weeks, and those are left over that stand last. What is equal still follows from the order in which
the rows are handed to the solver, by closing day, best day and number. So the order in which anything was read
or asked makes no difference.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow

Whole = npt.NDArray[np.int64]
Truth = npt.NDArray[np.bool_]

POINT = 1000
"""Prices are kept in thousandths of a point, so that sums are exact."""
EXACT = 2**53
"""Whole numbers up to here are exact in the floating point that the solver counts in."""


@dataclass(frozen=True)
class Weights:
    """What a proposal weighs, in points: ten is one commune's border crossed for a visit."""

    travel: int = 10  # per border between the practitioner's commune and the coach's territory, on site
    remote: int = 4  # the same for a contact that needs no travel: the visits that follow do
    load: int = 10  # L: a contact in an empty week costs next to nothing, the last that fits twice this
    week: int = 5  # per week away from the week of the best day
    change: int = 15  # when somebody else knows the practitioner
    waiting: int = 2  # per day by which the window of one left over closes before the last of the list


WEIGHTS = Weights()
LONGEST_WAIT = 60
"""Days up to which an earlier closing counts."""


@dataclass(frozen=True)
class Problem:
    """The list as numbers: n follow-ups, C coaches, W weeks; prices in thousandths of a point."""

    travel: Whole  # n x C
    change: Whole  # n x C
    off_week: Whole  # n x W
    waiting: Whole  # n
    possible: Truth  # n x C x W
    taken: Whole  # C x W: b
    capacity: Whole  # C x W: K
    load: int = WEIGHTS.load

    @property
    def free(self) -> Whole:
        """How many more contacts fit in each coach's week."""
        return np.maximum(self.capacity - self.taken, 0)

    def places(self, coach: int, week: int, most: int) -> Whole:
        """The prices of the next `most` places of a coach's week."""
        first, capacity = int(self.taken[coach, week]) + 1, int(self.capacity[coach, week])
        k = np.arange(first, first + most)
        return np.rint(self.load * POINT * (2 * k - 1) / max(capacity, 1)).astype(np.int64)


@dataclass(frozen=True)
class Solution:
    """The coach and the week of each follow-up (-1 for nobody), and the cost in thousandths of a point."""

    coach: Whole
    week: Whole
    cost: int

    @property
    def given(self) -> int:
        """How many go to somebody."""
        return int((self.coach >= 0).sum())


def solve(problem: Problem) -> Solution:
    """The cheapest way to give as many follow-ups as possible; see above for the model."""
    rows = len(problem.travel)
    groups = _groups(problem)
    if not rows or not groups:
        nobody = np.full(rows, -1, dtype=np.int64)
        return Solution(nobody, nobody.copy(), int(problem.waiting.sum()))
    matrix, owners = _matrix(problem, groups)
    row, column = linear_sum_assignment(matrix)
    chosen = np.full(rows, -1, dtype=np.int64)
    chosen[row] = owners[column]
    coach = np.array([groups[group][0] if group >= 0 else -1 for group in chosen], dtype=np.int64)
    week = np.array([groups[group][1] if group >= 0 else -1 for group in chosen], dtype=np.int64)
    return Solution(coach, week, cost_of(problem, coach, week))


def cost_of(problem: Problem, coach: Whole, week: Whole) -> int:
    """What a way to give the list costs, in thousandths of a point."""
    given = np.flatnonzero(coach >= 0)
    who, when = coach[given], week[given]
    total = int(problem.travel[given, who].sum() + problem.change[given, who].sum())
    total += int(problem.off_week[given, when].sum() + problem.waiting[coach < 0].sum())
    pairs, counts = np.unique(np.stack([who, when], axis=1), axis=0, return_counts=True)
    for (one, then), count in zip(pairs, counts, strict=True):
        total += int(problem.places(int(one), int(then), int(count)).sum())
    return total


def _groups(problem: Problem) -> list[tuple[int, int]]:
    """The coaches' weeks in which at least one of the follow-ups could go."""
    usable = problem.possible.any(axis=0) & (problem.free > 0) if len(problem.travel) else np.zeros((0, 0), bool)
    return [(int(coach), int(week)) for coach, week in np.argwhere(usable)]


def _matrix(problem: Problem, groups: list[tuple[int, int]]) -> tuple[npt.NDArray[np.float64], Whole]:
    """A column for each place that could be needed, and which coach's week each belongs to (-1: nobody's)."""
    coaches, weeks = np.array(groups).T
    possible = problem.possible[:, coaches, weeks]  # n x G
    price = problem.travel[:, coaches] + problem.change[:, coaches] + problem.off_week[:, weeks]
    sizes = np.minimum(problem.free[coaches, weeks], possible.sum(axis=0))
    left_over = len(possible) - _most_given(possible, sizes)
    order = coaches * problem.taken.shape[1] + weeks
    after = np.arange(len(possible))[::-1]  # how many stand after each
    factor = 1 + len(possible) * max(int(order.max()) + 1, len(possible))
    places = np.concatenate([problem.places(*group, int(size)) for group, size in zip(groups, sizes, strict=True)])
    dearest = int(price.max()) + int(places.max()) + int(problem.waiting.max())
    if dearest * factor * len(possible) >= EXACT:
        raise OverflowError("The list is too long to be weighed exactly; propose for fewer follow-ups at once.")
    owners = np.concatenate([np.repeat(np.arange(len(groups)), sizes), np.full(left_over, -1)])
    cost = np.where(possible, price * float(factor) + order, np.inf)
    matrix = np.empty((len(possible), len(owners)))
    matrix[:, : len(places)] = np.repeat(cost, sizes, axis=1)
    matrix[:, : len(places)] += places * float(factor)
    matrix[:, len(places) :] = (problem.waiting * float(factor) + after)[:, None]
    return matrix, owners


def _most_given(possible: Truth, sizes: Whole) -> int:
    """The largest number of follow-ups that can be given: a flow from each to the weeks that fit it."""
    rows, groups = possible.shape
    source, sink = rows + groups, rows + groups + 1
    row, group = np.nonzero(possible)
    start = np.concatenate([np.full(rows, source), row, rows + np.arange(groups)])
    end = np.concatenate([np.arange(rows), rows + group, np.full(groups, sink)])
    room = np.concatenate([np.ones(rows + len(row)), sizes]).astype(np.int32)
    graph = coo_array((room, (start, end)), shape=(sink + 1, sink + 1)).tocsr()
    return int(maximum_flow(graph, source, sink).flow_value)
