"""The engines that speak SQL: every cell and every line means to them what it means to the arrow engine."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest
from conftest import DATA, needs
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool.databases import Database
from segtool.engines import Accounts, Aggregate
from segtool.engines.refusals import refuse_unusable
from segtool.engines.sql import lookups
from segtool.engines.sql.lookups import Lookup, Read
from segtool.engines.sql.scans import Scan
from segtool.errors import DataError, SegtoolError, UsageError
from segtool.reading import OrderOptions, read_orders
from segtool.tables.source import NOWHERE

needs("duckdb")

AMOUNTS = {
    "text": ["2.55", "0.00005", "0.00015", "-0.00005", "1.00025", "1,234", "1.234", "1,234.50", "12,5", "-3", "+4",
             "7.", "007.50", ".5", "$5", "5 EUR", "", "n/a", "NaN", "1e3", "1e-5", "۱۲٫۵", "99999999999999", " 3.5 ",
             "-0", "90000000000000.0001", "89999999999999.9999", "0.125", "1234.125", "(5)", None],
    "float": [2.55, 0.00005, 0.00015, -0.00005, 1.00025, 0.1 + 0.2, -0.0, float("nan"), float("inf"), 1e300, 5e-324,
              9e13, 9.1e13, 1e15, 100 / 3, 1234567.00005, 12345678.12345, 2.5e-5, 7.5e-5, None],
    "integer": [0, 1, -1, 100, 9 * 10**13, 9 * 10**13 + 1, 2**62, -(2**63), None],
}  # fmt: skip
DATES = {
    "text": ["2024-01-05", "2024-01-05 10:05", "2024-01-05T10:05:07.5", "2024-02-30", "2023-02-29", "2024-02-29",
             "1900-02-29", "2000-02-29", "1969-12-31 23:59:59.999999", "1899-12-31", "2199-12-31", "2200-01-01",
             "1403/01/02", "1403-01-02", "31/01/2024", "2024-01-05 10:05:07+02:00", "2024-1-5", "5 Jan 2024", "", None],
    "moment": [datetime(2024, 1, 5), datetime(2024, 1, 5, 10, 5), datetime(1969, 12, 31, 23, 59, 59, 999999),
               datetime(1403, 1, 2), datetime(2200, 1, 1), datetime(2024, 3, 31, 0, 59, 59, 999999),
               datetime(2024, 3, 31, 1), datetime(2024, 10, 27, 0, 30), datetime(1972, 1, 7, 0, 44, 30), None],
}  # fmt: skip
IDS = ["ann", "Ann", " ann ", "a@b.co", "A@B.co", "17850", "17850.0", "n/a", "NULL", "-", "NA", "", "x'y", 'q"r', "ś",
       "Åse", "\u00a0ann", "a b", "0", "00", "\\n", "😀", "علی", "x" * 300, "a;DROP TABLE x;--", "[x]",
       "ann\n", None]  # fmt: skip
ORDERS = ["1", "2", "01", "1.0", "A-7", " A-7", "n/a", None, "-1", ""]
STATUSES = ["paid", "Cancelled", " REFUNDED ", None, "n/a", "Storniert"]


def both(orders: Any, **options: Any) -> tuple[Aggregate | str, Aggregate | str]:
    """Return what both engines find in orders, or why they refuse them."""
    found: list[Aggregate | str] = []
    for engine in ("arrow", "duckdb"):
        try:
            asked = OrderOptions(max_bad=1.0, engine=engine, **options)
            found.append(read_orders(orders, asked, threads=None, list_rows=False, watch=None).found)
        except SegtoolError as error:
            found.append(str(error))
    return found[0], found[1]


def seen(found: Aggregate | str) -> Any:
    """Return all that was found but the numbers of rows, which a database has not."""
    if isinstance(found, str):
        return found.rpartition("Say ")[2]
    own = found.customers
    texts = [own.customer_id, own.group, own.source, *own.carried.values()]
    return {
        "texts": [None if column is None else column.to_pylist() for column in texts],
        "figures": [
            column.tolist()
            for column in (own.first_order, own.last_order, own.frequency, own.monetary)
            if column is not None
        ],
        "counts": found.counts,
        "calendar": found.calendar,
        "latest": found.latest,
        "examples": found.examples,
        "loose": found.lines_without_order,
        "dot_zero": found.dot_zero_ids,
        "words": (found.currencies, found.statuses, found.marks, found.listed),
        "clues": set(found.clues),
        "bad": {(each.source, each.reason, each.header) for each in found.bad} if len(found.bad) < 10 else None,
    }


def same(orders: Any, **options: Any) -> Aggregate:
    """Return what the SQL engine finds, which is what the arrow engine finds."""
    arrow, duck = both(orders, **options)
    assert seen(duck) == seen(arrow)
    assert isinstance(duck, Aggregate), duck
    return duck


def refused(orders: Any, engine: Any) -> None:
    """Read orders that are refused."""
    read = read_orders(orders, OrderOptions(engine=engine), threads=None, list_rows=False, watch=None)
    refuse_unusable(read.found, read.sources, 0.05, None)


def lines(**columns: pa.Array) -> pa.Table:
    """Return order lines of one customer on one day, but for what is given."""
    count = len(next(iter(columns.values())))
    plain = {"customer_id": pa.array(["ann"] * count), "order_date": pa.array(["2024-01-05"] * count)}
    return pa.table({**plain, "amount": pa.array([1.0] * count), **columns})


@st.composite
def columns_of_amounts(draw: st.DrawFn, rows: int) -> pa.Array:
    kind = draw(st.sampled_from(["text", "float", "float", "integer", "decimal", "float32"]))

    def of(cells: list[Any]) -> list[Any]:
        few = draw(st.lists(st.sampled_from(cells), min_size=1, max_size=5))
        return draw(st.lists(st.sampled_from(few), min_size=rows, max_size=rows))

    if kind == "decimal":
        scale = draw(st.sampled_from([0, 2, 4, 5, 10]))
        cells = [
            None if cell is None else round(Decimal(repr(cell)), scale)
            for cell in of([2.55, 0.00015, -1.00025, 9e13, None])
        ]
        return pa.array(cells, pa.decimal128(30, scale))
    if kind == "float32":
        return pa.array(
            [cell if cell is None or cell < 1e30 else 1e30 for cell in of([2.55, 0.00015, 1e9, 0.1, None])],
            pa.float32(),
        )
    return pa.array(of(AMOUNTS[kind]), {"text": pa.string(), "float": pa.float64(), "integer": pa.int64()}[kind])


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    rows = draw(st.integers(0, 12))

    def some(cells: list[Any]) -> list[Any]:
        return draw(st.lists(st.sampled_from(cells), min_size=rows, max_size=rows))

    kind = draw(st.sampled_from(["text", "text", "dotted", "integer", "float"]))
    if kind == "integer":
        ids = pa.array(some([1, 2, -3, 2**62, None]), pa.int64())
    elif kind == "float":
        ids = pa.array(some([1.0, 2.5, float("nan"), 1e17, -0.0, None]), pa.float64())
    else:
        ids = pa.array(some(IDS if kind == "text" else ["17850.0", "007.0", None]), pa.string())
    found = {"customer_id": ids}
    dates = draw(st.sampled_from(["text", "date", "timestamp", "instant"]))
    if dates == "text":
        found["order_date"] = pa.array(some(draw(st.sampled_from([DATES["text"], DATES["text"][:8]]))), pa.string())
    elif dates == "date":
        found["order_date"] = pa.array([each and each.date() for each in some(DATES["moment"])], pa.date32())
    else:
        zones = ["UTC", "Europe/Berlin", "Africa/Monrovia", "+03:30"] if dates == "instant" else [None]
        found["order_date"] = pa.array(some(DATES["moment"]), pa.timestamp("us", draw(st.sampled_from(zones))))
    if draw(st.booleans()):
        found["amount"] = draw(columns_of_amounts(rows))
    else:
        found["quantity"] = pa.array(some([1, 2, -3, None, 3 * 10**9]), pa.int64())
        found["unit_price"] = draw(columns_of_amounts(rows))
    if draw(st.booleans()):
        found["order_id"] = pa.array(some(ORDERS), pa.string())
    if draw(st.integers(0, 2)) == 0:
        found["refunded"] = draw(columns_of_amounts(rows))
    if draw(st.integers(0, 2)) == 0:
        found["status"] = pa.array(some(STATUSES), pa.string())
    found["country"] = pa.array(some(["DE", "NA", " ", None, "é"]), pa.string())
    return pa.table(found)


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "timezone": st.sampled_from(["Europe/Berlin", "UTC"]),
        "refunds": st.just("drop"),
        "since": st.just("2024-01-02"),
        "as_of": st.just("2024-01-05"),
        "drop_duplicates": st.just(True),
        "orders_by": st.sampled_from(["row", "day"]),
        "by": st.just("country"),
        "carry": st.just("country"),
        "where": st.sampled_from(["amount > 1", 'customer_id != "ann"', "order_date >= 2024-01-05", "filled(*)"]),
        "decimal": st.sampled_from([".", ","]),
        "day_first": st.booleans(),
        "exclude": st.just(pa.table({"customer_id": ["ann", "17850", "1"]})),
    },
)


@settings(max_examples=60)
@given(tables(), OPTIONS)
def test_both_engines_find_the_same(orders: pa.Table, options: dict[str, Any]) -> None:
    arrow, duck = both(orders, **options)
    assert seen(duck) == seen(arrow)


@pytest.mark.parametrize("stored", ["float", "text", "decimal"])
def test_an_amount_is_rounded_half_away_from_zero_however_it_is_stored(stored: str) -> None:
    cells = ["0.00005", "0.00015", "1.00025", "-0.00005", "2.55"]
    columns = {
        "float": pa.array([float(cell) for cell in cells]),
        "text": pa.array(cells),
        "decimal": pa.array([Decimal(cell) for cell in cells], pa.decimal128(20, 5)),
    }
    found = same(lines(customer_id=pa.array(list("abcde")), amount=columns[stored]))
    ids, units = found.customers.customer_id.to_pylist(), found.customers.monetary.tolist()
    assert dict(zip(ids, units, strict=True)) == {"a": 1, "b": 2, "c": 10003, "e": 25500}  # d has a refund alone


def test_a_product_is_rounded_after_and_not_before() -> None:
    columns = {"quantity": pa.array([3, 3]), "unit_price": pa.array([0.33333, 100 / 3])}
    found = same(lines(**columns).drop_columns("amount"))
    assert found.customers.monetary.tolist() == [10_000 + 1_000_000]


def test_no_number_is_no_amount_and_less_than_nothing_is_nothing(tmp_path: Path) -> None:
    orders = lines(amount=pa.array([float("nan"), -0.0, float("inf"), float("-inf")]))
    pq.write_table(orders, tmp_path / "orders.parquet")  # whose statistics know of no NaN
    found = same(str(tmp_path / "orders.parquet"))
    assert found.counts.bad_rows == {"bad amount": 3}
    assert found.customers.monetary.tolist() == [0]


def test_only_not_a_number_is_no_amount_either(tmp_path: Path) -> None:
    pq.write_table(lines(amount=pa.array([float("nan")] * 3)), tmp_path / "orders.parquet")
    assert same(str(tmp_path / "orders.parquet")).counts.bad_rows == {"bad amount": 3}


def test_quotes_and_sql_in_ids_and_headers_are_only_text() -> None:
    nasty = "a\"; DROP TABLE x; --'`"
    orders = lines(customer_id=pa.array([nasty, "'", "\\"])).rename_columns([nasty, "order_date", "amount"])
    found = same(orders, customer_id=nasty)
    assert found.customers.customer_id.to_pylist() == sorted([nasty, "'", "\\"])


def test_headers_that_differ_in_case_alone_are_two_columns(tmp_path: Path) -> None:
    orders = lines(ID=pa.array([1, 2]), id=pa.array([3, 4]))
    pq.write_table(orders, tmp_path / "orders.parquet")
    found = same(str(tmp_path / "orders.parquet"), customer_id="id")
    assert found.customers.customer_id.to_pylist() == ["3", "4"]


def test_duplicates_are_dropped_where_they_pass_the_other_rules_and_over_files(tmp_path: Path) -> None:
    orders = lines(customer_id=pa.array(["ann", "ann", "ann", None, None]), amount=pa.array([1.5, 1.5, 2.0, 1.0, 1.0]))
    for name in ("a", "b"):
        pq.write_table(orders, tmp_path / f"{name}.parquet")
    found = same(str(tmp_path), drop_duplicates=True)
    assert {reason: tally.rows for reason, tally in found.counts.set_aside.items()} == {
        "no customer": 4,
        "duplicate": 4,
    }
    assert found.customers.monetary.tolist() == [35_000]


def test_a_file_without_rows_whose_columns_have_no_type_changes_nothing(tmp_path: Path) -> None:
    empty = pa.table({name: pa.nulls(0) for name in lines(amount=pa.array([1.0])).column_names})
    for name, orders in (("a", lines(amount=pa.array([1.0]))), ("b", empty)):
        pq.write_table(orders, tmp_path / f"{name}.parquet")
    assert same(str(tmp_path)).counts.used == 1


def test_a_path_is_no_pattern(tmp_path: Path) -> None:
    for folder, amount in (("[a]?*'", 1.0), ("aaa", 2.0)):
        (tmp_path / folder).mkdir()
        pq.write_table(lines(amount=pa.array([amount])), tmp_path / folder / "orders.parquet")
    assert same(str(tmp_path / "[a]?*'" / "orders.parquet")).customers.monetary.tolist() == [10_000]


def test_equal_rows_of_columns_that_write_them_differently_are_refused(tmp_path: Path) -> None:
    for name, amount in (("a", pa.array([1.0])), ("b", pa.array(["1"]))):
        pq.write_table(lines(amount=amount), tmp_path / f"{name}.parquet")
    arrow, duck = both(str(tmp_path), drop_duplicates=True)
    assert isinstance(arrow, Aggregate)
    assert arrow.counts.set_aside["duplicate"].rows == 1
    assert "equal rows in columns of different types" in str(duck)


def test_only_whole_numbers_are_found_without_their_dot_zero(tmp_path: Path) -> None:
    (tmp_path / "away.csv").write_text("customer_id\nabc\n17\n")
    orders = lines(customer_id=pa.array(["abc.0", "abc", "17.0", "x"]))
    found = same(orders, exclude=str(tmp_path / "away.csv"))
    assert found.customers.customer_id.to_pylist() == ["abc.0", "x"]


def test_an_order_over_several_days_does_not_hide_the_day_before_the_last() -> None:
    days = ["2024-01-01", "2024-01-09", "2024-01-10", "2024-01-02"]
    orders = lines(order_date=pa.array(days), order_id=pa.array(["1", "1", "1", "2"]))
    found = same(orders)
    assert found.latest == ((date(2024, 1, 9) - date(1970, 1, 1)).days, (date(2024, 1, 10) - date(1970, 1, 1)).days)


def test_moments_of_a_zone_count_there_to_the_microsecond_of_a_change() -> None:
    before, after = datetime(2024, 3, 30, 22, 59, 59, 999999, UTC), datetime(2024, 3, 30, 23, tzinfo=UTC)
    orders = lines(order_date=pa.array([before, after], pa.timestamp("us", "UTC")), customer_id=pa.array(["a", "b"]))
    found = same(orders, timezone="Europe/Berlin")
    assert (found.customers.last_order[1] - found.customers.last_order[0]) == 1


def test_cells_of_a_database_stand_nowhere() -> None:
    found = same(lines(amount=pa.array(["1.5", "two"])))
    assert [(each.row, each.text) for each in found.bad] == [(NOWHERE, "two")]
    assert set(found.clues.values()) == {(NOWHERE, "1.5")}


def test_what_cannot_be_read_is_named_without_a_line(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("customer_id,order_date,amount\nann,2024-01-05,two\nann,2024-01-05,1.5\n")
    with pytest.raises(SegtoolError, match=r'orders.csv: amount "two" is not an amount'):
        refused(str(tmp_path / "orders.csv"), "duckdb")


def test_broken_rows_of_files_are_counted_and_keep_their_lines(tmp_path: Path) -> None:
    rows = ["customer_id,order_date,amount", *["ann,2024-01-05,1.5"] * 30, "ann,2024-01-05,1.5,9,9,9"]
    (tmp_path / "orders.csv").write_text("\n".join(rows) + "\n")
    found = same(str(tmp_path / "orders.csv"))
    assert found.counts.bad_rows == {"broken row": 1}
    assert [each.row for each in found.bad] == [30]


@pytest.mark.parametrize("options", [{"list_rows": True}, {"history": True}, {"tallied": ("category",)}])
def test_what_needs_rows_is_refused_with_the_way_out(options: dict[str, Any]) -> None:
    orders = lines(category=pa.array(["tea", "tea"]))
    asked = {"list_rows": False, **options}
    with pytest.raises(UsageError, match="--engine arrow"):
        read_orders(orders, OrderOptions(engine="duckdb"), threads=None, watch=None, **asked)


def test_columns_of_no_known_kind_are_refused() -> None:
    with pytest.raises(UsageError, match=r"'status'.*--engine arrow"):
        read_orders(
            lines(status=pa.array([True, False])),
            OrderOptions(engine="duckdb"),
            threads=None,
            list_rows=False,
            watch=None,
        )


def test_an_engine_that_the_orders_do_not_stand_in_is_refused() -> None:
    for engine in ("postgres", "spark"):
        with pytest.raises(UsageError, match=f"--engine {engine} reads tables that stand there, not table"):
            refused(lines(amount=pa.array([1.0])), engine)
    with pytest.raises(UsageError, match="engine 'mysql' is unknown"):
        OrderOptions(engine="mysql")  # type: ignore[arg-type]


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_online_retail_is_the_same(tmp_path: Path, suffix: str) -> None:
    path = DATA / "online_retail" / "online_retail.parquet"
    if not path.exists():
        pytest.skip("the data of the Online Retail shop are not here")
    if suffix == "csv":
        csv.write_csv(pq.read_table(path), tmp_path / "orders.csv")
        path = tmp_path / "orders.csv"
    tables = [segtool.rfm(path, engine=engine) for engine in ("arrow", "duckdb")]
    arrow, duck = ((found.summary.to_dict(), found.customers.to_csv()) for found in tables)
    assert duck == arrow


def test_customers_of_an_account_are_one_and_their_order_is_one() -> None:
    orders = lines(
        customer_id=pa.array(["ann", "bob", "cid", "dee"]),
        order_id=pa.array(["1", "1", "1", "2"]),
        amount=pa.array([1.0, 2.0, 4.0, -8.0]),
    )
    texts = pa.large_string()
    accounts = Accounts(pa.array(["ann", "bob", "dee"], texts), pa.array(["home", "home", "home"], texts))
    found = []
    for engine in ("arrow", "duckdb"):
        options = OrderOptions(engine=engine, unit="account")
        read = read_orders(orders, options, threads=None, list_rows=False, watch=None, accounts=accounts)
        found.append(read.found)
    arrow, duck = found
    assert seen(duck) == seen(arrow)
    assert duck.customers.customer_id.to_pylist() == ["cid", "home"]
    assert duck.customers.frequency.tolist() == [1, 1]
    assert sorted(duck.contacts.to_pylist()) == sorted(arrow.contacts.to_pylist()) == ["ann", "bob", "cid"]


def test_a_customer_with_the_id_of_an_account_is_refused() -> None:
    orders = lines(customer_id=pa.array(["ann", "home"]))
    accounts = Accounts(pa.array(["ann"], pa.large_string()), pa.array(["home"], pa.large_string()))
    for engine in ("arrow", "duckdb"):
        with pytest.raises(SegtoolError, match="Customer 'home' belongs to no account, and has the id of one"):
            read_orders(
                orders,
                OrderOptions(engine=engine, unit="account"),
                threads=None,
                list_rows=False,
                watch=None,
                accounts=accounts,
            )


def test_a_table_that_is_changed_while_it_is_read_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = lookups.looked_up

    def without_the_last(database: Database, sql: str, lookup: Lookup, scan: Scan) -> tuple[str, Read]:
        relation, read = looked_up(database, sql, lookup, scan)
        return database.keep(f"SELECT * FROM {relation} ORDER BY k LIMIT 1"), read

    monkeypatch.setattr(lookups, "looked_up", without_the_last)
    orders = lines(amount=pa.array(["$1", "$2"]))
    with pytest.raises(DataError, match="the orders were changed while they were read; run it again"):
        read_orders(orders, OrderOptions(engine="duckdb"), threads=None, list_rows=False, watch=None)


def test_too_many_cells_that_are_not_plain_are_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = lines(amount=pa.array(["$1", "$2", "$2", "3"]))
    monkeypatch.setattr(lookups, "MOST", 2)
    same(orders)
    monkeypatch.setattr(lookups, "MOST", 1)
    with pytest.raises(
        UsageError, match=r"amount with more than 1 different cells .*--query.*\) yet; say --engine arrow"
    ):
        read_orders(orders, OrderOptions(engine="duckdb"), threads=None, list_rows=False, watch=None)
