"""Distinct orders, however their lines are scattered over batches, files and threads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from segtool.tables.arrays import Ints, Mask
from segtool.tables.numbers import INT64_MAX

_RANGE = 1 << 20
"""Orders that are sorted at a time, more or less."""

_SAMPLES = 16

_SPARSE = 3
"""Keys that a table may have for each order that has come: so many take about what sorted orders take."""

_SMALL = 1 << 23
"""Keys that a table may have however few orders have come."""

_END = np.int32(1 << 30)
"""A place that is later than all others."""


@dataclass(frozen=True)
class Orders:
    """Orders with purchases: the key of each, its customer, and its first place in the calendar.

    The same key with another customer is another order.
    """

    key: Ints
    customer: npt.NDArray[np.int32]
    place: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.key)

    def __getitem__(self, rows: slice | Ints | Mask) -> "Orders":
        return Orders(self.key[rows], self.customer[rows], self.place[rows])


def distinct(orders: Orders) -> Orders:
    """Return each pair of key and customer once, with its least place, by rising key.

    >>> found = distinct(Orders(np.array([7, 7, 3]), np.array([0, 0, 1]), np.array([50, 20, 90])))
    >>> found.key.tolist(), found.place.tolist()
    ([3, 7], [90, 20])
    """
    if (orders.key[1:] < orders.key[:-1]).any():
        orders = orders[np.argsort(orders.key)]
    again = orders.key[1:] == orders.key[:-1]
    if not again.any():
        return orders
    if (again & (orders.customer[1:] != orders.customer[:-1])).any():
        orders = orders[_by_pair(orders)]
        again = (orders.key[1:] == orders.key[:-1]) & (orders.customer[1:] == orders.customer[:-1])
    firsts = np.flatnonzero(np.concatenate([[True], ~again]))
    later = np.flatnonzero(again) + 1
    once = orders[firsts]
    np.minimum.at(once.place, np.searchsorted(firsts, later) - 1, orders.place[later])
    return once


def _by_pair(orders: Orders) -> Ints:
    """Return the rows by rising key, then by customer."""
    low, high = int(orders.key[0]), int(orders.key[-1])
    if high - low < 1 << 31:
        return np.argsort(((orders.key - low) << 32) | orders.customer)
    return np.lexsort((orders.customer, orders.key))


class DistinctOrders:
    """Orders from many batches, each pair of key and customer once.

    Where keys lie close together, as numbers that a shop counts up, a table has the customer of each. The rest is
    sorted: keys far from all others, and orders of a second customer. There, what comes twice is kept twice only until
    as many have come as were distinct.
    """

    def __init__(self) -> None:
        self._table = _Table()
        self._found: list[Orders] = []
        self._seen = 0
        self._held = 0
        self._enough = _RANGE

    def add(self, orders: Orders) -> None:
        """Take the orders of a batch."""
        self._seen += len(orders)
        orders = self._tabled(orders)
        if len(orders):
            self._found.append(distinct(orders))
            self._held += len(orders)
        if self._held > self._enough:
            if not self._apart():
                self._settle()
                self._held = sum(map(len, self._found))
            self._enough = max(2 * self._held, _RANGE)

    def merged(self) -> Iterator[Orders]:
        """Yield all distinct orders, part by part, and keep none of them."""
        self._settle()
        table, self._table = self._table, _Table()
        yield from table.orders()
        yield from self._sorted()

    def _settle(self) -> None:
        """Put into the table what has a place there by now; what is left outside is distinct."""
        self._found = [rest for part in self._sorted() if len(rest := self._tabled(part))]

    def _tabled(self, orders: Orders) -> Orders:
        """Put orders into the table as far as their keys lie close together; return those that have no place in it."""
        if not len(orders):
            return orders
        most = max(_SPARSE * self._seen, _SMALL)
        if self._table.reach(int(orders.key.min()), int(orders.key.max()), most):
            return orders[~self._table.add(orders)]
        left = ~self._table.covers(orders.key)
        left[~left] = ~self._table.add(orders[~left])
        return orders[left]

    def _apart(self) -> bool:
        """Return whether the keys of each batch lie between those of two others: then hardly any comes twice."""
        ranges = sorted((int(orders.key[0]), int(orders.key[-1])) for orders in self._found)
        return all(last <= first for (_, last), (first, _) in pairwise(ranges))

    def _sorted(self) -> Iterator[Orders]:
        """Yield the distinct ones of the orders outside the table, range by range of their keys, and keep none."""
        left, self._found = sorted(self._found, key=lambda orders: int(orders.key[0])), []
        for border in _borders(left) if left else ():
            ends = [int(np.searchsorted(orders.key, border)) for orders in left]
            slices = [orders[:end] for orders, end in zip(left, ends, strict=True) if end]
            left = [orders[end:] for orders, end in zip(left, ends, strict=True) if end < len(orders)]
            if slices:
                yield distinct(_joined(slices))
        if left:
            yield distinct(_joined(left))


class _Table:
    """The customer and the first place of each key in a range, where there is an order of that key.

    Zeros stand where there is no order, since memory that was never written costs nothing: `_owner` holds customers
    plus one, `_early` how long before `_END` the first place lies.
    """

    def __init__(self) -> None:
        self._low = 0
        self._owner = np.zeros(0, np.int32)
        self._early = np.zeros(0, np.int32)

    def covers(self, keys: Ints) -> Mask:
        """Return which keys have a place in the table."""
        return (keys >= self._low) & (keys < self._low + len(self._owner))

    def reach(self, low: int, high: int, most: int) -> bool:
        """Widen the table to these keys unless it then has more than so many; return whether it has them."""
        size = len(self._owner)
        if size and self._low <= low and high < self._low + size:
            return True
        first, end = (min(low, self._low), max(high + 1, self._low + size)) if size else (low, high + 1)
        if end - first > most or end > INT64_MAX:
            return False
        if size and first == self._low:
            size = end - first + (end - first) // 8
            self._owner.resize(size, refcheck=False)  # no copy of what is large: its pages are moved
            self._early.resize(size, refcheck=False)
        else:
            if size:
                first = max(first - (end - first) // 2, -INT64_MAX - 1)
            self._owner = _behind(self._owner, self._low - first, end - first)
            self._early = _behind(self._early, self._low - first, end - first)
            self._low = first
        return True

    def add(self, orders: Orders) -> Mask:
        """Take orders of covered keys, but for those of a key that has another customer; return which are taken."""
        at, mine, early = orders.key - self._low, orders.customer + 1, _END - orders.place
        free = self._owner.take(at) == 0
        if free.all() and (at[1:] > at[:-1]).all():
            self._owner[at], self._early[at] = mine, early
            return free
        self._owner[at[free]] = mine[free]
        own: Mask = self._owner.take(at) == mine
        np.maximum.at(self._early, at[own], early[own])
        return own

    def orders(self) -> Iterator[Orders]:
        """Yield all orders by rising key."""
        for start in range(0, len(self._owner), _RANGE):
            owner, early = self._owner[start : start + _RANGE], self._early[start : start + _RANGE]
            here = np.flatnonzero(owner)
            if len(here):
                yield Orders(here + (self._low + start), owner[here] - 1, _END - early[here])


def _behind(values: npt.NDArray[np.int32], at: int, size: int) -> npt.NDArray[np.int32]:
    """Return an array of a size that has the values from a place on, and zeros elsewhere."""
    found = np.zeros(size, np.int32)
    found[at : at + len(values)] = values
    return found


def _borders(found: Sequence[Orders]) -> Ints:
    """Return keys that part all orders into ranges of about the same size."""
    keys = np.concatenate([orders.key[:: max(1, len(orders) // _SAMPLES)] for orders in found])
    weights = np.concatenate(
        [np.full(-(-len(orders) // step), step) for orders in found for step in [max(1, len(orders) // _SAMPLES)]]
    )
    order = np.argsort(keys)
    ranges = np.cumsum(weights[order]) // _RANGE
    return np.unique(keys[order][1:][ranges[1:] > ranges[:-1]])


def _joined(slices: Sequence[Orders]) -> Orders:
    if len(slices) == 1:
        return slices[0]
    return Orders(
        np.concatenate([each.key for each in slices]),
        np.concatenate([each.customer for each in slices]),
        np.concatenate([each.place for each in slices]),
    )
