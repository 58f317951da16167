"""What functions in rules make of the days and numbers of a column: ages, shares of the whole."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from segtool.rules.cells import EXACT_FLOAT, Days, Exact, Labels, day_number_of
from segtool.rules.conditions import Function
from segtool.tables.arrays import Ints, as_texts
from segtool.tables.numbers import INT64_MAX, UNITS, total


def of_days(days: Days, function: Function | None, today: date | None) -> Exact:
    """Return the age in years, the days until today, the month or the year of days. Who is not yet born has no age.

    >>> born = Days(np.array([0, 20_000]), np.array([True, True]))
    >>> found = of_days(born, "age", date(2024, 2, 29))
    >>> found.value(0), found.value(1), of_days(born, "month", None).value(1)
    (Fraction(54, 1), None, Fraction(10, 1))
    """
    dates = np.where(days.known, days.numbers, 0).astype("datetime64[D]")
    every_month = dates.astype("datetime64[M]")
    year, month = every_month.astype(np.int64) // 12 + 1970, every_month.astype(np.int64) % 12 + 1
    if function == "age" and today:
        day = (dates - every_month).astype(np.int64) + 1
        later = (month > today.month) | ((month == today.month) & (day > today.day))
        ages = today.year - year - later  # who is born on 29 February ages on 1 March
        return Exact(ages, days.known & (ages >= 0), places=days.places)
    if function == "days" and today:
        return Exact(day_number_of(today) - dates.astype(np.int64), days.known, places=days.places)
    return Exact(month if function == "month" else year, days.known, places=days.places)


def ratio_of(one: Exact, other: Exact) -> Exact:
    """Return one number through the other, both of up to four decimals, rounded half away from zero to as many.

    >>> both = np.array([True, True])
    >>> found = ratio_of(Exact(np.array([5, 1]), both), Exact(np.array([3, 0]), both))
    >>> found.value(0), found.value(1)
    (Fraction(16667, 10000), None)
    """
    above, below = one.units(), other.units()
    known = one.readable & other.readable & (below != 0)
    if len(above) and np.abs(above).max() > INT64_MAX // (4 * UNITS):
        above, below = above.astype(object), below.astype(object)
    twice = 2 * np.abs(above) * UNITS + np.abs(below)
    found = np.where(known, np.sign(above) * np.sign(below) * (twice // np.where(below == 0, 1, 2 * np.abs(below))), 0)
    fits = known & (np.abs(found) <= INT64_MAX)
    return Exact(np.where(fits, found, 0).astype(np.int64), fits.astype(np.bool_), UNITS)


def shares_above(chunks: Sequence[Exact], *, by_rows: bool) -> list[Exact]:
    """Return for each number the share of rows, or of the sum of what is positive, that is strictly above it.

    The sum is exact where all numbers have up to four decimals and up to 15 digits; else numbers are rounded for it, to
    as many digits as 64 bits hold of the sum. What differs in no float is equal. Rows with a band are ranked by its
    lower end.
    """
    read = [each.ranks() if by_rows else (each.floats()[0], each.readable) for each in chunks]
    numbers, known = [own for own, _ in read], [there for _, there in read]
    every = np.concatenate([np.zeros(0), *(own[there] for own, there in zip(numbers, known, strict=True))])
    rising = np.sort(every)
    positive = rising[rising > 0]
    amounts = np.ones(len(positive), np.int64) if by_rows else _in_proportion(positive)
    whole = len(rising) if by_rows else total(amounts)
    sums = np.append(np.cumsum(amounts[::-1])[::-1], 0)
    found = []
    for own, there in zip(numbers, known, strict=True):
        above = np.searchsorted(rising, own, side="right")
        left = len(rising) - above if by_rows else sums[np.maximum(above - (len(rising) - len(positive)), 0)]
        found.append(Exact(np.where(there, left, 0), there & (whole > 0), max(whole, 1)))
    return found


def _in_proportion(positive: npt.NDArray[np.float64]) -> Ints:
    """Return positive numbers as integers in the proportion of the numbers, whose sum 64 bits hold."""
    if not len(positive):
        return np.zeros(0, np.int64)
    largest = float(positive[-1])
    units = np.rint(positive * UNITS) if largest < EXACT_FLOAT / UNITS else None
    if units is not None and (units / UNITS == positive).all() and largest * UNITS * len(units) < 2.0**62:
        return units.astype(np.int64)
    return np.rint(positive / largest * (2.0**62 / len(positive))).astype(np.int64)


def as_labels(found: Exact) -> Labels:
    """Return numbers as texts: whole ones as such, others with up to six digits."""
    distinct, places = np.unique(found.floats()[0], return_inverse=True)
    texts = as_texts([f"{number:.0f}" if number == int(number) else f"{number:g}" for number in distinct.tolist()])
    return Labels(np.where(found.readable, places, -1).astype(np.int32), texts, texts)
