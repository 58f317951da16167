"""Conditions that a user sets to rows: where the columns stand that they look at, and which rows do not meet them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.errors import DataError, UsageError, printable
from segtool.orders.roles import NAMED, ROLES, Columns, headers_of, kind_of, name_of, recognised_column
from segtool.orders.spelling import Spelling
from segtool.rules.cells import Days, Exact, cells_of, numbers_of
from segtool.rules.columns import Table, looks
from segtool.rules.conditions import (
    EVERY,
    WHOLE_TABLE,
    All,
    Compare,
    Condition,
    Older,
    Term,
    Within,
    terms_of,
    tests_in,
)
from segtool.rules.line import parse
from segtool.rules.match import matching
from segtool.tables.arrays import Mask, as_column
from segtool.tables.dates import Moments, moments
from segtool.tables.dates.spelling import DAY, DateSpelling
from segtool.tables.headers import alike, meant_by, nearest
from segtool.tables.numbers import UNDECIDED, UNITS, Numbers, NumberSpelling
from segtool.tables.source import Source

CellClues = Mapping[str, tuple[int, str]]
"""What cells tell of their spelling: kind -> row and text of the first cell of that kind."""

WORTH = "amount"
"""The role whose name means what a row is worth, in tables that have quantity and unit price instead."""

_AGES = ("age", "days")
"""Functions that count to the as-of date."""

_OF = {**dict.fromkeys((*_AGES, "month", "year"), "day"), "ratio": "number", "filled": "cell"}
"""Function -> as what it looks at a cell."""

_READ = {"number": "number", "day": "date"}
"""What a condition compares -> how a column is read for it."""


@dataclass(frozen=True)
class Where:
    """A condition and its text, as errors show it."""

    text: str
    condition: Condition

    def __str__(self) -> str:
        return printable(f"--where {self.text!r}")


def parse_where(text: str) -> Where:
    """Return the condition that a line of text sets to rows.

    >>> [str(term) for term in terms_of(parse_where('amount > 0 and sku != "POST*"').condition)]
    ['amount', 'sku', 'sku']

    Raises ValueError, in words that follow a place, for a text that states none, and for one that looks at all rows.
    """
    found = Where(text, parse(text))
    every = [str(term) for term in terms_of(found.condition) if term.function in WHOLE_TABLE]
    if every:
        raise ValueError(f"asks for {every[0]}, which all rows tell together; which rows count is known of each alone")
    return found


def stated(texts: Iterable[str]) -> tuple[Where, ...]:
    """Return the conditions of several texts. Raises UsageError for a text that states none."""
    found = []
    for text in texts:
        try:
            found.append(parse_where(text))
        except ValueError as error:
            raise UsageError(printable(f"--where {text!r} {error}.")) from None
    return tuple(found)


def wheres(texts: Iterable[str], as_of: date | None) -> tuple[Where, ...]:
    """Return the conditions of several texts, which rows must meet one and all.

    Raises UsageError for a text that states none, and for one that counts back from an as-of date that nobody says: the
    last date in the data is known when all rows are.
    """
    found = stated(texts)
    for where in found:
        if as_of is None and _counts_back(where.condition):
            raise UsageError(
                f"{where} counts back from the as-of date, which must be said then: say --as-of DATE (track: --to)."
            )
    return found


def _counts_back(condition: Condition) -> bool:
    ages = any(term.function in _AGES for term in terms_of(condition))
    return ages or any(isinstance(test, Within | Older) for test in tests_in(condition))


@dataclass(frozen=True)
class LookedAt:
    """Where the columns stand in a table that conditions look at.

    `places` is name -> position, None for what a row is worth where no column tells it alone; `roles` is name -> role,
    of those whose cells are read as numbers or days anyway. `readings` are the others that are read so, as roles of
    their own. `every` tells that all columns are looked at.
    """

    places: Mapping[str, int | None] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    readings: Columns = field(default_factory=dict)
    every: bool = False

    @property
    def columns(self) -> Columns:
        """The columns that must be read for the conditions, by the names that `judged` knows them by."""
        own = {_cells_of(name): place for name, place in self.places.items() if place is not None}
        return own | self.readings


def looked_at(source: Source, columns: Columns, conditions: Sequence[Where]) -> LookedAt:
    """Return where in a table the columns stand that conditions look at; `columns` are those of its roles.

    A name means the column with this header, or else the one that plays the role, or else one with this header but for
    case and punctuation, or else the one whose header is known for an attribute.
    Raises UsageError for a column that is absent, DataError for one that is ambiguous.
    """
    places: dict[str, int | None] = {}
    roles: dict[str, str] = {}
    readings: Columns = {}
    every = False
    for where in conditions:
        for test in tests_in(where.condition):
            for name, kind in _names(test):
                if name == EVERY:
                    every = True
                    continue
                if name not in places:
                    places[name] = _place(source, columns, name, where)
                    if role := _role_at(places[name], columns):
                        roles[name] = role
                place = places[name]
                if kind in _READ and name not in roles and place is not None:
                    readings[f"{_READ[kind]}:{name}"] = place
    return LookedAt(places, roles, readings, every)


def _names(condition: Condition) -> Iterator[tuple[str, str]]:
    """Yield the names of columns that a test looks at, and as what."""
    for term, kind in looks(condition):
        for name in term.columns:
            yield name, _OF[term.function] if term.function else kind
    if isinstance(condition, Compare) and not condition.left.function and not condition.right.function:
        for term in (condition.left, condition.right):
            yield term.columns[0], "day"


def _place(source: Source, columns: Columns, name: str, where: Where) -> int | None:
    exact = [i for i, header in enumerate(source.columns) if header == name]
    if not exact and name in columns:
        return columns[name]
    if not exact and name == WORTH and {"quantity", "unit_price"} <= columns.keys():
        return None
    found = exact or _of_role(source, name) or alike(name, source.columns) or meant_by(name, source.columns)
    if not found:
        raise UsageError(f"{_absent(source, name, where)} {_way_out(source, name, where)}")
    if len(found) > 1:
        headers = [source.columns[i] for i in found]
        names, distinct = printable(" and ".join(map(repr, headers))), len(set(headers)) == len(headers)
        way = "Write the header of one of them" if distinct else "Give them names of their own"
        raise DataError(f"{_absent(source, name, where, count=len(found))}: {names}. {way}.")
    return found[0]


def _of_role(source: Source, name: str) -> list[int]:
    """Return the column of a role that the run has no use for."""
    place = recognised_column(source, name) if name in ROLES and name not in NAMED else None
    return [] if place is None else [place]


def _absent(source: Source, name: str, where: Where, count: int = 0) -> str:
    return f"{source.name} has {f'{count} columns' if count else 'no column'} {printable(repr(name))} ({where})" + (
        "" if count else "."
    )


def _way_out(source: Source, name: str, where: Where) -> str:
    """Return what can be meant by the name of a column that is absent: another one, or a text."""
    right = {test.right.columns[0] for test in tests_in(where.condition) if isinstance(test, Compare)}
    text = f' A text stands in quotes: "{printable(name)}".' if name in right else ""
    if near := nearest([name], source.columns):
        return f"Did you mean {printable(repr(near[0]))}?{text}"
    return f"{headers_of(source)}{text}"


def _role_at(place: int | None, columns: Columns) -> str | None:
    """Return the role of a column whose cells are read as numbers or days; the worth where there is no column."""
    if place is None:
        return WORTH
    return next((role for role, at in columns.items() if at == place and kind_of(role) in ("number", "date")), None)


def _cells_of(name: str) -> str:
    return f"label:{name}"


@dataclass(frozen=True)
class Rows:
    """Rows as conditions look at them: the `cells` of what `LookedAt` has as columns, and those of all columns.

    `numbers` and `days` are by role. `worth` is what the rows are worth, as decimals; `readable` tells which rows no
    rule sets aside because the cell of a role cannot be read.
    """

    size: int
    cells: Mapping[str, pa.Array]
    every: Sequence[pa.Array]
    numbers: Mapping[str, Numbers]
    days: Mapping[str, Moments]
    worth: Callable[[], pa.Array]
    readable: Callable[[str], Mask]


def unmet(
    conditions: Sequence[Where],
    looked: LookedAt,
    rows: Rows,
    spelling: Spelling,
    timezone: str | None,
    as_of: date | None,
) -> tuple[Mask, Mapping[str, CellClues]]:
    """Return which rows do not meet some condition; and what cells tell of their spelling that only conditions look at.

    A row whose date or amount cannot be read, so that nobody knows whether it meets one, is left to the rules on those.
    """
    table, clues = _table(looked, rows, spelling, timezone, as_of)
    found = np.zeros(rows.size, np.bool_)
    for part in (part for where in conditions for part in _parts(where.condition)):
        fails = ~matching(part, table, 0)
        for name in {name for name, kind in _seen(part) if kind in _READ and name in looked.roles}:
            is_known = table.numbers(Term((name,)))[0].readable | table.days(name)[0].known
            fails &= is_known | rows.readable(looked.roles[name])
        found |= fails
    return found, clues


def _parts(condition: Condition) -> Iterator[Condition]:
    """Yield the conditions that must hold one and all."""
    if isinstance(condition, All):
        for part in condition.parts:
            yield from _parts(part)
    else:
        yield condition


def _seen(condition: Condition) -> Iterator[tuple[str, str]]:
    for test in tests_in(condition):
        yield from _names(test)


def _table(
    looked: LookedAt, rows: Rows, spelling: Spelling, timezone: str | None, as_of: date | None
) -> tuple[Table, dict[str, CellClues]]:
    """Return rows as rules look at them, with all numbers and days read as their columns are spelled."""
    cells: dict[str, pa.Array] = {}
    numbers: dict[str, list[Exact]] = {}
    days: dict[str, list[Days]] = {}
    clues: dict[str, CellClues] = {}
    for name, place in looked.places.items():
        if place is None:
            cells[name], days[name] = rows.worth(), [_no_days(rows.size)]
            continue
        cells[name], role = rows.cells[_cells_of(name)], looked.roles.get(name, "")
        as_number, as_day = f"number:{name}", f"date:{name}"
        number, day = _no_numbers(rows.size), _no_days(rows.size)
        if role in rows.numbers:
            read = rows.numbers[role]
            number = Exact(read.units, read.exact, UNITS, read.rest)
        elif role in rows.days:
            day = Days(rows.days[role].micros // DAY, rows.days[role].readable)
        if as_number in looked.readings:
            number, clues[as_number] = _numbers(cells[name], spelling.numbers[as_number])
        if as_day in looked.readings:
            rest = number if as_number in looked.readings else None
            day, clues[as_day] = _days(cells[name], spelling.days[as_day], timezone, rest)
        numbers[name], days[name] = [number], [day]
    table = Table(
        {name: pa.chunked_array([column]) for name, column in cells.items()},
        as_of=as_of,
        every=[pa.chunked_array([column]) for column in rows.every],
        sizes=[rows.size],
        threads=1,
        numbers=numbers,
        days=days,
    )
    return table, clues


def clues_of(role: str, column: pa.Array, columns: Columns) -> CellClues:
    """Return what the cells of a column tell of their spelling that only a condition looks at."""
    as_number = f"number:{name_of(role)}"
    number = _numbers(column, UNDECIDED) if as_number in columns else None
    if role == as_number and number:
        return number[1]
    return _days(column, DateSpelling(), None, number[0] if number else None)[1]


def _numbers(column: pa.Array, spelling: NumberSpelling) -> tuple[Exact, CellClues]:
    return numbers_of(cells_of(column, by_row=True), spelling.decimal or ".")


def _days(
    column: pa.Array, spelling: DateSpelling, timezone: str | None, numbers: Exact | None
) -> tuple[Days, CellClues]:
    """Return cells as days, and what they tell; where they are looked at as `numbers` too, those that are none."""
    cells = cells_of(column, by_row=True).values
    if numbers is not None:
        cells = pc.if_else(as_column(numbers.readable), pa.nulls(len(cells), cells.type), cells)
    if pa.types.is_boolean(cells.type):
        return _no_days(len(cells)), {}
    found = moments(cells, spelling, timezone)
    return Days(found.micros // DAY, found.readable), found.clues


def _no_numbers(size: int) -> Exact:
    return Exact(np.zeros(size, np.int64), np.zeros(size, np.bool_))


def _no_days(size: int) -> Days:
    return Days(np.zeros(size, np.int64), np.zeros(size, np.bool_))
