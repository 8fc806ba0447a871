"""Shares add up to the whole."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.shares import largest_remainder


@given(st.lists(st.integers(0, 10**9), max_size=12), st.integers(0, 3))
def test_shares_add_up_to_a_hundred_and_are_near_the_exact_ones(counts: list[int], decimals: int) -> None:
    shares = largest_remainder(counts, decimals=decimals)
    base = sum(counts)
    assert sum(shares) == (100 if base else 0)
    for count, share in zip(counts, shares, strict=True):
        assert abs(share - Decimal(100 * count) / (base or 1)) < Decimal(1).scaleb(-decimals)


def test_the_units_left_over_go_to_the_largest_remainders() -> None:
    assert largest_remainder([1, 1, 1]) == [Decimal("33.4"), Decimal("33.3"), Decimal("33.3")]
    assert largest_remainder([1052, 395]) == [Decimal("72.7"), Decimal("27.3")]
    assert largest_remainder([0, 0]) == [Decimal("0.0"), Decimal("0.0")]


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        largest_remainder([3, -1])
