"""What every input table offers, whatever its format."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from segtool.tables.arrays import Ints

BATCH_ROWS = 1 << 18
"""Rows of one batch, where the source can choose: what a core's cache holds of a few columns."""

Remark = tuple[str, Mapping[str, Any]]
"""The code of a caution about the way a table was read, and the facts that it tells."""

WORKBOOK = "Excel workbook"
"""The format of a sheet, as its source is `about`: numbers in it can be days."""

NO_ROWS: Ints = np.zeros(0, np.int64)

NOWHERE = -1
"""The row of a cell that a database has found: its rows have no numbers."""

NO_METADATA: Mapping[bytes, bytes] = MappingProxyType({})


@dataclass(frozen=True)
class Batch:
    """Some rows of a table: the asked columns, the row numbers, and the broken rows found on the way.

    Rows are numbered from 0 within the batch; a broken row (one that cannot be split into its cells) has a number and
    no cells. `share` tells how much of the table it is, of 1.
    """

    columns: tuple[pa.Array, ...]
    rows: Ints
    broken: Ints
    share: float

    @property
    def size(self) -> int:
        """How many rows the batch takes, broken ones too."""
        return len(self.rows) + len(self.broken)


def whole(columns: Sequence[pa.Array], of: int) -> Batch:
    """Return a batch without broken rows of a table with so many rows."""
    return Batch(tuple(columns), np.arange(len(columns[0])), NO_ROWS, len(columns[0]) / max(of, 1))


Part = Callable[[], Iterator[Batch]]
"""A piece of a table that any thread can read on its own, batch by batch."""


@dataclass(frozen=True)
class Layout:
    """What the user says of the files; None where they tell it themselves.

    `skip_rows` lines stand above the header. Without a `header` columns are named by their number, from 1. `query` is
    what is asked of a database instead of a table of it, in SQL, and `memory_limit` the bytes that an engine of this
    machine may take for that; in a `writable` database tables can be made.
    """

    encoding: str | None = None
    delimiter: str | None = None
    skip_rows: int | None = None
    header: bool = True
    sheet: str | None = None
    query: str | None = None
    memory_limit: int | None = None
    writable: bool = False


def in_words(about: Mapping[str, str]) -> str:
    """Return in words how a table is stored, as its source is `about`.

    >>> in_words({"format": "CSV", "delimiter": "commas", "header": "line 2"}), in_words({"header": "none"})
    ('CSV, commas, header on line 2', 'no header')
    """
    header = {"none": "no header"}.get(about.get("header", ""), f"header on {about.get('header')}")
    return ", ".join(header if name == "header" else text for name, text in about.items())


class Source(Protocol):
    """A table that can be read in parts, more than once."""

    @property
    def name(self) -> str:
        """How messages call it."""

    @property
    def about(self) -> Mapping[str, str]:
        """How it is stored, as format, encoding, delimiter."""

    @property
    def remarks(self) -> Sequence[Remark]:
        """What a reader of the result should know of the way it was read."""

    @property
    def metadata(self) -> Mapping[bytes, bytes]:
        """What the program that wrote it has noted in it; nothing in text."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The headers, in their order."""

    def type_of(self, position: int) -> pa.DataType:
        """Return the type of a column as stored; text for CSV."""

    def point_at(self, position: int) -> tuple[int, str] | None:
        """Return row and text of a cell like `1.234` that is stored as a number, in a column of texts; None without."""

    def parts(self, wanted: Sequence[int]) -> Iterator[Part]:
        """Yield the table in order, piece by piece, with the wanted columns (by position)."""

    def sample(self, wanted: Sequence[int]) -> Sequence[pa.Array]:
        """Return the wanted columns of a few first rows."""

    def locate(self, rows: Ints) -> Iterator[tuple[int, str]]:
        """Yield line number and original text of rows, which are numbered from 0 and given in rising order."""
