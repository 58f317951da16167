"""What each customer is worth so far: tenure, rhythm, trend, refunds, margin, costs, past value."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from segtool.engines import Customers
from segtool.engines.history import Days, History
from segtool.engines.refusals import too_large
from segtool.tables.arrays import Floats, Ints
from segtool.tables.numbers import INT64_MAX, total
from segtool.worth.past import past_values, share_of
from segtool.worth.rhythm import median_gaps, orders_per_year, overdue

WINDOW = 90
"""Days of the two windows by which a trend is told, of which the later one ends with the as-of day."""


@dataclass(frozen=True)
class Money:
    """Where margins and costs to serve come from.

    `margin` is a share of what was spent; where it is None, margins are those that the history keeps by day. A cost is
    in units of 1/10,000 for each order, or each day with refunds; where it is None, the history keeps it, or there is
    none.
    """

    margin: Fraction | None = Fraction(1)
    order_cost: int | None = None
    refund_cost: int | None = None
    discount_rate: float = 0.1

    @property
    def share(self) -> Fraction:
        """The share of `earned` that is margin."""
        return Fraction(1) if self.margin is None else self.margin

    def earned(self, days: Days) -> Ints:
        """Return the money of each entry of a history of which margins are a share.

        Only sums of it are exact whatever the entries: a share of each of them would be rounded as often as a
        customer's lines of a day happen to be parted.
        """
        return days.further["margin"] if self.margin is None else days.amount


@dataclass(frozen=True)
class Measures:
    """Figures of customers, one each; money in units of 1/10,000, days whole, NaN where a figure has no meaning.

    `overdue` is the days since the last order by the `median_gap`, `refunds` what was given back, above zero,
    `refund_rate` that by what was bought.
    """

    tenure_days: Ints
    orders_per_year: Floats
    median_gap: Floats
    overdue: Floats
    spent_last: Ints
    spent_before: Ints
    refunds: Ints
    refund_rate: Floats
    margin: Ints
    cost_to_serve: Ints
    past_value: Ints

    def margin_share(self, money: Money, spend: Ints) -> Fraction:
        """Return which share of all spend is margin: as it is said, or by the column of margins, 0 without a spend."""
        left, spent = total(self.margin), total(spend)
        return money.margin if money.margin is not None else Fraction(left, spent) if spent > 0 else Fraction(0)


def measures_of(history: History, customers: Customers, as_of: int, money: Money) -> Measures:
    """Return the figures of all customers of a history as of a day, which no entry of it is later than.

    Raises DataError for a sum that passes 64 bits.
    """
    days, count = history.days, len(customers)
    if customers.first_order is None or customers.last_order is None:
        raise ValueError("Customers of a history have days.")
    customer, day = history.purchase_days()
    gaps, tenure = median_gaps(customer, day, count), as_of - customers.first_order
    refunds = -history.summed(days.further["refunds"])
    earned = money.earned(days)
    try:
        past = past_values(history, earned, share=money.share, as_of=as_of, yearly_rate=money.discount_rate)
        served = added(
            _costs(history, "order_cost", money.order_cost, customers.frequency),
            _costs(history, "refund_cost", money.refund_cost, _refund_days(history, count)),
        )
        bought = added(customers.monetary, refunds)
    except OverflowError:
        raise too_large("What a customer is worth") from None
    return Measures(
        tenure_days=tenure,
        orders_per_year=orders_per_year(customers.frequency, tenure),
        median_gap=gaps,
        overdue=overdue(as_of - customers.last_order, gaps),
        spent_last=history.summed(days.amount, days.day > as_of - WINDOW),
        spent_before=history.summed(days.amount, (days.day <= as_of - WINDOW) & (days.day > as_of - 2 * WINDOW)),
        refunds=refunds,
        refund_rate=np.where(bought > 0, refunds, np.nan) / np.where(bought > 0, bought, 1),
        margin=share_of(history.summed(earned), money.share),
        cost_to_serve=served,
        past_value=past,
    )


def added(first: Ints, *others: Ints) -> Ints:
    """Return the sums of integers of several arrays. Raises OverflowError where one could pass 64 bits.

    >>> added(np.array([3, 4]), np.array([-1, 1])).tolist()
    [2, 5]
    """
    if sum(int(np.abs(each).max(initial=0)) for each in (first, *others)) > INT64_MAX:
        raise OverflowError
    return np.add.reduce([first, *others])


def _costs(history: History, role: str, each: int | None, times: Ints) -> Ints:
    """Return what something cost each customer, by a column of the orders, or so much each time."""
    if role in history.days.further:
        return history.summed(history.days.further[role])
    if each is None:
        return np.zeros(len(times), np.int64)
    if int(times.max(initial=0)) * each > INT64_MAX:
        raise OverflowError
    return times * each


def _refund_days(history: History, count: int) -> Ints:
    """Return on how many days each customer was given something back."""
    owner, _ = history.distinct_days(history.days.further["refunds"] < 0)
    return np.bincount(owner, minlength=count)
