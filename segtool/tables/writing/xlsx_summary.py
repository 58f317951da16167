"""The sheet of a workbook that tells what stands behind the table, with its charts."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from segtool.tables.writing.xlsx import DATE, MONEY, write_text

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

_NAME = "Summary"

_COLUMNS = {
    "Segment": ("name", "", 26),
    "Customers": ("customers", "#,##0", 14),
    "Share": ("share", "0.0%", 14),
    "Revenue": ("revenue", "money", 18),
    "Share of revenue": ("revenue_share", "0.0%", 17),
    "Average order": ("average_order_value", MONEY[2], 16),
    "Median days": ("median_recency_days", "", 13),
    "Median orders": ("median_frequency", "", 14),
    "What to do next": ("advice", "", 100),
}
"""Header of the table of segments -> key in the summary, number format, width of the column."""

_CHARTS = ("Customers", "Revenue")
_CHART_SIZE = {"width": 560, "height": 360}

Cell = tuple[Any, str]
"""A value and its number format."""


def write_summary(
    workbook: "Workbook", summary: Mapping[str, Any], *, notes: Sequence[str], right_to_left: bool
) -> None:
    """Write facts, a table of segments for each scheme, and charts of the first, from the JSON summary of a run."""
    sheet = workbook.add_worksheet(_NAME)
    if right_to_left:
        sheet.right_to_left()
    for i, (_, _, width) in enumerate(_COLUMNS.values()):
        sheet.set_column(i, i, width)
    writer = _Writer(workbook, sheet)
    money = _money_format(summary)
    for label, cells in _facts(summary, notes, money):
        writer.write_row([(label, ""), *cells])
    charted = None
    for name, segments in {summary["scheme"]: summary["segments"], **summary["further_segments"]}.items():
        if segments:
            writer.write_row([])
            writer.write_row([(f"Segments: {name}", "")], bold=True)
            writer.write_row([(header, "") for header in _COLUMNS], bold=True)
            charted = charted or (writer.row, segments)
            for segment in segments:
                writer.write_row([(segment[key], form or "") for key, form in _formats(money)])
    if charted:
        _insert_charts(workbook, sheet, *charted, at=writer.row + 1)


class _Writer:
    """Writes one row after the other: a sheet that is written with constant memory has no way back."""

    def __init__(self, workbook: "Workbook", sheet: "Worksheet") -> None:
        self.row = 0
        self._workbook = workbook
        self._sheet = sheet
        self._styles: dict[tuple[str, bool], Any] = {}

    def write_row(self, cells: Sequence[Cell], *, bold: bool = False) -> None:
        for col, (value, form) in enumerate(cells):
            style = self._style(form, bold)
            if isinstance(value, str):
                write_text(self._workbook, self._sheet, self.row, col, value, style)
            elif isinstance(value, date):
                self._sheet.write_datetime(self.row, col, value, style)
            elif value is not None:
                self._sheet.write_number(self.row, col, value, style)
        self.row += 1

    def _style(self, form: str, bold: bool) -> Any:
        if (form, bold) not in self._styles:
            self._styles[form, bold] = self._workbook.add_format({"num_format": form or "General", "bold": bold})
        return self._styles[form, bold]


def _facts(summary: Mapping[str, Any], notes: Sequence[str], money: str) -> list[tuple[str, list[Cell]]]:
    rows, period = summary["rows"], summary["period"]
    aside = rows["set_aside"]
    count = MONEY[0]
    return [
        ("As of", [_day(summary["as_of"])]),
        ("Purchases from", [_day(period["first"])]),
        ("Purchases to", [_day(period["last"])]),
        ("Customers", [(summary["customers"], count)]),
        ("Orders", [(summary["orders"], count)]),
        ("Net revenue", [(summary["revenue"], money)]),
        ("Rows read", [(rows["read"], count)]),
        ("Rows used", [(rows["used"], count)]),
        (
            "Rows set aside",
            [(sum(each["rows"] for each in aside.values()), count), *([("worth", "")] if aside else [])],
        ),
        *((f"    {why}", [(each["rows"], count), (each["amount"], money)]) for why, each in aside.items()),
        ("Scheme", [(summary["scheme"], "")]),
        *(("Please note", [(text, "")]) for text in (*(each["message"] for each in summary["warnings"]), *notes)),
    ]


def _day(text: str) -> Cell:
    return date.fromisoformat(text), DATE


def _money_format(summary: Mapping[str, Any]) -> str:
    aside = summary["rows"]["set_aside"].values()
    amounts = [each["amount"] for each in aside] + [each["revenue"] for each in summary["segments"]]
    whole = all(float(amount).is_integer() for amount in [summary["revenue"], *amounts] if amount is not None)
    return MONEY[0 if whole else 2]


def _formats(money: str) -> list[tuple[str, str]]:
    return [(key, money if form == "money" else form) for key, form, _ in _COLUMNS.values()]


def _insert_charts(
    workbook: "Workbook", sheet: "Worksheet", row: int, segments: Sequence[Mapping[str, Any]], *, at: int
) -> None:
    """Put a bar chart for each charted column under the tables; `row` is the first row of the charted one."""
    last, headers = row + len(segments) - 1, list(_COLUMNS)
    names = [segment["name"] for segment in segments]
    for place, header in enumerate(_CHARTS):
        key, col = _COLUMNS[header][0], headers.index(header)
        chart = workbook.add_chart({"type": "bar"})
        chart.add_series(
            {
                "name": header,
                "categories": [_NAME, row, 0, last, 0],
                "values": [_NAME, row, col, last, col],
                "categories_data": names,  # what a viewer shows that does not read the cells
                "values_data": [segment[key] for segment in segments],
                "data_labels": {"value": True},
                "gap": 40,
            }
        )
        chart.set_title({"name": f"{header} by segment", "overlay": False})
        chart.set_legend({"none": True})
        chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
        chart.set_y_axis({"reverse": True})
        chart.set_size(_CHART_SIZE)
        sheet.insert_chart(at, 0 if place == 0 else 5, chart)
