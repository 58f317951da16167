"""Tables that have a row a customer: read, checked and scored as orders are."""

import csv
import io
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, Run, needs
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool.api import Result
from segtool.errors import DataError, MissingRoleError, UsageError
from segtool.orders.customer_level import customer_rules
from segtool.tables.delimited import csv_file
from segtool.tables.headers import known_names, matches, normal
from segtool.tables.writing.write import write_csv, write_excel_csv, write_jsonl, write_markdown, write_parquet
from segtool.tables.writing.xlsx import write_xlsx
from segtool.words import words_in

Orders = Callable[..., Path]
DATED = "customer_id,last_order,frequency,monetary"
DAYS = "customer_id,recency_days,frequency,monetary"
SCORED = ["customer_id", "recency_days", "frequency", "monetary", "r_score", "f_score", "m_score", "segment"]

slow = settings(max_examples=60)


def rfm(tables: object, **options: Any) -> Result:
    return segtool.rfm(tables, customer_level=True, **options)


def aside(tables: object, **options: Any) -> dict[str, tuple[int, Decimal | None]]:
    rows = rfm(tables, max_bad=1, **options).summary.rows
    assert rows.read == rows.used + rows.set_aside_total
    return {reason: (each.rows, each.amount) for reason, each in rows.set_aside.items()}


def scored(result: Result) -> list[list[object]]:
    return result.customers[SCORED].values.tolist()


def test_customers_are_scored_as_their_orders_would_be(six: Path) -> None:
    from_orders = segtool.rfm(six)
    days = from_orders.customers
    dated = days.drop(columns=["first_order", "recency_days"])
    undated = days.drop(columns=["first_order", "last_order"])
    for frame in (days, dated, undated):
        result = rfm(frame)
        assert scored(result) == scored(from_orders)
        assert result.summary.segments == from_orders.summary.segments
        assert (result.summary.orders, result.summary.revenue) == (10, Decimal("210.24"))


def test_the_as_of_day_is_the_last_date(orders: Orders) -> None:
    summary = rfm(orders("ann,2024-01-31,2,5", "ben,2024-01-01,1,5", header=DATED)).summary
    assert (str(summary.as_of), summary.as_of_from) == ("2024-01-31", "data")


def test_the_as_of_day_is_the_one_from_which_all_days_count(orders: Orders) -> None:
    both = f"{DATED},recency_days"
    result = rfm(orders("ann,2024-01-31,2,5,3", "ben,2024-01-01,1,5,33", header=both))
    assert (str(result.summary.as_of), result.summary.as_of_from) == ("2024-02-03", "days")
    assert result.customers["recency_days"].tolist() == [3, 33]
    differ = orders("ann,2024-01-31,2,5,3", "ben,2024-01-01,1,5,34", header=both)
    unread = orders("ann,2024-01-31,2,5,3", "ben,2024-01-01,1,5,", header=both, name="unread.csv")
    for path in (differ, unread):
        assert (str(rfm(path).summary.as_of), rfm(path).summary.as_of_from) == ("2024-01-31", "data")
    asked = rfm(differ, as_of="2024-02-10")
    assert (asked.summary.as_of_from, asked.customers["recency_days"].tolist()) == ("option", [10, 40])


def test_days_alone_leave_the_as_of_day_unknown(orders: Orders) -> None:
    path = orders("ann,0,2,5", "ben,33,1,5", header=DAYS)
    result = rfm(path)
    said = json.loads(result.summary.to_json())
    assert (said["as_of"], said["as_of_from"], said["period"], said["peak"]) == (None, None, None, None)
    assert result.table["last_order"].null_count == result.table["first_order"].null_count == 2
    assert result.customers["recency_days"].tolist() == [0, 33]
    assert "as of" not in repr(result)


def test_days_and_an_as_of_date_give_the_last_orders(orders: Orders) -> None:
    result = rfm(orders("ann,0,2,5", "ben,33,1,5", header=DAYS), as_of="2024-02-03", calendar_out="jalali")
    assert result.table["last_order"].to_pylist() == [date(2024, 2, 3), date(2024, 1, 1)]
    assert result.table["last_order_jalali"].to_pylist() == ["1402/11/14", "1402/10/11"]
    assert result.customers["recency_days"].tolist() == [0, 33]


