"""The table as an Excel workbook: cells that keep their type, and a second sheet with the summary."""

import io
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.errors import OutputError
from segtool.tables.arrays import Ints, valid
from segtool.tables.numbers import as_floats, decimal_places, from_decimals
from segtool.tables.text import as_text
from segtool.tables.writing.plain_cells import is_money, with_amounts, with_plain_cells
from segtool.tables.writing.xlsx_cells import DATE, MONEY, write_text
from segtool.words import Words, words_in

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_575
"""What a sheet holds below its header."""

LONGEST_TEXT = 32_767
"""What a cell holds, in units of UTF-16."""

MOST_DIGITS = 15
"""What Excel keeps of a number. It would round longer amounts, so they are written as text."""

_ROWS = 1 << 13
_WIDEST = 60
_SCORES = ("r_score", "f_score", "m_score")
_COLOURS = {"min_color": "#F4A6A0", "mid_color": "#FFF2B8", "max_color": "#93CFA0"}


@dataclass(frozen=True)
class _Column:
    """How a column is written: its cells from part of it, the method for one of them, and how wide they are."""

    cells: Callable[[pa.Array], Sequence[Any]]
    write: Callable[[int, int, Any], object]
    width: int


def write_xlsx(
    table: pa.Table, file: BinaryIO, *, right_to_left: bool = False, lang: str = "en", headers: str = "en"
) -> None:
    """Write a workbook with the table and, if its metadata hold a summary, a sheet with that and its charts.

    Sheets in a language from right to left begin at the right; `headers` is that of the headers of the table in an
    English workbook.

    Raises OutputError for more rows, or longer texts, than a sheet holds.
    """
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    from segtool.tables.writing.xlsx_summary import write_summary

    table = with_amounts(with_plain_cells(table))
    _refuse_too_much(table)
    summary = json.loads((table.schema.metadata or {}).get(b"segtool", b"{}"))
    words = words_in(lang)
    right_to_left = right_to_left or words.right_to_left
    whole = io.BytesIO()  # an archive that fails halfway would try to end itself again, and tell
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        workbook = Workbook(whole, {"constant_memory": True, "tmpdir": folder})
        created = datetime.fromisoformat(summary.get("as_of") or "1980-01-01")
        workbook.set_properties({"created": created})  # else it would be the time of the clock
        _write_customers(workbook, table, words, headers if lang == "en" else lang, right_to_left)
        if summary:
            write_summary(workbook, summary, words, notes=_notes(table, words), right_to_left=right_to_left)
        try:
            workbook.close()
        except FileCreateError as error:
            raise error.args[0] from None  # the OSError, as on a full disk
    file.write(whole.getbuffer())


def _refuse_too_much(table: pa.Table) -> None:
    if len(table) > MOST_ROWS:
        raise OutputError(
            f"xlsx holds {MOST_ROWS:,} customers in a sheet, and there are {len(table):,}: write .csv or .parquet."
        )
    for name, column in zip(table.column_names, table.columns, strict=True):
        if _is_text(column.type) and (pc.max(pc.binary_length(column)).as_py() or 0) > LONGEST_TEXT:
            longest = max(len(cell.encode("utf-16-le")) // 2 for cell in column.to_pylist() if cell)
            if longest > LONGEST_TEXT:
                raise OutputError(
                    f"xlsx holds {LONGEST_TEXT:,} letters in a cell, and {name} has one of {longest:,}: "
                    "write .csv or .parquet."
                )


def _write_customers(workbook: "Workbook", table: pa.Table, words: Words, headers: str, right_to_left: bool) -> None:
    of_segments = table.column_names[0] in ("scheme", "segment")
    sheet = workbook.add_worksheet(words("sheet.segments" if of_segments else "sheet.customers"))
    if right_to_left:
        sheet.right_to_left()
    last_row, last_col = len(table), table.num_columns - 1
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last_row, last_col)
    columns = [_column(workbook, sheet, column) for column in table.columns]
    bold = workbook.add_format({"bold": True})
    for i, (name, column) in enumerate(zip(table.column_names, columns, strict=True)):
        header = words_in(headers).header(name)
        sheet.set_column(i, i, min(max(column.width, len(header) + 3) + 1, _WIDEST))
        write_text(workbook, sheet, 0, i, header, bold)
        if name in _SCORES and last_row:
            sheet.conditional_format(1, i, last_row, i, {"type": "3_color_scale", **_COLOURS})
    for row, cells in enumerate(_rows(table, columns), 1):
        for i, cell in enumerate(cells):
            if cell is not None:
                columns[i].write(row, i, cell)


def _rows(table: pa.Table, columns: Sequence[_Column]) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(table), _ROWS):
        parts = (column.combine_chunks() for column in table.slice(start, _ROWS).columns)
        yield from zip(*(column.cells(part) for column, part in zip(columns, parts, strict=True)), strict=True)


def _column(workbook: "Workbook", sheet: "Worksheet", column: pa.ChunkedArray) -> _Column:
    """Return how a column is written: text as text, money with the decimals that the whole column needs."""
    kind = column.type
    if is_money(kind):
        places = _places(column)
        style = workbook.add_format({"num_format": MONEY[places]})
        right = workbook.add_format({"align": "right"})

        def write_amount(row: int, col: int, amount: float | str) -> None:
            if isinstance(amount, str):
                sheet.write_string(row, col, amount, right)
            else:
                sheet.write_number(row, col, amount, style)

        ends = [pc.min(column).as_py() or 0, pc.max(column).as_py() or 0]
        return _Column(partial(_amounts, places=places), write_amount, max(len(f"{e:,.{places}f}") for e in ends))
    if pa.types.is_date32(kind):
        style = workbook.add_format({"num_format": DATE})
        return _Column(pa.Array.to_pylist, lambda row, col, day: sheet.write_datetime(row, col, day, style), len(DATE))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _Column(pa.Array.to_pylist, sheet.write_number, len(str(pc.max(column).as_py())))
    widest = pc.max(pc.utf8_length(column)).as_py() if _is_text(kind) else 0
    return _Column(lambda part: as_text(part).to_pylist(), partial(write_text, workbook, sheet), widest or 0)


def _places(column: pa.ChunkedArray) -> int:
    return max((decimal_places(from_decimals(part)) for part in column.chunks), default=0)


def _amounts(part: pa.Array, places: int) -> list[float | str | None]:
    """Return amounts as numbers, and as text those that have more digits than Excel keeps."""
    units = from_decimals(part)
    amounts: list[float | str | None] = as_floats(units).tolist()
    for row in _too_long(units):
        amounts[row] = f"{Decimal(int(units[row])).scaleb(-4):.{places}f}"
    for row in np.flatnonzero(~valid(part)).tolist():
        amounts[row] = None
    return amounts


def _too_long(units: Ints) -> list[int]:
    """Return the rows of amounts with more digits than Excel keeps; zeros at either end are none.

    >>> _too_long(np.array([10**18, 10**18 + 1, -(10**15) - 10]))
    [1]
    """
    many = np.flatnonzero((units >= 10**MOST_DIGITS) | (units <= -(10**MOST_DIGITS)))
    return [row for row in many.tolist() if len(str(abs(int(units[row]))).rstrip("0")) > MOST_DIGITS]


def _notes(table: pa.Table, words: Words) -> list[str]:
    columns = [column for column in table.columns if is_money(column.type)]
    count = sum(len(_too_long(from_decimals(part))) for column in columns for part in column.chunks)
    return [words("sheet.long-amounts", digits=MOST_DIGITS, cells=count)] if count else []


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)
