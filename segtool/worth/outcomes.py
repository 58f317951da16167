"""What customers did after a day, and what the groups did that they were in on that day."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from segtool.engines import Customers
from segtool.history.compare import sums_of
from segtool.tables.arrays import Ints, Mask, as_mask
from segtool.tables.numbers import total

if TYPE_CHECKING:
    from segtool.engines.history import History


@dataclass(frozen=True)
class Later:
    """What the customers of a day did after it, until a later one: a row each, in their order.

    `orders` are those placed after the day, `spent` is the net spend after it in units of 1/10,000: refunds lower it.
    `newcomers`, `new_orders` and `new_spent` are of the customers who bought first after that day.
    """

    orders: Ints
    spent: Ints
    newcomers: int
    new_orders: int
    new_spent: int

    @property
    def bought(self) -> Mask:
        """Who placed an order after the day."""
        found: Mask = self.orders > 0
        return found


@dataclass(frozen=True)
class Outcome:
    """What a group of customers did after a day: how many they are, how many of them placed an order, and how many
    orders these were; the net spend of all in units of 1/10,000."""

    customers: int
    buyers: int
    orders: int
    spent: int


def later(before: Customers, after: Customers) -> Later:
    """Return what the customers of a day did until a later day, from the state of all at the end of both days.

    Those of the first day are in both states, in the order of their ids. Ann bought twice for 30 and then once for 12;
    bob was refunded 4; cid is new.

    >>> import pyarrow as pa
    >>> day, units = np.array([9, 9]), np.array([300_000, 100_000])
    >>> before = Customers(pa.array(["ann", "bob"]), day, day, np.array([2, 1]), units)
    >>> days, units = np.array([9, 9, 20]), np.array([420_000, 60_000, 70_000])
    >>> after = Customers(pa.array(["ann", "bob", "cid"]), days, days, np.array([3, 1, 1]), units)
    >>> found = later(before, after)
    >>> found.orders.tolist(), found.spent.tolist(), found.newcomers, found.new_spent
    ([1, 0], [120000, -40000], 1, 70000)
    """
    known = as_mask(pc.is_in(after.customer_id, before.customer_id))
    return Later(
        orders=after.frequency[known] - before.frequency,
        spent=after.monetary[known] - before.monetary,
        newcomers=int((~known).sum()),
        new_orders=int(after.frequency[~known].sum()),
        new_spent=total(after.monetary[~known]),
    )


def outcomes(places: Ints, count: int, found: Later) -> tuple[Outcome, ...]:
    """Return what each of `count` groups did, of which `places` has the one of each customer, from 0.

    >>> found = Later(np.array([2, 0, 1]), np.array([50_000, -10_000, 20_000]), 0, 0, 0)
    >>> outcomes(np.array([0, 0, 2]), 3, found)[0]
    Outcome(customers=2, buyers=1, orders=2, spent=40000)
    """
    customers = np.bincount(places, minlength=count).tolist()
    buyers = np.bincount(places[found.bought], minlength=count).tolist()
    orders = sums_of(found.orders, places, count)
    return tuple(map(Outcome, customers, buyers, orders, sums_of(found.spent, places, count)))


def together(groups: tuple[Outcome, ...]) -> Outcome:
    """Return what all groups did.

    >>> together((Outcome(2, 1, 3, 40), Outcome(1, 0, 0, -5)))
    Outcome(customers=3, buyers=1, orders=3, spent=35)
    """
    return Outcome(
        customers=sum(each.customers for each in groups),
        buyers=sum(each.buyers for each in groups),
        orders=sum(each.orders for each in groups),
        spent=sum(each.spent for each in groups),
    )


@dataclass(frozen=True)
class PurchaseDays:
    """The days with a purchase, each once a customer: the row of the customer in a history and the day, sorted.

    Several orders of a day are one purchase, as the models of buying count them.
    """

    customer: Ints
    day: Ints

    def count(self, after: int, until: int, customers: int) -> Ints:
        """Return on how many of the days after one and until another each of so many customers bought.

        >>> PurchaseDays(np.array([0, 0, 1]), np.array([1, 5, 9])).count(1, 9, 3).tolist()
        [1, 1, 0]
        """
        within = (self.day > after) & (self.day <= until)
        return np.bincount(self.customer[within], minlength=customers).astype(np.int64)

    def median_gap(self, until: int) -> float | None:
        """Return the median number of days between a purchase day and the next one of a customer, up to a day.

        None where nobody bought on two days.

        >>> PurchaseDays(np.array([0, 0, 0, 1]), np.array([1, 5, 20, 9])).median_gap(19)
        4.0
        """
        within = self.day <= until
        customer, day = self.customer[within], self.day[within]
        gaps = np.diff(day)[np.diff(customer) == 0]
        return float(np.median(gaps)) if len(gaps) else None


def purchase_days(history: "History") -> PurchaseDays:
    """Return the days on which each customer bought.

    >>> from segtool.engines.history import Days, History
    >>> import pyarrow as pa
    >>> row, none = np.array([1, 0, 0, 0], np.int32), np.zeros(0, np.int32)
    >>> days = Days(row, np.array([9, -5, -5, 1], np.int32), np.zeros(4, np.int64), np.ones(4, np.bool_), row)
    >>> found = purchase_days(History(pa.array(["ann", "bob"]), days, none, none, ()))
    >>> found.customer.tolist(), found.day.tolist()
    ([0, 0, 1], [-5, 1, 9])
    """
    return PurchaseDays(*history.purchase_days())
