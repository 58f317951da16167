"""What the models of lifetime value need to know of a customer: how often, how late, how long, how much."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from segtool.tables.arrays import Floats, Ints, Mask, begins
from segtool.tables.numbers import UNITS, total

if TYPE_CHECKING:
    from segtool.engines.history import Days, History


_LOW = (1 << 32) - 1


@dataclass(frozen=True)
class Transactions:
    """What each customer had bought by a day; all lines of a calendar day are one purchase.

    `repeats` are the further days with a purchase after the first one (x), `recency` the days from the first to the
    last of them (t_x), `age` the days from the first one to the as-of day (T). `spend` is the mean net money of the
    repeat days in currency units: refunds of these days count, the first day and refunds of other days do not. It is 0
    where there are no repeats, or where their mean is not above zero.
    """

    repeats: Ints
    recency: Ints
    age: Ints
    spend: Floats

    def __len__(self) -> int:
        return len(self.repeats)

    def __getitem__(self, rows: Ints | Mask) -> "Transactions":
        return Transactions(self.repeats[rows], self.recency[rows], self.age[rows], self.spend[rows])


def transactions_of(history: "History", as_of: int) -> Transactions:
    """Return the transactions of all who had bought by the end of a day, in the order of `History.as_of`.

    Days are since 1970-01-01; what happened after the day is left out.
    """
    days = history.days[history.days.day <= as_of]
    return _of_days(days, as_of)


def _of_days(days: "Days", as_of: int) -> Transactions:
    """Return the transactions of what customers did on some days, in any order, several entries a day or one.

    >>> from segtool.engines.history import Days
    >>> ann, ben = 0, 1
    >>> customer = np.array([ann, ann, ann, ben, ann], np.int32)
    >>> day = np.array([0, 7, 7, 3, 9], np.int32)
    >>> amount = np.array([50_000, 90_000, -10_000, 20_000, -70_000])
    >>> bought = np.array([True, True, False, True, False])
    >>> found = _of_days(Days(customer, day, amount, bought, customer), as_of=10)
    >>> found.repeats.tolist(), found.recency.tolist(), found.age.tolist(), found.spend.tolist()
    ([1, 0], [7, 0], [10, 7], [8.0, 0.0])
    """
    key = _keys(days)
    order = np.argsort(key, kind="stable")
    key, amount = key[order], days.amount[order]
    starts = np.flatnonzero(begins(key))
    bought = np.logical_or.reduceat(days.bought[order], starts) if len(starts) else np.zeros(0, np.bool_)
    high, low = (_sums(part, starts)[bought] for part in (amount >> 32, amount & _LOW))
    rows = order[starts[bought]]  # one of each customer and day with a purchase
    customer, day = days.customer[rows], days.day[rows].astype(np.int64)
    first = np.flatnonzero(begins(customer))
    last = np.append(first, len(customer))[1:] - 1
    repeats = last - first
    after = np.ones(len(customer), np.bool_)
    after[first] = False
    spent = _sums(high * after, first) * 2.0**32 + _sums(low * after, first)
    return Transactions(
        repeats=repeats,
        recency=day[last] - day[first],
        age=as_of - day[first],
        spend=np.maximum(spent, 0) / (np.maximum(repeats, 1) * float(UNITS)),
    )


def refunds_apart(days: "Days") -> int:
    """Return the money that came back on days on which its customer bought nothing, in units.

    `days` may have several entries a customer and day, and among their `further` sums are the `refunds`, below zero.

    >>> from segtool.engines.history import Days
    >>> refunds = np.array([0, -10_000, -30_000])
    >>> bought, ann = np.array([True, False, False]), np.zeros(3, np.int32)
    >>> refunds_apart(Days(ann, np.array([7, 7, 8], np.int32), refunds, bought, ann, {"refunds": refunds}))
    30000
    """
    refunds = days.further["refunds"]
    rows = np.flatnonzero((refunds < 0) & ~days.bought)
    theirs = days.bought & np.isin(days.customer, days.customer[rows])
    keys = _keys(days)
    return -total(refunds[rows[~np.isin(keys[rows], keys[theirs])]])


def _keys(days: "Days") -> Ints:
    """Return a number of each customer and day, by which they are sorted."""
    return (days.customer.astype(np.int64) << 32) + days.day


def _sums(numbers: Ints, starts: Ints) -> Ints:
    """Return the sum of each run."""
    found: Ints = np.add.reduceat(numbers, starts) if len(starts) else np.zeros(0, np.int64)
    return found
