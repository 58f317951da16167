"""DuckDB: a database in a file, or files larger than memory on this machine."""

import os
import re
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from segtool.databases.addresses import Address, Kind, near, parts_of, written
from segtool.databases.columns import Column, ColumnKind, distinct, typed_rows
from segtool.databases.dialects import DUCKDB
from segtool.databases.messages import said
from segtool.databases.waiting import heard
from segtool.errors import BusyError, DataError, MissingExtraError, MissingInputError, UsageError

if TYPE_CHECKING:
    from segtool.databases import Database

Found = TypeVar("Found")

_KINDS: dict[str, ColumnKind] = {
    "VARCHAR": "text",
    "UUID": "text",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "instant",
    "DOUBLE": "float64",
    "FLOAT": "float32",
    **dict.fromkeys(
        ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
        "integer",
    ),
}

_ARROW = {"text": pa.string(), "timestamp": pa.timestamp("us"), "instant": pa.timestamp("us", "UTC")}
_WIDE = {"HUGEINT": pa.decimal128(38, 0), "UBIGINT": pa.decimal128(20, 0)}
"""Whole numbers that pass 64 bits, as decimals."""

_ROWS_OF_A_BATCH = 1 << 18
_LEAST_MEMORY = 64
_KIND_OF_ERROR = re.compile(r"^[A-Z][A-Za-z]*(?: [A-Za-z]+){0,3} Error: ")


def connect(address: Address | None, *, memory_limit: int | None, writable: bool = False) -> "Database":
    """Return a connection to the database of a file, or to none but the memory; see `segtool.databases.connect`."""
    try:
        import duckdb
    except ImportError:
        raise MissingExtraError("DuckDB is not installed: python -m pip install 'segtool[duckdb]'") from None
    return Duck(duckdb, address, memory_limit, writable=writable)


def parquet(*paths: Path) -> str:
    """Return Parquet files of this machine as one relation, with the columns that stand in them and no others.

    >>> parquet(Path("/shop/may's [1].parquet"))
    "read_parquet(['/shop/may''s [[]1].parquet'], hive_partitioning = false)"
    """
    # a path is a pattern there, in which these signs stand for others
    texts = (re.sub(r"[*?\[]", lambda found: f"[{found[0]}]", str(path.absolute())) for path in paths)
    literals = ", ".join("'" + text.replace("'", "''") + "'" for text in texts)
    return f"read_parquet([{literals}], hive_partitioning = false)"


