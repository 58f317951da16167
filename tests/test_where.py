"""Conditions that rows must meet to count: --where."""

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.errors import DataError, UsageError

Orders = Callable[..., Path]

HEADER = "Customer,Order,Date,Total,sku,state"


def aside(path: Any, *rules: str, **options: Any) -> dict[str, tuple[int, float | None]]:
    """Return reason -> rows and money set aside; everything is read, and is told."""
    rows = segtool.rfm(path, where=rules, max_bad=1, **options).summary.rows
    assert rows.read == rows.used + sum(each.rows for each in rows.set_aside.values())
    return {
        reason: (each.rows, None if each.amount is None else float(each.amount))
        for reason, each in rows.set_aside.items()
    }


def test_lines_that_do_not_meet_a_rule_are_set_aside_with_their_money(orders: Orders) -> None:
    path = orders(
        "ann,1,2024-01-01,10,A1,paid", "ann,1,2024-01-01,4.50,POSTAGE,paid", "bob,2,2024-01-02,0,A1,paid",
        "cid,3,2024-01-03,-3,A1,paid", "dee,4,2024-01-04,7,,paid", header=HEADER,
    )  # fmt: skip
    assert aside(path, 'sku != "POST*"') == {"where": (2, 11.5), "refunds only": (1, -3)}
    assert aside(path, 'not sku = "POST*"') == {"where": (1, 4.5), "refunds only": (1, -3)}
    assert aside(path, 'amount > 0 and sku != "POST*"') == {"where": (4, 8.5)}
    assert aside(path, "amount > 0", 'sku != "POST*"') == {"where": (4, 8.5)}
    assert segtool.rfm(path, where='amount > 0 and sku != "POST*"').table["customer_id"].to_pylist() == ["ann"]


