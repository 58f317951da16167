"""Numbers as people write them, as plain decimals: signs, currencies, grouped thousands, both decimal marks."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.tables.arrays import EMPTY, Mask, as_column, as_mask, as_texts, offsets, text_bytes
from segtool.tables.numbers.cells import AmountCells, apart, currency_marks

DecimalMark = Literal[".", ","]

POINT = "point"
"""A cell that only fits a decimal point: `12.50`, `1,234.5`, and `1,234,567`, whose commas group."""

COMMA = "comma"
"""A cell that only fits a decimal comma."""

POINT_OR_GROUP = "point or group"
"""A cell like `1.234`: 1.234 or 1234."""

COMMA_OR_GROUP = "comma or group"
"""A cell like `1,234`: 1234 or 1.234."""

Clues = Mapping[str, tuple[int, str]]
"""Kind -> row and text of the first cell of the kind.

Cells that fit both marks are left out beside a cell that fits one: that one proves how the others are meant.
"""

_PROOFS = (POINT, COMMA)
_FIRST_CELLS = 50
_EITHER = r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$"


def _pattern(decimal: DecimalMark) -> str:
    """Return the pattern of numbers with this decimal mark, in which the other one groups; they have no sign.

    Only thousands without leading zeros are grouped, and nothing grouped has an exponent.
    """
    part = rf"(?:[{decimal}٫][0-9]*)?"
    power = "(?:[eE][+-]?[0-9]{1,6})?"
    groups = "|".join(f"(?:{mark}[0-9]{{3}})+" for mark in ("," if decimal == "." else r"\.", " ", "'"))
    indian = f"|[1-9][0-9]?(?:,[0-9]{{2}})+,[0-9]{{3}}{part}" if decimal == "." else ""
    return rf"^(?:(?:[0-9]+{part}|[{decimal}٫][0-9]+){power}|[1-9][0-9]{{0,2}}(?:{groups}){part}{indian})$"


_PATTERNS: dict[DecimalMark, str] = {".": _pattern("."), ",": _pattern(",")}

_COPIED = np.arange(256, dtype=np.uint8)
_COPIED[list(",٫".encode())] = ord(".")
_GROUPING: dict[DecimalMark, bytes] = {".": b",' ", ",": b".' "}
_KEPT = {mark: ~np.isin(np.arange(256), list(group + "٫".encode()[:1])) for mark, group in _GROUPING.items()}
"""Byte by byte, a number becomes plain: the bytes that are kept, and what stands for each of them."""


class Plain(NamedTuple):
    """Text cells as plain decimals, null where they cannot be read, and what they tell: their spelling, currencies."""

    decimals: pa.Array
    clues: Clues
    currencies: frozenset[str]


def as_plain(column: pa.Array, decimal: DecimalMark | None) -> Plain:
    """Return text cells as plain decimals, and what they tell.

    Without a decimal mark, a cell that fits only one is read by it; of the cells that fit both, `1.234` has a decimal
    point and `1,234` is not read.

    >>> as_plain(as_texts(["($1,234.50)", "12,5", "1,234"]), ".").decimals.to_pylist()
    ['-1234.50', None, '1234']
    >>> as_plain(as_texts(["1.234 €", "1,234 €"]), ",").decimals.to_pylist()
    ['1234', '1.234']
    >>> as_plain(as_texts(["5", "1.234"]), ".").clues
    {'point or group': (1, '1.234')}
    """
    cells = apart(column)
    point, comma = (_fits(cells, pattern) for pattern in _PATTERNS.values())
    both = point & comma
    kinds = {POINT: point & ~comma, COMMA: comma & ~point}
    kinds[POINT_OR_GROUP], kinds[COMMA_OR_GROUP] = (
        both & as_mask(pc.match_substring(cells.number, mark)) for mark in _PATTERNS
    )
    if decimal is None:
        plain = _plain(cells, {".": point & ~kinds[COMMA_OR_GROUP], ",": kinds[COMMA]})
    else:
        plain = _plain(cells, {decimal: point if decimal == "." else comma})
    clues = pooled({kind: _first(column, rows) for kind, rows in kinds.items() if rows.any()})
    return Plain(plain, clues, currency_marks(cells))


def readings(cell: str) -> tuple[str, str]:
    """Return both readings of a cell that fits both marks as plain decimals: with a decimal point, with a comma.

    >>> readings("1,234"), readings("$-1.234")
    (('1234', '1.234'), ('-1.234', '-1234'))
    """
    point, comma = (as_plain(as_texts([cell]), decimal).decimals[0].as_py() for decimal in _PATTERNS)
    return point, comma


def point_clues(column: pa.Array) -> Clues:
    """Return what cells that are plain decimals, or null, tell about their spelling.

    The first cells nearly always prove the point, and then nobody looks further.

    >>> point_clues(as_texts(["5", "1.234", "12.50"])), point_clues(as_texts(["5", "1.234"]))
    ({'point': (2, '12.50')}, {'point or group': (1, '1.234')})
    """
    if not has_point(column):
        return {}
    for cells in (column[:_FIRST_CELLS], column):
        either = as_mask(pc.match_substring_regex(cells, _EITHER))
        proof = as_mask(pc.match_substring(cells, ".")) & ~either
        if proof.any():
            return {POINT: _first(column, proof)}
    return {POINT_OR_GROUP: _first(column, either)} if either.any() else {}


def has_point(column: pa.Array) -> bool:
    """Return whether a point stands in a text column."""
    at = offsets(column)
    return bool((text_bytes(column)[at[0] : at[-1]] == ord(".")).any())


def pooled(*clues: Clues) -> Clues:
    """Return the first cell of each kind in several clues of one batch.

    >>> pooled({POINT: (7, "1.5")}, {POINT: (2, "2.5"), COMMA_OR_GROUP: (0, "1,234")})
    {'point': (2, '2.5')}
    """
    kinds = {kind for each in clues for kind in each}
    kinds = kinds & set(_PROOFS) or kinds
    return {kind: min(each[kind] for each in clues if kind in each) for kind in sorted(kinds)}


def _first(column: pa.Array, rows: Mask) -> tuple[int, str]:
    row = int(rows.argmax())
    return row, column[row].as_py()


def _fits(cells: AmountCells, pattern: str) -> Mask:
    return as_mask(pc.match_substring_regex(cells.number, pattern)) & (cells.sign != 0)


def _plain(cells: AmountCells, rows: Mapping[DecimalMark, Mask]) -> pa.Array:
    """Return the numbers in these rows, read with these decimal marks, as plain decimals; null in the other rows."""
    plain = pa.nulls(len(cells.number), pa.string())
    for decimal, read in rows.items():
        if read.any():
            number = cells.number if read.all() else pc.if_else(as_column(read), cells.number, EMPTY)
            number = _without_groups(number, decimal)
            if (cells.sign < 0).any():
                minus = as_texts(["", "-"]).take(as_column((cells.sign < 0).astype(np.int8)))
                number = pc.binary_join_element_wise(minus, number, EMPTY)
            plain = number if read.all() else pc.if_else(as_column(read), number, plain)
    return plain


def _without_groups(numbers: pa.Array, decimal: DecimalMark) -> pa.Array:
    """Return numbers of a pattern as plain decimals."""
    at, letters = offsets(numbers), text_bytes(numbers)
    letters = letters[at[0] : at[-1]]
    kept = _KEPT[decimal][letters]
    ends = np.concatenate([np.zeros(1, np.int32), np.cumsum(kept, dtype=np.int32)])[at - at[0]]
    plain = _COPIED[letters[kept]]
    return pa.Array.from_buffers(pa.string(), len(numbers), [None, pa.py_buffer(ends), pa.py_buffer(plain)])
