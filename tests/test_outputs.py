"""The tables of a run as the command line writes them: formats, several files, formulas, missing packages."""

import csv
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from conftest import Run, needs

from segtool.__main__ import main
from segtool.tables.writing.formulas import formulas

PAYLOADS = ["=1+1", "@SUM(1+9)*cmd|' /C calc'!A0", '=1+2";=1+2', "-2+3", "  =1", "+1 cmd", "|x", "%1"]
NOTE = "! 8 customer ids look like formulas to a spreadsheet, as %1; --csv-safe disarms\n  them.\n"


@pytest.fixture
def hostile(orders: Callable[..., Path]) -> Path:
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    for name in [*PAYLOADS, "ann", "-5", "+98 912 345 6789"]:
        writer.writerow([name, 1, "2024-01-01", 5])
    return orders(lines.getvalue().removesuffix("\n"))


def ids(path: Path, **dialect: str) -> list[str]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [row["customer_id"] for row in csv.DictReader(file, **dialect)]  # type: ignore[arg-type]


def seen(path: Path) -> list[str]:
    return sorted(name.name for name in path.iterdir())


# Several tables


def test_several_outputs_each_have_the_format_of_their_suffix(run: Run, six: Path, tmp_path: Path) -> None:
    names = ["s.csv", "s.TSV", "s.jsonl", "s.md", "s.parquet", "s.arrow", "s.feather"]
    done = run("rfm", six, *(part for name in names for part in ("-o", name)), "--summary-file", "s.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith(f"\nWrote 6 customers to {', '.join(names[:-1])} and s.feather.\n")
    assert seen(tmp_path) == sorted([*names, "s.json", "orders.csv"])
    people = ["ann", "ben", "cid", "dee", "eve", "fay"]
    assert ids(tmp_path / "s.csv") == ids(tmp_path / "s.TSV", delimiter="\t") == people
    assert [line.split(" ")[1] for line in (tmp_path / "s.md").read_text().splitlines()[2:]] == people
    assert (tmp_path / "s.arrow").read_bytes() == (tmp_path / "s.feather").read_bytes()
    with pa.memory_map(str(tmp_path / "s.arrow")) as file:
        table = pa.ipc.open_file(file).read_all()
    assert table["customer_id"].to_pylist() == people
    assert json.loads(table.schema.metadata[b"segtool"]) == json.loads((tmp_path / "s.json").read_text())


def test_a_table_goes_to_stdout_and_to_files_in_one_run(run: Run, six: Path, tmp_path: Path) -> None:
    done = run("rfm", six, "-o", "-", "-o", "s.csv", "-q")
    assert done.stdout == (tmp_path / "s.csv").read_text()
    assert run("rfm", six, "-o", "-", "--format", "tsv", "-q").stdout == done.stdout.replace(",", "\t")
    excel = run("rfm", six, "--format", "excel-csv", "-q", text=False, encoding=None).stdout
    assert excel == b"\xef\xbb\xbf" + done.stdout.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("code", "message", "args"),
    [
        (2, "--format is for one table; with several -o", ["-o", "a.csv", "-o", "b.csv", "--format", "tsv"]),
        (2, "stdout holds one table; say -o - once.", ["-o", "-", "-o", "-"]),
        (2, "a.csv is named for two outputs.", ["-o", "a.csv", "-o", "b.csv", "-o", "./a.csv"]),
        (2, "a.txt: a table ends in .csv, .parquet, .jsonl", ["-o", "b.csv", "-o", "a.txt"]),
        (2, "--json already writes to stdout", ["--json", "-o", "a.csv", "-o", "-"]),
        (2, "--csv-safe is for csv, tsv, excel-csv, and none of these is written.", ["--csv-safe", "-o", "a.jsonl"]),
        (2, "--right-to-left is for xlsx, and none of these is written.", ["--right-to-left", "-o", "a.csv"]),
        (2, "'excel' is not one of", ["--format", "excel"]),
        (73, "b.csv cannot be created", ["-o", "a.csv", "-o", "nowhere/b.csv"]),
        (73, "r.csv cannot be created", ["-o", "a.csv", "--rejects", "nowhere/r.csv"]),
    ],
)
def test_a_mistake_about_outputs_writes_none(
    run: Run, six: Path, tmp_path: Path, code: int, message: str, args: list[str]
) -> None:
    done = run("rfm", six, *args)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert seen(tmp_path) == ["orders.csv"]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_when_one_file_cannot_be_replaced_all_stay_as_they_were(
    six: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], count: int
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["a.csv", "b.jsonl", "s.json", "r.csv"]
    for name in names[:3]:
        Path(name).write_text("old")
    real, calls = os.replace, iter(range(1, 100))

    def replace(source: Path, target: Path) -> None:
        if next(calls) == count:
            raise PermissionError(13, "Permission denied")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    outputs = ["-o", "a.csv", "-o", "b.jsonl", "--summary-file", "s.json", "--rejects", "r.csv"]
    assert main(["rfm", six.name, *outputs]) == 73
    assert f"segtool: {names[count - 1]} cannot be replaced: permission denied." in capsys.readouterr().err
    assert seen(tmp_path) == ["a.csv", "b.jsonl", "orders.csv", "s.json"]
    assert {Path(name).read_text() for name in names[:3]} == {"old"}


# Formulas


def test_csv_is_exact_and_one_line_counts_what_looks_like_a_formula(run: Run, hostile: Path, tmp_path: Path) -> None:
    done = run("rfm", hostile, "-o", "s.csv", "-o", "s.tsv")
    assert done.stderr.endswith("\n" + NOTE)
    expected = sorted([*(text.strip() for text in PAYLOADS), "ann", "-5", "+98 912 345 6789"])
    assert ids(tmp_path / "s.csv") == ids(tmp_path / "s.tsv", delimiter="\t") == expected
    assert NOTE in run("rfm", hostile, "--format", "excel-csv").stderr


