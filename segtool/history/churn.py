"""Who of the active customers stayed: churn and retention between two labelled tables."""

from dataclasses import dataclass

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


def usual_gap(table: Labelled) -> int | None:
    """Return the days within which nine of ten orders are followed by the next; None where nobody ordered twice.

    A table knows the first, the last and the number of a customer's orders, so each gap counts as the customer's mean
    one; it is rounded up to whole days.

    >>> from types import SimpleNamespace
    >>> usual_gap(SimpleNamespace(first_order=np.array([0, 0]), last_order=np.array([90, 25]),
    ...     frequency=np.array([10, 2])))  # nine gaps of 10 days, one of 25
    10
    """
    if table.first_order is None or table.last_order is None:
        return None
    several = np.flatnonzero(table.frequency > 1)
    if not len(several):
        return None
    days, gaps = (table.last_order - table.first_order)[several], table.frequency[several] - 1
    order = np.argsort(days / gaps, kind="stable")
    of_ten, ten = _SHARE
    reached = np.cumsum(gaps[order])
    at = order[int(np.searchsorted(reached, -(-of_ten * int(reached[-1]) // ten)))]
    return int(-(-days[at] // gaps[at]))


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
