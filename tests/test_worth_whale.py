"""The whale curve: how much of all profit the most profitable customers bring."""

from decimal import Decimal
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segtool.worth.whale import POINTS, whale_curve

profits = st.lists(st.integers(-(10**12), 10**12), max_size=40)


def test_ten_customers_of_whom_six_bring_180_percent() -> None:
    """The best six bring 90, 60, 45, 30, 15 and 12 of 140 in all; the last four lose 112."""
    found = whale_curve(np.array([-60, 12, 90, -30, 60, 45, -20, 30, -2, 15]) * 10_000)
    assert (found.customers, found.profit, found.peak.profit) == (10, 140, 252)
    assert (found.peak.customers_share, found.peak.share) == (0.6, 1.8)
    assert (found.profitable, found.at_zero, found.with_loss, found.loss) == (6, 0, 4, 112)
    assert [point.profit for point in found.points] == [90, 150, 195, 225, 240, 252, 250, 230, 200, 140]
    assert found.points[-1].share == 1


def test_where_a_tenth_ends_within_a_customer_that_one_counts_in_part() -> None:
    found = whale_curve(np.array([30, 20, 10]) * 10_000)
    assert [str(point.profit) for point in found.points[:5]] == ["9.00", "18.00", "27.00", "34.00", "40.00"]


def test_equal_customers_make_a_straight_line() -> None:
    found = whale_curve(np.full(7, 3))
    assert [point.share for point in found.points] == [at / POINTS for at in range(1, POINTS + 1)]
    assert (found.peak.customers_share, found.peak.share) == (1, 1)


def test_of_a_loss_nothing_is_a_share() -> None:
    found = whale_curve(np.array([10, -30]) * 10_000)
    assert found.profit == -20
    assert (found.peak.share, found.peak.profit, found.loss) == (None, 10, 30)
    assert {point.share for point in found.points} == {None}
    assert whale_curve(np.array([5, -5]) * 10_000).peak.share is None


def test_no_customers_one_and_all_without_profit() -> None:
    assert whale_curve(np.zeros(0, np.int64)).points == ()
    assert whale_curve(np.zeros(0, np.int64)).peak.customers_share == 0
    assert whale_curve(np.array([70])).peak.share == 1
    assert whale_curve(np.array([0, 0])).at_zero == 2


def test_sums_beyond_64_bits_are_exact() -> None:
    found = whale_curve(np.array([2**62, 2**62, 2**62, -(2**62)]))
    assert found.profit == Decimal(2**63).scaleb(-4)
    assert (found.peak.share, found.peak.customers_share) == (1.5, 0.75)


@given(profits)
def test_parts_add_up_and_the_peak_is_the_highest(money: list[int]) -> None:
    found = whale_curve(np.array(money, np.int64))
    assert found.profitable + found.at_zero + found.with_loss == found.customers == len(money)
    assert found.profit == found.peak.profit - found.loss == Decimal(sum(money)).scaleb(-4)
    assert all(point.profit <= found.peak.profit for point in found.points)
    if money:
        assert found.points[-1].profit == found.profit
        steps = np.diff([0, *(float(point.profit) for point in found.points)])
        assert (np.diff(steps) <= 1e-3 + 1e-9 * abs(steps).max()).all()  # it never bends upwards


@given(profits, st.randoms(use_true_random=False))
def test_the_order_of_customers_changes_nothing(money: list[int], random: Random) -> None:
    shuffled = random.sample(money, len(money))
    assert whale_curve(np.array(shuffled, np.int64)) == whale_curve(np.array(money, np.int64))


@given(profits.filter(lambda money: sum(money) > 0))
def test_points_are_those_of_a_slow_reference(money: list[int]) -> None:
    """Each customer is ten of a tenth of the profit, and a tenth of these is counted off."""
    tenths = [Fraction(each, POINTS) for each in sorted(money, reverse=True) for _ in range(POINTS)]
    shares = [float(sum(tenths[: at * len(money)]) / sum(money)) for at in range(1, POINTS + 1)]
    assert [point.share for point in whale_curve(np.array(money, np.int64)).points] == pytest.approx(shares, rel=1e-12)
