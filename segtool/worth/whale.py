"""The whale curve: how much of all profit the most profitable customers bring, and what the others give back."""

from fractions import Fraction

import numpy as np

from segtool.summary.value import WhaleCurve, WhalePoint
from segtool.tables.arrays import Ints
from segtool.tables.numbers import money, total

POINTS = 10
"""At each of so many parts of the customers the curve is told."""


def whale_curve(profit: Ints) -> WhaleCurve:
    """Return the profit summed over customers from the most to the least profitable.

    `profit` is that of each customer in units of 1/10,000, in any order (Kaplan and Cooper, Cost and Effect, 1998).
    Where a tenth of the customers ends within one, that one counts in part: the curve is straight between customers,
    so that equal ones share alike. All is exact, but the profit at such a point is rounded to a unit.

    Three of five customers bring 100.00, 60.00 and 20.00, one nothing, and one loses 80.00:

    >>> found = whale_curve(np.array([200_000, -800_000, 1_000_000, 0, 600_000]))
    >>> str(found.profit), (found.profitable, found.at_zero, found.with_loss), str(found.loss)
    ('100.00', (3, 1, 1), '80.00')
    >>> found.peak
    WhalePoint(customers_share=0.6, profit=Decimal('180.00'), share=1.8)
    >>> [(point.customers_share, point.share) for point in found.points[:4]]
    [(0.1, 0.5), (0.2, 1.0), (0.3, 1.3), (0.4, 1.6)]
    """
    falling = np.sort(profit)[::-1]
    every, count = total(falling), len(falling)
    profitable, with_loss = int((falling > 0).sum()), int((falling < 0).sum())
    highest = total(falling[:profitable])
    return WhaleCurve(
        customers=count,
        profit=money(every),
        profitable=profitable,
        at_zero=count - profitable - with_loss,
        with_loss=with_loss,
        loss=money(highest - every),
        peak=_point(Fraction(profitable, max(count, 1)), Fraction(highest), every),
        points=tuple(_point(Fraction(at, POINTS), _upto(falling, at), every) for at in range(1, POINTS + 1))
        if count
        else (),
    )


def _upto(falling: Ints, parts: int) -> Fraction:
    """Return the sum over the first of all customers, so many parts of them."""
    whole, rest = divmod(len(falling) * parts, POINTS)
    last = Fraction(int(falling[whole]) * rest, POINTS) if rest else Fraction(0)
    return total(falling[:whole]) + last


def _point(customers: Fraction, units: Fraction, every: int) -> WhalePoint:
    share = float(units / every) if every > 0 else None
    return WhalePoint(float(customers), money(round(units)), share)
