"""Any table out: CSV, JSON lines, Parquet."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from segtool.tables.arrays import as_column, as_texts, offsets, text_bytes
from segtool.tables.numbers import as_floats, decimal_places, from_decimals
from segtool.workers import in_order

_ROWS = 1 << 16
_CSV_ROWS = 1 << 13  # turned into text at a time: what a core's cache holds


def write_csv(table: pa.Table, file: BinaryIO, threads: int | None = None) -> None:
    """Write UTF-8 text with commas and LF; only cells that need quotes have them."""
    file.write(",".join(_quoted(as_texts(table.column_names)).to_pylist()).encode() + b"\n")
    for rows in in_order(_csv_rows, _parts(table), threads):
        file.write(rows)


def _csv_rows(part: pa.RecordBatch) -> "pa.Buffer | memoryview":
    if any(_special(column) for column in part.columns if pa.types.is_string(column.type)):
        pieces = [piece for column in part.columns for piece in (_quoted(column.cast(pa.string())), ",")]
        return _concatenated([*pieces[:-1], "\n"])
    rows = pa.BufferOutputStream()
    options = pa.csv.WriteOptions(include_header=False, quoting_style="none", batch_size=_CSV_ROWS)
    pa.csv.write_csv(part, rows, options)
    return rows.getvalue()


def write_jsonl(table: pa.Table, file: BinaryIO, threads: int | None = None) -> None:
    """Write one JSON object a line, dates as ISO text."""
    for rows in in_order(_json_rows, _parts(table), threads):
        file.write(rows)


def _json_rows(part: pa.RecordBatch) -> memoryview:
    pieces: list[pa.Array | str] = []
    for field, column in zip(part.schema, part.columns, strict=True):
        cells = column.cast(pa.string())
        numeric = pa.types.is_integer(field.type) or pa.types.is_decimal(field.type)
        pieces += [f"{',' if pieces else '{'}{json.dumps(field.name)}:", cells if numeric else _json_text(cells)]
    return _concatenated([*pieces, "}\n"])


def write_parquet(table: pa.Table, file: BinaryIO, threads: int | None = None) -> None:  # noqa: ARG001
    """Write Parquet with the table's metadata; decimals become the nearest float64."""
    import pyarrow.parquet as pq

    for i, column in enumerate(table.schema):
        if pa.types.is_decimal(column.type):
            floats = as_floats(from_decimals(table.column(i).combine_chunks()))
            table = table.set_column(i, column.name, as_column(floats))
    pq.write_table(table, file, compression="zstd")


def write_records(header: Sequence[str], rows: Iterable[Sequence[object]], file: BinaryIO) -> None:
    """Write rows of a few cells as CSV, one at a time."""
    text = io.TextIOWrapper(file, "utf-8", "surrogateescape", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    text.detach()


WRITERS: Mapping[str, Callable[[pa.Table, BinaryIO, int | None], None]] = {
    "csv": write_csv,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
}
"""Format -> its writer: of a table, to a file, with so many threads. A format is also the suffix of its files."""


def _parts(table: pa.Table) -> Iterator[pa.RecordBatch]:
    """Yield slices of the table, decimals with the places that their whole column needs."""
    kinds = [_written(table.column(i)) for i in range(table.num_columns)]
    for start in range(0, len(table), _ROWS):
        part = table.slice(start, _ROWS)
        cells = [column.combine_chunks().cast(kind) for column, kind in zip(part.columns, kinds, strict=True)]
        yield pa.record_batch(cells, names=table.column_names)


def _written(column: pa.ChunkedArray) -> pa.DataType:
    """Return the type in which a column is written."""
    if pa.types.is_decimal(column.type):
        places = max((decimal_places(from_decimals(chunk)) for chunk in column.chunks), default=0)
        return pa.decimal128(19, places)
    return pa.string() if pa.types.is_large_string(column.type) else column.type


def _special(cells: pa.Array) -> bool:
    """Return whether some cell needs quotes."""
    at = offsets(cells)
    letters = text_bytes(cells)[at[0] : at[-1]]
    marked = letters.min(initial=255) <= ord(",") and any((letters == mark).any() for mark in b'",\r\n')
    return marked or bool((at[1:] == at[:-1]).any())


def _quoted(cells: pa.Array) -> pa.Array:
    if not _special(cells):
        return cells
    special = pc.match_substring_regex(cells, '[",\r\n]|^$')
    doubled = pc.binary_join_element_wise('"', pc.replace_substring(cells, '"', '""'), '"', "")
    return pc.if_else(special, doubled, cells)


def _json_text(cells: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring_regex(cells, r'["\\\x00-\x1f]')).as_py():
        return pa.array([json.dumps(cell, ensure_ascii=False) for cell in cells.to_pylist()], pa.string())
    return pc.binary_join_element_wise('"', cells, '"', "")


def _concatenated(pieces: list[pa.Array | str]) -> memoryview:
    """Return the bytes of all rows, each the concatenation of its pieces."""
    rows = pc.binary_join_element_wise(*pieces, "")
    end = len(rows) and int.from_bytes(memoryview(rows.buffers()[1])[4 * len(rows) : 4 * len(rows) + 4], "little")
    return memoryview(rows.buffers()[2])[:end]
