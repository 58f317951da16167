"""`segtool inspect`: what is in a file, what rfm would make of it, and the line to type next."""

import csv
import io
import json
import shlex
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, SIX, Run
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

import segtool
from segtool.errors import DataError, MissingInputError, UsageError
from segtool.inspection.cells import kind_of
from segtool.inspection.facts import Column, Inspection
from segtool.inspection.questions import questions_of, templates
from segtool.inspection.scan import MOST
from segtool.output.inspection import render
from segtool.tables.headers import attributes, event_matches, event_names, known_attributes, known_names, matches
from segtool.tables.text import NO_VALUE

SHOP = """\
Customer,Order date,Total,Status,City,Newsletter
ann,2024-01-05,10.00,paid,Bern,yes
ann,2024-01-05,10.00,paid,Bern,yes
 ben ,2024-02-30,12.50,paid,-,no
n/a,2024-02-01,3.00,paid,Basel,no
cid,2024-02-02,five,paid,Basel,
cid,2024-02-03,20.25,cancelled,Basel,yes
dee,2024-02-04,7.00
"""
"""A row of each kind: a duplicate, a bad date, no customer, a bad amount, a cancelled order, a broken row."""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.csv"
    path.write_text(SHOP)
    return path


def by_header(found: Inspection) -> dict[str, Column]:
    return {column.header: column for table in found.tables for column in table.columns}


def test_each_column_is_told_with_its_role_its_cells_and_what_is_empty(shop: Path) -> None:
    columns = by_header(segtool.inspect(shop))
    assert [(c.number, c.role, c.attribute) for c in columns.values()] == [
        (1, "customer_id", None),
        (2, "order_date", None),
        (3, "amount", None),
        (4, "status", None),
        (5, None, "city"),
        (6, None, "newsletter"),
    ]
    assert [c.cells for c in columns.values()] == [
        "text",
        "mostly dates",
        "mostly decimals with a point",
        "text",
        "text",
        "yes or no",
    ]
    assert [(c.empty, c.distinct) for c in columns.values()] == [(1, 3), (0, 5), (0, 5), (0, 2), (1, 2), (1, 2)]
    assert columns["City"].empty_share == 1 / 6
    assert columns["City"].values == {"Basel": 3, "Bern": 2}
    assert columns["Customer"].examples == ("ann", "ben", "cid")


def test_rows_reasons_and_places_are_those_of_rfm(shop: Path) -> None:
    found = segtool.inspect(shop, max_bad=1.0)
    result = segtool.rfm(shop, max_bad=1.0)
    orders = found.orders
    assert orders
    assert {reason: each.rows for reason, each in orders.rows.set_aside.items()} == {
        "broken row": 1,
        "no customer": 1,
        "status": 1,
        "bad date": 1,
        "bad amount": 1,
    }
    assert orders.rows == result.summary.rows
    assert (orders.customers, orders.orders, orders.revenue) == (1, 2, result.summary.revenue)
    assert orders.period == result.summary.period
    assert orders.as_of == result.summary.as_of
    assert orders.bad_rows == 3
    assert [str(place).removeprefix(str(shop)) for place in orders.places] == [
        ':4: Order date "2024-02-30" is not a date',
        ':6: Total "five" is not an amount',
        ':8: "dee,2024-02-04,7.00" is no whole row',
    ]
    assert [(each.status, each.rows, each.set_aside) for each in orders.statuses] == [
        ("paid", 5, False),
        ("cancelled", 1, True),
    ]


def test_rows_that_equal_an_earlier_one_are_counted_over_files_with_other_orders_of_columns(
    orders: Callable[..., Path],
) -> None:
    one = orders("ann,1,2024-01-01,5", "ann,1,2024-01-01,5", name="one.csv")
    back = "amount,order_date,order_id,customer_id"
    other = orders("5,2024-01-01,1,ann", "6,2024-01-01,1,ann", header=back, name="b.csv")
    found = segtool.inspect([one, other])
    assert found.duplicate_rows == 2
    kept = segtool.rfm([one, other], drop_duplicates=True).summary.rows.set_aside
    assert kept["duplicate"].rows == 2


