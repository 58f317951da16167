"""Any table in: files by their content, DataFrames and Arrow tables as they are."""

import os
from pathlib import Path
from typing import Any

from segtool.errors import DataError, MissingInputError
from segtool.tables.source import Source


def open_table(orders: Any) -> Source:
    """Return a source for a path, a pandas DataFrame or an Arrow table.

    A file is Parquet if it starts as one, otherwise CSV. Raises MissingInputError for a path that is no file.
    """
    import pyarrow as pa

    if isinstance(orders, str | os.PathLike):
        return _open_file(Path(orders))
    from segtool.tables.arrow_table import ArrowTable, from_dataframe

    if isinstance(orders, pa.Table):
        return ArrowTable(orders, "table")
    if hasattr(orders, "iloc") and hasattr(orders, "columns"):
        return from_dataframe(orders)
    raise DataError(f"Orders are a path, a DataFrame or an Arrow table, not {type(orders).__name__}.")


def _open_file(path: Path) -> Source:
    if path.is_dir():
        raise MissingInputError(f"{path} is a directory; name the files in it.")
    if path.exists() and not path.is_file():
        raise MissingInputError(f"{path} is a pipe or a device, which cannot be read twice; save it as a file.")
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except FileNotFoundError:
        raise MissingInputError(f"{path} does not exist.") from None
    except PermissionError:
        raise MissingInputError(f"{path} cannot be read: permission denied.") from None
    if magic == b"PAR1":
        from segtool.tables.arrow_table import ParquetFile

        return ParquetFile(path)
    from segtool.tables.csv_file import CsvFile

    return CsvFile(path)