def test_jalali_last_orders_of_days_alone_are_unknown(orders: Orders) -> None:
    table = rfm(orders("ann,0,2,5", header=DAYS), calendar_out="jalali").table
    assert table["last_order_jalali"].to_pylist() == [None]


def test_rows_that_cannot_be_used_are_set_aside_with_their_money(orders: Orders) -> None:
    path = orders(
        "ann,2024-01-31,2,5",
        ",2024-01-31,2,7",
        "ben,,0,0",
        "cid,,,",
        "dee,soon,1,3",
        "eve,2024-01-01,two,4",
        "fay,2024-01-01,1.5,4",
        "gil,2024-01-01,-1,4",
        "hal,2024-01-01,1,much",
        "ida,2024-02-02,1,9",
        header=DATED,
    )
    assert aside(path, as_of="2024-02-01") == {
        "no customer": (1, 7),
        "no purchase": (2, 0),
        "bad date": (1, 3),
        "bad frequency": (3, 12),
        "bad amount": (1, None),
        "after as-of": (1, 9),
    }


@pytest.mark.parametrize("cell", ["", "soon", "-1", "2.5", "1000000"])
def test_days_that_are_no_whole_number_are_bad(cell: str, orders: Orders) -> None:
    path = orders("ann,2,2,5", f"ben,{cell},1,7", header=DAYS)
    assert aside(path) == {"bad recency": (1, 7)}
    with pytest.raises(DataError, match=r'orders\.csv:3: recency_days ".*" is not a number of days'):
        rfm(path)


def test_a_frequency_that_is_no_number_stops_a_run_and_shows_the_place(orders: Orders) -> None:
    path = orders("ann,2024-01-31,many,5", header=DATED)
    with pytest.raises(DataError, match=r'orders\.csv:2: frequency "many" is not a number of orders'):
        rfm(path)


def test_customers_without_a_purchase_are_no_bad_rows(orders: Orders) -> None:
    path = orders("ann,2024-01-31,1,5", *(f"c{i},,0,0" for i in range(9)), header=DATED)
    assert rfm(path, max_bad=0).summary.rows.set_aside["no purchase"].rows == 9


@pytest.mark.parametrize("block", [64, 1 << 22])
def test_a_customer_with_two_rows_is_refused_with_both_places(
    block: int, orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "BLOCK", block)
    others = [f"c{i},2024-01-31,2,5" for i in range(8)]
    one = orders(*others, "ben,2024-01-31,2,5", header=DATED)
    two = orders("dee,2024-01-31,2,5", "ben,2024-02-01,2,5", "dee,2024-01-01,1,5", header=DATED, name="two.csv")
    said = (
        "Customer 'ben' has two rows, orders.csv:10 and two.csv:3; --customer-level takes one row a customer. "
        "Keep one of them; or, if rows are orders, leave out --customer-level."
    )
    with pytest.raises(DataError) as error:
        rfm([one, two])
    assert str(error.value).replace(f"{one.parent}{os.sep}", "") == said


def test_equal_rows_are_one_customer_where_duplicates_are_dropped(orders: Orders) -> None:
    path = orders("ann,2024-01-31,2,5", "ann,2024-01-31,2,5", header=DATED)
    with pytest.raises(DataError, match="two rows"):
        rfm(path)
    assert aside(path, drop_duplicates=True) == {"duplicate": (1, 5)}


def test_rejects_list_every_row_set_aside(orders: Orders) -> None:
    path = orders("ann,2024-01-31,2,-5", "ben,,0,0", "cid,soon,1,-3", header=DATED)
    said = [(each.line, each.reason, each.record) for each in rfm(path, max_bad=1, rejects=True).rejects()]
    assert said == [(3, "no purchase", "ben,,0,0"), (4, "bad date", "cid,soon,1,-3")]


