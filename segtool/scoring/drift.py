"""How far the scores of today's customers have moved from those that a model was made of."""

from collections.abc import Mapping, Sequence
from math import log

_LEAST = 0.0001
"""Shares are not taken to be smaller than this, so that a score that nobody has does not weigh infinitely."""

READINGS = ((0.1, "stable"), (0.25, "moved"), (float("inf"), "shifted"))
"""The usual reading: below 0.1 the population is the same, up to 0.25 it has moved somewhat, above it is another."""


def population_stability(before: Sequence[int], now: Sequence[int]) -> float:
    """Return the population stability index (PSI) of two counts of customers over the same scores.

    It is the sum over all scores of (share now - share before) * ln(share now / share before): 0 where the shares are
    equal, and greater the more they differ.

    >>> round(population_stability([50, 50], [60, 40]), 4)  # 0.1 ln 1.2 + 0.1 ln 1.25
    0.0405
    """
    pairs = [
        (max(old / sum(before), _LEAST), max(new / sum(now), _LEAST)) for old, new in zip(before, now, strict=True)
    ]
    return sum((new - old) * log(new / old) for old, new in pairs)


def drift(before: Mapping[str, Sequence[int]], now: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """Return the PSI of each axis from the customers of each score."""
    return {axis: population_stability(before[axis], now[axis]) for axis in before}


def reading(psi: float) -> str:
    """Return how a PSI is usually read.

    >>> reading(0.05), reading(0.2), reading(0.3)
    ('stable', 'moved', 'shifted')
    """
    return next(word for bound, word in READINGS if psi < bound or (word == "moved" and psi == bound))
