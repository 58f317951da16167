"""Cells that a spreadsheet would run as formulas when it opens a text file."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.tables.arrays import Ints, Mask, as_column, as_mask, as_texts, joined, offsets, text_bytes

_BLANKS = r"[\s\x0b\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]*"
_FORMULA = f"^{_BLANKS}[=+\\-@\t\r|%＝＋－＠]"
_DIGIT = "[0-9٠-٩۰-۹]"
_NUMBER = rf"^{_BLANKS}[+\-]{_DIGIT}+([.,٫٬]{_DIGIT}+)*([eE][+\-]?[0-9]+)?{_BLANKS}$"
_PHONE = rf"^{_BLANKS}[+＋]({_BLANKS}[(.\-/]?{_BLANKS}{_DIGIT}\)?){{7,15}}{_BLANKS}$"

_FIRST_BYTES = np.zeros(256, np.bool_)
_FIRST_BYTES[[*b"=+-@|%\t\n\v\f\r\x1c\x1d\x1e\x1f \xc2\xe1\xe2\xe3\xef"]] = True
"""The bytes with which a formula, a blank or a wide sign begins; a look at them spares nearly all cells the rest."""


def formulas(table: pa.Table) -> Mapping[str, tuple[int, str]]:
    """Return column -> how many of its cells look like formulas, and the first of them; only columns that have some.

    >>> formulas(pa.table({"id": ["=1+1", "-5", "+98 912 345 6789", "@SUM(A1)"], "orders": [1, 2, 3, 4]}))
    {'id': (2, '=1+1')}
    """
    found = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        cells = [part.take(as_column(rows)) for part in column.chunks if len(rows := _formula_rows(part))]
        if cells:
            found[name] = (sum(map(len, cells)), cells[0][0].as_py())
    return found


def disarmed(table: pa.Table) -> pa.Table:
    """Return the table with an apostrophe in front of each cell and header that looks like a formula.

    >>> disarmed(pa.table({"=id": ["=1+1", "-5"]})).to_pydict()
    {"'=id": ["'=1+1", '-5']}
    """
    metadata = table.schema.metadata
    for i, name in enumerate(table.column_names):
        parts = [_disarmed(part) for part in table.column(i).chunks]
        table = table.set_column(i, name, pa.chunked_array(parts, table.schema.field(i).type))
    header = _disarmed(as_texts(table.column_names)).to_pylist()
    return table.rename_columns(header).replace_schema_metadata(metadata)


def armed(cells: pa.Array) -> pa.Array:
    """Return texts as they were before they were disarmed.

    >>> armed(pa.array(["'=1+1", "'-5", "=1", None])).to_pylist()
    ['=1+1', "'-5", '=1', None]
    """
    quoted = np.flatnonzero(as_mask(pc.starts_with(cells, "'")))
    if not len(quoted):
        return cells
    bare = pc.utf8_slice_codeunits(cells.take(as_column(quoted)), 1)
    rows = _formula_rows(bare)
    found = np.zeros(len(cells), np.bool_)
    found[quoted[rows]] = True
    return pc.replace_with_mask(cells, as_column(found), bare.take(as_column(rows)))


def _disarmed(cells: pa.Array) -> pa.Array:
    rows = _formula_rows(cells)
    if not len(rows):
        return cells
    armed = np.zeros(len(cells), np.bool_)
    armed[rows] = True
    return pc.if_else(as_column(armed), joined("'", cells), cells)


def _formula_rows(cells: pa.Array) -> Ints:
    """Return the rows whose texts look like formulas and are neither a number nor a phone number."""
    if not (pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)):
        return np.zeros(0, np.int64)
    rows = np.flatnonzero(_may_be_formula(cells))
    if not len(rows):
        return rows
    suspects = cells.take(as_column(rows))
    rows = rows[as_mask(pc.match_substring_regex(suspects, _FORMULA))]
    harmless = pc.match_substring_regex(cells.take(as_column(rows)), f"{_NUMBER}|{_PHONE}")
    return rows[~as_mask(harmless)]


def _may_be_formula(cells: pa.Array) -> Mask:
    at, letters = offsets(cells), text_bytes(cells)
    filled = np.flatnonzero(at[1:] > at[:-1])
    mask = np.zeros(len(cells), np.bool_)
    mask[filled] = _FIRST_BYTES[letters[at[:-1][filled]]]
    return mask
