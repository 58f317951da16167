"""Where a scoring cuts the figures of a population: one row of cuts for each group of customers."""

from typing import Literal

import numpy as np

from segtool.scoring.figures import Figures
from segtool.scoring.statement import AxisRule
from segtool.tables.arrays import Ints
from segtool.tables.numbers import total

Ties = Literal["low", "high", "spread"]
"""How equal customers are scored: as the first, or the last, of them in rising order of the figure, or one by one."""


def cut(figures: Figures, rule: AxisRule, *, ties: Ties = "low", codes: Ints | None = None, groups: int = 1) -> Ints:
    """Return the cuts of each group as rows: levels - 1 rising raw values, each the largest of its bin.

    `codes` has the group of each customer, None where all are one. A group without customers has the cuts of all.

    Quantiles are SQL's `percentile_disc`: the smallest value that at least this share of all values do not pass. With
    ties "high" equal customers take the place of the last of them, so a cut lies before the value that fills the place.

    >>> import pyarrow as pa
    >>> from segtool.engines import Customers
    >>> from segtool.scoring.statement import in_bins
    >>> orders = np.array([1, 1, 1, 2, 3, 9])
    >>> figures = Figures(Customers(pa.nulls(6), None, None, orders, orders), orders)
    >>> thirds = in_bins("frequency", 3)
    >>> cut(figures, thirds).tolist(), cut(figures, thirds, ties="high").tolist()
    ([[1, 2]], [[0, 2]])
    """
    if rule.kind == "cuts":
        return np.tile(np.array(rule.values, np.int64), (groups, 1))
    values = figures[rule.figure]
    if codes is None:
        return _means(figures, rule, [np.arange(len(values))]) if rule.kind == "mean" else _at_once(values, rule, ties)
    order = np.lexsort((values, codes))
    sizes = np.bincount(codes, minlength=groups)
    ends = np.cumsum(sizes)
    if rule.kind == "mean":
        rows = _means(figures, rule, [order[end - size : end] for size, end in zip(sizes, ends, strict=True)])
    else:
        rows = _quantiles(values[order], rule, ties, ends - sizes, sizes)
    rows[sizes == 0] = cut(figures, rule, ties=ties)
    return rows


def _at_once(values: Ints, rule: AxisRule, ties: Ties) -> Ints:
    """Return the cuts of all customers as one row; only what is needed is sorted."""
    one = np.array([len(values)])
    if ties == "high":
        return _quantiles(np.sort(values), rule, ties, np.zeros(1, np.int64), one)
    at = places(rule, one)[0] - 1
    return np.partition(values, at)[at][np.newaxis]


def _quantiles(ordered: Ints, rule: AxisRule, ties: Ties, starts: Ints, sizes: Ints) -> Ints:
    """Return the cuts of groups whose values rise, from where each starts in `ordered`."""
    at = places(rule, sizes)
    last = len(ordered) - 1
    if ties != "high":
        return ordered[np.minimum(starts[:, np.newaxis] + at - 1, last)]
    begins = np.ones(len(ordered), np.bool_)
    begins[1:] = ordered[1:] != ordered[:-1]
    begins[starts[sizes > 0]] = True
    begin = np.maximum.accumulate(np.where(begins, np.arange(len(ordered)), 0))
    above = np.minimum(starts[:, np.newaxis] + at, last)
    first = begin[above]
    before = np.where(first > starts[:, np.newaxis], ordered[first - 1], ordered[above] - 1)
    largest = ordered[np.minimum(starts + sizes - 1, last)][:, np.newaxis]
    return np.where(at < sizes[:, np.newaxis], before, largest)


def places(rule: AxisRule, sizes: Ints) -> Ints:
    """Return how many customers of each group, at least, do not pass each cut; one or more."""
    shares = [(each.numerator, each.denominator) for each in rule.values]
    return np.stack([np.maximum(-(-above * sizes // below), 1) for above, below in shares], axis=1)


def _means(figures: Figures, rule: AxisRule, members: list[Ints]) -> Ints:
    """Return the cut at the mean of each group; 0 for one without customers."""
    rows = []
    for own in members:
        whole = total(figures[rule.figure][own])
        revenue, orders = total(figures.monetary[own]), total(figures.frequency[own])
        rows.append(at_mean(rule, len(own), whole, revenue=revenue, orders=orders) if len(own) else 0)
    return np.array(rows, np.int64)[:, np.newaxis]


def at_mean(rule: AxisRule, customers: int, whole: int, *, revenue: int, orders: int) -> int:
    """Return the cut before the mean of a figure, whose sum is `whole`, so that the mean itself is better.

    The mean order value is revenue / orders, rounded as the order value of a customer is.

    >>> from segtool.scoring.statement import AxisRule
    >>> at_mean(AxisRule("frequency", "mean"), 4, 10, revenue=0, orders=10)  # the mean is 2.5
    2
    >>> at_mean(AxisRule("recency_days", "mean"), 4, 10, revenue=0, orders=10)
    2
    """
    if rule.figure == "average_order_value":
        return _rounded(revenue, orders) - 1
    return -(-whole // customers) - 1 if rule.higher_is_better else whole // customers


def _rounded(value: int, count: int) -> int:
    """Return what `rounded_quotients` does, for integers of any size."""
    size, rest = divmod(abs(value), count)
    return (1 if value >= 0 else -1) * (size + (2 * rest >= count))
