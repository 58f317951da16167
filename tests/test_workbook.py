"""Excel workbooks as orders; the package that reads them is an extra."""

import csv
import io
import sys
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
from conftest import SIX, Run, needs

import segtool
from segtool.errors import DataError, MissingExtraError, UsageError

needs("fastexcel")
openpyxl = needs("openpyxl")

ROWS: list[list[object]] = [list(row) for row in csv.reader(io.StringIO(SIX))]
Write = Callable[..., Path]


@pytest.fixture
def book(tmp_path: Path) -> Write:
    """Write a workbook with rows for each sheet."""

    def write(**sheets: Sequence[Sequence[object]]) -> Path:
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.active)
        for name, rows in sheets.items():
            sheet = workbook.create_sheet(name.replace("_", " "))
            for row in rows:
                sheet.append(list(row))
        workbook.save(tmp_path / "book.xlsx")
        return tmp_path / "book.xlsx"

    return write


def spend(path: object, **options: object) -> dict[str, float]:
    frame = segtool.rfm(path, **options).customers  # type: ignore[arg-type]
    return dict(zip(frame["customer_id"], frame["monetary"], strict=True))


def test_a_workbook_is_read_as_the_text_file_is(book: Write, six: Path) -> None:
    typed = [ROWS[0], *([r[0], int(str(r[1])), date.fromisoformat(str(r[2])), float(str(r[3]))] for r in ROWS[1:])]
    for rows in (ROWS, typed):
        assert segtool.rfm(book(Sheet=rows)).table.equals(segtool.rfm(six).table)


def test_cells_keep_their_text_and_numbers_their_value(book: Write) -> None:
    path = book(
        Sheet=[
            ["customer", "date", "total"],
            ["00123", datetime(2024, 1, 31, 23, 59), 12.5],
            [123, "2024-01-31", "1,234.50"],
            [123.0, 45322, 0.1],
            ["=1+1", 45322.75, 1e-7],
        ]
    )
    assert spend(path) == {"00123": 12.5, "123": 1234.6}
    summary = segtool.rfm(path).summary
    assert (str(summary.as_of), summary.rows.set_aside["no customer"].rows) == ("2024-01-31", 1)  # a formula never run


def test_empty_rows_are_none_and_lines_are_those_of_the_sheet(book: Write) -> None:
    rows = [
        ["Sales 2024"],
        [],
        ["customer", "date", "total"],
        ["ann", "2024-01-01", 5],
        [],
        ["ben", "never", 5],
        ["cid"],
    ]
    result = segtool.rfm(book(Sheet=rows), max_bad=1, rejects=True)
    assert result.summary.rows.read == 3
    assert [(each.line, each.reason) for each in result.rejects()] == [(6, "bad date"), (7, "bad date")]


def test_the_sheet_with_orders_is_found_and_others_are_told(book: Write) -> None:
    orders = [["customer", "date", "total"], ["ann", "2024-01-01", 5]]
    path = book(Notes=[["read me"], ["and me"]], Jan_24=orders)
    result = segtool.rfm(path)
    said = [each.message for each in result.summary.warnings if each.code == "reading"]
    assert said == [f"{path}: sheet Jan 24 was read; left out: Notes."]
    two = book(Jan_24=orders, Feb_24=orders, Notes=[["x"]])
    with pytest.raises(DataError, match=r"2 sheets: Jan 24, Feb 24. Say --sheet NAME, or '\*' for all"):
        segtool.rfm(two)
    assert spend(two, sheet="Feb 24") == {"ann": 5.0}
    assert spend(two, sheet="* 24") == {"ann": 10.0}
    with pytest.raises(UsageError, match=r"no sheet 'March'. Sheets: Jan 24, Feb 24, Notes"):
        segtool.rfm(two, sheet="March")


