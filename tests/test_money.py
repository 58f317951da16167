"""Money is exact: integers of 1/10,000, rounded half away from zero once a line."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.errors import DataError
from segtool.orders.amounts import line_amounts
from segtool.tables.numbers import numbers

AS_TYPES: dict[str, Callable[[Sequence[str]], Any]] = {
    "text": lambda cells: pa.array(cells, pa.string()),
    "float": lambda cells: pa.array([float(cell) for cell in cells], pa.float64()),
    "decimal": lambda cells: pa.array([Decimal(cell) for cell in cells], pa.decimal128(38, 6)),
}

CASES = {
    "0.00005": "0.0001",
    "0.00015": "0.0002",
    "-0.00005": "-0.0001",
    "0.00004": "0",
    "1.00025": "1.0003",
    "2.55": "2.55",
    "1.005": "1.005",
    "-1.00025": "-1.0003",
    "0.1": "0.1",
    "123456789.123456": "123456789.1235",
    "90000000000000": "90000000000000",
}


def total_of(orders: object, **options: Any) -> Decimal:
    return segtool.rfm(orders, max_bad=1, **options).summary.revenue


@pytest.mark.parametrize("kind", AS_TYPES)
@pytest.mark.parametrize(("cell", "expected"), CASES.items())
def test_an_amount_is_rounded_half_away_from_zero_whatever_its_type(kind: str, cell: str, expected: str) -> None:
    found = line_amounts({"amount": numbers(AS_TYPES[kind]([cell]))})
    assert found.readable.tolist() == [True]
    assert Decimal(int(found.units[0])).scaleb(-4) == Decimal(expected)


@pytest.mark.parametrize("cell", ["0.00005", "0.00015", "1.00025", "2.55", "90000000000000"])
def test_csv_parquet_and_frame_agree_on_money(cell: str, orders: Callable[..., Path], tmp_path: Path) -> None:
    path = orders(f"ann,1,2024-01-01,{cell}", "ann,2,2024-01-02,0")
    table = pa.table({"customer_id": ["ann"], "order_date": ["2024-01-01"], "amount": [float(cell)]})
    pq.write_table(table, tmp_path / "orders.parquet")
    expected = Decimal(CASES[cell])
    assert total_of(path) == expected
    assert total_of(tmp_path / "orders.parquet") == expected
    assert total_of(pd.DataFrame({"customer_id": ["ann"], "date": ["2024-01-01"], "amount": [float(cell)]})) == expected


@pytest.mark.parametrize(
    "cell", ["90000000000000.0001", "-1e14", "1e300", "inf", "-inf", "nan", "", "ten", "1,5,0", "0x10"]
)
def test_an_amount_that_is_too_large_or_no_number_is_a_bad_amount(cell: str, orders: Callable[..., Path]) -> None:
    path = orders(f'ann,1,2024-01-01,"{cell}"', "ann,2,2024-01-02,7")
    summary = segtool.rfm(path, max_bad=1).summary
    assert summary.rows.set_aside["bad amount"].rows == 1
    assert summary.rows.set_aside["bad amount"].amount is None
    assert summary.revenue == 7


def test_a_digit_past_the_reach_of_floats_decides_the_rounding(orders: Callable[..., Path]) -> None:
    # 1.00005 rounds up; the float nearest to the second cell is that of 1.00005, but the cell is less
    path = orders("ann,1,2024-01-01,1.00005", "ben,1,2024-01-01,1.00004999999999999999999")
    assert segtool.rfm(path).table["monetary"].to_pylist() == [Decimal("1.0001"), Decimal("1.0000")]


def test_a_product_is_rounded_after_the_multiplication(orders: Callable[..., Path]) -> None:
    header = "customer_id,order_id,order_date,quantity,unit_price"
    path = orders(
        "ann,1,2024-01-01,3,0.33333", "ben,2,2024-01-01,1.5,2.5555", "cid,3,2024-01-01,-2,1.00005", header=header
    )
    # 0.99999, 3.83325, -2.00010
    assert segtool.rfm(path, refunds="net", max_bad=1).table["monetary"].to_pylist() == [
        Decimal("1.0000"),
        Decimal("3.8333"),
    ]


def test_what_was_refunded_is_subtracted_whatever_its_sign(orders: Callable[..., Path]) -> None:
    header = "customer_id,order_id,order_date,total,refunded amount"
    path = orders("ann,1,2024-01-01,10,2.50", "ann,2,2024-01-02,10,", "ann,3,2024-01-03,10,-1", header=header)
    assert total_of(path) == Decimal("26.5")
    assert total_of(path, refunds="drop") == 30


def test_a_sum_beyond_64_bits_is_an_error_and_never_wraps(orders: Callable[..., Path]) -> None:
    most = [f"ann,{i},2024-01-01,90000000000000" for i in range(10)]
    assert total_of(orders(*most)) == 9 * 10**14
    with pytest.raises(DataError, match="922,337,203,685,477"):
        segtool.rfm(orders(*most, "ann,11,2024-01-01,90000000000000"))
    everyone = [f"c{i},{i},2024-01-01,90000000000000" for i in range(11)]
    with pytest.raises(DataError, match="922,337,203,685,477"):
        segtool.rfm(orders(*everyone))


def test_a_sum_may_pass_the_limit_on_its_way(orders: Callable[..., Path]) -> None:
    rows = [f"ann,{i},2024-01-01,90000000000000" for i in range(20)]
    back = [f"ann,{i},2024-01-02,-90000000000000" for i in range(19)]
    assert total_of(orders(*rows, *back)) == 9 * 10**13


@given(
    st.decimals(-(10**15), 10**15, allow_nan=False, places=7) | st.decimals(-100, 100, places=4), st.integers(-300, 300)
)
def test_text_and_products_equal_decimal_arithmetic(price: Decimal, quantity: int) -> None:
    cells = {"quantity": numbers(pa.array([quantity])), "unit_price": numbers(pa.array([str(price)]))}
    found = line_amounts(cells)
    exact = (price * quantity).quantize(Decimal("0.0001"), "ROUND_HALF_UP")
    if abs(exact) <= 9 * 10**13:
        assert Decimal(int(found.units[0])).scaleb(-4) == exact
    else:
        assert not found.readable[0]


@given(st.floats(-1e13, 1e13))
def test_a_float_means_its_shortest_decimal(value: float) -> None:
    found = line_amounts({"amount": numbers(pa.array([value]))})
    assert Decimal(int(found.units[0])).scaleb(-4) == Decimal(repr(value)).quantize(Decimal("0.0001"), "ROUND_HALF_UP")


def test_zero_times_anything_is_zero(orders: Callable[..., Path]) -> None:
    header = "customer_id,order_id,order_date,quantity,unit_price,refunded"
    path = orders("ann,1,2024-01-01,0,1e400,", "ann,2,2024-01-01,0,1e400,0e9", "ann,3,2024-01-01,1,2,0", header=header)
    assert total_of(path) == 2
    assert segtool.rfm(path).summary.rows.used == 3
    assert total_of(orders("ann,1,2024-01-01,1e400,3e-400,", header=header)) == 3
