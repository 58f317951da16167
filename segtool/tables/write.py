"""Any table out: CSV, JSON lines, Parquet."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from segtool.tables.numbers import as_floats, decimal_places, decimal_text, from_decimals

_ROWS = 1 << 16


def write_csv(table: pa.Table, file: BinaryIO) -> None:
    """Write UTF-8 text with commas and LF; only cells that need quotes have them."""
    file.write(",".join(_quoted(pa.array(table.column_names)).to_pylist()).encode() + b"\n")
    for columns in _text_columns(table):
        pieces = [piece for name in columns for piece in (_quoted(columns[name]), ",")]
        file.write(_concatenated([*pieces[:-1], "\n"]))


def write_jsonl(table: pa.Table, file: BinaryIO) -> None:
    """Write one JSON object a line, dates as ISO text."""
    numeric = {f.name for f in table.schema if pa.types.is_integer(f.type) or pa.types.is_decimal(f.type)}
    for columns in _text_columns(table):
        pieces: list[pa.Array | str] = []
        for name, cells in columns.items():
            pieces += [f"{',' if pieces else '{'}{json.dumps(name)}:", cells if name in numeric else _json_text(cells)]
        file.write(_concatenated([*pieces, "}\n"]))


def write_parquet(table: pa.Table, file: BinaryIO) -> None:
    """Write Parquet with the table's metadata; decimals become the nearest float64."""
    import pyarrow.parquet as pq

    for i, column in enumerate(table.schema):
        if pa.types.is_decimal(column.type):
            floats = as_floats(from_decimals(table.column(i).combine_chunks()))
            table = table.set_column(i, column.name, pa.array(floats))
    pq.write_table(table, file, compression="zstd")


def write_records(header: Sequence[str], rows: Iterable[Sequence[object]], file: BinaryIO) -> None:
    """Write rows of a few cells as CSV, one at a time."""
    text = io.TextIOWrapper(file, "utf-8", "surrogateescape", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    text.detach()


WRITERS: Mapping[str, Callable[[pa.Table, BinaryIO], None]] = {
    "csv": write_csv,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
}
"""Format -> its writer. A format is also the suffix of its files."""


def _text_columns(table: pa.Table) -> Iterator[dict[str, pa.Array]]:
    """Yield slices of the table as columns of text; decimals have the places that their whole column needs."""
    decimals = {
        column.name: decimal_places(from_decimals(table.column(i).combine_chunks()))
        for i, column in enumerate(table.schema)
        if pa.types.is_decimal(column.type)
    }
    for start in range(0, len(table), _ROWS):
        part = table.slice(start, _ROWS).combine_chunks()
        yield {
            name: decimal_text(column.combine_chunks(), decimals[name])
            if name in decimals
            else column.combine_chunks().cast(pa.string())
            for name, column in zip(part.column_names, part.columns, strict=True)
        }


def _quoted(cells: pa.Array) -> pa.Array:
    special = pc.match_substring_regex(cells, '[",\r\n]|^$')
    if not pc.any(special).as_py():
        return cells
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
