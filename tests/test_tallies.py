"""Lines of orders counted by customer and label: categories, brands and channels."""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segtool.engines import Accounts, Aggregate, tallies
from segtool.engines.tallies import Tally
from segtool.errors import DataError, MissingRoleError, UsageError
from segtool.orders.roles import TALLIED
from segtool.reading import OrderOptions, read_orders

HEADER = "customer_id,order_id,order_date,amount,category,brand,sales channel\n"

SEVEN = (
    HEADER
    + """\
ann,1,2024-01-05,10.00,Tea,Ahmad,online
ann,1,2024-01-05,2.00,tea ,Twinings,online
ann,2,2024-02-05,-2.00,TEA,Twinings,online
ann,3,2024-03-05,4.00,Coffee,,store
ben,4,2024-01-01,5.00,,Ahmad,store
cid,5,2024-03-01,-5.00,Aaa,Aaa,store
dee,6,not a day,7.25,Books,Penguin,online
"""
)


def read(orders: Any, *, threads: int = 2, tallied: tuple[str, ...] = TALLIED, **options: Any) -> Aggregate:
    asked = OrderOptions(max_bad=1, **options)
    return read_orders(orders, asked, threads=threads, list_rows=False, watch=None, tallied=tallied).found


def rows_of(found: Aggregate, role: str) -> dict[tuple[str, str], tuple[int, int]]:
    """Return (customer, label) -> lines and units."""
    tally = found.tallies[role]
    ids, labels = found.customers.customer_id.to_pylist(), tally.labels.to_pylist()
    pairs = zip(tally.customer.tolist(), tally.label.tolist(), strict=True)
    keys = [(ids[row], labels[place]) for row, place in pairs]
    assert keys == sorted(keys)
    return dict(zip(keys, zip(tally.lines.tolist(), tally.units.tolist(), strict=True), strict=True))


