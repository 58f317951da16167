"""How the cells of order lines are spelled: told by all cells of a column, over all files that share the headers."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from segtool.errors import DataError, Way, printable
from segtool.orders.roles import ROLES, Columns, kind_of, name_of
from segtool.tables.arrays import as_texts
from segtool.tables.database_table import DatabaseTable
from segtool.tables.dates import moments, with_year_first
from segtool.tables.dates import readings as date_readings
from segtool.tables.dates.spelling import (
    DAY_FIRST,
    EITHER,
    EITHER_END,
    JALALI,
    MONTH_FIRST,
    SHORT_YEAR,
    Calendar,
    DateSpelling,
    Order,
)
from segtool.tables.headers import normal
from segtool.tables.numbers import NumberSpelling, numbers
from segtool.tables.numbers.text import COMMA, COMMA_OR_GROUP, POINT, POINT_OR_GROUP, DecimalMark
from segtool.tables.numbers.text import readings as number_readings
from segtool.tables.source import NOWHERE, WORKBOOK, Source

Clues = Mapping[tuple[int, str, str], tuple[int, str]]
"""Number of the source, role, kind of clue -> the first row (in the source) with a cell of that kind, and the cell."""


def first_clues(every: Iterable[Clues]) -> Clues:
    """Return the first cell of each kind in several clues."""
    found: dict[tuple[int, str, str], tuple[int, str]] = {}
    for clues in every:
        for kind, first in clues.items():
            found[kind] = min(first, found.get(kind, first))
    return found


@dataclass(frozen=True)
class Said:
    """What the user says of numbers and dates; None where their cells tell."""

    decimal: DecimalMark | None = None
    order: Order | None = None
    calendar: Calendar | None = None
    date_format: str | None = None


@dataclass(frozen=True)
class Spelling:
    """How the cells of a source are read, by role; `days` are columns of days that only conditions look at."""

    numbers: Mapping[str, NumberSpelling]
    dates: DateSpelling
    days: Mapping[str, DateSpelling] = field(default_factory=dict)


def guess(sources: Sequence[Source], columns: Sequence[Columns], said: Said) -> list[Spelling]:
    """Return how the first rows of each source seem to be spelled; `settle` tells later whether that was right."""
    clues: dict[tuple[int, str, str], tuple[int, str]] = {}
    for at, (source, own) in enumerate(zip(sources, columns, strict=True)):
        roles = [role for role in own if kind_of(role) in ("number", "date")]
        places = list(dict.fromkeys(own[role] for role in roles))
        cells = dict(zip(places, source.sample(places), strict=True))
        for role, column in ((role, cells[own[role]]) for role in roles):
            found = _clues_of(role, column, own)
            clues.update({(at, role, kind): first for kind, first in found.items()})
    pools = _pools(sources, _of_stored_numbers(sources, columns, clues))
    return [_spelling(source, own, said, pool) for source, own, pool in zip(sources, columns, pools, strict=True)]


def _clues_of(role: str, column: pa.Array, columns: Columns) -> Mapping[str, tuple[int, str]]:
    """Return what the cells of a column tell of their spelling."""
    if role not in ROLES:
        from segtool.orders.where import clues_of

        return clues_of(role, column, columns)
    return numbers(column).clues if ROLES[role] == "number" else moments(column).clues


def settle(sources: Sequence[Source], columns: Sequence[Columns], said: Said, clues: Clues) -> list[Spelling]:
    """Return how each source is spelled, from the clues of all its cells and those of sources with the same headers.

    Raises DataError where no cell tells how another one is read, and where cells contradict each other, with the places
    and the option that decides.
    """
    pools = _pools(sources, _of_stored_numbers(sources, columns, clues))
    for pool in {id(pool): pool for pool in pools}.values():
        for role, own in pool.items():
            if kind_of(role) == "number" and said.decimal is None:
                _check_mark(_Column(sources, columns, role), own)
            if kind_of(role) == "date" and said.order is None and said.date_format is None:
                _check_order(_Column(sources, columns, role), own, said.calendar)
    return [_spelling(source, own, said, pool) for source, own, pool in zip(sources, columns, pools, strict=True)]


class Place(NamedTuple):
    """A cell: the number of its source, its row and its text."""

    source: int
    row: int
    cell: str


def line_of(sources: Sequence[Source], place: Place) -> str:
    """Return the file and the line of a cell, as `orders.csv:7`; the name of a table whose rows have no numbers."""
    source = sources[place.source]
    if place.row == NOWHERE:
        return source.name
    [(line, _)] = source.locate(np.array([place.row]))
    return f"{source.name}:{line}"


def told_by(sources: Sequence[Source], place: Place) -> str:
    """Return where it is told how cells are spelled, as `told by orders.csv:7 "1,5"`."""
    return f'told by {line_of(sources, place)} "{printable(place.cell)}"'


_Clues = Mapping[str, Place]
"""Kind -> the first cell of that kind in a column of a pool of sources."""


class Told(NamedTuple):
    """How cells of a role are read, and the cell that tells, if one does."""

    role: str
    how: str
    place: Place | None


def ways_of(told: Iterable[Told]) -> dict[str, str]:
    """Return role -> all ways in which its cells are spelled.

    >>> ways_of([Told("amount", "decimal comma", None), Told("order_date", "day first", None)])
    {'amount': 'decimal comma', 'order_date': 'day first'}
    """
    found: dict[str, list[str]] = {}
    for role, how, _ in told:
        found.setdefault(role, []).append(how)
    return {role: ", ".join(ways) for role, ways in found.items()}


def told(sources: Sequence[Source], spellings: Sequence[Spelling], clues: Clues, *, points: bool = False) -> list[Told]:
    """Return how roles are read whose cells are not plain decimals or ISO dates, each way once.

    With `points` also those with a decimal point.
    """
    found: dict[tuple[str, str], Place | None] = {}
    for spelling, pool in zip(spellings, _pools(sources, clues), strict=True):
        for role, mark in spelling.numbers.items():
            if mark.decimal == "," and role in pool:
                found.setdefault((role, "decimal comma"), pool[role].get(COMMA))
            elif points and POINT in pool.get(role, {}):
                found.setdefault((role, "decimal point"), pool[role][POINT])
        for role, dated in {"order_date": spelling.dates, **spelling.days}.items():
            own = pool.get(role, {})
            if dated.format:
                found.setdefault((role, dated.format), None)
            elif dated.order and {DAY_FIRST, MONTH_FIRST, EITHER, EITHER_END} & own.keys():
                found.setdefault((role, dated.order), own.get(dated.order))
            if JALALI in own:
                found.setdefault((role, "Jalali calendar"), own[JALALI])
            if SHORT_YEAR in own:
                is_jalali = JALALI in moments(as_texts([own[SHORT_YEAR].cell]), dated).clues
                found.setdefault((role, _JALALI_PIVOT if is_jalali else _PIVOT), own[SHORT_YEAR])
    return [Told(name_of(role), how, place) for (role, how), place in found.items()]


_PIVOT, _JALALI_PIVOT = "years 00-68 are 2000-2068", "years 00-49 are 1400-1449"


@dataclass(frozen=True)
class _Column:
    """A role's column in all sources, as refusals call it."""

    sources: Sequence[Source]
    columns: Sequence[Columns]
    role: str

    def at(self, place: Place) -> str:
        """Return file, line, header and text of a cell."""
        header = self.sources[place.source].columns[self.columns[place.source][self.role]]
        return f'{line_of(self.sources, place)}: {printable(header)} "{printable(place.cell)}"'

    def undecided(self, place: Place, *ways: tuple[str, str]) -> DataError:
        """Return the refusal of a cell with two readings, each with the option that chooses it."""
        (one, say_one), (other, say_other) = ways
        return DataError(
            f"{self.at(place)} can be {one} or {other}, and no cell of the column tells which. "
            f"Say {say_one} for {one}, {say_other} for {other}.",
            *(_WAYS[option] for _, option in ways),
        )

    def contradicts(self, *sides: tuple[Place, str, str]) -> DataError:
        """Return the refusal of two cells that tell different spellings, each with its words and its option."""
        (one, words, say), (other, other_words, say_other) = sides
        return DataError(
            f"{name_of(self.role)} is written with {words} and with {other_words}: {self.at(one)}; {self.at(other)}. "
            f"Say {say} or {say_other}; what does not fit is then set aside.",
            _WAYS[say],
            _WAYS[say_other],
        )


