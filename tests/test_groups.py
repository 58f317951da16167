"""The group of a customer: the label of the last purchase, however the lines lie scattered."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segtool.errors import DataError, UsageError
from segtool.reading import OrderOptions, read_orders
from segtool.tables.delimited import csv_file

Orders = Callable[..., Path]
HEADER = "customer_id,order_id,order_date,amount,country"

slow = settings(max_examples=100)


def groups(orders: object, by: str | None = "country", threads: int | None = None, **options: Any) -> dict[str, str]:
    """Return customer -> group."""
    said = OrderOptions(by=by, max_bad=1, **options)
    customers = read_orders(orders, said, threads=threads, list_rows=False, watch=None).found.customers
    assert customers.group is not None
    assert len(customers.group) == len(customers)
    return dict(zip(customers.customer_id.to_pylist(), customers.group.to_pylist(), strict=True))


def test_the_group_of_a_customer_is_that_of_the_last_purchase(orders: Orders) -> None:
    path = orders(
        "ann,1,2024-01-05,5,DE",
        "ann,2,2024-01-07 09:00,5,FR",
        "ann,3,2024-01-07 08:00,5,AT",
        "ann,4,2024-01-09,-5,UK",
        "ben,5,2024-01-01,5, ",
        "cid,6,2024-01-01,5, NA ",
        "dee,7,2024-01-01,-5,DE",
        header=HEADER,
    )
    assert groups(path) == {"ann": "FR", "ben": "(empty)", "cid": "NA"}
    assert groups(path, since="2024-01-01", as_of="2024-01-06")["ann"] == "DE"


def test_the_last_purchase_can_stand_in_any_file(orders: Orders) -> None:
    early = orders("ann,1,2024-01-05,5,AT", "ben,2,2024-01-05,5,DE", header=HEADER, name="early.csv")
    late = orders("ann,3,2024-02-05,5,UK", "ben,4,2024-01-05,5,CH", header=HEADER, name="late.csv")
    assert groups([early, late]) == groups([late, early]) == {"ann": "UK", "ben": "CH"}


def test_of_groups_at_one_moment_the_least_in_byte_order_counts(orders: Orders) -> None:
    path = orders(
        "ann,1,2024-01-05,5,de", "ann,1,2024-01-05,5,UK", "ann,1,2024-01-05,0,Österreich", "ann,1,2024-01-05,-1,AT",
        header=HEADER,
    )  # fmt: skip
    assert groups(path) == {"ann": "UK"}


def test_customers_have_no_group_unless_one_is_asked_for(six: Path) -> None:
    read = read_orders(six, OrderOptions(), threads=None, list_rows=False, watch=None)
    assert read.found.customers.group is None
    assert "group" not in read.headers


def test_a_group_can_be_any_column_and_is_named_among_the_columns(orders: Orders) -> None:
    path = orders("ann,1,2024-01-05,5,DE", header=HEADER)
    assert groups(path, by="Order ID") == {"ann": "1"}
    assert groups(path, by="5") == {"ann": "DE"}
    read = read_orders(path, OrderOptions(by="COUNTRY"), threads=None, list_rows=False, watch=None)
    assert read.headers["group"] == "country"


def test_a_group_whose_column_is_missing_is_a_mistake_of_usage(orders: Orders) -> None:
    path = orders("ann,1,2024-01-05,5,DE", header=HEADER)
    with pytest.raises(UsageError, match=r"orders\.csv has no column 'county' \(--by\)\. .* Did you mean 'country'\?"):
        groups(path, by="county")
    twice = orders("ann,1,2024-01-05,5,DE,FR", header=f"{HEADER},country", name="twice.csv")
    with pytest.raises(DataError, match=r"2 columns named 'country'. Say --by with the number of one: 5, 6\."):
        groups(twice)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (pd.Series([7.0, None]), ["7", "(empty)"]),
        (pd.Series([7, 8]), ["7", "8"]),
        (pd.Series(["DE", None], dtype="category"), ["DE", "(empty)"]),
        (pd.Series([True, False]), ["true", "false"]),
    ],
)
def test_a_group_of_any_type_is_text(cells: pd.Series, expected: list[str]) -> None:
    frame = pd.DataFrame({"customer": ["ann", "ben"], "date": ["2024-01-01"] * 2, "total": [1, 2], "store": cells})
    assert list(groups(frame, by="store").values()) == expected
    assert list(groups(pa.Table.from_pandas(frame), by="store").values()) == expected


class Line(NamedTuple):
    customer_id: str
    order_id: str
    order_date: str
    amount: str
    country: str


START = datetime(2024, 1, 1)

lines = st.builds(
    Line,
    customer_id=st.sampled_from(["7.0", "8.0", "9.0", ""]),
    order_id=st.sampled_from(["1", "2", "A3", ""]),
    order_date=st.integers(0, 8).map(lambda hours: str(START + timedelta(hours=6 * hours))) | st.just("soon"),
    amount=st.sampled_from(["5", "0", "-1", "ten"]),
    country=st.sampled_from(["DE", "de", "Österreich", "(a", " UK ", "", "  ", "NA", "آلمان"]),
)


def oracle(rows: Sequence[Line]) -> dict[str, str]:
    """Return customer -> group, one line after the other."""
    purchases = [
        (row.order_date, (row.country.strip() or "(empty)").encode(), row.customer_id)
        for row in rows
        if row.customer_id and row.order_date != "soon" and row.amount in ("5", "0")
    ]
    found = {}
    for customer in {customer for _, _, customer in purchases}:
        own = [(moment, label) for moment, label, buyer in purchases if buyer == customer]
        latest = max(moment for moment, _ in own)
        found[customer] = min(label for moment, label in own if moment == latest).decode()
    return found


def without_dot_zero(rows: Sequence[Line]) -> list[Line]:
    return [row._replace(customer_id=row.customer_id.removesuffix(".0")) for row in rows]


def as_frame(rows: Sequence[Line]) -> pd.DataFrame:
    """Return lines whose customers are numbers."""
    frame = pd.DataFrame(rows, columns=list(Line._fields))
    return frame.assign(customer_id=pd.to_numeric(frame["customer_id"]))


@slow
@given(
    rows=st.lists(lines, min_size=1, max_size=40),
    other=st.lists(lines.map(lambda line: line._replace(customer_id="ann")), max_size=3),
    numbers=st.lists(lines, max_size=8),
    chance=st.randoms(use_true_random=False),
    parts=st.integers(1, 3),
    threads=st.integers(1, 3),
    block=st.sampled_from([64, 150, 1 << 22]),
    refunds=st.sampled_from(["net", "drop"]),
    orders_by=st.sampled_from([None, "row", "day"]),
)
def test_no_order_of_lines_files_and_threads_changes_a_group(
    rows: list[Line],
    other: list[Line],
    numbers: list[Line],
    chance: random.Random,
    parts: int,
    threads: int,
    block: int,
    refunds: str,
    orders_by: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With `ann` among the customers, ids that end in .0 stay as they are written; without her, they lose it, and are
    then the same as those of numbers."""
    monkeypatch.setattr(csv_file, "BLOCK", block)
    texts = [*rows, *other]
    expected = oracle([*(texts if other else without_dot_zero(texts)), *without_dot_zero(numbers)])
    chance.shuffle(texts)
    tables: list[Any] = [as_frame(numbers)] if numbers else []
    for part in range(parts):
        path = tmp_path / f"{part}.csv"
        path.write_text("\n".join([HEADER, *map(",".join, texts[part::parts])]) + "\n", "utf-8")
        tables.append(path)
    chance.shuffle(tables)
    assert groups(tables, threads=threads, refunds=refunds, orders_by=orders_by) == expected
