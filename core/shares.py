"""Shares of a whole that add up to the whole, however they are rounded."""

from collections.abc import Sequence
from decimal import Decimal


def largest_remainder(counts: Sequence[int], total: int = 100, decimals: int = 1) -> list[Decimal]:
    """Shares of the counts' sum that add up to exactly `total` (Hamilton's largest remainder method).

    Every share is rounded down to `decimals` places; the units that are left over go to the largest
    remainders, of equal ones to the larger count and then to the earlier. Nothing counted: all zero.
    """
    if any(count < 0 for count in counts):
        raise ValueError("A count can't be negative.")
    base = sum(counts)
    unit = Decimal(1).scaleb(-decimals)
    if base == 0:
        return [Decimal(0).quantize(unit) for _ in counts]
    units = total * 10**decimals
    floors = [count * units // base for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda at: (-(counts[at] * units % base), -counts[at], at))
    for at in by_remainder[: units - sum(floors)]:
        floors[at] += 1
    return [floor * unit for floor in floors]
