"""Tables that carry their types: Parquet files, Arrow tables, DataFrames."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from segtool import memory
from segtool.errors import DataError
from segtool.tables.arrays import Ints
from segtool.tables.source import BATCH_ROWS, Batch, Part, whole
from segtool.tables.text import as_text

if TYPE_CHECKING:
    import pandas as pd


class _Typed:
    """Rows written as CSV where somebody asks for their text."""

    columns: tuple[str, ...]

    def parts(self, wanted: Sequence[int]) -> Iterator[Part]:
        raise NotImplementedError

    def locate(self, rows: Ints) -> Iterator[tuple[int, str]]:
        start = 0
        for batch in (batch for part in self.parts(range(len(self.columns))) for batch in part()):
            first, last = np.searchsorted(rows, [start, start + batch.size])
            places = pa.array(rows[first:last] - start)
            cells = [as_text(column).take(places).to_pylist() for column in batch.columns]
            for row, record in zip(rows[first:last].tolist(), zip(*cells, strict=True), strict=True):
                text = io.StringIO()
                csv.writer(text, lineterminator="").writerow(record)
                yield row + 1, text.getvalue()
            start += batch.size


class ParquetFile(_Typed):
    """A Parquet file, of which only the wanted columns are read."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        self.name = str(path)
        try:
            with pq.ParquetFile(path) as file:
                self._metadata, self._schema = file.metadata, file.schema_arrow
        except (pa.ArrowInvalid, OSError) as error:
            raise self._damaged(error) from error
        self.columns = tuple(self._schema.names)

    def type_of(self, position: int) -> pa.DataType:
        return self._schema.field(position).type

    def parts(self, wanted: Sequence[int]) -> Iterator[Part]:
        rows, groups = 0, []
        for group in range(self._metadata.num_row_groups):
            rows += self._metadata.row_group(group).num_rows
            groups.append(group)
            if rows >= BATCH_ROWS or group == self._metadata.num_row_groups - 1:
                yield partial(self._read, groups, wanted)
                rows, groups = 0, []

    def _read(self, groups: list[int], wanted: Sequence[int]) -> Iterator[Batch]:
        import pyarrow.parquet as pq

        names = {self.columns[i] for i in wanted}
        read = [i for i, name in enumerate(self.columns) if name in names]  # a name can stand twice
        asked = list(dict.fromkeys(self.columns[i] for i in read))
        memory.need(sum(self._size(group, names) for group in groups))
        try:
            with pq.ParquetFile(self.name, metadata=self._metadata) as file:
                for part in file.iter_batches(BATCH_ROWS, row_groups=groups, columns=asked, use_threads=False):
                    yield whole([part.column(read.index(i)) for i in wanted], self._metadata.num_rows)
        except (pa.ArrowInvalid, OSError) as error:
            raise self._damaged(error) from error

    def _size(self, group: int, names: set[str]) -> int:
        """Return the bytes that columns take in a row group of the file."""
        row_group = self._metadata.row_group(group)
        columns = map(row_group.column, range(row_group.num_columns))
        return sum(each.total_compressed_size for each in columns if each.path_in_schema.split(".")[0] in names)

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

    def parts(self, wanted: Sequence[int]) -> Iterator[Part]:
        for rows in self._table.select(list(wanted)).to_batches(BATCH_ROWS):
            if rows.num_rows:
                yield partial(_once, rows.columns, self._table.num_rows)


class DataFrame(_Typed):
    """A pandas DataFrame, of which only the wanted columns are converted; its index is left out."""

    def __init__(self, frame: "pd.DataFrame") -> None:
        self.name = "DataFrame"
        self._frame = frame
        self._converted: dict[int, pa.Array] = {}
        self.columns = tuple(map(str, frame.columns))

    def type_of(self, position: int) -> pa.DataType:
        return self._column(position).type

    def parts(self, wanted: Sequence[int]) -> Iterator[Part]:
        columns = [self._column(i) for i in wanted]
        for start in range(0, len(self._frame), BATCH_ROWS):
            yield partial(_once, [column.slice(start, BATCH_ROWS) for column in columns], len(self._frame))

    def _column(self, position: int) -> pa.Array:
        if position not in self._converted:
            column = _converted(self._frame.iloc[:, position])
            self._converted[position] = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        return self._converted[position]


def _once(columns: Sequence[pa.Array], of: int) -> Iterator[Batch]:
    yield whole(columns, of)


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
