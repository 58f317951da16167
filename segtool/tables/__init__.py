"""Any table in: files by their content, DataFrames and Arrow tables as they are."""

import os
from pathlib import Path
from typing import Any

from segtool.errors import DataError, MissingInputError, UsageError
from segtool.tables.source import Source

_OTHER_FORMATS = {
    b"PK\x03\x04": "an Excel workbook or a zip archive; save the sheet as CSV (UTF-8)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as CSV (UTF-8)",
    b"\x1f\x8b": "compressed with gzip; unpack it",
    b"\xff\xfe": "UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as UTF-8",
}


def open_table(orders: Any) -> Source:
    """Return a source for a path, a pandas DataFrame or an Arrow table.

    A file is Parquet if it starts as one, otherwise CSV. Raises MissingInputError for a path that is no file.
    """
    import pyarrow as pa

    if isinstance(orders, str | os.PathLike):
        return _open_file(Path(orders))
    from segtool.tables.arrow_table import ArrowTable, DataFrame

    if isinstance(orders, pa.Table):
        return ArrowTable(orders)
    if hasattr(orders, "iloc") and hasattr(orders, "columns"):
        return DataFrame(orders)
    raise UsageError(f"Orders are a path, a DataFrame or an Arrow table, not {type(orders).__name__}.")


def _open_file(path: Path) -> Source:
    try:
        if path.is_dir():
            raise MissingInputError(f"{path} is a directory; name the files in it.")
        if path.exists() and not path.is_file():
            raise MissingInputError(f"{path} is a pipe or a device, which cannot be read twice; save it as a file.")
        with path.open("rb") as file:
            magic = file.read(4)
    except FileNotFoundError:
        if str(path) == "-":
            raise MissingInputError("Orders cannot come from stdin; save them as a file.") from None
        raise MissingInputError(f"{path} does not exist.") from None
    except OSError as error:
        raise MissingInputError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    for start, what in _OTHER_FORMATS.items():
        if magic.startswith(start):
            raise DataError(f"{path} is {what}.")
    if magic == b"PAR1":
        from segtool.tables.arrow_table import ParquetFile

        return ParquetFile(path)
    from segtool.tables.csv_file import CsvFile

    return CsvFile(path)
