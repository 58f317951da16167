"""How content people say they are."""

from fractions import Fraction

import numpy as np

from segtool.summary.behavior import RatingBand, Ratings
from segtool.tables.arrays import Floats, Ints
from segtool.tables.numbers import UNITS, total

STARS = ("5", "4", "3", "2", "1", "other")
"""The stars of a mean, as the scheme `rating` calls them, and a mean off that scale."""


def means(ratings: Ints, rated: Ints) -> Floats:
    """Return the mean rating of each person in points, NaN without one.

    >>> means(np.array([90_000, 0]), np.array([2, 0])).tolist()
    [4.5, nan]
    """
    return np.divide(ratings, rated * float(UNITS), out=np.full(len(rated), np.nan), where=rated > 0)


def stars(ratings: Ints, rated: Ints) -> Ints:
    """Return the star nearest to the mean of each person who rated, a half up, as a position in `STARS`.

    >>> [STARS[at] for at in stars(np.array([90_000, 5_000, 100_000]), np.array([2, 1, 1]))]
    ['5', 'other', 'other']
    """
    nearest = (2 * ratings + rated * UNITS) // (2 * rated * UNITS)
    on_scale = (ratings >= rated * UNITS) & (ratings <= 5 * rated * UNITS)
    return np.where(on_scale, 5 - nearest, len(STARS) - 1)


def ratings_told(ratings: Ints, rated: Ints) -> Ratings | None:
    """Return how people rated, each by the mean of what they gave; None where nobody did."""
    who = np.flatnonzero(rated > 0)
    if not len(who):
        return None
    people = np.bincount(stars(ratings[who], rated[who]), minlength=len(STARS))
    every = total(rated)
    return Ratings(
        ratings=every,
        people=len(who),
        mean=float(Fraction(total(ratings), UNITS * every)),
        bands=tuple(
            RatingBand(name, int(count), int(count) / len(who)) for name, count in zip(STARS, people, strict=True)
        ),
    )
