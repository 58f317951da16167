"""How recency, orders and spend are distributed over the customers who bought."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from segtool.profiles.distributions import quartiles
from segtool.summary.report import Bin, Distribution, Figure
from segtool.tables.arrays import Ints
from segtool.tables.numbers import UNITS, money

MOST_BINS = 24
"""As many bins as a drawing shows well; the next narrower round width would take more."""

_LONG = 4
"""A side is long where its outermost twentieth reaches over more than this part, a fourth, of all the rest."""


def distribution_of(figure: Figure, values: Ints, cuts: Sequence[int | Decimal] | None) -> Distribution:
    """Return how a figure is spread over customers, of whom there is at least one.

    `values` are whole days or orders, or money in units of 1/10,000. Bins are as wide as the narrowest of 1, 2, 5, 10,
    20, 50 … that leaves at most 24 of them, and begin at a multiple of that, those of orders at one above it. A long
    side, where the outermost twentieth of the customers takes more than a fourth of the room of all others, ends with
    the customer of whom at most 5% have more, or less.

    >>> found = distribution_of("frequency", np.array([1, 1, 2, 4]), None)
    >>> [(int(each.low), int(each.high), each.customers) for each in found.bins]
    [(1, 2, 2), (2, 3, 1), (3, 4, 0), (4, 5, 1)]
    """
    rising = np.sort(values)
    per = UNITS if figure == "monetary" else 1
    low, high = _ends(rising)
    begin = 1 if figure == "frequency" else 0  # who bought has one order at least
    width = _width(low - begin, high - begin)
    start = low - (low - begin) % width
    count = (high - start) // width + 1
    inside = np.searchsorted(rising, [start + at * width for at in range(count + 1)], side="left").tolist()
    first_quartile, median, third_quartile = (Decimal(each) for each in quartiles(rising, per))
    return Distribution(
        figure=figure,
        smallest=_shown(int(rising[0]), per),
        first_quartile=first_quartile,
        median=median,
        third_quartile=third_quartile,
        largest=_shown(int(rising[-1]), per),
        bins=tuple(
            Bin(_shown(start + at * width, per), _shown(start + (at + 1) * width, per), inside[at + 1] - inside[at])
            for at in range(count)
        ),
        below=inside[0],
        above=len(rising) - inside[-1],
        cuts=None if cuts is None else tuple(Decimal(cut) for cut in cuts),
    )


def _shown(value: int, per: int) -> Decimal:
    return Decimal(value) if per == 1 else money(value)


def _ends(rising: Ints) -> tuple[int, int]:
    """Return the least and the largest value that bins are to show."""
    last = len(rising) - 1
    aside = len(rising) // 20
    low, inner_low, inner_high, high = (int(rising[at]) for at in (0, aside, last - aside, last))
    room = inner_high - inner_low
    if _LONG * (high - inner_high) > room:
        high = inner_high
    if _LONG * (inner_low - low) > room:
        low = inner_low
    return low, high


def _width(low: int, high: int) -> int:
    """Return the narrowest round width of which at most so many bins, that begin at a multiple of it, cover a range.

    >>> _width(0, 23), _width(0, 24), _width(-3, 95)
    (1, 2, 5)
    """
    width = 1
    while True:
        for step in (1, 2, 5):
            if high // (step * width) - low // (step * width) < MOST_BINS:
                return step * width
        width *= 10
