"""`segtool.value`: what customers are worth, by hand, against a slow reference, and as promised for any orders."""

import csv
import io
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import golden
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
import slow_value as slow
from conftest import ROOT, Run, needs
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool.errors import ConfigError, DataError, MissingInputError, UsageError
from segtool.output.value import render_value
from segtool.tables.writing.formats import write_table
from segtool.valuing import Valued
from segtool.words import column_name, words_in

EXAMPLE = ROOT / "examples" / "orders.csv"
LIST = ROOT / "examples" / "wallets.csv"
SOURCE_COSTS = ROOT / "examples" / "source_costs.csv"
Write = Callable[..., Path]

HEADER = "customer_id,order_id,order_date,amount"


def column(found: Valued, header: str) -> dict[str, Any]:
    """Return customer -> the value of a column."""
    customers = found.table["customer_id"].to_pylist()
    return dict(zip(customers, found.table[header].to_pylist(), strict=True))


def written(table: pa.Table) -> bytes:
    file = io.BytesIO()
    write_table(table, file, "csv", threads=1)
    return file.getvalue()


def decimals(*texts: str | None) -> list[Decimal | None]:
    return [None if text is None else Decimal(text) for text in texts]


# By hand


def test_past_customer_value_is_that_of_the_book(orders: Write) -> None:
    """Kumar and Reinartz: 6 + 9 × 1.0125 + 15 × 1.0125² + 15 × 1.0125³ + 240 × 1.0125⁴ = 298.2863."""
    months = zip((1, 2, 3, 4, 5), (240, 15, 15, 9, 6), strict=True)
    path = orders(*(f"ann,{month},2024-0{month}-15,{margin}" for month, margin in months))
    found = segtool.value(path, discount_rate="15%")
    [pcv] = column(found, "pcv").values()
    assert (pcv, round(pcv, 2), found.summary.total.pcv) == (Decimal("298.2863"), Decimal("298.29"), pcv)
    assert column(segtool.value(path, discount_rate=0), "pcv") == {"ann": 285}
    [by_share] = column(segtool.value(path, discount_rate=0.15, margin="50%"), "pcv").values()
    assert by_share == Decimal("149.1431")
    [later] = column(segtool.value(path, discount_rate=0.15, as_of="2024-06-01"), "pcv").values()
    assert later == Decimal("302.0149")  # a month more at 1.25%, whatever the day of it


SIX = """\
ann,1,2024-01-10,100.00,40,1.00,,ads
ann,2,2024-03-10,60.00,20,1.00,,fair
ann,2,2024-03-10,-10.00,-10,,2.50,fair
ann,3,2024-06-28,50.00,20,1.00,,
ben,4,2024-01-01,200.00,50,4.00,,ads
cid,5,2024-06-30,80.00,30,2.00,, Ads
cid,6,2024-06-30,20.00,5,2.00,,shop
dee,7,2024-02-01,30.00,12,1.00,,
dee,8,2024-02-11,30.00,12,1.00,,shop
dee,9,2024-06-01,-45.00,-18,,3.00,shop
eve,10,2024-04-01,10.00,4,0.50,,shop
eve,10,2024-04-02,-15.00,-6,,3.00,shop
fay,11,2023-07-01,12.00,5,1.00,,fair
fay,12,2023-12-30,24.00,10,1.00,,fair
fay,13,2024-06-27,36.00,15,1.00,,fair
gus,14,2024-05-05,-7.00,-7,,1.00,ads
"""
"""Six customers with a purchase, and gus, who has only refunds. As of 2024-06-30."""

SIX_HEADER = f"{HEADER},margin,picking,handling,came_from"


@pytest.fixture
def six(orders: Write) -> Path:
    return orders(*SIX.splitlines(), header=SIX_HEADER, name="six.csv")


