"""Where order lines stand for an engine that speaks SQL: relations of a database, and files that DuckDB reads."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from segtool import memory
from segtool.databases import Column, Database
from segtool.databases.duck import connect, parquet
from segtool.engines import Input, Plan
from segtool.engines.sql.refusals import refused
from segtool.errors import printable
from segtool.orders import set_aside
from segtool.orders.roles import Columns
from segtool.tables.arrays import Ints
from segtool.tables.arrow_table import ParquetFile
from segtool.tables.database_table import DatabaseTable
from segtool.tables.partitions import Partition
from segtool.tables.source import BATCH_ROWS, NO_ROWS, Batch, Part, Source
from segtool.tables.text import plain
from segtool.workers import in_order

_TO_COPY = 64
"""Bytes a row that copying a batch takes, more or less."""


@dataclass(frozen=True)
class Scan:
    """A relation of order lines, of one input or of several that are read alike; `number` is that of the first.

    `names` has the quoted name of each column that is read, by its position in the source, `columns` what it holds;
    `roles` is where roles stand, with what conditions look at.
    """

    number: int
    table: Input
    relation: str
    names: Mapping[int, str]
    columns: Mapping[int, Column]

    @property
    def roles(self) -> Columns:
        return roles_of(self.table)

    @property
    def positions(self) -> list[int]:
        """The columns that are read, in an order that equal headers share."""
        headers = self.table.source.columns
        return sorted(self.names, key=lambda at: (headers[at], at))

    def fetched(self, database: Database, position: int) -> str:
        """Return what is to be selected of the lines of the scan for a column to come as a copy of it has it."""
        if isinstance(self.table.source, DatabaseTable):
            return database.cell(replace(self.columns[position], header=f"r{position}"))
        return f"r{position}"

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(self.table.source.columns[at] for at in self.positions)


@dataclass(frozen=True)
class Scans:
    """All relations of a run, in one database, and the rows of each input that could not be split into their cells."""

    database: Database
    scans: Sequence[Scan]
    broken: Mapping[int, Ints] = field(default_factory=dict)
    folder: Path | None = None
    owned: bool = False

    def close(self) -> None:
        """Remove what was copied, and end the connection if it was opened for these."""
        if self.owned:
            self.database.close()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def roles_of(table: Input) -> Columns:
    """Return where roles stand, with what conditions look at."""
    return table.columns | (table.looked.columns if table.looked else {})


def opened(inputs: Sequence[Input], plan: Plan) -> Scans:
    """Return the inputs as relations of one database: their own, or one of DuckDB over files.

    Raises UsageError for inputs that do not stand together, and for columns that SQL cannot read.
    """
    whole = bool(set_aside.positions(plan.rules, set_aside.Repeated))
    tables = [each.source for each in inputs if isinstance(each.source, DatabaseTable)]
    tables = [table for table in tables if table.database.kind != "sqlite"]  # its rows come here
    if not tables:
        return _over_files(inputs, plan, whole=whole)
    database = tables[0].database
    if len(tables) < len(inputs) or any(table.database is not database for table in tables):
        raise refused("orders that do not all stand in one database")
    scans = []
    for number, each in enumerate(inputs):
        if isinstance(each.source, DatabaseTable):
            own = {at: each.source.described[at] for at in _wanted(each, whole=whole)}
            names = {at: database.dialect.quote(column.header) for at, column in own.items()}
            scans.append(_checked(Scan(number, each, each.source.relation, names, own)))
    return Scans(database, scans)


def _wanted(table: Input, *, whole: bool) -> list[int]:
    """Return the positions of the columns that are read."""
    if whole or (table.looked is not None and table.looked.every):
        return list(range(len(table.source.columns)))
    return sorted(set(roles_of(table).values()))


def _checked(scan: Scan) -> Scan:
    """Return a scan with the time zones of its columns. Raises UsageError for a column that SQL cannot read."""
    source, used = scan.table.source, set(roles_of(scan.table).values())
    columns = dict(scan.columns)
    for at, column in scan.columns.items():
        if column.kind == "other" and (at in used or (scan.table.looked and scan.table.looked.every)):
            raise refused(f"cells of the type {printable(column.type_name)}, as {printable(repr(column.header))} has,")
        if column.kind == "instant" and pa.types.is_timestamp(source.type_of(at)):
            columns[at] = replace(column, arrow=source.type_of(at))
    return replace(scan, columns=columns)


def _over_files(inputs: Sequence[Input], plan: Plan, *, whole: bool) -> Scans:
    database = connect(None, memory_limit=plan.memory_limit)
    folder = Path(tempfile.mkdtemp(prefix="segtool-"))
    broken: dict[int, Ints] = {}
    groups: dict[tuple[str, ...], list[tuple[int, Path]]] = {}
    try:
        for number, each in enumerate(inputs):
            wanted = _wanted(each, whole=whole)
            path = _parquet(each.source, wanted, database)
            copied = path is None
            if path is None:
                path = folder / f"{number}.parquet"
                broken[number] = _copy(each.source, wanted, path, plan.threads)
            types = [str(each.source.type_of(at)) for at in wanted]
            alike = (repr(each.source.columns), repr(each.columns), repr(each.looked), repr(types), repr(each.spelling))
            groups.setdefault((*alike, repr(each.habits), str(copied)), []).append((number, path))
        scans = []
        for own in groups.values():
            number = own[0][0]
            relation = parquet(*(path for _, path in own))
            found = {column.header: column for column in database.columns_of(relation)}
            headers = {at: inputs[number].source.columns[at] for at in _wanted(inputs[number], whole=whole)}
            if number in broken:
                headers = {at: _name(at) for at in headers}
            names = {at: database.dialect.quote(header) for at, header in headers.items()}
            columns = {at: found[header] for at, header in headers.items()}
            columns = {at: replace(own, header=inputs[number].source.columns[at]) for at, own in columns.items()}
            scans.append(_checked(Scan(number, inputs[number], relation, names, columns)))
        return Scans(database, scans, broken, folder, owned=True)
    except BaseException:
        database.close()
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _parquet(source: Source, wanted: Sequence[int], database: Database) -> Path | None:
    """Return where a source lies as a Parquet file whose columns DuckDB finds by their headers, None elsewhere."""
    if isinstance(source, Partition) and max(wanted, default=0) < len(source.source.columns):
        source = source.source
    if not isinstance(source, ParquetFile) or source.path is None:
        return None
    if len({header.casefold() for header in source.columns}) < len(source.columns):
        return None
    if any(pa.types.is_null(source.type_of(at)) for at in wanted):
        return None  # what pandas makes of texts of which there is none is no type to DuckDB
    found = database.columns_of(parquet(source.path))
    return source.path if tuple(column.header for column in found) == source.columns else None


def _name(position: int) -> str:
    return f"c{position}"


def _copy(source: Source, wanted: Sequence[int], path: Path, threads: int | None) -> Ints:
    """Write columns of a source to a Parquet file, as they are; return the broken rows."""
    import pyarrow.parquet as pq

    def read(part: Part) -> list[Batch]:
        batches = []
        for batch in part():
            memory.need(_TO_COPY * batch.size)
            batches.append(batch)
        return batches

    broken, rows = [NO_ROWS], 0
    writer, schema = None, None
    try:
        with closing(in_order(read, source.parts(wanted), threads)) as parts:
            for batch in (batch for batches in parts for batch in batches):
                columns = [_storable(column) for column in batch.columns]
                broken.append(batch.broken + rows)
                rows += batch.size
                table = pa.Table.from_arrays(columns, [_name(at) for at in wanted])
                if writer is None:
                    schema = table.schema
                    writer = pq.ParquetWriter(path, schema, compression="zstd", compression_level=1)
                writer.write_table(table.cast(schema), BATCH_ROWS)
        if writer is None:
            kinds = [_storable(pa.nulls(0, source.type_of(at))).type for at in wanted]
            schema = pa.schema([(_name(at), kind) for at, kind in zip(wanted, kinds, strict=True)])
            writer = pq.ParquetWriter(path, schema)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise refused(f"what {source.name} holds ({str(error).splitlines()[0]})") from error
    finally:
        if writer is not None:
            writer.close()
    return np.concatenate(broken)


def _storable(column: pa.Array) -> pa.Array:
    """Return a column in a type that Parquet has; nothing but nulls is text."""
    column = plain(column.storage if isinstance(column, pa.ExtensionArray) else column)
    return column.cast(pa.string()) if pa.types.is_null(column.type) else column


def broken_rows(scans: Scans) -> Iterator[tuple[int, int]]:
    """Yield the input and the row of all rows that could not be split into their cells."""
    for number, rows in scans.broken.items():
        for row in rows.tolist():
            yield number, row