class Duck:
    """A DuckDB in memory, with the file of an address attached, which is only read unless it is to be `writable`."""

    kind: Kind = "duckdb"
    dialect = DUCKDB

    def __init__(self, duckdb: Any, address: Address | None, memory_limit: int | None, *, writable: bool) -> None:
        self.name = address.place if address else "DuckDB"
        self._error = duckdb.Error
        self._attached = address is not None
        self._numbers = count(1)
        if address is not None and not (os.path.isfile(address.connection) or writable):
            raise MissingInputError(f"{address.connection} does not exist.")
        self._folder = tempfile.TemporaryDirectory(prefix="segtool-")
        config: dict[str, Any] = {
            "temp_directory": self._folder.name,
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,  # nothing is fetched from anywhere
        }
        if memory_limit is not None:
            config["memory_limit"] = f"{max(memory_limit // 2**20, _LEAST_MEMORY)}MiB"
        self._link = duckdb.connect(":memory:", config=config)
        self._end = weakref.finalize(self, _closed, self._link, self._folder)
        try:
            self._link.execute("SET TimeZone = 'UTC'")
            if address is not None:
                # DuckDB takes a path with :// or a first word like `md:` for something to fetch
                path = os.path.abspath(address.connection).replace("'", "''")
                self._link.execute(f"ATTACH '{path}' AS source (TYPE duckdb{'' if writable else ', READ_ONLY'})")
                self._link.execute("USE source")
        except duckdb.Error as error:
            self.close()
            raise self._not_opened(str(error), address) from None

    def relation(self, address: Address) -> str:
        parts = parts_of(address.table or "")
        if self._kind_of(parts):
            return self._named(parts)
        rows = self._query(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = 'source' ORDER BY ALL"
        )
        names = [written([name] if schema == "main" else [schema, name]) for schema, name in rows]
        raise MissingInputError(f"{address.name}: there is no such table.{near(address.table or '', names)}")

    def columns_of(self, relation: str) -> tuple[Column, ...]:
        rows = self._query(f"DESCRIBE SELECT * FROM {relation}")
        types = self.fetch(f"SELECT * FROM {relation} LIMIT 0").schema.types
        distinct(self.name, [row[0] for row in rows])
        return tuple(_column(row[0], row[1], kind) for row, kind in zip(rows, types, strict=True))

    def cell(self, column: Column) -> str:
        name = self.dialect.quote(column.header)
        if column.kind in ("date", "timestamp", "instant"):
            finite = f"CASE WHEN isfinite({name}) THEN {name} END"
            return f"CAST({finite} AS TIMESTAMP)" if column.kind == "timestamp" else finite
        if column.type_name in _WIDE:
            return f"CAST({name} AS DECIMAL({_WIDE[column.type_name].precision}, 0))"
        if pa.types.is_string(column.arrow) and column.type_name != "VARCHAR":
            return f"CAST({name} AS VARCHAR)"
        return name

    def fetch(self, sql: str) -> pa.Table:
        return self._run(lambda: self._link.sql(sql).to_arrow_table())

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a query in the order they stand in, where it names no other."""
        self._run(lambda: self._link.execute("SET preserve_insertion_order = true"))
        try:
            # an open reader holds the connection, also where nobody reads on
            with closing(self._run(lambda: _reader(self._link.sql(sql)))) as reader:
                while (batch := self._run(lambda: next(reader, None))) is not None:
                    yield batch
        finally:
            self._link.execute("SET preserve_insertion_order = false")

    def read(self, relation: str, columns: Sequence[Column]) -> Iterator[pa.RecordBatch]:
        return typed_rows(self, relation, columns)

    def keep(self, sql: str) -> str:
        name = f"segtool_{next(self._numbers)}"
        self._run(lambda: self._link.execute(f"CREATE TEMP TABLE {name} AS {sql}"))
        return name

    def put(self, table: pa.Table) -> str:
        self._link.register("segtool_put", table)
        try:
            return self.keep("SELECT * FROM segtool_put")
        finally:
            self._link.unregister("segtool_put")

    def exists(self, table: str) -> tuple[Column, ...] | None:
        parts = parts_of(table)
        if not (kind := self._kind_of(parts)):
            return None
        return self.columns_of(self._named(parts)) if kind == "BASE TABLE" else ()

    def create(self, table: str, sql: str) -> None:
        name = self._named(parts_of(table))
        self._run(lambda: self._link.execute("BEGIN TRANSACTION"))
        try:
            self._run(lambda: self._link.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}"))
            self._run(lambda: self._link.execute("COMMIT"))
        except BaseException:
            self._link.execute("ROLLBACK")
            raise

    def close(self) -> None:
        self._end()

    def _named(self, parts: tuple[str, ...]) -> str:
        if len(parts) > 2:
            raise UsageError(f"{self.name}: a table of DuckDB is named orders or shop.orders, with no more parts.")
        names = ("source", *(parts if len(parts) == 2 else ("main", *parts))) if self._attached else parts
        return ".".join(map(self.dialect.quote, names))

    def _kind_of(self, parts: tuple[str, ...]) -> str | None:
        """Return what has this name: BASE TABLE or VIEW, None where nothing has."""
        self._named(parts)
        schema, name = parts if len(parts) == 2 else ("main", *parts)
        # names of DuckDB are one in any case of their letters
        found = self._run(
            lambda: self._link.execute(
                "SELECT table_type FROM information_schema.tables WHERE table_catalog = 'source' "
                "AND lower(table_schema) = lower(?) AND lower(table_name) = lower(?)",
                [schema, name],
            ).fetchone()
        )
        return found[0] if found else None

    def _query(self, sql: str) -> list[tuple[Any, ...]]:
        return self._run(lambda: self._link.execute(sql).fetchall())

    def _run(self, action: Callable[[], Found]) -> Found:
        try:
            return heard(action, self._link.interrupt)
        except (self._error, pa.ArrowException, OSError) as error:
            line = _line(str(error))
            if "Out of Memory" in str(error) or "could not allocate" in str(error):
                line += "; give it more by --memory-limit, or room on disk by TMPDIR"
            raise DataError(f"{self.name}: {line}.") from None

    def _not_opened(self, text: str, address: Address | None) -> Exception:
        path = address.connection if address else ""
        if "lock" in text.lower() or "already attached" in text:
            return BusyError(f"{path} is in use: another process has it open. Try again when it has ended.")
        if "not a valid DuckDB" in text:
            return DataError(f"{path} is no database of DuckDB.")
        return MissingInputError(f"{path} cannot be opened: {_line(text)}.")


def _closed(link: Any, folder: Any) -> None:
    link.close()
    folder.cleanup()


def _reader(relation: Any) -> pa.RecordBatchReader:
    """Return the rows of a relation as they come; older versions of DuckDB call it differently."""
    read = getattr(relation, "to_arrow_reader", None) or relation.fetch_arrow_reader
    return read(_ROWS_OF_A_BATCH)


def _column(header: str, type_name: str, found: pa.DataType) -> Column:
    kind: ColumnKind = "decimal" if type_name.startswith("DECIMAL") else _KINDS.get(type_name, "other")
    if type_name.startswith("ENUM("):
        kind = "text"
    if kind == "other":
        arrow = found if pa.types.is_boolean(found) else pa.string()
    else:
        arrow = _WIDE.get(type_name) or _ARROW.get(kind, found)
    return Column(header, kind, type_name, arrow)


def _line(text: str) -> str:
    return said(_KIND_OF_ERROR.sub("", text), ())
