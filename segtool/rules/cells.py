"""The cells of a chunk of a column as rules look at them: texts, exact numbers, days, each value once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from operator import ge, gt, le, lt
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool.rules.bands import bands_of
from segtool.rules.conditions import Span
from segtool.tables.arrays import Ints, Mask, as_column, as_mask, as_texts, offsets, type_of, valid, values
from segtool.tables.headers import one_spelling
from segtool.tables.numbers import EXACT, LIMIT, UNITS, NumberSpelling, at_once, numbers, to_units
from segtool.tables.numbers.text import (
    Clues,
    DecimalMark,
    has_point,
    point_clues,
    pooled,
)
from segtool.tables.text import as_text, flat, labels, plain

EMPTY_WORDS = ("", "null", "nan", "n/a", "#n/a", "\\n", "-")
"""Cells of attributes that mean "empty", compared without case. `none` is a value: of complaints there can be none."""

_EMPTY = as_texts(EMPTY_WORDS)

_PROBED, _FEW = 4096, 0.25
"""How many first cells tell whether a column repeats itself, and the share of distinct ones with which it does."""

EXACT_FLOAT, _EXACT_TEXT = 10**15, 15
"""Below this integer, and up to so many letters, a decimal is the shortest one of its nearest float."""

Places = npt.NDArray[np.int32]
"""Row -> place among values."""


@dataclass(frozen=True)
class Cells:
    """The cells of a chunk of a column: their `values`, null where a cell is empty.

    Where few values stand in many rows, `places` is row -> place of its value, and `values` has each of them once.
    """

    values: pa.Array
    places: Places | None = None

    def __getitem__(self, row: int) -> str:
        """Return a filled cell as text."""
        return str(as_text(self.values.slice(row if self.places is None else int(self.places[row]), 1))[0])

    @property
    def filled(self) -> Mask:
        """In which rows there is something."""
        return _spread(valid(self.values), self.places)


@dataclass(frozen=True)
class Labels:
    """A column as texts: the row's place among distinct texts, -1 where the cell is empty.

    The `texts` are in one spelling, in which two of them may be equal; `written` is how they stand in the table.
    """

    places: Places
    texts: pa.Array
    written: pa.Array


@dataclass(frozen=True)
class Exact:
    """A column as numbers, exactly: of each value `numbers / per` where `known`.

    A number that is a float, of which `per` is 1, means its shortest decimal. Values that neither can hold are in
    `rest`, by their place. Cells that are `bands`, as 25-34 or 65+, lie in a span that holds all of them. `places` is
    row -> place of its value, None where each row has its own.

    >>> found = Exact(np.array([15, 0, 20]), np.array([True, False, True]), 10, {1: Decimal("1e99")})
    >>> found.within(Span(Decimal("1.5"), Decimal(2))).tolist(), found.readable.tolist(), found.value(2)
    ([True, False, True], [True, True, True], Fraction(2, 1))
    """

    numbers: npt.NDArray[Any]
    known: Mask
    per: int = 1
    rest: Mapping[int, Decimal] = field(default_factory=dict)
    places: Places | None = None
    bands: Mapping[int, Span] = field(default_factory=dict)

    @property
    def readable(self) -> Mask:
        """In which rows there is a number."""
        return _spread(self._with(self.rest), self.places)

    @property
    def told(self) -> Mask:
        """In which rows there is a number or a band."""
        return _spread(self._with([*self.rest, *self.bands]), self.places)

    def _with(self, more: Collection[int]) -> Mask:
        found = self.known
        if more:
            found = found.copy()
            found[list(more)] = True
        return found

    def value(self, row: int) -> Fraction | None:
        """Return the number of one row, None where there is none."""
        return self._value(row if self.places is None else int(self.places[row]))

    def _value(self, place: int) -> Fraction | None:
        if not self.known[place]:
            return Fraction(self.rest[place]) if place in self.rest else None
        number = self.numbers[place]
        return Fraction(Decimal(str(number))) if self.is_float else Fraction(int(number), self.per)

    @property
    def is_float(self) -> bool:
        return self.numbers.dtype.kind == "f"

    def within(self, span: Span) -> Mask:
        """Return in which rows the number lies in a span."""
        found = self.known & (_floats_in if self.is_float else _ints_in)(self.numbers, span, self.per)
        for place, value in self.rest.items():
            found[place] = _holds(value, span)
        for place, band in self.bands.items():
            found[place] = span.holds(band)
        return _spread(found, self.places)

    def floats(self) -> tuple[npt.NDArray[np.float64], Mask]:
        """Return the float nearest to each row's number, 0 where there is none; and where it tells the number exactly,
        as its shortest decimal.
        """
        found = np.where(self.known, self.numbers, 0).astype(np.float64)
        exact = self.known
        if self.numbers.dtype == np.float32:  # its shortest decimal is another one than that of the same float64
            found = np.array([float(str(each)) for each in np.where(self.known, self.numbers, np.float32(0))])
        elif not self.is_float:
            exact = exact & (np.abs(found) < EXACT_FLOAT)
            found /= self.per
        for place, value in self.rest.items():
            found[place] = float(value)
        return _spread(found, self.places), _spread(exact, self.places)

    def ranks(self) -> tuple[npt.NDArray[np.float64], Mask]:
        """Return floats in the order of the rows' numbers, of which a band has its lower end; and where there are some.

        Equal numbers have equal floats.
        """
        found, _ = self.floats()
        if self.bands:
            lows = {place: -np.inf if band.low is None else float(band.low) for place, band in self.bands.items()}  # type: ignore[arg-type]
            own = np.zeros(len(self.known))
            own[list(lows)] = list(lows.values())
            found = found + _spread(own, self.places)
        return found, self.told

    def units(self) -> Ints:
        """Return each row's number in units of 1/10,000, rounded half away from zero, 0 where there is none.

        A number beyond the limit of an amount is 0 as well.
        """
        if not self.is_float and UNITS % self.per == 0:
            most = LIMIT * self.per // UNITS
            small = self.known & (self.numbers <= most) & (self.numbers >= -most)
            found = np.where(small, self.numbers, 0) * np.int64(UNITS // self.per)
        else:
            floats = self.numbers if self.known.all() else np.where(self.known, self.numbers, 0)
            floats = (
                floats.astype(np.float64, copy=False) / self.per
                if self.per > 1
                else floats.astype(np.float64, copy=False)
            )
            near = np.rint(floats * UNITS)
            exact = (near / UNITS == floats) & (np.abs(near) < EXACT_FLOAT)
            if self.numbers.dtype == np.float32:  # its shortest decimal is another one than that of the same float64
                exact &= near % UNITS == 0
            if not exact.all():
                near[~exact] = 0
            found = near.astype(np.int64)
            for place in np.flatnonzero(self.known & ~exact).tolist():
                found[place] = to_units(self._decimal(place)) or 0
        for place, value in self.rest.items():
            found[place] = to_units(value) or 0
        return _spread(found, self.places)

    def _decimal(self, place: int) -> Decimal:
        number = self.numbers[place]
        return Decimal(str(number)) if self.is_float else Decimal(int(number)) / self.per


@dataclass(frozen=True)
class Days:
    """A column as days since 1970-01-01, where `known`; `places` is row -> place of its value, None for its own."""

    numbers: Ints
    known: Mask
    places: Places | None = None

    def within(self, span: Span) -> Mask:
        """Return in which rows the day lies in a span."""
        return _spread(self.known & _ints_in(self.numbers, span, 1), self.places)

    def by_row(self) -> tuple[Ints, Mask]:
        """Return the day of each row, and where there is one."""
        return _spread(self.numbers, self.places), _spread(self.known, self.places)


def _spread(found: npt.NDArray[Any], places: Places | None) -> npt.NDArray[Any]:
    """Return what is found of each value for each row."""
    return found if places is None else found[places]


def cells_of(column: pa.Array, *, by_row: bool = False) -> Cells:
    """Return the cells of a chunk, with null where one is empty; texts are trimmed. By row they have no places."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if by_row:
        return Cells(_without_empty(flat(plain(column))))
    if pa.types.is_dictionary(column.type):
        values, places = _once_each(column)
        return Cells(_without_empty(values), places)
    column = flat(plain(column))
    if pa.types.is_string(column.type) and _repeats(column):
        values, places = _once_each(column.dictionary_encode())
        return Cells(_without_empty(values), places)
    return Cells(_without_empty(column))


