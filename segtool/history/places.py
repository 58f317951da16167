"""Where two labelled tables are compared: here, or where they stand, so that no customer travels."""

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from segtool.databases import Address, Database, address_of, connect
from segtool.databases.duck import connect as duckdb
from segtool.databases.duck import parquet
from segtool.errors import UsageError
from segtool.history.compare import Moved, Transitions, moved_between, moves_between, transitions
from segtool.history.pairs import present
from segtool.history.ranking import Ranking
from segtool.history.stored import Stored, copied, stored
from segtool.history.stored_moves import StoredMoves, stored_moves
from segtool.labelled import Labelled, open_labelled, read_labelled
from segtool.tables.arrow_table import ParquetFile
from segtool.tables.database_table import DatabaseTable
from segtool.tables.source import Layout, Source

Pair = tuple[Labelled, Labelled] | tuple[Stored, Stored]
"""Two tables to compare, the earlier one first: both as they were read, or both as they stand in one database."""

ENGINES = ("arrow", "duckdb", "postgres", "spark")
"""What can compare tables, by the name of it."""

_TITLES = {"postgres": "PostgreSQL", "spark": "Spark"}


def is_in_database(source: Source) -> bool:
    """Return whether a table stands in a database that lasts, and is no file which DuckDB reads."""
    return isinstance(source, DatabaseTable) and not source.relation.startswith("read_parquet(")


@contextmanager
def opened(before: Any, after: Any, engine: str | None, layout: Layout, *, writable: bool) -> Iterator[Pair]:
    """Give two labelled tables: in their database if they stand in one, else read, if no engine is said.

    The database stays open as long as somebody has the tables, but for an error; where it is `writable` a table can be
    made in it. Raises UsageError for an engine that does not have the tables, and what reading them raises.
    """
    tables = _opened(before, after, engine, layout, writable=writable)
    try:
        yield tables
    except BaseException:
        if isinstance(tables[0], Stored):
            tables[0].database.close()
        raise


def _opened(before: Any, after: Any, engine: str | None, layout: Layout, *, writable: bool) -> Pair:
    if engine not in (None, *ENGINES):
        raise UsageError(f"There is no engine {engine!r}; there are {', '.join(ENGINES)}.")
    old, now = (address_of(table) if isinstance(table, str) else None for table in (before, after))
    if engine != "arrow" and (together := _together(old, now, engine)):
        return _stored(together, layout, writable=writable)
    if layout.memory_limit is not None and engine != "duckdb":
        raise UsageError("--memory-limit is for DuckDB; say --engine duckdb.")
    if engine == "duckdb":
        return _in_duckdb((before, after), layout)
    if engine in _TITLES:
        raise UsageError(
            f"--engine {engine} compares two tables that stand in one {_TITLES[engine]}, by the same address but for "
            "table=; say --engine arrow to compare others here."
        )
    return present(read_labelled(before, layout)), present(read_labelled(after, layout))


def counted_by(
    tables: Pair, old: Ranking, now: Ranking, *, active_days: int | None
) -> tuple[Transitions, Callable[[], Moved], StoredMoves | None]:
    """Return the customers of two tables counted by how they moved, and what finds them one by one.

    Last, where they are in a database, come their moves there.
    """
    before, after = tables
    if isinstance(before, Stored) and isinstance(after, Stored):
        there = stored_moves(before, after, old, now, active_days=active_days)
        return there.transitions(), there.moved, there
    if isinstance(before, Labelled) and isinstance(after, Labelled):
        moves = moves_between(before, after, old, now)
        counted = transitions(moves, before, after, active_days=active_days)
        return counted, lambda: moved_between(moves, before, after), None
    raise TypeError("Two tables are compared where both are.")


def _together(before: Address | None, after: Address | None, engine: str | None) -> tuple[Address, Address] | None:
    """Return the addresses of two tables that stand in one database which compares them, None where they do not."""
    if before is None or after is None or before.kind == "sqlite" or engine not in (None, before.kind):
        return None
    if (before.kind, before.connection) != (after.kind, after.connection):
        return None
    return before, after


def _stored(addresses: tuple[Address, Address], layout: Layout, *, writable: bool) -> tuple[Stored, Stored]:
    for each in addresses:
        if each.table is None and each.path is None:
            raise UsageError(f"{each.name} names no table: say {each.name}?table=may.")
    if layout.memory_limit is not None and addresses[0].kind != "duckdb":
        raise UsageError("--memory-limit is for DuckDB, and these tables stand elsewhere.")
    with ExitStack() as stack:
        database = connect(addresses[0], memory_limit=layout.memory_limit, writable=writable)
        stack.callback(database.close)
        before, after = (stored(DatabaseTable(each.name, database, database.relation(each))) for each in addresses)
        return _kept(stack, before, after)


def _in_duckdb(tables: tuple[Any, Any], layout: Layout) -> tuple[Stored, Stored]:
    """Return two tables as DuckDB has them: it reads Parquet files itself, and copies of all others."""
    with ExitStack() as stack:
        database = duckdb(None, memory_limit=layout.memory_limit)
        stack.callback(database.close)
        folder = Path(tempfile.mkdtemp(prefix="segtool-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        sources = [open_labelled(table, layout) for table in tables]
        stack.callback(sources.clear)  # what came through a pipe, or was packed, lies in a file as long as its source
        before, after = (_scanned(source, database, folder) for source in sources)
        return _kept(stack, before, after)


def _scanned(source: Source, database: Database, folder: Path) -> Stored:
    if isinstance(source, ParquetFile) and source.path is not None:
        scan = DatabaseTable(source.name, database, parquet(source.path))
        if scan.columns == source.columns:  # else a name stands there twice, but for its case
            scan.metadata = source.metadata
            return stored(scan)
    return copied(source, database, folder)


def _kept(stack: ExitStack, before: Stored, after: Stored) -> tuple[Stored, Stored]:
    """Return two tables whose database is closed once nobody has them any more."""
    weakref.finalize(before, stack.pop_all().close)
    return before, after
