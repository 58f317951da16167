"""Cells that may be unknown as a column of a table to write, made without pandas."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from segtool.tables.arrays import as_column, as_texts, type_of
from segtool.tables.dates import day_number


def column_of(cells: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return cells as a column of a type: text, days, truth or numbers; null where they are None.

    >>> column_of([0.5, None], pa.float64()).to_pylist(), column_of([None, True], pa.bool_()).to_pylist()
    ([0.5, None], [None, True])
    """
    known = as_column(np.array([cell is not None for cell in cells], np.bool_)).buffers()[1]
    if pa.types.is_string(kind):
        buffers = as_texts([cell or "" for cell in cells]).buffers()[1:]
    elif pa.types.is_date(kind):
        buffers = [pa.py_buffer(np.array([day_number(cell) if cell else 0 for cell in cells], np.int32))]
    elif pa.types.is_boolean(kind):
        buffers = as_column(np.array([bool(cell) for cell in cells], np.bool_)).buffers()[1:]
    else:
        buffers = [pa.py_buffer(np.array([cell or 0 for cell in cells], type_of(kind)))]
    return pa.Array.from_buffers(kind, len(cells), [known, *buffers])
