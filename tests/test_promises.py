"""The promises of the README as properties of any orders."""

import csv
import io
import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool.api import Result
from segtool.errors import DataError
from segtool.tables.writing.write import write_csv


class Line(NamedTuple):
    customer_id: str
    order_id: str
    order_date: str
    amount: str


START = date(2024, 1, 1)

amounts = st.one_of(
    st.integers(-5_000, 50_000).map(lambda cents: f"{cents / 100:.2f}"),
    st.decimals(-100, 1000, places=5).map(str),
    st.sampled_from(["", "n/a", "ten", "0", "-0.00005", "1e3", "90000000000000"]),
)
lines = st.builds(
    Line,
    customer_id=st.sampled_from(["ann", "ben", "cid", "007", "7", "دارا", "", "NULL", 'o"neill', "x,y"]),
    order_id=st.sampled_from(["1", "2", "3", "4", "5", "", "01"]),
    order_date=st.one_of(
        st.integers(0, 90).map(lambda days: str(START + timedelta(days))),
        st.sampled_from(["2024-01-05 10:30:00", "2024-01-05T23:59:59", "2024-02-31", "", "soon"]),
    ),
    amount=amounts,
)
some_orders = st.lists(lines, min_size=1, max_size=40)

slow = settings(max_examples=60)


