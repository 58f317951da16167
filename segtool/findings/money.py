"""Where the money is: the Pareto curve of the customers who bought, and the heat map of their scores."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from segtool.history.compare import sums_of
from segtool.summary.report import CurvePoint, HeatMap, Pareto
from segtool.tables.arrays import Ints
from segtool.tables.numbers import INT64_MAX, money, total

_POINTS = 20
"""Into how many equal parts the customers fall at the points of the curve."""


def pareto_of(monetary: Ints) -> Pareto | None:
    """Return how much of the net spend the customers who spent most bring; None where it is not above zero.

    `monetary` is in units of 1/10,000, and can be negative: the curve then rises above 1, and falls at its end. At its
    points a share of customers that is no whole number of them is rounded up; the best fifth is as exact as it can be,
    where of the customer who is in it in part that part counts.

    >>> found = pareto_of(np.array([10, 60, 20, 10, 0, 0]))
    >>> found.fifth, found.half, found.half_share
    (0.64, 1, 0.16666666666666666)
    """
    count, whole = len(monetary), total(monetary)
    if whole <= 0:
        return None
    brought = _running(np.sort(monetary)[::-1])
    half = int(np.argmax(brought >= -(-whole // 2))) + 1
    sizes = dict.fromkeys(_part(count, at) for at in range(_POINTS + 1))
    points = tuple(CurvePoint(size / count, int(brought[size - 1]) / whole if size else 0.0) for size in sizes)
    in_whole, in_part = divmod(count, 5)
    before = int(brought[in_whole - 1]) if in_whole else 0
    fifth = (5 * before + in_part * (int(brought[in_whole]) - before)) / (5 * whole)
    return Pareto(points, fifth, half, half / count)


def _part(count: int, at: int) -> int:
    """Return how many customers so many twentieths of all are, rounded up."""
    return -(-count * at // _POINTS)


def _running(falling: Ints) -> npt.NDArray[Any]:
    """Return the exact running sums of amounts, of Python's integers where 64 bits may not hold them."""
    is_large = total(np.abs(falling)) > INT64_MAX
    return np.cumsum(falling.astype(object) if is_large else falling)


def heat_map_of(r: Ints, f: Ints, monetary: Ints, levels: tuple[Sequence[int], Sequence[int]]) -> HeatMap:
    """Return how many customers have each R and F, and what they spent, of scores that are all among the `levels`.

    >>> found = heat_map_of(np.array([1, 2, 2]), np.array([1, 1, 2]), np.array([0, 10_000, 25_000]), ((1, 2), (1, 2)))
    >>> found.customers, [str(amount) for amount in found.revenue[1]]
    (((1, 0), (1, 1)), ['1.00', '2.50'])
    """
    rows, columns = levels
    cells = (r - rows[0]) * len(columns) + (f - columns[0])
    counts = np.bincount(cells, minlength=len(rows) * len(columns)).reshape(len(rows), len(columns))
    sums = sums_of(monetary, cells, len(rows) * len(columns))
    spent = [tuple(map(money, sums[at : at + len(columns)])) for at in range(0, len(sums), len(columns))]
    return HeatMap(tuple(rows), tuple(columns), tuple(map(tuple, counts.tolist())), tuple(spent))