def test_every_column_of_six_customers_is_that_of_a_calculation_by_hand(six: Path, orders: Write) -> None:
    costs = orders("ads,90", "shop,10", "post,7", header="source,cost", name="costs.csv")
    listed = orders("ann,800,", "ben,200,", "cid,50,", "dee,,", "eve,100,", header="id,wallet,note", name="list.csv")
    found = segtool.value(
        six, margin="margin", order_cost="picking", refund_cost="handling", source="came_from", source_costs=costs,
        customers=listed, customers_id="id", discount_rate="12%",
    )  # fmt: skip

    def has(header: str, *values: Any) -> None:
        assert list(column(found, header).values()) == list(values), header

    has("customer_id", "ann", "ben", "cid", "dee", "eve", "fay")
    # ann 1, 2, 3; cid 5 and 6 on one day are two orders; eve's refund has the number of her order
    has("frequency", 3, 1, 2, 2, 1, 3)
    has("monetary", *decimals("200", "200", "100", "15", "-5", "72"))
    has("average_order_value", *decimals("66.6667", "200", "50", "7.5", "-5", "24"))
    # days to 2024-06-30 from 01-10, 01-01, 06-30, 02-01, 04-01, 2023-07-01
    has("tenure_days", 172, 181, 0, 150, 90, 365)
    # 3 / (172 / 365.25), 1 / (181 / 365.25), too short, 2 / (150 / 365.25), at 90 days, 3 / (365 / 365.25)
    has("orders_per_year", 6.3706, 2.018, None, 4.87, 4.0583, 3.0021)
    # ann 60 and 110 days apart, dee 10, fay 182 and 180
    has("median_days_between_orders", 85.0, None, None, 10.0, None, 181.0)
    # silent for 2, 140 and 3 days: 2 / 85, 140 / 10, 3 / 181
    has("overdue", 0.0235, None, None, 14.0, None, 0.0166)
    # from 2024-04-02 to 06-30: ann 50, cid 100, dee's refund, eve's refund, fay 36
    has("spend_last_90_days", *decimals("50", "0", "100", "-45", "-15", "36"))
    # from 2024-01-03 to 04-01: ann 150, dee 60, eve 10; ben's order is two days too early
    has("spend_90_days_before", *decimals("150", "0", "0", "60", "10", "0"))
    # 10 of 210, 45 of 60, 15 of 10
    has("refund_rate", 0.0476, 0.0, 0.0, 0.75, 1.5, 0.0)
    # at 1% a month: 40 × 1.01⁵ + 10 × 1.01³ + 20; 50 × 1.01⁵; 35; 24 × 1.01⁴ − 18; 4 × 1.01² − 6 × 1.01²;
    # 5 × 1.01¹¹ + 10 × 1.01⁶ + 15
    has("pcv", *decimals("72.3434", "52.5505", "35", "6.9745", "-2.0402", "31.1935"))
    has("margin", *decimals("70", "50", "35", "6", "-2", "30"))
    # 3 × 1.00 + 2.50; 4; 2 × 2.00; 2 × 1.00 + 3.00; 0.50 + 3.00; 3 × 1.00
    has("cost_to_serve", *decimals("5.5", "4", "4", "5", "3.5", "3"))
    # first orders: ann and ben by ads; cid by ads and shop at one moment, of which "Ads" is the first in byte order;
    # dee's first has no source; eve by shop; fay by fair. 90 over three of ads, 10 for eve of shop, nobody by post
    has("source", "ads", "ads", "ads", None, "shop", "fair")
    has("acquisition_cost", *decimals("30", "30", "30", None, "10", None))
    has("profit", *decimals("34.5", "16", "1", "1", "-15.5", "27"))
    has("profit_share", 0.539062, 0.25, 0.015625, 0.015625, -0.242188, 0.421875)  # of 64
    # 30 is covered by the first order of ann, ben and cid; eve's 10 never is
    has("payback_days", 0, 0, 0, None, None, None)
    has("value_to_cost", 2.3333, 1.6667, 1.1667, None, -0.2, None)
    has("wallet", *decimals("800", "200", "50", None, "100", None))
    # 200 of 800, all, more than the wallet, no wallet, below zero, not in the list
    has("share_of_wallet", 0.25, 1.0, None, None, None, None)
    has("wallet_gap", *decimals("600", "0", None, None, None, None))
    # ann spends the half of the 90 days before, ben was away for both, cid is new, dee gives back,
    has("segment_trend", "falling", "stopped", "new", "stopped", "stopped", "rising")
    has("segment_buyer-status", "repeat", "lapsed", "repeat", "lapsed", "new", "repeat")
    summary = found.summary
    assert {reason: each.rows for reason, each in summary.rows.set_aside.items()} == {"refunds only": 1}
    total, wallets, acquisition, whale = summary.total, summary.wallets, summary.acquisition, summary.whale
    assert wallets
    assert acquisition
    assert whale
    assert (total.margin, total.cost_to_serve, total.acquisition_cost, total.profit) == (189, 25, 100, 64)
    assert (total.overdue, total.median_days_between_orders) == (1, 85.0)
    assert (wallets.spend, wallets.wallet, wallets.gap, wallets.share) == (400, 1000, 600, 0.4)
    assert wallets.set_aside == {"no wallet": 2, "spend below zero": 1, "smaller than spend": 1}
    assert (acquisition.cost, dict(acquisition.without_customers)) == (107, {"post": 7})
    assert (dict(acquisition.without_cost), acquisition.unknown_source) == ({"fair": 1}, 1)
    assert (whale.profit, whale.profitable, whale.with_loss, whale.loss) == (64, 5, 1, Decimal("15.5"))


def test_what_a_column_says_was_refunded_counts_as_refunds(orders: Write) -> None:
    path = orders(
        "ann,1,2024-01-01,100,-40", "ann,2,2024-02-01,100,0", "bob,3,2024-03-01,50,50",
        "cid,4,2024-03-05,50,", "cid,4,2024-03-07,-10,", "dee,5,2024-03-01,20,", "dee,6,2024-03-08,10,15.00005",
        header=f"{HEADER},refunded",
    )  # fmt: skip
    found = segtool.value(path, margin="50%", refund_cost=3)
    assert column(found, "monetary") == {"ann": 160, "bob": 0, "cid": 40, "dee": Decimal("14.9999")}
    # 40 of 200, 50 of 50, 10 of 50, 15.0001 of 30; each on one day
    assert column(found, "refund_rate") == {"ann": 0.2, "bob": 1.0, "cid": 0.2, "dee": 0.5}
    assert column(found, "cost_to_serve") == dict.fromkeys(["ann", "bob", "cid", "dee"], 3)


def test_payback_counts_the_days_from_the_first_order_until_margins_cover_the_cost(six: Path) -> None:
    """At 25% ann leaves 25, 12.5 (net of 10 given back) and 12.5; 30 are covered on 2024-03-10, 60 days later."""
    found = segtool.value(six, margin="25%", acquisition_cost=30, refund_cost="2", order_cost="0.5")
    paid = {"ann": 60, "ben": 0, "cid": None, "dee": None, "eve": None, "fay": None}
    assert column(found, "payback_days") == paid
    assert column(found, "cost_to_serve")["ann"] == Decimal("3.5")  # three orders, and one day with refunds
    assert column(found, "profit")["ann"] == 50 - Decimal("3.5") - 30
    assert column(segtool.value(six, acquisition_cost=0), "payback_days") == dict.fromkeys(paid, 0)
    assert set(column(segtool.value(six, acquisition_cost=0), "value_to_cost").values()) == {None}


@pytest.mark.parametrize(
    ("before", "last", "trend"),
    [("100", "90", "steady"), ("100", "130", "rising"), ("100", "70", "falling"), ("100", None, "stopped")],
)
def test_a_trend_of_each_kind(orders: Write, before: str, last: str | None, trend: str) -> None:
    lines = ["ann,1,2023-01-01,5", f"ann,2,2024-02-01,{before}", *([f"ann,3,2024-06-01,{last}"] if last else [])]
    found = segtool.value(orders(*lines, "ben,4,2024-06-30,5"), as_of="2024-06-30")
    assert column(found, "segment_trend") == {"ann": trend, "ben": "new"}


# A slow reference

START = date(2023, 1, 31)
MOMENTS = ["2024-02-29", "2024-02-29 23:59:59", "2024-03-01 00:00:00", "2023-12-31", "2024-01-31", "1969-12-31"]