def write(rows: Sequence[Line], path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(Line._fields)
        writer.writerows(rows)
    return path


def table_of(result: Result) -> bytes:
    text = io.BytesIO()
    write_csv(result.table, text)
    return text.getvalue()


def found(orders: object, **options: object) -> tuple[object, ...]:
    """Everything that a run says: its table and its summary, or its first line of refusal."""
    try:
        result = segtool.rfm(orders, max_bad=1, **options)  # type: ignore[arg-type]
    except DataError as error:
        return ("refused", str(error).split(":")[0].split(".")[0])
    return (table_of(result), result.summary.to_dict())


@slow
@given(some_orders, st.randoms(use_true_random=False), st.integers(2, 7))
def test_shuffled_and_split_orders_give_the_same_bytes(
    tmp_path: Path, rows: list[Line], chance: random.Random, parts: int
) -> None:
    whole = found(write(rows, tmp_path / "whole.csv"))
    shuffled = chance.sample(rows, len(rows))
    assert found(write(shuffled, tmp_path / "shuffled.csv")) == whole
    files = [write(shuffled[i::parts], tmp_path / f"{i}.csv") for i in range(parts)]
    assert found(files) == whole
    assert found(files[::-1], threads=7) == whole


@slow
@given(some_orders)
def test_csv_parquet_and_frames_agree(tmp_path: Path, rows: list[Line]) -> None:
    whole = found(write(rows, tmp_path / "orders.csv"))
    frame = pd.DataFrame(rows, columns=list(Line._fields))
    pq.write_table(pa.Table.from_pandas(frame), tmp_path / "orders.parquet")
    assert found(tmp_path / "orders.parquet") == whole
    assert found(frame) == whole
    assert found(pa.Table.from_pandas(frame)) == whole


@slow
@given(some_orders, st.sampled_from(["net", "drop"]), st.booleans(), st.sampled_from([None, "row", "day"]))
def test_everything_equals_a_slow_oracle(
    tmp_path: Path, rows: list[Line], refunds: str, drop_duplicates: bool, orders_by: str | None
) -> None:
    options = {"refunds": refunds, "drop_duplicates": drop_duplicates, "orders_by": orders_by, "since": "2024-01-03"}
    expected, aside = oracle(rows, refunds, drop_duplicates, orders_by, date(2024, 1, 3))
    path = write(rows, tmp_path / "orders.csv")
    if not expected:
        with pytest.raises(DataError, match="No usable row"):
            segtool.rfm(path, max_bad=1, **options)  # type: ignore[arg-type]
        return
    result = segtool.rfm(path, max_bad=1, rejects=True, **options)  # type: ignore[arg-type]
    frame = result.customers
    measured = zip(frame["customer_id"], frame["frequency"], result.table["monetary"].to_pylist(), strict=True)
    assert {row[0]: row[1:] for row in measured} == {key: value[:2] for key, value in expected.items()}
    assert dict(zip(frame["customer_id"], frame["last_order"].dt.date, strict=True)) == {
        key: value[2] for key, value in expected.items()
    }
    rows_said = result.summary.rows
    assert {reason: each.rows for reason, each in rows_said.set_aside.items()} == aside
    assert rows_said.read == len(rows) == rows_said.used + sum(aside.values())
    assert result.summary.revenue == sum(value[1] for value in expected.values())
    assert sum(s.customers for s in result.summary.segments) == len(expected)
    assert sum(s.revenue for s in result.summary.segments) == result.summary.revenue

    said = list(result.rejects())
    records = {}
    for number, row in enumerate(rows, start=2):
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(row)
        records[number] = text.getvalue()
    assert all(records[each.line] == each.record for each in said)
    assert [each.line for each in said] == sorted({each.line for each in said})
    assert {reason: sum(each.reason == reason for each in said) for reason in aside} == aside


def oracle(rows: list[Line], refunds: str, drop_duplicates: bool, orders_by: str | None, since: date):  # type: ignore[no-untyped-def]
    """The rules, read off the design, one line after another."""
    aside: dict[str, int] = {}
    kept: dict[str, list[tuple[str, date, Decimal]]] = {}
    seen: set[Line] = set()

    def drop(reason: str) -> None:
        aside[reason] = aside.get(reason, 0) + 1

    for row in rows:
        day, amount = read_day(row.order_date), read_amount(row.amount)
        if row.customer_id.lower() in ("", "null"):
            drop("no customer")
        elif day is None:
            drop("bad date")
        elif amount is None:
            drop("bad amount")
        elif drop_duplicates and row in seen:
            drop("duplicate")
        else:
            seen.add(row)
            if day < since:
                drop("before window")
            elif amount < 0 and refunds == "drop":
                drop("refund")
            else:
                kept.setdefault(row.customer_id, []).append((row.order_id, day, amount))
    customers = {}
    for customer, own in kept.items():
        bought = [(order, day) for order, day, amount in own if amount >= 0]
        if not bought:
            aside["refunds only"] = aside.get("refunds only", 0) + len(own)
            continue
        if orders_by == "day":
            frequency = len({day for _, day in bought})
        elif orders_by == "row":
            frequency = len(bought)
        else:
            frequency = len({order for order, _ in bought if order}) + sum(not order for order, _ in bought)
        customers[customer] = (frequency, sum(amount for _, _, amount in own), max(day for _, day in bought))
    return customers, aside


def read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def read_amount(text: str) -> Decimal | None:
    try:
        return Decimal(text).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    except ArithmeticError:
        return None


@slow
@given(some_orders, st.permutations(["ann", "ben", "cid", "007", "7"]))
def test_renamed_customers_keep_their_results(tmp_path: Path, rows: list[Line], names: list[str]) -> None:
    renamed = dict(zip(["ann", "ben", "cid", "007", "7"], names, strict=True))
    swapped = [row._replace(customer_id=renamed.get(row.customer_id, row.customer_id)) for row in rows]
    one, other = found(write(rows, tmp_path / "a.csv")), found(write(swapped, tmp_path / "b.csv"))
    if one[0] == "refused":
        assert one == other
        return
    first = {line.split(b",")[0]: line.split(b",", 1)[1] for line in _rows(one[0])}
    second = {line.split(b",")[0]: line.split(b",", 1)[1] for line in _rows(other[0])}
    for name, new in renamed.items():
        assert first.get(name.encode()) == second.get(new.encode())
    assert one[1] == other[1]


def _rows(table: object) -> list[bytes]:
    assert isinstance(table, bytes)
    return [line for line in table.splitlines()[1:] if not line.startswith(b'"')]
