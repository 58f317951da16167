"""Distinct orders, however their lines are scattered over batches, files and threads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from segtool.tables.arrays import Ints

_RANGE = 1 << 20
"""Orders that are sorted at a time, more or less."""

_SAMPLES = 16


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

    def __getitem__(self, rows: slice | Ints) -> "Orders":
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
    """Orders from many batches. What comes twice is kept twice only until as many have come as were distinct."""

    def __init__(self) -> None:
        self._found: list[Orders] = []
        self._held = 0
        self._enough = _RANGE

    def add(self, orders: Orders) -> None:
        """Take the orders of a batch."""
        if len(orders):
            self._found.append(distinct(orders))
            self._held += len(orders)
        if self._held > self._enough:
            if not self._apart():
                self._found = list(self.merged())
                self._held = sum(map(len, self._found))
            self._enough = 2 * self._held

    def _apart(self) -> bool:
        """Return whether the keys of each batch lie between those of two others: then hardly any comes twice."""
        ranges = sorted((int(orders.key[0]), int(orders.key[-1])) for orders in self._found)
        return all(last <= first for (_, last), (first, _) in pairwise(ranges))

    def merged(self) -> Iterator[Orders]:
        """Yield all distinct orders, range by range of their keys, and keep none of them."""
        left, self._found = sorted(self._found, key=lambda orders: int(orders.key[0])), []
        for border in _borders(left) if left else ():
            ends = [int(np.searchsorted(orders.key, border)) for orders in left]
            slices = [orders[:end] for orders, end in zip(left, ends, strict=True) if end]
            left = [orders[end:] for orders, end in zip(left, ends, strict=True) if end < len(orders)]
            if slices:
                yield distinct(_joined(slices))
        if left:
            yield distinct(_joined(left))


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
