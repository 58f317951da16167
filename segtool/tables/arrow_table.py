"""Tables that carry their types: Parquet and Arrow files, Arrow tables, DataFrames."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import date
from decimal import Decimal
from functools import partial
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool import memory
from segtool.errors import DataError
from segtool.tables.arrays import Ints, as_mask
from segtool.tables.files import File
from segtool.tables.source import BATCH_ROWS, NO_METADATA, Batch, Part, Remark, whole
from segtool.tables.text import as_text

if TYPE_CHECKING:
    import pandas as pd


_SAMPLE = 200

GROUPED = r"^-?[1-9][0-9]{0,2}\.[0-9]{3}$"
"""How a stored number looks that, as text, could have grouped thousands."""


class _Typed:
    """Rows written as CSV where somebody asks for their text."""

    columns: tuple[str, ...]
    about: Mapping[str, str]
    remarks: Sequence[Remark] = ()
    metadata: Mapping[bytes, bytes] = NO_METADATA

    def point_at(self, position: int) -> tuple[int, str] | None:
        return None

    def parts(self, wanted: Sequence[int]) -> Iterator[Part]:
        raise NotImplementedError

    def sample(self, wanted: Sequence[int]) -> Sequence[pa.Array]:
        first = next((batch for part in self.parts(wanted) for batch in part()), None)
        return [column[:_SAMPLE] for column in first.columns] if first else [pa.nulls(0, pa.string())] * len(wanted)

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

    about: Mapping[str, str] = {"format": "Parquet"}

    def __init__(self, file: File) -> None:
        import pyarrow.parquet as pq

        self.name = file.name
        self._coded: list[str] = []
        self._file = file.at_rest() if file.packed else file
        try:
            with pq.ParquetFile(self._opened()) as stored:
                self._metadata, self._schema = stored.metadata, stored.schema_arrow
            self.columns = tuple(self._schema.names)
            self.metadata = self._schema.metadata or NO_METADATA
        except (ValueError, OSError) as error:  # a name of a column can be no text
            raise self._damaged(error) from error

    def coded(self, positions: Iterable[int]) -> "ParquetFile":
        """Return the file with some columns of text read as dictionaries: words that return are made once a batch."""
        found = copy(self)
        found._coded = [self.columns[at] for at in positions if pa.types.is_string(self.type_of(at))]
        return found

    @property
    def path(self) -> Path | None:
        """Where it lies on this machine, not packed, if it does."""
        return self._file.path if self._file.packed is None else None

    def _opened(self) -> Any:
        return self._file.path or self._file.open_stored()

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
            with pq.ParquetFile(self._opened(), metadata=self._metadata, read_dictionary=self._coded) as file:
                for part in file.iter_batches(BATCH_ROWS, row_groups=groups, columns=asked, use_threads=False):
                    part.validate(full=True)  # of damaged text nobody else takes care
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


def arrow_file(file: File) -> "ArrowTable":
    """Return the table of an Arrow or Feather file, which is mapped to memory, or of an Arrow stream."""
    try:
        mapped = pa.memory_map(str(file.at_rest().path))
        opened = pa.ipc.open_file if file.head.startswith(b"ARROW1") else pa.ipc.open_stream
        table = opened(mapped).read_all()
        return _ArrowFile(file.name, table, about={"format": "Arrow"})
    except (ValueError, OSError) as error:  # a name of a column can be no text
        raise DataError(f"{file.name} is not a whole Arrow file: {str(error).splitlines()[0]}") from error


class ArrowTable(_Typed):
    """An Arrow table in memory."""

    def __init__(self, name: str, table: pa.Table, *, about: Mapping[str, str] = {"format": "Arrow table"}) -> None:
        self.name = name
        self.about = about
        self._table = table
        self.columns = tuple(table.column_names)
        self.metadata = table.schema.metadata or NO_METADATA

    def type_of(self, position: int) -> pa.DataType:
        return self._table.field(position).type

    def parts(self, wanted: Sequence[int]) -> Iterator[Part]:
        for rows in self._table.select(list(wanted)).to_batches(BATCH_ROWS):
            if rows.num_rows:
                yield partial(_once, rows.columns, self._table.num_rows)


class _ArrowFile(ArrowTable):
    """The table of a file, which can be damaged: what is not looked at before it is used can crash the process."""

    def parts(self, wanted: Sequence[int]) -> Iterator[Part]:
        for part in super().parts(wanted):
            yield partial(self._checked, part)

    def _checked(self, part: Part) -> Iterator[Batch]:
        for batch in part():
            try:
                for column in batch.columns:
                    column.validate(full=True)
            except pa.ArrowInvalid as error:
                raise DataError(f"{self.name} is not a whole Arrow file: {str(error).splitlines()[0]}") from error
            yield batch


class DataFrame(_Typed):
    """A pandas DataFrame, of which only the wanted columns are converted; its index is left out."""

    def __init__(self, frame: "pd.DataFrame") -> None:
        self.name = "DataFrame"
        self.about = {"format": "DataFrame"}
        self._frame = frame
        self._converted: dict[int, pa.Array] = {}
        self.columns = tuple(map(str, frame.columns))

    def type_of(self, position: int) -> pa.DataType:
        return self._column(position).type

    def point_at(self, position: int) -> tuple[int, str] | None:
        column, cells = self._column(position), self._frame.iloc[:, position]
        if not pa.types.is_string(column.type) or cells.dtype != object:
            return None
        rows = np.flatnonzero(as_mask(pc.match_substring_regex(column, GROUPED))).tolist()
        return next(((row, str(cells.iloc[row])) for row in rows if isinstance(cells.iloc[row], float | Decimal)), None)

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
    cells = series.dropna().tolist() if series.dtype == object else []
    zones = {getattr(cell, "tzinfo", None) for cell in cells if isinstance(cell, date)}
    # of several zones pyarrow keeps one, and shifts the others' days; beside a date it takes 20240131 for days
    if len(zones) < 2 and not (zones and any(isinstance(cell, Real) for cell in cells)):
        try:
            return pa.array(series, from_pandas=True)
        except (pa.ArrowException, OverflowError, TypeError, ValueError):
            pass
    empty = series.isna()
    texts = [None if none else str(cell) for cell, none in zip(series, empty, strict=True)]
    return pa.array(texts, pa.string())
