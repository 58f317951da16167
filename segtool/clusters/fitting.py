"""How groups are found: four methods of scikit-learn, and what is kept of two of them to find the group of anyone."""

import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import log, pi
from typing import Any, Literal, get_args

import numpy as np

from segtool.clusters.measures import Floats
from segtool.errors import MissingExtraError
from segtool.tables.arrays import Ints

Method = Literal["kmeans", "ward", "gmm", "hdbscan"]

METHODS: tuple[str, ...] = get_args(Method)

MOST: Mapping[str, int] = {"ward": 20_000, "hdbscan": 100_000}
"""The most rows of methods that compare each row with each other."""

LEAVING = -1
"""The group of rows that are in none."""

_STARTS = 10
"""How many starts the best is taken of."""

_REGULAR = 1e-3
"""What is added to the variances of a mixture, so that rows that are all alike make no group of no width."""

_NEIGHBOURS = 20
"""How many neighbours tell how dense a place is."""

_BLOCK = 100_000
"""How many rows are labelled at a time."""


@dataclass(frozen=True, eq=False)
class Centres:
    """Groups by their centres, a row each: a point belongs to the nearest one, of equal ones to the first."""

    centres: Floats

    def labels(self, points: Floats) -> Ints:
        """Return the group of each point.

        Squares are summed column by column, so that a row has the same group whichever rows stand beside it.

        >>> Centres(np.array([[0.0], [4.0]])).labels(np.array([[1.0], [3.0], [2.0]])).tolist()
        [0, 1, 0]
        """
        return _by_block(points, self._away).argmin(axis=1)

    def _away(self, points: Floats) -> Floats:
        away = np.zeros((len(points), len(self.centres)))
        for at, centre in enumerate(self.centres):
            for values, middle in zip(points.T, centre, strict=True):
                away[:, at] += np.square(values - middle)
        return away


@dataclass(frozen=True, eq=False)
class Mixture:
    """Groups as normal distributions: a point belongs to the one that it most likely comes from.

    `factors` has for each group the upper triangle whose product with its transpose is the inverse of the covariance.
    """

    weights: Floats
    means: Floats
    factors: Floats

    def labels(self, points: Floats) -> Ints:
        """Return the group of each point.

        >>> both = Mixture(np.array([0.5, 0.5]), np.array([[0.0], [4.0]]), np.array([[[1.0]], [[0.1]]]))
        >>> both.labels(np.array([[0.0], [4.0], [-9.0]])).tolist()  # the second is ten times as wide
        [0, 1, 1]
        """
        return _by_block(points, self._likely).argmax(axis=1)

    def _likely(self, points: Floats) -> Floats:
        found = np.zeros((len(points), len(self.means)))
        width = points.shape[1]
        for at, (weight, mean, factor) in enumerate(zip(self.weights, self.means, self.factors, strict=True)):
            away = points - mean
            for own in range(width):
                along = np.zeros(len(points))
                for other in range(own + 1):
                    along += away[:, other] * factor[other, own]
                found[:, at] -= np.square(along) / 2
            found[:, at] += float(np.log(np.diag(factor)).sum()) - width * log(2 * pi) / 2 + log(weight)
        return found


Found = Centres | Mixture


def _by_block(points: Floats, function: Any) -> Floats:
    if len(points) <= _BLOCK:
        return function(points)
    return np.concatenate([function(points[at : at + _BLOCK]) for at in range(0, len(points), _BLOCK)])


def need_sklearn() -> None:
    """Raise MissingExtraError where scikit-learn is not installed."""
    try:
        import sklearn.cluster  # noqa: F401
    except ImportError:
        raise MissingExtraError(
            "Clusters are found with the package scikit-learn, which is missing: "
            'python -m pip install "segtool[cluster]"'
        ) from None


@contextmanager
def in_order() -> Iterator[None]:
    """Fit in one thread: with several, sums would depend on which of them is ready first."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a fit has to say of its data is told by how stable its groups are
        yield


def partitions(
    points: Floats, ks: Iterable[int], method: str, *, seed: int, starts: int = _STARTS
) -> dict[int, "Parted"]:
    """Return the groups of points for each number of them, by k-means, Ward's method or a mixture.

    Equal points, seeds and numbers have equal groups; there must be as many different points as groups.
    """
    ks = list(ks)
    if not ks:
        return {}
    if method == "ward":
        return _by_ward(points, ks)
    found = {}
    for k in ks:
        model = _means(points, k, seed, starts) if method == "kmeans" else _mixture(points, k, seed, starts)
        found[k] = Parted(model.labels(points), model)
    return found


@dataclass(frozen=True, eq=False)
class Parted:
    """The groups of points, numbered from 0, and what finds the group of other points; None where nothing does."""

    groups: Ints
    model: Found | None


def _means(points: Floats, k: int, seed: int, starts: int) -> Centres:
    from sklearn.cluster import KMeans

    fitted = KMeans(n_clusters=k, init="k-means++", n_init=starts, algorithm="lloyd", random_state=seed).fit(points)
    return Centres(np.array(fitted.cluster_centers_, np.float64))


def _mixture(points: Floats, k: int, seed: int, starts: int) -> Mixture:
    from sklearn.mixture import GaussianMixture

    fitted = GaussianMixture(
        n_components=k,
        covariance_type="full",
        reg_covar=_REGULAR,
        n_init=3 if starts == _STARTS else 1,  # each begins with groups by k-means
        max_iter=500,
        random_state=seed,
    ).fit(points)
    return Mixture(fitted.weights_, fitted.means_, fitted.precisions_cholesky_)


def _by_ward(points: Floats, ks: Iterable[int]) -> dict[int, Parted]:
    """Return groups by Ward's method: one tree, cut where it has so many branches."""
    from scipy.cluster.hierarchy import linkage

    merges = linkage(points, "ward")[:, :2].astype(np.int64)
    found = {}
    for k in ks:
        groups = cut(merges, k)
        centres = np.stack([points[groups == at].mean(axis=0) for at in range(k)])
        found[k] = Parted(groups, Centres(centres))
    return found


def cut(merges: Ints, k: int) -> Ints:
    """Return the groups of a tree of merges with so many branches, numbered as their first points come.

    A merge joins two points or earlier merges, the first of which has the number of the points.

    >>> cut(np.array([[0, 2], [1, 3]]), 2).tolist()  # of three points, the first and the last are joined first
    [0, 1, 0]
    """
    count = len(merges) + 1
    top = np.arange(2 * count - 1)
    for at in range(count - k - 1, -1, -1):
        top[merges[at]] = top[count + at]
    first: dict[int, int] = {}
    return np.array([first.setdefault(each, len(first)) for each in top[:count].tolist()], np.int64)


def by_density(points: Floats, least: int) -> Ints:
    """Return the groups of points by HDBSCAN, of at least so many points, -1 for those in none.

    The points rise: equal ones stand side by side. Where it has put only some of these into a group, all are in it.
    """
    from sklearn.cluster import HDBSCAN

    least = min(least, len(points))
    fitted = HDBSCAN(min_cluster_size=least, min_samples=min(least, _NEIGHBOURS), copy=True).fit(points)
    groups = np.array(fitted.labels_, np.int64)
    starts = np.flatnonzero(np.append(True, (points[1:] != points[:-1]).any(axis=1)))
    return np.repeat(np.maximum.reduceat(groups, starts), np.diff(np.append(starts, len(points))))
