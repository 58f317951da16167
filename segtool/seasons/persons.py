"""The season, month and weekday in which each person orders most."""

from dataclasses import dataclass

import numpy as np

from segtool.seasons.buying import Buying
from segtool.seasons.years import SEASONS, WEEKDAYS, Years, weekdays
from segtool.tables.arrays import Floats, Ints, begins

_MONTHS = 12


@dataclass(frozen=True, eq=False)
class Peaks:
    """When each person orders most, one entry each, -1 and NaN for who has no orders.

    `season` and `weekday` are codes, `month` counts from 0 in the calendar that is asked for. `season_share` is the
    share of the person's orders that were placed in the season.
    """

    season: Ints
    season_share: Floats
    month: Ints
    weekday: Ints


def peaks_of(buying: Buying, years: Years) -> Peaks:
    """Return when each person orders most: the part of the year, or week, with most orders, of several the latest one.

    The latest is the one in which the person ordered last, so that no two are equal.
    """
    months = years.months(buying.day)
    season, most = _most(buying, years.seasons(months), len(SEASONS))
    whole = buying.each(buying.orders)
    with np.errstate(invalid="ignore"):
        share = most / np.where(whole > 0, whole, np.nan)
    return Peaks(
        season=season,
        season_share=share,
        month=_most(buying, months % _MONTHS, _MONTHS)[0],
        weekday=_most(buying, weekdays(buying.day), len(WEEKDAYS))[0],
    )


def _most(buying: Buying, parts: Ints, count: int) -> tuple[Ints, Ints]:
    """Return the part in which each person has most orders, -1 for nobody's, and how many these are."""
    rows = np.flatnonzero(buying.orders)
    key = buying.person[rows] * count + parts[rows]
    order = np.argsort(key, kind="stable")
    key, rows = key[order], rows[order]
    found, most = np.full(buying.persons, -1, np.int64), np.zeros(buying.persons, np.int64)
    if not len(rows):
        return found, most
    starts = np.flatnonzero(begins(key))
    orders = np.add.reduceat(buying.orders[rows], starts)
    last = buying.day[rows[np.append(starts[1:], len(rows)) - 1]]
    person, part = np.divmod(key[starts], count)
    best = greatest(person, orders, last)
    found[person[best]], most[person[best]] = part[best], orders[best]
    return found, most


def greatest(person: Ints, *figures: Ints) -> Ints:
    """Return for each person who has rows the one whose figures are greatest; the first figure goes before the second.

    Persons rise. Of rows with the same figures the first one is returned.

    >>> greatest(np.array([0, 0, 0, 2]), np.array([3, 5, 5, 1]), np.array([9, 1, 2, 0])).tolist()
    [2, 3]
    """
    rows = np.arange(len(person))
    for figure in figures:
        starts = np.flatnonzero(begins(person[rows]))
        own = figure[rows]
        if len(rows):
            best = np.maximum.reduceat(own, starts)
            rows = rows[own == np.repeat(best, np.diff(starts, append=len(rows)))]
    return rows[begins(person[rows])]
