"""What every input table offers, whatever its format."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from segtool.tables.numbers import Ints

BATCH_ROWS = 1 << 18
"""Rows of one batch, where the source can choose."""

NO_ROWS: Ints = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Batch:
    """Some rows of a table: the asked columns, the row numbers, and the broken rows found on the way.

    Rows are numbered from 0 within their source; a broken row (one that cannot be split into its cells) has a number
    and no cells.
    """

    columns: tuple[pa.Array, ...]
    rows: Ints
    broken: Ints


def empty_batch(types: Sequence[pa.DataType], broken: Ints = NO_ROWS) -> Batch:
    """Return a batch without rows, which can still report broken ones."""
    return Batch(tuple(pa.array([], own) for own in types), NO_ROWS, broken)


class Source(Protocol):
    """A table that can be read in batches, more than once."""

    @property
    def name(self) -> str:
        """How messages call it."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The headers, in their order."""

    def type_of(self, position: int) -> pa.DataType:
        """Return the type of a column as stored; text for CSV."""

    def batches(self, wanted: Sequence[int]) -> Iterator[Batch]:
        """Yield the wanted columns (by position) of all rows, in order; at least one batch, even if it is empty."""

    def locate(self, rows: Ints) -> Iterator[tuple[int, str]]:
        """Yield line number and original text for each of the rows, which are given in rising order."""
