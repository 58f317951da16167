"""Customers to scores: quintiles (or other bins) by rank, where equal values always share a score."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from segtool.tables.arrays import Ints, Levels, as_column, as_texts
from segtool.tables.numbers import total


def cuts(values: Ints, bins: int) -> Ints:
    """Return the bins - 1 cuts between the bins; a cut is the largest value of its bin.

    The method is SQL's `percentile_disc(k / bins)`: the smallest value that at least k / bins of all values do not
    pass. Cuts can be equal, and a bin between equal cuts is empty.

    >>> cuts(np.array([1, 1, 1, 2, 3, 9]), 3).tolist()
    [1, 2]
    """
    if not len(values):
        return np.zeros(0, np.int64)
    at = np.maximum(-(-np.arange(1, bins) * len(values) // bins) - 1, 0)
    return np.partition(values, at)[at]


def score(values: Ints, at: Ints, *, higher_is_better: bool) -> Levels:
    """Return scores from 1 (worst) to len(at) + 1 (best): one more than the number of cuts below the value.

    It equals `bins * b // N + 1` with b the number of customers with a strictly smaller value, and
    `bins - bins * b // N` where fewer is better. Ties share their score.

    >>> orders = np.array([1, 1, 1, 2, 3, 9])
    >>> score(orders, cuts(orders, 3), higher_is_better=True).tolist()
    [1, 1, 1, 2, 3, 3]
    >>> score(orders, cuts(orders, 3), higher_is_better=False).tolist()
    [3, 3, 3, 2, 1, 1]
    """
    below = np.zeros(len(values), np.int8)
    for cut in at:
        below += values > cut
    return below + 1 if higher_is_better else len(at) + 1 - below


def cells(levels: Sequence[Levels], sizes: Sequence[int]) -> npt.NDArray[np.int16]:
    """Return the number of each customer's cell among all combinations of levels, of which the last changes fastest.

    >>> cells([np.array([1, 5], np.int8), np.array([2, 5], np.int8)], [5, 5]).tolist()
    [1, 24]
    """
    found = np.zeros(len(levels[0]), np.int16)
    for own, size in zip(levels, sizes, strict=True):
        found *= size
        found += own - 1
    return found


def above_mean(values: Ints, counts: Ints) -> Levels:
    """Return 2 where values / counts is at or above sum(values) / sum(counts), else 1; exact for all integers.

    >>> above_mean(np.array([2, 4, 6]), np.array([1, 1, 1])).tolist()
    [1, 2, 2]
    """
    all_values, all_counts = total(values), total(counts)
    left, right = values.astype(float) * all_counts, counts.astype(float) * all_values
    high = left >= right
    for i in np.flatnonzero(np.abs(left - right) <= 1e-9 * np.abs(right)):  # too near for float64 to tell
        high[i] = int(values[i]) * all_counts >= int(counts[i]) * all_values
    return high + np.int8(1)


@dataclass(frozen=True)
class Cuts:
    """The largest raw value of each bin but the last: days, orders, money. R counts down: R5 is at most the first."""

    recency_days: tuple[int, ...]
    frequency: tuple[int, ...]
    monetary: tuple[float, ...]


@dataclass(frozen=True)
class Scores:
    """Scores from 1 (worst) to `bins` (best) of each customer, and their cuts in raw units (money: 1/10,000)."""

    bins: int
    r: Levels
    f: Levels
    m: Levels
    r_cuts: Ints
    f_cuts: Ints
    m_cuts: Ints

    def text(self) -> pa.Array:
        """Return the digits of each customer as text: 545, or 10-5-4 where a score can have two digits."""
        separator = "" if self.bins < 10 else "-"
        every = range(1, self.bins + 1)
        known = as_texts([f"{r}{separator}{f}{separator}{m}" for r in every for f in every for m in every])
        return known.take(as_column(cells([self.r, self.f, self.m], [self.bins] * 3)))


def score_customers(recency_days: Ints, frequency: Ints, monetary: Ints, *, bins: int) -> Scores:
    """Return the three scores of every customer. Recency in days, fewer is better; the others, more is better."""
    r_cuts, f_cuts, m_cuts = (cuts(values, bins) for values in (recency_days, frequency, monetary))
    return Scores(
        bins=bins,
        r=score(recency_days, r_cuts, higher_is_better=False),
        f=score(frequency, f_cuts, higher_is_better=True),
        m=score(monetary, m_cuts, higher_is_better=True),
        r_cuts=r_cuts,
        f_cuts=f_cuts,
        m_cuts=m_cuts,
    )
