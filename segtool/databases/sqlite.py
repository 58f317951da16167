"""SQLite: a database in a file, of which every row is read here. It comes with Python."""

import os
import sqlite3
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow as pa

from segtool.databases.addresses import Address, Kind, near, parts_of, written
from segtool.databases.columns import Column, distinct
from segtool.databases.dialects import DUCKDB
from segtool.databases.messages import said
from segtool.errors import BusyError, DataError, MissingInputError, UsageError

if TYPE_CHECKING:
    from segtool.databases import Database

_ROWS_OF_A_BATCH = 1 << 16
_EXACT = 1 << 53
"""Below it every whole number is a float, exactly."""

_NO_ENGINE = "SQLite holds tables and does not aggregate them here: say --engine arrow, or nothing"


def connect(address: Address, *, memory_limit: int | None, writable: bool) -> "Database":  # noqa: ARG001
    """Return a connection to the file of an address, which is only read; see `segtool.databases.connect`."""
    return Sqlite(address)


class Sqlite:
    """A file of SQLite, as it was when it was opened."""

    kind: Kind = "sqlite"
    dialect = replace(DUCKDB, name="SQLite")

    def __init__(self, address: Address) -> None:
        self.name, self._path = address.place, address.connection
        if not os.path.isfile(self._path):
            raise MissingInputError(f"{self._path} does not exist.")
        path = quote(os.path.abspath(self._path).replace(os.sep, "/"))
        try:
            self._link = sqlite3.connect(
                f"file:{path if path.startswith('/') else '/' + path}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            self._end = weakref.finalize(self, self._link.close)
            self._link.execute("BEGIN")
            self._link.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            raise self._refused(error) from None

    def relation(self, address: Address) -> str:
        parts = parts_of(address.table or "")
        if self._is_there(parts):
            return ".".join(map(self.dialect.quote, parts))
        rows = self._all("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
        names = [written([name]) for (name,) in rows]
        raise MissingInputError(f"{address.name}: there is no such table.{near(address.table or '', names)}")

    def columns_of(self, relation: str) -> tuple[Column, ...]:
        """Return the columns by what is in them: SQLite binds no column to a type, so all its cells are looked at."""
        with self._asking():
            headers = [each[0] for each in self._link.execute(f"SELECT * FROM {relation} LIMIT 0").description]
        names = [self.dialect.quote(header) for header in distinct(self.name, headers)]
        looked = ", ".join(
            f"total(typeof({name}) = 'integer'), total(typeof({name}) = 'real'), total(typeof({name}) = 'text'), "
            f"total(typeof({name}) = 'blob'), total(typeof({name}) = 'integer' AND abs({name} / 2) >= {_EXACT // 2})"
            for name in names
        )
        found = self._all(f"SELECT {looked} FROM {relation}")[0]
        return tuple(_column(header, found[at * 5 : at * 5 + 5]) for at, header in enumerate(headers))

    def cell(self, column: Column) -> str:
        return self.dialect.quote(column.header)

    def fetch(self, sql: str) -> pa.Table:
        batches = list(self._rows(sql, None))
        return pa.Table.from_batches(batches)

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        yield from self._rows(sql, None)

    def read(self, relation: str, columns: Sequence[Column]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a relation in the types that its columns have by all their cells."""
        names = ", ".join(map(self.cell, columns))
        yield from self._rows(f"SELECT {names} FROM {relation}", [column.arrow for column in columns])

    def keep(self, sql: str) -> str:
        raise UsageError(f"{self.name}: {_NO_ENGINE}.")

    def put(self, table: pa.Table) -> str:
        raise UsageError(f"{self.name}: {_NO_ENGINE}.")

    def exists(self, table: str) -> tuple[Column, ...] | None:
        parts = parts_of(table)
        return self.columns_of(".".join(map(self.dialect.quote, parts))) if self._is_there(parts) else None

    def create(self, table: str, sql: str) -> None:
        raise UsageError(f"{self.name}: {_NO_ENGINE}.")

    def close(self) -> None:
        self._end()

    def _is_there(self, parts: Sequence[str]) -> bool:
        if len(parts) > 2 or (len(parts) == 2 and parts[0] != "main"):
            raise UsageError(f"{self.name}: a table of SQLite is named by one part, as orders.")
        # as SQLite takes names: one in any case of ASCII letters
        asked = "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE"
        with self._asking():
            return bool(self._link.execute(asked, [parts[-1]]).fetchall())

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        with self._asking():
            return self._link.execute(sql).fetchall()

    def _rows(self, sql: str, types: Sequence[pa.DataType] | None) -> Iterator[pa.RecordBatch]:
        with self._asking():
            cursor = self._link.execute(sql)
            headers = [each[0] for each in cursor.description]
        while True:
            with self._asking():
                rows = cursor.fetchmany(_ROWS_OF_A_BATCH)
            if not rows and types is not None:
                return
            cells = list(zip(*rows, strict=True)) or [()] * len(headers)
            kinds = types or [_type_of(column) for column in cells]
            columns = [_array(column, kind) for column, kind in zip(cells, kinds, strict=True)]
            if rows or types is None:
                yield pa.RecordBatch.from_arrays(columns, names=headers)
            if len(rows) < _ROWS_OF_A_BATCH:
                return
            types = kinds

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise self._refused(error) from None

    def _refused(self, error: Exception) -> Exception:
        text = str(error)
        if "locked" in text or "busy" in text:
            return BusyError(f"{self._path} is in use: another process writes to it. Try again when it has ended.")
        if "not a database" in text or "malformed" in text:
            return DataError(f"{self._path} is no whole database of SQLite: {said(text, ())}.")
        if "unable to open" in text:
            return MissingInputError(f"{self._path} cannot be opened: {said(text, ())}.")
        return DataError(f"{self.name}: {said(text, ())}.")


def _column(header: str, found: Sequence[float]) -> Column:
    """Return a column of so many whole numbers, floats, texts, bytes, and whole numbers that no float is."""
    whole, real, text, blob, large = found
    if blob:
        return Column(header, "other", "blob", pa.string())
    if text or not whole + real or (real and large):
        return Column(header, "text", "text", pa.string())
    if real:
        return Column(header, "float64", "real", pa.float64())
    return Column(header, "integer", "integer", pa.int64())


def _type_of(cells: Sequence[Any]) -> pa.DataType:
    kinds = {type(cell) for cell in cells} - {type(None)}
    if kinds == {int}:
        return pa.int64()
    return pa.float64() if kinds and kinds <= {int, float} else pa.string()


def _array(cells: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return cells in one type; as text they are as they are stored, and bytes as hexadecimal digits."""
    if pa.types.is_string(kind):
        cells = [cell.hex() if isinstance(cell, bytes) else None if cell is None else str(cell) for cell in cells]
    elif pa.types.is_floating(kind):
        cells = [None if cell is None else float(cell) for cell in cells]
    return pa.array(cells, kind)
