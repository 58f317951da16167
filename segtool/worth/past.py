"""Past customer value: what a customer has brought, put at interest until the as-of date."""

from fractions import Fraction

import numpy as np

from segtool.engines.history import History
from segtool.tables.arrays import Ints
from segtool.tables.numbers import INT64_MAX


def months_of(day: Ints) -> Ints:
    """Return the calendar months since 1970-01 of days since 1970-01-01.

    >>> months_of(np.array([0, 31, 366])).tolist()
    [0, 1, 12]
    """
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def share_of(units: Ints, share: Fraction) -> Ints:
    """Return a share of amounts, rounded half away from zero to units.

    >>> share_of(np.array([10, -5, 9 * 10**17 + 1]), Fraction(35, 100)).tolist()
    [4, -2, 315000000000000000]
    """
    if share == 1:
        return units
    over, under = share.numerator, share.denominator
    sizes, rest = np.divmod(np.abs(units), under)
    if under > 10**9 or int(sizes.max(initial=0)) * over > INT64_MAX - 2**31:
        exact = [(abs(each) * over * 2 + under) // (2 * under) * (1 if each > 0 else -1) for each in units.tolist()]
        return np.array(exact, np.int64).reshape(len(units))
    return np.sign(units) * (sizes * over + (2 * rest * over + under) // (2 * under))


def past_values(history: History, earned: Ints, *, share: Fraction, as_of: int, yearly_rate: float) -> Ints:
    """Return the past customer value of each customer of a history: the sum of margin × (1 + r)^t.

    Margins are a `share` of what is `earned`, one for each entry of the history; these and the value are units of
    1/10,000, the value rounded half away from zero. t is the number of calendar months between the day and that of
    `as_of`, r the rate of a month, a twelfth of the yearly one (Kumar and Reinartz, Customer Relationship Management).

    >>> import pyarrow as pa
    >>> from segtool.engines.history import Days
    >>> days = np.array(["2024-01-10", "2024-02-10", "2024-03-10", "2024-04-10", "2024-05-10"], "datetime64[D]")
    >>> ann, none = np.zeros(5, np.int32), np.zeros(0, np.int32)
    >>> margins, day = 10_000 * np.array([240, 15, 15, 9, 6]), days.astype(np.int32)
    >>> history = History(pa.array(["ann"]), Days(ann, day, margins, ann == 0, ann), none, none, ())
    >>> five = past_values(history, margins, share=Fraction(1), as_of=19_874, yearly_rate=0.15)
    >>> (five / 10_000).round(2).tolist()
    [298.29]

    Raises OverflowError for a value beyond 64 bits, DataError for a sum of money beyond.
    """
    if not yearly_rate:
        return share_of(history.summed(earned), share)
    ago = int(months_of(np.array([as_of]))[0]) - months_of(history.days.day.astype(np.int64))
    monthly = 1 + Fraction(str(yearly_rate)) / 12  # a power of a float would be off in the digits of long ago
    values = np.zeros(len(history.customer_id))
    # the sums of a month are exact, and are added in the order of months: no order of the rows counts
    order = np.argsort(ago, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(ago[order])) + 1):
        if len(rows):
            values += history.summed(earned, rows) * float(monthly ** int(ago[rows[0]]))
    values *= share.numerator
    values /= share.denominator
    if np.abs(values).max(initial=0) >= 2.0**63:
        raise OverflowError
    return (np.sign(values) * np.floor(np.abs(values) + 0.5)).astype(np.int64)
