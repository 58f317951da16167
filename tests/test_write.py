"""Writing tables: every format holds the same cells, and no cell is more than what it says."""

import csv
import io
import json
import re
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.tables.numbers import as_decimals
from segtool.tables.writing.formats import FORMATS, write_table
from segtool.tables.writing.formulas import disarmed, formulas
from segtool.tables.writing.write import TextStyle

PAYLOADS = [
    "=1+1",
    "@SUM(A1:A9)",
    "-2+3+cmd|'/c calc'!A0",
    "+1+1",
    "|calc",
    "%0A=1",
    "\t=1",
    "\r=1",
    "  =HYPERLINK(\"x\";\"y\")",
    "\xa0=1",
    "＝1+1",
    "＠a",
    "－1+x",
    "-1e5x",
    "+1-2",
    "+98 912",
]  # fmt: skip
HARMLESS = [
    "ann", "00123", "-5", "+5.5", "-1,234.50", "-2e-3", "+98 912 345 6789", "+98-912-345-6789", "+1 (555) 010-0199",
    "+۹۸۹۱۲۳۴۵۶۷۸۹", "-۵", "a=b", "'=1", "é", "\u200c=1", "", "5-4-5",
]  # fmt: skip

texts = st.text(st.characters(codec="utf-8"), max_size=8)
tricky = st.text(st.sampled_from("=+-@|%＝ \t\r\n\",;'|\\`*_<r>&$[]~5۵()./ab\x00\x1f￾"), max_size=8)
ids = st.lists(texts | tricky | st.sampled_from(PAYLOADS), max_size=12, unique=True)


def written(table: pa.Table, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    write_table(table, file, form, **options)
    return file.getvalue()


def with_ids(*cells: str) -> pa.Table:
    return pa.table({"customer_id": pa.array(cells, pa.string())})


def cells_of(text: str, **dialect: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True, **dialect))


def three() -> pa.Table:
    """Return three customers with a cell for every trap."""
    return pa.table(
        {
            "customer_id": ["00123", "a|b,c\td", 'say "=1"\nor <b>'],
            "last_order": [date(2024, 1, 31), date(1900, 1, 1), date(2199, 12, 31)],
            "orders": [1, 20, 300],
            "monetary": as_decimals(np.array([25_500, -10_000, 0])),
        }
    )


# The text formats, by hand


def test_csv_has_commas_and_quotes_only_where_they_are_needed() -> None:
    assert written(three(), "csv").decode() == (
        "customer_id,last_order,orders,monetary\n"
        "00123,2024-01-31,1,2.55\n"
        '"a|b,c\td",1900-01-01,20,-1.00\n'
        '"say ""=1""\nor <b>",2199-12-31,300,0.00\n'
    )


def test_tsv_quotes_tabs_and_not_commas() -> None:
    assert written(with_ids("a,b", "c\td", 'e"f', "g\nh"), "tsv").decode() == (
        'customer_id\na,b\n"c\td"\n"e""f"\n"g\nh"\n'
    )
    assert written(three().slice(0, 1), "tsv") == (
        b"customer_id\tlast_order\torders\tmonetary\n00123\t2024-01-31\t1\t2.55\n"
    )


def test_excel_csv_has_a_mark_and_crlf_between_rows() -> None:
    assert written(three().slice(1, 2), "excel-csv") == (
        b"\xef\xbb\xbfcustomer_id,last_order,orders,monetary\r\n"
        b'"a|b,c\td",1900-01-01,20,-1\r\n'
        b'"say ""=1""\nor <b>",2199-12-31,300,0\r\n'
    )


def test_markdown_puts_numbers_to_the_right_and_escapes_what_it_would_read() -> None:
    assert written(three(), "markdown").decode() == (
        "| customer_id | last_order | orders | monetary |\n"
        "| --- | --- | --: | --: |\n"
        "| 00123 | 2024-01-31 | 1 | 2.55 |\n"
        "| a\\|b,c\td | 1900-01-01 | 20 | -1.00 |\n"
        '| say "=1"<br>or \\<b\\> | 2199-12-31 | 300 | 0.00 |\n'
    )
    assert written(with_ids("a_b", "_a_", "*x*", "a\\", "[l](u)", "&amp;"), "markdown").decode().splitlines()[2:] == [
        "| a_b |", r"| \_a\_ |", r"| \*x\* |", r"| a\\ |", r"| \[l\](u) |", r"| \&amp; |",
    ]  # fmt: skip


def test_feather_and_parquet_hold_types_and_the_summary() -> None:
    table = segtool.rfm(ROOT / "examples" / "orders.csv").table
    feather = pa.ipc.open_file(written(table, "feather")).read_all()
    parquet = pq.read_table(io.BytesIO(written(table, "parquet")))
    assert feather.equals(parquet, check_metadata=True)
    assert feather.schema.field("monetary").type == pa.float64()
    assert json.loads(feather.schema.metadata[b"segtool"])["customers"] == len(feather) == 239


# The text formats, for any text


