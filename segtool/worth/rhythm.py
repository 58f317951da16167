"""How often customers buy: the usual time between the days on which they did."""

import numpy as np

from segtool.tables.arrays import Floats, Ints

LEAST_TENURE = 90
"""Days that must have passed since the first order before orders are told by the year."""

OVERDUE = 2
"""Who has been silent for more than so many of the own usual times is overdue."""

_YEAR = 365.25


def median_gaps(customer: Ints, day: Ints, count: int) -> Floats:
    """Return the median number of days between the purchase days of each of `count` customers, NaN for fewer than two.

    `customer` and `day` are the distinct days with a purchase, sorted by customer and then by day.

    >>> days = np.array([0, 10, 40, 7, 3, 5])
    >>> median_gaps(np.array([0, 0, 0, 1, 2, 2]), days, 3).tolist()
    [20.0, nan, 2.0]
    """
    same = customer[1:] == customer[:-1]
    owner, gap = customer[1:][same], np.diff(day)[same]
    gap = np.sort((owner << 32) + gap) & 0xFFFFFFFF  # by owner, and then by length
    gaps = np.bincount(owner, minlength=count)
    starts = np.cumsum(gaps) - gaps
    found = np.full(count, np.nan)
    some = np.flatnonzero(gaps)
    lower, upper = starts[some] + (gaps[some] - 1) // 2, starts[some] + gaps[some] // 2
    found[some] = (gap[lower] + gap[upper]) / 2
    return found


def overdue(recency_days: Ints, median_gap: Floats) -> Floats:
    """Return how many times the own usual time each customer has been silent; NaN where there is no such time.

    >>> overdue(np.array([30, 3, 9]), np.array([20.0, 6.0, np.nan])).tolist()
    [1.5, 0.5, nan]
    """
    return recency_days / median_gap


def orders_per_year(frequency: Ints, tenure_days: Ints) -> Floats:
    """Return orders by the years since the first one; NaN within its first 90 days, which say little of a year.

    >>> orders_per_year(np.array([4, 3]), np.array([731, 20])).round(2).tolist()
    [2.0, nan]
    """
    years = np.where(tenure_days < LEAST_TENURE, np.nan, tenure_days / _YEAR)
    return frequency / years
