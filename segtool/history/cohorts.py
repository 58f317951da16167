"""Cohorts: the customers by the period of their first order, how many came back later, and where they are now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from segtool.errors import UsageError
from segtool.history.compare import sums_of
from segtool.history.periods import Every
from segtool.summary.cohorts import AverageRetention, Cohort, Cohorts
from segtool.tables.arrays import Ints, as_column, as_texts, values
from segtool.tables.dates import calendar_day
from segtool.tables.numbers import money

_MOST = 1_000
"""More periods than this are a mistake in a year."""


@dataclass(frozen=True)
class Now:
    """Where customers stand on the as-of date, which is a day since 1970-01-01.

    `spent` is the net spend of each in units of 1/10,000, `places` the position of the segment among `segments`, which
    are name -> title from best to worst; None where there are none.
    """

    day: int
    spent: Ints
    places: Ints | None
    segments: Mapping[str, str]


def cohorts_of(customer: Ints, day: Ints, by: Every, now: Now) -> Cohorts:
    """Return the cohorts of customers, from the customer and the day of every order; every customer has one.

    In January of 1970 the customers 0 and 1 came, in February 2; later came 0 in February, and 2 in March:

    >>> from segtool.history.periods import every
    >>> now = Now(89, np.array([70_000, 20_000, 50_000]), np.array([0, 1, 0]), {"Best": "", "Other": ""})
    >>> found = cohorts_of(np.array([0, 1, 2, 0, 2]), np.array([3, 10, 35, 40, 70]), every("month"), now)
    >>> [(each.label, each.customers, each.active, str(each.revenue)) for each in found.cohorts]
    [('1970-01', 2, (2, 1, 0), '9.00'), ('1970-02', 1, (1, 1), '5.00')]
    >>> [each.segments for each in found.cohorts]
    [{'Best': 1, 'Other': 1}, {'Best': 1, 'Other': 0}]
    >>> [(each.active, each.customers) for each in found.average]
    [(3, 3), (2, 3), (0, 2)]

    Raises UsageError for more periods than anybody looks at.
    """
    period, last = by.number(day), int(by.number(np.array([now.day]))[0])
    start = int(period.min(initial=last))
    width = _width(start, last, by)
    first = np.full(len(now.spent), width, np.int64)
    np.minimum.at(first, customer, period - start)
    active = _active(customer, period - start, first, width)
    spent, named = sums_of(now.spent, first, width), _named(first, width, now)
    labels, is_over = tuple(map(by.label, range(start, last + 1))), by.last_day(last) == now.day
    sizes = active[:, 0]
    return Cohorts(
        every=by.name,
        periods=labels,
        is_over=is_over,
        segments=now.segments,
        cohorts=tuple(
            _cohort(labels[at], active[at, : width - at].tolist(), spent[at], named[at])
            for at in np.flatnonzero(sizes).tolist()
        ),
        average=tuple(_average(sizes, active, width if is_over else width - 1)),
    )


def _width(start: int, last: int, by: Every) -> int:
    """Return how many periods there are from one to another."""
    if last - start >= _MOST:
        raise UsageError(
            f"There are {last - start + 1:,} periods of --by-cohort {by.name} since the first order, on or after "
            f"{calendar_day(by.last_day(start - 1) + 1)}, more than {_MOST:,}: take longer ones, or say --since; "
            "a mistyped year in the data?"
        )
    return last - start + 1


def _named(first: Ints, width: int, now: Now) -> list[dict[str, int]]:
    """Return for each cohort how many of its customers are in each segment."""
    count = len(now.segments)
    if now.places is None or not count:
        return [{} for _ in range(width)]
    found = np.bincount(first * count + now.places, minlength=width * count).reshape(width, count)
    return [dict(zip(now.segments, own, strict=True)) for own in found.tolist()]


def _active(customer: Ints, period: Ints, first: Ints, width: int) -> Ints:
    """Return the customers of each cohort, a row, with an order so many periods after the first one, a column."""
    visits = np.sort(customer * width + period)  # np.unique takes ten times as long for millions of integers
    who, when = np.divmod(visits[np.diff(visits, prepend=-1) > 0], width)
    born = first[who]
    return np.bincount(born * width + when - born, minlength=width * width).reshape(width, width)


def _cohort(label: str, active: Sequence[int], units: int, segments: Mapping[str, int]) -> Cohort:
    customers = active[0]
    return Cohort(label, customers, money(units), tuple(active), tuple(each / customers for each in active), segments)


def _average(sizes: Ints, active: Ints, over: int) -> Iterator[AverageRetention]:
    """Yield the average of each offset over the cohorts for which it is over, weighted by their customers."""
    for offset in range(over):
        customers, came = int(sizes[: over - offset].sum()), int(active[: over - offset, offset].sum())
        yield AverageRetention(customers, came, came / customers)


def labels_of(first_order: Ints, by: Every) -> pa.Array:
    """Return the name of each customer's cohort, from the day of the first order.

    >>> from segtool.history.periods import every
    >>> labels_of(np.array([3, 35, 10]), every("month")).to_pylist()
    ['1970-01', '1970-02', '1970-01']
    """
    period = by.number(first_order)
    if not len(period):
        return as_texts([])
    start, end = int(period.min()), int(period.max())
    return as_texts(list(map(by.label, range(start, end + 1)))).take(as_column(period - start))


def with_cohort(table: pa.Table, by: Every) -> pa.Table:
    """Return a labelled table with the cohort of each customer."""
    first = values(table["first_order"].combine_chunks(), np.int32).astype(np.int64)
    return table.append_column("cohort", labels_of(first, by))


def cohort_table(found: Cohorts) -> pa.Table:
    """Return a row for each cohort and each period from its own on; `complete` is whether the period is over."""
    cells = list(found.cells())
    return pa.table(
        {
            "cohort": as_texts([cohort.label for cohort, *_ in cells]),
            "cohort_customers": as_column(np.array([cohort.customers for cohort, *_ in cells], np.int64)),
            "offset": as_column(np.array([offset for _, offset, *_ in cells], np.int64)),
            "period": as_texts([period for *_, period, _ in cells]),
            "active": as_column(np.array([cohort.active[offset] for cohort, offset, *_ in cells], np.int64)),
            "retention": as_column(np.array([cohort.retention[offset] for cohort, offset, *_ in cells], np.float64)),
            "complete": as_column(np.array([is_over for *_, is_over in cells], np.bool_)),
        }
    )