@given(ids)
def test_every_text_comes_back_from_every_text_format(cells: list[str]) -> None:
    table = with_ids(*cells)
    plain = [["customer_id"], *([cell] for cell in cells)]
    assert cells_of(written(table, "csv").decode()) == plain
    assert cells_of(written(table, "tsv").decode(), delimiter="\t") == plain
    assert cells_of(written(table, "excel-csv").decode("utf-8-sig")) == plain
    assert [json.loads(line) for line in written(table, "jsonl").decode().split("\n")[:-1]] == [
        {"customer_id": cell} for cell in cells
    ]
    assert pa.ipc.open_file(written(table, "feather")).read_all().equals(table)


@given(ids)
def test_a_markdown_cell_is_one_cell_and_reads_as_its_text(cells: list[str]) -> None:
    lines = written(with_ids(*cells), "markdown").decode().split("\n")
    assert len(lines) == len(cells) + 3
    for line, cell in zip(lines[2:], cells, strict=False):
        inside = line.removeprefix("| ").removesuffix(" |")
        assert not re.search(r"(?<!\\)(\\\\)*[|`*]", inside)
        ends = re.sub(r"\r\n|\r|\n", "\n", cell)
        assert re.sub(r"\\([^\w\s])|\\(_)", r"\1\2", inside.replace("<br>", "\n")) == ends


@pytest.mark.parametrize("form", ["csv", "tsv", "excel-csv", "jsonl", "markdown", "feather", "parquet"])
def test_threads_and_chunks_change_no_byte(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = segtool.rfm(ROOT / "examples" / "orders.csv").table
    plain = written(table, form, threads=1)
    pieces = pa.concat_tables([table.slice(start, 50) for start in range(0, len(table), 50)])
    assert written(pieces, form, threads=3) == plain
    if form in ("csv", "tsv", "excel-csv", "jsonl", "markdown"):
        monkeypatch.setattr("segtool.tables.writing.write._ROWS", 7)
        assert written(table, form, threads=3) == plain


# Formulas


def test_formulas_are_told_from_numbers_and_phones() -> None:
    table = with_ids(*HARMLESS, *PAYLOADS)
    assert formulas(table) == {"customer_id": (len(PAYLOADS), "=1+1")}
    assert formulas(with_ids(*HARMLESS)) == {}
    assert disarmed(table)["customer_id"].to_pylist() == HARMLESS + ["'" + text for text in PAYLOADS]


def test_headers_are_disarmed_too_and_other_formats_are_not_touched() -> None:
    table = pa.table({"=h": ["=1", "x"], "n": [-1, -2]}).replace_schema_metadata({"segtool": "{}"})
    for form in ("csv", "tsv", "excel-csv"):
        assert b"'=h" in written(table, form, csv_safe=True)
        assert b"'=1" in written(table, form, csv_safe=True)
        assert b"'" not in written(table, form)
    for form in ("jsonl", "markdown"):
        assert written(table, form, csv_safe=True) == written(table, form)
    assert disarmed(table).schema.metadata == {b"segtool": b"{}"}


def looks_like_a_formula(text: str) -> bool:
    """The rule, in the plainest way."""
    if not re.match(r"\s*[=+\-@\t\r|%＝＋－＠]", text):
        return False
    bare = text.strip()
    number = re.fullmatch(r"[+-]\d+([.,٫٬]\d+)*([eE][+-]?[0-9]+)?", bare)
    digits = re.sub(r"[\s(.\-/)]", "", bare[1:])
    phone = bare[:1] in "+＋" and re.fullmatch(r"\d{7,15}", digits) and bare[-1:] not in "(.-/"
    return not (number or phone)


@given(
    st.lists(tricky | st.sampled_from(PAYLOADS + HARMLESS), max_size=8),
    st.sampled_from([pa.string(), pa.large_string()]),
)
def test_what_is_disarmed_begins_like_a_formula_no_more(cells: list[str], kind: pa.DataType) -> None:
    table = pa.table({"id": pa.chunked_array([pa.array(cells[:3], kind), pa.array(cells[3:], kind)])})
    safe = disarmed(table)["id"].to_pylist()
    for cell, after in zip(cells, safe, strict=True):
        assert after in (cell, "'" + cell)
        if after == cell and re.match(r"\s*[=+\-@\t\r|%＝＋－＠]", cell):
            assert not re.search(r"[A-Za-z=@|!%]", cell.replace("e", "", 1)), (
                "only digits and their punctuation may stay"
            )
        if not looks_like_a_formula(cell) and not re.search(r"[()./\-]", cell[1:]):
            assert after == cell
    assert formulas(disarmed(table)) == {}
    assert sum(count for count, _ in formulas(table).values()) == sum(map(str.__ne__, cells, safe))


def test_every_format_names_a_writer_that_takes_what_it_says() -> None:
    import inspect
    from importlib import import_module

    for each in FORMATS.values():
        module, name = each.writer.split(":")
        said = list(inspect.signature(getattr(import_module(module), name)).parameters)[2:]
        styled = [*said[:-1], *TextStyle.__annotations__] if said[-1:] == ["style"] else said
        assert styled == list(each.takes)
    suffixes = [suffix for each in FORMATS.values() for suffix in each.suffixes]
    assert len(set(suffixes)) == len(suffixes)
