"""CSV files: UTF-8, commas, a header. Every cell is read as text; nothing is inferred."""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from segtool.errors import DataError
from segtool.tables.source import Batch, empty_batch

BLOCK = 1 << 24
"""Bytes parsed at a time; a single row cannot be longer."""

_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


class CsvFile:
    """A CSV file with a header, read by pyarrow in blocks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = str(path)
        self._blank_lines, header = self._header()
        self.columns = tuple(header)
        self.types = (pa.string(),) * len(header)

    def _header(self) -> tuple[int, list[str]]:
        with self._path.open("rb") as file:
            first = next(_records(file), None)
        if first is None:
            raise DataError(f"{self.name} is empty.")
        line, record = first
        try:
            text = record.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise self._not_utf8() from None
        header = next(csv.reader([text], strict=False), [""])
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

        types = [self.types[i] for i in wanted]
        if self._has_no_rows():
            yield empty_batch(types)
            return
        with self._path.open("rb") as raw:
            file = _QuoteCounter(raw)
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
                for batch in reader:
                    known = np.array(broken, np.int64)
                    rows = good + np.arange(batch.num_rows, dtype=np.int64)
                    rows += np.searchsorted(known - np.arange(len(known)), rows, side="right")
                    yield Batch(tuple(batch.columns), rows, known[reported:])
                    good, reported = good + batch.num_rows, len(known)
                if len(broken) > reported:
                    yield empty_batch(types, np.array(broken[reported:], np.int64))
            except pa.ArrowInvalid as error:
                raise self._explained(error) from error
        if file.quotes % 2:
            self._refuse_open_quote()

    def locate(self, rows: npt.NDArray[np.int64]) -> Iterator[tuple[int, str]]:
        with self._path.open("rb") as file:
            records = enumerate(_records(file), start=-1)
            for wanted in rows.tolist():
                line, record = next(found for number, found in records if number == wanted)
                yield line, record.decode("utf-8", "replace").rstrip("\r\n")

    def _has_no_rows(self) -> bool:
        with self._path.open("rb") as file:
            records = _records(file)
            next(records)
            return next(records, None) is None

    def _explained(self, error: pa.ArrowInvalid) -> DataError:
        text = str(error)
        if "UTF8" in text or "UTF-8" in text:
            return self._not_utf8()
        if "straddl" in text:
            self._refuse_open_quote()
            return DataError(f"{self.name}: a row is longer than {BLOCK >> 20} MiB.")
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

    def _refuse_open_quote(self) -> None:
        with self._path.open("rb") as file:
            line, record = 1, b""
            for line, record in _records(file):  # noqa: B007
                pass
        if _open_after(record, False):
            raise DataError(f"{self.name}:{line}: a quote opens in this row and is never closed.")


class _QuoteCounter:
    """A file that counts the quotes it hands out: an odd number may mean a quote that swallows the rest."""

    def __init__(self, file) -> None:  # type: ignore[no-untyped-def]
        self._file = file
        self.quotes = 0
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._file.read(size)
        self.quotes += data.count(b'"')
        return data

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True


def _records(file) -> Iterator[tuple[int, bytes]]:  # type: ignore[no-untyped-def]
    """Yield the line on which each record starts, from 1, and its bytes; blank lines are no records.

    It splits as pyarrow does: a quote counts only at the start of a cell, and a line ends at LF, CR LF or CR.
    """
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


def _physical_lines(file) -> Iterator[bytes]:  # type: ignore[no-untyped-def]
    for line in file:
        if b"\r" in line[:-2]:
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
        at = line.find(b'"', at)
        while at >= 0 and line[at + 1 : at + 2] == b'"':
            at = line.find(b'"', at + 2)
        if at < 0:
            return True
        at = line.find(b",", at) + 1
        if at == 0:
            return False
