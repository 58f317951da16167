"""Databases and clusters that hold tables: their addresses, and what each of them can be asked."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from segtool.databases.addresses import Address, Kind, address_of
from segtool.databases.columns import Column, ColumnKind

if TYPE_CHECKING:
    import pyarrow as pa

    from segtool.databases.dialects import Dialect

__all__ = ["Address", "Column", "ColumnKind", "Database", "Kind", "address_of", "connect"]


class Database(Protocol):
    """An open connection. A relation is what stands after FROM: a quoted name, a query in brackets, a call.

    SQL that comes here has identifiers that are quoted by the dialect, integers, and texts of segtool itself; what a
    user wrote as a value goes in by `put`. All queries of a connection see one state where the database can do that.

    Rows come in plain Arrow types: integers as int64 (or what the column has), texts as string, floats as float64,
    sums cast to `dialect.big` as decimal128(38, 0). A number of PostgreSQL with decimals comes as its text, as no
    query there tells its scale; so does a whole one of more than 38 digits.

    Every method raises DataError where the database refuses, with its first line and without credentials, and
    LostConnectionError, which is one, where the connection breaks off.
    """

    kind: Kind
    name: str
    dialect: "Dialect"

    def relation(self, address: Address) -> str:
        """Return the table or path of an address as a relation. Raises MissingInputError where there is none."""

    def columns_of(self, relation: str) -> tuple[Column, ...]:
        """Return the columns of a relation, in their order. Raises DataError where two have one name."""

    def cell(self, column: Column) -> str:
        """Return what is to be selected so that a column comes in its Arrow type; what no such type has comes as null.

        That are infinite days and moments, and NaN among decimals. Kinds that are `other` come as text.
        """

    def fetch(self, sql: str) -> "pa.Table":
        """Return the rows of a query."""

    def stream(self, sql: str) -> "Iterator[pa.RecordBatch]":
        """Yield the rows of a query, a batch at a time, without keeping them."""

    def read(self, relation: str, columns: Sequence[Column]) -> "Iterator[pa.RecordBatch]":
        """Yield the rows of a relation, a batch at a time, its columns in their Arrow types."""

    def keep(self, sql: str) -> str:
        """Return a temporary relation with the rows of a query, which are found once and live as long as this."""

    def put(self, table: "pa.Table") -> str:
        """Return a temporary relation with these rows."""

    def exists(self, table: str) -> tuple[Column, ...] | None:
        """Return the columns of a table of this name, as a user writes it; None where there is none.

        A view, and what else no table can take the place of, has none. Raises UsageError for what cannot give way.
        """

    def create(self, table: str, sql: str) -> None:
        """Make a table of this name, as a user writes it, of the rows of a query; one that is there gives way whole."""

    def close(self) -> None:
        """End the connection, and with it all that is temporary."""


_DRIVERS: Mapping[Kind, str] = {
    "duckdb": "segtool.databases.duck",
    "postgres": "segtool.databases.postgres",
    "spark": "segtool.databases.spark",
    "sqlite": "segtool.databases.sqlite",
}


def connect(address: Address, *, memory_limit: int | None = None, writable: bool = False) -> Database:
    """Return an open connection. `memory_limit` is in bytes, for engines of this machine.

    Only a `writable` one can `create` in a file of DuckDB, which then is locked for all others. Raises
    MissingExtraError where the driver is not installed, MissingInputError where nothing answers there.
    """
    driver = import_module(_DRIVERS[address.kind])
    found: Database = driver.connect(address, memory_limit=memory_limit, writable=writable)
    return found