def _once_each(encoded: pa.DictionaryArray) -> tuple[pa.Array, Places]:
    """Return the values that stand in some row, null at their end, and the place of each row's value."""
    size = len(encoded.dictionary)
    places = values(encoded.indices.cast(pa.int32()), np.int32)
    if encoded.indices.null_count:
        places = np.where(valid(encoded.indices), places, np.int32(size))
    used = np.bincount(places, minlength=size + 1) > 0
    dictionary = flat(plain(encoded.dictionary))
    with_null = pa.concat_arrays([dictionary, pa.nulls(1, dictionary.type)])
    if used[:-1].all():
        return with_null, places
    own = np.flatnonzero(used[:-1])
    moved = np.full(size + 1, len(own), np.int32)
    moved[own] = np.arange(len(own))
    return with_null.take(as_column(np.append(own, size))), moved[places]


def _repeats(column: pa.Array) -> bool:
    """Return whether the first cells of a column have few values, so that it pays to look at each of them once."""
    some = column[:_PROBED]
    return len(some.unique()) <= max(len(some) * _FEW, 1)


def _without_empty(column: pa.Array) -> pa.Array:
    """Return a column with null where a cell is empty; texts are trimmed."""
    if pa.types.is_string(column.type):
        return labels(column, _EMPTY)
    if pa.types.is_floating(column.type) and (none := as_mask(pc.is_nan(column))).any():
        return pc.if_else(as_column(none), pa.nulls(len(column), column.type), column)
    return column


