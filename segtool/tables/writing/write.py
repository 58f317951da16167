"""Any table out: CSV and its kin, JSON lines, Markdown, Parquet, Arrow."""

import csv
import io
import json
import re
from base64 import b64encode
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, TypedDict, Unpack

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from segtool.tables.arrays import EMPTY, as_column, as_texts, joined, offsets, one_text, text_bytes
from segtool.tables.numbers import as_floats, decimal_places, from_decimals
from segtool.tables.writing.formulas import disarmed
from segtool.tables.writing.plain_cells import is_money, with_plain_cells
from segtool.words import Words, words_in
from segtool.workers import in_order

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetWriter

_ROWS = 1 << 16
_CSV_ROWS = 1 << 13  # turned into text at a time: what a core's cache holds
_NULL = one_text("null")
_MEANS_SOMETHING = re.compile(r"[\\`*<>\[\]~&$|]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown, as GitHub reads it, takes for more than a letter."""


_NUMBERS_AS_TEXT = re.compile("^l?rfm_score|_jalali$")
"""Columns of text that are numbers or dates."""


@dataclass(frozen=True)
class _Dialect:
    """What stands between the cells of a row, behind it, and in front of the first one."""

    between: str
    end: str = "\n"
    start: bytes = b""

    @property
    def marks(self) -> str:
        """The characters for which a cell is quoted."""
        return f'"{self.between}\r\n'


_CSV, _TSV, _EXCEL_CSV = _Dialect(","), _Dialect("\t"), _Dialect(",", "\r\n", BOM_UTF8)


class TextStyle(TypedDict, total=False):
    """How a text table looks; what is not said is off, or English.

    With `csv_safe` cells that a spreadsheet would run as formulas get an apostrophe in front, `headers` is the language
    of the headers, and `digits` tells whose digits numbers and dates have.
    """

    csv_safe: bool
    headers: str
    digits: str


def write_csv(table: pa.Table, file: BinaryIO, threads: int | None = None, **style: Unpack[TextStyle]) -> None:
    """Write UTF-8 text with commas and LF; only cells that need quotes have them."""
    _write_rows(table, file, _CSV, threads, **style)


def write_tsv(table: pa.Table, file: BinaryIO, threads: int | None = None, **style: Unpack[TextStyle]) -> None:
    """Write UTF-8 text with tabs and LF; a cell with a tab, a quote or a line end is quoted as in CSV."""
    _write_rows(table, file, _TSV, threads, **style)


def write_excel_csv(table: pa.Table, file: BinaryIO, threads: int | None = None, **style: Unpack[TextStyle]) -> None:
    """Write CSV as Excel takes it by a double click: UTF-8 with a byte order mark, commas, CRLF, decimal points."""
    _write_rows(table, file, _EXCEL_CSV, threads, **style)


def _write_rows(
    table: pa.Table,
    file: BinaryIO,
    dialect: _Dialect,
    threads: int | None,
    *,
    csv_safe: bool = False,
    headers: str = "en",
    digits: str = "en",
) -> None:
    table = with_plain_cells(table)
    if csv_safe:
        table = disarmed(table)
    names = [words_in(headers).header(name) for name in table.column_names]
    header = quoted(as_texts(names), dialect.marks).to_pylist()
    file.write(dialect.start + (dialect.between.join(header) + dialect.end).encode())
    for rows in in_order(partial(_csv_rows, dialect), _parts(table, digits), threads):
        file.write(rows)


def _csv_rows(dialect: _Dialect, part: pa.RecordBatch) -> "pa.Buffer | memoryview":
    texts = [column for column in part.columns if pa.types.is_string(column.type)]
    if dialect.end != "\n" or any(_special(column, dialect.marks) for column in texts):
        cells = (_filled(quoted(column.cast(pa.string()), dialect.marks)) for column in part.columns)
        pieces = [piece for column in cells for piece in (column, dialect.between)]
        return _concatenated([*pieces[:-1], dialect.end])
    rows = pa.BufferOutputStream()
    options = pa.csv.WriteOptions(
        include_header=False, quoting_style="none", batch_size=_CSV_ROWS, delimiter=dialect.between
    )
    pa.csv.write_csv(part, rows, options)
    return rows.getvalue()


def write_jsonl(table: pa.Table, file: BinaryIO, threads: int | None = None) -> None:
    """Write one JSON object a line, dates as ISO text, what is not known as null."""
    for rows in in_order(_json_rows, _parts(with_plain_cells(table)), threads):
        file.write(rows)


def _json_rows(part: pa.RecordBatch) -> memoryview:
    pieces: list[pa.Array | str] = []
    for field, column in zip(part.schema, part.columns, strict=True):
        cells = column.cast(pa.string())
        name = json.dumps(field.name)
        cells = cells if _numeric(field.type) or pa.types.is_boolean(field.type) else json_text(cells)
        pieces += [f"{',' if pieces else '{'}{name}:", _filled(cells, _NULL)]
    return _concatenated([*pieces, "}\n"])


def write_markdown(
    table: pa.Table, file: BinaryIO, threads: int | None = None, *, headers: str = "en", digits: str = "en"
) -> None:
    """Write a table as GitHub shows it: numbers to the right, and no cell means more than its text."""
    table = with_plain_cells(table)
    header = [markdown_cell(words_in(headers).header(name)) for name in table.column_names]
    rules = ["--:" if _numeric(column.type) else "---" for column in table.schema]
    file.write("".join(f"| {' | '.join(cells)} |\n" for cells in (header, rules)).encode())
    for rows in in_order(_markdown_rows, _parts(table, digits), threads):
        file.write(rows)


def _markdown_rows(part: pa.RecordBatch) -> memoryview:
    pieces: list[pa.Array | str] = []
    for column in part.columns:
        cells = column if _numeric(column.type) else _markdown_text(column.cast(pa.string()))
        pieces += [" | " if pieces else "| ", _filled(cells.cast(pa.string()))]
    return _concatenated([*pieces, " |\n"])


def write_parquet(table: pa.Table, file: BinaryIO) -> None:
    """Write Parquet with the table's metadata; money becomes the nearest float64."""
    import pyarrow.parquet as pq

    pq.write_table(_with_floats(table), file, compression="zstd")


class ParquetParts:
    """Parquet files that are written as the parts of a table come, one or more, all of the same columns.

    Money becomes the nearest float64, unless it is to stay `exact`. The schema stands at the end, since the metadata in
    it are known last.
    """

    def __init__(self, files: Sequence[BinaryIO], *, exact: bool = False) -> None:
        self._files = files
        self._exact = exact
        self._writers: list[ParquetWriter] = []

    def write(self, part: pa.Table) -> None:
        """Write a part into each file."""
        import pyarrow.parquet as pq

        part = part if self._exact else _with_floats(part)
        if not self._writers:
            self._writers = [
                pq.ParquetWriter(file, part.schema, compression="zstd", store_schema=False) for file in self._files
            ]
        for writer in self._writers:
            writer.write_table(part)

    def end(self, metadata: Mapping[str, str]) -> None:
        """Write the end of each file, with metadata."""
        for writer in self._writers:
            schema = b64encode(writer.schema.with_metadata(metadata).serialize())
            writer.add_key_value_metadata({**metadata, "ARROW:schema": schema.decode()})
            writer.close()


def write_feather(table: pa.Table, file: BinaryIO) -> None:
    """Write an Arrow IPC file, alias Feather 2, with the table's metadata; money becomes the nearest float64."""
    table = _with_floats(table).combine_chunks()  # else the chunks would show in the file
    with pa.ipc.new_file(file, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table, max_chunksize=_ROWS)


def _with_floats(table: pa.Table) -> pa.Table:
    for i, column in enumerate(table.schema):
        if is_money(column.type):
            amounts = table.column(i).combine_chunks()
            floats = as_column(as_floats(from_decimals(amounts)))
            if amounts.null_count:
                floats = pc.if_else(amounts.is_valid(), floats, pa.nulls(len(floats), floats.type))
            table = table.set_column(i, column.name, floats)
    return table


def write_records(header: Sequence[str], rows: Iterable[Sequence[object]], file: BinaryIO) -> None:
    """Write rows of a few cells as CSV, one at a time."""
    text = io.TextIOWrapper(file, "utf-8", "surrogateescape", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    text.detach()


def _parts(table: pa.Table, digits: str = "en") -> Iterator[pa.RecordBatch]:
    """Yield slices of the table, decimals with the places that their whole column needs; in other digits as texts."""
    kinds = [_written(table.column(i)) for i in range(table.num_columns)]
    for start in range(0, len(table), _ROWS):
        part = table.slice(start, _ROWS)
        cells = [column.combine_chunks().cast(kind) for column, kind in zip(part.columns, kinds, strict=True)]
        if digits != "en":
            words = words_in(digits=digits)
            cells = [
                _in_digits(column, words) if _counts(field) else column
                for field, column in zip(table.schema, cells, strict=True)
            ]
        yield pa.record_batch(cells, names=table.column_names)


def _counts(field: pa.Field) -> bool:
    """Return whether the digits of a column are those of numbers or dates; those of ids and names are part of them."""
    return _numeric(field.type) or pa.types.is_date(field.type) or bool(_NUMBERS_AS_TEXT.search(field.name))


def _in_digits(column: pa.Array, words: Words) -> pa.Array:
    cells = column.cast(pa.string()).dictionary_encode()
    return as_texts([words.in_digits(cell) for cell in cells.dictionary.to_pylist()]).take(cells.indices)


def _written(column: pa.ChunkedArray) -> pa.DataType:
    """Return the type in which a column is written."""
    if is_money(column.type):
        places = max((decimal_places(from_decimals(chunk)) for chunk in column.chunks), default=0)
        return pa.decimal128(19, places)
    return pa.string() if pa.types.is_large_string(column.type) else column.type


def _filled(cells: pa.Array, text: pa.Scalar = EMPTY) -> pa.Array:
    """Return texts with another one for nulls."""
    return pc.coalesce(cells, text) if cells.null_count else cells


def _numeric(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind)


def _special(cells: pa.Array, marks: str) -> bool:
    """Return whether some cell needs quotes: one with a mark, or an empty one."""
    at = offsets(cells)
    letters = text_bytes(cells)[at[0] : at[-1]]
    codes = marks.encode()
    marked = letters.min(initial=255) <= max(codes) and any((letters == mark).any() for mark in codes)
    return marked or bool((at[1:] == at[:-1]).any())


def quoted(cells: pa.Array, marks: str) -> pa.Array:
    """Return texts as cells of a text table: in quotes where they are empty or have one of the marks in them.

    >>> print(*quoted(as_texts(["a", "a,b", "", 'say "b"']), '",').to_pylist())
    a "a,b" "" "say ""b\"""
    """
    if not _special(cells, marks):
        return cells
    special = pc.match_substring_regex(cells, f"[{marks}]|^$")
    doubled = joined('"', pc.replace_substring(cells, '"', '""'), '"')
    return pc.if_else(special, doubled, cells)


def json_text(cells: pa.Array) -> pa.Array:
    """Return texts as JSON has them.

    >>> print(*json_text(as_texts(["a", 'say "b"'])).to_pylist())
    "a" "say \\"b\\""
    """
    if pc.any(pc.match_substring_regex(cells, r'["\\\x00-\x1f]')).as_py():
        return as_texts([json.dumps(cell, ensure_ascii=False) for cell in cells.to_pylist()])
    return joined('"', cells, '"')


def _markdown_text(cells: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring_regex(cells, r"[\\`*_<>\[\]~&$|\r\n]")).as_py():
        return as_texts([markdown_cell(cell) for cell in cells.to_pylist()])
    return cells


def markdown_cell(text: str) -> str:
    """Return text that Markdown shows as it is; an underscore inside a word means nothing there, and is left alone.

    >>> print(markdown_cell("a|b"), markdown_cell("order_id"), markdown_cell("_new_"), markdown_cell("<b>"))
    a\\|b order_id \\_new\\_ \\<b\\>
    """
    return re.sub(r"\r\n|\r|\n", "<br>", _MEANS_SOMETHING.sub(r"\\\g<0>", text))


def _concatenated(pieces: list[pa.Array | str]) -> memoryview:
    """Return the bytes of all rows, each the concatenation of its pieces."""
    rows = joined(*pieces)
    end = len(rows) and int.from_bytes(memoryview(rows.buffers()[1])[4 * len(rows) : 4 * len(rows) + 4], "little")
    return memoryview(rows.buffers()[2])[:end]