def test_cells_that_belong_to_other_columns_make_no_equal_rows(orders: Callable[..., Path]) -> None:
    path = orders("ann,1,2024-01-01,5", "1,ann,2024-01-01,5", "an,n1,2024-01-01,5", "ann,,2024-01-01,5")
    assert segtool.inspect(path).duplicate_rows == 0


def test_a_date_that_can_be_two_days_is_told_with_both(orders: Callable[..., Path]) -> None:
    path = orders("ann,1,03/04/2024,5", "ben,2,05/06/2024,7")
    found = segtool.inspect(path)
    column = by_header(found)["order_date"]
    assert (column.cells, column.readings) == ("dates, day or month first", ("2024-04-03", "2024-03-04"))
    [ask] = found.asks
    assert ask.answers == ("--day-first", "--month-first")
    assert '"03/04/2024" can be 2024-04-03 or 2024-03-04' in ask.reason
    assert not found.is_clean
    told = segtool.inspect(path, day_first=False)
    assert (told.asks, by_header(told)["order_date"].cells) == ((), "dates, month first")
    assert told.is_clean


def test_an_amount_that_can_be_two_numbers_is_likelier_to_have_thousands(orders: Callable[..., Path]) -> None:
    for cell, mark in (("1.234", ","), ('"1,234"', ".")):
        found = segtool.inspect(orders(f"ann,1,2024-01-01,{cell}"))
        assert found.asks[0].taken == f"--decimal {mark}"
        assert set(by_header(found)["amount"].readings) == {"1.234", "1234"}
        assert found.orders
        assert found.orders.revenue == 1234


def test_a_currency_is_taken_that_most_rows_have(orders: Callable[..., Path]) -> None:
    header = "customer_id,order_date,amount,currency"
    path = orders("a,2024-01-01,5,CHF", "b,2024-01-01,5,USD", "c,2024-01-02,6,usd", header=header)
    found = segtool.inspect(path)
    assert found.asks[0].answers == ("--currency CHF", "--currency USD")
    assert found.asks[0].taken == "--currency USD"
    assert found.orders
    assert found.orders.customers == 2