def test_cells_are_spelled_as_all_cells_of_their_column_say(orders: Orders) -> None:
    path = orders("7.0;31.1.2024;1.234;1.234,50", "8.0;1.2.2024;2;7,25", header=DATED.replace(",", ";"))
    with pytest.raises(DataError, match=r'orders\.csv:2: frequency "1\.234" can be 1234 or 1\.234'):
        rfm(path)
    result = rfm(path, decimal=",")
    assert result.table.select(["customer_id", "frequency", "monetary"]).to_pydict() == {
        "customer_id": ["7", "8"],
        "frequency": [1234, 2],
        "monetary": [Decimal("1234.5000"), Decimal("7.2500")],
    }
    assert str(result.summary.as_of) == "2024-02-01"
    assert [each.code for each in result.summary.warnings][:1] == ["dot-zero-ids"]
    jalali = rfm(orders("ann,1403/05/08,2,5", header=DATED, name="jalali.csv")).summary
    assert (str(jalali.as_of), jalali.as_of_jalali) == ("2024-07-29", "1403/05/08")


def test_a_spelling_that_the_first_rows_do_not_show_is_found(orders: Orders) -> None:
    rows = [f"c{i},01.02.2024,1,5" for i in range(3000)] + ["x,31.01.2024,1,5", 'y,01.02.2024,1,"1,5"']
    assert rfm(orders(*rows, header=DATED)).summary.revenue == Decimal("15006.5")


@pytest.mark.parametrize(
    ("row", "roles"),
    [
        ("customer_id,revenue,most_recent_visit,number_of_orders,recency_days",
         ["revenue", "most_recent_visit", "number_of_orders", "recency_days"]),
        ("CustomerID,Date_most_recent,Transaction_count,Amount", ["Amount", "Date_most_recent", "Transaction_count"]),
        ("Kundennr;Letzte Bestellung;Anzahl Bestellungen;Gesamtumsatz",
         ["Gesamtumsatz", "Letzte Bestellung", "Anzahl Bestellungen"]),
        ("کد مشتری,تاریخ آخرین خرید,تعداد خرید,مجموع خرید (تومان)",
         ["مجموع خرید (تومان)", "تاریخ آخرین خرید", "تعداد خرید"]),
        ("Email,Recency,Orders,Total Spent", ["Total Spent", "Recency", "Orders"]),
    ],
)  # fmt: skip
def test_headers_of_several_tools_and_languages_are_recognised(row: str, roles: list[str]) -> None:
    headers = tuple(row.replace(";", ",").split(","))
    found = [headers[at] for role in ("amount", "order_date", "frequency") for at in matches(role, headers, "customer")]
    days = [headers[at] for at in matches("recency_days", headers, "customer")]
    assert sorted(found + days) == sorted(roles)


def test_every_name_stands_once_and_is_in_normal_letters() -> None:
    own = {role: names for role, names in known_names("customer").items() if names != known_names().get(role)}
    names = [normal(name) for ranks in own.values() for rank in ranks for name in rank]
    assert set(own) == {"order_date", "recency_days", "frequency", "amount"}
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_named_columns_win_and_one_of_date_and_days_is_enough(orders: Orders) -> None:
    path = orders("ann,2024-01-31,9,4,5,6", header="id,a,b,c,d,recency_days")
    columns = {"customer_id": "id", "frequency": "c", "amount": "d"}
    assert rfm(path, recency="b", **columns).summary.columns == {**columns, "recency_days": "b"} | {
        "customer_id": "id", "amount": "d", "frequency": "c"
    }  # fmt: skip
    assert rfm(path, order_date="a", **columns).customers["recency_days"].tolist() == [0]
    assert rfm(path, recency="recency_days", **columns).summary.as_of is None


def test_a_missing_role_is_told_with_the_nearest_column(orders: Orders) -> None:
    with pytest.raises(MissingRoleError, match=r"no column for frequency and order_date \(nor recency_days\)") as error:
        rfm(orders("ann,2024-01-31,2,5", header="customer_id,when,how_often,monetary"))
    assert "--frequency COL --order-date COL" in str(error.value)


