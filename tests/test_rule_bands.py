"""Cells that hold a band of numbers."""

from decimal import Decimal

import pyarrow as pa
import pytest

from segtool.rules.bands import bands_of
from segtool.rules.columns import Table
from segtool.rules.conditions import Span
from segtool.rules.line import parse
from segtool.rules.match import matching, unreadable


@pytest.mark.parametrize(
    ("cell", "band"),
    [
        ("25-34", (25, 34)),
        ("25 – 34", (25, 34)),
        ("۲۵ تا ۳۴", (25, 34)),
        ("35-49K", (35_000, 49_000)),
        ("900k-1m", (900_000, 1_000_000)),
        ("$1,000 to $1,499", (1_000, 1_499)),
        ("65+", (65, None)),
        ("65 and over", (65, None)),
        ("250K+", (250_000, None)),
        ("-5-5", (-5, 5)),
        ("45K", (45_000, 45_000)),
        ("$1.5M", (1_500_000, 1_500_000)),
    ],
)
def test_a_cell_can_be_a_band(cell: str, band: tuple[int, int | None]) -> None:
    low, high = (None if end is None else Decimal(end) for end in band)
    assert bands_of(pa.array([cell]), ".") == {0: Span(low, high)}


@pytest.mark.parametrize(
    ("cell", "band"),
    [
        ("under 15K", Span(None, Decimal(15_000), high_open=True)),
        ("<18", Span(None, Decimal(18), high_open=True)),
        ("up to 17", Span(None, Decimal(17))),
        (">64", Span(Decimal(64), None, low_open=True)),
        ("بالای ۶۵", Span(Decimal(65), None, low_open=True)),
    ],
)
def test_a_band_can_be_without_an_end(cell: str, band: Span) -> None:
    assert bands_of(pa.array([cell]), ".") == {0: band}


@pytest.mark.parametrize(
    "cell", ["2024-01-31", "34-25", "A-5", "1-2-3", "k-5", "", "+", "0912-123-45-67", "5-", "%5-6"]
)
def test_what_is_no_band_is_none(cell: str) -> None:
    assert bands_of(pa.array([cell]), ".") == {}


def test_a_band_lies_in_a_range_that_holds_all_of_it() -> None:
    table = Table({"age": pa.chunked_array([["19-24", "25-34", "65+", "40", "under 18", "30-39", "old"]])})
    assert matching(parse("age < 25"), table, 0).tolist() == [True, False, False, False, True, False, False]
    assert matching(parse("age in 25..34"), table, 0).tolist() == [False, True, False, False, False, False, False]
    assert matching(parse("age >= 65"), table, 0).tolist() == [False, False, True, False, False, False, False]
    cells = unreadable(parse("age >= 65"), table, 0)
    assert {name: rows.tolist() for name, rows in cells.items()} == {"age": [False] * 6 + [True]}


def test_bands_are_ranked_by_their_lower_ends() -> None:
    table = Table({"income": pa.chunked_array([["under 15K", "15-24K", "250K+", "25-34K", "15-24K"]])})
    assert matching(parse("rows_above(income) >= 80%"), table, 0).tolist() == [True, False, False, False, False]
    assert matching(parse("rows_above(income) < 20%"), table, 0).tolist() == [False, False, True, False, False]
    assert matching(parse("rows_above(income) = 40%"), table, 0).tolist() == [False, True, False, False, True]


def test_many_other_cells_hide_no_band() -> None:
    cells = [*(f"{number}x" for number in range(5_000)), "25-34", "B-12", "بیش از ۶۰"]
    assert sorted(bands_of(pa.array(cells), ".")) == [5_000, 5_002]