def test_a_file_that_is_not_utf8_is_shown_in_the_likeliest_encoding(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes("Kunde;Datum;Betrag\nMüller;31.01.2024;5,50\n".encode("cp1252"))
    found = segtool.inspect(path)
    assert by_header(found)["Kunde"].examples == ("Müller",)
    assert found.asks[0].taken == "--encoding cp1252"
    assert "byte 0xFC is not UTF-8" in found.asks[0].reason
    assert found.command == f"segtool rfm {path} --encoding cp1252"


def test_the_likeliest_encoding_is_the_one_in_which_the_headers_are_known(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes("كد مشتري,تاريخ سفارش,مبلغ\n1,1403/05/08,1200\n2,1403/12/30,5000\n".encode("cp1256"))
    found = segtool.inspect(path)
    assert found.asks[0].taken == "--encoding cp1256"
    assert found.command == f"segtool rfm {path} --encoding cp1256"
    assert found.orders
    assert found.orders.customers == 2


def test_a_customer_table_has_columns_and_no_order_lines(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,gender,city\n1,f,Bern\n2,m,\n")
    found = segtool.inspect(path)
    assert found.orders is None
    assert found.refusal is not None
    assert found.refusal.startswith(f"no order lines: {path} has no column for order_date and amount.")
    assert found.command is None
    assert [column.attribute for column in found.tables[0].columns] == [None, "gender", "city"]
    assert found.questions[0].answered_by == {"gender": "gender"}


def test_an_event_log_is_no_orders_and_its_line_runs_behavior(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("user_id,event,time,price\n" + "ann,add_to_cart,2024-01-01,5\n" * 2 + "ann,purchase,2024-01-01,5\n")
    found = segtool.inspect(log)
    assert (found.orders, found.asks, found.command) == (None, (), f"segtool behavior {log}")
    assert "rows of an event log are what people did" in str(found.refusal)
    shown = run("inspect", log)
    assert shown.returncode == 0
    assert "--drop-duplicates" not in shown.stdout
    assert run("behavior", log, "-q", "-o", "people.csv").returncode == 0


def test_a_column_that_only_looks_like_an_amount_must_prove_it(orders: Callable[..., Path]) -> None:
    good = orders("ann,2024-01-01,5", header="customer,date,dollar_value", name="good.csv")
    assert segtool.inspect(good).command == f"segtool rfm {good} --amount dollar_value"
    poor = orders("ann,2024-01-01,low", "ben,2024-01-01,high", header="customer,date,dollar_value", name="poor.csv")
    found = segtool.inspect(poor)
    assert (found.command, found.asks, found.orders) == (None, (), None)
    assert found.refusal is not None
    assert "no column for amount" in found.refusal
    both = orders("ann,2024-01-01,low,high", header="customer,date,amount,AMOUNT", name="both.csv")
    found = segtool.inspect(both)
    assert (found.command, found.orders) == (None, None)
    assert found.refusal is not None
    assert "has 2 columns for amount" in found.refusal


def test_two_columns_for_one_role_are_both_named(orders: Callable[..., Path]) -> None:
    found = segtool.inspect(orders("a,b,2024-01-01,5", header="customer_id,customer id,date,amount"))
    assert found.asks[0].answers == ("--customer-id customer_id", "--customer-id 'customer id'")
    assert found.tables[0].columns[0].role == "customer_id"


def test_a_table_without_a_header_is_told(orders: Callable[..., Path]) -> None:
    found = segtool.inspect(orders("ben,2024-01-02,6.50", "cid,2024-01-02,6.50", header="ann,2024-01-01,5.00"))
    assert found.refusal is not None
    assert "--no-header" in found.refusal


def test_many_files_of_one_layout_are_one_table(orders: Callable[..., Path]) -> None:
    paths = [orders(f"ann,{i},2024-01-0{i},5", name=f"m{i}.csv") for i in range(1, 8)]
    other = orders("ann;1;2024-01-01;5", header="customer_id;order_id;order_date;amount", name="other.csv")
    found = segtool.inspect([*paths, other])
    assert [len(table.files) for table in found.tables] == [7, 1]
    assert found.tables[0].rows == 7
    assert f"7 files, {paths[0]} to {paths[-1]}" in render(found, width=400)
    assert found.rows == 8


def test_rows_lines_and_headers_are_counted_below_a_preamble(orders: Callable[..., Path]) -> None:
    path = orders("customer,date,amount", "ann,2024-01-01,5", header="Report of the shop")
    [table] = segtool.inspect(path).tables
    assert dict(table.about) == {"format": "CSV", "encoding": "utf-8", "delimiter": "commas", "header": "line 2"}
    assert table.rows == 1


def test_an_export_of_a_known_shop_is_named(orders: Callable[..., Path]) -> None:
    header = "Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID,Country"
    [table] = segtool.inspect(orders("1,A,2,2010-12-01,2.5,17850,UK", header=header)).tables
    assert table.shop == "UCI Online Retail"
    assert [c.role for c in table.columns] == [
        "order_id", None, "quantity", "order_date", "unit_price", "customer_id", None,
    ]  # fmt: skip


def test_more_distinct_cells_than_a_bound_are_many(orders: Callable[..., Path]) -> None:
    for count, distinct in ((MOST, MOST), (MOST + 1, None)):
        path = orders(*(f"c{i},{i},2024-01-01,5" for i in range(count)))
        columns = by_header(segtool.inspect(path))
        assert columns["customer_id"].distinct == distinct
        assert columns["amount"].values == {"5": count}


def test_no_usable_row_keeps_what_is_known(orders: Callable[..., Path]) -> None:
    found = segtool.inspect(orders(",1,2024-01-01,5"))
    assert found.refusal is not None
    assert found.refusal.startswith("No usable row")
    assert found.orders
    assert (found.orders.customers, found.orders.period) == (0, None)
    assert found.orders.rows.set_aside["no customer"].rows == 1
    empty = segtool.inspect(orders())
    assert empty.refusal is not None
    assert empty.refusal.endswith("a header, but no rows.")
    assert empty.rows == 0


def test_tables_in_memory_are_inspected_without_a_line_to_type() -> None:
    frame = pd.DataFrame({"customer": ["a", "b"], "date": ["2024-01-01", None], "total": [1.5, 2.0]})
    for table in (frame, pa.Table.from_pandas(frame)):
        found = segtool.inspect(table, max_bad=0.5)
        assert found.command is None
        columns = by_header(found)
        assert (columns["date"].empty, columns["total"].examples) == (1, ("1.5", "2"))
        assert columns["total"].kind == "decimals"


def test_typed_columns_are_told_by_their_types(tmp_path: Path) -> None:
    day = datetime(2024, 1, 1)
    columns: dict[str, tuple[Any, str]] = {
        "customer_id": (pa.array(["a", "b", None]).dictionary_encode(), "text"),
        "order_date": (pa.array([day, day.replace(hour=9), None], pa.timestamp("ns")), "dates with times"),
        "paid": (pa.array([day, None, None], pa.timestamp("us")), "dates"),
        "zoned": (pa.array([day.replace(hour=9)] * 3, pa.timestamp("us", "UTC")), "dates with times, UTC"),
        "born": (pa.array([date(1980, 1, 1)] * 3), "dates"),
        "amount": (pa.array([Decimal("1.50"), None, Decimal("2.25")]), "decimals with a point"),
        "points": (pa.array([1, 2**64 - 1, 3], pa.uint64()), "whole numbers"),
        "share": (pa.array([1.0, 2.5, float("nan")]), "decimals with a point"),
        "gift": (pa.array([True, False, None]), "yes or no"),
        "nothing": (pa.nulls(3), "empty"),
        "lines": (pa.array([[1], [2], None]), "nested: list<element: int64>"),
    }
    pq.write_table(pa.table({name: column for name, (column, _) in columns.items()}), tmp_path / "o.parquet")
    found = by_header(segtool.inspect(tmp_path / "o.parquet", max_bad=0.5))
    assert {name: column.cells for name, column in found.items()} == {
        name: cells for name, (_, cells) in columns.items()
    }
    assert [column.empty for column in found.values()] == [1, 1, 2, 0, 0, 1, 0, 1, 1, 3, 1]
    assert found["order_date"].examples == ("2024-01-01 00:00:00", "2024-01-01 09:00:00")


def test_long_cells_are_compared_to_their_end(orders: Callable[..., Path]) -> None:
    long = "x" * 100_000
    lines = [f"ann,1,2024-01-01,5,{long}{end}" for end in ("a", "b", "b", "")]
    found = segtool.inspect(orders(*lines, header="customer_id,order_id,order_date,amount,note"))
    assert found.duplicate_rows == 1
    assert len(render(found)) < 3000


def test_statuses_may_come_from_an_iterator(orders: Callable[..., Path]) -> None:
    path = orders("a,2024-01-01,5,ok", "b,2024-01-02,7,no", header="customer_id,order_date,amount,status")
    found = segtool.inspect(path, keep_status=iter(["OK"]))
    assert found.command == f"segtool rfm {path} --keep-status OK"
    assert found.orders
    assert [(each.status, each.set_aside) for each in found.orders.statuses] == [("no", True), ("ok", False)]


def test_jalali_dates_are_told_in_both_calendars(orders: Callable[..., Path]) -> None:
    found = segtool.inspect(orders("۱۲,1,۱۴۰۳/۰۱/۰۲,۱۲۳٬۰۰۰"))
    assert by_header(found)["order_date"].cells == "Jalali dates"
    assert found.orders
    assert found.orders.period_jalali == ("1403/01/02", "1403/01/02")
    assert "(1403/01/02 to 1403/01/02)" in render(found)
    plain = orders("ann,1,2024-03-21,5")
    assert segtool.inspect(plain, calendar_out="jalali").command == f"segtool rfm {plain} --calendar-out jalali"


def test_the_json_has_stable_keys(run: Run, six: Path) -> None:
    found = json.loads(run("inspect", six, "--json").stdout)
    assert found == segtool.inspect(six).to_dict()
    assert list(found) == [
        "schema_version", "tables", "rows", "duplicate_rows", "orders", "asks", "refusal", "command", "questions",
        "version",
    ]  # fmt: skip
    [table] = found["tables"]
    assert {key: table[key] for key in table if key != "columns"} == {
        "files": {str(six): 12},
        "about": {"format": "CSV", "encoding": "utf-8", "delimiter": "commas", "header": "line 1"},
        "shop": None,
        "rows": 12,
        "broken_rows": 0,
    }
    assert table["columns"][3] == {
        "number": 4,
        "header": "amount",
        "role": "amount",
        "attribute": None,
        "kind": "decimals",
        "cells": "decimals with a point",
        "readings": [],
        "empty": 0,
        "empty_share": 0.0,
        "distinct": 10,
        "values": {
            "7.25": 3, "-5.00": 1, "1.00": 1, "10.00": 1, "15.50": 1, "2.00": 1, "20.00": 1, "40.00": 1, "5.00": 1,
            "99.99": 1,
        },
        "examples": ["10.00", "15.50", "99.99"],
    }  # fmt: skip
    assert {key: found["orders"][key] for key in ("customers", "orders", "revenue", "period", "bad_rows")} == {
        "customers": 6,
        "orders": 10,
        "revenue": 210.24,
        "period": {"first": "2024-01-01", "last": "2024-03-31"},
        "bad_rows": 0,
    }
    assert [question["name"] for question in found["questions"]] == ["who", "like", "where", "when", "how"]


@pytest.mark.parametrize(
    ("text", "strict"),
    [
        (SIX, 0),
        (SIX + ",12,2024-01-01,5\n", 0),  # no customer is no bad row
        (SIX + "ann,12,never,5\n", 1),
        (SIX + "ann,12,2024-01-01,five\n", 1),
        (SIX + "ann,12,2024-01-01\n", 1),
        ("customer,date,amount\nann,03/04/2024,5\n", 1),
        ("customer,city\nann,Bern\n", 1),
        ("customer,date,amount\n", 1),
    ],
)
def test_strict_exits_1_where_rfm_would_refuse_or_could_not_read_a_row(
    run: Run, tmp_path: Path, text: str, strict: int
) -> None:
    (tmp_path / "o.csv").write_text(text)
    assert run("inspect", "o.csv").returncode == 0
    assert run("inspect", "o.csv", "--strict").returncode == strict


@pytest.mark.parametrize(
    ("code", "message", "args"),
    [
        (66, "nowhere.csv does not exist.", ["nowhere.csv"]),
        (65, "empty.csv is empty.", ["empty.csv"]),
        (65, "open.csv:2: a quote opens in this row and is never closed.", ["open.csv"]),
        (2, "Missing argument 'FILES...'", []),
        (2, "--template reads no files.", ["--template", "orders", "open.csv"]),
        (2, "-o is for --template", ["open.csv", "-o", "x.csv"]),
        (2, "--as-of 'soon' is not a date", ["open.csv", "--as-of", "soon"]),
        (2, "open.csv is given twice", ["open.csv", "./open.csv"]),
    ],
)
def test_what_cannot_be_read_at_all_is_a_mistake_in_one_line(
    run: Run, tmp_path: Path, code: int, message: str, args: list[str]
) -> None:
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "open.csv").write_text('customer,date,amount\nann,"2024-01-01,5\n')
    done = run("inspect", *args)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    assert message in done.stderr


def test_the_library_raises_for_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError):
        segtool.inspect(tmp_path / "nowhere.csv")
    with pytest.raises(UsageError):
        segtool.inspect(tmp_path, threads=0)
    with pytest.raises(UsageError):
        segtool.inspect(tmp_path, calendar_out="Jalali")  # type: ignore[arg-type]
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(DataError):
        segtool.inspect(tmp_path / "empty.csv")
    with pytest.raises(TypeError):
        segtool.inspect(tmp_path, scheme="none")


LINES: dict[str, tuple[str, str, list[str]]] = {
    "plain": (SIX, "utf-8", []),
    "two readings": ("customer;date;amount\nann;03/04/2024;1.234\nben;05/06/2024;7\n", "utf-8", []),
    "encoding": ("Kunde;Datum;Betrag\nMüller;31.01.2024;5,50\n", "cp1252", []),
    "nearest": ("customer,date,dollar value\nann,2024-01-01,5\n", "utf-8", []),
    "two currencies": ("customer,date,amount,currency\nann,2024-01-01,5,EUR\nben,2024-01-02,5,USD\n", "utf-8", []),
    "bad rows": ("customer,date,amount\nann,2024-01-01,5\nben,2024-01-02,x\nben,2024-01-03,7\n", "utf-8", []),
    "given": (
        "who,when,what,state\nann,2024-01-01,5,ok then\nben,2024-01-02,-7,ok then\nben,2024-01-02,9,no\n",
        "utf-8",
        "--customer-id who --order-date when --amount what --status state --keep-status=ok\\ then --max-bad 12.5% "
        "--refunds drop --as-of 2024-02-01 --orders-by day --calendar-out jalali".replace("\\ ", "\u00a0").split(" "),
    ),
    "numbers": (
        "ann 2024-01-01 5\nben 2024-01-02 7\n",
        "utf-8",
        "--no-header --delimiter blanks --customer-id 1 --order-date 2 --amount 3".split(),  # noqa: SIM905
    ),
}


@pytest.mark.parametrize("name", list(LINES))
def test_the_recommended_line_runs_and_gives_the_same_customers(run: Run, tmp_path: Path, name: str) -> None:
    text, encoding, args = LINES[name]
    (tmp_path / "my orders.csv").write_bytes(text.encode(encoding))
    args = [arg.replace("\u00a0", " ") for arg in args]
    found = json.loads(run("inspect", "my orders.csv", "--json", *args).stdout)
    words = shlex.split(found["command"])
    assert words[:3] == ["segtool", "rfm", "my orders.csv"]
    done = run(*words[1:], "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    for key in ("customers", "orders", "revenue", "rows", "period", "as_of", "columns", "spelling"):
        assert summary[key] == found["orders"][key], key
    again = json.loads(run("inspect", *words[2:], "--json").stdout)
    assert (again["asks"], again["command"]) == ([], found["command"])


def test_the_line_to_type_is_never_wrapped_and_files_that_look_like_options_are_safe(run: Run, tmp_path: Path) -> None:
    long = "a" * 90 + ".csv"
    (tmp_path / long).write_text(SIX)
    shown = run("inspect", long).stdout
    assert f"\n  segtool rfm {long}\n" in shown
    (tmp_path / "-x.csv").write_text(SIX)
    found = json.loads(run("inspect", "--json", "--", "-x.csv").stdout)
    assert run(*shlex.split(found["command"])[1:]).returncode == 0


def test_stdin_and_directories_are_inspected(run: Run, six: Path) -> None:
    by_pipe = json.loads(run("inspect", "-", "--json", input=SIX).stdout)
    in_folder = json.loads(run("inspect", ".", "--json").stdout)
    named = segtool.inspect(six).to_dict()
    for found in (by_pipe, in_folder):
        assert found["orders"] == named["orders"]
        assert found["rows"] == 12
    assert by_pipe["command"] == "segtool rfm -"


def test_a_stream_in_another_encoding_is_refused_as_it_cannot_be_read_twice(run: Run) -> None:
    text = "Kunde;Datum;Betrag\nMüller;31.01.2024;5\n".encode("cp1252")
    done = run("inspect", "-", input=text, text=False, encoding=None)
    assert done.returncode == 65
    assert b"Say --encoding cp1252" in done.stderr  # type: ignore[operator]


@pytest.mark.parametrize("name", ["orders", "customers", "events"])
def test_every_header_of_a_template_is_recognised(run: Run, tmp_path: Path, name: str) -> None:
    shown = run("inspect", "--template", name).stdout
    run("inspect", "--template", name, "-o", "empty.csv")
    assert (tmp_path / "empty.csv").read_text() == shown
    headers = tuple(shown.strip().split(","))
    roles = {i for role in known_names() for i in matches(role, headers)}
    roles |= {i for role in event_names() for i in event_matches(role, headers)}
    assert roles | set(attributes(headers).values()) == set(range(len(headers)))
    assert headers == tuple(templates()[name])


def test_a_filled_template_of_events_tells_carts_in_money(tmp_path: Path) -> None:
    headers = templates()["events"]
    row = {"anonymous_id": "x", "event": "add_to_cart", "timestamp": "2024-01-01 10:00", "product": "tea"}
    row |= {"quantity": "2", "unit_price": "5.50"}
    bought = row | {"customer_id": "ann", "event": "purchase", "timestamp": "2024-01-02 10:00", "order_id": "7"}
    lines = [",".join(each.get(name, "") for name in headers) for each in (row, bought)]
    (tmp_path / "events.csv").write_text("\n".join([",".join(headers), *lines]) + "\n")
    told = segtool.behavior(tmp_path / "events.csv").summary.behavior
    assert told.carts is not None
    assert (told.people, told.orders, told.carts.outcomes[0].value) == (1, 1, 11)


def test_a_filled_template_of_orders_can_be_segmented(run: Run, tmp_path: Path) -> None:
    run("inspect", "--template", "orders", "-o", "orders.csv")
    headers = (tmp_path / "orders.csv").read_text().strip().split(",")
    row = dict.fromkeys(headers, "1") | {"customer_id": "ann", "order_date": "2024-01-01", "amount": "5"}
    with (tmp_path / "orders.csv").open("a") as file:
        csv.DictWriter(file, headers).writerow(row)
    found = segtool.inspect(tmp_path / "orders.csv")
    assert found.is_clean
    assert all(question.answered_by for question in found.questions[1:])
    assert segtool.rfm(tmp_path / "orders.csv").summary.customers == 1


def test_a_column_without_cells_answers_no_question(orders: Callable[..., Path]) -> None:
    path = orders("1,2024-01-01,5,,app", header="customer,date,amount,city,channel")
    where, how = segtool.inspect(path).questions[2], segtool.inspect(path).questions[4]
    assert (where.answered_by, where.add) == ({}, ("city", "country"))
    assert how.answered_by == {"channel": "channel"}


def test_a_template_replaces_no_file_that_holds_something(run: Run, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("filled")
    done = run("inspect", "--template", "orders", "-o", "orders.csv")
    assert (done.returncode, done.stderr) == (73, "segtool: orders.csv exists and is not empty; name a new file.\n")
    assert (tmp_path / "orders.csv").read_text() == "filled"


def test_every_answer_to_a_question_is_a_known_attribute_or_role() -> None:
    known = {*known_attributes(), *known_names()}
    everything = questions_of({name: name for name in known})
    assert all(question.answered_by and question.answered_by.keys() <= known for question in everything)
    assert all(set(question.add) <= known and len(question.add) for question in questions_of({}))


def test_questions_are_answered_in_the_order_in_which_it_helps(shop: Path) -> None:
    shown = render(segtool.inspect(shop, max_bad=1.0))
    assert "Who are they?                    no column: add age or gender\n" in shown
    assert "Where are they?                  answered by City\n" in shown
    who = questions_of({"last_name": "N", "gender": "G", "age": "A"})[0]
    assert list(who.answered_by) == ["age", "gender", "last_name"]


def test_wide_and_combining_letters_keep_the_width_and_controls_are_escaped(orders: Callable[..., Path]) -> None:
    header = "کد مشتری,تاریخ سفارش,مبلغ کل با مالیات و هزینه ارسال,顧客の住所と電話番号の一覧表,e\u0301" + "x" * 40
    path = orders("۱۲,۱۴۰۳/۰۱/۰۲,۱۲۳٬۰۰۰,東京都千代田区丸の内一丁目九番一号,\x1b[31mred", header=header)
    found = segtool.inspect(path, amount="3")
    shown = render(found)
    longest = [line for line in shown.splitlines() if cell_len(line) > 80 and str(path) not in line]
    assert longest == []
    assert "\x1b" not in shown
    assert "\\x1b[31mred" in shown
    assert "کد مشتری" in shown
    assert "\x1b[1" in render(found, color=True)


def test_a_look_does_without_pandas(run: Run, six: Path) -> None:
    done = run("inspect", six, env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert done.returncode == 0
    assert "pyarrow" in done.stderr
    assert not [line for line in done.stderr.splitlines() if line.split("|")[-1].strip() == "pandas"]


CELLS = st.sampled_from(["", " ", "NA", "-", "ann", " ann", "Ann", "1", "01", "1.0", "ünï", "a,b", 'q"q', "x" * 20])


@settings(max_examples=60)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=40), st.integers(1, 3))
def test_emptiness_distinct_cells_and_equal_rows_are_those_of_a_plain_count(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], files: int
) -> None:
    folder = tmp_path_factory.mktemp("counted")
    for i in range(files):
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("a", "b", "c"), *rows[i::files]])
        (folder / f"{i}.csv").write_text(text.getvalue(), encoding="utf-8")
    found = segtool.inspect(folder, threads=2, delimiter=",")
    [table] = found.tables
    assert table.rows == len(rows)
    assert found.duplicate_rows == len(rows) - len(set(rows))
    for at, column in enumerate(table.columns):
        cells = [row[at].strip() for row in rows if row[at].strip().lower() not in NO_VALUE]
        assert column.empty == len(rows) - len(cells)
        assert column.values == Counter(cells)


