"""Workbooks, as openpyxl reads them: every cell keeps its type and its text."""

import io
import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import ROOT, needs
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.errors import OutputError
from segtool.tables.arrays import as_column
from segtool.tables.numbers import INT64_MAX, as_decimals
from segtool.tables.writing.formats import write_table

needs("xlsxwriter")
openpyxl = needs("openpyxl")

PAYLOADS = [
    "=1+1", "@SUM(A1)", "+1", "-1", "00123", "5.94687E+23", "TRUE", "#N/A", "2024-01-31", "http://example.org",
    "<r><t>x</t></r>", "<r>&</r>", "_x0041_", " a ", "ann", "{=1}", "internal:A1", "ا",
]  # fmt: skip


def bytes_of(table: pa.Table, **options: Any) -> bytes:
    file = io.BytesIO()
    write_table(table, file, "xlsx", **options)
    return file.getvalue()


def book(table: pa.Table, **options: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(bytes_of(table, **options)))


def rows(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return segtool.rfm(ROOT / "examples" / "orders.csv", scheme=["loyalty-matrix", "value-loyalty"]).table


def test_every_cell_equals_that_of_the_table(table: pa.Table) -> None:
    found = rows(book(table)["Customers"])
    assert found[0] == table.column_names
    as_written = {date: lambda day: datetime(day.year, day.month, day.day), Decimal: float}
    for row, cells in zip(found[1:], table.to_pylist(), strict=True):
        assert row == [as_written.get(type(cell), lambda same: same)(cell) for cell in cells.values()]
        assert list(map(type, row[3:10])) == [int, int, type(row[5]), int, int, int, str]


def test_the_sheet_of_customers_is_ready_to_be_worked_with(table: pa.Table) -> None:
    sheet = book(table)["Customers"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:L240")
    assert all(cell.font.bold for cell in sheet[1])
    scales = {str(each.sqref): [rule.type for rule in each.rules] for each in sheet.conditional_formatting}
    assert scales == {f"{letter}2:{letter}240": ["colorScale"] for letter in "GHI"}
    assert [cell.number_format for cell in sheet[2]][1:6] == [
        "yyyy-mm-dd",
        "yyyy-mm-dd",
        "General",
        "General",
        "#,##0.00",
    ]
    assert 15 < sheet.column_dimensions["A"].width < 20
    assert 20 < sheet.column_dimensions["K"].width < 30


@pytest.mark.parametrize(("units", "form"), [(30_000, "#,##0"), (25_500, "#,##0.00"), (1, "#,##0.0000")])
def test_money_has_the_decimals_that_its_column_needs(units: int, form: str) -> None:
    sheet = book(pa.table({"monetary": as_decimals(np.array([10_000, units]))}))["Customers"]
    assert [cell.number_format for cell in sheet["A"][1:]] == [form, form]
    assert [cell.value for cell in sheet["A"][1:]] == [1, units / 10_000]


def test_an_amount_of_more_digits_than_excel_keeps_is_text_and_the_summary_says_so(table: pa.Table) -> None:
    units = np.array([1_234_567_890_123_456_700, 10**18, -(10**15) - 1, 123_456_789_012_345])
    long = pa.table({"monetary": as_decimals(units)}).replace_schema_metadata(table.schema.metadata)
    found = book(long)
    cells = found["Customers"]["A"][1:]
    assert [cell.value for cell in cells] == ["123456789012345.6700", 10**14, "-100000000000.0001", 12345678901.2345]
    assert [cell.data_type for cell in cells] == ["s", "n", "s", "n"]
    notes = [row[1] for row in rows(found["Summary"]) if row[0] == "Please note"]
    assert notes[-1:] == ["Amounts of more than 15 digits are text here, exactly: 2 cells."]


def test_text_stays_text_whatever_it_looks_like() -> None:
    found = book(pa.table({"=h": PAYLOADS}))["Customers"]
    assert found["A1"].value == "=h"
    assert [cell.value for cell in found["A"][1:]] == [text.replace("_x0041_", "_x005F_x0041_") for text in PAYLOADS]
    assert {cell.data_type for cell in found["A"]} == {"s"}
    assert all(cell.hyperlink is None for cell in found["A"])


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=9), min_size=1))
def test_any_text_comes_back_as_text(cells: list[str]) -> None:
    found = book(pa.table({"id": cells}))["Customers"]["A"][1:]
    plain = [cell.replace("\ufffe", "_xFFFE_").replace("\uffff", "_xFFFF_") for cell in cells]  # Excel's own spelling
    assert [cell.value for cell in found] == plain
    assert {cell.data_type for cell in found} == {"s"}


@given(st.lists(st.integers(-INT64_MAX, INT64_MAX) | st.integers(-(10**15), 10**15), min_size=1, max_size=9))
def test_any_amount_comes_back_exactly(units: list[int]) -> None:
    cells = book(pa.table({"monetary": as_decimals(np.array(units, np.int64))}))["Customers"]["A"][1:]
    exact = [Decimal(each).scaleb(-4) for each in units]
    assert [Decimal(str(cell.value)) for cell in cells] == exact


@given(st.lists(st.dates(date(1900, 1, 1), date(2199, 12, 31)), min_size=1, max_size=9))
def test_any_date_is_a_date(days: list[date]) -> None:
    cells = book(pa.table({"day": pa.array(days, pa.date32())}))["Customers"]["A"][1:]
    assert [cell.value.date() for cell in cells] == days
    assert all(cell.is_date for cell in cells)


