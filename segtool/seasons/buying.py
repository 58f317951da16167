"""The days on which persons bought, from plain orders or from an event log: one form for all that is told of them."""

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from segtool.engines.folds import FOLDS
from segtool.engines.history import History
from segtool.engines.refusals import too_large
from segtool.events.activity import Activity
from segtool.tables.arrays import Ints, Mask, begins
from segtool.tables.dates.spelling import DAY
from segtool.tables.numbers import money, total


@dataclass(frozen=True, eq=False)
class Buying:
    """When each of so many `persons` bought, perhaps never: an entry a person and day, by person, then day.

    `orders` are those that were placed on the day, `bought` tells whether anything was bought: an order with lines of
    two days is placed on the first of them. `units` is what was paid less what was given back. Days count from
    1970-01-01. The shop is under observation from the day `first` to the day `last`. Without prices, which not every
    event log has, units are 0.
    """

    persons: int
    person: Ints
    day: Ints
    orders: Ints
    bought: Mask
    units: Ints
    first: int
    last: int
    priced: bool = True

    def __len__(self) -> int:
        return len(self.day)

    def each(self, amounts: Ints) -> Ints:
        """Return the sum of a whole number of each entry for each person."""
        sums = np.zeros(self.persons, np.int64)
        np.add.at(sums, self.person, amounts)
        return sums

    def revenue(self, rows: Ints | Mask) -> Decimal | None:
        """Return the money of some entries, None without prices."""
        return money(total(self.units[rows])) if self.priced else None


def of_history(history: History, *, as_of: int, since: int | None = None) -> Buying:
    """Return the buying of customers, observed from a day, or from the first one with orders, until another.

    Raises DataError for a sum that passes 64 bits.
    """
    days, placed = history.days, len(history.ordered)
    return _buying(
        len(history.customer_id),
        person=np.concatenate([history.ordered, days.customer]).astype(np.int64),
        day=np.concatenate([history.placed, days.day]).astype(np.int64),
        orders=np.concatenate([np.ones(placed, np.int64), days.loose.astype(np.int64)]),
        bought=np.concatenate([np.ones(placed, np.bool_), days.bought]),
        units=np.concatenate([np.zeros(placed, np.int64), days.amount]),
        first=since,
        last=as_of,
    )


def of_activity(activity: Activity, *, as_of: int, since: int | None = None) -> Buying:
    """Return the buying of the persons of an event log, observed from a day, or from its first event, until another.

    Raises DataError for a sum that passes 64 bits.
    """
    orders, refunds, starts = activity.orders, activity.refunds, activity.spells.start
    ordered = np.arange(len(orders) + len(refunds)) < len(orders)
    found = _buying(
        len(activity),
        person=np.concatenate([orders.person, refunds.person]).astype(np.int64),
        day=np.concatenate([orders.moment, refunds.moment]) // DAY,
        orders=ordered.astype(np.int64),
        bought=ordered,
        units=np.concatenate([orders.units, -np.abs(refunds.units)]),
        first=int(starts.min()) // DAY if since is None and len(starts) else since,
        last=as_of,
    )
    return replace(found, priced=activity.priced)


def _buying(
    persons: int, *, person: Ints, day: Ints, orders: Ints, bought: Mask, units: Ints, first: int | None, last: int
) -> Buying:
    """Return entries, of which a person and day may have several, with one of each."""
    if first is None:
        first = int(day[bought].min()) if bought.any() else last
    if not len(day):
        return Buying(persons, person, day, orders, bought, units, first, last)
    earliest = int(day.min())
    key = person * (int(day.max()) - earliest + 1) + (day - earliest)
    order = np.argsort(key, kind="stable")
    key = key[order]
    starts = np.flatnonzero(begins(key))
    try:
        sums = FOLDS["sum"].join(*(np.add.reduceat(part[order], starts) for part in FOLDS["sum"].split(units)))
    except OverflowError:
        raise too_large("A sum of a customer") from None
    return Buying(
        persons=persons,
        person=person[order][starts],
        day=day[order][starts],
        orders=np.add.reduceat(orders[order], starts),
        bought=np.logical_or.reduceat(bought[order], starts),
        units=sums,
        first=first,
        last=last,
    )
