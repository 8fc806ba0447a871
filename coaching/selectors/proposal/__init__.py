"""Who could take the follow-ups that wait for somebody: all of them weighed at once."""

from .model import WEIGHTS, Problem, Solution, Weights, cost_of, solve
from .overfull import overfull_weeks
from .proposing import proposal_of, propose
from .reading import FARTHEST, MOST, Facts, Row, monday_of, pool, read_facts, read_rows
from .shapes import CoachLoad, LeftOver, Line, Proposal, WeekLoad
from .wording import reasons_of, week_in_words, why_left

__all__ = [
    "FARTHEST",
    "MOST",
    "WEIGHTS",
    "CoachLoad",
    "Facts",
    "LeftOver",
    "Line",
    "Problem",
    "Proposal",
    "Row",
    "Solution",
    "WeekLoad",
    "Weights",
    "cost_of",
    "monday_of",
    "overfull_weeks",
    "pool",
    "proposal_of",
    "propose",
    "read_facts",
    "read_rows",
    "reasons_of",
    "solve",
    "week_in_words",
    "why_left",
]