def test_what_is_no_workbook_is_refused(tmp_path: Path, book: Write) -> None:
    (tmp_path / "zip.xlsx").write_bytes(b"PK\x03\x04rest")
    with pytest.raises(DataError, match="is no whole Excel workbook"):
        segtool.rfm(tmp_path / "zip.xlsx")
    with pytest.raises(DataError, match=r"book.xlsx is empty"):
        segtool.rfm(book(Sheet=[]))


def test_a_workbook_with_a_damaged_sheet_is_refused(book: Write) -> None:
    path = book(Sheet=ROWS)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        data[archive.getinfo("xl/worksheets/sheet1.xml").header_offset] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"book.xlsx is no whole Excel workbook"):
        segtool.rfm(path)


def test_a_missing_package_is_named_with_the_way_to_install_it(book: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    with pytest.raises(MissingExtraError, match=r'python -m pip install "segtool\[xlsx\]"') as caught:
        segtool.rfm(book(Sheet=ROWS))
    assert caught.value.exit_code == 69


def test_what_is_written_as_a_workbook_is_read_again(run: Run, six: Path, tmp_path: Path) -> None:
    assert run("rfm", six, "-q", "-o", "s.xlsx").returncode == 0
    named = {"customer_id": "customer_id", "order_date": "last_order", "amount": "monetary"}
    assert spend(tmp_path / "s.xlsx", sheet="Customers", **named) == spend(six)


def test_a_number_is_the_shortest_decimal_that_means_it(book: Write) -> None:
    rows = [
        ["customer_id", "turnover"],
        ["a", 24517605.1],
        ["b", -1234567890123.45],
        ["c", 0.1],
        ["d", None],
        ["e", "x"],
    ]
    [sheet] = segtool.tables.open_tables([book(Sheet=rows)], segtool.tables.source.Layout())
    [part] = sheet.parts([1])
    cells = [cell for batch in part() for cell in batch.columns[0].to_pylist()]
    assert cells == ["24517605.1", "-1234567890123.45", "0.1", None, "x"]


def test_a_number_with_three_decimals_is_no_thousands(book: Write) -> None:
    rows = [["customer", "date", "total"], ["ann", date(2024, 1, 31), 1.234], ["ben", date(2024, 2, 1), 7]]
    assert spend(book(Sheet=rows)) == {"ann": 1.234, "ben": 7}
    [told] = [each for each in segtool.inspect(book(Sheet=rows)).tables[0].columns if each.header == "total"]
    assert told.cells == "decimals with a point"
    with pytest.raises(DataError, match=r"a decimal point and with a decimal comma: .*:2: total .1.234.*:4: .*2,5"):
        spend(book(Sheet=[*rows, ["cid", date(2024, 2, 1), "2,5"]]))
    moved = [[], [], *([None, None, *row] for row in rows)]
    assert spend(book(Sheet=moved)) == {"ann": 1.234, "ben": 7}
    texts = [rows[0], ["ann", date(2024, 1, 31), "1.234"], ["cid", date(2024, 2, 1), "2,5"]]
    assert spend(book(Sheet=texts)) == {"ann": 1234, "cid": 2.5}
    with pytest.raises(DataError, match=r"1\.234. can be 1234 or 1\.234"):
        spend(book(Sheet=texts[:2]))


def test_empty_rows_at_the_top_of_a_sheet_count_as_rows(book: Write) -> None:
    rows = [[], [], ["customer", "date", "total"], ["ann", "2024-01-01", 5], [], ["ben", "soon", 7]]
    result = segtool.rfm(book(Sheet=rows), max_bad=1, rejects=True)
    assert [(each.line, each.record) for each in result.rejects()] == [(6, "ben,soon,7")]
    assert spend(book(Sheet=[["Report"], [], *rows]), skip_rows=4, max_bad=1) == {"ann": 5}


def test_rows_are_skipped_beyond_the_last_one(book: Write) -> None:
    with pytest.raises(DataError, match=r"book.xlsx has nothing below row 9"):
        segtool.rfm(book(Sheet=ROWS[:3]), skip_rows=9)
