"""Segments by another column: customers, and their money."""

from decimal import Decimal

import numpy as np

from segtool.profiles.distributions import Groups
from segtool.profiles.explained import sums_by
from segtool.profiles.facts import ALL, Cross, CrossCell
from segtool.tables.arrays import Ints
from segtool.tables.numbers import money


def cross_of(rows: Groups, columns: Groups, header: str, units: Ints | None) -> Cross:
    """Return how many rows are in each of two groups at once, with their money in units of 1/10,000, and the totals.

    >>> groups = Groups(("a", "b"), np.array([0, 0, 1]))
    >>> found = cross_of(groups, Groups(("x", "y"), np.array([0, 1, 1])), "size", np.array([10_000, 0, 30_000]))
    >>> [[cell.customers for cell in row] for row in found.cells], str(found.cells[2][1].revenue)
    ([[1, 1, 2], [0, 1, 1], [1, 2, 3]], '3.00')
    """
    height, width = len(rows.names), len(columns.names)
    cells = rows.places * width + columns.places
    counts = _with_totals(np.bincount(cells, minlength=height * width).reshape(height, width).tolist())
    sums = None
    if units is not None:
        own = sums_by(cells, units)
        flat = [*own, *[0] * (height * width - len(own))]
        sums = _with_totals([flat[at * width : (at + 1) * width] for at in range(height)])
    return Cross(
        header,
        (*rows.names, ALL),
        (*columns.names, ALL),
        tuple(
            tuple(
                CrossCell(
                    count,
                    count / line[-1] if line[-1] else None,
                    *_money(None if sums is None else sums[at][place], None if sums is None else sums[-1][-1]),
                )
                for place, count in enumerate(line)
            )
            for at, line in enumerate(counts)
        ),
    )


def _money(units: int | None, of: int | None) -> tuple[Decimal | None, float | None]:
    if units is None or of is None:
        return None, None
    return money(units), units / of if of > 0 else None


def _with_totals(lines: list[list[int]]) -> list[list[int]]:
    """Return a table with the sum of each row behind it, and the sums of the columns below."""
    summed = [[*line, sum(line)] for line in lines]
    return [*summed, [sum(column) for column in zip(*summed, strict=True)]]
