"""The value at stake: what segments are expected to bring, how much of it is endangered, and how a budget follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from segtool.history.compare import sums_of
from segtool.summary.value import Basis, SegmentStake, ValueAtStake
from segtool.tables.arrays import Floats, Ints, Mask
from segtool.tables.numbers import LIMIT, UNITS, money, total
from segtool.worth.break_even import break_even, is_worth
from segtool.worth.concordance import LEAST
from segtool.worth.lifetime import Prediction
from segtool.worth.measures import Measures, Money
from segtool.worth.past import share_of
from segtool.worth.rhythm import OVERDUE
from segtool.worth.scored import Scored

_YEAR = 365
"""Days whose margin stands for those of the next year where nothing is predicted."""


@dataclass(frozen=True, eq=False)
class AtStake:
    """What each customer is expected to bring, and how much of that is endangered, in units of 1/10,000."""

    basis: Basis
    expected: Ints
    endangered: Ints


def at_stake(base: Scored, measures: Measures, prediction: Prediction | None, money: Money) -> AtStake:
    """Return what each of these customers is expected to bring, as it is predicted, or else by the last year."""
    if prediction is not None and prediction.clv is not None and prediction.active_clv is not None:
        return stake_of_prediction(clv=prediction.clv, p_alive=prediction.p_alive, active_clv=prediction.active_clv)
    days = base.history.days
    earned = base.history.summed(money.earned(days), days.day > base.as_of - _YEAR)
    return stake_of_last_year(
        share_of(earned, money.share), recency_days=base.figures.recency_days, median_gap=measures.median_gap
    )


def stake_of_prediction(*, clv: Floats, p_alive: Floats, active_clv: Floats) -> AtStake:
    """Return the value at stake of customers from their predicted lifetime value, in money, to the nearest unit.

    Endangered is what the customer would bring if surely still active, times the chance that this is over.

    >>> found = stake_of_prediction(clv=np.array([75.0]), p_alive=np.array([0.75]), active_clv=np.array([100.0]))
    >>> found.expected.tolist(), found.endangered.tolist()
    ([750000], [250000])
    """
    return AtStake("predicted", estimated(clv), estimated((1 - p_alive) * active_clv))


def estimated(amounts: Floats) -> Ints:
    """Return estimates of money in units of 1/10,000, of which sums do not depend on their order."""
    return np.rint(np.clip(np.nan_to_num(amounts) * UNITS, -LIMIT, LIMIT)).astype(np.int64)


def stake_of_last_year(margin: Ints, *, recency_days: Ints, median_gap: Floats) -> AtStake:
    """Return the value at stake of customers where nothing is predicted: the margin of the last year, again.

    Endangered is that of customers who are overdue; a margin below zero is nothing to lose. `margin` is in units, in
    days are `recency_days` since the last order and the `median_gap` between orders, NaN where there is none.

    >>> recency, gap = np.array([61, 10]), np.array([30.0, 30.0])
    >>> found = stake_of_last_year(np.array([500, 700]), recency_days=recency, median_gap=gap)
    >>> found.expected.tolist(), found.endangered.tolist()
    ([500, 700], [500, 0])
    """
    late = is_overdue(recency_days, median_gap)
    return AtStake("last year", margin, np.where(late, np.maximum(margin, 0), 0))


def is_overdue(recency_days: Ints, median_gap: Floats) -> Mask:
    """Return who has not ordered for over twice the own median gap between orders, in days.

    Whoever has no gap above zero is measured by the median of all customers who have one. Where nobody has one,
    nobody is overdue.

    >>> is_overdue(np.array([61, 60, 91, 90]), np.array([30.0, 30.0, np.nan, 0.0])).tolist()
    [True, False, True, True]
    >>> is_overdue(np.array([45, 41]), np.array([20.0, np.nan])).tolist()
    [True, True]
    """
    own = median_gap > 0
    if not own.any():
        return np.zeros(len(recency_days), np.bool_)
    usual = np.where(own, median_gap, np.median(median_gap[own]))
    return recency_days > OVERDUE * usual


def split_budget(budget: int, weights: Sequence[int], *, most: Sequence[int | None]) -> list[int]:
    """Return the parts of a budget in proportion to weights, none above the `most` that it may have.

    What a part cannot take goes to the others in proportion. Where all are full, the rest of the budget is in no part.
    Parts are exact units by the largest remainder; of equal remainders the first gets the unit.

    >>> split_budget(100, [1, 1, 1], most=[None, None, None])
    [34, 33, 33]
    >>> split_budget(100, [5, 3, 2], most=[20, None, None]), split_budget(100, [5, 3, 0], most=[20, 30, 50])
    ([20, 48, 32], [20, 30, 0])
    """
    parts = [0] * len(weights)
    free, left = [at for at, weight in enumerate(weights) if weight > 0], budget
    while free:
        weight = sum(weights[at] for at in free)
        full = {at for at in free if (limit := most[at]) is not None and left * weights[at] >= limit * weight}
        if not full:
            break
        for at in full:
            parts[at] = most[at] or 0
        left -= sum(parts[at] for at in full)
        free = [at for at in free if at not in full]
    if free:
        over: dict[int, int] = {}
        for at in free:
            parts[at], over[at] = divmod(left * weights[at], weight)
        for at in sorted(free, key=lambda at: (-over[at], at))[: left - sum(parts[at] for at in free)]:
            parts[at] += 1
    return parts


@dataclass(frozen=True)
class Offer:
    """What can be spent on customers: a budget for all, what one contact costs, both in units, and the margin.

    `margin` is the share of the revenue that stays.
    """

    budget: int | None = None
    contact_cost: int | None = None
    margin: Fraction | None = None


@dataclass(frozen=True, eq=False)
class Segmented:
    """The place of each customer among the segments, name -> title, and what each bought: units of money, orders."""

    segments: Mapping[str, str]
    places: npt.NDArray[np.integer]
    revenue: Ints
    orders: Ints


def stake_of_segments(base: Scored, stake: AtStake, *, days: int, offer: Offer) -> ValueAtStake:
    """Return the value at stake of these customers by their segments.

    With the cost of a contact it is told which segments are worth one, by who was in them so many days ago and bought
    since.
    """
    bought = Segmented(
        {each.name: each.title for each in base.segments}, base.places, base.figures.monetary, base.figures.frequency
    )
    found = () if offer.contact_cost is None else base.responses(days)
    responses = [(each.buyers, each.customers) for each in found]
    return value_at_stake(stake, bought, responses=responses, days=days, offer=offer)


def value_at_stake(
    stake: AtStake,
    customers: Segmented,
    *,
    responses: Sequence[tuple[int, int]] = (),
    days: int = 90,
    offer: Offer | None = None,
) -> ValueAtStake:
    """Return the value at stake per segment, and how a budget is split over segments by it.

    The rule: the budget is split in proportion to the endangered value among the segments that are worth contacting,
    all of them where it is not said what a contact costs and what margin an order leaves, or no repeat rate is known;
    none gets more than a contact with each of its customers costs; what cannot be placed is left. Worth contacting is a
    segment with a repeat rate that reaches the break-even response rate. `responses` are how many of the customers who
    were in each segment so many days ago have bought since; of nobody there is no rate, and so nobody knows whether
    contacting is worth it.

    Of three customers who bring 10.00 each two are endangered, of which one is in a segment that never responds:

    >>> units = np.array([100_000, 100_000, 100_000])
    >>> bought = Segmented({"best": "", "loyal": "", "lost": ""}, np.arange(3), units, np.array([1, 1, 1]))
    >>> offer = Offer(budget=50_000, contact_cost=10_000, margin=Fraction(1, 2))
    >>> stake = AtStake("last year", units, np.array([0, 100_000, 100_000]))
    >>> found = value_at_stake(stake, bought, responses=[(5, 10), (3, 10), (0, 4)], offer=offer)
    >>> [(each.name, each.break_even, each.worth_contacting, str(each.budget)) for each in found.segments]
    [('best', 0.2, True, '0.00'), ('loyal', 0.2, True, '1.00'), ('lost', 0.2, False, '0.00')]
    >>> str(found.left), found.worth_contacting, found.used
    ('4.00', 2, 3)
    """
    offer, count = offer or Offer(), len(customers.segments)
    responses = responses or [(0, 0)] * count
    rates = [buyers / then if then else None for buyers, then in responses]
    places = customers.places.astype(np.int64)
    sizes = np.bincount(places, minlength=count).tolist()
    expected, endangered = sums_of(stake.expected, places, count), sums_of(stake.endangered, places, count)
    revenue, orders = sums_of(customers.revenue, places, count), sums_of(customers.orders, places, count)
    needed = [_break_even(offer, *own) for own in zip(revenue, orders, strict=True)]
    is_judged = offer.contact_cost is not None and offer.margin is not None and any(each is not None for each in rates)
    worth = [
        bool(is_worth(rate, least)) if is_judged and size and rate is not None else None
        for size, rate, least in zip(sizes, rates, needed, strict=True)
    ]
    weights = [max(each, 0) if own or not is_judged else 0 for own, each in zip(worth, endangered, strict=True)]
    most = [None if offer.contact_cost is None else offer.contact_cost * size for size in sizes]
    parts = [None] * count if offer.budget is None else split_budget(offer.budget, weights, most=most)
    every, lost = total(stake.expected), total(stake.endangered)
    segments = tuple(
        SegmentStake(
            name=name,
            title=title,
            customers=sizes[at],
            expected=money(expected[at]),
            expected_share=expected[at] / every if every > 0 else None,
            endangered=money(endangered[at]),
            endangered_share=endangered[at] / lost if lost > 0 else None,
            budget=_money(parts[at]),
            break_even=needed[at],
            repeat_rate=rates[at],
            response_customers=responses[at][1] if is_judged else None,
            too_few=0 < responses[at][1] < LEAST,
            worth_contacting=worth[at],
        )
        for at, (name, title) in enumerate(customers.segments.items())
    )
    return ValueAtStake(
        basis=stake.basis,
        customers=len(places),
        expected=money(every),
        endangered=money(lost),
        contact_cost=_money(offer.contact_cost),
        budget=_money(offer.budget),
        left=None if offer.budget is None else money(offer.budget - sum(part or 0 for part in parts)),
        used=sum(size > 0 for size in sizes),
        worth_contacting=sum(own is True for own in worth) if is_judged else None,
        response_days=days if is_judged else None,
        segments=segments,
    )


def _break_even(offer: Offer, revenue: int, orders: int) -> float | None:
    if offer.contact_cost is None or offer.margin is None:
        return None
    return break_even(contact_cost=offer.contact_cost, margin=offer.margin, revenue=revenue, orders=orders)


def _money(units: int | None) -> Decimal | None:
    return None if units is None else money(units)
