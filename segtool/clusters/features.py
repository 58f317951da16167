"""Columns as features: numbers on a scale where distances mean something, categories as columns of 0 and 1.

What was learned of a column is kept, so that customers who come later are measured by the same scale.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segtool.clusters.measures import Floats
from segtool.profiles.attributes import NO, YES, Coded, Numbers
from segtool.tables.arrays import Ints, Mask
from segtool.tables.headers import one_spelling

EMPTY, OTHER = "(empty)", "(other)"
"""The level of rows whose cell is empty, and that of rare levels."""

_LIMIT = 3.5
"""How far from the median, in robust standard deviations, a number counts in full (Iglewicz and Hoaglin 1993)."""

_BEYOND = 0.01
"""The most numbers that are outliers on each side, as a share; one may always be."""

_BY_MEDIAN, _BY_MEAN = 1.4826, 1.2533
"""What makes a median or mean absolute deviation the standard deviation, where numbers are normal."""

_SKEWED = 1.0
"""Numbers with a longer tail than this are compared by their logarithms; the exponential distribution has 2."""

_RARE, _MOST = 0.02, 12
"""A level of fewer rows is rare; and so many levels are told apart."""

_LOWEST = 0.05
"""Of the sizes above zero, the one at this share is the unit of the logarithm."""


@dataclass(frozen=True)
class NumberFeature:
    """How numbers are measured: (t - mean) / spread, where t = sign · log(1 + |number| / unit), or the number itself
    where there is no unit, and is held within the limits `low` and `high`.
    """

    column: str
    unit: float | None
    low: float
    high: float
    mean: float
    spread: float

    @property
    def width(self) -> int:
        return 1

    def transformed(self, numbers: Floats) -> Floats:
        """Return numbers before they are held within limits."""
        return numbers if self.unit is None else logged(numbers, self.unit)

    def beyond(self, numbers: Floats) -> tuple[int, int]:
        """Return how many numbers are below the limits, and how many above them."""
        own = self.transformed(numbers)
        return int((own < self.low).sum()), int((own > self.high).sum())

    def points(self, numbers: Floats) -> Floats:
        """Return numbers as a column of features."""
        held = np.clip(self.transformed(numbers), self.low, self.high)
        return ((held - self.mean) / self.spread)[:, None]


@dataclass(frozen=True)
class CategoryFeature:
    """How a category is measured: a column for each level, 1 or 0 less the `shares` of the rows, over `spread`.

    The spread is that of all columns together: a category counts as much as a number does.
    """

    column: str
    levels: tuple[str, ...]
    shares: tuple[float, ...]
    spread: float

    @property
    def width(self) -> int:
        return len(self.levels)

    def places(self, column: Coded) -> Ints:
        """Return for each row the place of its level, -1 for one that is not known."""
        own = {one_spelling(level): at for at, level in enumerate(self.levels)}
        rest = own.get(one_spelling(OTHER), -1)
        named = [own.get(one_spelling(name), rest) for name in column.names]
        return np.array([*named, own.get(one_spelling(EMPTY), rest)], np.int64)[column.places]

    def points(self, places: Ints) -> Floats:
        """Return places of levels as columns of features."""
        return ((places[:, None] == np.arange(self.width)) - np.array(self.shares)) / self.spread


Feature = NumberFeature | CategoryFeature


_WIDEST = 1e12
"""How many units the largest number is at most."""


def logged(numbers: Floats, unit: float) -> Floats:
    """Return sign · log(1 + |number| / unit), which is as far below zero for refunds as above it for purchases.

    >>> logged(np.array([-9.0, 0.0, 9.0]), 3.0).round(4).tolist()
    [-1.3863, 0.0, 1.3863]
    """
    return np.sign(numbers) * np.log1p(np.abs(numbers) / unit)


def number_feature(
    column: str, numbers: Floats, *, unit: float | None = None, log: bool | None = None
) -> NumberFeature:
    """Return how to measure numbers like these; the spread is 0 where all of them are the same.

    `log` asks for logarithms or forbids them; otherwise they are taken of skewed numbers none of which is below zero.
    The unit is given or that of the smaller numbers, so that money in another currency comes to the same.

    >>> number_feature("age", np.array([20.0, 30.0, 40.0, 50.0])).mean
    35.0
    """
    rising = np.sort(numbers)
    log = log if log is not None else bool(rising[0] >= 0) and skewness(rising) > _SKEWED
    unit = (unit or _unit(rising)) if log else None
    own = np.sort(rising if unit is None else logged(rising, unit))
    low, high = limits(own)
    held = np.clip(own, low, high)
    spread = float(held.std()) if held[0] < held[-1] else 0.0  # of equal numbers it can come to a little more
    return NumberFeature(column, unit, low, high, float(held.mean()), spread)


def _unit(rising: Floats) -> float:
    sizes = np.sort(np.abs(rising[rising != 0]))
    return float(max(sizes[int(_LOWEST * (len(sizes) - 1))], sizes[-1] / _WIDEST)) if len(sizes) else 1.0


def skewness(rising: Floats) -> float:
    """Return the skewness of numbers, the third moment over the cube of the standard deviation: 0 where both sides are
    alike, above it with a tail of large numbers.

    >>> skewness(np.array([0.0, 0.0, 0.0, 4.0])).__round__(4)  # mean 1, variance 3, third moment (-1 -1 -1 + 27) / 4
    1.1547
    """
    away = rising - rising.mean()
    spread = float(np.square(away).mean()) ** 0.5
    return float((away**3).mean()) / spread**3 if spread else 0.0


def limits(rising: Floats) -> tuple[float, float]:
    """Return the limits beyond which numbers are outliers: median ± 3.5 robust standard deviations, or further out, so
    that no more than one in a hundred lies beyond each.

    The deviation is that of the median absolute deviation, or of the mean one where over half of the numbers are the
    same. A long tail, as that of days on a logarithmic scale, is none of outliers.

    >>> limits(np.array([1.0, 2.0, 3.0, 4.0, 99.0]))  # the deviations are 0, 1, 1, 2, 96
    (-2.1891, 8.1891)
    """
    middle = float(np.median(rising))
    away = np.sort(np.abs(rising - middle))
    reach = _LIMIT * (_BY_MEDIAN * float(np.median(away)) or _BY_MEAN * float(away.mean()))
    most = min(max(1, int(_BEYOND * len(rising))), len(rising) - 1)
    low, high = min(middle - reach, float(rising[most])), max(middle + reach, float(rising[-1 - most]))
    return round(low, 12), round(high, 12)


def category_feature(column: str, values: Coded) -> CategoryFeature:
    """Return how to measure a category; the spread is 0 where all rows have the same level.

    The most frequent levels of at least 2% of the rows are told apart, twelve at most; a level that stands alone for
    the rare ones is called `(other)`, that of empty cells `(empty)`.

    >>> found = category_feature("plan", Coded(("free", "paid"), np.array([0, 0, 0, 1])))
    >>> found.levels, found.shares, round(found.spread, 4)  # the square root of 0.75 · 0.25 + 0.25 · 0.75
    (('free', 'paid'), (0.75, 0.25), 0.6124)
    """
    rows = len(values.places)
    counts = np.bincount(values.places + 1, minlength=len(values.names) + 1).tolist()
    sizes = {EMPTY: counts[0], **dict(zip(values.names, counts[1:], strict=True))}
    ranked = sorted((name for name, size in sizes.items() if size), key=lambda name: (-sizes[name], name))
    kept = sorted(name for name in ranked[:_MOST] if sizes[name] >= _RARE * rows)
    rest = rows - sum(sizes[name] for name in kept)
    own = [sizes[name] / rows for name in kept] + ([rest / rows] if rest else [])
    levels = (*kept, *([OTHER] if rest else []))
    return CategoryFeature(column, levels, tuple(own), sum(share * (1 - share) for share in own) ** 0.5)


Values = Floats | Ints
"""What a feature is measured of: numbers, or the places of levels."""


def values_of(feature: Feature, column: Coded | Numbers) -> tuple[Values, Mask]:
    """Return what a feature is measured of in each row, and where that is known; a category is known in every row."""
    if isinstance(feature, CategoryFeature):
        if not isinstance(column, Coded):
            raise TypeError("A category is a column of texts.")
        return feature.places(column), np.ones(len(column.places), np.bool_)
    return numbers_in(column)


def numbers_in(column: Coded | Numbers) -> tuple[Floats, Mask]:
    """Return the numbers of a column as floats, and where they are known; yes and no are 1 and 0.

    >>> numbers_in(Coded((NO, YES), np.array([1, -1, 0])))[0].tolist()
    [1.0, 0.0, 0.0]
    """
    if isinstance(column, Numbers):
        return np.where(column.known, column.numbers, 0) / column.per, column.known
    if column.names != (NO, YES):
        raise TypeError("Texts are no numbers.")
    return np.maximum(column.places, 0).astype(np.float64), column.places >= 0


def points_of(features: Sequence[Feature], values: Sequence[Values]) -> Floats:
    """Return a row of features for each row of values."""
    return np.concatenate([each.points(own) for each, own in zip(features, values, strict=True)], axis=1)  # type: ignore[arg-type]
