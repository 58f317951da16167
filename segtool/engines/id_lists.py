"""Lists of customers: the ids of all of them, spelled as those of orders are."""

from collections.abc import Iterator, Sequence
from contextlib import closing

import pyarrow as pa
import pyarrow.compute as pc

from segtool import memory
from segtool.engines.ledger import spellings
from segtool.errors import DataError
from segtool.orders.spelling import Place, line_of
from segtool.tables.arrays import as_column
from segtool.tables.source import Batch, Part, Source
from segtool.tables.text import labels, sorted_rows, with_lower_emails, without_dot_zero
from segtool.workers import in_order

_TO_READ = 64
"""Bytes a row that reading a batch takes, more or less."""


def spelled_ids(column: pa.ChunkedArray) -> pa.Array:
    """Return the ids of a column as large strings, spelled as those of orders are, null where there is none.

    They are trimmed, e-mail addresses in lower case, and without a `.0` that all of them end in.

    >>> spelled_ids(pa.chunked_array([["Ann@Example.org", " "], ["7.0"]])).to_pylist()
    ['ann@example.org', None, '7.0']
    """
    chunks = [with_lower_emails(labels(chunk)).cast(pa.large_string()) for chunk in column.chunks]
    ids = pa.concat_arrays([pa.nulls(0, pa.large_string()), *chunks])
    is_number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    has_dot_zero, has_others = (False, True) if is_number else spellings(ids)
    return without_dot_zero(ids) if has_dot_zero and not has_others else ids


def distinct_ids(sources: Sequence[Source], columns: Sequence[int], threads: int | None) -> pa.Array:
    """Return the distinct ids in a column of each source, in byte order, as large strings; empty cells are none.

    They are trimmed, e-mail addresses in lower case, and without a `.0` that all of them end in.
    Raises DataError for a row that cannot be split into its cells: it could be any customer.
    """
    found, dotted, others = [pa.nulls(0, pa.large_string())], False, False
    for number, (source, column) in enumerate(zip(sources, columns, strict=True)):
        rows = 0
        for batch in _batches(source, column, threads):
            if len(batch.broken):
                place = Place(number, rows + int(batch.broken[0]), "")
                raise DataError(f"{line_of(sources, place)} is no whole row, so its customer is not known; mend it.")
            rows += batch.size
            ids = pc.unique(with_lower_emails(labels(batch.columns[0]))).drop_null()
            if not pa.types.is_integer(batch.columns[0].type) and not pa.types.is_floating(batch.columns[0].type):
                has_dot_zero, has_others = spellings(ids)
                dotted, others = dotted or has_dot_zero, others or has_others
            found.append(ids.cast(pa.large_string()))
    every = pa.concat_arrays(found)
    every = pc.unique(without_dot_zero(every) if dotted and not others else every)
    return every.take(as_column(sorted_rows(every)))


def _batches(source: Source, column: int, threads: int | None) -> Iterator[Batch]:
    """Yield the batches of a column in their order."""

    def read(part: Part) -> list[Batch]:
        batches = []
        for batch in part():
            memory.need(_TO_READ * batch.size)
            batches.append(batch)
        return batches

    with closing(in_order(read, source.parts([column]), threads)) as parts:
        for batches in parts:
            yield from batches
