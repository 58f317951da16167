"""Tables that carry their types: Parquet files, Arrow tables, DataFrames."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from segtool.errors import DataError
from segtool.tables.numbers import Ints
from segtool.tables.source import BATCH_ROWS, NO_ROWS, Batch, empty_batch
from segtool.tables.text import as_text

if TYPE_CHECKING:
    import pandas as pd


class _Typed:
    """Batches with running row numbers, and the rows written as CSV where somebody asks for their text."""

    name: str
    columns: tuple[str, ...]

    def type_of(self, position: int) -> pa.DataType:
        raise NotImplementedError

    def _parts(self, wanted: Sequence[int]) -> Iterator[Sequence[pa.Array]]:
        """Yield the wanted columns of some rows."""
        raise NotImplementedError

    def batches(self, wanted: Sequence[int]) -> Iterator[Batch]:
        start = 0
        for part in self._parts(wanted):
            rows = np.arange(start, start + len(part[0]))
            yield Batch(tuple(part), rows, NO_ROWS)
            start += len(rows)
        yield empty_batch([self.type_of(i) for i in wanted])

    def locate(self, rows: Ints) -> Iterator[tuple[int, str]]:
        for batch in self.batches(range(len(self.columns))):
            first, last = np.searchsorted(rows, [batch.rows[0], batch.rows[-1] + 1]) if len(batch.rows) else (0, 0)
            inside = rows[first:last]
            places = pa.array(inside - batch.rows[0]) if len(inside) else pa.array([], pa.int64())
            cells = [as_text(column).take(places).to_pylist() for column in batch.columns]
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
        except (pa.ArrowInvalid, OSError) as error:
            raise self._damaged(error) from error
        self.columns = tuple(self._file.schema_arrow.names)

    def type_of(self, position: int) -> pa.DataType:
        return self._file.schema_arrow.field(position).type

    def _parts(self, wanted: Sequence[int]) -> Iterator[Sequence[pa.Array]]:
        names = {self.columns[i] for i in wanted}
        read = [i for i, name in enumerate(self.columns) if name in names]  # a name can stand twice
        try:
            for part in self._file.iter_batches(BATCH_ROWS, columns=list(dict.fromkeys(self.columns[i] for i in read))):
                if part.num_rows:
                    yield [part.column(read.index(i)) for i in wanted]
        except (pa.ArrowInvalid, OSError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> DataError:
        return DataError(f"{self.name} is not a whole Parquet file: {str(error).splitlines()[0]}")


class ArrowTable(_Typed):
    """An Arrow table in memory."""

    def __init__(self, table: pa.Table) -> None:
        self.name = "table"
        self._table = table
        self.columns = tuple(table.column_names)

    def type_of(self, position: int) -> pa.DataType:
        return self._table.field(position).type

    def _parts(self, wanted: Sequence[int]) -> Iterator[Sequence[pa.Array]]:
        for part in self._table.select(list(wanted)).to_batches(BATCH_ROWS):
            if part.num_rows:
                yield part.columns


class DataFrame(_Typed):
    """A pandas DataFrame, of which only the wanted columns are converted; its index is left out."""

    def __init__(self, frame: "pd.DataFrame") -> None:
        self.name = "DataFrame"
        self._frame = frame
        self._converted: dict[int, pa.Array] = {}
        self.columns = tuple(map(str, frame.columns))

    def type_of(self, position: int) -> pa.DataType:
        return self._column(position).type

    def _parts(self, wanted: Sequence[int]) -> Iterator[Sequence[pa.Array]]:
        columns = [self._column(i) for i in wanted]
        for start in range(0, len(self._frame), BATCH_ROWS):
            yield [column.slice(start, BATCH_ROWS) for column in columns]

    def _column(self, position: int) -> pa.Array:
        if position not in self._converted:
            column = _converted(self._frame.iloc[:, position])
            self._converted[position] = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        return self._converted[position]


def _converted(series: "pd.Series") -> pa.Array | pa.ChunkedArray:
    """Return a column in the type that pyarrow finds for it; as text where its cells have none in common."""
    zones = {cell.tzinfo for cell in series if isinstance(cell, datetime)} if series.dtype == object else set()
    if len(zones) < 2:  # of several zones pyarrow keeps one, and shifts the others' days
        try:
            return pa.array(series, from_pandas=True)
        except (pa.ArrowException, OverflowError, TypeError, ValueError):
            pass
    empty = series.isna()
    cells = [None if none else str(cell) for cell, none in zip(series, empty, strict=True)]
    return pa.array(cells, pa.string())
