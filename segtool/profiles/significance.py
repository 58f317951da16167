"""Whether groups differ beyond chance, and by how much: chi-squared, Kruskal-Wallis, their effect sizes, Holm."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp, fsum, lgamma, log, sqrt

import numpy as np
import numpy.typing as npt

from segtool.tables.arrays import Ints

LEAST_EXPECTED = 5
"""Below so many expected rows of a cell, chi-squared is an approximation of its own p-value that may be poor."""

_TINY = 1e-300
_ENOUGH = 1e-16


@dataclass(frozen=True)
class Test:
    """A test of the hypothesis that groups do not differ: its statistic, p-value and size of effect, from 0 to 1.

    `few_expected` is the share of cells in which fewer than five rows are expected, None where that is no question.
    """

    statistic: float
    degrees: int
    p: float
    effect: float
    few_expected: float | None = None


def chi_squared(counts: Ints) -> Test | None:
    """Return Pearson's test of independence of a table of counts; None where rows or columns are fewer than two.

    The effect is Cramér's V, corrected for the bias that makes it rise with the size of the table (Bergsma 2013).

    >>> found = chi_squared(np.array([[10, 20], [30, 40]]))
    >>> round(found.statistic, 4), found.degrees, round(found.p, 4), found.few_expected
    (0.7937, 1, 0.373, 0.0)
    """
    rows, columns = np.nonzero(counts)
    return chi_squared_of_cells(rows, columns, counts[rows, columns])


def chi_squared_of_cells(rows: Ints, columns: Ints, counts: Ints) -> Test | None:
    """Return Pearson's test of a table of which only the cells with rows are given, in a fixed order."""
    of_rows, of_columns = (_sums(places, counts) for places in (rows, columns))
    height, width = int((of_rows > 0).sum()), int((of_columns > 0).sum())
    whole = int(counts.sum())
    if height < 2 or width < 2:
        return None
    parts = counts.astype(float) ** 2 / (of_rows[rows].astype(float) * of_columns[columns])
    statistic = max(whole * (fsum(parts.tolist()) - 1), 0.0)
    degrees = (height - 1) * (width - 1)
    sorted_columns = np.sort(of_columns[of_columns > 0])
    below = -(-LEAST_EXPECTED * whole // of_rows[of_rows > 0])  # expected < 5 if the column has fewer rows than this
    few = int(np.searchsorted(sorted_columns, below, side="left").sum())
    return Test(
        statistic,
        degrees,
        chi_squared_above(statistic, degrees),
        _cramers_v(statistic, whole, height, width),
        few / (height * width),
    )


def _sums(places: Ints, counts: Ints) -> Ints:
    sums = np.zeros(int(places.max(initial=-1)) + 1, np.int64)
    np.add.at(sums, places, counts)
    return sums


def _cramers_v(statistic: float, whole: int, height: int, width: int) -> float:
    if whole < 2:
        return 0.0
    excess = max(0.0, statistic / whole - (height - 1) * (width - 1) / (whole - 1))
    sides = [side - (side - 1) ** 2 / (whole - 1) for side in (height, width)]
    least = min(sides) - 1
    return min(1.0, sqrt(excess / least)) if least > 0 else 0.0


def kruskal_wallis(doubled: Ints, ties: Ints, groups: Ints) -> Test | None:
    """Return the test of Kruskal and Wallis with the correction for ties; None where groups or values do not differ.

    `doubled` is twice the rank of each value, where equal ones share the mean, and `ties` how many share each rank. The
    effect is epsilon-squared, H / (n - 1).

    >>> found = kruskal_wallis(np.array([2, 4, 6, 8, 10, 12]), np.ones(6, np.int64), np.array([0, 0, 0, 1, 1, 1]))
    >>> round(found.statistic, 4), found.degrees, round(found.p, 4), round(found.effect, 4)
    (3.8571, 1, 0.0495, 0.7714)
    """
    whole = len(doubled)
    sizes = np.bincount(groups) if whole else np.zeros(0, np.int64)
    present = np.flatnonzero(sizes)
    if len(present) < 2 or len(ties) < 2:
        return None
    sums = _sums(groups, doubled)
    squares = sum(Fraction(int(sums[at]) ** 2, int(sizes[at])) for at in present.tolist())
    statistic = (Fraction(3, whole * (whole + 1)) * squares - 3 * (whole + 1)) / (1 - _tied(ties, whole))
    found = float(statistic)
    degrees = len(present) - 1
    return Test(found, degrees, chi_squared_above(found, degrees), min(1.0, found / (whole - 1)))


def _tied(ties: Ints, whole: int) -> Fraction:
    """Return what ties take from the variance of the ranks, from 0 to 1."""
    kinds, times = np.unique(ties, return_counts=True)
    tied = sum((size**3 - size) * count for size, count in zip(kinds.tolist(), times.tolist(), strict=True))
    return Fraction(tied, max(whole**3 - whole, 1))


def rank_scores(doubled: Ints, ties: Ints, groups: Ints, size: int) -> list[float]:
    """Return for each group how many standard deviations its mean rank lies above that of all rows, 0 where none.

    >>> doubled, ties = np.array([2, 4, 6, 8]), np.ones(4, np.int64)
    >>> [round(score, 3) for score in rank_scores(doubled, ties, np.array([0, 0, 1, 1]), 2)]
    [-1.549, 1.549]
    """
    whole = len(doubled)
    sums, sizes = np.zeros(size, np.int64), np.bincount(groups, minlength=size)
    np.add.at(sums, groups, doubled)
    tied = float(_tied(ties, whole))
    scores = []
    for own, count in zip(sums.tolist(), sizes.tolist(), strict=True):
        variance = (whole + 1) * (whole - count) / (12 * count) * (1 - tied) if count else 0.0
        scores.append((own / (2 * count) - (whole + 1) / 2) / sqrt(variance) if variance > 0 else 0.0)
    return scores


def residuals(counts: Ints, sizes: Ints) -> npt.NDArray[np.float64]:
    """Return how many standard deviations each count lies above what is expected (adjusted residuals).

    `counts` has a row for each group and a column for each value, `sizes` the rows of each group; a value stands in
    some of them. 0 where nothing else can be.

    >>> residuals(np.array([[8, 2], [2, 8]]), np.array([10, 10])).round(3).tolist()
    [[2.683, -2.683], [-2.683, 2.683]]
    """
    whole = float(max(int(sizes.sum()), 1))
    share = counts.sum(axis=0) / whole
    own = sizes[:, None].astype(float)
    variance = own * share * (1 - share) * (1 - own / whole)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: npt.NDArray[np.float64] = (counts - own * share) / np.sqrt(variance)
    return np.where(variance > _TINY, found, 0.0)


def chi_squared_above(statistic: float, degrees: int) -> float:
    """Return the probability that chi-squared of so many degrees of freedom is above a value.

    >>> round(chi_squared_above(3.841458820694124, 1), 12), round(chi_squared_above(18.307038053275146, 10), 12)
    (0.05, 0.05)
    """
    return upper_gamma(degrees / 2, statistic / 2)


def upper_gamma(a: float, x: float) -> float:
    """Return Q(a, x), the regularised upper incomplete gamma function; a > 0, x >= 0.

    Below a + 1 it is 1 less the series of P(a, x), above it a continued fraction by Lentz's method.

    >>> round(upper_gamma(1, 2), 12) == round(exp(-2), 12)
    True
    """
    if x <= 0:
        return 1.0
    scale = exp(a * log(x) - x - lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        step = a
        while term > total * _ENOUGH:
            step += 1
            term *= x / step
            total += term
        return max(0.0, 1 - scale * total)
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    fraction = d
    for i in range(1, 10_000_000):
        part = -i * (i - a)
        b += 2
        d = 1 / _away(part * d + b)
        c = _away(b + part / c)
        change = c * d
        fraction *= change
        if abs(change - 1) <= 4 * _ENOUGH:
            break
    return min(1.0, scale * fraction)


def _away(value: float) -> float:
    """Return a value that can be divided by."""
    return _TINY if abs(value) < _TINY else value


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values as they are when so many are tested at once, by the step-down method of Holm.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted, largest = [0.0] * len(p_values), 0.0
    for step, at in enumerate(sorted(range(len(p_values)), key=lambda at: p_values[at])):
        largest = max(largest, min(1.0, (len(p_values) - step) * p_values[at]))
        adjusted[at] = largest
    return adjusted
