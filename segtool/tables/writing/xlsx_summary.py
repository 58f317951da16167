"""The sheet of a workbook that tells what stands behind the table, with its charts."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from segtool.tables.writing.xlsx_cells import DATE, MONEY, write_text
from segtool.words import Words

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

_COLUMNS = {
    "name": ("", 26),
    "customers": ("#,##0", 14),
    "share": ("0.0%", 14),
    "revenue": ("money", 18),
    "revenue_share": ("0.0%", 17),
    "average_order_value": (MONEY[2], 16),
    "median_recency_days": ("", 13),
    "median_frequency": ("", 14),
    "advice": ("", 100),
}
"""Key of a segment in the summary -> number format and width of its column."""

_CHARTS = ("customers", "revenue")
_CHART_SIZE = {"width": 560, "height": 360}

Cell = tuple[Any, str]
"""A value and its number format."""


def write_summary(
    workbook: "Workbook", summary: Mapping[str, Any], words: Words, *, notes: Sequence[str], right_to_left: bool
) -> None:
    """Write facts, targets, a table of segments for each scheme, and charts of the first, from the JSON summary."""
    sheet = workbook.add_worksheet(words("sheet.summary"))
    if right_to_left:
        sheet.right_to_left()
    for i, (_, width) in enumerate(_COLUMNS.values()):
        sheet.set_column(i, i, width)
    writer = _Writer(workbook, sheet)
    money = _money_format(summary)
    for label, cells in _facts(summary, notes, money, words):
        writer.write_row([(label, ""), *cells])
    if summary["targets"]:
        writer.write_row([])
        writer.write_row([(words("title.targets"), "")], bold=True)
        heads = ("segment", None, "actual", "target", "gap", "by")
        writer.write_row([(words(f"header.{head}") if head else None, "") for head in heads], bold=True)
        for target in summary["targets"]:
            writer.write_row(_target(target, money, words))
    charted = None
    for name, segments in {summary["scheme"]: summary["segments"], **summary["further_segments"]}.items():
        if segments:
            writer.write_row([])
            writer.write_row([(words("title.segments", scheme=name), "")], bold=True)
            writer.write_row([(words(f"sheet-header.{key}"), "") for key in _COLUMNS], bold=True)
            charted = charted or (writer.row, segments)
            for segment in segments:
                named = {**segment, "name": words.named(segment["name"], segment["title"])}
                writer.write_row([(named[key], form) for key, form in _formats(money)])
    if charted:
        _insert_charts(workbook, sheet, words, *charted, at=writer.row + 1)


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


def _facts(summary: Mapping[str, Any], notes: Sequence[str], money: str, words: Words) -> list[tuple[str, list[Cell]]]:
    rows, period = summary["rows"], summary["period"]
    aside = rows["set_aside"]
    count = MONEY[0]
    days = {"as-of": summary["as_of"], **(period or {})}
    return [
        *((words(f"sheet.{name}"), [_day(day)]) for name, day in days.items() if day),
        (words("sheet.customers"), [(summary["customers"], count)]),
        (words("sheet.orders"), [(summary["orders"], count)]),
        (words("sheet.net-revenue"), [(summary["revenue"], money)]),
        (words("sheet.read"), [(rows["read"], count)]),
        (words("sheet.used"), [(rows["used"], count)]),
        (
            words("sheet.set-aside"),
            [(sum(each["rows"] for each in aside.values()), count), *([(words("told.worth"), "")] if aside else [])],
        ),
        *(
            (f"    {words.term('reason', why)}", [(each["rows"], count), (each["amount"], money)])
            for why, each in aside.items()
        ),
        (words("sheet.scheme"), [(summary["scheme"], "")]),
        *_aims(summary, money, words),
        *(
            (words("title.warnings"), [(text, "")])
            for text in (*(each["message"] for each in summary["warnings"]), *notes)
        ),
    ]


def _aims(summary: Mapping[str, Any], money: str, words: Words) -> list[tuple[str, list[Cell]]]:
    """Return what is wanted and the figure to watch, how the customers are, and the drift from a model."""
    goal, health, drift = summary["goal"], summary["health"], summary["drift"]
    facts: list[tuple[str, list[Cell]]] = []
    if goal:
        form = {"percent": "0.0%", "amount": MONEY[2]}.get(goal["form"], MONEY[0])
        facts.append((words("sheet.goal"), [(goal["title"], ""), (goal["figure_title"], ""), (goal["value"], form)]))
    for how in ("positive", "negative") if health else ():
        own = health[how]
        cells: list[Cell] = [(own["customers"], MONEY[0]), (own["share"], "0.0%"), (own["revenue"], money)]
        facts.append((words(f"sheet.{how}"), [*cells, (own["revenue_share"], "0.0%")]))
    for axis, psi in drift["psi"].items() if drift else ():
        label = words("sheet.drift", axis=axis.upper(), model=drift["model"])
        facts.append((label, [(psi, "0.0000")]))
    return facts


def _target(target: Mapping[str, Any], money: str, words: Words) -> list[Cell]:
    form = {"customers": MONEY[0], "revenue": money}.get(target["measure"], "0.0%")
    measured = words(f"measure.{target['measure']}")
    amounts: list[Cell] = [(target[key], form) for key in ("actual", "target", "gap")]
    return [
        (words.named(target["segment"], target["title"]), ""),
        (f"{measured} {'≥' if target['sign'] == '>=' else '≤'}", ""),
        *amounts,
        *([_day(target["by"])] if target["by"] else []),
    ]


def _day(text: str) -> Cell:
    return date.fromisoformat(text), DATE


def _money_format(summary: Mapping[str, Any]) -> str:
    aside = summary["rows"]["set_aside"].values()
    amounts = [each["amount"] for each in aside] + [each["revenue"] for each in summary["segments"]]
    whole = all(float(amount).is_integer() for amount in [summary["revenue"], *amounts] if amount is not None)
    return MONEY[0 if whole else 2]


def _formats(money: str) -> list[tuple[str, str]]:
    return [(key, money if form == "money" else form) for key, (form, _) in _COLUMNS.items()]


def _insert_charts(
    workbook: "Workbook",
    sheet: "Worksheet",
    words: Words,
    row: int,
    segments: Sequence[Mapping[str, Any]],
    *,
    at: int,
) -> None:
    """Put a bar chart for each charted column under the tables; `row` is the first row of the charted one."""
    last, name = row + len(segments) - 1, sheet.get_name()
    names = [words.named(segment["name"], segment["title"]) for segment in segments]
    for place, key in enumerate(_CHARTS):
        header, col = words(f"sheet-header.{key}"), list(_COLUMNS).index(key)
        chart = workbook.add_chart({"type": "bar"})
        chart.add_series(
            {
                "name": header,
                "categories": [name, row, 0, last, 0],
                "values": [name, row, col, last, col],
                "categories_data": names,  # what a viewer shows that does not read the cells
                "values_data": [segment[key] for segment in segments],
                "data_labels": {"value": True},
                "gap": 40,
            }
        )
        chart.set_title({"name": words("sheet.chart", header=header), "overlay": False})
        chart.set_legend({"none": True})
        chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
        chart.set_y_axis({"reverse": True})
        chart.set_size(_CHART_SIZE)
        sheet.insert_chart(at, 0 if place == 0 else 5, chart)
