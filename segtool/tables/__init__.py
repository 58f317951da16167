"""Any table in: files by their content, DataFrames and Arrow tables as they are."""

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from segtool.databases import Address, address_of, connect
from segtool.databases.queries import relation_of
from segtool.errors import DataError, UsageError

if TYPE_CHECKING:
    from segtool.databases import Database
    from segtool.tables.files import File
    from segtool.tables.source import Layout, Source

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_ARROW = (b"ARROW1", b"\xff\xff\xff\xff")
_UNREADABLE = {
    b"FEA1": "a Feather file of the first version",
    b"%PDF": "a PDF",
    b"7z\xbc\xaf": "a 7-Zip archive",
}


def open_tables(orders: Sequence[Any], layout: "Layout") -> "tuple[Source, ...]":
    """Return a source for each file (or sheet), pandas DataFrame or Arrow table; a name can stand for several files.

    Raises MissingInputError for a path that leads to no table, UsageError for a file that is given twice.
    """
    sources: list[Source] = []
    paths = set()
    databases = _Databases(layout)
    for each in orders:
        if not isinstance(each, str | os.PathLike):
            databases.refuse_query("a table in memory")
            sources.append(_in_memory(each))
            continue
        address = address_of(os.fspath(each))
        if address is not None:
            sources.append(databases.table(address))
            continue
        databases.refuse_query(os.fspath(each))
        for file in _files(os.fspath(each)):
            place = os.path.realpath(file.path) if file.path else file.name
            if place in paths:
                raise UsageError(f"{place} is given twice; its rows would count double.")
            paths.add(place)
            sources += _in_file(file, layout)
    if not sources:
        raise UsageError("No orders were given.")
    return tuple(sources)


class _Databases:
    """The databases of a run, of which each is opened once: of two tables of one the state is the same."""

    def __init__(self, layout: "Layout") -> None:
        self._layout = layout
        self._open: dict[tuple[str, str], Database] = {}
        self._tables: set[tuple[str, str, str | None, str | None]] = set()

    def refuse_query(self, what: str) -> None:
        """Raise UsageError where there is a query, and a source that can answer none."""
        if self._layout.query is not None:
            raise UsageError(f"--query asks a database, and {what} is none; its address is as postgresql://host/shop")

    def table(self, address: Address) -> "Source":
        """Return the table of an address, or what the query gives there."""
        from segtool.tables.database_table import DatabaseTable

        query, named = self._layout.query, address.table is not None or address.path is not None
        if query is not None and named:
            raise UsageError(f"{address.name} names a table, and there is a --query too; say one of them.")
        if query is None and not named:
            raise UsageError(f"{address.name} names no table: say {address.name}?table=orders, or ask by --query FILE.")
        place = (address.kind, address.connection)
        key = (*place, address.table, address.path)
        if key in self._tables:
            raise UsageError(f"{address.name} is given twice; its rows would count double.")
        self._tables.add(key)
        asked = relation_of(query, address.kind) if query is not None else None
        if place not in self._open:
            self._open[place] = connect(
                address,
                memory_limit=self._layout.memory_limit,
                writable=self._layout.writable and not _is_lost(address),
            )
        database = self._open[place]
        if asked is not None:
            return DatabaseTable(f"{address.name} (query)", database, asked, what="query")
        return DatabaseTable(address.name, database, database.relation(address))


def _is_lost(address: "Address") -> bool:
    """Return whether a file of DuckDB is not there, and would be made if it were opened to write."""
    return address.kind == "duckdb" and not os.path.isfile(address.connection)


def _files(name: str) -> "Iterator[File]":
    from segtool.tables.places import files_of

    return files_of(name)


def _in_memory(orders: Any) -> "Source":
    import pyarrow as pa

    from segtool.tables.arrow_table import ArrowTable, DataFrame

    if isinstance(orders, pa.Table):
        return ArrowTable("table", orders)
    if hasattr(orders, "iloc") and hasattr(orders, "columns"):
        return DataFrame(orders)
    raise UsageError(f"Orders are a path, a DataFrame or an Arrow table, not {type(orders).__name__}.")


def _in_file(file: "File", layout: "Layout") -> "list[Source]":
    """Return the tables in a file, of which a workbook can have several."""
    if file.head.startswith(_WORKBOOKS):
        from segtool.tables.workbook import workbook

        sources: list[Source] = [*workbook(file, layout)]
    else:
        sources = [_one_table(file, layout)]
    if not file.facts:
        return sources
    from segtool.tables.partitions import Partition

    return [Partition(source, file.facts) for source in sources]


def _one_table(file: "File", layout: "Layout") -> "Source":
    """Return the table of a file, read as what it begins with."""
    head = file.head
    if head.startswith(b"PAR1"):
        from segtool.tables.arrow_table import ParquetFile

        return ParquetFile(file)
    if head.startswith(_ARROW):
        from segtool.tables.arrow_table import arrow_file

        return arrow_file(file)
    for start, what in _UNREADABLE.items():
        if head.startswith(start):
            raise DataError(f"{file.name} is {what}; save the orders as CSV or Parquet.")
    if head.startswith(b"SQLite format 3"):
        raise DataError(f"{file.name} is an SQLite database; name a table in it: sqlite:///{file.name}?table=orders")
    if head[8:12] == b"DUCK":
        raise DataError(f"{file.name} is a DuckDB database; name a table in it: duckdb:///{file.name}?table=orders")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{") and layout.delimiter is None:
        from segtool.tables.json_lines import JsonLines

        return JsonLines(file, layout)
    if text.startswith(b"| ") and layout.delimiter is None:
        from segtool.tables.markdown import is_table, markdown_file

        if is_table(text):
            return markdown_file(file, layout)
    if text.startswith(b"[") and text[1:].lstrip().startswith(b"{"):
        raise DataError(f"{file.name} is one JSON array; write an object a line (JSON lines): jq -c '.[]' orders.json")
    from segtool.tables.delimited.csv_file import CsvFile

    return CsvFile(file, layout)