amounts = st.one_of(
    st.integers(-3_000, 9_000).map(lambda cents: f"{cents / 100:.2f}"),
    st.decimals(-5, 5, places=4).map(str),
    st.integers(-(10**9), 10**10).map(str),  # of a shop that sells in toman
    st.sampled_from(["0", "-0.00005", "0.00005", "", "ten"]),
)
costs = st.one_of(st.integers(0, 900).map(lambda cents: f"{cents / 100:.2f}"), st.sampled_from(["", " ", "-", "x"]))
lines = st.builds(
    slow.Line,
    customer=st.sampled_from(["ann", "ben", "cid", "دارا", ""]),
    order=st.sampled_from(["", "1", "2", "3", "n/a"]),
    moment=st.one_of(
        st.integers(0, 420).map(lambda days: str(START + timedelta(days))),
        st.integers(0, 3).map(lambda days: str(START + timedelta(days))),
        st.sampled_from(MOMENTS),
    ),
    amount=amounts,
    margin=amounts,
    order_cost=costs,
    refund_cost=costs,
    source=st.sampled_from(["ads", "shop", "", " ads ", "NA", "Zoo", "-"]),
)
some_lines = st.lists(lines, min_size=1, max_size=30)
shares = st.one_of(st.just(True), st.sampled_from([Fraction(1), Fraction(35, 100), Fraction(333, 1000)]))
prices = st.one_of(st.none(), st.just(True), st.sampled_from([Decimal("0"), Decimal("2.5"), Decimal("0.0001")]))

slowly = settings(max_examples=60)


def written_lines(some: Sequence[slow.Line], path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow([*HEADER.split(","), "gp", "pick", "back", "came"])
        for each in some:
            table.writerow([each.customer, each.order, each.moment, each.amount, each.margin, each.order_cost,
                            each.refund_cost, each.source])  # fmt: skip
    return path


def options_of(told: slow.Told) -> dict[str, Any]:
    """Return the options that say the same."""
    return {
        "margin": "gp" if told.margin is True else str(float(told.margin)),
        "order_cost": "pick" if told.order_cost is True else told.order_cost,
        "refund_cost": "back" if told.refund_cost is True else told.refund_cost,
        "discount_rate": str(float(told.yearly_rate)),
        "as_of": told.as_of,
        "max_bad": 1,
        "scheme": "none",
    }


def agrees(found: Valued, wanted: Mapping[str, Mapping[str, Any]]) -> None:
    """Assert that a table has what a slow reference found: money, days and names exactly, ratios as rounded."""
    assert found.table["customer_id"].to_pylist() == sorted(wanted, key=str.encode)
    for row in found.table.to_pylist():
        for header, value in wanted[row["customer_id"]].items():
            if header not in row:
                continue
            own = row[header]
            if header == "pcv":
                assert abs(own - slow.rounded(value)) <= max(Decimal("0.0001"), abs(own) * Decimal("1e-14")), row
            elif isinstance(value, Fraction):
                assert own == pytest.approx(float(value), rel=1e-9, abs=5.001e-5), (header, row)
            else:
                assert own == value, (header, row)


def adds_up(found: Valued) -> None:
    """Assert that rows, segments, profits and the budget add up."""
    summary, table = found.summary, found.table
    assert summary.rows.read == summary.rows.used + sum(each.rows for each in summary.rows.set_aside.values())
    for name in ("customers", "orders", "revenue", "pcv", "margin", "cost_to_serve", "acquisition_cost", "profit"):
        parts = [getattr(each, name) for each in summary.segments]
        if summary.segments and getattr(summary.total, name) is not None:
            assert sum(parts) == getattr(summary.total, name), name
    for header, total in [("monetary", summary.total.revenue), ("pcv", summary.total.pcv)]:
        assert sum(table[header].to_pylist()) == total
    if summary.total.profit is not None:
        costs = pc.fill_null(table["acquisition_cost"], Decimal(0)) if "acquisition_cost" in table.column_names else 0
        rest = pc.subtract(pc.subtract(table["margin"], table["cost_to_serve"]), costs)
        assert rest.to_pylist() == table["profit"].to_pylist()
    stake = summary.stake
    assert sum(each.customers for each in stake.segments) == summary.customers
    assert sum(each.endangered for each in stake.segments) == stake.endangered
    if stake.budget is not None:
        assert sum(each.budget or 0 for each in stake.segments) + (stake.left or 0) == stake.budget
    for each in summary.classes:
        assert sum(own.customers for own in each.segments) == summary.customers


@slowly
@given(some_lines, shares, prices, prices, st.sampled_from([Fraction(0), Fraction(1, 10), Fraction(3, 10)]))
def test_every_column_is_that_of_a_slow_reference(
    tmp_path: Path,
    some: list[slow.Line],
    margin: Fraction | bool,
    order_cost: Decimal | bool | None,
    refund_cost: Decimal | bool | None,
    rate: Fraction,
) -> None:
    told = slow.Told(date(2024, 3, 30), margin, order_cost, refund_cost, rate, None)
    wanted = slow.customers(some, told)
    path = written_lines(some, tmp_path / "orders.csv")
    if not wanted:
        with pytest.raises(DataError, match="No usable row"):
            segtool.value(path, **options_of(told))
        return
    if any(abs(own["pcv"]) >= Decimal(2**63 - 1).scaleb(-4) for own in wanted.values()):
        with pytest.raises(DataError, match="divide the amounts by 1,000"):
            segtool.value(path, **options_of(told))
        return
    told = slow.Told(date(2024, 3, 30), margin, order_cost, refund_cost, rate, dict.fromkeys(wanted, Decimal("1.5")))
    found = segtool.value(path, **options_of(told), acquisition_cost="1.5", source="came", budget=7)
    agrees(found, slow.customers(some, told))
    adds_up(found)
    if not rate:
        assert found.table["pcv"].equals(found.table["margin"])
    reasons = [slow.reason(each, told) for each in some]
    aside = {reason: each.rows for reason, each in found.summary.rows.set_aside.items()}
    assert {name: rows for name, rows in aside.items() if name != "refunds only"} == {
        reason: reasons.count(reason) for reason in reasons if reason
    }


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("cdnow/cdnow_sample.csv", {"customer_id": "master_id"}),
        ("online_retail/online_retail.parquet", {}),
    ],
)
def test_real_shops_are_those_of_a_slow_reference(
    real_data: Callable[[str], Path], name: str, options: dict[str, str]
) -> None:
    path = real_data(name)
    found = segtool.value(path, **options, margin="37.5%", order_cost="1.25", acquisition_cost="20", budget=1000)
    adds_up(found)
    read = segtool.rfm(path, **options)
    assert found.table["monetary"].equals(read.table["monetary"])
    some = slow_lines(path, found.summary.columns)
    told = slow.Told(
        found.summary.as_of, Fraction(3, 8), Decimal("1.25"), None, Fraction(1, 10),
        dict.fromkeys(found.table["customer_id"].to_pylist(), Decimal(20)),
    )  # fmt: skip
    agrees(found, slow.customers(some, told))


