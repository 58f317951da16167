"""CSV files: UTF-8, commas, a header. Every cell is read as text; nothing is inferred."""

import csv
import io
import os
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from segtool import memory
from segtool.errors import DataError
from segtool.tables.arrays import Ints
from segtool.tables.records import closes_inside_a_cell, cut, open_after, physical_lines, records
from segtool.tables.source import Batch, Part

BLOCK = 1 << 23
"""Bytes parsed at a time."""

LONGEST = 1 << 26
"""Bytes that a single row can have."""

_TO_PARSE = 4
"""Bytes that parsing takes for each byte of a block, more or less."""

_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


class CsvFile:
    """A CSV file with a header, read in blocks of whole records, each parsed by pyarrow."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = str(path)
        self._start, header = self._header()
        self.columns = tuple(header)

    def type_of(self, position: int) -> pa.DataType:
        return pa.string()

    def _header(self) -> tuple[int, list[str]]:
        """Return where the rows begin, in bytes, and the header."""
        with self._path.open("rb") as file:
            first = next(records(file), None)
        if first is None:
            raise DataError(f"{self.name} is empty.")
        line, record, end = first
        if open_after(record, False):
            raise self._open_quote(line)
        try:
            header = next(csv.reader([record.decode()], strict=False), [""])
        except UnicodeDecodeError:
            raise self._not_utf8() from None
        except csv.Error as error:
            raise DataError(f"{self.name}:{line}: the header cannot be read: {error}.") from error
        if len(header) == 1:
            for delimiter, name in _OTHER_DELIMITERS.items():
                if delimiter in header[0]:
                    raise DataError(f"{self.name}: the header is separated by {name}; segtool reads commas.")
        return end, header

    def parts(self, wanted: Sequence[int]) -> Iterator[Part]:
        size = max(os.path.getsize(self._path) - self._start, 1)
        used: deque[bytearray] = deque()
        for block, end in self._blocks(used):
            yield partial(self._parse, block, end, wanted, used, end / size)

    def _blocks(self, used: deque[bytearray]) -> Iterator[tuple[bytearray, int]]:
        """Yield blocks of whole records, each with how much of it counts; blocks that are `used` are filled again."""
        with self._path.open("rb", buffering=0) as file:
            file.seek(self._start)
            start, size = self._start, 0
            block = bytearray(BLOCK)
            while True:
                with memoryview(block) as view:
                    read = file.readinto(view[size:])
                size += read
                if read and size < len(block):
                    continue
                found = cut(block, size)
                if found.swallows:
                    self._refuse_swallowed_rows()
                if not read:
                    if found.is_open:
                        lines = [line for line, _, _ in records(io.BytesIO(block[found.end : size]))]
                        raise self._open_quote(self._line_at(start + found.end) + lines[-1] - lines[0])
                    if size:
                        yield block, size
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
                yield block, found.end
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
        names = [str(i) for i in range(len(self.columns))]
        asked = [names[i] for i in wanted]
        broken: list[int] = []

        def set_aside(row: pa.csv.InvalidRow) -> str:
            broken.append(row.number - 1)
            return "skip"

        memory.need(_TO_PARSE * end)  # where pyarrow finds none it aborts
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
                        column_names=names,
                    ),
                    parse_options=pa.csv.ParseOptions(invalid_row_handler=set_aside),
                    convert_options=pa.csv.ConvertOptions(
                        include_columns=asked,
                        column_types=dict.fromkeys(asked, pa.string()),
                        check_utf8=False,  # of all cells it is done; pyarrow would stumble over those of broken rows
                    ),
                )
        except pa.ArrowInvalid as error:
            raise self._explained(error) from error
        used.append(block)
        known = np.array(broken, np.int64)
        rows = np.arange(table.num_rows)
        rows += np.searchsorted(known - np.arange(len(known)), rows, side="right")
        yield Batch(tuple(column.chunk(0) for column in table.columns), rows, known, share)

    def locate(self, rows: Ints) -> Iterator[tuple[int, str]]:
        with self._path.open("rb") as file:
            numbered = enumerate(records(file), start=-1)
            for wanted in rows.tolist():
                line, record, _ = next(found for number, found in numbered if number == wanted)
                yield line, record.decode("utf-8", "surrogateescape").rstrip("\r\n")

    def _explained(self, error: pa.ArrowInvalid) -> DataError:
        text = str(error)
        if "UTF8" in text or "UTF-8" in text:
            return self._not_utf8()
        return DataError(f"{self.name}: {text.splitlines()[0]}")

    def _not_utf8(self) -> DataError:
        with self._path.open("rb") as file:
            for number, line in enumerate(physical_lines(file), start=1):
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    byte = line[error.start]
                    return DataError(f"{self.name}:{number}: byte 0x{byte:02X} is not UTF-8; save the file as UTF-8.")
        return DataError(f"{self.name} is not UTF-8; save the file as UTF-8.")

    def _open_quote(self, line: int) -> DataError:
        return DataError(f"{self.name}:{line}: a quote opens in this row and is never closed.")

    def _line_at(self, start: int) -> int:
        """Return the number of the line, from 1, that is the first with text from a byte on."""
        end = 0
        with self._path.open("rb") as file:
            for line, text in enumerate(physical_lines(file), start=1):
                end += len(text)
                if end > start and text.strip(b"\r\n"):
                    return line
        return 1

    def _refuse_swallowed_rows(self) -> None:
        """Raise DataError for a quoted cell with line ends in it that is not closed where the cell ends.

        The quote that closes it is another cell's: what lies between was no cell of one row.
        """
        with self._path.open("rb") as file:
            for line, record, _ in records(file):
                if len(record.splitlines()) > 1 and closes_inside_a_cell(record):
                    raise DataError(
                        f"{self.name}:{line}: a quote opens in this row and is closed in the middle of a cell on a "
                        "later line; a quote is missing, or one inside a cell is not doubled."
                    )


def _longer(start: bytearray, size: int) -> bytearray:
    """Return bytes that begin like others; those may still be looked at, and could not grow."""
    block = bytearray(size)
    block[: len(start)] = start
    return block


def _check_text(buffer: pa.Buffer) -> None:
    """Raise ArrowInvalid where bytes are not UTF-8."""
    ends = pa.py_buffer(np.array([0, buffer.size], np.int32))
    pa.Array.from_buffers(pa.binary(), 1, [None, ends, buffer]).cast(pa.string())
