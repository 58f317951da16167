"""The value at stake: what segments are expected to bring, how much of it is endangered, and how a budget follows."""

from decimal import Decimal
from fractions import Fraction
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from segtool.summary.value import ValueAtStake
from segtool.worth.stake import (
    AtStake,
    Offer,
    Segmented,
    is_overdue,
    split_budget,
    stake_of_last_year,
    stake_of_prediction,
    value_at_stake,
)

NAMES = {"Best": "بهترین", "Loyal": "وفادار", "Lost": "ازدست‌رفته", "Nobody": "هیچ‌کس"}

shares = st.lists(st.tuples(st.integers(-5, 10**15), st.one_of(st.none(), st.integers(0, 10**13))), max_size=8)

customers = st.lists(
    st.tuples(st.integers(0, 2), st.integers(-(10**9), 10**9), st.integers(0, 10**9), st.integers(0, 9)), max_size=30
)


def at_stake(
    rows: list[tuple[int, int, int, int]], *, rates: tuple[float | None, ...] = (0.5, 0.2, 0.0, None), **offer: object
) -> ValueAtStake:
    """Return the value at stake of customers: the place of the segment, expected and endangered units, and orders."""
    places, expected, endangered, orders = np.array(rows, np.int64).reshape(-1, 4).T
    bought = Segmented(NAMES, places, 1_000_000 * orders, orders)
    stake = AtStake("last year", expected, endangered)
    return value_at_stake(
        stake,
        bought,
        responses=[(0, 0) if rate is None else (round(rate * 1000), 1000) for rate in rates],
        offer=Offer(**offer),
    )  # type: ignore[arg-type]


# What is endangered


def test_of_a_prediction_the_value_if_active_times_the_chance_that_it_is_over_is_endangered() -> None:
    clv, active_clv = np.array([75.0, 0.0, np.nan]), np.array([100.0, 12.5, np.nan])
    found = stake_of_prediction(clv=clv, p_alive=np.array([0.75, 0.0, 1.0]), active_clv=active_clv)
    assert (found.basis, found.expected.tolist()) == ("predicted", [750_000, 0, 0])
    assert found.endangered.tolist() == [250_000, 125_000, 0]


def test_overdue_is_over_twice_the_own_gap_or_that_of_the_base() -> None:
    """The gaps 10, 30 and 20 have the median 20; whoever has none is overdue after 40 days."""
    gap = np.array([10, 30, 20, np.nan, np.nan, 0])
    assert is_overdue(np.array([21, 60, 40, 41, 40, 41]), gap).tolist() == [True, False, False, True, False, True]
    assert is_overdue(np.array([999]), np.array([np.nan])).tolist() == [False]
    assert is_overdue(np.zeros(0, np.int64), np.zeros(0)).tolist() == []


def test_a_margin_below_zero_is_expected_again_and_nothing_to_lose() -> None:
    found = stake_of_last_year(
        np.array([500, -300, 700]), recency_days=np.array([99, 99, 0]), median_gap=np.array([30.0, 30.0, 30.0])
    )
    assert (found.expected.tolist(), found.endangered.tolist()) == ([500, -300, 700], [500, 0, 0])


# The split of a budget


def test_a_budget_follows_the_weights_by_the_largest_remainder() -> None:
    assert split_budget(10, [1, 1, 1], most=[None] * 3) == [4, 3, 3]
    assert split_budget(10, [1, 2, 4], most=[None] * 3) == [1, 3, 6]  # 1.43, 2.86 and 5.71: two units are left over
    assert split_budget(10, [0, 0], most=[None] * 2) == [0, 0]
    assert split_budget(0, [1], most=[5]) == [0]
    assert split_budget(7, [], most=[]) == []


def test_what_a_part_cannot_take_goes_to_the_others_until_all_are_full() -> None:
    assert split_budget(100, [50, 30, 20], most=[10, None, None]) == [10, 54, 36]
    assert split_budget(100, [50, 30, 20], most=[10, 50, None]) == [10, 50, 40]  # the second is full after the first
    assert split_budget(100, [50, 30, 20], most=[10, 50, 20]) == [10, 50, 20]


@given(shares, st.integers(0, 10**15))
def test_no_unit_of_a_budget_is_lost_and_none_too_many_is_given(
    some: list[tuple[int, int | None]], budget: int
) -> None:
    weights, most = [weight for weight, _ in some], [limit for _, limit in some]
    parts = split_budget(budget, weights, most=most)
    open_parts = [at for at, limit in enumerate(most) if weights[at] > 0 and (limit is None or parts[at] < limit)]
    assert all(part >= 0 and (limit is None or part <= limit) for part, limit in zip(parts, most, strict=True))
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight <= 0)
    assert sum(parts) == budget if open_parts else sum(parts) <= budget
    for one in open_parts:  # in proportion, to a unit, among those that are not full; others have no more than that
        for other in range(len(some)):
            if weights[other] > 0:
                assert parts[other] * weights[one] < (parts[one] + 2) * weights[other] + weights[one]