def slow_lines(path: Path, headers: Mapping[str, str]) -> list[slow.Line]:
    """Return the lines of a real file as plain Python reads them."""
    if path.suffix == ".parquet":
        names = list(headers.values())
        rows = [{key: "" if own is None else str(own) for key, own in row.items()}
                for row in pq.read_table(path, columns=names).to_pylist()]  # fmt: skip
    else:
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    found = []
    for row in rows:
        day = row[headers["order_date"]].replace("/", "-")
        day = f"{day[:4]}-{day[4:6]}-{day[6:]}" if day.isdigit() else day
        worth = row[headers["amount"]] if "amount" in headers else str(
            Decimal(row[headers["quantity"]]) * Decimal(row[headers["unit_price"]])
        )  # fmt: skip
        customer = row[headers["customer_id"]].removesuffix(".0")
        found.append(slow.Line(customer, row[headers["order_id"]] if "order_id" in headers else "", day, worth))
    return found


# Promises


def told_of(orders: Any, **options: Any) -> tuple[bytes, dict[str, Any]]:
    found = segtool.value(orders, **options)
    return written(found.table), found.summary.to_dict()


@slowly
@given(some_lines, st.randoms(use_true_random=False), st.sampled_from(["gp", "33.3%"]))
def test_no_order_of_rows_and_no_parting_of_files_changes_a_byte(
    tmp_path: Path, some: list[slow.Line], chance: random.Random, margin: str
) -> None:
    told = slow.Told(date(2024, 3, 30), True if margin == "gp" else Fraction(333, 1000))
    if not slow.customers(some, told):
        return
    options = {"margin": margin, "order_cost": "pick" if margin == "gp" else 1, "source": "came", "max_bad": 1,
               "as_of": told.as_of, "acquisition_cost": "1", "budget": 10}  # fmt: skip
    if margin == "gp":  # cells of costs that cannot be read set rows aside
        some = [each for each in some if slow.cost(each.order_cost) is not None]
        if not slow.customers(some, told):
            return
    whole = told_of(written_lines(some, tmp_path / "whole.csv"), **options)
    shuffled = chance.sample(some, len(some))
    files = [written_lines(shuffled[i::3] or some[:0], tmp_path / f"{i}.csv") for i in range(3)]
    files = [path for path in files if path.read_text("utf-8").count("\n") > 1]
    assert told_of(written_lines(shuffled, tmp_path / "shuffled.csv"), **options, threads=1) == whole
    assert told_of(files[::-1], **options, threads=2) == whole
    rows = list(csv.DictReader(io.StringIO((tmp_path / "shuffled.csv").read_text("utf-8"))))
    table = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0]})
    pq.write_table(table, tmp_path / "orders.parquet")
    assert told_of(tmp_path / "orders.parquet", **options) == whole


def test_a_margin_is_a_share_of_sums_however_lines_are_parted(orders: Write) -> None:
    """Three lines of 0.0001 leave 0.00015 at 50%, which is 0.0002; each alone would leave a half, rounded to one."""
    together = orders(*["ann,1,2024-01-05,0.0001"] * 3, "ben,2,2024-01-05,5", name="together.csv")
    apart = orders(*["ann,1,2024-01-05,0.0001", "ben,2,2024-01-05,5", *["ann,1,2024-01-05,0.0001"] * 2], name="b.csv")
    for path in (together, apart):
        found = segtool.value(path, margin="50%", acquisition_cost="0.0002")
        assert (column(found, "margin")["ann"], column(found, "pcv")["ann"]) == (Decimal("0.0002"), Decimal("0.0002"))
        assert column(found, "payback_days")["ann"] is None  # 0.00015 do not cover 0.0002
        assert str(found.summary.stake.expected) == "2.5002"


def test_past_value_at_no_rate_is_the_margin_to_the_last_unit_of_any_size(orders: Write) -> None:
    path = orders(*[f"ann,{i},2024-01-0{i},80000000000000.0001" for i in range(1, 9)])
    found = segtool.value(path, discount_rate=0)
    assert column(found, "pcv") == column(found, "margin") if "margin" in found.table.column_names else True
    assert column(found, "pcv") == {"ann": Decimal("640000000000000.0008")}


def test_past_value_of_long_ago_is_right_to_the_last_unit(orders: Write) -> None:
    path = orders("ann,1,1969-12-31,221", "ann,2,2023-01-31,0")
    exact = 221 * (1 + Fraction(3, 10) / 12) ** 651
    [pcv] = column(segtool.value(path, discount_rate=0.3, as_of="2024-03-30"), "pcv").values()
    assert pcv == slow.rounded(exact) == Decimal("2116550542.4634")
    path = orders("ann,1,1969-12-31,48153002", "ann,2,2023-01-31,0", name="large.csv")
    [pcv] = column(segtool.value(path, discount_rate=0.3, as_of="2024-03-30"), "pcv").values()
    assert round(pcv) == 461168608616918


def test_cells_that_cannot_be_read_are_set_aside_by_name_with_their_money(run: Run, orders: Write) -> None:
    path = orders(
        "ann,1,2024-01-05,10,4,1,", "ann,2,2024-01-06,20,,1,", "ann,3,2024-01-07,30,x,1,", "ann,4,2024-01-08,40,9,?,",
        "ann,5,2024-01-09,50,9,,2", "ann,6,2024-01-10,-5,-1,,much", "ann,7,2024-01-11,,1,1,1",
        header=f"{HEADER},gp,pick,back",
    )  # fmt: skip
    options = ["--margin", "gp", "--order-cost", "pick", "--refund-cost", "back"]
    done = run("value", path.name, *options)
    assert (done.returncode, done.stdout) == (65, "")
    assert done.stderr.splitlines() == [
        "segtool: 5 of 7 rows (71.4%) cannot be read, more than --max-bad 5.0%: bad amount 1, bad margin 2, "
        "bad order cost 1, bad refund cost 1.",
        '  orders.csv:3: gp "" is not an amount',
        '  orders.csv:4: gp "x" is not an amount',
        '  orders.csv:5: pick "?" is not an amount',
        '  orders.csv:7: back "much" is not an amount',
        '  orders.csv:8: amount "" is not an amount',
        "  --decimal says which mark is the decimal one.",
    ]
    done = run("value", path, *options, "--max-bad", 1, "--json", "--rejects", "rejects.csv", "-o", "out.csv")
    assert done.returncode == 0
    assert json.loads(done.stdout)["rows"] == {
        "read": 7,
        "used": 2,
        "set_aside": {
            "bad amount": {"rows": 1, "amount": None},
            "bad margin": {"rows": 2, "amount": 50.0},
            "bad order cost": {"rows": 1, "amount": 40.0},
            "bad refund cost": {"rows": 1, "amount": -5.0},
        },
    }
    rejects = list(csv.DictReader(io.StringIO((path.parent / "rejects.csv").read_text("utf-8"))))
    assert [(row["line"], row["reason"]) for row in rejects] == [
        ("3", "bad margin"), ("4", "bad margin"), ("5", "bad order cost"), ("7", "bad refund cost"),
        ("8", "bad amount"),
    ]  # fmt: skip
    persian = run("value", path, *options, "--max-bad", 1, "--lang", "fa", "-o", "out.csv")
    assert "حاشیه سود نامعتبر" in persian.stderr


