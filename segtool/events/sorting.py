"""Rows that are alike in some numbers, found by sorting: what folds of events have in common."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segtool.tables.arrays import Ints, begins

Numbers = npt.NDArray[np.integer]

_WIDE = 1 << 62
"""Numbers below it leave room in 64 bits."""

_STEPS = (1_000, 1_000_000)
"""What moments are often multiples of: whole milliseconds and seconds take less room."""


@dataclass(frozen=True)
class Groups:
    """Rows sorted so that those alike stand together: where they stood, and where each group begins."""

    order: Ints
    starts: Ints

    def __len__(self) -> int:
        return len(self.starts)


def grouped(*keys: Numbers, by: Ints | None = None) -> Groups:
    """Return the groups of rows that are alike in all keys, by rising keys; rows of a group by rising `by`.

    >>> found = grouped(np.array([7, 3, 7]), np.array([1, 1, 1]), by=np.array([20, 0, 10]))
    >>> found.order.tolist(), found.starts.tolist()
    ([1, 2, 0], [0, 1])
    """
    key = keys[0].astype(np.int64)
    for own in keys[1:]:
        key = paired(key, own)
    order = np.argsort(key if by is None else paired(key, by))
    return Groups(order, np.flatnonzero(begins(key[order])))


def paired(first: Numbers, second: Numbers) -> Ints:
    """Return a number a row that tells both of its numbers, and rises by the first, then by the second.

    >>> paired(np.array([5, 5, 4]), np.array([-1, 2, 9])).argsort().tolist()
    [2, 0, 1]
    """
    (major, above), (minor, most) = _from_zero(first), _from_zero(second)
    for step in _STEPS:
        if above * most >= _WIDE and above * (most // step) < _WIDE and not (minor % step).any():
            minor, most = minor // step, most // step + 1
    if above * most >= _WIDE:
        minor, most = dense(minor)
    if above * most >= _WIDE:
        major, _ = dense(major)
    return major * most + minor


def dense(keys: Numbers) -> tuple[Ints, int]:
    """Return the rank of each number among those that there are, from 0, and how many these are.

    >>> ranks, count = dense(np.array([70, -3, 70]))
    >>> ranks.tolist(), count
    ([1, 0, 1], 2)
    """
    order = np.argsort(keys)
    ranks = np.empty(len(keys), np.int64)
    ranks[order] = np.cumsum(begins(keys[order])) - 1
    return ranks, int(ranks[order[-1]]) + 1 if len(keys) else 0


def in_turn(group: Ints, bound: int, moment: Ints) -> Ints:
    """Return the rows by rising group, all of which are from 0 to below a bound, then by rising moment.

    Logs are mostly written in the order of time: then the row number stands for the moment, and numbers are sorted
    without an index beside them, which takes half the time.

    >>> in_turn(np.array([1, 0, 1]), 2, np.array([30, 20, 10])).tolist()
    [1, 2, 0]
    """
    bits = len(group).bit_length()
    if bound >= 1 << (63 - bits):
        group, bound = dense(group)
    if not (moment[1:] >= moment[:-1]).all():
        earliest = np.argsort(moment)
        return earliest[_by_group(group[earliest], bits)]
    return _by_group(group, bits)


def _by_group(group: Ints, bits: int) -> Ints:
    """Return the rows by rising group, those of one group in their order."""
    packed = (group << bits) | np.arange(len(group))
    packed.sort()
    return packed & ((1 << bits) - 1)


def _from_zero(numbers: Numbers) -> tuple[Ints, int]:
    """Return integers less the least of them, and a bound that all are below; beyond 63 bits their ranks."""
    if not len(numbers):
        return numbers.astype(np.int64), 1
    low, high = int(numbers.min()), int(numbers.max())
    if high - low >= _WIDE:
        return dense(numbers)
    return numbers.astype(np.int64) - low, high - low + 1