@given(st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=20), st.sampled_from([".", ","]))
def test_decimals_are_told_with_their_mark(numbers: list[Any], mark: str) -> None:
    cells = [f"{number:.2f}".replace(".", mark) for number in numbers]
    fractions = any(number % 1 for number in numbers)
    word = {".": "point", ",": "comma"}[mark]
    assert kind_of(cells).words == (f"decimals with a {word}" if fractions else "whole numbers")


def test_real_files_are_told_as_they_are(real_data: Callable[[str], Path]) -> None:
    german = by_header(segtool.inspect(real_data("locale/orders_de.csv")))
    assert german["Bestelldatum"].cells == "dates with times, day first"
    assert german["Betrag"].cells == "decimals with a comma"
    american = by_header(segtool.inspect(real_data("locale/orders_us_currency.csv")))
    assert american["order_date"].cells == "dates with times, month first"
    assert american["amount"].cells == "decimals with a point, in $"
    assert segtool.inspect(real_data("locale/orders_nulls_dups.csv")).duplicate_rows == 71
    retail = segtool.inspect(real_data("online_retail/online_retail.parquet"))
    assert (retail.duplicate_rows, retail.tables[0].shop) == (5268, "UCI Online Retail")


def test_the_first_places_are_shown_and_the_others_counted(orders: Callable[..., Path]) -> None:
    good = (f"ann,{i},2024-01-01,5" for i in range(300))
    path = orders(*good, *(f"ann,{i},2024-01-01,x{i}" for i in range(12)))
    found = segtool.inspect(path)
    assert (found.asks, found.is_clean) == ((), False)  # 4% of the rows: rfm would run
    shown = render(found, width=300)
    assert f'{path}:302: amount "x0" is not an amount\n' in shown
    assert shown.count("is not an amount") == 10
    assert "and 2 more; segtool rfm --rejects FILE lists all\n" in shown


def test_an_event_log_is_read_by_another_command(run: Run) -> None:
    events = ROOT / "examples" / "events.csv"
    assert segtool.inspect(events).command == f"segtool behavior {events}"
    assert segtool.inspect(ROOT / "examples" / "orders.csv").command.startswith("segtool rfm ")
    shown = run("inspect", events).stdout
    assert f"What to type next\n  segtool behavior {events}\n\n" in shown
