"""CSV files, with any delimiter. Every cell is read as text; nothing is inferred."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from segtool import memory
from segtool.errors import DataError
from segtool.tables.arrays import Ints, chosen, offsets
from segtool.tables.delimited.dialect import BLANKS, DELIMITERS, SAMPLE, Dialect, cells_of, delimiter_of, dialect_of
from segtool.tables.delimited.records import (
    Marks,
    closes_inside_a_cell,
    cut,
    holds_rows,
    open_after,
    physical_lines,
    records,
)
from segtool.tables.files import File, Stream
from segtool.tables.plain_text import Text
from segtool.tables.source import NO_METADATA, Batch, Layout, Part

BLOCK = 1 << 23
"""Bytes parsed at a time."""

LONGEST = 1 << 26
"""Bytes that a single row can have."""

_HEAD = 1 << 18
"""Bytes in which the header and the first rows are looked for."""

_TO_PARSE = 4
"""Bytes that parsing takes for each byte of a block, more or less."""

_ONE_BYTE = b"\x1f"
"""What a delimiter of several bytes becomes before it is parsed; ASCII's own separator of units."""


_GAPS = re.compile(rb"(?<![^\r\n])[ \t]+|[ \t]+(?=[\r\n]|\Z)|([ \t]+)")
"""Runs of blanks: at the ends of a line, or between its cells."""