def test_the_summary_has_the_goal_the_health_the_drift_and_the_targets(tmp_path: Path) -> None:
    orders, model = ROOT / "examples" / "orders.csv", tmp_path / "model.json"
    model.write_text(segtool.rfm(orders).model.to_json(), "utf-8")
    targets = ["Champions >= 40 by 1405/12/29", "At Risk revenue <= 5%"]
    found = rows(book(segtool.rfm(orders, model=model, goal="win-back", targets=targets).table)["Summary"])
    by_label = {row[0]: [cell for cell in row[1:] if cell is not None] for row in found}
    assert by_label["Goal"][0] == "Win customers back"
    assert by_label["Goal"][2] == pytest.approx(13_519.85)
    assert by_label["Healthy customers"][0] == 94
    assert by_label[f"PSI of F against {model}"] == [0]
    at = next(i for i, row in enumerate(found) if row[0] == "Targets")
    assert found[at + 1][:6] == ["Segment", None, "Actual", "Target", "Gap", "By"]
    assert found[at + 2][:6] == ["Champions", "customers ≥", 30, 40, -10, datetime(2027, 3, 20)]
    assert found[at + 3][:4] == ["At Risk", "of revenue ≤", pytest.approx(0.0807, abs=1e-4), 0.05]


def test_the_summary_has_its_facts_segments_and_charts(table: pa.Table) -> None:
    sheet = book(table)["Summary"]
    found = rows(sheet)
    facts = {row[0]: row[1] for row in found[:11]}
    assert facts["As of"] == datetime(2025, 12, 31)
    assert (facts["Purchases from"], facts["Purchases to"]) == (datetime(2025, 1, 1), datetime(2025, 12, 31))
    assert (facts["Rows read"], facts["Rows used"], facts["Rows set aside"]) == (1653, 1623, 30)
    assert ["    no customer", 30, 783.3] in [row[:3] for row in found]
    assert facts["Scheme"] == "loyalty-matrix"
    head = next(i for i, row in enumerate(found) if row[0] == "Segment")
    assert found[head] == [
        "Segment", "Customers", "Share", "Revenue", "Share of revenue", "Average order", "Median days",
        "Median orders", "What to do next",
    ]  # fmt: skip
    champions = found[head + 1]
    assert champions[:2] + champions[3:4] + champions[6:8] == ["Champions", 30, 12775.4, 3.5, 7.5]
    assert champions[2] == pytest.approx(30 / 239)
    assert champions[8].startswith("Show them that they matter")
    assert sum(row[1] for row in found[head + 1 : head + 11]) == 239
    assert "True Friends" in [row[0] for row in found]
    refs = [[str(chart.series[0].cat.strRef.f), str(chart.series[0].val.numRef.f)] for chart in sheet._charts]
    first, last = head + 2, head + 11
    assert refs == [[f"Summary!$A${first}:$A${last}", f"Summary!${letter}${first}:${letter}${last}"] for letter in "BD"]
    assert sheet.max_row <= sheet._charts[0].anchor._from.row
    assert [(chart.barDir, chart.x_axis.scaling.orientation) for chart in sheet._charts] == [("bar", "maxMin")] * 2


def test_the_summary_tells_what_to_know_before_the_numbers_are_trusted(six: Path) -> None:
    result = segtool.rfm(six)
    notes = [row[1] for row in rows(book(result.table)["Summary"]) if row[0] == "Please note"]
    assert notes == [warning.message for warning in result.summary.warnings]
    assert notes[0].startswith("R uses only")


def test_a_cell_without_a_value_is_empty() -> None:
    table = pa.table({"name": ["a", None], "day": pa.array([None, date(2024, 1, 1)]), "n": [None, 1.5]})
    assert rows(book(table)["Customers"])[1:] == [["a", None, None], [None, datetime(2024, 1, 1), 1.5]]


def test_without_a_summary_there_is_one_sheet_and_without_a_scheme_no_chart(table: pa.Table) -> None:
    assert book(table.replace_schema_metadata(None)).sheetnames == ["Customers"]
    scores = segtool.rfm(ROOT / "examples" / "orders.csv", scheme="none").table
    assert book(scores)["Summary"]._charts == []


def test_sheets_begin_at_the_right_when_asked(table: pa.Table) -> None:
    assert [sheet.sheet_view.rightToLeft for sheet in book(table, right_to_left=True)] == [True, True]
    assert not any(sheet.sheet_view.rightToLeft for sheet in book(table))


def test_the_clock_changes_no_byte(table: pa.Table) -> None:
    before = bytes_of(table)
    time.sleep(2.1)  # a zip archive counts in steps of two seconds
    assert bytes_of(table) == before
    assert openpyxl.load_workbook(io.BytesIO(before)).properties.created == datetime(2025, 12, 31)


def test_what_a_sheet_cannot_hold_is_refused() -> None:
    file = io.BytesIO()
    many = pa.table({"n": as_column(np.zeros(1_048_576, np.int64))})
    with pytest.raises(OutputError, match="1,048,575 customers in a sheet, and there are 1,048,576"):
        write_table(many, file, "xlsx")
    with pytest.raises(OutputError, match="32,767 letters in a cell, and id has one of 32,768"):
        write_table(pa.table({"id": ["a", "😀" * 16_384]}), file, "xlsx")
    assert file.getvalue() == b""
    assert len(book(pa.table({"id": ["😀" * 16_383]}))["Customers"]["A2"].value) == 16_383


def test_a_full_disk_is_an_error_of_the_disk(table: pa.Table) -> None:
    class Full(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_table(table, Full(), "xlsx")
