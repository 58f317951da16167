"""How many groups there are, and whether there are any: silhouette, stability, and data without groups beside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from segtool.clusters.features import CategoryFeature, Feature, Values
from segtool.clusters.fitting import LEAVING, Parted, by_density, partitions
from segtool.clusters.measures import Floats, adjusted_rand, distances, silhouettes
from segtool.tables.arrays import Ints

SAMPLE = 2_000
"""The most rows that numbers of groups are rated on: silhouettes compare each with each other."""

_HALVES = 8
"""How many halves of the rows are fitted again."""

_REFERENCES = 3
"""How many data sets without groups are made of each of two shapes."""

_STARTS = 3
"""Of each fit that others are compared with."""

STABLE = 0.8
"""The least agreement of fits on halves of the rows from which on groups are taken for stable."""

APART = 0.08
"""How much further apart than in data without groups they have to be to stand out.

Shops of 200 customers drawn at random, whose days, orders and money have long tails and steps but no groups, come to
it in 1 of 30, and to 0.02 in up to half; three groups that are four standard deviations apart come to 0.20.
"""

_FEW = 5
"""Points of fewer neighbours say nothing of density: groups in halves are not looked for below that."""

_HELD = 0.1
"""A number that so many rows share makes its column one of steps."""


@dataclass(frozen=True)
class Rated:
    """What speaks for a number of groups: the mean silhouette, that of data without groups at best, and the mean
    adjusted Rand index of fits on halves of the rows, None where a half has too few different rows.

    `largest` and `smallest` are the shares of rows in the largest and the smallest group.
    """

    k: int
    silhouette: float
    reference: float
    stability: float | None
    largest: float
    smallest: float

    @property
    def above(self) -> float:
        """How much further apart the groups are than those of data without groups."""
        return self.silhouette - self.reference

    @property
    def is_stable(self) -> bool:
        return self.stability is not None and self.stability >= STABLE

    @property
    def stands_out(self) -> bool:
        """Whether there are groups: further apart than in data without any, and found again in halves."""
        return self.above >= APART and self.is_stable


def best(rated: Sequence[Rated]) -> Rated:
    """Return the number of groups that is furthest above data without groups, among the stable ones; where there are
    none of these, the most stable. Of equal ones it is the least.

    >>> two, three = Rated(2, 0.5, 0.3, 0.9, 0.6, 0.4), Rated(3, 0.6, 0.3, 0.5, 0.6, 0.1)
    >>> best([two, three]).k, best([three, Rated(4, 0.6, 0.1, 0.4, 0.6, 0.1)]).k
    (2, 3)
    """
    stable = [each for each in rated if each.is_stable]
    if stable:
        return max(stable, key=lambda each: (round(each.above, 9), -each.k))
    return max(rated, key=lambda each: (each.stability or 0.0, -each.k))


def rate(points: Floats, features: Sequence[Feature], ks: Sequence[int], method: str, *, seed: int) -> list[Rated]:
    """Return what speaks for each number of groups of points, of which there are few enough to compare them all."""
    found = partitions(points, ks, method, seed=seed)
    apart = distances(points)
    without = [
        _silhouettes(
            other, partitions(other, [k for k in ks if k <= different(other)], method, seed=seed, starts=_STARTS)
        )
        for other in references(points, features, seed=seed)
    ]
    stable = _stabilities(points, ks, method, seed)
    rated = []
    for k in ks:
        sizes = np.bincount(found[k].groups, minlength=k)
        rated.append(
            Rated(
                k=k,
                silhouette=float(silhouettes(apart, found[k].groups).mean()),
                reference=max((each[k] for each in without if k in each), default=0.0),
                stability=stable.get(k),
                largest=int(sizes.max()) / len(points),
                smallest=int(sizes.min()) / len(points),
            )
        )
    return rated


def rate_by_density(points: Floats, features: Sequence[Feature], k: int, least: int, *, seed: int) -> Rated:
    """Return what speaks for the k groups that density has in rising points, of at least so many of them.

    Silhouettes are of the points in a group; halves agree on the points that two of them share, where those in no group
    count as a group.
    """
    groups = by_density(points, least)
    without = [
        _silhouette(other, by_density(other, least)) for other in map(_rising, references(points, features, seed=seed))
    ]
    labels = []
    for half in _halves(len(points), seed):
        own = np.full(len(points), LEAVING - 1)
        own[half] = by_density(points[half], max(min(least, _FEW), least // 2))
        labels.append(own)
    agree = []
    for one, other in combinations(labels, 2):
        both = (one >= LEAVING) & (other >= LEAVING)
        agree.append(adjusted_rand(one[both] - LEAVING, other[both] - LEAVING))
    sizes = np.bincount(groups[groups >= 0], minlength=1)
    return Rated(
        k=k,
        silhouette=_silhouette(points, groups),
        reference=max(without),
        stability=float(np.mean(agree)),
        largest=int(sizes.max()) / len(points),
        smallest=int(sizes.min()) / len(points),
    )


def _silhouette(points: Floats, groups: Ints) -> float:
    """Return the mean silhouette of the points that are in a group, 0 where none is."""
    inside = groups >= 0
    return float(silhouettes(distances(points[inside]), groups[inside]).mean()) if inside.any() else 0.0


def _rising(points: Floats) -> Floats:
    return points[np.lexsort(points.T[::-1])]


def _halves(count: int, seed: int) -> list[Ints]:
    rng = np.random.default_rng(seed)
    return [np.sort(rng.choice(count, (count + 1) // 2, replace=False)) for _ in range(_HALVES)]


def _silhouettes(points: Floats, found: dict[int, Parted]) -> dict[int, float]:
    apart = distances(points)
    return {k: float(silhouettes(apart, each.groups).mean()) for k, each in found.items()}


def _stabilities(points: Floats, ks: Sequence[int], method: str, seed: int) -> dict[int, float]:
    """Return how far fits on halves of the points agree on all of them, for each number of groups that halves allow."""
    halves = _halves(len(points), seed)
    least = min(different(points[half]) for half in halves)
    able = [k for k in ks if k <= least]
    fits = [partitions(points[half], able, method, seed=seed, starts=_STARTS) for half in halves]
    found = {}
    for k in able:
        labels = [model.labels(points) for each in fits if (model := each[k].model) is not None]
        found[k] = float(np.mean([adjusted_rand(one, other) for one, other in combinations(labels, 2)]))
    return found


def different(points: Floats) -> int:
    """Return how many points are different."""
    return len(np.unique(points, axis=0)) if len(points) else 0


def references(points: Floats, features: Sequence[Feature], *, seed: int) -> Iterator[Floats]:
    """Yield data sets as large as the points that have no groups: one normal cloud, or one even box, of their shape.

    Both lie along the axes in which the points vary, as in the gap statistic (Tibshirani, Walther and Hastie 2001). A
    column of steps, as a number of orders, has its own numbers, in the order of those that are drawn: steps are no
    groups. A category has its own levels, drawn by lot.
    """
    rng = np.random.default_rng(seed)
    middle = points.mean(axis=0)
    around = points - middle
    spread = np.einsum("ri,rj->ij", around, around) / len(points)
    strengths, axes = np.linalg.eigh(spread)
    along = _times(around, axes)
    low, high = along.min(axis=0), along.max(axis=0)
    for _ in range(_REFERENCES):
        normal = rng.standard_normal(points.shape) * np.sqrt(np.maximum(strengths, 0))
        even = rng.random(points.shape) * (high - low) + low
        for drawn in (normal, even):
            yield _with_steps(_times(drawn, axes.T) + middle, points, features, rng)


def _times(points: Floats, axes: Floats) -> Floats:
    """Return points along other axes, summed column by column in one order."""
    return np.stack([sum(points[:, at] * axes[at, to] for at in range(len(axes))) for to in range(len(axes))], axis=1)


def _with_steps(drawn: Floats, points: Floats, features: Sequence[Feature], rng: np.random.Generator) -> Floats:
    start = 0
    for each in features:
        own = points[:, start : start + each.width]
        if isinstance(each, CategoryFeature):
            drawn[:, start : start + each.width] = own[rng.permutation(len(points))]
        elif _has_steps(own[:, 0]):
            drawn[np.argsort(drawn[:, start], kind="stable"), start] = np.sort(own[:, 0])
        start += each.width
    return drawn


def _has_steps(values: Floats) -> bool:
    return bool(np.unique(values, return_counts=True)[1].max() > _HELD * len(values))


def sampled(count: int, most: int, *, seed: int) -> Ints:
    """Return the places of rows, rising: of all, or of so many that are drawn by lot.

    >>> sampled(3, 5, seed=0).tolist(), len(sampled(9, 5, seed=0))
    ([0, 1, 2], 5)
    """
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))


def drawn(values: Sequence[Values], most: int, *, seed: int) -> Ints:
    """Return the places of rows, of all or of so many: the same values are drawn in whatever order the rows stand.

    Rows are drawn by lot from all of them, which stand by a hash of their values.

    >>> one, other = np.arange(9.0), np.arange(9.0)[::-1]
    >>> sorted(one[drawn([one], 5, seed=0)]) == sorted(other[drawn([other], 5, seed=0)])
    True
    """
    count = len(values[0])
    if count <= most:
        return np.arange(count)
    keys = np.zeros(count, np.uint64)
    for each in values:
        keys ^= (each.astype(np.float64) + 0.0).view(np.uint64)  # -0.0 is 0.0
        keys *= np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(32)
    return np.argsort(keys)[sampled(count, most, seed=seed)]
