"""Grouped folds over integers: exact, and the same for every order of the rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from segtool.tables.numbers import Ints

_LOW = (1 << 32) - 1
_INT64 = np.iinfo(np.int64)


@dataclass(frozen=True)
class Fold:
    """How values fold to one state a group (`group(values, codes, count)`) and how states fold again (`merge`).

    A state is a row of integers. `finish` turns states into values.
    """

    group: Callable[[Ints, Ints, int], Ints]
    merge: Callable[[Ints, Ints, int], Ints]
    finish: Callable[[Ints], Ints]


def _lowest(values: Ints, codes: Ints, count: int) -> Ints:
    found = np.full(count, _INT64.max)
    np.minimum.at(found, codes, values)
    return found


def _highest(values: Ints, codes: Ints, count: int) -> Ints:
    found = np.full(count, _INT64.min)
    np.maximum.at(found, codes, values)
    return found


def _added(values: Ints, codes: Ints, count: int) -> Ints:
    found = np.zeros((count, *values.shape[1:]), np.int64)
    np.add.at(found, codes, values)
    return found


def _counted(_: Ints, codes: Ints, count: int) -> Ints:
    return np.bincount(codes, minlength=count).astype(np.int64)


def _halves(values: Ints, codes: Ints, count: int) -> Ints:
    """Sums of the upper and lower 32 bits apart: neither can wrap, and each is exact in the float64 of bincount."""
    halves = [np.bincount(codes, half, count).astype(np.int64) for half in (values >> 32, values & _LOW)]
    return np.stack(halves, axis=1)


def _joined(halves: Ints) -> Ints:
    high, low = halves[:, 0] + (halves[:, 1] >> 32), halves[:, 1] & _LOW
    if (high != high.astype(np.int32)).any():
        raise OverflowError
    return (high << 32) | low


def _same(values: Ints) -> Ints:
    return values


FOLDS: Mapping[str, Fold] = {
    "min": Fold(_lowest, _lowest, _same),
    "max": Fold(_highest, _highest, _same),
    "count": Fold(_counted, _added, _same),
    "sum": Fold(_halves, _added, _joined),
}
"""The folds of `segtool.orders.measures`; batches of at most 2²¹ rows keep `sum` exact. It raises OverflowError."""


@dataclass(frozen=True)
class Orders:
    """Distinct orders: the place of each one's key, its customer, and its first moment."""

    key: Ints
    customer: Ints
    moment: Ints


def distinct(key: Ints, customer: Ints, moment: Ints) -> Orders:
    """Return each pair of key and customer once, with its earliest moment.

    >>> found = distinct(np.array([7, 7, 3]), np.array([0, 0, 1]), np.array([50, 20, 90]))
    >>> found.key.tolist(), found.moment.tolist()
    ([3, 7], [90, 20])
    """
    if not len(key):
        return Orders(key, customer, moment)
    pair = key * (int(customer.max()) + 1) + customer
    order = np.argsort(pair, kind="stable")
    starts = np.flatnonzero(np.diff(pair[order], prepend=pair[order[0]] - 1))
    first = order[starts]
    return Orders(key[first], customer[first], np.minimum.reduceat(moment[order], starts))
