"""Where a run with --into leaves a table: in its database, or in a Parquet file; what is there gives way, if it may."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from segtool.databases import Database
from segtool.databases.addresses import parts_of
from segtool.errors import UsageError, printable
from segtool.tables.database_table import DatabaseTable
from segtool.tables.places import is_remote, shown
from segtool.tables.source import Source
from segtool.tables.writing.formats import SUFFIXES
from segtool.tables.writing.write import ParquetParts

_ROWS = 1 << 18  # written to a file at a time


@dataclass(frozen=True)
class Sort:
    """What a run makes: what it is called, how its columns begin, and how the names of those behind them do.

    Only such a table gives way to it: one with a column of the user's own is something else by now.
    """

    name: str
    begins: tuple[str, ...]
    others: tuple[str, ...]

    def has(self, headers: Iterable[str]) -> bool:
        """Return whether a table with these headers is one.

        >>> sort = Sort("table", ("customer_id", "r_score"), ("segment",))
        >>> sort.has(["customer_id", "r_score", "segment_title"]), sort.has(["customer_id", "r_score", "run_date"])
        (True, False)
        """
        every = tuple(headers)
        return every[: len(self.begins)] == self.begins and all(
            header.startswith(self.others) for header in every[len(self.begins) :]
        )


def is_path(name: str) -> bool:
    """Return whether a name is one of a file or a directory, and not of a table.

    >>> is_path("shop.segments"), is_path("segments.parquet"), is_path("/lake/segments")
    (False, True, True)
    """
    return name.lower().endswith(".parquet") or "/" in name or os.sep in name


def local_path(name: str, sort: Sort) -> Path:
    """Return the path of a Parquet file. Raises UsageError where it cannot be, or is of something else."""
    path = Path(name)
    if is_remote(name) or path.suffix.lower() != ".parquet":
        raise UsageError(
            f"--into {shown(name)}: a file of this machine ends in .parquet; a table of the database of the orders is "
            "named alone, as segments or shop.segments."
        )
    if path.is_file() and not sort.has(_headers(path)):
        raise _in_the_way(name, sort)
    return path


def _headers(path: Path) -> tuple[str, ...]:
    """Return the headers of a Parquet file; none where it is another kind of file."""
    import pyarrow.parquet as pq

    try:
        return tuple(pq.read_schema(path).names)
    except (pa.ArrowException, OSError):
        return ()


def refuse_table(name: str, sort: Sort, database: Database | None, sources: Iterable[Source]) -> None:
    """Raise UsageError for a table that cannot be made, or that must not give way."""
    if database is None:
        raise UsageError(f"--into {name}: files have no database for a table; say a path, as customers.parquet.")
    if not is_path(name):
        if name.lower().endswith(tuple(SUFFIXES)):
            raise UsageError(f"--into {name}: a file of this machine ends in .parquet; write others with -o.")
        wanted = ".".join(map(database.dialect.quote, parts_of(name)))
        if any(_same(wanted, each.relation) for each in sources if isinstance(each, DatabaseTable)):
            raise UsageError(f"--into {name} is a table that is read; name another.")
    there = database.exists(name)
    if there is not None and not sort.has(column.header for column in there):
        raise _in_the_way(name, sort)


def _same(one: str, other: str) -> bool:
    """Return whether two quoted names can be of one table; one may tell more of where it is than the other.

    >>> _same('"orders"', '"shop"."orders"'), _same('"ders"', '"shop"."orders"'), _same('"a"."t"', '"b"."t"')
    (True, False, False)
    """
    one, other = f".{one.lower()}", f".{other.lower()}"
    return one.endswith(other) or other.endswith(one)


def _in_the_way(name: str, sort: Sort) -> UsageError:
    return UsageError(f"--into {printable(name)}: what is there is no {sort.name}; name another place, or remove it.")


def write_rows(database: Database, query: str, schema: pa.Schema, file: BinaryIO) -> None:
    """Write the rows of a query into a Parquet file, sorted by customer, a few at a time."""
    parts = ParquetParts([file], exact=True)
    # PostgreSQL orders by an expression of columns that a query has, not of those that it makes
    rows = f"SELECT * FROM ({query}) AS whole ORDER BY {database.dialect.text('customer_id')}"
    for part in _even(database.stream(rows)):
        parts.write(part.cast(schema.remove_metadata()))
    parts.end({key.decode(): value.decode() for key, value in schema.metadata.items()})


def _even(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield rows in tables of one size, whatever the batches were in which they came."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= _ROWS:
            table = pa.Table.from_batches(waiting)
            whole = len(table) - len(table) % _ROWS
            yield from (table.slice(start, _ROWS) for start in range(0, whole, _ROWS))
            waiting = table.slice(whole).to_batches()
    if waiting:
        yield pa.Table.from_batches(waiting)
