"""One pass over all cells of all tables: which are empty, how many differ, which rows are equal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool import memory
from segtool.engines import Watch
from segtool.engines.ids import Words, text_keys
from segtool.tables.arrays import EMPTY, as_texts, chosen, offsets, valid, values
from segtool.tables.source import Batch, Part, Source
from segtool.tables.text import as_text, labels
from segtool.workers import in_order

MOST = 1000
"""Distinct cells of a column that are counted; more are many."""

_CELLS = 10_000
"""Distinct cells of a column that tell what its cells are."""

_OF_A_BATCH = 2000
"""Distinct cells that a batch adds to those, so that they come from all parts of a table."""

_TO_SCAN = 64
"""Bytes that a row takes for each of its columns, more or less."""

_LONG = 512
"""Bytes of a text that is long."""

_NULL = np.uint64(0x5851F42D4C957F2D)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


@dataclass
class ColumnScan:
    """The cells of a column so far: how many are empty, each distinct one with its rows, and some of them in order.

    `counts` is None once there are more than MOST. Cells are trimmed; nothing else is changed.
    """

    empty: int = 0
    counts: Counter[str] | None = field(default_factory=Counter)
    cells: dict[str, None] = field(default_factory=dict)

    def add(self, other: "ColumnScan") -> None:
        """Take the cells of further rows."""
        self.empty += other.empty
        if self.counts is not None:
            if other.counts is not None:
                self.counts.update(other.counts)
            if other.counts is None or len(self.counts) > MOST:
                self.counts = None
        if len(self.cells) < _CELLS:
            self.cells.update(islice(other.cells.items(), _CELLS - len(self.cells)))


@dataclass
class TableScan:
    """The cells of a table, by column, and how many rows it has; of those `broken` have no cells."""

    columns: list[ColumnScan]
    rows: int = 0
    broken: int = 0


@dataclass(frozen=True)
class Scan:
    """The cells of tables, in their order, and how many rows equal an earlier one in every cell, over all tables."""

    tables: tuple[TableScan, ...]
    repeats: int


def scan(sources: Sequence[Source], *, threads: int | None, watch: Watch) -> Scan:
    """Return what all cells of some tables are. Raises DataError for a table that cannot be read."""
    found = [TableScan([ColumnScan() for _ in source.columns]) for source in sources]
    hashes: list[Words] = []
    done, rows = 0.0, 0
    with closing(in_order(_scanned, _parts(sources), threads)) as parts:
        for at, batches in parts:
            table = found[at]
            for share, own, keys in batches:
                table.rows += own.rows
                table.broken += own.broken
                for column, more in zip(table.columns, own.columns, strict=True):
                    column.add(more)
                hashes.append(keys)
                done, rows = done + share / len(sources), rows + own.rows
            watch(done, rows)
    return Scan(tuple(found), _repeats(hashes))


@dataclass(frozen=True)
class _Piece:
    """A part of the table with this number, and the headers of the columns in its batches."""

    table: int
    part: Part
    order: tuple[int, ...]
    headers: tuple[str, ...]


def _parts(sources: Sequence[Source]) -> Iterator[_Piece]:
    """Yield all parts. Columns are sorted by their header, so that files with another order of them can be compared."""
    for at, source in enumerate(sources):
        order = sorted(range(len(source.columns)), key=lambda i: (source.columns[i], i))
        headers = tuple(source.columns[i] for i in order)
        for part in source.parts(order):
            yield _Piece(at, part, tuple(order), headers)


def _scanned(piece: _Piece) -> tuple[int, list[tuple[float, TableScan, Words]]]:
    found = []
    for batch in piece.part():
        memory.need(_TO_SCAN * batch.size * len(batch.columns))
        texts = [_text(column) for column in batch.columns]
        columns = [ColumnScan()] * len(texts)
        for place, text in zip(piece.order, texts, strict=True):
            columns[place] = _column(text)
        found.append((batch.share, TableScan(columns, batch.size, len(batch.broken)), _row_hashes(piece, batch, texts)))
    return piece.table, found


def _text(column: pa.Array) -> pa.Array:
    """Return a column as text, in which a whole number is written as one however it is stored."""
    return labels(column) if pa.types.is_floating(column.type) else as_text(column)


def _column(text: pa.Array) -> ColumnScan:
    """Return the cells of a column in one batch."""
    filled = labels(text)
    encoded = filled.dictionary_encode()
    distinct = encoded.dictionary
    counts: Counter[str] | None = None
    if len(distinct) <= MOST:
        codes = values(encoded.indices, np.int32)
        rows = np.bincount(codes[valid(encoded.indices)], minlength=len(distinct)).tolist()
        counts = Counter({word: count for word, count in zip(distinct.to_pylist(), rows, strict=True) if count})
    first = [cell for cell in distinct.slice(0, _OF_A_BATCH).to_pylist() if cell is not None]
    return ColumnScan(filled.null_count, counts, dict.fromkeys(first))


def _row_hashes(piece: _Piece, batch: Batch, texts: Sequence[pa.Array]) -> Words:
    """Return a hash a row, equal for rows that have equal cells under equal headers."""
    found: npt.NDArray[np.uint64] = np.repeat(text_keys(as_texts([repr(piece.headers)])).hash, len(batch.rows))
    for text in texts:
        hashes = _hashes(pc.coalesce(text, EMPTY))
        found ^= hashes if text.null_count == 0 else np.where(valid(text), hashes, _NULL)
        found *= _FACTOR
        found ^= found >> _HALF
    return found


def _hashes(texts: pa.Array) -> Words:
    """Return a hash of each text; that of text_keys would go over long ones word by word."""
    long = np.flatnonzero(np.diff(offsets(texts)) > _LONG)
    if not len(long):
        return text_keys(texts).hash
    short = np.ones(len(texts), np.bool_)
    short[long] = False
    hashes = np.zeros(len(texts), np.uint64)
    hashes[short] = text_keys(chosen(texts, short)).hash
    digests = (blake2b(text.encode(), digest_size=8).digest() for text in chosen(texts, ~short).to_pylist())
    hashes[long] = np.frombuffer(b"".join(digests), np.uint64)
    return hashes


def _repeats(hashes: list[Words]) -> int:
    """Return how many of all hashes equal an earlier one."""
    rows = sum(map(len, hashes))
    memory.need(8 * rows)
    every = np.concatenate([*hashes, np.zeros(0, np.uint64)])
    hashes.clear()
    every.sort()
    return int((every[1:] == every[:-1]).sum())
