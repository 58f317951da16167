"""The customers of a run, counted by scores and by segments: all that its summary needs to know of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial

import numpy as np

from segtool.engines import Customers
from segtool.scoring.figures import Figures
from segtool.scoring.groups import Groups
from segtool.scoring.scores import Method, Scores, cells
from segtool.scoring.statement import AxisRule
from segtool.segments.scheme import Scheme
from segtool.segments.segmentation import Named, Segmentation
from segtool.summary.facts import Period
from segtool.summary.segments import Size, size_of
from segtool.tables.arrays import Ints
from segtool.tables.dates import calendar_day
from segtool.tables.numbers import total


@dataclass(frozen=True)
class AxisCensus:
    """The customers of each level of an axis, the worst first: how many, and the least and the greatest figure of them.

    `cuts` is as in `Scores`. The ends of a level without customers mean nothing.
    """

    rule: AxisRule
    cuts: Ints | None
    customers: Ints
    least: Ints
    greatest: Ints


@dataclass(frozen=True)
class SchemeCensus:
    """The customers of each segment of a scheme, in its order, and of each cell of its grid."""

    scheme: Scheme
    sizes: tuple[Size, ...]
    cells: Ints


@dataclass(frozen=True)
class GroupCensus:
    """The customers of each group that is scored by itself, the last one with those that are `pooled`."""

    names: tuple[str, ...]
    pooled: tuple[str, ...]
    customers: Ints


@dataclass(frozen=True)
class Census:
    """The customers of a run in counts, whoever has counted them: money is in units of 1/10,000.

    `scores` has the axes of each scheme, or those of the run where there is none; `letters` are the axes with a score
    in the table. `grid` has the customers by R, the rows, and F, the columns; both from the worst up. `commonest` tells
    of a figure the value that most customers have, the least of several, and how many have it.
    """

    as_of: date | None
    period: Period | None
    customers: int
    orders: int
    units: int
    repeat: int
    net_zero_or_less: int
    letters: tuple[str, ...]
    method: Method
    groups: GroupCensus | None
    scores: tuple[Mapping[str, AxisCensus], ...]
    grid: Ints
    schemes: tuple[SchemeCensus, ...]
    matrix: SchemeCensus
    commonest: Callable[[str], tuple[int, int]]

    @cached_property
    def axes(self) -> Mapping[str, AxisCensus]:
        """The axes with a score in the table."""
        return {axis: self.scores[0][axis] for axis in self.letters}


def census_of(found: Segmentation) -> Census:
    """Return the census of customers who are at hand, one by one."""
    customers = found.figures.customers
    known: dict[int, AxisCensus] = {}  # schemes that score alike have the same levels
    for scores in (every := [named.scores for named in found.named] or [found.scores]):
        for axis, levels in scores.levels.items():
            if id(levels) not in known:
                known[id(levels)] = _axis(scores, axis, found.figures)
    return Census(
        as_of=found.as_of,
        period=period_of(customers),
        customers=len(found),
        orders=int(customers.frequency.sum()),
        units=total(customers.monetary),
        repeat=int((customers.frequency > 1).sum()),
        net_zero_or_less=int((customers.monetary <= 0).sum()),
        letters=found.letters,
        method=found.method,
        groups=_groups(found.groups) if found.groups else None,
        scores=tuple({axis: known[id(levels)] for axis, levels in scores.levels.items()} for scores in every),
        grid=grid_of(found.scores, "rf"),
        schemes=tuple(_scheme(named, found.figures) for named in found.named),
        matrix=_scheme(found.matrix, found.figures),
        commonest=partial(_commonest, found.figures),
    )


def period_of(customers: Customers) -> Period | None:
    """Return the days of the first and the last purchase, None where there are none, or they are not known."""
    if customers.first_order is None or customers.last_order is None or not len(customers):
        return None
    return Period(calendar_day(customers.first_order.min()), calendar_day(customers.last_order.max()))


def _groups(groups: Groups) -> GroupCensus:
    return GroupCensus(groups.names, groups.pooled, np.bincount(groups.codes, minlength=len(groups)))


def _axis(scores: Scores, axis: str, figures: Figures) -> AxisCensus:
    rule, levels = scores.axes[axis], scores.levels[axis]
    values = figures[rule.figure]
    inside = [values[levels == level] for level in range(1, rule.levels + 1)]
    ends = [(own.min(), own.max()) if len(own) else (0, 0) for own in inside]
    least, greatest = np.array(ends, np.int64).T
    return AxisCensus(rule, scores.cuts[axis], np.array([len(own) for own in inside]), least, greatest)


def _scheme(named: Named, figures: Figures) -> SchemeCensus:
    customers, sizes = figures.customers, []
    for place in range(len(named.scheme.segments)):
        inside = np.flatnonzero(named.places == place)
        sizes.append(size_of(figures.recency_days[inside], customers.frequency[inside], customers.monetary[inside]))
    return SchemeCensus(named.scheme, tuple(sizes), grid_of(named.scores, tuple(named.scheme.scoring)).reshape(-1))


def grid_of(scores: Scores, axes: Sequence[str], customers: Ints | None = None) -> Ints:
    """Return how many customers each cell has, with an axis of the array for each axis.

    `customers` tells how many there are behind each score, if not one.
    """
    sizes = [scores.axes[axis].levels for axis in axes]
    at = cells([scores.levels[axis] for axis in axes], sizes)
    return np.bincount(at, customers, minlength=int(np.prod(sizes))).astype(np.int64).reshape(sizes)


def _commonest(figures: Figures, figure: str) -> tuple[int, int]:
    found, counts = np.unique(figures[figure], return_counts=True)
    most = int(counts.argmax())
    return int(found[most]), int(counts[most])
