"""A table, or a query, in a database: what an engine asks there, and a copy of it for everything that reads rows."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from segtool.databases import Column, Database
from segtool.tables.arrays import Ints
from segtool.tables.files import File
from segtool.tables.source import BATCH_ROWS, NO_METADATA, Part, Remark

if TYPE_CHECKING:
    from segtool.tables.arrow_table import ParquetFile

_SAMPLE = 200
_GROUP_BYTES = 1 << 26
"""Bytes of rows that are kept until they are written, however few they are."""


class DatabaseTable:
    """A relation of an open database; `relation` is what stands after FROM.

    An engine that speaks SQL asks the database itself. Whoever reads its rows reads a copy: the rows come once, into a
    temporary file, so that they have numbers and can be read more than once. It goes when the table is let go.
    """

    remarks: Sequence[Remark] = ()
    metadata: Mapping[bytes, bytes] = NO_METADATA

    def __init__(self, name: str, database: Database, relation: str, *, what: str = "table") -> None:
        self.name = name
        self.database = database
        self.relation = relation
        self.described: tuple[Column, ...] = database.columns_of(relation)
        self.about: Mapping[str, str] = {"format": f"{database.dialect.name} {what}"}

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column.header for column in self.described)

    def type_of(self, position: int) -> pa.DataType:
        return self.described[position].arrow

    def point_at(self, position: int) -> tuple[int, str] | None:
        return None

    def sample(self, wanted: Sequence[int]) -> Sequence[pa.Array]:
        columns = [self.described[at] for at in dict.fromkeys(wanted)]
        few = f"(SELECT * FROM {self.relation} LIMIT {_SAMPLE}) AS few"
        schema = pa.schema([pa.field(column.header, column.arrow) for column in columns])
        rows = pa.Table.from_batches(self.database.read(few, columns), schema)
        return [rows.column(self.described[at].header).combine_chunks() for at in wanted]

    def parts(self, wanted: Sequence[int]) -> Iterator[Part]:
        return self._copy.parts(wanted)

    def locate(self, rows: Ints) -> Iterator[tuple[int, str]]:
        return self._copy.locate(rows)

    @cached_property
    def _copy(self) -> "ParquetFile":
        from segtool.tables.arrow_table import ParquetFile

        folder = tempfile.mkdtemp(prefix="segtool-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        path = Path(folder) / "rows.parquet"
        self._write(path)
        return ParquetFile(File(self.name, lambda: path.open("rb", buffering=0), path.stat().st_size, path))

    def _write(self, path: Path) -> None:
        import pyarrow.parquet as pq

        schema = pa.schema([pa.field(column.header, column.arrow) for column in self.described])
        waiting: list[pa.RecordBatch] = []
        with pq.ParquetWriter(path, schema, write_statistics=False) as writer:
            for batch in self.database.read(self.relation, self.described):
                waiting.append(batch)
                if sum(map(len, waiting)) >= BATCH_ROWS or sum(each.nbytes for each in waiting) >= _GROUP_BYTES:
                    writer.write_table(pa.Table.from_batches(waiting, schema))
                    waiting.clear()
            if waiting:
                writer.write_table(pa.Table.from_batches(waiting, schema))