def test_the_summary_of_a_lifetime_model_is_refused(orders: Orders) -> None:
    """Its recency is the age at the last order, and its frequency leaves out the first one."""
    path = orders("ann,3,2,30,5", header="customer_id,frequency,recency,T,monetary_value")
    with pytest.raises(DataError, match="beside a column T, 'recency' is the age at the last order"):
        rfm(path)
    assert rfm(path, recency="recency").customers["recency_days"].tolist() == [2]


@pytest.mark.parametrize(
    "options",
    [{"order_id": "x"}, {"since": "2024-01-01"}, {"refunds": "net"}, {"keep_status": "paid"}, {"orders_by": "day"}],
)
def test_options_of_orders_have_no_place_here(options: dict[str, Any], orders: Orders) -> None:
    option = next(iter(options)).replace("_", "-")
    with pytest.raises(UsageError, match=f"--{option} says what to do with orders"):
        rfm(orders("ann,2024-01-31,2,5", header=DATED), **options)


@pytest.mark.parametrize("option", ["recency", "frequency"])
def test_options_of_customers_have_no_place_with_orders(option: str, six: Path) -> None:
    with pytest.raises(UsageError, match=f"--{option} is for --customer-level"):
        segtool.rfm(six, **{option: "amount"})  # type: ignore[arg-type]


def test_lengths_cannot_be_scored_without_first_orders(orders: Orders) -> None:
    with pytest.raises(UsageError, match="has no first orders, and so no length"):
        rfm(orders("ann,2024-01-31,2,5", header=DATED), axes="LRFM", scheme="none")


def test_groups_and_currencies_are_those_of_the_row(orders: Orders) -> None:
    path = orders(
        "ann,2024-01-31,2,5,EUR,DE", "ben,2024-01-31,2,5,eur,", "cid,2024-01-31,2,5,USD,FR",
        header=f"{DATED},currency,country",
    )  # fmt: skip
    with pytest.raises(DataError, match="2 currencies: EUR, USD"):
        rfm(path)
    table = rfm(path, currency="EUR", by="country").table
    assert table["group"].to_pylist() == ["DE", "(empty)"]


def test_no_rows_and_no_usable_row_are_refused(orders: Orders) -> None:
    with pytest.raises(DataError, match="a header, but no rows"):
        rfm(orders(header=DATED))
    with pytest.raises(DataError, match="No usable row: 1 read, all set aside: no purchase 1"):
        rfm(orders("ann,,0,", header=DATED))


def test_a_sum_beyond_64_bits_is_refused(orders: Orders) -> None:
    rows = [f"c{i},2024-01-31,1,90000000000000" for i in range(11)]
    with pytest.raises(DataError, match="The sum of all amounts passes"):
        rfm(orders(*rows, header=DATED))


def test_every_format_writes_what_is_not_known_as_nothing(orders: Orders) -> None:
    table = rfm(orders("ann,3,2,5", 'b"n,33,1,5.5', header=DAYS)).table.select(
        ["customer_id", "last_order", "monetary"]
    )
    written = {}
    for write in (write_csv, write_excel_csv, write_jsonl, write_markdown):
        file = io.BytesIO()
        write(table, file)
        written[write.__name__] = file.getvalue().decode("utf-8-sig").splitlines()
    assert written["write_csv"] == written["write_excel_csv"] == [
        "customer_id,last_order,monetary", "ann,,5.00", '"b""n",,5.50',
    ]  # fmt: skip
    assert [json.loads(line)["last_order"] for line in written["write_jsonl"]] == [None, None]
    assert written["write_markdown"][2] == "| ann |  | 5.00 |"


def test_amounts_that_are_not_known_stay_unknown_in_every_format() -> None:
    amounts = pa.array([None, Decimal("2.50")], pa.decimal128(19, 4))
    table = pa.table({"customer_id": ["ann", "ben"], "monetary": amounts})
    text, stored, sheet = io.BytesIO(), io.BytesIO(), io.BytesIO()
    write_csv(table, text)
    assert text.getvalue() == b"customer_id,monetary\nann,\nben,2.50\n"
    write_parquet(table, stored)
    assert pq.read_table(stored)["monetary"].to_pylist() == [None, 2.5]
    needs("xlsxwriter")
    write_xlsx(table, sheet)
    rows = needs("openpyxl").load_workbook(sheet).active.iter_rows(values_only=True)
    assert list(rows) == [("customer_id", "monetary"), ("ann", None), ("ben", 2.5)]


