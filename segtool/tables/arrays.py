"""Arrow columns and numpy arrays as each other, without copies where both lay their values out alike."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
"""An array of integers: days, microseconds, units of money, codes of groups, counts."""

Mask = npt.NDArray[np.bool_]


def values(column: pa.Array, kind: npt.DTypeLike = np.int64) -> npt.NDArray[np.generic]:
    """Return the values of a column of fixed width as they are stored; what stands at a null is of no meaning.

    >>> values(pa.array([1, 2, 3]).slice(1)).tolist()
    [2, 3]
    """
    if not len(column):
        return np.zeros(0, kind)
    return np.frombuffer(column.buffers()[1], kind)[column.offset : column.offset + len(column)]


def as_mask(column: pa.Array) -> Mask:
    """Return a boolean column as a mask, false at nulls.

    >>> as_mask(pa.array([True, None, False, True])).tolist()
    [True, False, False, True]
    """
    if not len(column):
        return np.zeros(0, np.bool_)
    mask = _bits(column.buffers()[1], column)
    return mask if column.null_count == 0 else mask & valid(column)


def valid(column: pa.Array) -> Mask:
    """Return where a column is not null."""
    if column.null_count == 0:
        return np.ones(len(column), np.bool_)
    if pa.types.is_null(column.type):
        return np.zeros(len(column), np.bool_)
    return _bits(column.buffers()[0], column)


def _bits(buffer: pa.Buffer, column: pa.Array) -> Mask:
    end = column.offset + len(column)
    bits = np.unpackbits(np.frombuffer(buffer, np.uint8), count=end, bitorder="little")
    return bits[column.offset :].view(np.bool_)


def as_column(array: npt.NDArray[np.generic], kind: pa.DataType | None = None) -> pa.Array:
    """Return an array as a column without nulls; `kind` is a type of the same width, int64 of old.

    >>> as_column(np.array([0, 19_000]).astype(np.int32), pa.date32()).to_pylist()[1].isoformat()
    '2022-01-08'
    """
    if array.dtype == np.bool_:
        buffer, kind = np.packbits(array, bitorder="little"), pa.bool_()
    else:
        buffer, kind = np.ascontiguousarray(array), kind or pa.from_numpy_dtype(array.dtype)
    return pa.Array.from_buffers(kind, len(array), [None, pa.py_buffer(buffer)])


def chosen(column: pa.Array, rows: Mask) -> pa.Array:
    """Return the rows of a column where the mask holds."""
    return column if rows.all() else column.take(as_column(np.flatnonzero(rows)))


def offsets(column: pa.Array) -> npt.NDArray[np.int32]:
    """Return where the bytes of each text begin and, last, where they all end: one entry more than there are rows."""
    if not len(column):
        return np.zeros(1, np.int32)
    return np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]


def text_bytes(column: pa.Array) -> npt.NDArray[np.uint8]:
    """Return the bytes that the offsets of a text column point into."""
    buffer = column.buffers()[2]
    return np.frombuffer(buffer, np.uint8) if buffer is not None and buffer.size else np.zeros(0, np.uint8)


def joined(columns: Sequence[pa.Array], kind: pa.DataType) -> pa.Array:
    """Return several columns as one."""
    return pa.concat_arrays(columns) if columns else pa.nulls(0, kind)
