"""Lists of customers: their ids are those of orders, however they are spelled and scattered."""

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool.errors import DataError, MissingInputError, MissingRoleError, UsageError
from segtool.reading import read_ids
from segtool.tables.delimited import csv_file
from segtool.tables.source import Layout

Orders = Callable[..., Path]

slow = settings(max_examples=60)


def test_ids_are_distinct_trimmed_and_in_byte_order(orders: Orders) -> None:
    path = orders(" ben ,x", "ann,x", "Ann@Example.org,x", "ben,x", ",x", "NULL,x", "007,x", header="customer_id,city")
    assert read_ids(path).to_pylist() == ["007", "ann", "ann@example.org", "ben"]


def test_the_dot_zero_goes_where_all_ids_of_all_files_end_in_it(orders: Orders) -> None:
    one, two = orders("7.0", "8.0", header="customer_id"), orders("9.0", header="customer_id", name="two.csv")
    mixed = orders("ann", header="customer_id", name="mixed.csv")
    numbers = pd.DataFrame({"customer_id": [7.0, None, 10.0]})
    assert read_ids([one, two, numbers]).to_pylist() == ["10", "7", "8", "9"]
    assert read_ids([one, mixed]).to_pylist() == ["7.0", "8.0", "ann"]


def test_the_column_is_recognised_or_named(orders: Orders) -> None:
    assert read_ids(orders("x,ann", header="segment,Kundennr")).to_pylist() == ["ann"]
    other = orders("x,ann", header="segment,who")
    assert read_ids(other, customers_id="WHO").to_pylist() == read_ids(other, customers_id="2").to_pylist() == ["ann"]
    assert read_ids(other, customers_id="1", layout=Layout(header=False)).to_pylist() == ["segment", "x"]
    with pytest.raises(MissingRoleError, match=r"has no column for the customer id\. Columns: segment, who\."):
        read_ids(other)
    with pytest.raises(UsageError, match=r"has no column 'whom' \(--customers-id\)\. .* Did you mean 'who'\?"):
        read_ids(other, customers_id="whom")
    with pytest.raises(DataError, match=r"2 columns for the customer id\. .* Say --customers-id COL\."):
        read_ids(orders("x,ann", header="cust_id,customer id"))


def test_a_list_that_tells_no_customers_is_refused(orders: Orders, tmp_path: Path) -> None:
    for rows in ((), ("", " ")):
        with pytest.raises(DataError, match="no customer ids"):
            read_ids(orders(*(f"{row},x" for row in rows), header="customer_id,city"))
    with pytest.raises(DataError, match=r"orders\.csv:3 is no whole row"):
        read_ids(orders("ann,x", "ben", header="customer_id,city"))
    with pytest.raises(MissingInputError):
        read_ids(tmp_path / "none.csv")


cells = st.sampled_from(
    ["7.0", "8.0", "9.0", " 7.0", "", "NA", "Ann@X.org", "ann@x.org", "ann", "دارا", "07.0", "1.5.0"]
)


@slow
@given(
    ids=st.lists(cells, min_size=1, max_size=30),
    chance=st.randoms(use_true_random=False),
    parts=st.integers(1, 3),
    threads=st.integers(1, 3),
    block=st.sampled_from([16, 64, 1 << 22]),
)
def test_ids_of_a_list_are_the_customers_of_orders_with_the_same_ids(
    ids: list[str],
    chance: random.Random,
    parts: int,
    threads: int,
    block: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(csv_file, "BLOCK", block)
    shuffled = chance.sample(ids, len(ids))
    lists, orders = [], []
    for part in range(parts):
        for folder, lines in ((lists, "customer,x"), (orders, "customer,date,amount")):
            file = tmp_path / f"{len(lists)}{len(orders)}{part}{lines.count(',')}.csv"
            rest = ",x" if folder is lists else ",2024-01-01,1"
            file.write_text("\n".join([lines, *(f"{cell}{rest}" for cell in shuffled[part::parts])]) + "\n", "utf-8")
            folder.append(file)
    if all(cell in ("", "NA") for cell in ids):
        with pytest.raises(DataError, match="no customer ids"):
            read_ids(lists, threads=threads)
        return
    found = read_ids(lists, threads=threads)
    assert found.type == pa.large_string()
    assert found.to_pylist() == segtool.rfm(orders).table["customer_id"].to_pylist()


def test_a_list_is_read_without_pandas(orders: Orders) -> None:
    path = orders("7.0", "Ann@x.org", "", header="customer_id")
    read = f"from segtool.reading import read_ids; read_ids({str(path)!r})"
    code = f"import sys; {read}; sys.exit('pandas' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