def test_the_command_line_reads_customers(orders: Orders, run: Run) -> None:
    orders("ann,3,2,5", "ben,33,1,5.5", header=DAYS)
    done = run("rfm", "orders.csv", "--customer-level", "-o", "s.csv", "--summary-file", "s.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert "as of" not in done.stderr
    assert "busiest" not in done.stderr
    assert "period" not in done.stderr
    assert "2 customers   3 orders   10.50 net revenue" in done.stderr
    refused = run("rfm", "orders.csv", "--recency", "recency_days", "-q")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("as_of", [[], ["--as-of", "2024-02-03"]])
def test_a_workbook_leaves_out_what_is_not_known(as_of: list[str], orders: Orders, run: Run, tmp_path: Path) -> None:
    needs("xlsxwriter")
    orders("ann,3,2,5", "ben,33,1,5.5", header=DAYS)
    assert run("rfm", "orders.csv", "--customer-level", "-q", "-o", "s.xlsx", *as_of).returncode == 0
    book = needs("openpyxl").load_workbook(tmp_path / "s.xlsx")
    labels = [row[0] for row in book["Summary"].iter_rows(values_only=True)]
    known = [label for label in labels if label in ("As of", "Purchases from", "Purchases to")]
    assert known == ["As of"][: len(as_of)]
    assert next(book["Customers"].iter_rows(min_row=2, values_only=True))[:2] == ("ann", None)


def test_a_table_of_customers_that_is_read_as_orders_is_told(orders: Orders) -> None:
    with pytest.raises(
        MissingRoleError, match=r"If a row is a customer, segtool rfm and cluster take it with --customer-level\.$"
    ):
        segtool.rfm(orders("ann,2024-01-31,2,5", header=DATED))
    with pytest.raises(MissingRoleError, match=r"Say --order-date COL\.$"):
        segtool.rfm(orders("ann,5", header="customer_id,monetary"))


def test_an_inspection_takes_no_table_of_customers_for_orders(orders: Orders) -> None:
    found = segtool.inspect(orders("ann,2024-01-31,2,5", header="Customer,Last purchase,Number of orders,Total spent"))
    assert (found.command, found.orders, found.asks) == (None, None, ())
    assert found.refusal
    assert found.refusal.endswith(
        "has the headers of a table with a row a customer; segtool rfm --customer-level takes it."
    )


def test_stdin_is_read_twice_where_a_customer_has_two_rows(run: Run) -> None:
    done = run("rfm", "-", "--customer-level", "-q", input=f"{DATED}\nann,2024-01-31,2,5\nann,2024-01-31,1,5\n")
    assert done.returncode == 65
    assert ":2 and " in done.stderr


def test_a_run_on_customers_does_without_pandas(orders: Orders) -> None:
    path = orders("ann,2024-01-31,2,5,DE", header=f"{DATED},country")
    args = ["rfm", "orders.csv", "--customer-level", "--by", "country", "-q", "-o", "s.csv"]
    code = f"import sys; from segtool.__main__ import main; sys.exit(main({args!r}) or 'pandas' in sys.modules)"
    subprocess.run(
        [sys.executable, "-c", code], cwd=path.parent, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True
    )


def test_every_reason_is_described_and_has_its_words() -> None:
    for rule in customer_rules({"customer_id": 0}) + customer_rules({"order_date": 0}):
        assert f"`{rule.reason}`" in (ROOT / "README.md").read_text("utf-8")
        assert words_in("fa").term("reason", rule.reason) != rule.reason


class Row(NamedTuple):
    customer_id: str
    last_order: str
    frequency: str
    monetary: str


START = date(2024, 1, 1)

rows = st.builds(
    Row,
    customer_id=st.integers(0, 10**6).map(str) | st.sampled_from(["", "NULL"]),
    last_order=st.integers(0, 60).map(lambda days: str(START + timedelta(days))) | st.sampled_from(["", "soon"]),
    frequency=st.integers(0, 5).map(str) | st.sampled_from(["", "many", "2.5", "-3", "4.0"]),
    monetary=st.integers(-500, 5000).map(lambda cents: f"{cents / 100:.2f}") | st.sampled_from(["", "ten"]),
)
tables = st.lists(rows, min_size=1, max_size=30, unique_by=lambda row: row.customer_id or id(row))


def oracle(table: Sequence[Row]) -> tuple[dict[str, tuple[str, int, Decimal]], list[tuple[str, str]]]:
    """Return the customers, and reason and record of the rows set aside, one row after the other."""
    used: dict[str, tuple[str, int, Decimal]] = {}
    dropped = []
    for row in table:
        whole = row.frequency in ("0", "1", "2", "3", "4", "5", "4.0")
        if row.customer_id in ("", "NULL"):
            reason = "no customer"
        elif row.frequency == "0" or not any(row[1:]):
            reason = "no purchase"
        elif row.last_order in ("", "soon"):
            reason = "bad date"
        elif not whole:
            reason = "bad frequency"
        elif row.monetary in ("", "ten"):
            reason = "bad amount"
        else:
            used[row.customer_id] = (row.last_order, int(float(row.frequency)), Decimal(row.monetary))
            continue
        dropped.append((reason, ",".join(row)))
    return used, dropped


@slow
@given(
    table=tables,
    chance=st.randoms(use_true_random=False),
    parts=st.integers(1, 3),
    threads=st.integers(1, 3),
    block=st.sampled_from([64, 150, 1 << 22]),
)
def test_no_order_of_rows_files_and_threads_changes_the_result(
    table: list[Row],
    chance: random.Random,
    parts: int,
    threads: int,
    block: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(csv_file, "BLOCK", block)
    expected, dropped = oracle(table)
    shuffled = chance.sample(table, len(table))
    files = [tmp_path / f"{part}.csv" for part in range(parts)]
    for part, file in enumerate(files):
        with file.open("w", newline="", encoding="utf-8") as text:
            csv.writer(text).writerows([Row._fields, *shuffled[part::parts]])
    if not expected:
        with pytest.raises(DataError, match="No usable row"):
            rfm(files, max_bad=1)
        return
    result = rfm(files, max_bad=1, threads=threads, rejects=True)
    ids, days, orders, money = result.table.select(["customer_id", "last_order", "frequency", "monetary"]).columns
    found = zip(*(column.to_pylist() for column in (ids, days, orders, money)), strict=True)
    assert {key: (str(day), count, amount) for key, day, count, amount in found} == expected
    assert ids.to_pylist() == sorted(expected)
    assert sorted((each.reason, each.record) for each in result.rejects()) == sorted(dropped)
    assert {reason: each.rows for reason, each in result.summary.rows.set_aside.items()} == Counter(
        reason for reason, _ in dropped
    )


def test_the_customers_of_the_r_package_rfm(real_data: Callable[[str], Path]) -> None:
    result = rfm(real_data("rfm_r/rfm_data_customer.csv"))
    summary = result.summary
    assert (summary.customers, summary.orders, str(summary.as_of)) == (39_999, 393_223, "2007-01-01")
    expected = json.loads(real_data("rfm_r/expected/expected_scalars_and_segments.json").read_text("utf-8"))
    theirs = expected["recomputed_thresholds_customer"]
    for axis, name in (("r", "recency"), ("f", "frequency"), ("m", "monetary")):
        cuts = summary.scores[axis].cuts
        assert cuts is not None
        # its bounds are exclusive, and a rank and an interpolation can differ by less than one
        assert [float(cut) + 1 for cut in cuts] == pytest.approx(theirs[f"{name}_lower"][1:], abs=0.999)
    given_days = pd.read_csv(real_data("rfm_r/rfm_data_customer.csv"), dtype={"customer_id": str})
    frame = result.customers.set_index("customer_id")["recency_days"]
    assert frame.loc[given_days["customer_id"]].tolist() == given_days["recency_days"].tolist()
