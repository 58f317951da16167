"""How the segments went from one as-of date to the next, as frozen facts; pure data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from segtool.summary.changes import Flow
from segtool.summary.cohorts import Cohorts
from segtool.summary.facts import Caution, HealthShare, Period, Rows, Told

Figure = int | float | Decimal

Trend = Literal["rising", "steady", "falling"]

_LEAST_POINTS = 3
"""Fewer as-of dates make no trend."""

_STEADY = Decimal("0.1")
"""A line that rises or falls by less than this share of the mean, from its first point to its last, is steady."""


@dataclass(frozen=True)
class Series:
    """A figure at each as-of date; change = last - first."""

    values: tuple[Figure, ...]
    first: Figure
    last: Figure
    change: Figure
    trend: Trend | None


@dataclass(frozen=True)
class SegmentSeries:
    """One segment at each as-of date: its customers, their share of all customers, and their net spend so far."""

    name: str
    title: str
    health: str
    customers: Series
    share: Series
    revenue: Series


@dataclass(frozen=True)
class SegmentSize:
    """One segment at one as-of date. Shares are of all customers and of net revenue, None where that is not above 0."""

    name: str
    health: str
    customers: int
    share: float
    revenue: Decimal
    revenue_share: float | None


@dataclass(frozen=True)
class Migration:
    """Who went where since the as-of date before.

    `moved` has the customers of each direction. `matrix` has a row for each segment there and last `(new)`, a column
    for each segment here: its rows add up to the segments there, its columns to those here. `flows` are the largest.
    """

    moved: Mapping[str, int]
    matrix: tuple[tuple[int, ...], ...]
    flows: tuple[Flow, ...]


@dataclass(frozen=True)
class AsOfSummary:
    """The customers as of the last day of a period, or of the last day of all, on which its period `is_over` or not.

    `migration` is None on the first date, and where there are no segments.
    """

    as_of: date
    label: str
    is_over: bool
    customers: int
    orders: int
    revenue: Decimal
    segments: tuple[SegmentSize, ...]
    health: Mapping[str, HealthShare] | None
    migration: Migration | None


@dataclass(frozen=True)
class FrozenCuts:
    """The cuts by which the customers of all as-of dates are scored: those of a model in a file, or of one date."""

    of: Literal["model", "first", "last"]
    model: str | None
    as_of: date | None


@dataclass(frozen=True)
class TrackSummary(Told):
    """Everything that is said about the segments over time.

    `every` names the periods. `customers`, `orders` and `revenue` are those as of the last date. `frozen` is None where
    the customers of each date are scored among themselves. `segments` stand from best to worst, `as_of_dates` from the
    earliest to the latest. `cohorts` are those as of the last date, None where they are not asked for.
    """

    schema_version: int
    as_of: date
    as_of_jalali: str | None
    as_of_from: str | None
    period: Period | None
    every: str
    rows: Rows
    customers: int
    orders: int
    revenue: Decimal
    frozen: FrozenCuts | None
    segments: tuple[SegmentSeries, ...]
    as_of_dates: tuple[AsOfSummary, ...]
    cohorts: Cohorts | None
    warnings: tuple[Caution, ...]
    columns: Mapping[str, str]
    spelling: Mapping[str, str]
    scheme: str
    version: str


def series(values: Sequence[Any]) -> Series:
    """Return a figure at each as-of date, with its trend.

    >>> found = series([100, 104, 111])
    >>> found.change, found.trend
    (11, 'rising')
    """
    return Series(tuple(values), values[0], values[-1], values[-1] - values[0], trend(values))


def trend(values: Sequence[Figure]) -> Trend | None:
    """Return where a figure goes: how far its least-squares line rises or falls, as a share of the mean of its size.

    From a tenth of the mean on it is rising or falling, below that steady; fewer than three values tell nothing. The
    line through 100, 120, 110 rises by 5 a step, by 10 in all; a tenth of the mean is 11.

    >>> trend([100, 120, 110]), trend([100, 120, 112]), trend([112, 120, 100]), trend([1, 2])
    ('steady', 'rising', 'falling', None)
    """
    count = len(values)
    if count < _LEAST_POINTS:
        return None
    moment = sum(((2 * i - count + 1) * Decimal(value) for i, value in enumerate(values)), Decimal(0))
    size = sum((abs(Decimal(value)) for value in values), Decimal(0))
    # The slope is 6 moment / (count (count² - 1)): times count - 1 steps it is the rise, and the mean is size / count.
    rise, bound = 6 * moment, _STEADY * size * (count + 1)
    if not moment or abs(rise) < bound:
        return "steady"
    return "rising" if moment > 0 else "falling"
