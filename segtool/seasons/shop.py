"""What a shop sells by month, season, weekday and named window, against how long each was observed."""

from collections.abc import Iterator, Sequence

import numpy as np

from segtool.seasons.buying import Buying
from segtool.seasons.windows import Window
from segtool.seasons.years import SEASONS, WEEKDAYS, Years, weekdays
from segtool.summary.seasons import PartOfYear, WindowOrders
from segtool.tables.arrays import Ints, Mask
from segtool.tables.dates import calendar_day
from segtool.words import Words

LEAST_DAYS = 15
"""Days of a month that must have been observed before it can be the peak or the quiet one."""

MONTHS = tuple(map(str, range(1, 13)))


def by_month(buying: Buying, years: Years) -> tuple[PartOfYear, ...]:
    """Return what was sold in each of the twelve months of the calendar."""
    return _parts(buying, MONTHS, years.months(buying.day) % 12, years.months(_observed(buying)) % 12)


def by_season(buying: Buying, years: Years) -> tuple[PartOfYear, ...]:
    """Return what was sold in each season, spring first."""
    own, all_days = (years.seasons(years.months(days)) for days in (buying.day, _observed(buying)))
    return _parts(buying, SEASONS, own, all_days)


def by_weekday(buying: Buying) -> tuple[PartOfYear, ...]:
    """Return what was sold on each day of the week, Monday first."""
    return _parts(buying, WEEKDAYS, weekdays(buying.day), weekdays(_observed(buying)))


def peak_and_quiet(months: Sequence[PartOfYear]) -> tuple[int | None, int | None]:
    """Return the numbers of the months with most and with fewest orders a day, the first of equal ones.

    None where fewer than two months were observed long enough, nothing was ordered, or all have equally many.
    """
    known = [
        (each.index, at) for at, each in enumerate(months, 1) if each.days >= LEAST_DAYS and each.index is not None
    ]
    if len({index for index, _ in known}) < 2:
        return None, None
    return max(known, key=lambda each: (each[0], -each[1]))[1], min(known)[1]


def _observed(buying: Buying) -> Ints:
    """Return all days under observation."""
    return np.arange(buying.first, buying.last + 1)


def _parts(buying: Buying, names: Sequence[str], own: Ints, observed: Ints) -> tuple[PartOfYear, ...]:
    """Return what was sold in each part of the year; each entry and each day observed is in one of them."""
    days = np.bincount(observed, minlength=len(names))
    orders = np.zeros(len(names), np.int64)
    np.add.at(orders, own, buying.orders)
    people = _people(buying, own, len(names))
    whole, all_days = int(orders.sum()), int(days.sum())
    order = np.argsort(own, kind="stable")
    cuts = np.searchsorted(own[order], np.arange(len(names) + 1))
    return tuple(
        PartOfYear(
            name=name,
            orders=int(orders[at]),
            share=int(orders[at]) / whole if whole else None,
            people=int(people[at]),
            revenue=buying.revenue(order[cuts[at] : cuts[at + 1]]),
            days=int(days[at]),
            index=int(orders[at]) * all_days / (int(days[at]) * whole) if whole and days[at] else None,
        )
        for at, name in enumerate(names)
    )


def _people(buying: Buying, parts: Ints, count: int) -> Ints:
    """Return how many persons ordered in each part."""
    rows = np.flatnonzero(buying.orders)
    keys = np.sort(buying.person[rows] * count + parts[rows])
    return np.bincount(keys[np.diff(keys, prepend=-1) != 0] % count, minlength=count)


def in_window(buying: Buying, window: Window) -> Ints:
    """Return how many orders each person placed in a window."""
    return buying.each(np.where(_inside(buying, window), buying.orders, 0))


def _inside(buying: Buying, window: Window) -> Mask:
    """Return which entries are of days in a window."""
    if not len(buying):
        return np.zeros(0, np.bool_)
    first, last = int(buying.day.min()), int(buying.day.max())
    return _covered(window, first, last)[buying.day - first]


def _covered(window: Window, first: int, last: int) -> Mask:
    """Return which days from the first to the last one are in a window."""
    covered = np.zeros(max(last - first + 1, 0), np.bool_)
    for start, end in window.spans(first, last):
        covered[max(start - first, 0) : end - first + 1] = True
    return covered


def by_window(buying: Buying, windows: Sequence[Window], words: Words) -> Iterator[WindowOrders]:
    """Yield what was sold in each window, those too that were not seen."""
    placed, whole = buying.each(buying.orders), int(buying.orders.sum())
    for window in windows:
        inside = _inside(buying, window)
        own = buying.each(np.where(inside, buying.orders, 0))
        days = int(_covered(window, buying.first, buying.last).sum())
        outside_days = buying.last - buying.first + 1 - days
        orders = int(own.sum())
        begins, ends = window.after(buying.last)
        yield WindowOrders(
            name=window.name,
            title=words.of(window.title),
            times=len(window.spans(buying.first, buying.last)),
            days=days,
            orders=orders,
            share=orders / whole if whole else None,
            people=int((own > 0).sum()),
            only_there=int(((own > 0) & (own == placed)).sum()),
            revenue=buying.revenue(inside),
            ratio=orders * outside_days / (days * (whole - orders))
            if days and outside_days and whole > orders
            else None,
            begins=calendar_day(begins),
            ends=calendar_day(ends),
        )