def labels_of(cells: Cells) -> Labels:
    column, places = cells.values, cells.places
    if places is None:
        column, places = _once_each(column.dictionary_encode())
    written = labels(_plainly(column), _EMPTY)
    there = valid(written)
    own = np.where(there, np.cumsum(there) - 1, -1).astype(np.int32)
    written = written.drop_null()
    return Labels(own[places], _in_one_spelling(written), written)


def _plainly(column: pa.Array) -> pa.Array:
    """Return decimals as texts without zeros at their end, as `18` and `2.5`; other columns as they are."""
    if not pa.types.is_decimal(column.type):
        return column
    texts = [None if cell is None else f"{cell:f}" for cell in column.to_pylist()]
    return pa.array([text.rstrip("0").rstrip(".") if text and "." in text else text for text in texts], pa.string())


def _in_one_spelling(texts: pa.Array) -> pa.Array:
    if as_mask(pc.string_is_ascii(texts)).all():
        return pc.utf8_lower(texts)
    return as_texts([one_spelling(text).strip() for text in texts.to_pylist()])


def numbers_of(cells: Cells, mark: DecimalMark) -> tuple[Exact, Clues]:
    """Return cells as numbers, and what they tell of their spelling. Days and times are none."""
    column, kind = cells.values, cells.values.type
    if pa.types.is_string(kind):
        found, clues = _written(column, mark)
        return replace(found, places=cells.places), clues
    known = valid(column)
    if pa.types.is_uint64(kind) or pa.types.is_decimal(kind):
        column = _in_64_bits(column)
        kind = column.type
    if pa.types.is_boolean(kind):
        found = Exact(as_mask(column).view(np.int8), known)
    elif pa.types.is_integer(kind):
        found = Exact(values(column, type_of(kind)), known)
    elif pa.types.is_float64(kind) or pa.types.is_float32(kind):
        floats = values(column, type_of(kind))
        found = Exact(floats, known & np.isfinite(floats))
    elif pa.types.is_decimal128(kind):
        found = Exact(values(column, "<i8,<i8")["f0"], known, 10**kind.scale)
    elif pa.types.is_temporal(kind):
        found = Exact(np.zeros(len(column), np.int64), np.zeros(len(column), np.bool_))
    else:
        found = _written(as_text(column), ".")[0]
    return replace(found, places=cells.places), {}


def _in_64_bits(column: pa.Array) -> pa.Array:
    """Return whole numbers or decimals in 64 bits each, or as texts if some do not fit."""
    kind = column.type
    scale = kind.scale if pa.types.is_decimal(kind) else 0
    try:
        return column.cast(pa.decimal128(18, scale) if pa.types.is_decimal(kind) and 0 <= scale <= 18 else pa.int64())
    except pa.ArrowInvalid:
        return as_text(column)