def test_every_column_has_a_persian_header_that_is_read_back(run: Run, six: Path, orders: Write) -> None:
    needs("scipy")
    people = orders(
        "ann,1000,ads,12", "ben,800,fair,0", header="customer_id,wallet,source,acquisition_cost", name="p.csv"
    )
    options = ("--margin", "35%", "--order-cost", 1, "--customers", people, "--headers", "fa", "-q", "-o", "fa.csv")
    assert run("value", six, *options).returncode == 0
    names = (six.parent / "fa.csv").read_text("utf-8").splitlines()[0].split(",")
    ahead = ["p_alive", "expected_orders", "expected_spend", "clv", "endangered_value"]
    latin = [name for name in names if re.search("[A-Za-z_]", re.sub(r"\(.*\)|RFM", "", name))]
    assert latin == []
    plain = segtool.value(six, margin=0.35, order_cost=1, customers=people).table.column_names
    assert [column_name(name) for name in names] == plain
    assert [column_name(words_in("fa").header(name)) for name in ahead] == ahead
    assert words_in("fa").header("orders_2023") == "orders_2023"


# Lists and sources


def test_a_list_tells_wallet_source_and_cost_under_headers_of_many_languages(six: Path, orders: Write) -> None:
    header = "شناسه مشتری,کیف پول,منبع,هزینه جذب"
    persian = orders("ann,۱٬۰۰۰,گوگل,۱۲٫۵", "ben,۸۰۰,نمایشگاه,۰", "cid,,,", header=header, name="list.csv")
    english = orders("cid,,,", "ann,1000,گوگل,12.5", "ben,800,نمایشگاه,0", "zoe,1,x,1", name="english.csv",
                     header="id,Size of wallet,utm_source,CAC")  # fmt: skip
    named = orders("ann,1000,گوگل,12.5,7", "ben,800,نمایشگاه,0,7", name="named.csv", header="id,all,by,paid,wallet")
    one, other, third = (
        segtool.value(six, customers=persian),
        segtool.value(six, customers=english, customers_id="id"),
        segtool.value(six, customers=named, customers_id="id", wallet="all", source="by", acquisition_cost="paid"),
    )
    assert one.table.replace_schema_metadata().equals(other.table.replace_schema_metadata())
    assert one.table.replace_schema_metadata().equals(third.table.replace_schema_metadata())
    assert column(one, "wallet")["ann"] == 1000
    assert column(one, "source")["ann"] == "گوگل"
    assert column(one, "acquisition_cost")["ann"] == Decimal("12.5")
    assert other.summary.columns["acquisition_cost"] == "CAC"
    listed = other.summary.customer_list
    assert listed
    assert (listed.rows, listed.matched, listed.without_orders, listed.not_in_list) == (4, 3, 1, 3)


