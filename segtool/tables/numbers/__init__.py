"""Decimal numbers, exactly: cells of text, floats, integers and decimals as multiples of 1/10,000."""

import re
from dataclasses import dataclass, field, replace
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool.tables.arrays import Ints, Mask, as_column, as_mask, offsets, valid, values
from segtool.tables.numbers.text import Clues, DecimalMark, as_plain, has_point, point_clues, pooled
from segtool.tables.text import plain

UNITS = 10_000
"""Money is counted in units of 1/10,000."""

LIMIT = 9 * 10**13 * UNITS
"""The largest amount of one line, in units; beyond it an amount is bad."""

INT64_MAX = 2**63 - 1

EXACT = Context(prec=10**6, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Products and differences of cells in this context are exact; a cell longer than that is not a number to us."""

_POWER = "(?:[eE][+-]?[0-9]{1,6})?"
_WHOLE = "[+-]?[0-9]+" + _POWER
_NUMBER = re.compile(rf"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+){_POWER}")
_FAST_DIGITS = 10**15
_FAST_TEXT = 16
_FIRST_CELLS = 50


@dataclass(frozen=True)
class NumberSpelling:
    """How a column writes its numbers: the decimal mark, while the other one of `.` and `,` groups thousands.

    None: nobody knows. Then a cell that fits only one mark is read by it; of the cells that fit both, `1.234` has a
    decimal point and `1,234` is not read, which does not matter where such a column is refused.
    """

    decimal: DecimalMark | None = None


UNDECIDED = NumberSpelling()


@dataclass(frozen=True)
class Numbers:
    """A column of exact decimal numbers.

    `units[i]` is the value times 10,000 where `exact[i]`. The few values with more decimals or digits than that are
    in `rest` by their row; a row in neither could not be read. `clues` say what text cells tell about their spelling,
    whatever spelling they were read with, `currencies` which ones are written in them.
    """

    units: Ints
    exact: Mask
    rest: dict[int, Decimal]
    clues: Clues = field(default_factory=dict)
    currencies: frozenset[str] = frozenset()

    def at(self, row: int) -> Decimal | None:
        """Return the value of one row, None if it could not be read."""
        if self.exact[row]:
            return Decimal(int(self.units[row])).scaleb(-4, EXACT)
        return self.rest.get(row)


def numbers(column: pa.Array, spelling: NumberSpelling = UNDECIDED) -> Numbers:
    """Return the numbers of a column; a float means its shortest decimal, so the float 2.55 is exactly 2.55.

    >>> found = numbers(pa.array(["2.55", "0.00005", "two", "$1,000"]), NumberSpelling("."))
    >>> found.units.tolist(), found.exact.tolist(), found.rest
    ([25500, 0, 0, 10000000], [True, False, False, True], {1: Decimal('0.00005')})
    >>> found.clues
    {'point': (0, '2.55')}
    """
    column = plain(column)
    if pa.types.is_integer(column.type) and not pa.types.is_uint64(column.type):
        return _whole(column)
    if pa.types.is_float64(column.type):
        return _shortest(_floats(column), column, None)
    kind = column.type
    if pa.types.is_decimal128(kind) and kind.scale <= 4 and kind.precision - kind.scale <= 14:
        filled = valid(column)
        return Numbers(from_decimals(column.cast(pa.decimal128(38, 4))), filled, {})
    if not pa.types.is_string(column.type):
        return replace(_spelled(column.cast(pa.string()), NumberSpelling(".")), clues={})
    return _spelled(column, spelling)


def _spelled(column: pa.Array, spelling: NumberSpelling) -> Numbers:
    """Numbers from text. Arrow reads a column of plain decimals; one that it cannot read is made one."""
    points_group = spelling.decimal == "," and has_point(column)
    floats = None if points_group else at_once(column)
    if floats is not None:
        return _from_plain(column, floats, point_clues(column))
    cells = pc.utf8_trim_whitespace(column)
    readable = pc.match_substring_regex(cells, f"^(?:{_WHOLE if points_group else _NUMBER.pattern})$")
    decimals = pc.if_else(readable, cells, pa.nulls(len(cells), pa.string()))
    clues, currencies = point_clues(decimals), frozenset[str]()
    odd = np.flatnonzero(~as_mask(readable) & valid(cells))
    if len(odd):
        every = len(odd) == len(cells)
        found, more, currencies = as_plain(cells if every else cells.take(as_column(odd)), spelling.decimal)
        clues = pooled(clues, {kind: (int(odd[row]), cell) for kind, (row, cell) in more.items()})
        decimals = found if every else _placed(found, odd, decimals)
    return replace(_from_plain(decimals, decimals.cast(pa.float64()), clues), currencies=currencies)


def at_once(column: pa.Array) -> pa.Array | None:
    """Return the floats of a text column, None if there is a cell that Arrow cannot read."""
    try:
        column[:_FIRST_CELLS].cast(pa.float64())  # many cells that cannot be read take ten times as long as others
        return column.cast(pa.float64())
    except pa.ArrowInvalid:
        return None


def _placed(cells: pa.Array, rows: Ints, column: pa.Array) -> pa.Array:
    """Return a column in which these cells stand in these rows."""
    here, places = np.zeros(len(column), np.bool_), np.zeros(len(column), np.int64)
    here[rows], places[rows] = True, np.arange(len(rows))
    return pc.if_else(as_column(here), cells.take(as_column(places)), column)


def _from_plain(column: pa.Array, floats: pa.Array, clues: Clues) -> Numbers:
    """Numbers from plain decimals and the floats that Arrow read from them."""
    nearest = _floats(floats)
    safe = np.diff(offsets(column)) <= _FAST_TEXT
    zeros = np.flatnonzero(nearest == 0)
    if len(zeros):  # 1e-400 has no float but 0, and is not 0
        safe[zeros] &= ~as_mask(pc.match_substring_regex(column.take(as_column(zeros)), "[eE]"))
    return replace(_shortest(nearest, column, safe), clues=clues)


def _floats(column: pa.Array) -> npt.NDArray[np.float64]:
    """Return floats, NaN at nulls."""
    floats = values(column, np.float64)
    return floats if column.null_count == 0 else np.where(valid(column), floats, np.nan)


def _whole(column: pa.Array) -> Numbers:
    filled = valid(column)
    whole = np.where(filled, values(column.cast(pa.int64())), 0)
    exact = filled & (np.abs(whole) <= INT64_MAX // UNITS) & (whole != np.iinfo(np.int64).min)
    rest = {int(i): Decimal(int(whole[i])) for i in np.flatnonzero(filled & ~exact)}
    return Numbers(np.where(exact, whole, 0) * UNITS, exact, rest)


def _shortest(floats: npt.NDArray[np.float64], source: pa.Array, safe: Mask | None) -> Numbers:
    """Numbers from their nearest floats, where that proves them; from the text of `source` elsewhere.

    Two decimals of at most 15 digits never share a nearest float. So if k/10,000 has at most 15 digits and its
    nearest float is the cell's, and the cell's own text has at most 15 digits too (`safe`), then the cell is
    k/10,000, digit for digit.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = floats * UNITS
        np.rint(scaled, out=scaled)
        nearest = scaled / UNITS
        exact = nearest == floats
        exact &= np.abs(scaled, out=nearest) < _FAST_DIGITS
        if safe is not None:
            exact &= safe
        if exact.all():
            return Numbers(scaled.astype(np.int64), exact, {})
        units = np.where(exact, scaled, 0).astype(np.int64)
    left = np.flatnonzero(~exact & ~np.isnan(floats))
    cells = source.take(as_column(left)).cast(pa.string()).to_pylist()
    known = {cell: _decimal(cell) for cell in set(cells)}
    rest = {int(row): value for row, cell in zip(left, cells, strict=True) if (value := known[cell]) is not None}
    return Numbers(units, exact, rest)


def _decimal(cell: str) -> Decimal | None:
    """Return the exact value of a cell, None if it is no finite plain decimal (infinities and NaN are not)."""
    cell = cell.strip()
    if not _NUMBER.fullmatch(cell) or len(cell) > EXACT.prec // 4:
        return None
    return EXACT.create_decimal(cell)


def to_units(value: Decimal) -> int | None:
    """Return a decimal in units of 1/10,000, rounded half away from zero; None beyond the limit of an amount.

    >>> to_units(Decimal("0.00005")), to_units(Decimal("-1.00025")), to_units(Decimal("9.1e13"))
    (1, -10003, None)
    """
    if not value:
        return 0  # whatever its exponent
    if value.adjusted() > 14:
        return None
    units = int(value.scaleb(4, EXACT).quantize(Decimal(1), ROUND_HALF_UP, EXACT)) if value.adjusted() > -6 else 0
    return units if abs(units) <= LIMIT else None


def total(units: Ints) -> int:
    """Return the exact sum of an array of integers, of any size; numpy's own sum wraps silently.

    >>> total(np.array([2**62, 2**62, 2**62])) == 3 * 2**62
    True
    """
    if len(units) and max(int(units.max()), -int(units.min())) <= INT64_MAX // len(units):
        return int(units.sum())
    return (int((units >> 32).sum()) << 32) + int((units & 0xFFFFFFFF).sum())


def as_decimals(units: Ints) -> pa.Array:
    """Return units as an Arrow column of decimals with four places.

    >>> as_decimals(np.array([25500, -1])).to_pylist()
    [Decimal('2.5500'), Decimal('-0.0001')]
    """
    words = np.ascontiguousarray(np.stack([units, units >> 63], axis=1), dtype="<i8")
    return pa.Array.from_buffers(pa.decimal128(19, 4), len(units), [None, pa.py_buffer(words)])


def from_decimals(column: pa.Array) -> Ints:
    """Return the units of a column of decimals with four places, all of which fit 64 bits; 0 at nulls."""
    units: Ints = values(column, "<i8,<i8")["f0"]
    return units if column.null_count == 0 else np.where(valid(column), units, 0)


def as_floats(units: Ints) -> npt.NDArray[np.float64]:
    """Return the float64 nearest to each exact amount.

    >>> as_floats(np.array([25500, -1])).tolist()
    [2.55, -0.0001]
    """
    floats: npt.NDArray[np.float64] = units / float(UNITS)
    for row in np.flatnonzero(np.abs(units) > 2**53):
        floats[row] = int(units[row]) / UNITS  # integer division rounds once; a float of the integer rounds twice
    return floats


def decimal_places(units: Ints) -> int:
    """Return the fewest of 0, 2 or 4 decimals that show every amount exactly.

    >>> decimal_places(np.array([20000, 25500])), decimal_places(np.array([1])), decimal_places(np.array([10000]))
    (2, 4, 0)
    """
    return 4 if (units % 100).any() else 2 if (units % UNITS).any() else 0


def money(units: int) -> Decimal:
    """Return units of 1/10,000 as an exact decimal with two places, four where it needs them.

    >>> money(25_500), money(12_345)
    (Decimal('2.55'), Decimal('1.2345'))
    """
    return Decimal(units).scaleb(-4) if units % 100 else Decimal(units // 100).scaleb(-2)
