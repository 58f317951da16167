"""Any table in: files by their content, DataFrames and Arrow tables as they are."""

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from segtool.errors import DataError, UsageError

if TYPE_CHECKING:
    from segtool.tables.files import File
    from segtool.tables.source import Layout, Source

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_ARROW = (b"ARROW1", b"\xff\xff\xff\xff")
_UNREADABLE = {
    b"FEA1": "a Feather file of the first version",
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite database",
    b"7z\xbc\xaf": "a 7-Zip archive",
}


def open_tables(orders: Sequence[Any], layout: "Layout") -> "tuple[Source, ...]":
    """Return a source for each file (or sheet), pandas DataFrame or Arrow table; a name can stand for several files.

    Raises MissingInputError for a path that leads to no table, UsageError for a file that is given twice.
    """
    sources: list[Source] = []
    paths = set()
    for each in orders:
        if not isinstance(each, str | os.PathLike):
            sources.append(_in_memory(each))
            continue
        for file in _files(os.fspath(each)):
            place = os.path.realpath(file.path) if file.path else file.name
            if place in paths:
                raise UsageError(f"{place} is given twice; its rows would count double.")
            paths.add(place)
            sources += _in_file(file, layout)
    if not sources:
        raise UsageError("No orders were given.")
    return tuple(sources)


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
