"""Arrow columns and numpy arrays as each other, without copies where both lay their values out alike."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
"""An array of integers: days, microseconds, units of money, codes of groups, counts."""

Levels = npt.NDArray[np.int8]
"""An array of small numbers: scores, levels, positions of segments. A byte each, so that millions fit a cache."""

Mask = npt.NDArray[np.bool_]

Floats = npt.NDArray[np.float64]
"""An array of estimates: predictions, rates, figures of a model."""

_FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)


def values(column: pa.Array, kind: npt.DTypeLike = np.int64) -> npt.NDArray[Any]:
    """Return the values of a column of fixed width as they are stored; what stands at a null is of no meaning.

    >>> values(pa.array([1, 2, 3]).slice(1)).tolist()
    [2, 3]
    """
    if not len(column):
        return np.zeros(0, kind)
    return np.frombuffer(column.buffers()[1], kind)[column.offset : column.offset + len(column)]


def type_of(kind: pa.DataType) -> np.dtype[Any]:
    """Return the type of numbers of fixed width as numpy has it. pyarrow's own `to_pandas_dtype` can load pandas.

    >>> type_of(pa.uint8()), type_of(pa.float32()), type_of(pa.float64())
    (dtype('uint8'), dtype('float32'), dtype('float64'))
    """
    return np.dtype({"float": "float32", "halffloat": "float16"}.get(str(kind), str(kind)))


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


def begins(keys: npt.NDArray[Any]) -> Mask:
    """Return where a sorted key is not the one before.

    >>> begins(np.array([3, 3, 7])).tolist()
    [True, False, True]
    """
    new = np.ones(len(keys), np.bool_)
    new[1:] = keys[1:] != keys[:-1]
    return new


def as_column(array: npt.NDArray[Any], kind: pa.DataType | None = None) -> pa.Array:
    """Return an array as a column without nulls; `kind` is another type of the same width.

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


def one_array(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece.

    >>> one_array(pa.chunked_array([[1, 2], [3]])).to_pylist(), len(one_array(pa.chunked_array([], pa.string())))
    ([1, 2, 3], 0)
    """
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0, column.type)


def as_texts(texts: Sequence[str]) -> pa.Array:
    """Return a few texts as a column.

    >>> as_texts(["ann", ""]).to_pylist()
    ['ann', '']
    """
    letters = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, letters)], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(letters), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(letters))])


def one_text(text: str) -> pa.Scalar:
    """Return a text for pyarrow's functions, which load pandas to take one of Python's."""
    return as_texts([text])[0]


EMPTY = one_text("")


def joined(*pieces: pa.Array | str) -> pa.Array:
    """Return the texts of columns joined row by row; a piece of text stands in every row.

    >>> joined("<", as_texts(["ann", "bo"]), ">").to_pylist()
    ['<ann>', '<bo>']
    """
    kind = next(piece.type for piece in pieces if not isinstance(piece, str))
    columns = [one_text(piece).cast(kind) if isinstance(piece, str) else piece for piece in (*pieces, "")]
    return pc.binary_join_element_wise(*columns)


def offsets(column: pa.Array) -> npt.NDArray[Any]:
    """Return where the bytes of each text begin and, last, where they all end: one entry more than there are rows."""
    kind = np.int64 if pa.types.is_large_string(column.type) else np.int32
    if not len(column):
        return np.zeros(1, kind)
    return np.frombuffer(column.buffers()[1], kind)[column.offset : column.offset + len(column) + 1]


def text_bytes(column: pa.Array) -> npt.NDArray[np.uint8]:
    """Return the bytes that the offsets of a text column point into."""
    buffer = column.buffers()[2]
    return np.frombuffer(buffer, np.uint8) if buffer is not None and buffer.size else np.zeros(0, np.uint8)


def padded(column: pa.Array) -> tuple[npt.NDArray[np.uint8], Ints, Ints]:
    """Return the bytes of texts with eight more behind them, and where each text begins and how long it is.

    >>> letters, start, length = padded(pa.array(["ann", "", "bo"]).slice(1))
    >>> letters.tolist(), start.tolist(), length.tolist()
    ([98, 111, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0], [0, 2])
    """
    at, letters = offsets(column), text_bytes(column)
    letters = np.concatenate([letters[at[0] : at[-1]], np.zeros(8, np.uint8)])
    return letters, at[:-1] - at[0], np.diff(at)


def words_at(letters: npt.NDArray[np.uint8], start: Ints, length: Ints, skip: int) -> npt.NDArray[np.uint64]:
    """Return up to eight bytes of each text, after those skipped, as a little-endian number.

    The texts are as `padded` returns them.

    >>> words_at(np.frombuffer(b"abcd" + bytes(8), np.uint8), np.array([0, 3]), np.array([3, 1]), 0).tolist()
    [6513249, 100]
    """
    every = np.ndarray(len(letters) - 7, "<u8", letters, strides=1)
    size = int(length[0]) if len(start) else 0
    if size and length.min() == size == length.max() and start[-1] - start[0] == size * (len(start) - 1):
        return every[start[0] + skip :: size][: len(start)] & _FIRST_BYTES[min(size - skip, 8)]  # side by side
    return every[start + skip] & _FIRST_BYTES[np.minimum(length - skip, 8)]