class CsvFile:
    """A CSV file, read in blocks of whole records, each parsed by pyarrow."""

    def __init__(self, file: File, layout: Layout) -> None:
        self.name = file.name
        self._text = Text(file, layout.encoding)
        head = self._text.head(_HEAD)
        if not head.strip(b"\r\n"):
            raise DataError(f"{self.name} is empty.")
        skip = layout.skip_rows if layout.header else layout.skip_rows or 0
        skipped, above = self._above(skip or 0)
        lines = self._first_lines(self._text.head(_HEAD, above) if above else head)
        dialect = dialect_of(
            self.name, lines, delimiter=delimiter_of(layout.delimiter), skip=None if skip is None else 0
        )
        above += len("".join(lines[: dialect.line]).encode())
        dialect = replace(dialect, line=dialect.line + skipped)
        self._trailing = dialect.trailing and layout.header
        self._stored = Marks(dialect.delimiter.encode(), quotes=dialect.delimiter != BLANKS)
        self._rewrite = _REWRITES.get(dialect.delimiter)
        self._marks = Marks(_ONE_BYTE, quotes=self._stored.quotes) if self._rewrite else self._stored
        self._start, self._first_line, self.columns, header = self._header(above, dialect, has_one=layout.header)
        self.about = {
            "format": "CSV",
            **({"compression": file.packed} if file.packed else {}),
            "encoding": self._text.encoding + (" with byte order mark" if self._text.mark else ""),
            "delimiter": DELIMITERS.get(dialect.delimiter, repr(dialect.delimiter)),
            "header": header,
        }
        self.remarks = [("header-below", {"file": self.name, "line": dialect.line + 1})] if dialect.found else []
        self.metadata = NO_METADATA

    def type_of(self, position: int) -> pa.DataType:
        return pa.string()

    def _above(self, skip: int) -> tuple[int, int]:
        """Return how many lines are skipped, of those that are asked for, and how many bytes they have."""
        sizes = [len(line) for line in islice(physical_lines(self._text.chunks()), skip)] if skip else []
        return len(sizes), sum(sizes)

    def point_at(self, position: int) -> None:
        return None

    def _first_lines(self, head: bytes) -> list[str]:
        """Return the whole lines at the start."""
        lines = list(islice(physical_lines([head]), SAMPLE + 1))
        if len(lines) > 1 and (len(lines) > SAMPLE or len(head) == _HEAD):
            lines.pop()  # it may be cut short
        try:
            return [line.decode() for line in lines]
        except UnicodeDecodeError:
            raise self._text.not_utf8() from None

    def _header(self, above: int, dialect: Dialect, *, has_one: bool) -> tuple[int, int, tuple[str, ...], str]:
        """Return the byte and the line, from 1, from which on there are rows, the names of their columns, and where
        these stand.
        """
        first = next(records(self._text.chunks(above), self._stored), None)
        if first is None:
            raise DataError(f"{self.name} has nothing below line {dialect.line}.")
        line, record, end = first
        line += dialect.line
        if open_after(record, False, self._stored):
            raise self._open_quote(line)
        try:
            cells = cells_of(record.decode(), dialect.delimiter)
        except UnicodeDecodeError:
            raise self._text.not_utf8() from None
        except csv.Error as error:
            raise DataError(f"{self.name}:{line}: the header cannot be read: {error}.") from error
        if not has_one:
            return above, line, tuple(str(i) for i in range(1, len(cells) + 1)), "none"
        names = [cell.strip() for cell in cells] + [""] * dialect.trailing
        return above + end, line + sum(1 for _ in physical_lines([record])), tuple(names), f"line {line}"

    def _rows(self) -> Stream:
        """Open the rows as they are parsed."""
        return self._text.open(self._start, (self._rewrite,) if self._rewrite else ())

    def parts(self, wanted: Sequence[int]) -> Iterator[Part]:
        used: deque[bytearray] = deque()
        for block, end, share in self._blocks(used):
            yield partial(self._parse, block, end, wanted, used, share)

    def _blocks(self, used: deque[bytearray]) -> Iterator[tuple[bytearray, int, float]]:
        """Yield blocks of whole records, each with how much of it counts, and which share of the file that is.

        Blocks that are `used` are filled again.
        """
        with self._rows() as file:
            start, size, done = 0, 0, 0.0
            block = bytearray(BLOCK)
            while True:
                with memoryview(block) as view:
                    read = file.readinto(view[size:])
                size += read
                if read and size < len(block):
                    continue
                found = cut(block, size, self._marks)
                if found.swallows:
                    self._refuse_swallowed_rows()
                if not read:
                    if found.is_open:
                        lines = [line for line, _, _ in records([bytes(block[found.end : size])], self._marks)]
                        raise self._open_quote(self._line_at(start + found.end) + lines[-1] - lines[0])
                    if size:
                        yield block, size, file.share - done
                    return
                if not found.end:
                    if size >= LONGEST:
                        raise DataError(
                            f"{self.name}:{self._line_at(start)}: a row is longer than {LONGEST >> 20} MiB; is a quote "
                            "never closed?"
                        )
                    block = _longer(block, min(2 * size, LONGEST))
                    continue
                rest = block[found.end : size]
                yield block, found.end, file.share - done
                done = file.share
                start += found.end
                size = len(rest)
                block = used.popleft() if used else bytearray()
                if len(block) > size:
                    block[:size] = rest
                else:
                    block = _longer(rest, min(max(BLOCK, 2 * size), LONGEST))

    def _parse(
        self, block: bytearray, end: int, wanted: Sequence[int], used: deque[bytearray], share: float
    ) -> Iterator[Batch]:
        last = len(self.columns) - 1
        read = [*wanted, last] if self._trailing and last not in wanted else list(wanted)
        memory.need(_TO_PARSE * end)  # where pyarrow finds none it aborts
        table, broken = self._cells(block, end, [str(i) for i in read])
        quoted = self._marks.quotes and block.find(b'"', 0, end) >= 0
        if quoted and _lines(block, end) > table.num_rows + len(broken) + 3:
            self._refuse_rows_in_a_cell(block, end)
        used.append(block)
        known = np.array(broken, np.int64)
        rows = np.arange(table.num_rows)
        rows += np.searchsorted(known - np.arange(len(known)), rows, side="right")
        columns = tuple(self._as_written(column.chunk(0)) for column in table.columns)
        if self._trailing:  # what stands behind the delimiter that ends a row has no header
            over = np.diff(offsets(pc.utf8_trim_whitespace(columns[read.index(last)]))) > 0
            if over.any():
                columns = tuple(chosen(column, ~over) for column in columns)
                rows, known = rows[~over], np.sort(np.concatenate([known, rows[over]]))
        yield Batch(columns[: len(wanted)], rows, known, share)

    def _cells(self, block: bytearray, end: int, names: list[str]) -> tuple[pa.Table, list[int]]:
        """Return columns, by their positions as text, of a block's rows, and the numbers of those that are broken."""
        broken: list[int] = []

        def set_aside(row: pa.csv.InvalidRow) -> str:
            broken.append(row.number - 1)
            return "skip"

        try:
            with memoryview(block) as view:
                buffer = pa.py_buffer(view[:end])
                if not block.isascii():
                    _check_text(buffer)
                table = pa.csv.read_csv(
                    pa.BufferReader(buffer),
                    read_options=pa.csv.ReadOptions(
                        use_threads=False,  # workers are threads already; and only so broken rows have numbers
                        block_size=end + 1,
                        column_names=[str(i) for i in range(len(self.columns))],
                    ),
                    parse_options=pa.csv.ParseOptions(
                        delimiter=self._marks.delimiter.decode(),
                        quote_char='"' if self._marks.quotes else False,
                        invalid_row_handler=set_aside,
                    ),
                    convert_options=pa.csv.ConvertOptions(
                        include_columns=names,
                        column_types=dict.fromkeys(names, pa.string()),
                        check_utf8=False,  # of all cells it is done; pyarrow would stumble over those of broken rows
                    ),
                )
        except pa.ArrowInvalid as error:
            raise self._explained(error) from error
        return table, broken

    def _as_written(self, column: pa.Array) -> pa.Array:
        """Return cells with the delimiter that stands inside quotes, where the text was changed to be parsed."""
        if not self._rewrite or not self._stored.quotes:
            return column
        return pc.replace_substring(column, _ONE_BYTE.decode(), self._stored.delimiter.decode())

    def sample(self, wanted: Sequence[int]) -> Sequence[pa.Array]:
        block, size = bytearray(_HEAD), 0
        with self._rows() as file, memoryview(block) as view:
            while size < len(block) and (read := file.readinto(view[size:])):
                size += read
        end = size if size < len(block) else cut(block, size, self._marks).end
        if not end:
            return [pa.nulls(0, pa.string())] * len(wanted)
        [batch] = self._parse(block, end, wanted, deque(), 0.0)
        return [column[:SAMPLE] for column in batch.columns]

    def locate(self, rows: Ints) -> Iterator[tuple[int, str]]:
        numbered = enumerate(records(self._text.chunks(self._start), self._stored))
        for wanted in rows.tolist():
            line, record, _ = next(found for number, found in numbered if number == wanted)
            yield line + self._first_line - 1, record.decode("utf-8", "surrogateescape").rstrip("\r\n")

    def _explained(self, error: pa.ArrowInvalid) -> DataError:
        text = str(error)
        if "UTF8" in text or "UTF-8" in text:
            return self._text.not_utf8()
        return DataError(f"{self.name}: {text.splitlines()[0]}")

    def _open_quote(self, line: int) -> DataError:
        return DataError(f"{self.name}:{line}: a quote opens in this row and is never closed.")

    def _line_at(self, start: int) -> int:
        """Return the number of the line, from 1, that is the first with text from a byte of the rows on."""
        end = 0
        with self._rows() as file:
            for line, text in enumerate(physical_lines(iter(partial(file.read, BLOCK), b"")), start=self._first_line):
                end += len(text)
                if end > start and text.strip(b"\r\n"):
                    return line
        return self._first_line

    def _refuse_rows_in_a_cell(self, block: bytearray, size: int) -> None:
        """Raise DataError where a quoted cell holds rows: its quote was closed by that of another cell."""
        width = len(self.columns)
        if not holds_rows(block, size, width, self._marks):
            return
        for line, record, _ in records(self._text.chunks(self._start), self._stored):
            if holds_rows(record, len(record), width, self._stored):
                raise DataError(
                    f"{self.name}:{line + self._first_line - 1}: a quote opens in this row, and before it is closed "
                    f"there are {len(record.splitlines()) - 2:,} lines with as many cells as a row; a quote is "
                    "missing, or one inside a cell is not doubled."
                )

    def _refuse_swallowed_rows(self) -> None:
        """Raise DataError for a quoted cell with line ends in it that is not closed where the cell ends.

        The quote that closes it is another cell's: what lies between was no cell of one row.
        """
        for line, record, _ in records(self._text.chunks(self._start), self._stored):
            if len(record.splitlines()) > 1 and closes_inside_a_cell(record, self._stored):
                raise DataError(
                    f"{self.name}:{line + self._first_line - 1}: a quote opens in this row and is closed in the middle "
                    "of a cell on a later line; a quote is missing, or one inside a cell is not doubled."
                )


