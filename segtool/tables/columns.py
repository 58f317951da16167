"""Cells that may be unknown as a column of a table to write, made without pandas."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.errors import DataError
from segtool.tables.arrays import Floats, Mask, as_column, as_texts, type_of
from segtool.tables.dates import day_number
from segtool.tables.numbers import INT64_MAX, as_decimals


def column_of(cells: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return cells as a column of a type: text, days, truth or numbers; null where they are None.

    >>> column_of([0.5, None], pa.float64()).to_pylist(), column_of([None, True], pa.bool_()).to_pylist()
    ([0.5, None], [None, True])
    """
    known = _known(cells)
    if pa.types.is_string(kind):
        buffers = as_texts([cell or "" for cell in cells]).buffers()[1:]
    elif pa.types.is_date(kind):
        buffers = [pa.py_buffer(np.array([day_number(cell) if cell else 0 for cell in cells], np.int32))]
    elif pa.types.is_boolean(kind):
        buffers = as_column(np.array([bool(cell) for cell in cells], np.bool_)).buffers()[1:]
    else:
        buffers = [pa.py_buffer(np.array([cell or 0 for cell in cells], type_of(kind)))]
    return pa.Array.from_buffers(kind, len(cells), [known, *buffers])


def amounts_of(cells: Sequence[Decimal | None], *, refusal: DataError) -> pa.Array:
    """Return amounts of four places at most as exact decimals, null where they are None.

    >>> amounts_of([Decimal("2.5"), None], refusal=DataError("too much")).to_pylist()
    [Decimal('2.5000'), None]

    Raises the refusal for an amount that is larger than a table can hold.
    """
    units = [0 if cell is None else int(cell.scaleb(4)) for cell in cells]
    if any(abs(each) > INT64_MAX for each in units):
        raise refusal
    amounts = as_decimals(np.array(units, np.int64))
    return pa.Array.from_buffers(amounts.type, len(cells), [_known(cells), amounts.buffers()[1]])


def where(column: pa.Array, known: Mask) -> pa.Array:
    """Return a column with null where its cells are not known.

    >>> where(as_column(np.array([3, 5])), np.array([False, True])).to_pylist()
    [None, 5]
    """
    return pc.if_else(as_column(known), column, pa.nulls(len(column), column.type))


def ratios(numbers: Floats, decimals: int = 4) -> pa.Array:
    """Return numbers as a column, rounded, null where they are NaN.

    >>> ratios(np.array([2 / 3, np.nan])).to_pylist()
    [0.6667, None]
    """
    return where(as_column(np.round(np.nan_to_num(numbers), decimals)), ~np.isnan(numbers))


def _known(cells: Sequence[object]) -> pa.Buffer:
    """Return the bits of which cells are not None."""
    return as_column(np.array([cell is not None for cell in cells], np.bool_)).buffers()[1]
