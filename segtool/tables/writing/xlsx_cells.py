"""What the cells of a workbook are: their number formats, and text that stays text."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

MONEY = {0: "#,##0", 2: "#,##0.00", 4: "#,##0.0000"}
"""Decimals -> number format."""

DATE = "yyyy-mm-dd"


def write_text(workbook: "Workbook", sheet: "Worksheet", row: int, col: int, text: str, style: Any = None) -> None:
    """Write a cell of text as it is: no formula, no number, no link."""
    if text.startswith("<r>") and text.endswith("</r>"):  # XlsxWriter would take it for markup of its own
        sheet.write_rich_string(row, col, text[0], workbook.add_format(), text[1:], *([style] if style else []))
    else:
        sheet.write_string(row, col, text, style)
