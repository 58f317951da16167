"""Customers day by day, in one pass: as they were at the end of any day, they are as rfm --as-of that day has them."""

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import SIX
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.engines import Customers
from segtool.engines.history import History
from segtool.errors import DataError
from segtool.reading import OrderOptions, read_orders
from segtool.tables.dates import calendar_day, day_number

FIGURES = ("customer_id", "first_order", "last_order", "frequency", "monetary", "group")


def history_of(orders: Any, **options: Any) -> History:
    read = read_orders(orders, OrderOptions(**options), threads=2, list_rows=False, watch=None, history=True)
    assert read.found.history is not None
    return read.found.history


def measured(customers: Customers) -> dict[str, Any]:
    columns = {name: getattr(customers, name) for name in FIGURES}
    return {name: None if column is None else column.tolist() for name, column in columns.items()}


def read_until(orders: Any, day: int, **options: Any) -> dict[str, Any]:
    """Return the customers of a run with that as-of date."""
    asked = OrderOptions(as_of=calendar_day(day), **options)
    return measured(read_orders(orders, asked, threads=2, list_rows=False, watch=None).found.customers)


def test_six_customers_at_the_end_of_three_months(six: Path) -> None:
    ends = [day_number(datetime.date(2024, month, day)) for month, day in ((1, 31), (2, 29), (3, 31))]
    january, february, march = history_of(six).as_of(ends)
    assert january.customer_id.to_pylist() == ["ann", "ben", "fay"]
    assert january.monetary.tolist() == [100_000, 999_900, 10_000]
    assert february.customer_id.to_pylist() == ["ann", "ben", "dee", "fay"]
    assert february.frequency.tolist() == [1, 1, 2, 2]
    assert measured(march) == read_until(six, ends[-1])


def test_every_order_is_a_purchase_of_its_first_day(six: Path) -> None:
    customer, day = history_of(six).purchases()
    ids = ["ann", "ben", "cid", "dee", "eve", "fay"]
    bought = sorted((ids[row], calendar_day(number).isoformat()) for row, number in zip(customer, day, strict=True))
    assert bought == [
        ("ann", "2024-01-05"), ("ann", "2024-03-31"), ("ben", "2024-01-01"), ("cid", "2024-03-01"),
        ("dee", "2024-02-10"), ("dee", "2024-02-20"), ("dee", "2024-03-30"), ("eve", "2024-03-01"),
        ("fay", "2024-01-20"), ("fay", "2024-02-25"),
    ]  # fmt: skip


def test_before_the_first_purchase_there_are_no_customers(six: Path) -> None:
    [nobody] = history_of(six).as_of([0])
    assert len(nobody) == 0


LINES = st.lists(
    st.tuples(
        st.sampled_from(["ann", "ben", "cid"]),
        st.integers(1, 4),
        st.integers(0, 12),
        st.integers(-300, 900),
        st.sampled_from(["DE", "FR", ""]),
    ),
    min_size=1,
    max_size=25,
)


def table_of(lines: list[tuple[str, int, int, int, str]], *, with_orders: bool) -> pa.Table:
    names, orders, days, cents, countries = zip(*lines, strict=True)
    columns = {
        "customer_id": names,
        "order_id": orders,
        "order_date": [calendar_day(19_000 + day) for day in days],
        "amount": [cent / 100 for cent in cents],
        "country": countries,
    }
    return pa.table(columns if with_orders else {k: v for k, v in columns.items() if k != "order_id"})


@pytest.mark.parametrize(
    ("with_orders", "options"),
    [
        (True, {}),
        (False, {}),
        (True, {"orders_by": "day"}),
        (True, {"refunds": "drop"}),
        (True, {"by": "country"}),
        (False, {"by": "country", "since": calendar_day(19_003)}),
        (True, {"drop_duplicates": True}),
    ],
)
@given(lines=LINES)
def test_the_customers_of_a_day_are_those_of_a_run_until_it(
    with_orders: bool, options: dict[str, Any], lines: list[tuple[str, int, int, int, str]]
) -> None:
    orders, ends = table_of(lines, with_orders=with_orders), [18_999, 19_004, 19_005, 19_012]
    for end, customers in zip(ends, history_of(orders, **options).as_of(ends), strict=True):
        assert measured(customers) == read_until(orders, end, **options)


def test_lines_of_one_day_that_lie_apart_are_merged(monkeypatch: pytest.MonkeyPatch, six: Path) -> None:
    monkeypatch.setattr("segtool.engines.history._ENOUGH", 1)
    rows = SIX.splitlines()
    shuffled = pa.table(
        {name: [row.split(",")[i] for row in rows[1:] * 2] for i, name in enumerate(rows[0].split(","))}
    )
    ends = [day_number(datetime.date(2024, month, 1)) for month in (2, 3, 4)]
    parts = [shuffled.slice(i, 1) for i in range(len(shuffled))]
    history = history_of(parts)
    assert len(history.days) < len(shuffled)
    assert [measured(each) for each in history.as_of(ends)] == [read_until(shuffled, end) for end in ends]


def test_ids_that_all_end_in_dot_zero_are_one_customer_each() -> None:
    orders = pa.table({"customer_id": ["7.0", "8.0", "7.0"], "order_date": ["2024-01-01"] * 3, "amount": [1, 2, 3]})
    [customers] = history_of(orders).as_of([day_number(datetime.date(2024, 1, 1))])
    assert customers.customer_id.to_pylist() == ["7", "8"]
    assert customers.monetary.tolist() == [40_000, 20_000]


def test_a_sum_that_passes_64_bits_at_some_day_is_refused() -> None:
    huge = 90_000_000_000_000
    orders = pa.table(
        {
            "customer_id": ["a"] * 40,
            "order_id": list(range(40)),
            "order_date": [calendar_day(19_000 + i) for i in range(40)],
            "amount": [huge] * 20 + [-huge] * 20,
        }
    )
    history = history_of(orders)
    with pytest.raises(DataError, match="passes"):
        list(history.as_of([19_019]))
    [nothing_left] = history.as_of([19_039])
    assert nothing_left.monetary.tolist() == [0]


def test_history_changes_nothing_else(six: Path) -> None:
    plain = read_orders(six, OrderOptions(), threads=1, list_rows=False, watch=None).found
    kept = read_orders(six, OrderOptions(), threads=1, list_rows=False, watch=None, history=True).found
    assert measured(plain.customers) == measured(kept.customers)
    assert (plain.counts, plain.calendar, plain.history) == (kept.counts, kept.calendar, None)
    assert segtool.rfm(six).table.num_rows == len(kept.customers)
    assert np.array_equal(plain.customers.frequency, np.bincount(kept.history.purchases()[0]))
