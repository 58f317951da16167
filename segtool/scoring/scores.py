"""Customers to scores: by cuts, where equal values always share a score, or spread over bins of one size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from segtool.scoring.cuts import Ties, cut
from segtool.scoring.figures import Figures
from segtool.scoring.groups import Groups
from segtool.scoring.statement import AxisRule
from segtool.tables.arrays import Ints, Levels, as_column, as_texts

OUTER = {"f": "r", "m": "rf"}
"""Axis -> the axes in whose cells it is scored, where scores are nested."""


def score(values: Ints, cuts: Ints, *, higher_is_better: bool, codes: Ints | None = None) -> Levels:
    """Return scores from 1 (worst) to n (best): one more than the number of cuts below the value.

    `cuts` has a row of n - 1 cuts for each group, `codes` the group of each customer, None where there is one. Ties
    share their score. With the cuts of equal bins it is `n * b // N + 1`, b the customers with a strictly smaller
    value, and `n - n * b // N` where fewer is better.

    >>> orders, cuts = np.array([1, 1, 1, 2, 3, 9]), np.array([[1, 2]])
    >>> score(orders, cuts, higher_is_better=True).tolist()
    [1, 1, 1, 2, 3, 3]
    >>> score(orders, cuts, higher_is_better=False).tolist()
    [3, 3, 3, 2, 1, 1]
    """
    below = np.zeros(len(values), np.int8)
    for column in cuts.T:
        below += values > (column[0] if codes is None else column[codes])
    return below + 1 if higher_is_better else np.int8(cuts.shape[1] + 1) - below


def spread(values: Ints, bins: int, *, higher_is_better: bool, codes: Ints | None = None) -> Levels:
    """Return SQL's NTILE(bins) over all customers of a group from worst to best, in their own order where they tie.

    Bins differ by one customer at most, and the first ones have one more.

    >>> spread(np.array([7, 7, 7, 7, 9]), 3, higher_is_better=True).tolist()
    [1, 1, 2, 2, 3]
    """
    codes = np.zeros(len(values), np.int64) if codes is None else codes
    order = np.lexsort((values if higher_is_better else -values, codes))
    sizes = np.bincount(codes)
    starts = np.cumsum(sizes) - sizes
    own = codes[order]
    rank, (size, more) = np.arange(len(values)) - starts[own], np.divmod(sizes[own], bins)
    large = more * (size + 1)
    tiles = np.empty(len(values), np.int8)
    tiles[order] = np.where(rank < large, rank // (size + 1), more + (rank - large) // np.maximum(size, 1)) + 1
    return tiles


def cells(levels: Sequence[npt.NDArray[np.integer]], sizes: Sequence[int]) -> npt.NDArray[np.int16]:
    """Return the number of each customer's cell among all combinations of levels, of which the last changes fastest.

    >>> cells([np.array([1, 5], np.int8), np.array([2, 5], np.int8)], [5, 5]).tolist()
    [1, 24]
    """
    found = np.zeros(len(levels[0]), np.int16)
    for own, size in zip(levels, sizes, strict=True):
        found *= size
        found += own - 1
    return found


@dataclass(frozen=True)
class Method:
    """How equal customers are scored, and whether F is scored within R, and M within R and F."""

    ties: Ties = "low"
    nested: bool = False


SHARED = Method()
"""Equal customers share the score of the first of them."""


@dataclass(frozen=True)
class Scores:
    """Levels from 1 (worst) to n (best) of each customer on each axis, and the cuts that make them.

    The cuts of an axis are rows, one a group; where scores are nested, one for each cell of the axes before it in each
    group; None where customers are spread, which cannot be said by cuts.
    """

    axes: Mapping[str, AxisRule]
    levels: Mapping[str, Levels]
    cuts: Mapping[str, Ints | None]

    def digits(self, axis: str) -> Ints:
        """Return the score as it is written: from the lowest digit of the axis up."""
        return self.levels[axis].astype(np.int64) + (self.axes[axis].lowest - 1)

    def text(self, axes: Sequence[str] = "rfm") -> pa.Array:
        """Return the digits of each customer as text: 545, or 10-5-4 where a score can have two digits."""
        rules = [self.axes[axis] for axis in axes]
        separator = "-" if any(rule.lowest + rule.levels > 10 for rule in rules) else ""
        known = [""]
        for i, rule in enumerate(rules):
            digits = range(rule.lowest, rule.lowest + rule.levels)
            known = [f"{text}{separator if i else ''}{digit}" for text in known for digit in digits]
        places = cells([self.levels[axis] for axis in axes], [rule.levels for rule in rules])
        return as_texts(known).take(as_column(places))


def score_customers(
    figures: Figures,
    axes: Mapping[str, AxisRule],
    method: Method = SHARED,
    groups: Groups | None = None,
    *,
    frozen: Mapping[str, Ints] | None = None,
) -> Scores:
    """Return the scores of every customer, by cuts that are `frozen` or else made here.

    Values beyond the range that frozen cuts were made of go to the end bins.
    """
    levels: dict[str, Levels] = {}
    cuts: dict[str, Ints | None] = {}
    for axis, rule in axes.items():
        outer = [each for each in OUTER.get(axis, "") if each in levels] if method.nested else []
        codes, count = _within(groups, [(levels[each], axes[each].levels) for each in outer])
        values = figures[rule.figure]
        if method.ties == "spread" and rule.kind == "quantiles":
            levels[axis] = spread(values, rule.levels, higher_is_better=rule.higher_is_better, codes=codes)
            cuts[axis] = None
            continue
        own = frozen[axis] if frozen else cut(figures, rule, ties=method.ties, codes=codes, groups=count)
        levels[axis] = score(values, own, higher_is_better=rule.higher_is_better, codes=codes)
        cuts[axis] = own
    return Scores(axes, levels, cuts)


def _within(groups: Groups | None, outer: Sequence[tuple[Levels, int]]) -> tuple[Ints | None, int]:
    """Return in which cell of its group and of outer levels each customer is scored, and how many cells there are."""
    codes, count = (groups.codes, len(groups)) if groups else (None, 1)
    for levels, size in outer:
        codes = levels.astype(np.int64) - 1 if codes is None else codes * size + (levels - 1)
        count *= size
    return codes, count


def weighted(scores: Scores, weights: Mapping[str, int]) -> Ints:
    """Return the sum of each customer's digits, each times the weight of its axis."""
    found = sum(scores.digits(axis) * weight for axis, weight in weights.items())
    return np.asarray(found, np.int64)
