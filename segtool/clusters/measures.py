"""How far groups of rows agree, and how well they are apart."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from segtool.tables.arrays import Ints

Floats = npt.NDArray[np.float64]


def contingency(one: Ints, other: Ints) -> Ints:
    """Return how many rows are in each group of one and each of the other; groups are numbered from 0.

    >>> contingency(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])).tolist()
    [[1, 1], [0, 2]]
    """
    across = int(other.max(initial=-1)) + 1
    size = (int(one.max(initial=-1)) + 1) * across
    return np.bincount(one * across + other, minlength=size).reshape(-1, max(across, 1))


def adjusted_rand(one: Ints, other: Ints) -> float:
    """Return the adjusted Rand index of two groupings of the same rows (Hubert and Arabie 1985): 1 where they part the
    rows alike, 0 on average where they have nothing in common.

    It counts pairs of rows that are together, less those that are so by chance: exactly, so that order does not matter.

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
    1.0
    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2]))  # of 6 pairs 1 is in both, by chance 2 × 1 / 6
    0.5714285714285714
    """
    cells = contingency(one, other)
    both, rows, columns = (_pairs(each) for each in (cells.ravel(), cells.sum(axis=1), cells.sum(axis=0)))
    every = _pairs(np.array([len(one)]))
    if not every:
        return 1.0
    chance = Fraction(rows * columns, every)
    most = Fraction(rows + columns, 2)
    return 1.0 if most == chance else float((both - chance) / (most - chance))


def _pairs(sizes: Ints) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.tolist())


def distances(points: Floats) -> Floats:
    """Return the Euclidean distance of each point, a row, from each other.

    >>> distances(np.array([[0.0, 0.0], [3.0, 4.0]])).tolist()
    [[0.0, 5.0], [5.0, 0.0]]
    """
    found = np.zeros((len(points), len(points)))
    for values in points.T:
        found += np.square(values[:, None] - values[None, :])
    return np.sqrt(found)


def silhouettes(apart: Floats, groups: Ints) -> Floats:
    """Return the silhouette of each row (Rousseeuw 1987), from -1 to 1: (b - a) / max(a, b).

    a is the mean distance from the others of the own group, b that from the nearest other group; 0 where a row is alone
    in its group, and where there is one group. `apart` has the distances of all rows.

    >>> points = np.array([[0.0], [1.0], [9.0]])
    >>> silhouettes(distances(points), np.array([0, 0, 1])).tolist()  # (9 - 1) / 9, (8 - 1) / 8, alone
    [0.8888888888888888, 0.875, 0.0]
    """
    used = np.unique(groups)
    rows = np.arange(len(groups))
    if len(used) < 2:
        return np.zeros(len(groups))
    own = np.searchsorted(used, groups)
    sizes = np.bincount(own)
    sums = np.stack([apart[:, own == at].sum(axis=1) for at in range(len(used))], axis=1)
    inside = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    means = sums / sizes
    means[rows, own] = np.inf
    outside = means.min(axis=1)
    greater = np.maximum(inside, outside)
    alone = (sizes[own] == 1) | (greater == 0)
    return np.where(alone, 0.0, (outside - inside) / np.where(alone, 1.0, greater))