def test_a_list_in_parquet_has_decimals_exactly(six: Path, tmp_path: Path) -> None:
    table = pa.table({
        "customer_id": ["ann", "ben"],
        "wallet": pa.array([Decimal("800.25"), None], pa.decimal128(12, 2)),
        "acquisition_cost": pa.array([Decimal("0.0001"), Decimal("3")], pa.decimal128(20, 4)),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "list.parquet")
    found = segtool.value(six, customers=tmp_path / "list.parquet")
    assert column(found, "wallet_gap")["ann"] == Decimal("600.25")
    assert [column(found, "acquisition_cost")[name] for name in ("ann", "ben")] == decimals("0.0001", "3")


def test_all_cells_of_a_list_tell_how_its_numbers_are_written(six: Path, orders: Write) -> None:
    """Nobody but zoe, who has not ordered, has a number that shows that the comma is the decimal mark."""
    listed = orders('ann,"1.250"', 'zoe,"12,5"', header="customer_id,wallet", name="list.csv")
    assert column(segtool.value(six, customers=listed), "wallet")["ann"] == 1250


def test_costs_of_customers_that_are_no_amounts_are_told_and_unknown(six: Path, orders: Write) -> None:
    listed = orders("ann,much", "ben,-3", "cid,", "zoe,?", header="customer_id,acquisition_cost", name="list.csv")
    found = segtool.value(six, customers=listed)
    [said] = [each.message for each in found.summary.warnings if each.code == "unread-costs"]
    assert said == (
        "acquisition_cost: 2 cells without an amount of zero or more; the costs of these customers count as unknown."
    )
    assert set(column(found, "acquisition_cost").values()) == {None}


def test_without_sources_costs_of_customers_are_told_of_all_alone(six: Path) -> None:
    text = render_value(segtool.value(six, acquisition_cost=10).summary)
    assert "Acquisition" in text
    assert "unknown" not in text
    assert "(unknown)" in render_value(segtool.value(six, source="came_from").summary)


def test_costs_by_source_go_before_those_that_the_list_has(six: Path, orders: Write) -> None:
    listed = orders("ann,ads,5", header="customer_id,source,acquisition_cost", name="list.csv")
    costs = orders("ads,8", header="source,cost", name="costs.csv")
    found = segtool.value(six, customers=listed, source_costs=costs)
    assert column(found, "acquisition_cost")["ann"] == 8
    assert "acquisition_cost" not in found.summary.columns


def test_the_source_is_that_of_the_first_order_and_a_known_one_goes_before_none(orders: Write) -> None:
    path = orders(
        "ann,1,2024-01-05,10,", "ann,1,2024-01-05,10,fair", "ann,2,2024-01-06,10,ads",
        "ben,3,2024-01-05,10,(empty)", "ben,4,2024-01-05,10,",
        "cid,5,2024-01-05,10,", "cid,6,2024-01-06,10,ads",
        "dee,7,2024-01-05 10:00,10,shop", "dee,8,2024-01-05 09:00,10,ads", "dee,9,2024-01-04,-3,fair",
        "eve,10,2024-01-05,10,shop", "eve,11,2024-01-05,10,Ads",
        header=f"{HEADER},came",
    )  # fmt: skip
    found = column(segtool.value(path, source="came"), "source")
    assert found == {"ann": "fair", "ben": "(empty)", "cid": None, "dee": "Ads", "eve": "Ads"}


def test_a_source_of_the_list_goes_before_that_of_the_orders(six: Path, orders: Write) -> None:
    listed = orders("ann,tv,radio", header="customer_id,source,came_from", name="list.csv")
    assert column(segtool.value(six, customers=listed), "source")["ann"] == "tv"
    assert column(segtool.value(six, customers=listed, source="came_from"), "source")["ann"] == "radio"
    other = orders("ann,tv,9", header="customer_id,source,wallet", name="other.csv")
    assert column(segtool.value(six, customers=other, source="came_from"), "source")["ann"] == "ads"


# What is refused


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["--margin", "0"], 2, "--margin '0' is no share of revenue; write it as 35% or 0.35, or name a column."),
        (["--margin", "135%"], 2, "--margin '135%' is no share of revenue; write it as 35% or 0.35"),
        (["--margin", "gain"], 2, "six.csv has no column 'gain' (--margin). Columns: customer_id, order_id"),
        (["--order-cost", "fee"], 2, "six.csv has no column 'fee' (--order-cost). Columns: "),
        (["--order-cost", "-1"], 2, "--order-cost '-1' is no amount of zero or more; write it as 2.50"),
        (["--refund-cost", "5%"], 2, "--refund-cost '5%' is no amount of zero or more; write it as 2.50"),
        (["--refund-cost", "fee"], 2, "six.csv has no column 'fee' (--refund-cost). Columns: "),
        (["--discount-rate", "much"], 2, "--discount-rate 'much' is no rate of a year; write it as 10% or 0.1."),
        (["--discount-rate", "1001%"], 2, "--discount-rate '1001%' is no rate of a year"),
        (["--acquisition-cost", "-2"], 2, "--acquisition-cost '-2' is no amount of zero or more; write it as 2.50"),
        (["--acquisition-cost", "paid"], 2, "--acquisition-cost 'paid' is no amount, nor is there a list of customers"),
        (["--budget", "all"], 2, "--budget 'all' is no amount of zero or more; write it as 2.50"),
        (["--budget", "1e30"], 2, "--budget '1e30' is no amount of zero or more"),
        (["--contact-cost", "?", "--margin", "1"], 2, "--contact-cost '?' is no amount of zero or more"),
        (["--contact-cost", "1"], 2, "--contact-cost pays for itself by the margin on an order: say --margin, as 35%"),
        (["--response-days", "9"], 2, "--response-days does nothing without --contact-cost."),
        (["--source", "channel"], 2, "six.csv has no column 'channel' (--source). Columns: "),
        (["--wallet", "w"], 2, "--wallet does nothing without --customers."),
        (["--customers-id", "w"], 2, "--customers-id does nothing without --customers."),
        (["--customers", "none.csv"], 66, "none.csv does not exist."),
        (
            ["--customers", "list.csv", "--wallet", "w"],
            2,
            "list.csv has no column 'w' (--wallet). Columns: customer_id",
        ),
        (["--customers", "list.csv", "--acquisition-cost", "paid"], 2, "list.csv has no column 'paid' (--acquisition-"),
        (
            ["--customers", "list.csv", "--customers-id", "x"],
            2,
            "list.csv has no column 'x' (--customers-id). Columns:",
        ),
        (["--customers", "plain.csv"], 2, "plain.csv tells nothing of what customers are worth. Columns: customer_id,"),
        (["--customers", "twice.csv"], 65, "twice.csv: customer 'ann' has two rows, 1 and 2; columns are joined from"),
        (["--source-costs", "costs.csv"], 2, "--source-costs needs the source of each customer; say --source COL."),
        (["--source-costs", "costs.csv", "--customers", "list.csv"], 2, "--source-costs needs the source of each"),
        (["--source-costs", "none.csv", "--source", "came_from"], 66, "none.csv does not exist."),
        (["--source-costs", "bad.csv", "--source", "came_from"], 65, "bad.csv: row 2 has 'x' as the cost of source"),
        (["--source-costs", "plain.csv", "--source", "came_from"], 65, "plain.csv has no column source and no column"),
        (
            ["--source-costs", "costs.csv", "--source", "came_from", "--acquisition-cost", "1"],
            2,
            "--source-costs and --acquisition-cost both tell what customers cost; say one of the two.",
        ),
        (["--horizon", "3m"], 2, "--horizon does nothing without --predict."),
        (["--fit", "fit.json"], 2, "--fit does nothing without --predict."),
        (["--save-fit", "fit.json"], 2, "--save-fit does nothing without --predict."),
        (["--predict", "--fit", "none.json"], 66, "There is no fit none.json."),
        (["--predict", "--fit", "list.csv"], 78, "list.csv is no fit; --save-fit FILE writes one."),
        (["--predict", "--fit", "fit.json", "--save-fit", "x.json"], 2, "--save-fit writes the models of this run"),
        (["-o", "six.csv"], 2, "six.csv is an input; name another output."),
        (["--customers", "list.csv", "-o", "list.csv"], 2, "list.csv is an input; name another output."),
        (["--scheme", "momentum"], 2, "value takes schemes over scores, and momentum is one over columns."),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(
    run: Run, six: Path, orders: Write, args: list[str], code: int, said: str
) -> None:
    orders("ann,5", header="customer_id,wallet", name="list.csv")
    orders("ann,red,2", header="customer_id,colour,size", name="plain.csv")
    orders("ann,5", "ann,6", header="customer_id,wallet", name="twice.csv")
    orders("ads,5", header="source,cost", name="costs.csv")
    orders("ads,5", "fair,x", header="source,cost", name="bad.csv")
    done = run("value", six.name, *args)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(f"segtool: {said}")
    assert done.stderr.count("\n") == 1
    assert six.read_text("utf-8").startswith(SIX_HEADER)


