"""Whether two groups of an experiment differ, and by how much: exact test, intervals, and how many heads that takes."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, exp, fsum, lgamma, log, log1p, sqrt
from statistics import NormalDist

import numpy as np

LEVEL = 0.05
"""How often chance alone may look like a difference."""

POWER = 0.8
"""How often a difference of the size that is asked for should be found."""

_ALIKE = 1 + 1e-7
"""Tables whose probabilities differ by less than this factor are equally likely."""

_MANY = 1_000
"""From so many degrees of freedom on, four terms of the expansion of t are as exact as a float."""

_TINY = 1e-300
_ENOUGH = 1e-16


@dataclass(frozen=True)
class Rate:
    """How many of so many did something."""

    count: int
    of: int

    @property
    def share(self) -> float:
        return self.count / self.of


@dataclass(frozen=True)
class Interval:
    """What a figure probably lies between."""

    low: float
    high: float

    def times(self, factor: float) -> "Interval":
        """Return the interval of so many times the figure; the factor is not below zero."""
        return Interval(self.low * factor, self.high * factor)


@dataclass(frozen=True)
class Exact:
    """The two-sided p-value of an exact test, and the least one that the same margins could have given."""

    p: float
    least: float


@dataclass(frozen=True)
class Sample:
    """How many values there are, with their exact sum and the sum of their squares."""

    size: int
    sum: int
    squares: int

    @classmethod
    def of(cls, values: Iterable[int], size: int) -> "Sample":
        """Return the sample of whole numbers; those of `size` that are not among the values are zero.

        >>> Sample.of([2, 3], 4)
        Sample(size=4, sum=5, squares=13)
        """
        found = list(values)
        return cls(size, sum(found), sum(value * value for value in found))

    @property
    def mean(self) -> float:
        return self.sum / self.size

    @property
    def variance(self) -> float:
        """The unbiased variance of two values or more."""
        return float(Fraction(self.size * self.squares - self.sum**2, self.size * (self.size - 1)))


def fisher_exact(one: Rate, other: Rate) -> Exact:
    """Return Fisher's exact test of whether two rates are the same, two-sided.

    p adds up the probabilities of all tables with these margins that are not likelier than the one found. Of eight
    cups a lady calls three of four rightly: 1 + 16 of 70 tables on either side are as rare, and 1 of 70 is the rarest.

    >>> found = fisher_exact(Rate(3, 4), Rate(1, 4))
    >>> round(found.p, 6) == round(34 / 70, 6), round(found.least, 6) == round(2 / 70, 6)
    (True, True)
    """
    hits, whole = one.count + other.count, one.of + other.of
    fewest, most = max(0, hits - other.of), min(hits, one.of)
    if fewest == most:
        return Exact(1.0, 1.0)
    steps = np.arange(fewest, most, dtype=np.float64)  # from a table with so many hits in the first group to the next
    ratios = (hits - steps) * (one.of - steps) / ((steps + 1) * (whole - hits - one.of + steps + 1))
    logs = np.concatenate([[0.0], np.cumsum(np.log(ratios))])
    weights = np.exp(logs - logs.max())
    likely = fsum(weights.tolist())
    rarest = min(weights[0], weights[-1])

    def not_likelier(weight: float) -> float:
        return min(1.0, fsum(weights[weights <= weight * _ALIKE].tolist()) / likely)

    return Exact(not_likelier(weights[one.count - fewest]), not_likelier(rarest))


def wilson(rate: Rate, *, level: float = LEVEL) -> Interval:
    """Return the score interval of a rate (Wilson 1927): the rates from which the one found is not too far.

    Of none of 10 at 95% it is 0 to z² / (10 + z²) = 3.8415 / 13.8415.

    >>> found = wilson(Rate(0, 10))
    >>> round(found.low, 4), round(found.high, 4)
    (0.0, 0.2775)
    """
    z = _normal(1 - level / 2)
    size, share = rate.of, rate.share
    middle = share + z * z / (2 * size)
    half = z * sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    whole = 1 + z * z / size
    low = 0.0 if not rate.count else max(0.0, (middle - half) / whole)
    return Interval(low, 1.0 if rate.count == size else min(1.0, (middle + half) / whole))


def newcombe(one: Rate, other: Rate, *, level: float = LEVEL) -> Interval:
    """Return the interval of the difference of two rates, the first less the second.

    It is made of the score intervals of both, without correction for continuity (Newcombe 1998, method 10). His own
    example has 56 of 70 against 48 of 80:

    >>> found = newcombe(Rate(56, 70), Rate(48, 80))
    >>> round(found.low, 4), round(found.high, 4)
    (0.0524, 0.3339)
    """
    first, second = wilson(one, level=level), wilson(other, level=level)
    difference = one.share - other.share
    return Interval(
        difference - sqrt((one.share - first.low) ** 2 + (second.high - other.share) ** 2),
        difference + sqrt((first.high - one.share) ** 2 + (other.share - second.low) ** 2),
    )


def welch(one: Sample, other: Sample, *, level: float = LEVEL) -> Interval | None:
    """Return the interval of the difference of two means, the first less the second, whose variances may differ.

    It is Welch's, with the degrees of freedom of Satterthwaite. None where a group has fewer than two values, or all
    values of each group are equal. Of 1, 2, 3 and 2, 4, 6 the difference is -2, its variance 1/3 + 4/3 and the degrees
    of freedom (5/3)² / ((1/3)² / 2 + (4/3)² / 2) = 2.941, for which t is 3.2188:

    >>> found = welch(Sample(3, 6, 14), Sample(3, 12, 56))
    >>> round(found.low, 2), round(found.high, 2)
    (-6.16, 2.16)
    """
    if min(one.size, other.size) < 2:
        return None
    errors = [each.variance / each.size for each in (one, other)]
    whole = errors[0] + errors[1]
    if whole <= 0:
        return None
    parts = [(error / whole) ** 2 / (each.size - 1) for error, each in zip(errors, (one, other), strict=True)]
    half = t_quantile(1 - level / 2, 1 / sum(parts)) * sqrt(whole)
    difference = float(Fraction(one.sum, one.size) - Fraction(other.sum, other.size))
    return Interval(difference - half, difference + half)


def t_quantile(share: float, degrees: float) -> float:
    """Return the value below which so much of Student's t lies; from 0.5 up, for one degree of freedom or more.

    >>> round(t_quantile(0.975, 1), 4), round(t_quantile(0.975, 10), 4), round(t_quantile(0.975, 10_000), 4)
    (12.7062, 2.2281, 1.9602)
    """
    if degrees >= _MANY:
        return _t_of_many(_normal(share), degrees)
    low, high = 0.0, 1.0
    while t_above(high, degrees) > 1 - share:
        low, high = high, high * 2
    while high - low > 1e-14 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if t_above(middle, degrees) > 1 - share else (low, middle)
    return (low + high) / 2


def _t_of_many(z: float, degrees: float) -> float:
    """Return the quantile of t that belongs to one of the normal distribution (Abramowitz and Stegun 26.7.5)."""
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / degrees**power for power, term in enumerate(terms, 1))


def t_above(value: float, degrees: float) -> float:
    """Return the probability that Student's t is above a value of zero or more.

    Of one degree of freedom it is 1/2 - arctan(value) / π.

    >>> round(t_above(1, 1), 12), round(t_above(2.228139, 10), 6)
    (0.25, 0.025)
    """
    return lower_beta(degrees / 2, 0.5, degrees / (degrees + value * value)) / 2


def lower_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function, by its continued fraction and Lentz's method; 0 <= x <= 1.

    >>> round(lower_beta(2, 3, 0.5), 12)  # 11/16
    0.6875
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - lower_beta(b, a, 1 - x)
    scale = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    fraction = d
    for i in range(1, 10_000):
        for part in (
            i * (b - i) * x / ((a + 2 * i - 1) * (a + 2 * i)),
            -(a + i) * (a + b + i) * x / ((a + 2 * i) * (a + 2 * i + 1)),
        ):
            d = 1 / _away(1 + part * d)
            c = _away(1 + part / c)
            fraction *= c * d
        if abs(c * d - 1) <= 4 * _ENOUGH:
            break
    return min(1.0, scale * fraction)


def _away(value: float) -> float:
    """Return a value that can be divided by."""
    return _TINY if abs(value) < _TINY else value


def heads_needed(
    base: float, difference: float, *, ratio: float = 1, level: float = LEVEL, power: float = POWER
) -> tuple[int, int] | None:
    """Return how many the second group, whose rate is `base`, and the first one need to show a difference of rates.

    `ratio` is how many there are in the first group for each in the second. It is the normal approximation with the
    correction for continuity, which is near what the exact test needs (Fleiss, Tytun and Ury 1980). A difference that
    would pass 100% is taken downwards; None where there is no such rate either. For 25% against 40%:

    >>> heads_needed(0.25, 0.15), heads_needed(0.25, 0.15, ratio=2)
    ((165, 165), (126, 251))
    """
    other = base + difference if base + difference <= 1 else base - difference
    if not 0 <= other <= 1 or not difference or ratio <= 0:
        return None
    middle = (base + ratio * other) / (1 + ratio)
    alone = _normal(1 - level / 2) * sqrt((ratio + 1) * middle * (1 - middle))
    found = _normal(power) * sqrt(ratio * base * (1 - base) + other * (1 - other))
    heads = (alone + found) ** 2 / (ratio * difference**2)
    heads *= (1 + sqrt(1 + 2 * (ratio + 1) / (heads * ratio * abs(difference)))) ** 2 / 4
    return ceil(heads), ceil(ratio * heads)


def _normal(share: float) -> float:
    return NormalDist().inv_cdf(share)
