"""What each practitioner published, month by month, so that the network's sums come out exactly."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, exp

from adoption.enums import Segment

from .people import NEVER, Person
from .size import MONTHS, Size, apportion

# How much is published in each calendar month: less in summer, more in autumn.
_SEASON = (0.98, 0.97, 1.04, 0.97, 1.0, 0.98, 0.74, 0.68, 1.02, 1.16, 1.2, 1.06)
_BANDS = (Segment.INNOVATORS, Segment.EARLY_ADOPTERS, Segment.EARLY_MAJORITY, Segment.LATE_MAJORITY)
# The top band has no upper bound; nobody here publishes more than this many times its lower one.
_TOP = 2.2


@dataclass(frozen=True)
class Bands:
    """The working scheme's rule: the window's months, each band's lower bound, the fewest months of figures."""

    window: int
    lower: dict[Segment, float]
    fewest_months: int

    def span(self, segment: Segment) -> tuple[int, int]:
        """The smallest and the largest whole volume in the window that falls into the segment."""
        place = _BANDS.index(segment)
        low = max(ceil(self.lower[segment]), self.fewest_months)
        high = ceil(self.lower[_BANDS[place - 1]]) - 1 if place else int(low * _TOP)
        return low, high


@dataclass(frozen=True, slots=True)
class Series:
    """One practitioner's figures from month number `first` on: summaries, and coverage as patients of a number."""

    person: int
    first: int
    published: list[int]
    covered: list[int]
    patients: list[int]


@dataclass(slots=True)
class _Draft:
    person: int
    start: int
    weights: list[float]
    low: int
    high: int
    luck: float

    def in_window(self, skew: float) -> float:
        return self.low + (self.high - self.low) * self.luck**skew

    def before_per_window(self, window: int) -> float:
        """How much was published before the window for each one published in it."""
        return sum(self.weights[:-window]) / sum(self.weights[-window:])


def series(people: list[Person], size: Size, bands: Bands, seed: int) -> Iterator[Series]:
    """The figures of every active person: volumes within their segment's band, `size.sumehrs` in all.

    How volumes are spread within the bands is chosen so that the sum is met; what rounding leaves over
    goes to the months before the window, where it moves nobody to another band.
    """
    rng = random.Random(f"{seed}:figures")
    drafts, beginners = [], []
    for number, person in enumerate(people):
        if person.segment in _BANDS and person.is_active:
            low, high = bands.span(person.segment)
            drafts.append(_Draft(number, person.start, _weights(person.start, rng), low, high, rng.random()))
        elif person.segment == Segment.NOT_ENOUGH_DATA:
            beginners.append((number, [rng.randint(1, 9) for _ in range(NEVER - person.start)]))
    left = size.sumehrs - sum(sum(published) for _, published in beginners)
    skew = _skew(drafts, bands.window, left)
    within = [round(draft.in_window(skew)) for draft in drafts]
    weights = [volume * draft.before_per_window(bands.window) for volume, draft in zip(within, drafts, strict=True)]
    if sum(within) > left or (sum(within) < left and not any(weights)):
        raise ValueError("The scheme's bands leave no room for the deck's sum of summaries.")
    before = apportion(left - sum(within), weights)

    published = dict(beginners)
    for draft, volume, earlier in zip(drafts, within, before, strict=True):
        published[draft.person] = _spread(draft, volume, earlier, bands, rng)
    for number, person in enumerate(people):
        if person.is_active:
            yield _series(number, person, published.get(number, [0] * NEVER), rng)


def _weights(start: int, rng: random.Random) -> list[float]:
    """How a person's publishing is spread over the months: nothing, then learning, then routine."""
    pace = rng.uniform(1.5, 5)
    known = 12 if start == 0 else 0
    return [
        0.0
        if month < start
        else _SEASON[MONTHS[month].month - 1]
        * (1 - exp(-(month - start + 1 + known) / pace))
        * 1.015**month
        * rng.uniform(0.75, 1.25)
        for month in range(NEVER)
    ]


def _skew(drafts: list[_Draft], window: int, total: int) -> float:
    """The exponent at which the drafts add up to the total, by bisection; more skew is less volume."""
    rates = [1 + draft.before_per_window(window) for draft in drafts]
    low, high = 0.02, 50.0
    for _ in range(40):
        middle = (low * high) ** 0.5
        volume = sum(draft.in_window(middle) * rate for draft, rate in zip(drafts, rates, strict=True))
        low, high = (middle, high) if volume > total else (low, middle)
    return high


def _spread(draft: _Draft, volume: int, earlier: int, bands: Bands, rng: random.Random) -> list[int]:
    """A person's months: the first and the last always have something, small volumes fall by chance."""
    split = NEVER - bands.window
    first = max(draft.start, split)
    sure = {first, NEVER - 1, *rng.sample(range(first + 1, NEVER - 1), max(0, bands.fewest_months - 2))}
    published = _months(earlier, draft.weights[:split], rng)
    published += _months(volume - len(sure), draft.weights[split:], rng)
    for month in sure:
        published[month] += 1
    return published


def _months(volume: int, weights: list[float], rng: random.Random) -> list[int]:
    if volume > 4 * len(weights) or not volume:
        return apportion(volume, weights)
    counts = [0] * len(weights)
    for month in rng.choices(range(len(weights)), weights, k=volume):
        counts[month] += 1
    return counts


def _series(number: int, person: Person, published: list[int], rng: random.Random) -> Series:
    """The figures with the coverage that fits: a new summary is often of a patient who already has one."""
    first = NEVER - len(published)
    busiest = max(published)
    patients = max(round(rng.triangular(180, 1300, 620)), round(busiest * rng.uniform(4.5, 8)))
    covered = min(0.8 * patients, 14.0 * published[0] * rng.uniform(0.4, 1)) if person.start == 0 else 0.0
    covereds, bases = [], []
    for count in published:
        covered += count * (1 - min(0.97, covered / patients)) * 0.62
        covereds.append(int(covered))
        bases.append(patients)
        patients += rng.choice((-2, 0, 0, 1, 2, 3))
    return Series(number, first, published, covereds, bases)
