"""The columns of a table as rules look at them: as texts, numbers, days or lists, and what functions make of them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from segtool.errors import DataError, UsageError, printable
from segtool.rules.cells import EMPTY_WORDS, Cells, Days, Exact, Labels, cells_of, labels_of, numbers_of
from segtool.rules.conditions import (
    EVERY,
    Compare,
    Condition,
    Empty,
    Has,
    Is,
    Older,
    OneOf,
    Span,
    Term,
    Text,
    Within,
    tests_in,
)
from segtool.rules.functions import as_labels, of_days, ratio_of, shares_above
from segtool.tables.arrays import Mask
from segtool.tables.dates import moments
from segtool.tables.dates.spelling import (
    DAY,
    DAY_FIRST,
    EITHER,
    EITHER_END,
    MONTH_FIRST,
    Calendar,
    DateSpelling,
    Order,
)
from segtool.tables.numbers.text import COMMA, COMMA_OR_GROUP, POINT, POINT_OR_GROUP, Clues, DecimalMark
from segtool.workers import in_order

__all__ = ["EMPTY_WORDS", "Cells", "Days", "Exact", "Labels", "Spelled", "Table", "looks"]

Kind = Literal["cell", "text", "number", "day"]


@dataclass(frozen=True)
class Spelled:
    """How a table writes its numbers and days, as far as the user says it; None where the cells tell.

    With `serials` numbers like 45322.5 are days, as spreadsheets count them.
    """

    decimal: DecimalMark | None = None
    day_first: bool | None = None
    calendar: Calendar | None = None
    date_format: str | None = None
    serials: bool = False

    @property
    def dates(self) -> DateSpelling:
        order: Order | None = None if self.day_first is None else "day first" if self.day_first else "month first"
        return DateSpelling(order, self.calendar, self.date_format, self.serials)


class Table:
    """The columns that rules look at, by the names that they have for them, in chunks of rows.

    Cells are read once, when a rule asks, whichever thread that is in. Of one column all chunks are spelled alike.
    Columns that are `pointed` have texts of numbers that were stored as such, with a decimal point. `every` are all
    columns of the table, for `filled(*)`. `numbers` and `days` are columns, by their names, that are read already.
    Raises DataError where cells of a column that is looked at contradict each other.
    """

    def __init__(
        self,
        columns: Mapping[str, pa.ChunkedArray],
        *,
        name: str = "table",
        as_of: date | None = None,
        spelled: Spelled | None = None,
        pointed: Collection[str] = (),
        every: Sequence[pa.ChunkedArray] = (),
        sizes: Sequence[int] | None = None,
        threads: int | None = None,
        numbers: Mapping[str, list[Exact]] | None = None,
        days: Mapping[str, list[Days]] | None = None,
    ) -> None:
        self.name, self.as_of, self._threads = name, as_of, threads
        self.was_dated = False
        self._columns = {header: _chunks(column) for header, column in columns.items()}
        self._every = [_chunks(column) for column in every]
        self._spelled, self._pointed = spelled or Spelled(), pointed
        some = next(iter(self._columns.values()), None) or next(iter(self._every), [])
        self.sizes = [len(chunk) for chunk in some] if sizes is None else list(sizes)
        self._read: dict[tuple[Any, ...], Any] = {
            ("numbers", Term((name,))): own for name, own in (numbers or {}).items()
        }
        self._read |= {("days", name): own for name, own in (days or {}).items()}
        self._locks: dict[tuple[Any, ...], Lock] = {}

    def __len__(self) -> int:
        return sum(self.sizes)

    @property
    def names(self) -> Collection[str]:
        """The names of the columns."""
        return self._columns.keys()

    def each(self, function: Callable[[int], Any]) -> list[Any]:
        """Return what a function returns for the place of each chunk, which threads work on."""
        return list(in_order(function, range(len(self.sizes)), self._threads))

    def prepare(self, conditions: Iterable[Condition]) -> None:
        """Read what conditions look at, in the way that they look at it, so that threads can test them afterwards."""
        for term, kind in dict.fromkeys(each for condition in conditions for each in looks(condition)):
            if kind == "number":
                self.numbers(term)
            elif kind == "day":
                self.days(term.columns[0])
            elif kind == "text":
                self.labels(term)

    def cells(self, name: str) -> list[Cells]:
        """Return the cells of a column."""
        return self._once(("cells", name), lambda: self._over(self._columns[name], cells_of))

    def empty(self, term: Term, at: int) -> Mask:
        """Return in which rows of a chunk the cell that a term looks at is empty."""
        if term.function == "filled":
            return np.zeros(self.sizes[at], np.bool_)
        return ~self.cells(term.columns[0])[at].filled

    def labels(self, term: Term) -> list[Labels]:
        """Return a term as texts."""
        if term.function:
            return self._once(("labels", term), lambda: [as_labels(each) for each in self.numbers(term)])
        return self._once(("labels", term), lambda: self._over(self.cells(term.columns[0]), labels_of))

    def numbers(self, term: Term) -> list[Exact]:
        """Return a term as numbers."""
        return self._once(("numbers", term), lambda: self._numbers(term))

    def days(self, name: str) -> list[Days]:
        """Return a column as days."""
        return self._once(("days", name), lambda: self._days(name))

    def has_days(self, name: str, at: int) -> bool:
        """Return whether any cell of a chunk is a day, without which no rule needs to know the as-of date."""
        return bool(self.days(name)[at].known.any())

    def day(self) -> date:
        """Return the as-of date. Raises UsageError where there is none."""
        if self.as_of is None:
            raise UsageError(f"{self.name} does not tell as of when ages and days are counted; say --as-of DATE.")
        self.was_dated = True
        return self.as_of

    def _once(self, key: tuple[Any, ...], read: Callable[[], list[Any]]) -> list[Any]:
        with self._locks.setdefault(key, Lock()):  # a column needs others only of an earlier kind, so that none waits
            if key not in self._read:
                self._read[key] = read()
        found: list[Any] = self._read[key]
        return found

    def _over(self, chunks: Sequence[Any], function: Callable[[Any], Any]) -> list[Any]:
        return list(in_order(function, chunks, self._threads))

    def _numbers(self, term: Term) -> list[Exact]:
        match term.function:
            case None:
                return self._column_of_numbers(term.columns[0])
            case "filled":
                return self._filled(term.columns)
            case "share_above" | "rows_above":
                of = term.of or Term(term.columns)
                return shares_above(self.numbers(of), by_rows=term.function == "rows_above")
            case "ratio":
                pairs = zip(*(self.numbers(Term((name,))) for name in term.columns), strict=True)
                return [ratio_of(one, other) for one, other in pairs]
            case _:
                name, chunks = term.columns[0], range(len(self.sizes))
                counted = term.function in ("age", "days") and any(self.has_days(name, at) for at in chunks)
                today = self.day() if counted else None
                return [of_days(each, term.function, today) for each in self.days(term.columns[0])]

    def _column_of_numbers(self, name: str) -> list[Exact]:
        cells = self.cells(name)
        mark: DecimalMark = self._spelled.decimal or "."
        found = self._over(cells, lambda each: numbers_of(each, mark))
        if self._spelled.decimal is None and name not in self._pointed:
            clues = _first(clues for _, clues in found)
            self._refuse(name, clues, (POINT, COMMA), (COMMA_OR_GROUP, POINT_OR_GROUP), ("--decimal .", "--decimal ,"))
            if COMMA in clues:
                found = self._over(cells, lambda each: numbers_of(each, ","))
        return [exact for exact, _ in found]

    def _days(self, name: str) -> list[Days]:
        cells, spelling = self.cells(name), self._spelled.dates
        found = self._over(cells, lambda each: moments(each.values, spelling))
        if spelling.order is None and spelling.format is None:
            clues = _first(each.clues for each in found)
            ways = ("--day-first", "--month-first")
            self._refuse(name, clues, (DAY_FIRST, MONTH_FIRST), (EITHER, EITHER_END), ways)
            if clues.keys() & {DAY_FIRST, MONTH_FIRST}:
                order: Order = "month first" if MONTH_FIRST in clues else "day first"
                own = replace(spelling, order=order)
                found = self._over(cells, lambda each: moments(each.values, own))
        pairs = zip(found, cells, strict=True)
        return [Days(each.micros // DAY, each.readable, own.places) for each, own in pairs]

    def _refuse(
        self,
        name: str,
        clues: Mapping[str, str],
        proofs: tuple[str, str],
        open_kinds: Collection[str],
        ways: tuple[str, str],
    ) -> None:
        """Raise DataError for a column whose cells tell two spellings, or fit two without telling which."""
        told = [clues[kind] for kind in proofs if kind in clues]
        unsure = [clues[kind] for kind in open_kinds if kind in clues]
        if len(told) == 2 or (unsure and not told):
            cells = " and ".join(f'"{printable(cell)}"' for cell in (told if len(told) == 2 else unsure[:1]))
            problem = (
                "are spelled in two ways" if len(told) == 2 else "can be read in two ways, and no cell tells which"
            )
            raise DataError(f"{self.name}: {name} {cells} {problem}; say {ways[0]} or {ways[1]}.")

    def _filled(self, names: Sequence[str]) -> list[Exact]:
        """Return the share of columns that are filled; of those that are named and absent nothing is known."""
        columns = self._every if EVERY in names else [self._columns[name] for name in names if name in self._columns]

        def filled(at: int) -> Exact:
            sums = np.zeros(self.sizes[at], np.int64)
            for column in columns:
                sums += cells_of(column[at]).filled
            return Exact(sums, np.ones(self.sizes[at], np.bool_), max(len(columns), 1))

        return self.each(filled)


def looks(condition: Condition) -> Iterable[tuple[Term, Kind]]:
    """Yield what conditions look at, and as what: a cell that is empty or not, a text, a number, a day."""
    for part in tests_in(condition):
        match part:
            case OneOf(term, found):
                if any(isinstance(value, Text) for value in found):
                    yield term, "text"
                spans = [value for value in found if isinstance(value, Span)]
                if any(not span.of_days for span in spans):
                    yield term, "number"
                if any(span.of_days for span in spans):
                    yield term, "day"
            case Compare(left, _, right):  # days and texts are looked at only where numbers do not tell
                yield left, "number"
                yield right, "number"
            case Within(term) | Older(term):
                yield term, "day"
            case Has(term):
                yield term, "text"
            case Empty(term) | Is(term):
                yield term, "text" if isinstance(part, Is) else "cell"


def _chunks(column: pa.ChunkedArray | pa.Array) -> list[pa.Array]:
    return column.chunks if isinstance(column, pa.ChunkedArray) else [column]


def _first(clues: Iterable[Clues]) -> dict[str, str]:
    """Return kind -> text of the first cell of that kind in any chunk."""
    found: dict[str, str] = {}
    for each in clues:
        for kind, (_, cell) in each.items():
            found.setdefault(kind, cell)
    return found
