"""CSV files: UTF-8, commas, a header. Every cell is read as text; nothing is inferred."""

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv

from segtool.errors import DataError
from segtool.tables.numbers import Ints
from segtool.tables.source import Batch, empty_batch

BLOCK = 1 << 24
"""Bytes parsed at a time; a single row cannot be longer."""

_END = "\x1e"
"""Every cell of a row that is read after the last one. If it does not come out as a row, a quote is open."""

_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


class CsvFile:
    """A CSV file with a header, read by pyarrow in blocks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = str(path)
        self._blank_lines, header = self._header()
        self.columns = tuple(header)

    def type_of(self, position: int) -> pa.DataType:
        return pa.string()

    def _header(self) -> tuple[int, list[str]]:
        with self._path.open("rb") as file:
            first = next(_records(file), None)
        if first is None:
            raise DataError(f"{self.name} is empty.")
        line, record = first
        if _open_after(record, False):
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
        return line - 1, header

    def batches(self, wanted: Sequence[int]) -> Iterator[Batch]:
        names = [str(i) for i in range(len(self.columns))]
        asked = [names[i] for i in wanted]
        broken: list[int] = []

        def set_aside(row: pa.csv.InvalidRow) -> str:
            broken.append(row.number - 2 - self._blank_lines)  # numbered from 1, the header and what it skips too
            return "skip"

        with self._path.open("rb") as raw:
            file = _Ended(raw, ",".join([_END] * len(names)).encode())
            try:
                reader = pa.csv.open_csv(
                    file,
                    read_options=pa.csv.ReadOptions(
                        use_threads=False,  # the price of knowing the numbers of broken rows
                        block_size=BLOCK,
                        column_names=names,
                        skip_rows=self._blank_lines,
                        skip_rows_after_names=1,
                    ),
                    parse_options=pa.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=set_aside),
                    convert_options=pa.csv.ConvertOptions(
                        include_columns=asked, column_types=dict.fromkeys(asked, pa.string())
                    ),
                )
                good = reported = 0
                for part in self._until_end(reader):
                    known = np.array(broken, np.int64)
                    rows = good + np.arange(part.num_rows, dtype=np.int64)
                    rows += np.searchsorted(known - np.arange(len(known)), rows, side="right")
                    yield Batch(tuple(part.columns), rows, known[reported:])
                    good, reported = good + part.num_rows, len(known)
            except pa.ArrowInvalid as error:
                raise self._explained(error) from error
        yield empty_batch([pa.string()] * len(asked), np.array(broken[reported:], np.int64))
        if file.quotes and file.lines > good + len(broken) + 2:  # the header and the end are lines too
            self._refuse_swallowed_rows()

    def _until_end(self, reader: pa.csv.CSVStreamingReader) -> Iterator[pa.RecordBatch]:
        """Yield the batches without the row that marks the end."""
        last = None
        for part in reader:
            if last is not None:
                yield last
            last = part if part.num_rows else last
        if last is None or any(column[-1].as_py() != _END for column in last.columns):
            raise self._open_quote(self._last_record())
        yield last.slice(0, last.num_rows - 1)

    def locate(self, rows: Ints) -> Iterator[tuple[int, str]]:
        with self._path.open("rb") as file:
            records = enumerate(_records(file), start=-1)
            for wanted in rows.tolist():
                line, record = next(found for number, found in records if number == wanted)
                yield line, record.decode("utf-8", "surrogateescape").rstrip("\r\n")

    def _explained(self, error: pa.ArrowInvalid) -> DataError:
        text = str(error)
        if "UTF8" in text or "UTF-8" in text:
            return self._not_utf8()
        if "straddl" in text:
            with self._path.open("rb") as file:
                long = next((line for line, record in _records(file) if len(record) >= BLOCK // 2), 1)
            return DataError(f"{self.name}:{long}: a row is longer than {BLOCK >> 20} MiB; is a quote never closed?")
        return DataError(f"{self.name}: {text.splitlines()[0]}")

    def _not_utf8(self) -> DataError:
        with self._path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    byte = line[error.start]
                    return DataError(f"{self.name}:{number}: byte 0x{byte:02X} is not UTF-8; save the file as UTF-8.")
        return DataError(f"{self.name} is not UTF-8; save the file as UTF-8.")

    def _open_quote(self, line: int) -> DataError:
        return DataError(f"{self.name}:{line}: a quote opens in this row and is never closed.")

    def _last_record(self) -> int:
        line = 1
        with self._path.open("rb") as file:
            for line, _ in _records(file):  # noqa: B007
                pass
        return line

    def _refuse_swallowed_rows(self) -> None:
        """Raise DataError for a quoted cell with line ends in it that is not closed where the cell ends.

        The quote that closes it is another cell's: what lies between was no cell of one row.
        """
        with self._path.open("rb") as file:
            for line, record in _records(file):
                if len(record.splitlines()) > 1 and _closes_inside_a_cell(record):
                    raise DataError(
                        f"{self.name}:{line}: a quote opens in this row and is closed in the middle of a cell on a "
                        "later line; a quote is missing, or one inside a cell is not doubled."
                    )


class _Ended:
    """A file with one more row at its end; it counts the quotes and line ends that it hands out."""

    def __init__(self, file: BinaryIO, row: bytes) -> None:
        self._file = file
        self._row: bytes | None = row
        self._waiting = b""
        self._last = b"\n"
        self.quotes = self.lines = 0
        self.closed = False

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes, one less or the rest: pyarrow takes a row over two reads, but not over three."""
        while len(self._waiting) < size and self._row is not None:
            self._waiting += self._more(size - len(self._waiting))
        data, self._waiting = self._waiting[:size], self._waiting[size:]
        if len(data) > 1 and data.endswith(b"\r"):  # pyarrow loses the LF of a CR LF that two reads cut apart
            data, self._waiting = data[:-1], b"\r" + self._waiting
        self.quotes += data.count(b'"')
        self.lines += data.count(b"\n") or data.count(b"\r")
        return data

    def _more(self, size: int) -> bytes:
        data = self._file.read(size)
        if data:
            self._last = data[-1:]
        elif self._row is not None:
            data = (b"" if self._last in b"\r\n" else b"\n") + self._row + b"\n"
            self._row = None
        return data

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True