def test_lines_are_counted_by_label_without_case_and_blanks_and_set_aside_rows_are_not(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(SEVEN)
    found = read(path)
    assert rows_of(found, "category") == {("ann", "Coffee"): (1, 40_000), ("ann", "TEA"): (2, 100_000)}
    assert found.tallies["category"].labels.to_pylist() == ["Coffee", "TEA"]
    assert (found.tallies["category"].empty, found.tallies["category"].empty_units) == (1, 50_000)
    assert rows_of(found, "brand") == {
        ("ann", "Ahmad"): (1, 100_000), ("ann", "Twinings"): (1, 0), ("ben", "Ahmad"): (1, 50_000),
    }  # fmt: skip
    assert rows_of(found, "channel")["ann", "online"] == (2, 100_000)


def test_nothing_is_counted_that_nobody_asks_for(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(SEVEN)
    assert read(path, tallied=()).tallies == {}
    assert set(read(path, tallied=("brand",)).tallies) == {"brand"}


def test_a_column_is_named_or_told_by_one_header_alone(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(SEVEN.replace("sales channel", "brand name"))
    assert set(read(path).tallies) == {"category"}
    assert set(read(path, further={"brand": "brand name"}).tallies) == {"category", "brand"}
    assert rows_of(read(path, further={"channel": "brand name"}), "channel")["ann", "online"] == (2, 100_000)
    with pytest.raises(UsageError, match=r"no column 'Marke' \(--brand\)"):
        read(path, further={"brand": "Marke"})
    with pytest.raises(UsageError, match=r"\(--sales-channel\)"):
        read(path, further={"channel": "till"})


def test_a_label_that_only_some_files_have_is_not_counted_unless_it_is_named(tmp_path: Path) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    paths[0].write_text(SEVEN)
    paths[1].write_text(SEVEN.replace("category", "stuff"))
    assert set(read(paths).tallies) == {"brand", "channel"}
    with pytest.raises((UsageError, MissingRoleError), match=r"b\.csv has no column"):
        read(paths, further={"category": "category"})


def test_lines_of_contacts_count_for_their_account() -> None:
    orders = {"customer": ["ann", "bob"], "date": ["2024-01-01"] * 2, "amount": [1, 2], "brand": ["x", "X"]}
    accounts = Accounts(pa.array(["ann", "bob"], pa.large_string()), pa.array(["acme", "acme"], pa.large_string()))
    found = read_orders(
        pa.table(orders),
        OrderOptions(unit="account"),
        threads=1,
        list_rows=False,
        watch=None,
        tallied=("brand",),
        accounts=accounts,
    ).found
    assert rows_of(found, "brand") == {("acme", "X"): (2, 30_000)}


def test_ids_that_all_end_in_dot_zero_are_tallied_once() -> None:
    orders = {"customer": ["1.0", "2.0", "1.0"], "date": ["2024-01-01"] * 3, "amount": [1, 2, 3], "brand": ["x"] * 3}
    assert rows_of(read(pa.table(orders)), "brand") == {("1", "x"): (2, 40_000), ("2", "x"): (1, 20_000)}


def test_a_sum_of_a_label_that_passes_64_bits_is_refused_and_others_are_exact() -> None:
    most = 89_999_999_999_999
    amounts = [most] * 12 + [-most] * 11
    orders = {"customer": ["a"] * 23, "date": ["2024-01-01"] * 23, "amount": amounts, "brand": ["x"] * 23}
    assert rows_of(read(pa.table(orders)), "brand") == {("a", "x"): (12, most * 10_000)}
    parted = orders | {"brand": ["x"] * 12 + ["y"] * 11}
    with pytest.raises(DataError, match="A sum of a customer"):
        read(pa.table(parted))


BOUGHT = st.tuples(
    st.sampled_from("abcd"),
    st.sampled_from(["2024-01-01", "2024-01-02", "bad"]),
    st.integers(-300, 300),
    st.sampled_from(["Tea", "tea", " TEA", "Rice", "rice", "", "n/a", "Éclair", "éclair"]),
)


def slowly(rows: list[tuple[str, str, int, str]]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return (customer, label) -> lines and units, a row at a time."""
    used = [row for row in rows if row[1] != "bad"]
    buyers = {customer for customer, _, amount, _ in used if amount >= 0}
    used = [row for row in used if row[0] in buyers and row[3].strip() not in ("", "n/a")]
    names: dict[str, str] = {}
    for *_, label in used:
        own = label.strip()
        names[own.casefold()] = min(own, names.get(own.casefold(), own), key=str.encode)
    lines: Counter[tuple[str, str]] = Counter()
    units: Counter[tuple[str, str]] = Counter()
    for customer, _, amount, label in used:
        lines[customer, names[label.strip().casefold()]] += amount >= 0
        units[customer, names[label.strip().casefold()]] += amount * 10_000
    return {key: (lines[key], units[key]) for key in lines}


def table_of(rows: list[tuple[str, str, int, str]]) -> pa.Table:
    customer, day, amount, label = map(list, zip(*rows, strict=True))
    return pa.table({"customer_id": customer, "order_date": day, "amount": amount, "category": label})


@given(st.lists(BOUGHT, min_size=1, max_size=40), st.randoms(use_true_random=False), st.booleans())
def test_shuffled_and_split_orders_tally_as_a_slow_reading_does(
    rows: list[tuple[str, str, int, str]], order: Any, few: bool
) -> None:
    rows.append(("z", "2024-01-01", 1, ""))
    before, tallies._ENOUGH = tallies._ENOUGH, 3 if few else 1 << 22
    try:
        found = read(table_of(rows))
        assert rows_of(found, "category") == slowly(rows)
        shuffled = order.sample(rows, len(rows))
        cut = order.randrange(1, len(rows) + 1)
        parts = [table_of(part) for part in (shuffled[:cut], shuffled[cut:]) if part]
        again = read(parts, threads=3)
    finally:
        tallies._ENOUGH = before
    assert plain(again.tallies["category"]) == plain(found.tallies["category"])


def plain(tally: Tally) -> list[Any]:
    return [
        each if isinstance(each, int) else getattr(each, "to_pylist", getattr(each, "tolist", None))()  # type: ignore[misc]
        for each in vars(tally).values()
    ]