def _written(column: pa.Array, mark: DecimalMark) -> tuple[Exact, Clues]:
    """Return texts as numbers; `12%` is 0.12."""
    floats = None if mark == "," and has_point(column) else at_once(column)
    if floats is None:
        found = numbers(column, NumberSpelling(mark))
        rest, clues = dict(found.rest), found.clues
        odd = np.flatnonzero(valid(column) & ~found.exact)
        odd = odd[[int(row) not in rest for row in odd]] if rest else odd
        shares, more = _shares(column.take(as_column(odd)), mark)
        rest |= {int(odd[row]): value for row, value in shares.items()}
        odd = odd[[int(row) not in rest for row in odd]] if shares else odd
        bands = bands_of(column.take(as_column(odd)), mark)
        spans = {int(odd[row]): band for row, band in bands.items()}
        return Exact(found.units, found.exact, UNITS, rest, bands=spans), pooled(clues, more)
    read = np.where(valid(floats), values(floats, np.float64), np.nan)
    known = np.isfinite(read)
    safe = known & (np.diff(offsets(column)) <= _EXACT_TEXT)
    zeros = np.flatnonzero(read == 0)
    if len(zeros):  # 1e-400 has no float but 0, and is not 0
        safe[zeros] &= ~as_mask(pc.match_substring(column.take(as_column(zeros)), "e", ignore_case=True))
    odd = np.flatnonzero(known & ~safe)
    if len(odd):  # as programs write floats: with all digits that tell one, and no more
        cells = column.take(as_column(odd))
        safe[odd] = as_mask(pc.equal(floats.take(as_column(odd)).cast(cells.type), cells))
    odd = np.flatnonzero(valid(column) & ~safe)
    long = numbers(column.take(as_column(odd)), NumberSpelling("."))
    rest = {int(row): value for at, row in enumerate(odd) if (value := long.at(at)) is not None}
    return Exact(read, safe, 1, rest), point_clues(column)


def _shares(column: pa.Array, mark: DecimalMark) -> tuple[dict[int, Decimal], Clues]:
    """Return row -> number of cells in percent, and what they tell of their spelling."""
    signed = as_mask(pc.match_substring_regex(column, "[%٪]")) if len(column) else np.zeros(0, np.bool_)
    if not signed.any():
        return {}, {}
    rows = np.flatnonzero(signed)
    bare = pc.replace_substring_regex(column.take(as_column(rows)), r"^\s*[%٪]\s*|\s*[%٪]\s*$", "")
    found = numbers(bare, NumberSpelling(mark))
    read = ((int(row), found.at(at)) for at, row in enumerate(rows))
    shares = {row: value.scaleb(-2, EXACT) for row, value in read if value is not None}
    return shares, {kind: (int(rows[row]), f"{cell}%") for kind, (row, cell) in found.clues.items()}


def _ints_in(ints: Ints, span: Span, per: int) -> Mask:
    """Return where `ints / per` lies in a span, exactly."""
    found = np.ones(len(ints), np.bool_)
    least, most = np.iinfo(ints.dtype).min, np.iinfo(ints.dtype).max
    if span.low is not None:
        low = _scaled(span.low, per)
        bound = floor(low) + 1 if span.low_open else ceil(low)
        found &= ints >= max(bound, least) if bound <= most else np.False_
    if span.high is not None:
        high = _scaled(span.high, per)
        bound = ceil(high) - 1 if span.high_open else floor(high)
        found &= ints <= min(bound, most) if bound >= least else np.False_
    return found


def _scaled(end: Any, per: int) -> Any:
    return day_number_of(end) if isinstance(end, date) else Fraction(end) * per


def _floats_in(floats: npt.NDArray[Any], span: Span, _: int) -> Mask:
    """Return where the shortest decimal of a float lies in a span, exactly.

    Of two floats the larger one has the larger shortest decimal, so that one bound, itself a float, parts them.
    """
    found = np.ones(len(floats), np.bool_)
    with np.errstate(invalid="ignore"):
        if span.low is not None:
            around = _floats_around(span.low, floats.dtype)
            beyond = gt if span.low_open else ge
            found &= floats >= next((each for each in around if beyond(_shortest(each), span.low)), np.inf)
        if span.high is not None:
            around = _floats_around(span.high, floats.dtype)[::-1]
            beyond = lt if span.high_open else le
            found &= floats <= next((each for each in around if beyond(_shortest(each), span.high)), -np.inf)
    return found


def _floats_around(end: Any, kind: np.dtype[Any]) -> list[Any]:
    """Return the floats next to a number, in rising order."""
    with np.errstate(over="ignore"):
        near = kind.type(float(end))
        below, above = (np.nextafter(near, kind.type(side)) for side in (-np.inf, np.inf))
        return [np.nextafter(below, kind.type(-np.inf)), below, near, above, np.nextafter(above, kind.type(np.inf))]


def _shortest(number: Any) -> Decimal:
    return Decimal(str(number))


def _holds(value: Decimal, span: Span) -> bool:
    low, high = span.low, span.high
    above = low is None or (value > low if span.low_open else value >= low)  # type: ignore[operator]
    return above and (high is None or (value < high if span.high_open else value <= high))  # type: ignore[operator]


def day_number_of(day: date) -> int:
    """Return the days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days