def test_csv_safe_puts_an_apostrophe_before_formulas_and_says_nothing(run: Run, hostile: Path, tmp_path: Path) -> None:
    outputs = ["-o", "s.csv", "-o", "s.tsv", "-o", "s.jsonl"]
    done = run("rfm", hostile, *outputs, "--csv-safe")
    assert "formula" not in done.stderr
    safe = ids(tmp_path / "s.csv")
    assert safe == ids(tmp_path / "s.tsv", delimiter="\t")
    assert sorted(safe) == sorted([*("'" + text.strip() for text in PAYLOADS), "ann", "-5", "+98 912 345 6789"])
    lines = (tmp_path / "s.jsonl").read_text().splitlines()
    assert not any(json.loads(line)["customer_id"].startswith("'") for line in lines)


def test_the_note_on_formulas_is_talk(run: Run, hostile: Path, orders: Callable[..., Path]) -> None:
    assert run("rfm", hostile, "-o", "s.csv", "-q").stderr == ""
    assert run("rfm", hostile, "-o", "s.jsonl", "-o", "s.parquet", "--json").stderr == ""
    done = run("rfm", hostile, "-o", "s.csv", "--json")
    assert done.stderr == NOTE
    assert "formula" not in done.stdout
    one = orders("=1+1,1,2024-01-01,5", name="one.csv")
    note = "! 1 customer id looks like a formula to a spreadsheet, as =1+1; --csv-safe\n  disarms it.\n"
    assert run("rfm", one).stderr.endswith("\n\n" + note)


def test_known_payloads_leave_every_format_unchanged_or_inert(
    run: Run, real_data: Callable[[str], Path], tmp_path: Path
) -> None:
    payloads = real_data("messy/injection_payloads.txt").read_text().splitlines()
    with (tmp_path / "orders.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["customer", "date", "total"], *([text, "2024-01-01", 1] for text in payloads)])
    assert run("rfm", "orders.csv", "-o", "s.csv", "-o", "s.tsv", "-q").returncode == 0
    assert sorted(ids(tmp_path / "s.csv")) == sorted(ids(tmp_path / "s.tsv", delimiter="\t")) == sorted(payloads)
    assert run("rfm", "orders.csv", "-o", "safe.csv", "--csv-safe", "-q").returncode == 0
    assert formulas(pa.table({"id": ids(tmp_path / "safe.csv")})) == {}
    assert sorted(text.removeprefix("'") for text in ids(tmp_path / "safe.csv")) == sorted(payloads)
    needs("xlsxwriter")
    openpyxl = needs("openpyxl")
    assert run("rfm", "orders.csv", "-o", "s.xlsx", "-q").returncode == 0
    cells = openpyxl.load_workbook(tmp_path / "s.xlsx")["Customers"]["A"][1:]
    assert sorted(cell.value for cell in cells) == sorted(payloads)
    assert {cell.data_type for cell in cells} == {"s"}


# Workbooks


@pytest.mark.parametrize("args", [["-o", "s.xlsx"], ["-o", "s.csv", "-o", "s.XLSX"], ["--format", "xlsx"]])
def test_a_missing_package_is_told_before_the_orders_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], args: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    assert main(["rfm", "orders-that-are-not-there.csv", *args]) == 69
    assert capsys.readouterr().err == (
        'segtool: xlsx needs the package XlsxWriter, which is missing: python -m pip install "segtool[xlsx]"\n'
    )
    assert seen(tmp_path) == []


def test_a_workbook_holds_the_cells_of_the_csv(run: Run, six: Path, tmp_path: Path) -> None:
    needs("xlsxwriter")
    openpyxl = needs("openpyxl")
    assert run("rfm", six, "-o", "s.xlsx", "-o", "s.csv", "--right-to-left", "-q").returncode == 0
    book = openpyxl.load_workbook(tmp_path / "s.xlsx")
    with (tmp_path / "s.csv").open(newline="") as file:
        rows = list(csv.reader(file))

    def text(cell: object) -> str:
        value = getattr(cell, "value")  # noqa: B009
        if getattr(cell, "is_date"):  # noqa: B009
            return str(value.date())
        return f"{value:.2f}" if getattr(cell, "number_format") == "#,##0.00" else str(value)  # noqa: B009

    assert [[text(cell) for cell in row] for row in book["Customers"].iter_rows()] == rows
    assert [sheet.sheet_view.rightToLeft for sheet in book] == [True, True]
    piped = run("rfm", six, "--format", "xlsx", "--right-to-left", "-q", text=False, encoding=None)
    assert piped.stdout == (tmp_path / "s.xlsx").read_bytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_workbook_on_a_full_disk_is_one_line(run: Run, six: Path) -> None:
    needs("xlsxwriter")
    done = run("rfm", six, "-o", "/dev/full", "--format", "xlsx", "-q")
    assert (done.returncode, done.stderr) == (74, "segtool: cannot write the output: no space left on device\n")


def test_a_style_in_the_environment_goes_with_runs_that_have_no_use_for_it(run: Run, six: Path, tmp_path: Path) -> None:
    done = run("rfm", six, "-q", "-o", "s.parquet", env={"SEGTOOL_CSV_SAFE": "1"})
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "orders.csv").write_text("customer,date,total\n=1+1,2024-01-01,5\n")
    assert "'=1+1" in run("rfm", "orders.csv", "-q", env={"SEGTOOL_CSV_SAFE": "1"}).stdout
