"""Segments over time: the customers as of the end of each period, scored and named as `segtool rfm` would that day."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.engines import Customers
from segtool.errors import UsageError
from segtool.history.periods import Every
from segtool.scoring.figures import Figures
from segtool.scoring.options import ScoreOptions
from segtool.segments.schemes import Scheme
from segtool.segments.segmentation import Segmentation, segment_customers
from segtool.tables.arrays import as_column, values
from segtool.tables.dates import calendar_day, day_number
from segtool.workers import in_order

if TYPE_CHECKING:
    from segtool.engines.history import History
    from segtool.scoring.model import Model

_MOST = 1_000
"""More as-of dates than this are a mistake in a year."""

_WIDE = re.compile(r"rfm_score(_|$)|segment(_|$)")
"""The columns of a labelled table that a wide one has of each as-of date."""

_OF_ALL = ("customer_id", "cohort", "first_order")
"""Those that are the same on all dates."""


@dataclass(frozen=True)
class AsOf:
    """A day that customers are told as of: the last day of a period, or of all, on which the period is not over."""

    day: int
    label: str
    is_over: bool

    @property
    def date(self) -> date:
        return calendar_day(self.day)


def as_of_days(every: Every, first: date, to: date) -> tuple[AsOf, ...]:
    """Return the last day of each period that ends from a day on, up to another day, which is always the last.

    >>> from segtool.history.periods import every
    >>> [f"{each.label}: {each.date}" for each in as_of_days(every("month"), date(2024, 1, 31), date(2024, 3, 5))]
    ['2024-01: 2024-01-31', '2024-02: 2024-02-29', '2024-03: 2024-03-05']

    Raises UsageError where the first day lies after the other, and for more periods than anybody looks at.
    """
    if first > to:
        raise UsageError(f"--from {first} lies after the last as-of date, {to}: take an earlier day, or say --to.")
    start, end = every.number(np.array([day_number(first), day_number(to)])).tolist()
    if end - start >= _MOST:
        raise UsageError(
            f"From {first} to {to} there are {end - start + 1:,} periods of --every {every.name}, more than {_MOST:,}: "
            "take longer ones, or say --from and --to; a mistyped year in the data?"
        )
    days = [AsOf(every.last_day(number), every.label(number), True) for number in range(start, end)]
    last = day_number(to)
    return (*days, AsOf(last, every.label(end), every.last_day(end) == last))


@dataclass(frozen=True)
class Judged:
    """How the customers of every as-of date are scored and named; by the cuts of a model, or among themselves."""

    schemes: Sequence[Scheme]
    options: ScoreOptions
    model: "Model | None" = None

    def segment(self, customers: Customers, as_of: date) -> Segmentation | None:
        """Return the customers of a day, scored and named; None where there are none."""
        if not len(customers):
            return None
        figures = Figures(customers, customers.days_since(as_of))
        return segment_customers(figures, as_of, self.schemes, self.options, model=self.model)

    def first(self, history: "History", days: Sequence[AsOf]) -> tuple[AsOf, Segmentation]:
        """Return the first of some days on which there are customers, as on the last one, with them."""
        for at, customers in zip(days, history.as_of([each.day for each in days]), strict=True):
            found = self.segment(customers, at.date)
            if found is not None:
                return at, found
        raise ValueError("There are no customers on any of the days.")


@dataclass(frozen=True)
class Step:
    """An as-of date with its customers, and those of the date before; None where there are none."""

    at: AsOf
    before: Segmentation | None
    found: Segmentation | None


def steps(history: "History", days: Sequence[AsOf], judged: Judged, threads: int | None) -> Iterator[Step]:
    """Yield the customers of each as-of date, in their order."""

    def segment(pair: tuple[AsOf, Customers]) -> Segmentation | None:
        return judged.segment(pair[1], pair[0].date)

    every = in_order(segment, zip(days, history.as_of([each.day for each in days]), strict=True), threads)
    before = None
    for at, found in zip(days, every, strict=True):
        yield Step(at, before, found)
        before = found


def rows_of(at: AsOf, table: pa.Table) -> pa.Table:
    """Return the labelled table of an as-of date, the date behind the customer."""
    return table.add_column(1, "as_of", as_column(np.full(len(table), at.day, np.int32), pa.date32()))


class Long:
    """The rows of one as-of date after the other."""

    def __init__(self) -> None:
        self._parts: list[pa.Table] = []

    def add(self, at: AsOf, table: pa.Table) -> None:
        """Take the labelled table of an as-of date."""
        self._parts.append(rows_of(at, table))

    def table(self) -> pa.Table:
        """Return all rows, in the order of dates and then of ids."""
        return pa.concat_tables(self._parts)


class Wide:
    """One row a customer: the scores as one text and the segments of each as-of date, whose tables come in order."""

    def __init__(self) -> None:
        self._columns: list[tuple[AsOf, pa.Table]] = []
        self._customers = pa.table({})

    def add(self, at: AsOf, table: pa.Table) -> None:
        """Take the labelled table of an as-of date."""
        self._columns.append((at, table.select([name for name in table.column_names if _WIDE.match(name)])))
        self._customers = table.select([name for name in _OF_ALL if name in table.column_names])

    def table(self) -> pa.Table:
        """Return all customers of the last table, sorted by id; null stands before their first purchase."""
        columns = {name: self._customers[name] for name in self._customers.column_names if name != "first_order"}
        first = values(self._customers["first_order"].combine_chunks(), np.int32)
        for at, own in self._columns:
            there = first <= at.day  # the customers of a date are those of the last one who had bought by then
            rows = pc.if_else(as_column(there), as_column(np.cumsum(there) - 1), pa.nulls(len(there), pa.int64()))
            for name in own.column_names:
                columns[f"{name}_{at.date}"] = own[name].combine_chunks().take(rows)
        return pa.table(columns)