def test_the_library_refuses_the_same(six: Path) -> None:
    for options, said in [
        ({"wallet": "w"}, "--wallet is a column of a list of customers; say --customers FILE."),
        ({"contact_cost": 1}, "--contact-cost pays for itself by the margin on an order: say --margin"),
        ({"response_days": 0}, "response_days 0 is no number of days; say 1 or more."),
        ({"predict": True, "horizon": "soon"}, "--horizon 'soon' is no length of time"),
    ]:
        if "predict" in options:
            needs("scipy")
        with pytest.raises(UsageError, match=said.replace("(", r"\(").split(";")[0]):
            segtool.value(six, **options)  # type: ignore[arg-type]
    with pytest.raises(MissingInputError, match=r"There is no fit none\.json\."):
        segtool.value(six, predict=True, fit="none.json")
    with pytest.raises(ConfigError, match="is no fit"):
        segtool.value(six, predict=True, fit=six)
    with pytest.raises(TypeError, match=r"value\(\) got an unexpected keyword argument 'nope'"):
        segtool.value(six, nope=1)


def test_the_table_is_a_labelled_one_and_tells_of_its_scheme(run: Run, tmp_path: Path) -> None:
    for name, scheme in (("one", "putler"), ("other", "shopify")):
        found = segtool.value(EXAMPLE, scheme=scheme)
        pq.write_table(found.table, tmp_path / f"{name}.parquet")
        about, own = json.loads(found.table.schema.metadata[b"segtool"]), segtool.rfm(EXAMPLE, scheme=scheme).summary
        assert {**about, "attribute_schemes": []} == json.loads(own.to_json())
        assert [each["scheme"] for each in about["attribute_schemes"]] == [
            each.scheme for each in found.summary.classes
        ]
    done = run("compare", tmp_path / "one.parquet", tmp_path / "other.parquet")
    assert done.returncode == 65
    assert "made with the schemes putler and shopify" in done.stderr
    assert run("compare", tmp_path / "one.parquet", tmp_path / "one.parquet", "-q").returncode == 0


def test_without_anybody_long_enough_ago_nobody_says_what_is_worth_contacting(orders: Write) -> None:
    path = orders("ann,1,2024-01-01,100", "ben,2,2024-02-01,100")
    found = segtool.value(path, margin="50%", contact_cost=5, budget=20, scheme="none").summary
    [everybody], codes = found.stake.segments, [each.code for each in found.warnings]
    assert (everybody.break_even, everybody.repeat_rate, everybody.worth_contacting) == (0.1, None, None)
    assert (found.stake.worth_contacting, codes) == (None, ["no-repeat-rates"])
    assert "10.0%" in render_value(found)
    earlier = segtool.value(path, margin="50%", contact_cost=5, scheme="none", response_days=10).summary
    assert ([each.worth_contacting for each in earlier.stake.segments], earlier.warnings) == ([False], ())


def test_where_orders_leave_no_margin_no_contact_is_worth_it(orders: Write) -> None:
    rows = ("ann,1,2023-01-01,100,-5", "ann,2,2023-03-01,100,-5", "ben,3,2024-02-01,100,-1")
    found = segtool.value(
        orders(*rows, header=f"{HEADER},gp"), margin="gp", contact_cost=5, budget=20, scheme="none"
    ).summary
    assert (found.stake.worth_contacting, found.stake.left) == (0, 20)
    assert "worth contacting" in render_value(found).lower()


def test_orders_or_a_list_can_come_from_stdin(run: Run, six: Path, orders: Write) -> None:
    listed = orders("ann,800", header="customer_id,wallet", name="list.csv")
    whole = run("value", six, "--customers", listed, "-o", "-", "-q")
    assert whole.returncode == 0
    assert whole.stdout.startswith("customer_id,")
    piped = run("value", "-", "--customers", listed, "-o", "-", "-q", input=six.read_text("utf-8"))
    assert (piped.returncode, piped.stdout) == (0, whole.stdout)
    piped = run("value", six, "--customers", "-", "-o", "-", "-q", input=listed.read_text("utf-8"))
    assert (piped.returncode, piped.stdout) == (0, whole.stdout)


def test_a_configuration_file_says_shares_and_amounts_as_numbers_or_texts(run: Run, six: Path) -> None:
    numbers = "margin = 0.35\nbudget = 500\ncontact-cost = 0.5\norder-cost = 2\ndiscount-rate = 0.15\n"
    texts = "margin = '35%'\nbudget = '500'\ncontact-cost = '0.5'\norder-cost = '2'\ndiscount-rate = '15%'\n"
    told = []
    for text in (numbers, texts):
        (six.parent / "segtool.toml").write_text(f"[value]\n{text}")
        done = run("value", six.name, "--json", "-q")
        assert (done.returncode, done.stderr) == (0, "")
        told.append(json.loads(done.stdout))
    assert told[0] == told[1]
    assert told[0]["terms"] == {
        "margin": 0.35, "margin_from": "option", "order_cost": 2.0, "refund_cost": None, "discount_rate": 0.15,
        "horizon_days": None,
    }  # fmt: skip
    assert (told[0]["stake"]["budget"], told[0]["stake"]["contact_cost"]) == (500.0, 0.5)
    (six.parent / "segtool.toml").write_text("[value]\nmargin = [1]\n")
    done = run("value", six.name)
    assert (done.returncode, done.stderr) == (
        78, "segtool: segtool.toml:2: margin is [1]; it takes a text or a number.\n",
    )  # fmt: skip


# Prediction


def test_without_scipy_only_a_new_prediction_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "absent" / "scipy").mkdir(parents=True)
    (tmp_path / "absent" / "scipy" / "__init__.py").write_text("raise ImportError('scipy is not here')\n")
    without = {"PYTHONPATH": f"{tmp_path / 'absent'}:{ROOT}"}
    done = run("value", EXAMPLE, "--predict", "-q", "-o", "x.csv", env=without)
    assert (done.returncode, done.stderr) == (
        69,
        "segtool: Predictions are fitted with the package scipy, which is missing: "
        'python -m pip install "segtool[clv]"\n',
    )
    assert not (tmp_path / "x.csv").exists()
    done = run("value", EXAMPLE, "--margin", "35%", "--contact-cost", "1", "-q", "-o", "x.csv", env=without)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_saved_fit_predicts_the_same_bytes_without_scipy(run: Run, tmp_path: Path) -> None:
    needs("scipy")
    args = ["value", EXAMPLE, "--predict", "--margin", "35%", "--budget", 100, "-q"]
    assert run(*args, "--save-fit", "fit.json", "-o", "one.csv").returncode == 0
    (tmp_path / "absent" / "scipy").mkdir(parents=True)
    (tmp_path / "absent" / "scipy" / "__init__.py").write_text("raise ImportError('scipy is not here')\n")
    without = {"PYTHONPATH": f"{tmp_path / 'absent'}:{ROOT}"}
    done = run(*args, "--fit", "fit.json", "-o", "two.csv", env=without)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    other = run(*args, "--fit", "fit.json", "--time-unit", "day")
    assert (other.returncode, other.stderr) == (
        2,
        "segtool: --time-unit is that of a new fit, and --fit is one in units of a week.\n",
    )
    assert run(*args, "--fit", "fit.json", "--time-unit", "week", "-o", "two.csv").returncode == 0
    assert run(*args, "--fit", "fit.json", "-o", "fit.json").returncode == 2