def _of_stored_numbers(sources: Sequence[Source], columns: Sequence[Columns], clues: Clues) -> Clues:
    """Return the clues with those of cells like `1.234` that a file stores as numbers: their point is a decimal one.

    Numbers that a database gives as texts tell nothing of how texts are spelled.
    """
    stored = {
        (at, role, POINT): point
        for at, (source, own) in enumerate(zip(sources, columns, strict=True))
        for role, position in own.items()
        if kind_of(role) == "number" and (point := source.point_at(position)) is not None
    }
    told = {
        (at, role, kind): first
        for (at, role, kind), first in clues.items()
        if role not in columns[at] or not _is_decimal(sources[at], columns[at][role])
    }
    return first_clues([told, stored])


def _is_decimal(source: Source, position: int) -> bool:
    """Return whether a column has decimals of a database, which are written with a point even where they are text."""
    return isinstance(source, DatabaseTable) and source.described[position].kind == "decimal"


def _pools(sources: Sequence[Source], clues: Clues) -> list[dict[str, dict[str, Place]]]:
    """Return for each source role -> clues, the same for all sources that have the same headers in any order."""
    headers = [tuple(sorted(map(normal, source.columns))) for source in sources]
    pools: dict[tuple[str, ...], dict[str, dict[str, Place]]] = {own: {} for own in headers}
    for (at, role, kind), (row, cell) in clues.items():
        own, place = pools[headers[at]].setdefault(role, {}), Place(at, row, cell)
        own[kind] = min(place, own.get(kind, place))
    return [pools[own] for own in headers]