def test_a_role_is_meant_by_its_name_and_a_column_by_its_header_first(orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,10,A1,paid", "bob,2,2024-02-01,20,A1,open", header=HEADER)
    for rule in ("amount >= 20", "Total >= 20", "total >= 20", "order_date >= 2024-01-15", 'customer_id = "bob"',
                 "order_id > 1", 'status = "OPEN"', 'state = "open"', "month(order_date) = 2",
                 "Date in 2024-02-01..2024-02-03", "order_date >= 1402-11-12", "column(Total) > 15"):  # fmt: skip
        assert aside(path, rule) == {"where": (1, 10)}, rule
    both = orders("ann,1,2024-01-01,10,99", "bob,2,2024-02-01,20,5", header="customer,order_id,date,total,amount")
    assert aside(both, "amount > 15", amount="total") == {"where": (1, 20)}
    assert aside(both, "total > 15", amount="total") == {"where": (1, 10)}


def test_the_amount_is_what_a_line_is_worth_where_no_column_tells_it(orders: Orders) -> None:
    path = orders("ann,2024-01-01,2,5", "bob,2024-01-01,3,1", "cid,2024-01-01,x,1", header="customer,date,qty,price")
    assert aside(path, "amount >= 10") == {"where": (1, 3), "bad amount": (1, None)}
    assert aside(path, "quantity > 2") == {"where": (1, 10), "bad amount": (1, None)}
    assert aside(path, "price = 5") == {"where": (2, 3)}


def test_what_nobody_wants_is_no_bad_amount_and_what_cannot_be_read_is(orders: Orders) -> None:
    path = orders(
        "ann,1,2024-01-01,10,A1,paid", "bob,2,2024-01-02,free,POST,paid", "cid,3,2024-01-03,free,A1,paid",
        "dee,4,soon,3,A1,paid", ",5,2024-01-03,1,POST,paid", "eve,6,2024-01-01,1,POST,cancelled", header=HEADER,
    )  # fmt: skip
    assert aside(path, 'sku != "POST*" and amount > 0 and order_date > 2023-12-31') == {
        "no customer": (1, 1),
        "status": (1, 1),
        "where": (1, None),
        "bad date": (1, 3),
        "bad amount": (1, None),
    }
    with pytest.raises(DataError, match=r"2 of 6 rows .* cannot be read, more than --max-bad"):
        segtool.rfm(path, where="sku != 'POST*' and amount > 0")
    assert aside(path, "amount is filled")["bad amount"] == (2, None)


def test_the_as_of_date_is_that_of_the_rows_that_are_kept(orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,10,A1,paid", "bob,2,2024-02-01,20,A2,paid", header=HEADER)
    assert segtool.rfm(path, where='sku = "A1"').summary.as_of == date(2024, 1, 1)


def test_cells_are_read_as_their_whole_column_is_spelled(orders: Orders) -> None:
    """The rows that tell how the others are spelled come long after them, in another file."""
    header = "Kunde;Datum;Betrag;Rabatt;geliefert"
    plain = [f"k{i};2024-01-0{i % 9 + 1};10;2;03.02.2024" for i in range(2000)]
    first = orders(*plain, header=header, name="a.csv")
    last = orders("x;2024-01-05;10;2,5;13.02.2024", header=header, name="b.csv")
    assert aside([first, last], "Rabatt > 2") == {"where": (2000, 20_000)}
    assert aside([first, last], "geliefert > 2024-02-05") == {"where": (2000, 20_000)}
    summary = segtool.rfm([first, last], where=["Rabatt > 1,5".replace(",", "."), "geliefert is filled"]).summary
    assert summary.spelling == {"Rabatt": "decimal comma"}
    assert segtool.rfm([first, last], where="geliefert > 2024-01-01").summary.spelling == {"geliefert": "day first"}


def test_cells_with_two_readings_are_refused_with_the_options_that_decide(orders: Orders) -> None:
    header = "customer,date,total,points,shipped"
    path = orders('ann,2024-01-01,10,"1,234",3/4/2024', header=header)
    with pytest.raises(DataError, match=r'orders\.csv:2: points "1,234" can be .* Say --decimal'):
        segtool.rfm(path, where="points > 5")
    with pytest.raises(DataError, match=r'orders\.csv:2: shipped "3/4/2024" can be .* Say --day-first'):
        segtool.rfm(path, where="shipped > 2024-03-20")
    assert aside(path, "points > 5", decimal=".") == {}
    assert aside(path, "shipped > 2024-03-20", day_first=True) == {}
    assert aside(path, 'points = "1,2*"') == {}
    shares = orders('ann,2024-01-01,10,"12,5%",', "bob,2024-01-01,10,30%,", header=header)
    assert aside(shares, "points < 20%") == {"where": (1, 10)}
    mixed = orders('ann,2024-01-01,10,"1,5",', "bob,2024-01-01,10,1.5,", header=header)
    with pytest.raises(DataError, match=r"points is written with a decimal point and with a decimal comma"):
        segtool.rfm(mixed, where="points > 5")


def test_two_columns_are_compared_as_numbers_or_as_days(orders: Orders) -> None:
    path = orders(
        "ann,2024-01-01,10,2.3,15/04/2024,13/01/2024", "bob,2024-01-01,20,30,05/04/2024,14/05/2024",
        header="customer,date,total,cost,due,paid",
    )  # fmt: skip
    assert aside(path, "amount > cost") == {"where": (1, 20)}
    assert aside(path, "paid <= due") == {"where": (1, 20)}
    assert aside(path, "order_date < paid") == {}
    assert aside(path, "total = total") == {}


def test_the_ratio_of_two_columns_is_looked_at(orders: Orders) -> None:
    path = orders(
        'ann,2024-01-01,10,4,"2,5"', 'bob,2024-01-02,3,4,"2,5"', 'cid,2024-01-03,9,3,"0,5"', "dee,2024-01-04,x,4,4",
        header="customer,date,total,pieces,weight",
    )  # fmt: skip
    assert aside(path, "ratio(amount, pieces) >= 2.5") == {"where": (1, 3), "bad amount": (1, None)}
    assert aside(path, "ratio(pieces, weight) < 6") == {"where": (1, 9), "bad amount": (1, None)}
    assert aside(path, "not ratio(weight, pieces) <= 0.5") == {"where": (1, 9), "bad amount": (1, None)}
    prices = orders("ann,2024-01-01,2,5", "bob,2024-01-01,3,1", header="customer,date,qty,price")
    assert aside(prices, "ratio(amount, quantity) > 4") == {"where": (1, 3)}


def test_days_count_back_from_an_as_of_date_that_is_said(orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,10,A1,paid", "bob,2,2024-03-01,20,A1,paid", header=HEADER)
    for rule in ("order_date within 30 days", "order_date older than 2 weeks", "days(order_date) < 30"):
        with pytest.raises(UsageError, match=r"counts back from the as-of date.* say --as-of DATE"):
            segtool.rfm(path, where=rule)
    assert aside(path, "order_date within 30 days", as_of="2024-03-05") == {"where": (1, 10)}
    assert aside(path, "days(order_date) >= 30", as_of="2024-03-05") == {"where": (1, 20)}


@pytest.mark.parametrize("rule", ["share_above(amount) < 20%", "not (rows_above(amount) < 20% or amount > 5)"])
def test_what_all_rows_tell_together_is_refused(rule: str, six: Path) -> None:
    with pytest.raises(UsageError, match=r"_above\(amount\), which all rows tell together"):
        segtool.rfm(six, where=rule)


def test_a_column_that_is_absent_is_told_with_file_condition_and_the_nearest(orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,10,A1,paid", header=HEADER)
    with pytest.raises(UsageError) as error:
        segtool.rfm(path, where='skus = "A1" or amount > 5')
    assert str(error.value) == (
        f"{path} has no column 'skus' (--where 'skus = \"A1\" or amount > 5'). Did you mean 'sku'?"
    )
    with pytest.raises(UsageError, match=r"has no column 'A1' .* A text stands in quotes: \"A1\"\."):
        segtool.rfm(path, where="sku = A1")
    with pytest.raises(UsageError, match=r"other\.csv has no column 'sku' .* Columns: customer_id, order_id"):
        segtool.rfm([path, orders("ann,1,2024-01-01,10", name="other.csv")], where='sku = "A1"')


def test_a_column_that_is_ambiguous_is_refused(orders: Orders) -> None:
    path = orders("ann,2024-01-01,10,a,b", header="customer,date,total,sku,sku")
    with pytest.raises(DataError, match=r"2 columns 'sku' \(--where .*: 'sku' and 'sku'"):
        segtool.rfm(path, where='sku = "a"')
    path = orders("ann,2024-01-01,10,a,b", header="customer,date,total,town,Town")
    assert aside(path, 'Town = "b"') == {}
    with pytest.raises(DataError, match=r"2 columns 'TOWN' \(--where .*: 'town' and 'Town'\. Write the header of one"):
        segtool.rfm(path, where='TOWN = "a"')
    path = orders("ann,2024-01-01,10,a,b", header="customer,date,total,Billing City,Shipping City")
    with pytest.raises(DataError, match=r"2 columns 'city' .*: 'Billing City' and 'Shipping City'"):
        segtool.rfm(path, where='city = "a"')
    assert aside(path, '"Billing City" = "a"') == {}


@pytest.mark.parametrize("rule", ["", "amount", "amount >", "amount > 5 or", "(amount > 5", '"', "amount like 5", "5"])
def test_what_states_no_condition_is_a_usage_error_that_shows_it(rule: str, six: Path, run: Run) -> None:
    with pytest.raises(UsageError, match="--where"):
        segtool.rfm(six, where=[rule])
    done = run("rfm", six, "--where", rule)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--where" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_stored_types_are_compared_as_what_they_are() -> None:
    table = pa.table(
        {
            "customer": ["a", "b", "c", "d"],
            "date": pa.array([date(2024, 1, day) for day in (1, 2, 3, 4)]),
            "total": pa.array([Decimal("1.50"), Decimal("2.50"), Decimal("3.50"), Decimal("4.50")]),
            "n": pa.array([1, 2, None, 4], pa.int32()),
            "x": pa.array([0.5, float("nan"), 1.5, 2.5]),
            "when": pa.array([date(2023, 1, 1), None, date(2024, 1, 1), date(2025, 1, 1)]),
            "gift": pa.array([True, False, None, True]),
            "kind": pa.array(["web", "shop", "web", None]).dictionary_encode(),
            "tags": pa.array([["a"], [], None, ["b"]]),
        }
    )
    kept = {
        "n >= 2": "bd", "x > 1": "cd", "x is empty": "b", "when < 2024-06-01": "ac", "gift is true": "ad",
        "gift is not true": "bc", 'kind = "WEB"': "ac", "total > x": "acd", "filled(n, kind) = 100%": "ab",
        "order_date > when": "ac", 'tags has "b"': "d", 'n = "2"': "b", "when > n": "",
    }  # fmt: skip
    for rule, customers in kept.items():
        if customers:
            assert "".join(segtool.rfm(table, where=rule).table["customer_id"].to_pylist()) == customers, rule
        else:
            with pytest.raises(DataError, match="all set aside: where 4"):
                segtool.rfm(table, where=rule)


CELLS = ["", "A1", "a1 ", "POST", "5", "7.5", "-2", "x"]


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(CELLS), st.integers(-5, 20)), min_size=1, max_size=30),
    st.integers(1, 4),
    st.booleans(),
)
def test_rows_are_kept_as_a_slow_reading_keeps_them(
    tmp_path: Path, rows: list[tuple[str, str, int]], parts: int, drop: bool
) -> None:
    def holds(cell: str, amount: int) -> bool:
        text = cell.strip().lower()
        number = float(text) if text.lstrip("-").replace(".", "").isdigit() else None
        return amount > -3 and (text == "a1" or (number is not None and number < amount))

    paths = []
    for at in range(min(parts, len(rows))):
        paths.append(tmp_path / f"{at}.csv")
        lines = [f"{who},2024-01-01,{amount},{cell}" for who, cell, amount in rows[at::parts]]
        paths[-1].write_text("\n".join(["customer,date,amount,sku", *lines, ""]))
    kept = [row for row in rows if holds(row[1], row[2])]
    if drop:
        kept = list({(who, cell, amount) for who, cell, amount in kept})
    bought = {who for who, _, amount in kept if amount >= 0}
    rule = "amount > -3 and (sku = 'A1' or sku < amount)"
    if not bought:
        with pytest.raises(DataError, match="No usable row"):
            segtool.rfm(paths, where=rule, drop_duplicates=drop)
        return
    found = segtool.rfm(paths, where=rule, drop_duplicates=drop, threads=2).table
    spent = {who: sum(amount for own, _, amount in kept if own == who) for who in bought}
    assert dict(zip(found["customer_id"].to_pylist(), found["monetary"].to_pylist(), strict=True)) == spent


def test_rejects_have_the_reason_and_all_commands_that_read_orders_the_option(run: Run, orders: Orders) -> None:
    path = orders(
        "ann,1,2024-01-01,10,A1,paid", "ann,2,2024-02-01,4.50,POSTAGE,paid", "bob,3,2024-01-02,9,A1,paid", header=HEADER
    )
    rule = ("--where", 'sku != "POST*"')
    done = run("rfm", path, *rule, "--rejects", "r.csv", "-o", "s.csv", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["rows"]["set_aside"]["where"] == {"rows": 1, "amount": 4.5}
    assert ",3,where," in (path.parent / "r.csv").read_text()
    assert re.search(r"1  where +worth +4\.50\n", run("rfm", path, *rule).stderr)
    assert "خارج از شرط" in run("rfm", path, *rule, "--lang", "fa").stderr
    tracked = json.loads(run("track", path, *rule, "--json").stdout)
    assert (tracked["rows"]["used"], tracked["as_of"]) == (2, "2024-01-02")
    assert json.loads(run("explain", path, "ann", *rule, "--json").stdout)["customers"][0]["frequency"] == 1
    found = json.loads(run("inspect", path, *rule, "--json").stdout)
    assert found["command"] == f"segtool rfm {path} --where 'sku != \"POST*\"'"
    (path.parent / "segtool.toml").write_text("where = ['sku != \"POST*\"', 'amount > 9']\n")
    assert run("rfm", path, "-q").stdout.count("\n") == 2


def test_verbose_talk_tells_which_column_a_condition_looks_at(run: Run, orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,10,A1,paid", header=HEADER)
    said = run("rfm", path, "-v", "--where", 'SKU = "a1" and order_date > 2023-01-01').stderr
    assert "- --where looks at SKU, the column sku (5), order_date, the column Date (3)\n" in said
    assert "no customer, status, cancelled, where, bad date" in said


def test_customers_in_rows_are_chosen_alike(orders: Orders) -> None:
    path = orders(
        "ann,2024-01-31,2,50,DE", "bob,2024-02-01,1,20,FR", "cid,,0,0,FR",
        header="customer_id,last_order,frequency,monetary,country",
    )  # fmt: skip
    assert aside(path, 'country = "FR"', customer_level=True) == {"where": (1, 50), "no purchase": (1, 0)}
    assert aside(path, "frequency > 1", customer_level=True) == {"where": (2, 20)}
    both = orders("ann,2024-01-31,2,50,x", header="customer_id,last_order,frequency,monetary,recency")
    with pytest.raises(DataError, match="all set aside: where 1"):
        segtool.rfm(both, where="recency_days < 5", customer_level=True)


def test_an_empty_refund_meets_no_condition_on_it(orders: Orders) -> None:
    path = orders("ann,2024-01-31,2,", "bob,2024-01-31,9,1", header="customer_id,date,total,refunded")
    assert aside(path, "refunded < 5") == {"where": (1, 2)}


def test_a_model_keeps_the_rule_and_another_one_contradicts_it(orders: Orders, tmp_path: Path) -> None:
    path = orders("ann,1,2024-01-01,10,A1,paid", "bob,2,2024-01-01,20,A2,paid", header=HEADER)
    made = segtool.rfm(path, where=(rule for rule in ['sku = "A1"']))
    (tmp_path / "m.json").write_text(made.model.to_json())
    assert segtool.rfm(path, model=tmp_path / "m.json").table.equals(made.table)
    assert segtool.rfm(path, model=tmp_path / "m.json", where='sku = "A1"').table.equals(made.table)
    with pytest.raises(segtool.errors.ConfigError, match=r'was made with --where sku = "A1", and this run says'):
        segtool.rfm(path, model=tmp_path / "m.json", where='sku = "A2"')


def test_a_frame_of_pandas_is_chosen_from_as_files_are() -> None:
    frame = pd.DataFrame({"customer": ["a", "b"], "date": ["2024-01-01"] * 2, "total": [1, 2], "note": [None, "x"]})
    assert segtool.rfm(frame, where="note is empty").table["customer_id"].to_pylist() == ["a"]


def test_the_orders_of_a_real_shop_are_chosen_as_pandas_chooses_them(real_data: Callable[[str], Path]) -> None:
    path = real_data("online_retail/online_retail.parquet")
    frame = pd.read_parquet(path)
    code, text = (frame[name].fillna("").str.strip().str.lower() for name in ("StockCode", "Description"))
    kept = (frame["Quantity"] * frame["UnitPrice"] > 0) & ~code.str.startswith("post") & ~text.str.contains("discount")
    kept &= frame["Country"].isin(["Germany", "France"]) & (frame["Quantity"] < 1000)
    rules = [
        'amount > 0 and not StockCode = "POST*" and country in ("germany", "FRANCE")',
        'not Description = "*discount*" and quantity < 1000',
    ]
    found = segtool.rfm(path, where=rules)
    assert found.table.equals(segtool.rfm(frame[kept]).table)
    assert found.summary.rows.set_aside["where"].rows > 300_000
