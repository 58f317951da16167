"""Markdown tables are read back as they were written."""

from pathlib import Path

import pyarrow as pa
import pytest
from conftest import SIX, Run
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.errors import DataError
from segtool.tables import open_tables
from segtool.tables.markdown import cells_of
from segtool.tables.source import Layout
from segtool.tables.writing.write import markdown_cell, write_markdown

LETTERS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]) | st.sampled_from("|\\`*_<>[]~&$\n"))


@given(st.lists(LETTERS.map(str.strip), min_size=1))
def test_what_is_escaped_is_read_as_it_was(cells: list[str]) -> None:
    row = "".join(f"| {markdown_cell(cell)} " for cell in cells) + "|"
    assert cells_of(row) == cells


def as_markdown(csv: str) -> str:
    header, *rows = csv.strip().splitlines()
    lines = [header, ",".join("---" for _ in header.split(",")), *rows]
    return "".join(f"| {' | '.join(line.split(','))} |\n" for line in lines)


def test_orders_in_markdown_are_read_as_those_in_csv(six: Path, tmp_path: Path) -> None:
    (tmp_path / "orders.md").write_text("\ufeff" + as_markdown(SIX).replace("---", ":--:"), "utf-8", newline="\r\n")
    assert segtool.rfm(tmp_path / "orders.md").table.equals(segtool.rfm(six).table.replace_schema_metadata(
        segtool.rfm(tmp_path / "orders.md").table.schema.metadata
    ))  # fmt: skip


def test_no_row_is_a_table_of_its_header_alone(tmp_path: Path) -> None:
    with (tmp_path / "t.md").open("wb") as file:
        write_markdown(pa.table({"a": pa.array([], pa.string()), "b": pa.array([], pa.int64())}), file)
    [source] = open_tables([tmp_path / "t.md"], Layout())
    assert (source.columns, list(source.parts([0]))) == (("a", "b"), [])


def test_a_row_of_another_width_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.md").write_text("| a | b |\n| --- | --- |\n| 1 | 2 |\n\n| 1 | 2 | 3 |\n", "utf-8")
    with pytest.raises(DataError, match=r"t\.md: line 5 has 3 cells, and the header 2"):
        open_tables([tmp_path / "t.md"], Layout())


def test_another_encoding_is_refused_or_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.md").write_bytes(as_markdown(SIX.replace("ann", "ané")).encode("cp1252"))
    done = run("rfm", "t.md")
    assert (done.returncode, "not UTF-8" in done.stderr) == (65, True)
    assert "ané" in run("rfm", "t.md", "--encoding", "cp1252", "-q").stdout


def test_bars_without_a_line_of_dashes_are_csv(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("| a | b |\n| 1 | 2 |\n| 3 | 4 |\n", "utf-8")
    [source] = open_tables([tmp_path / "t.csv"], Layout())
    assert source.about["format"] == "CSV"
