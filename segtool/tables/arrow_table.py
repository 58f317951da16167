"""Tables that carry their types: Parquet files, Arrow tables, DataFrames."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from segtool.errors import DataError
from segtool.tables.source import BATCH_ROWS, NO_ROWS, Batch, empty_batch


class _Typed:
    """Batches with running row numbers, and the rows written as CSV where somebody asks for their text."""

    name: str
    columns: tuple[str, ...]
    types: tuple[pa.DataType, ...]

    def _parts(self, wanted: Sequence[int]) -> Iterator[pa.RecordBatch]:
        raise NotImplementedError

    def batches(self, wanted: Sequence[int]) -> Iterator[Batch]:
        start = 0
        for part in self._parts(wanted):
            yield Batch(tuple(part.columns), np.arange(start, start + part.num_rows), NO_ROWS)
            start += part.num_rows
        if not start:
            yield empty_batch([self.types[i] for i in wanted])

    def locate(self, rows: npt.NDArray[np.int64]) -> Iterator[tuple[int, str]]:
        for batch in self.batches(range(len(self.columns))):
            if not len(batch.rows):
                return
            inside = rows[np.searchsorted(rows, batch.rows[0]) : np.searchsorted(rows, batch.rows[-1], "right")]
            cells = [column.take(pa.array(inside - batch.rows[0])).to_pylist() for column in batch.columns]
            for row, record in zip(inside.tolist(), zip(*cells, strict=True), strict=True):
                text = io.StringIO()
                csv.writer(text, lineterminator="").writerow(record)
                yield row + 1, text.getvalue()


class ParquetFile(_Typed):
    """A Parquet file, of which only the wanted columns are read."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        self.name = str(path)
        try:
            self._file = pq.ParquetFile(path)
        except pa.ArrowInvalid as error:
            raise DataError(f"{self.name} is not a whole Parquet file: {str(error).splitlines()[0]}") from error
        self.columns = tuple(self._file.schema_arrow.names)
        self.types = tuple(self._file.schema_arrow.types)

    def _parts(self, wanted: Sequence[int]) -> Iterator[pa.RecordBatch]:
        names = [self.columns[i] for i in wanted]
        for part in self._file.iter_batches(BATCH_ROWS, columns=list(dict.fromkeys(names))):
            if part.num_rows:
                yield part.select(names)


class ArrowTable(_Typed):
    """An Arrow table in memory."""

    def __init__(self, table: pa.Table, name: str = "orders") -> None:
        self.name = name
        self._table = table
        self.columns = tuple(table.column_names)
        self.types = tuple(table.schema.types)

    def _parts(self, wanted: Sequence[int]) -> Iterator[pa.RecordBatch]:
        for part in self._table.select(list(wanted)).to_batches(BATCH_ROWS):
            if part.num_rows:
                yield part


def from_dataframe(frame) -> ArrowTable:  # type: ignore[no-untyped-def]
    """Return a pandas DataFrame as a table; its index is left out, the frame is left as it was.

    Raises DataError for a column whose cells have no common type.
    """
    columns = {}
    for position, header in enumerate(frame.columns):
        try:
            column = pa.array(frame.iloc[:, position], from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            text = frame.iloc[:, position].map(str, na_action="ignore")
            column = pa.array(text, pa.string(), from_pandas=True)
        columns[str(header)] = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    if len(columns) != len(frame.columns):
        raise DataError("The DataFrame has two columns of the same name.")
    return ArrowTable(pa.table(columns), "DataFrame")