_WAYS: Mapping[str, Way] = {
    "--decimal .": {"decimal": "."},
    "--decimal ,": {"decimal": ","},
    "--day-first": {"day_first": True},
    "--month-first": {"day_first": False},
}
"""Options as they are said, and what they mean to `segtool.rfm`."""


def _spelling(source: Source, columns: Columns, said: Said, pool: Mapping[str, _Clues]) -> Spelling:
    """Return how a source is spelled if its clues do not contradict each other."""
    mark = {role: said.decimal or _mark(pool.get(role, {})) for role in columns if kind_of(role) == "number"}
    marks = {role: NumberSpelling("." if _is_decimal(source, columns[role]) else own) for role, own in mark.items()}
    serials = source.about.get("format") == WORKBOOK

    def dates(role: str) -> DateSpelling:
        return DateSpelling(said.order or _order(pool.get(role, {})), said.calendar, said.date_format, serials)

    days = {role: dates(role) for role in columns if kind_of(role) == "date" and role != "order_date"}
    return Spelling(marks, dates("order_date"), days)


def _mark(clues: Iterable[str]) -> DecimalMark:
    return "," if COMMA in clues and POINT not in clues else "."


def _order(clues: Iterable[str]) -> Order | None:
    if MONTH_FIRST in clues:
        return "month first"
    return "day first" if {DAY_FIRST, EITHER, EITHER_END} & set(clues) else None


def _check_mark(column: _Column, clues: _Clues) -> None:
    if {POINT, COMMA} <= clues.keys():
        raise column.contradicts(
            (clues[POINT], "a decimal point", "--decimal ."), (clues[COMMA], "a decimal comma", "--decimal ,")
        )
    for kind in (POINT_OR_GROUP, COMMA_OR_GROUP):
        if kind in clues and not {POINT, COMMA} & clues.keys():
            with_point, with_comma = number_readings(clues[kind][2])
            ways = [(with_point, "--decimal ."), (with_comma, "--decimal ,")]
            # thousands are likelier than three decimals
            raise column.undecided(clues[kind], *(ways if kind == COMMA_OR_GROUP else reversed(ways)))


def _year_first(cell: str) -> str:
    """Return the format of a cell that has its year first.

    >>> _year_first("24/01/31"), _year_first("24-1-31 18:30")
    ('%y/%m/%d', '%y-%m-%d %H:%M')
    """
    parts = iter(("%y", "%m", "%d", "%H", "%M", "%S"))
    return re.sub(r"\d+", lambda number: next(parts, number[0]), cell.strip())


def _check_order(column: _Column, clues: _Clues, calendar: Calendar | None) -> None:
    if {DAY_FIRST, MONTH_FIRST} <= clues.keys():
        raise column.contradicts(
            (clues[DAY_FIRST], "the day first", "--day-first"), (clues[MONTH_FIRST], "the month first", "--month-first")
        )
    if EITHER_END in clues and MONTH_FIRST not in clues:  # a day that stands first with a long year says nothing of it
        place = clues[EITHER_END]
        year_first = with_year_first(place.cell, calendar)
        form = _year_first(place.cell)
        raise DataError(
            f"{column.at(place)} can have its year first, {year_first}, or last, and no cell of the column tells "
            f"which. Say --date-format {shlex.quote(form)}, --day-first or --month-first.",
            *(_WAYS[option] for option in ("--day-first", "--month-first")),
            {"date_format": form},
        )
    if EITHER in clues and not {DAY_FIRST, MONTH_FIRST} & clues.keys():
        day_first, month_first = date_readings(clues[EITHER][2], calendar)
        raise column.undecided(clues[EITHER], (str(day_first), "--day-first"), (str(month_first), "--month-first"))