def _lines(block: bytearray, size: int) -> int:
    """Return how many lines end in the first bytes of a block: in LF, or in CR where none ends in LF."""
    text = np.frombuffer(block, np.uint8)[:size]
    return int(np.count_nonzero(text == ord("\n")) or np.count_nonzero(text == ord("\r")))


def _longer(start: bytearray, size: int) -> bytearray:
    """Return bytes that begin like others; those may still be looked at, and could not grow."""
    block = bytearray(size)
    block[: len(start)] = start
    return block


def _check_text(buffer: pa.Buffer) -> None:
    """Raise ArrowInvalid where bytes are not UTF-8."""
    ends = pa.py_buffer(np.array([0, buffer.size], np.int32))
    pa.Array.from_buffers(pa.binary(), 1, [None, ends, buffer]).cast(pa.string())


def _one_delimiter_a_gap(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield lines with one delimiter for each run of blanks between cells, and none at their ends."""
    rest = b""
    for chunk in chunks:
        text = rest + chunk
        end = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
        rest = text[end:]
        yield _squeezed(text[:end])
    yield _squeezed(rest)


def _squeezed(lines: bytes) -> bytes:
    return _GAPS.sub(lambda gap: _ONE_BYTE if gap[1] else b"", lines)


def _ascii_delimiter(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield text with a delimiter of one byte for each Arabic comma."""
    comma, rest = "،".encode(), b""
    for chunk in chunks:
        text = rest + chunk
        rest = text[-1:] if text.endswith(comma[:1]) else b""
        yield text.removesuffix(rest).replace(comma, _ONE_BYTE)
    yield rest


_REWRITES = {BLANKS: _one_delimiter_a_gap, "،": _ascii_delimiter}
"""Delimiter -> how text is changed so that a row is parsed by a delimiter of one byte."""
