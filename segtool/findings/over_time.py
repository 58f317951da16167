"""The segments from date to date, as a run of `segtool track` told them, or as its long table has them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from segtool.findings.told import as_money
from segtool.history.compare import sums_of
from segtool.history.ranking import NONE
from segtool.labelled import GONE
from segtool.summary.report import OverTime, SegmentOverTime
from segtool.summary.track import TrackSummary
from segtool.tables.arrays import Ints, valid, values
from segtool.tables.dates import calendar_day
from segtool.tables.numbers import money


def told_by(summary: TrackSummary) -> OverTime:
    """Return the segments over time as the summary of a run tells them, best first."""
    dates = summary.as_of_dates
    return OverTime(
        every=summary.every,
        as_of_dates=tuple(each.as_of for each in dates),
        labels=tuple(each.label for each in dates),
        is_over=dates[-1].is_over if dates else True,
        segments=tuple(
            SegmentOverTime(
                each.name,
                each.title,
                each.health,
                tuple(int(count) for count in each.customers.values),
                tuple(as_money(amount) for amount in each.revenue.values),
            )
            for each in summary.segments
        ),
    )


def counted(days: Ints, segment: pa.Array, monetary: Ints, order: Sequence[str]) -> OverTime:
    """Return the segments over time by the rows of a long table: a customer each, as of a day since 1970-01-01.

    `order` names segments from best to worst; others stand behind them by name. What the periods are called, and
    whether the last one is over, such a table does not tell.

    >>> found = counted(np.array([0, 30, 30]), pa.array(["A", "A", "B"]), np.array([10_000, 20_000, 5_000]), ["B"])
    >>> [(each.name, each.customers, *map(str, each.revenue)) for each in found.segments]
    [('B', (0, 1), '0.00', '0.50'), ('A', (1, 1), '1.00', '2.00')]
    """
    encoded = segment.dictionary_encode()
    names = [NONE if name is None else str(name) for name in encoded.dictionary.to_pylist()]
    if segment.null_count:
        names.append(NONE)
    dates = np.flatnonzero(np.bincount(days - days.min())) + days.min()
    cells = np.searchsorted(dates, days).astype(np.int64)
    cells *= len(names)
    cells += np.where(valid(encoded.indices), values(encoded.indices, np.int32), len(names) - 1)
    size = len(dates) * len(names)
    counts = np.bincount(cells, minlength=size).reshape(len(dates), len(names))
    sums = sums_of(monetary, cells, size)
    place = {name: place for place, name in enumerate(order)}
    shown = sorted(
        (column for column, name in enumerate(names) if name != GONE),
        key=lambda column: (place.get(names[column], len(place)), names[column]),
    )
    return OverTime(
        every=None,
        as_of_dates=tuple(map(calendar_day, dates.tolist())),
        labels=tuple(calendar_day(day).isoformat() for day in dates.tolist()),
        is_over=True,
        segments=tuple(
            SegmentOverTime(
                names[column],
                names[column],
                "neutral",
                tuple(counts[:, column].tolist()),
                tuple(money(sums[row * len(names) + column]) for row in range(len(dates))),
            )
            for column in shown
        ),
    )
