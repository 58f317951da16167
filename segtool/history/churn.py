"""Who of the active customers stayed: churn and retention between two labelled tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from segtool.history.pairs import Pairs
from segtool.labelled import Labelled
from segtool.tables.arrays import Ints, Mask
from segtool.tables.dates import day_number

_SHARE = (9, 10)
"""Of all gaps between orders, the share that is no longer than what is taken for usual."""


@dataclass(frozen=True)
class Stayed:
    """Of all pairs, who had been active at the start, and who of these bought nothing until the end."""

    active: Mask
    churned: Mask


@dataclass(frozen=True)
class Activity:
    """Who was active: who had bought within `days`, a number from an option or from the gaps between orders."""

    days: int
    asked: bool


def activity(
    before: date | None, after: date | None, asked: int | None, gaps: Callable[[], Mapping[int, int]]
) -> Activity | None:
    """Return who was active at the day of the earlier table, None where churn cannot be known.

    That is on one and the same day, and where nobody ordered twice and no number is `asked`; only without one are the
    `gaps` counted.
    """
    if before is not None and before == after:
        return None
    if asked is not None:
        return Activity(asked, asked=True)
    usual = usual_gap(gaps())
    return None if usual is None else Activity(usual, asked=False)


def usual_gap(gaps: Mapping[int, int]) -> int | None:
    """Return the days within which nine of ten orders are followed by the next; None where nobody ordered twice.

    `gaps` are days -> how many gaps between orders are so long.

    >>> usual_gap({10: 9, 25: 1}), usual_gap({})
    (10, None)
    """
    of_ten, ten = _SHARE
    most = -(-of_ten * sum(gaps.values()) // ten)
    reached = 0
    for days, count in sorted(gaps.items()):
        reached += count
        if reached >= most:
            return days
    return None


def gaps_of(table: Labelled) -> dict[int, int]:
    """Return days -> how many gaps between the orders of a customer are so long, over all customers.

    A table knows the first, the last and the number of a customer's orders, so each gap counts as the customer's mean
    one; it is rounded up to whole days.

    >>> from types import SimpleNamespace
    >>> gaps_of(SimpleNamespace(first_order=np.array([0, 0]), last_order=np.array([90, 25]),
    ...     frequency=np.array([10, 2])))
    {10: 9, 25: 1}
    """
    if table.first_order is None or table.last_order is None:
        return {}
    several = np.flatnonzero(table.frequency > 1)
    days, gaps = (table.last_order - table.first_order)[several], table.frequency[several] - 1
    lengths, at = np.unique(-(-days // gaps), return_inverse=True)
    counts = np.zeros(len(lengths), np.int64)
    np.add.at(counts, at, gaps)
    return dict(zip(lengths.tolist(), counts.tolist(), strict=True))


def stayed(before: Labelled, after: Labelled, pairs: Pairs, active_days: int) -> Stayed:
    """Return who had bought within so many days before the earlier table, and who of these bought nothing since."""
    recent = before.bought & (before.recency_days <= active_days)
    active = pairs.of_before(recent.astype(np.int64)) > 0
    return Stayed(active, active & ~_bought_since(before, after, pairs))


def _bought_since(before: Labelled, after: Labelled, pairs: Pairs) -> Mask:
    """Return who has bought since the earlier table: after its day, or, where that is not known, more often."""
    bought: Ints = pairs.of_after(after.bought.astype(np.int64))
    if before.as_of is not None and after.last_order is not None:
        later: Mask = (bought > 0) & (pairs.of_after(after.last_order) > day_number(before.as_of))
        return later
    more: Mask = pairs.of_after(after.frequency) > pairs.of_before(before.frequency)
    return more