def _records(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield the line on which each record starts, from 1, and its bytes; blank lines are no records.

    It splits as pyarrow does: a quote counts only at the start of a cell, and a line ends at LF, CR LF or CR.
    """
    if file.read(3) != codecs.BOM_UTF8:
        file.seek(0)
    start, is_open = 0, False
    record: list[bytes] = []
    for number, line in enumerate(_physical_lines(file), start=1):
        if not record:
            if not line.strip(b"\r\n"):
                continue
            start = number
        record.append(line)
        is_open = _open_after(line, is_open)
        if not is_open:
            yield start, b"".join(record)
            record = []
    if record:
        yield start, b"".join(record)


def _physical_lines(file: BinaryIO) -> Iterator[bytes]:
    for line in file:
        if b"\r" in line.removesuffix(b"\n").removesuffix(b"\r"):
            yield from _LINES.findall(line)
        else:
            yield line


def _open_after(line: bytes, is_open: bool) -> bool:
    """Return whether a quoted cell is still open after a line."""
    at = 0
    while True:
        if not is_open:
            if line[at : at + 1] != b'"':
                at = line.find(b",", at) + 1
                if at == 0:
                    return False
                continue
            at += 1
        is_open = False
        at = _closing_quote(line, at)
        if at < 0:
            return True
        at = line.find(b",", at) + 1
        if at == 0:
            return False


def _closes_inside_a_cell(record: bytes) -> bool:
    """Return whether text follows the closing quote of a cell that holds a line end."""
    at = 0
    while True:
        if record[at : at + 1] == b'"':
            start, at = at, _closing_quote(record, at + 1) + 1
            if b"\n" in record[start:at] and record[at : at + 1] not in (b",", b"\r", b"\n", b""):
                return True
        at = record.find(b",", at) + 1
        if at == 0:
            return False


def _closing_quote(text: bytes, at: int) -> int:
    """Return the place of the next quote that is not doubled, -1 if there is none."""
    at = text.find(b'"', at)
    while at >= 0 and text[at + 1 : at + 2] == b'"':
        at = text.find(b'"', at + 2)
    return at
