"""How much of the variance of a value groups explain, and which attributes explain most of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import fsum

import numpy as np
import numpy.typing as npt

from segtool.profiles.facts import ExplainedBy
from segtool.tables.arrays import Ints

VALUES = ("monetary", "revenue", "amount")
"""What a column of revenue is called, the likeliest first."""


@dataclass(frozen=True)
class Explained:
    """What groups explain of the variance of a value: η², and η² adjusted for how many groups there are.

    `groups` is how many groups have rows, `rows` how many rows have a value.
    """

    eta_squared: float
    adjusted: float
    groups: int
    rows: int


def explained(values: Ints, groups: Ints) -> Explained | None:
    """Return how much of the variance of whole numbers, as units of money, is that between groups.

    η² is the sum of squares between groups over the whole one. The adjusted one is 1 - (1 - η²)(n - 1)/(n - k), as of
    R² (epsilon-squared), and 0 where that is less: columns of chance get 0 on average, however many groups they have.
    Sums are exact, so that the order of the rows does not matter. None where values do not differ.

    >>> found = explained(np.array([1, 2, 3, 7, 8, 9]), np.array([0, 0, 0, 1, 1, 1]))
    >>> round(found.eta_squared, 4), round(found.adjusted, 4)  # between 54, whole 58
    (0.931, 0.9138)
    >>> explained(np.array([1, 9, 2, 8]), np.array([0, 1, 2, 3])).adjusted  # a group a row tells nothing
    0.0
    """
    rows = len(values)
    whole = _squares(values)
    if rows < 2 or whole <= 0:
        return None
    sums, sizes = sums_by(groups, values), np.bincount(groups).tolist()
    total, between = sum(sums), []
    for own, size in zip(sums, sizes, strict=True):
        if size:
            away = (own * rows - total * size) / (size * rows)  # the mean of the group above that of all
            between.append(size * away * away)
    share = min(1.0, fsum(between) / whole)
    count = len(between)
    adjusted = 1 - (1 - share) * (rows - 1) / (rows - count) if rows > count else 0.0
    return Explained(share, max(0.0, adjusted), count, rows)


def what_explains(values: Ints, groupings: Mapping[str, Ints], made_of: Collection[str]) -> list[ExplainedBy]:
    """Return how much of the variance of values each grouping of the rows explains, the most telling first.

    They are ranked by the adjusted η², and by name where it is the same. `made_of` names those that are made of the
    values themselves.
    """
    found = []
    for name, groups in groupings.items():
        own = explained(values, groups)
        if own is not None:
            found.append(ExplainedBy(name, own.groups, own.eta_squared, own.adjusted, name in made_of))
    return sorted(found, key=lambda each: (-each.adjusted, -each.eta_squared, each.name))


def sums_by(groups: Ints, values: Ints) -> list[int]:
    """Return the exact sum of the values of each group, of any size.

    >>> sums_by(np.array([1, 0, 1]), np.array([2**62, 5, 2**62])) == [5, 2**63]
    True
    """
    size = int(groups.max(initial=-1)) + 1
    high, low = np.zeros(size, np.int64), np.zeros(size, np.int64)
    np.add.at(high, groups, values >> 32)
    np.add.at(low, groups, values & 0xFFFFFFFF)
    return [(upper << 32) + lower for upper, lower in zip(high.tolist(), low.tolist(), strict=True)]


def _squares(values: Ints) -> float:
    """Return the sum of squared distances from the mean, the same in any order of the values."""
    if not len(values):
        return 0.0
    rising = np.sort(values)
    middle = sums_by(np.zeros(len(rising), np.int64), rising)[0] // len(rising)
    away: npt.NDArray[np.float64] = (rising - middle).astype(np.float64)
    beside = float(away.sum()) / len(rising)
    return float(np.square(away - beside).sum())