def test_predicted_columns_and_sums_agree_with_each_other() -> None:
    needs("scipy")
    found = segtool.value(EXAMPLE, predict=True, margin="35%", horizon="6m", budget=250)
    adds_up(found)
    total, table = found.summary.total, found.table
    assert found.summary.stake.basis == "predicted"
    assert sum(table["clv"].to_pylist()) == total.clv == found.summary.stake.expected
    assert sum(table["endangered_value"].to_pylist()) == found.summary.stake.endangered
    assert sum(table["expected_orders"].to_pylist()) == pytest.approx(total.expected_orders, abs=1e-3)
    for row in table.select(["p_alive", "clv", "endangered_value"]).to_pylist():
        if row["p_alive"] > 0.5:  # of less, six decimals tell too little
            lost = row["clv"] * Decimal((1 - row["p_alive"]) / row["p_alive"])
            assert abs(row["endangered_value"] - lost) < Decimal("0.01")
    whole = segtool.value(EXAMPLE, predict=True, margin="70%", horizon="6m", fit=found.fit).summary.total.clv
    assert whole is not None
    assert total.clv is not None
    assert abs(whole - 2 * total.clv) < Decimal("0.1")


def test_what_is_to_be_known_of_a_value_is_told(six: Path) -> None:
    def codes(found: Valued) -> list[str]:
        return [each.code for each in found.summary.warnings]

    assert "no-margin" in codes(segtool.value(six))
    assert "no-margin" not in codes(segtool.value(six, margin=1))
    needs("scipy")
    fit = segtool.value(EXAMPLE, predict=True, margin=1).fit
    # of 652 bought, 60 came back on days without a purchase: dee's 45 on 2024-06-01 and eve's 15 on 04-02
    refunds = segtool.value(six, predict=True, margin=1, fit=fit)
    assert [each.message for each in refunds.summary.warnings if each.code == "clv-refunds"] == [
        "9.2% of what was bought came back on days without a purchase, and expected spend does not see that: clv is "
        "that much too high."
    ]
    assert "clv-refunds" not in codes(segtool.value(six, predict=True, margin=1, fit=fit, refunds="drop"))


def test_margins_that_are_a_loss_in_all_are_told_to_leave_no_lifetime_value(six: Path) -> None:
    needs("scipy")
    fit = segtool.value(EXAMPLE, predict=True, margin=1).fit
    frame = pacsv.read_csv(six)
    frame = frame.append_column("loss", pa.array([-1] * len(frame)))
    for margin, codes in (("margin", []), ("loss", ["clv-no-margin"])):
        found = segtool.value(frame, predict=True, margin=margin, fit=fit).summary
        assert [each.code for each in found.warnings if each.code == "clv-no-margin"] == codes
        assert (found.total.clv == 0) == bool(codes)


def test_refunds_of_a_day_with_a_purchase_are_seen_wherever_their_lines_stand(six: Path, orders: Write) -> None:
    needs("scipy")
    fit = segtool.value(EXAMPLE, predict=True, margin=1).fit
    lines = SIX.splitlines()
    far = orders(*lines[:2], *lines[3:], lines[2], header=SIX_HEADER, name="far.csv")  # ann's refund of 2024-03-10
    near, apart = (segtool.value(each, predict=True, margin=1, fit=fit) for each in (six, far))
    assert near.summary.warnings == apart.summary.warnings


# As text


@pytest.mark.parametrize("lang", ["en", "fa"])
def test_the_text_is_the_golden_one(lang: Any) -> None:
    words = words_in(lang)
    plain = segtool.value(EXAMPLE, margin="35%", contact_cost="0.5", budget=500, lang=lang).summary
    golden.check(f"value-{lang}.txt", render_value(plain, words=words))
    listed = segtool.value(EXAMPLE, margin="35%", order_cost=2, customers=LIST, source_costs=SOURCE_COSTS, lang=lang)
    golden.check(f"value-list-{lang}.txt", render_value(listed.summary, words=words))


@pytest.mark.parametrize("lang", ["en", "fa"])
def test_the_text_of_a_prediction_is_the_golden_one(lang: Any) -> None:
    needs("scipy")
    found = segtool.value(EXAMPLE, margin="35%", predict=True, horizon="6m", lang=lang)
    golden.check(f"value-predict-{lang}.txt", render_value(found.summary, words=words_in(lang)))


def test_the_keys_of_the_json_are_these(six: Path) -> None:
    found = json.loads(segtool.value(six).summary.to_json())
    assert list(found) == [
        "schema_version", "as_of", "as_of_jalali", "as_of_from", "period", "rows", "customers", "orders", "revenue",
        "terms", "total", "segments", "classes", "customer_list", "whale", "acquisition", "wallets", "bg_nbd",
        "gamma_gamma", "stake", "warnings", "columns", "spelling", "scheme", "version",
    ]  # fmt: skip


def test_every_key_of_the_json_is_described() -> None:
    examples = ROOT / "examples"
    lists = {"customers": examples / "wallets.csv", "source_costs": examples / "source_costs.csv"}
    found = segtool.value(examples / "orders.csv", margin=0.35, contact_cost=1, budget=9, **lists)
    told = found.summary.to_dict()
    keys = {*told, *told["terms"], *told["total"], *told["stake"], *told["stake"]["segments"][0], *told["whale"]}
    keys |= {*told["whale"]["peak"], *told["acquisition"], *told["acquisition"]["total"], *told["wallets"]}
    keys |= {*told["wallets"]["bands"][0], *found.table.column_names}
    text = (ROOT / "README.md").read_text("utf-8")
    assert sorted(key for key in keys if f"`{key}`" not in text) == []
