"""What moves a customer from one segment to another: days that pass without a purchase, and further orders.

Cuts and group stay as they are, as in a run with the frozen model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from segtool.engines import Customers
from segtool.explaining.ruler import Ruler
from segtool.scoring.figures import Figures
from segtool.segments.schemes import Scheme
from segtool.tables.arrays import Ints
from segtool.tables.numbers import INT64_MAX

_FAR = 1_000_000
"""Days from today that nobody looks at: a change so late has no date."""


@dataclass(frozen=True)
class Past:
    """What is known of one customer: days as whole days since any one day, money in units of 1/10,000.

    `one_a_day` tells that the purchases of one day count as one order.
    """

    first_order: int
    last_order: int
    recency_days: int
    frequency: int
    monetary: int
    one_a_day: bool = False

    @property
    def today(self) -> int:
        return self.last_order + self.recency_days

    def soonest(self, orders: int) -> int:
        """Return how many days from today the last of some further orders is bought at the soonest.

        >>> [Past(0, 9, recency, 1, 0, one_a_day=True).soonest(2) for recency in (0, 3)]
        [2, 1]
        """
        return orders - (self.recency_days > 0) if self.one_a_day else 0

    def after(self, days: Sequence[int]) -> Figures:
        """Return the figures after each of some spans without a purchase."""
        waited = np.array(days, np.int64)
        same = np.zeros(len(waited), np.int64)
        return _figures(
            same + self.first_order,
            same + self.last_order,
            same + self.frequency,
            same + self.monetary,
            waited + self.recency_days,
        )

    def after_buying(self, orders: int, spends: Sequence[int], days: Sequence[int]) -> Figures:
        """Return the figures on the day of the last of some further orders, `days` from today, for every such day
        within every sum that they can come to.
        """
        spent, day = (each.ravel() for each in np.meshgrid(np.array(spends, np.int64), days, indexing="ij"))
        same = np.zeros(len(spent), np.int64)
        return _figures(
            same + self.first_order, day + self.today, same + self.frequency + orders, spent + self.monetary, same
        )


def _figures(first: Ints, last: Ints, frequency: Ints, monetary: Ints, recency_days: Ints) -> Figures:
    return Figures(Customers(pa.nulls(len(first)), first, last, frequency, monetary), recency_days)


@dataclass(frozen=True)
class Wait:
    """After so many days without a purchase the segment is the one at `place`, and on no day before another."""

    days: int
    place: int


@dataclass(frozen=True)
class Purchase:
    """So many further orders, which come to `least` or more, `most` at most, lead to the segment at `place`.

    The last of them is bought `start` to `end` days from today. Money is in units; None where there is no bound.
    `and_more_is_better` tells that every larger sum leads to better segments.
    """

    place: int
    orders: int
    least: int
    most: int | None
    start: int
    end: int | None
    and_more_is_better: bool


def wait(ruler: Ruler, scheme: Scheme, past: Past) -> Wait | None:
    """Return the first change of the segment while nothing is bought, None where it never changes."""
    changes = (cut + 1 - past.recency_days for cut in ruler.cuts_of("recency_days"))
    days = [day for day in changes if 0 < day < _FAR]
    now, *later = ruler.places(scheme, past.after([0, *days])).tolist()
    return next((Wait(day, place) for day, place in zip(days, later, strict=True) if place != now), None)


def buy(ruler: Ruler, scheme: Scheme, past: Past, *, until: int | None, step: int = 1) -> Purchase | None:
    """Return the purchase that leads to a better segment with the fewest orders, then the least spend, then soonest.

    Orders are bought within `until` days from today, and come to multiples of `step`. None where no purchase helps.
    """
    now = int(ruler.places(scheme, past.after([0]))[0])
    for orders in _counts(ruler, past):
        starts = _starts(ruler, past, orders, until)
        if not starts:
            return None
        spends = _spends(ruler, past, orders, step)
        places = ruler.places(scheme, past.after_buying(orders, spends, starts)).reshape(len(spends), len(starts))
        better = np.argwhere(places < now)
        if len(better):
            at, on = better[0].tolist()
            same = places == places[at, on]
            above = at + int(np.argmin([*same[at:, on], False]))
            beyond = on + int(np.argmin([*same[at:above, on:].all(axis=0), False]))
            return Purchase(
                place=int(places[at, on]),
                orders=orders,
                least=spends[at],
                most=spends[above] - step if above < len(spends) else None,
                start=starts[on],
                end=starts[beyond] - 1 if beyond < len(starts) else until,
                and_more_is_better=above < len(spends) and bool((places[above:, on:beyond] < places[at, on]).all()),
            )
    return None


def _starts(ruler: Ruler, past: Past, orders: int, until: int | None) -> list[int]:
    """Return the days from today on which so many orders have another effect than on the day before."""
    soonest, last = past.soonest(orders), _FAR if until is None else until
    days = {past.first_order + cut + 1 - past.today for cut in ruler.cuts_of("length_days")}
    return [day for day in (soonest, *sorted(day for day in days if day > soonest)) if day <= last]


def _counts(ruler: Ruler, past: Past) -> list[int]:
    """Return the numbers of further orders that have another effect than one order less, whatever they come to.

    More orders lower the average order value, so that worse scores of it can be had.
    """
    counts = {cut + 1 - past.frequency for cut in ruler.cuts_of("frequency")}
    if past.monetary > 0:
        averages = [cut for cut in ruler.cuts_of("average_order_value") if cut >= 0]
        counts |= {2 * past.monetary // (2 * cut + 1) + 1 - past.frequency for cut in averages}
    return [1, *sorted(count for count in counts if 1 < count <= INT64_MAX - past.frequency)]


def _spends(ruler: Ruler, past: Past, orders: int, step: int) -> list[int]:
    """Return the sums of so many orders that have another effect than one step less."""
    sums = {cut + 1 for cut in ruler.cuts_of("monetary")}
    sums |= {_least_sum(cut + 1, past.frequency + orders) for cut in ruler.cuts_of("average_order_value")}
    spends = {-(-(each - past.monetary) // step) * step for each in sums}
    return [0, *sorted(spend for spend in spends if 0 < spend <= INT64_MAX - max(past.monetary, 0))]


def _least_sum(average: int, count: int) -> int:
    """Return the least sum whose average, rounded half away from zero, is at least this.

    >>> _least_sum(3, 2), _least_sum(-2, 2), _least_sum(0, 2)  # 5 / 2 = 2.5 is 3, -4 / 2 = -2, -0.5 is -1 and 0 is 0
    (5, -4, 0)
    """
    twice = (2 * average - 1) * count
    return -(-twice // 2) if average > 0 else twice // 2 + 1
