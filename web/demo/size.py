"""How many of everything a demonstration network of some size has."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from adoption.enums import Segment

DECK_PRACTITIONERS = 1447
DECK_SUMEHRS = 355_132
DECK_SEGMENTS = {
    Segment.INNOVATORS: 11,
    Segment.EARLY_ADOPTERS: 105,
    Segment.EARLY_MAJORITY: 358,
    Segment.LATE_MAJORITY: 558,
    Segment.NOT_ENOUGH_DATA: 20,
    Segment.LAGGARDS: 395,
}
"""Active GPs of Brussels in June 2018 on one base; all but the laggards published that month (1,052)."""

TODAY = dt.date(2018, 7, 2)
MONTHS = tuple(dt.date(2016 + (6 + i) // 12, (6 + i) % 12 + 1, 1) for i in range(24))
"""The months with figures, 2016-07 to 2018-06."""

SMALLEST, LARGEST = 20, 150_000
_INACTIVE, _DO_NOT_CONTACT = 38, 12
_COACHES, _TECHNICIANS = 8, 4


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Whole parts of a total in proportion to weights, by largest remainder; earlier ones win ties."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    quotas = [total * weight / whole for weight in weights]
    parts = [int(quota) for quota in quotas]
    by_remainder = sorted(range(len(parts)), key=lambda i: parts[i] - quotas[i])
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


@dataclass(frozen=True)
class Size:
    """The numbers of one network; at the default size they are the deck's own."""

    practitioners: int = DECK_PRACTITIONERS

    def __post_init__(self) -> None:
        if not SMALLEST <= self.practitioners <= LARGEST:
            raise ValueError(f"A demonstration network has between {SMALLEST} and {LARGEST} practitioners.")

    @property
    def segments(self) -> dict[Segment, int]:
        """Active practitioners per segment, in the deck's shares."""
        counts = apportion(self.practitioners, list(DECK_SEGMENTS.values()))
        return dict(zip(DECK_SEGMENTS, counts, strict=True))

    @property
    def sumehrs(self) -> int:
        """Summaries published over the 24 months."""
        return round(DECK_SUMEHRS * self.practitioners / DECK_PRACTITIONERS)

    @property
    def inactive(self) -> int:
        """Practitioners who stopped before the figures begin, on top of the active ones."""
        return round(_INACTIVE * self.practitioners / DECK_PRACTITIONERS)

    @property
    def do_not_contact(self) -> int:
        """Active practitioners who asked not to be contacted."""
        return round(_DO_NOT_CONTACT * self.practitioners / DECK_PRACTITIONERS)

    @property
    def coaches(self) -> int:
        """Coaches, at least eight."""
        return max(_COACHES, round(_COACHES * self.practitioners / DECK_PRACTITIONERS))

    @property
    def technicians(self) -> int:
        """Technicians, at least four."""
        return max(_TECHNICIANS, round(_TECHNICIANS * self.practitioners / DECK_PRACTITIONERS))