@given(shares, st.integers(0, 10**12))
def test_a_larger_budget_gives_nobody_less_than_a_unit_less(some: list[tuple[int, int | None]], budget: int) -> None:
    weights, most = [weight for weight, _ in some], [limit for _, limit in some]
    less, more = (split_budget(each, weights, most=most) for each in (budget, 2 * budget))
    assert all(one <= other + 1 for one, other in zip(less, more, strict=True))


# Segments


def test_three_segments_by_hand() -> None:
    """An order of 100.00 leaves 20.00; a contact for 5.00 pays from a response rate of 25% on."""
    rows = [(0, 900_000, 0, 3), (0, 100_000, 300_000, 1), (1, 500_000, 200_000, 1), (2, 0, 500_000, 1)]
    found = at_stake(rows, budget=150_000, contact_cost=50_000, margin=Fraction(1, 5))
    best, loyal, lost, nobody = found.segments
    assert (best.customers, best.expected, best.expected_share) == (2, 100, 2 / 3)
    assert (best.endangered, best.endangered_share, lost.endangered_share) == (30, 0.3, 0.5)
    assert (best.break_even, best.repeat_rate, best.worth_contacting) == (0.25, 0.5, True)
    assert (loyal.break_even, loyal.repeat_rate, loyal.worth_contacting) == (0.25, 0.2, False)
    assert (nobody.customers, nobody.break_even, nobody.worth_contacting) == (0, None, None)
    assert (best.budget, loyal.budget, lost.budget, found.left) == (10, 0, 0, 5)  # two contacts are all there can be
    assert (found.expected, found.endangered, found.contact_cost, found.budget) == (150, 100, 5, 15)
    assert (found.used, found.worth_contacting) == (3, 1)


def test_without_a_contact_cost_all_segments_share_the_budget() -> None:
    found = at_stake([(0, 0, 30, 1), (1, 0, 70, 1), (2, 0, 0, 1)], budget=1000)
    assert [str(each.budget) for each in found.segments] == ["0.03", "0.07", "0.00", "0.00"]
    assert (found.left, found.worth_contacting) == (0, None)
    assert {each.worth_contacting for each in found.segments} == {None}


def test_without_a_margin_a_contact_cost_limits_the_parts_alone() -> None:
    found = at_stake([(0, 0, 30, 1), (2, 0, 70, 1)], budget=1000, contact_cost=200)
    assert [str(each.budget) for each in found.segments] == ["0.02", "0.00", "0.02", "0.00"]
    assert (str(found.left), found.worth_contacting) == ("0.06", None)


def test_without_a_budget_nothing_is_split() -> None:
    found = at_stake([(0, 5, 5, 1)])
    assert (found.budget, found.left, {each.budget for each in found.segments}) == (None, None, {None})


def test_without_value_nothing_is_a_share_and_the_budget_is_left() -> None:
    found = at_stake([(0, -10, 0, 1)], budget=70_000)
    assert (found.segments[0].expected_share, found.segments[0].endangered_share, found.left) == (None, None, 7)
    assert at_stake([], budget=70_000).left == 7


def test_a_segment_that_leaves_no_margin_is_not_worth_contacting() -> None:
    found = at_stake([(0, 5, 5, 0), (1, 5, 5, 1)], rates=(1.0, 1.0, None, None), contact_cost=1, margin=Fraction(1, 2))
    assert [each.worth_contacting for each in found.segments[:2]] == [False, True]


@given(customers, st.integers(0, 10**9), st.integers(0, 10**7), st.randoms(use_true_random=False))
def test_sums_hold_and_the_order_of_customers_changes_nothing(
    rows: list[tuple[int, int, int, int]], budget: int, cost: int, random: Random
) -> None:
    offer = {"budget": budget, "contact_cost": cost, "margin": Fraction(1, 3)}
    found = at_stake(rows, **offer)
    assert found == at_stake(random.sample(rows, len(rows)), **offer)
    assert sum(each.customers for each in found.segments) == len(rows)
    assert sum((each.expected for each in found.segments), Decimal(0)) == found.expected
    assert sum((each.endangered for each in found.segments), Decimal(0)) == found.endangered
    parts = [each.budget or Decimal(0) for each in found.segments]
    assert sum(parts, found.left or Decimal(0)) == found.budget
    for each, part in zip(found.segments, parts, strict=True):
        assert part <= each.customers * (found.contact_cost or 0)
        assert each.worth_contacting or not part
    assert found.worth_contacting == sum(each.worth_contacting is True for each in found.segments)
