"""Excel workbooks, sheet by sheet; the package that reads them is an extra."""

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.errors import DataError, MissingExtraError, UsageError
from segtool.tables.arrays import Ints, as_column, as_mask, as_texts
from segtool.tables.arrow_table import GROUPED, ArrowTable
from segtool.tables.files import File
from segtool.tables.headers import recognised
from segtool.tables.source import WORKBOOK, Layout

HasNumbers = Callable[[int, int], bool]
"""Whether there are numbers in a sheet, below so many rows, in a column."""

_TOP = 50
"""Rows in which a header is looked for."""

_NOISY = r"^-?[1-9][0-9]{6,14}\.[0-9]{8,9}$"
"""Numbers with more digits than a cell of a sheet can hold."""


class Sheet(ArrowTable):
    """A sheet as a table of texts: dates are ISO text, numbers plain decimals. Rows without a cell are left out."""

    def __init__(self, name: str, cells: pa.Table, layout: Layout, has_numbers: HasNumbers) -> None:
        filled = np.any([as_mask(column.combine_chunks().is_valid()) for column in cells.columns], axis=0)
        rows = np.flatnonzero(filled)
        kept = cells.take(as_column(rows)).combine_chunks()
        header = _header_of(kept, rows, layout)
        if header >= len(rows):
            raise DataError(f"{name} has nothing below row {layout.skip_rows or 0}.")
        first = [column[header].as_py() if header >= 0 else None for column in kept.columns]
        names = [text.strip() if text else "" for text in first]
        where = f"row {rows[header] + 1}" if layout.header else "none"
        if not layout.header:
            header, names = header - 1, [str(i) for i in range(1, len(names) + 1)]
        about = {"format": WORKBOOK, "header": where}
        super().__init__(name, kept.slice(header + 1).rename_columns(names), about=about)
        self._numbers = rows[header + 1 :] + 1
        self._has_numbers = partial(has_numbers, int(rows[header]) + 1 if header >= 0 else 0)
        self._points: dict[int, tuple[int, str] | None] = {}
        self.recognised = recognised(names)

    def point_at(self, position: int) -> tuple[int, str] | None:
        if position not in self._points:
            column = self._table.column(position).combine_chunks()
            grouped = np.flatnonzero(as_mask(pc.match_substring_regex(column, GROUPED)))
            found = len(grouped) and self._has_numbers(position)
            self._points[position] = (int(grouped[0]), column[int(grouped[0])].as_py()) if found else None
        return self._points[position]

    def locate(self, rows: Ints) -> Iterator[tuple[int, str]]:
        for row, (_, record) in zip(rows.tolist(), super().locate(rows), strict=True):
            yield int(self._numbers[row]), record


def workbook(file: File, layout: Layout) -> list[Sheet]:
    """Return the sheets that are asked for, or the one with orders, whose header is the first with names of roles.

    Raises MissingExtraError without the package, UsageError for a sheet that there is not, DataError for a file that is
    no workbook and for several sheets that can be meant.
    """
    try:
        import fastexcel
    except ImportError:
        raise MissingExtraError(
            f'{file.name}: Excel workbooks need the package fastexcel: python -m pip install "segtool[xlsx]"'
        ) from None
    try:
        return _sheets(file, layout)
    except fastexcel.FastExcelError as error:
        raise DataError(f"{file.name} is no whole Excel workbook: {str(error).splitlines()[0]}") from error


def _sheets(file: File, layout: Layout) -> list[Sheet]:
    import fastexcel

    with file.open() as stream:
        book = fastexcel.read_excel(stream.readall())
    names = [name for name in book.sheet_names if layout.sheet is None or fnmatchcase(name, layout.sheet)]
    if not names:
        raise UsageError(f"{file.name} has no sheet {layout.sheet!r}. Sheets: {', '.join(book.sheet_names)}.")
    sheets = {name: sheet for name in names if (sheet := _sheet(file.name, book, name, layout)) is not None}
    if not sheets:
        raise DataError(f"{file.name} is empty.")
    if layout.sheet is not None or len(sheets) == 1:
        return list(sheets.values())
    likely = {name: sheet for name, sheet in sheets.items() if sheet.recognised >= 2}
    if len(likely) != 1:
        which = likely or sheets
        raise DataError(f"{file.name} has {len(which)} sheets: {', '.join(which)}. Say --sheet NAME, or '*' for all.")
    [(name, sheet)] = likely.items()
    others = [other for other in sheets if other != name]
    sheet.remarks = [("one-sheet", {"file": file.name, "sheet": name, "others": ", ".join(others)})]
    return [sheet]


def _sheet(file: str, book: Any, name: str, layout: Layout) -> Sheet | None:
    found = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")  # 0 keeps empty rows at the top
    if not found.height:
        return None
    cells = pa.table(found.to_arrow())
    cells = pa.table([_shortest(column) for column in cells.columns], names=cells.column_names)
    places = [getattr(column, "absolute_index", column.index) for column in found.selected_columns]
    has_numbers = partial(_has_numbers, book, name, places)
    return Sheet(f"{file}[{name}]" if len(book.sheet_names) > 1 else file, cells, layout, has_numbers)


def _shortest(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts of numbers as the shortest decimals that mean them: a sheet has 24517605.1, its reader adds digits.

    >>> _shortest(pa.chunked_array([["24517605.100000001", "0.1", "A7"]])).to_pylist()
    ['24517605.1', '0.1', 'A7']
    """
    is_long = as_mask(pc.match_substring_regex(column, _NOISY).combine_chunks())
    if not is_long.any():
        return column
    short = as_texts([str(float(cell)) for cell in column.filter(as_column(is_long)).to_pylist()]).cast(column.type)
    return pa.chunked_array([pc.replace_with_mask(column.combine_chunks(), as_column(is_long), short)])


def _has_numbers(book: Any, name: str, places: Sequence[int], above: int, column: int) -> bool:
    import fastexcel

    how = {"header_row": None, "skip_rows": above, "schema_sample_rows": None, "dtype_coercion": "strict"}
    try:
        [found] = book.load_sheet(name, use_columns=[places[column]], **how).selected_columns
    except fastexcel.UnsupportedColumnTypeCombinationError:  # numbers beside texts
        return True
    return found.dtype in ("float", "int")


def _header_of(cells: pa.Table, rows: Ints, layout: Layout) -> int:
    """Return the place of the header among the rows that have cells."""
    if layout.skip_rows is not None:
        return int(np.searchsorted(rows, layout.skip_rows))
    if not layout.header:
        return 0
    top = (column.slice(0, _TOP).to_pylist() for column in cells.columns)
    texts = [[cell or "" for cell in row] for row in zip(*top, strict=True)]
    return next((i for i, row in enumerate(texts) if recognised(row) >= 2), 0)
