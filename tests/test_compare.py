"""Who moved between two labelled tables, and the money that moved with them."""

import csv
import io
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import golden
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, SIX, Run, needs
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool.comparing import Compared
from segtool.errors import DataError, UsageError
from segtool.output.changes import render_changes
from segtool.summary.changes import Comparison
from segtool.tables.writing.formats import FORMATS, SUFFIXES, write_table
from segtool.words import words_in

RealData = Callable[[str], Path]
HEADER = "customer_id,first_order,last_order,recency_days,frequency,monetary,segment"
JUNE = """\
ann,2024-01-05,2024-06-20,10,4,100.00,Champions
ben,2024-02-01,2024-04-01,90,2,50.00,At Risk
cid,2024-06-25,2024-06-25,5,1,20.00,New Customers
dee,2024-01-01,2024-06-28,2,7,300.00,Champions
eve,2024-03-01,2024-03-01,121,1,10.00,Hibernating
"""
SEPTEMBER = """\
ann,2024-01-05,2024-06-20,102,4,100.00,At Risk
ben,2024-02-01,2024-09-01,29,3,80.50,Potential Loyalists
dee,2024-01-01,2024-09-29,1,9,400.00,Champions
eve,2024-03-01,2024-03-01,213,1,10.00,Hibernating
fay,2024-08-01,2024-09-30,0,2,44.00,Potential Loyalists
"""
"""June is as of 2024-06-30, September of 2024-09-30: ann went down, ben up, cid is gone, fay is new."""


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    return write(tmp_path / "june.csv", JUNE), write(tmp_path / "september.csv", SEPTEMBER)


def write(path: Path, rows: str) -> Path:
    path.write_text(f"{HEADER}\n{rows}", "utf-8")
    return path


def labelled(rows: Sequence[Sequence[Any]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [[] for _ in HEADER.split(",")]
    return pa.table(
        {name: [str(cell) for cell in cells] for name, cells in zip(HEADER.split(","), columns, strict=True)}
    )


def told(found: Comparison) -> list[str]:
    return [each.code for each in found.warnings]


def facts(found: Comparison) -> dict[str, Any]:
    """Return what is said, without the names of the files."""
    both = {side: {**found.to_dict()[side], "file": ""} for side in ("before", "after")}
    return {**found.to_dict(), **both}


# By hand


def test_two_tables_by_hand(tables: tuple[Path, Path]) -> None:
    found = segtool.compare(*tables).comparison
    assert (found.before.customers, found.after.customers, found.days, found.scheme) == (5, 5, 92, "loyalty-matrix")
    assert (found.before.revenue, found.after.revenue) == (Decimal("480"), Decimal("634.5"))
    assert found.moved == {"up": 1, "down": 1, "same": 2, "new": 1, "gone": 1, "other": 0}
    cells = {
        (row, column): count
        for row, counts in zip(found.matrix.rows, found.matrix.customers, strict=True)
        for column, count in zip(found.matrix.columns, counts, strict=True)
        if count
    }
    assert cells == {
        ("Champions", "Champions"): 1, ("Champions", "At Risk"): 1, ("At Risk", "Potential Loyalists"): 1,
        ("New Customers", "(gone)"): 1, ("Hibernating", "Hibernating"): 1, ("(new)", "Potential Loyalists"): 1,
    }  # fmt: skip


def test_each_segment_by_hand(tables: tuple[Path, Path]) -> None:
    by_name = {each.name: each for each in segtool.compare(*tables).comparison.segments}
    assert list(by_name)[:2] == ["Champions", "Loyal Customers"]
    counts = {
        name: (each.before, each.entered, each.new, each.left, each.gone, each.after, each.net)
        for name, each in by_name.items()
        if each.before or each.after
    }
    assert counts == {
        "Champions": (2, 0, 0, 1, 0, 1, -1), "Potential Loyalists": (0, 1, 1, 0, 0, 2, 2),
        "New Customers": (1, 0, 0, 0, 1, 0, -1), "At Risk": (1, 1, 0, 1, 0, 1, 0), "Hibernating": (1, 0, 0, 0, 0, 1, 0),
    }  # fmt: skip
    champions = by_name["Champions"]
    assert (champions.revenue_before, champions.revenue_after) == (Decimal(400), Decimal(400))
    assert (champions.share_before, champions.share_after) == (0.4, 0.2)
    assert champions.churn is not None
    assert (champions.churn.active, champions.churn.churned, champions.churn.churn_rate) == (2, 1, 0.5)


def test_the_largest_flows_are_sentences(tables: tuple[Path, Path]) -> None:
    assert [(each.text, each.direction, each.share) for each in segtool.compare(*tables).comparison.flows] == [
        ("1 customer left Champions for At Risk, having spent 100 in all, now 100", "down", 0.5),
        ("1 customer of New Customers is gone, who had spent 20", "gone", 1.0),
        ("1 customer left At Risk for Potential Loyalists, having spent 50.00 in all, now 80.50", "up", 1.0),
        ("1 customer is new in Potential Loyalists, with a spend of 44", "new", None),
    ]


def test_churn_by_hand(tables: tuple[Path, Path]) -> None:
    """Gaps: ann 3 of 56 days, ben 1 of 60, dee 6 of 30; nine of ten are no longer than 56. One of three bought."""
    churn = segtool.compare(*tables).comparison.churn
    assert churn is not None
    assert (churn.active_days, churn.active_days_from, churn.active, churn.churned) == (56, "gaps", 3, 2)
    asked = segtool.compare(*tables, active_days=90).comparison.churn
    assert asked is not None
    assert (asked.active_days_from, asked.active, asked.churned, asked.churn_rate) == ("option", 4, 2, 0.5)
    assert asked.retention_rate == 0.5


def test_the_table_has_a_row_a_customer_sorted_by_id(tables: tuple[Path, Path]) -> None:
    assert segtool.compare(*tables).table.to_pylist() == [
        row("ann", "Champions", "At Risk", "down", 100, 100, 0),
        row("ben", "At Risk", "Potential Loyalists", "up", 50, "80.5", "30.5"),
        row("cid", "New Customers", None, "gone", 20, None, None),
        row("dee", "Champions", "Champions", "same", 300, 400, 100),
        row("eve", "Hibernating", "Hibernating", "same", 10, 10, 0),
        row("fay", None, "Potential Loyalists", "new", None, 44, None),
    ]


def row(*cells: Any) -> dict[str, Any]:
    names = ["customer_id", "segment_before", "segment_after", "direction"]
    names += ["monetary_before", "monetary_after", "monetary_change"]
    amounts = [None if cell is None else Decimal(str(cell)).quantize(Decimal("0.0001")) for cell in cells[4:]]
    return dict(zip(names, [*cells[:4], *amounts], strict=True))


def test_targets_are_those_of_the_later_table(tables: tuple[Path, Path]) -> None:
    found = segtool.compare(*tables, targets=["Potential Loyalists >= 2", "Champions revenue >= 70%", "Lost <= 3"])
    assert [(each.segment, each.actual, each.reached) for each in found.comparison.targets] == [
        ("Potential Loyalists", 2, True), ("Champions", float(Decimal(400) / Decimal("634.5")), False),
    ]  # fmt: skip
    assert "unknown-target" in told(found.comparison)


# Against a plain computation

SEGMENTS = ["Champions", "Loyal Customers", "Promising", "At Risk", "Hibernating"]
CUSTOMERS = st.dictionaries(
    st.sampled_from([f"c{i}" for i in range(9)] + ["é", "گل"]),
    st.tuples(st.sampled_from(SEGMENTS), st.integers(-(10**7), 10**10), st.integers(0, 400), st.integers(1, 9)),
    min_size=1,
)


def rows_of(customers: dict[str, tuple[str, int, int, int]], as_of: int) -> list[list[Any]]:
    return [
        [
            *(name, calendar(as_of - recency - 7 * (orders - 1)), calendar(as_of - recency), recency, orders),
            *(Decimal(units).scaleb(-4), segment),
        ]
        for name, (segment, units, recency, orders) in customers.items()
    ]


def calendar(day: int) -> Any:
    from segtool.tables.dates import calendar_day

    return calendar_day(day)


@settings(max_examples=60)
@given(CUSTOMERS, CUSTOMERS, st.randoms(use_true_random=False))
def test_every_figure_is_that_of_a_plain_computation(before: Any, after: Any, rng: random.Random) -> None:
    old, now = rows_of(before, 20_000), rows_of(after, 20_090)
    result = segtool.compare(labelled(old), labelled(now), active_days=60)
    found, matrix = result.comparison, result.comparison.matrix
    cells: Counter[tuple[str, str]] = Counter()
    money: Counter[tuple[str, str]] = Counter()
    for name in before | after:
        way = before.get(name, ["(new)"])[0], after.get(name, ["(gone)"])[0]
        cells[way] += 1
        money[way] += after.get(name, ["", 0])[1]
    assert {
        (row, column): count
        for row, counts in zip(matrix.rows, matrix.customers, strict=True)
        for column, count in zip(matrix.columns, counts, strict=True)
        if count
    } == cells
    assert sum(map(sum, matrix.customers)) == len(before | after) == sum(found.moved.values()) == len(result.table)
    assert (
        sum(each.revenue_after for each in found.segments) == found.after.revenue == sum(map(sum, matrix.revenue_after))
    )
    assert sum(each.revenue_before for each in found.segments) == found.before.revenue
    assert [Decimal(money[row, column]).scaleb(-4) for row in matrix.rows for column in matrix.columns] == [
        amount for amounts in matrix.revenue_after for amount in amounts
    ]
    for each in found.segments:
        assert each.after == each.before + each.entered + each.new - each.left - each.gone
        assert each.net == each.after - each.before
        assert each.before == sum(segment == each.name for segment, *_ in before.values())
        assert each.after == sum(segment == each.name for segment, *_ in after.values())
    active = {name for name, (_, _, recency, _) in before.items() if recency <= 60}
    churned = {name for name in active if name not in after or 20_090 - after[name][2] <= 20_000}
    assert found.churn is not None
    assert (found.churn.active, found.churn.churned) == (len(active), len(churned))
    places = {segment: SEGMENTS.index(segment) for segment in SEGMENTS}
    ways = {
        name: "new" if name not in before else "gone" if name not in after else
        {-1: "up", 0: "same", 1: "down"}[(d := places[after[name][0]] - places[before[name][0]]) and d // abs(d)]
        for name in before | after
    }  # fmt: skip
    assert dict(zip(*(result.table[name].to_pylist() for name in ("customer_id", "direction")), strict=True)) == ways
    assert result.table["customer_id"].to_pylist() == sorted(before | after, key=str.encode)
    flows = result.flows.to_pylist()
    assert sum(each["customers"] for each in flows) == len(before | after)
    assert result.matrix.num_columns == len(matrix.columns) + 1
    rng.shuffle(old)
    rng.shuffle(now)
    again = segtool.compare(labelled(old), labelled(now), active_days=60)
    assert again.comparison == found
    assert again.table.equals(result.table)


@given(CUSTOMERS, CUSTOMERS)
def test_swapped_tables_of_one_day_swap_up_and_down_new_and_gone(one: Any, other: Any) -> None:
    there, back = labelled(rows_of(one, 20_000)), labelled(rows_of(other, 20_000))
    found, swapped = (segtool.compare(*each).comparison for each in ((there, back), (back, there)))
    pairs = {"up": "down", "down": "up", "new": "gone", "gone": "new"}
    assert swapped.moved == {way: found.moved[pairs.get(way, way)] for way in swapped.moved}
    assert swapped.psi == pytest.approx(found.psi)
    assert found.churn is None
    assert "no-churn" in told(found)


def test_a_table_beside_itself_moves_nobody(tables: tuple[Path, Path]) -> None:
    found = segtool.compare(tables[0], tables[0]).comparison
    assert found.moved == {"up": 0, "down": 0, "same": 5, "new": 0, "gone": 0, "other": 0}
    assert (found.psi, found.reading, found.flows, found.days) == (0.0, "stable", (), 0)


def test_one_customer_is_enough(tmp_path: Path) -> None:
    one, other = (write(tmp_path / f"{i}.csv", rows.splitlines()[0] + "\n") for i, rows in enumerate([JUNE, SEPTEMBER]))
    found = segtool.compare(one, other).comparison
    assert found.moved["down"] == 1
    assert found.churn is not None
    assert found.churn.churn_rate == 1.0


def test_sums_that_pass_64_bits_stay_exact() -> None:
    rows = [[f"c{i}", "2024-01-01", "2024-01-01", 9, 1, "90000000000000", "Champions"] for i in range(30)]
    found = segtool.compare(labelled(rows), labelled(rows))
    assert found.table["monetary_after"][0].as_py() == Decimal(9 * 10**13)
    assert found.comparison.segments[0].revenue_after == Decimal(27 * 10**14)
    with pytest.raises(DataError, match="more revenue than a table can hold"):
        _ = found.flows


# What is read


@pytest.mark.parametrize("amount", ["100000000000", "12345678901234.56", "-98765432109876.1234", "900000000000000"])
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".md", ".parquet"])
def test_a_spend_that_is_larger_than_an_amount_can_be_is_read_back(tmp_path: Path, amount: str, suffix: str) -> None:
    spent = Decimal(amount).quantize(Decimal("0.0001"))
    table = labelled([["ann", "2024-01-01", "2024-01-01", 9, 1, 0, "Champions"]])
    money = pa.array([spent], pa.decimal128(19, 4))
    table = table.set_column(table.column_names.index("monetary"), "monetary", money)
    with (tmp_path / f"t{suffix}").open("wb") as file:
        write_table(table, file, SUFFIXES[suffix])
    found = segtool.compare(tmp_path / f"t{suffix}", table)
    assert found.table["monetary_after"][0].as_py() == spent
    assert found.table["monetary_change"][0].as_py() == pytest.approx(0, abs=1 if suffix == ".parquet" else 0)


@pytest.mark.parametrize("form", list(FORMATS))
@pytest.mark.parametrize("lang", ["en", "fa"])
def test_every_format_is_read_back(run: Run, tmp_path: Path, form: str, lang: str) -> None:
    if form == "xlsx":
        needs("xlsxwriter")
        needs("fastexcel")
    (tmp_path / "orders.csv").write_text(SIX + "a|b_,12,2024-02-01,3.5\n\\<b>`*,13,2024-02-02,1234567.89\n", "utf-8")
    takes = [name for name in ("headers", "digits") if name in FORMATS[form].takes]
    options = [part for name in ("lang", *takes) for part in (f"--{name}", lang)]
    for as_of in ("2024-03-10", "2024-03-31"):
        made = run("rfm", "orders.csv", "--as-of", as_of, "-q", *options, "--format", form, "-o", f"{as_of}.{form}")
        assert made.returncode == 0, made.stderr
        run("rfm", "orders.csv", "--as-of", as_of, "-q", "-o", f"{as_of}.plain.parquet")
    own, plain = (
        segtool.compare(*(tmp_path / f"{as_of}.{name}" for as_of in ("2024-03-10", "2024-03-31")))
        for name in (form, "plain.parquet")
    )
    assert facts(own.comparison) == facts(plain.comparison)
    assert own.table.equals(plain.table)


def test_a_frame_and_a_table_in_memory_are_read(six: Path) -> None:
    before, after = (segtool.rfm(six, as_of=day) for day in ("2024-03-10", "2024-03-31"))
    frames = segtool.compare(before.customers, after.customers)
    assert facts(frames.comparison) == facts(segtool.compare(before.table, after.table).comparison)


def test_customers_without_a_purchase_and_those_kept_though_gone(six: Path, tmp_path: Path) -> None:
    (tmp_path / "all.csv").write_text("customer_id\nann\nzoe\nyan\n")
    before = segtool.rfm(six, as_of="2024-03-10", scheme="shopify", customers=tmp_path / "all.csv")
    (tmp_path / "later.csv").write_text(SIX + "zoe,20,2024-04-10,9.00\n")
    after = segtool.rfm(
        tmp_path / "later.csv", since="2024-02-01", scheme="shopify", previous=before.table, keep_gone=True
    )
    assert "(gone)" in after.table["segment"].to_pylist()
    found = segtool.compare(before.table, after.table)
    rows = {each["customer_id"]: each for each in found.table.to_pylist()}
    assert found.comparison.before.customers == len(before.table)
    assert found.comparison.after.customers == after.summary.customers
    assert {name for name, each in rows.items() if each["direction"] == "gone"} == {"ben", "yan"}
    assert rows["zoe"]["segment_before"] != rows["zoe"]["segment_after"]
    assert len(rows) == len(found.table)


def test_a_published_map_may_leave_customers_without_a_segment(tmp_path: Path) -> None:
    orders, scheme = ROOT / "examples" / "orders.csv", tmp_path / "mine.toml"
    scheme.write_text(
        'compatible = true\n[scoring]\nr = { bins = 3 }\n[[segments]]\nname = "New"\nr = 3\n'
        '[[segments]]\nname = "Old"\nr = 1\n', "utf-8"
    )  # fmt: skip
    before, after = (segtool.rfm(orders, as_of=day, scheme=str(scheme)) for day in ("2025-09-30", "2025-12-31"))
    found = segtool.compare(before.table, after.table).comparison
    assert found.matrix.rows == ("New", "Old", "(none)", "(new)")
    assert [each.after for each in found.segments] == [each.customers for each in after.summary.segments]
    assert found.segments[2].after > 0
    assert found.moved["other"] == 0


# What does not compare


def test_tables_in_the_wrong_order_are_refused(tables: tuple[Path, Path]) -> None:
    with pytest.raises(
        DataError, match=r"as of 2024-09-30 and .*june\.csv as of 2024-06-30: name the earlier one first"
    ):
        segtool.compare(tables[1], tables[0])


def test_a_customer_twice_is_named(tmp_path: Path, tables: tuple[Path, Path]) -> None:
    twice = write(tmp_path / "twice.csv", JUNE + JUNE.splitlines()[3] + "\n")
    with pytest.raises(DataError, match=r"twice\.csv: customer 'dee' has two rows"):
        segtool.compare(twice, tables[1])


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ({}, {"scheme": "value-loyalty"}, "they were made with the schemes loyalty-matrix and value-loyalty"),
        ({"ties": "high"}, {}, r"they were scored by other rules \(ties\)"),
        ({"nested": True}, {"bins": 5}, r"they were scored by other rules \(nested\)"),
        ({"monetary": "mean"}, {}, r"they were scored by other rules \(M\)"),
    ],
)
def test_tables_that_mean_something_else_are_refused(one: Any, other: Any, why: str) -> None:
    orders = ROOT / "examples" / "orders.csv"
    before, after = segtool.rfm(orders, as_of="2025-09-30", **one).table, segtool.rfm(orders, **other).table
    with pytest.raises(DataError, match=why) as refused:
        segtool.compare(before, after)
    assert "--force" in str(refused.value)
    found = segtool.compare(before, after, force=True).comparison
    assert told(found)[0] == "unlike"
    assert sum(map(sum, found.matrix.customers)) == len(after)


def test_two_schemes_have_the_rows_of_one_and_the_columns_of_the_other() -> None:
    orders = ROOT / "examples" / "orders.csv"
    before, after = segtool.rfm(orders, as_of="2025-06-30"), segtool.rfm(orders, scheme="value-loyalty")
    found = segtool.compare(before.table, after.table, force=True).comparison
    assert (found.matrix.rows[0], found.matrix.columns[0]) == ("Champions", "True Friends")
    assert (found.moved["other"], found.moved["up"], found.psi) == (142, 0, None)
    assert [sum(row) for row in found.matrix.customers][:-1] == [each.customers for each in before.summary.segments]
    assert {flow.direction for flow in found.flows} <= {"other", "new"}


def test_without_metadata_the_names_of_the_segments_tell(tmp_path: Path, tables: tuple[Path, Path]) -> None:
    friends = write(tmp_path / "friends.csv", SEPTEMBER.replace("Potential Loyalists", "True Friends"))
    with pytest.raises(DataError, match=r"has the segments? .*True Friends.*|no scheme of segtool has the segments"):
        segtool.compare(tables[0], friends)
    others = write(tmp_path / "others.csv", "ann,2024-01-05,2024-06-20,102,4,100.00,True Friends\n")
    with pytest.raises(
        DataError, match=r"others\.csv has the segments True Friends, which scheme loyalty-matrix does not"
    ):
        segtool.compare(tables[0], others)
    assert segtool.compare(tables[0], others, force=True).comparison.moved["other"] == 1
    with pytest.raises(DataError, match=r"has the segments .*, which scheme value-loyalty does not have"):
        segtool.compare(*tables, scheme="value-loyalty")


def test_a_table_without_metadata_has_the_scheme_of_the_other_one(tmp_path: Path, tables: tuple[Path, Path]) -> None:
    scheme = tmp_path / "mine.toml"
    text = (ROOT / "segtool/segments/schemes/loyalty-matrix.toml").read_text("utf-8")
    scheme.write_text(text.replace('"Champions"', '"Heroes"'), "utf-8")
    after = segtool.rfm(ROOT / "examples" / "orders.csv", scheme=str(scheme)).table
    before = write(tmp_path / "before.csv", JUNE.replace("Champions", "Heroes"))
    found = segtool.compare(before, after).comparison
    assert (found.scheme, found.segments[0].name, found.moved["gone"]) == ("mine", "Heroes", 5)


def test_a_scheme_that_was_changed_in_between_is_another_one(tmp_path: Path) -> None:
    orders, scheme = ROOT / "examples" / "orders.csv", tmp_path / "mine.toml"
    text = (ROOT / "segtool/segments/schemes/loyalty-matrix.toml").read_text("utf-8")
    scheme.write_text(text, "utf-8")
    before = segtool.rfm(orders, as_of="2025-09-30", scheme=str(scheme))
    scheme.write_bytes(text.replace("\n", "\r\n").encode())
    same = segtool.rfm(orders, scheme=str(scheme))
    assert same.summary.scheme_checksum == before.summary.scheme_checksum
    assert segtool.compare(before.table, same.table).comparison.moved["other"] == 0
    scheme.write_text(text + "\n# changed", "utf-8")
    with pytest.raises(DataError, match="scheme mine was changed between them"):
        segtool.compare(before.table, segtool.rfm(orders, scheme=str(scheme)).table)


def test_a_run_with_the_model_of_the_other_compares_and_one_with_another_model_does_not(tmp_path: Path) -> None:
    orders = ROOT / "examples" / "orders.csv"
    june, september = (segtool.rfm(orders, as_of=day) for day in ("2025-06-30", "2025-09-30"))
    for name, made in (("june", june), ("september", september)):
        (tmp_path / f"{name}.json").write_text(made.model.to_json(), "utf-8")
    by_june, by_september = (segtool.rfm(orders, model=tmp_path / f"{name}.json") for name in ("june", "september"))
    assert told(segtool.compare(june.table, by_june.table).comparison) == []
    for before, after in ((june, by_september), (september, by_june), (by_june, by_september)):
        with pytest.raises(DataError, match=r"they were scored by other models, whose cuts differ \(.*M.*\)"):
            segtool.compare(before.table, after.table)
    assert told(segtool.compare(june.table, september.table).comparison) == []  # each cuts its own customers


def test_a_group_that_one_run_alone_has_does_not_make_another_model(tmp_path: Path) -> None:
    lines = [f"{group}{i},{i},2024-0{1 + i % 6}-01,{i + 1},{group}" for group in "ab" for i in range(60)]
    path = tmp_path / "orders.csv"
    path.write_text("customer_id,order_id,order_date,amount,shop\n" + "\n".join(lines), "utf-8")
    first = segtool.rfm(path, by="shop")
    (tmp_path / "m.json").write_text(first.model.to_json(), "utf-8")
    path.write_text("customer_id,order_id,order_date,amount,shop\n" + "\n".join(lines[:60]), "utf-8")
    later = segtool.rfm(path, by="shop", model=tmp_path / "m.json")
    assert segtool.compare(first.table, later.table).comparison.moved["gone"] == 60
    with pytest.raises(DataError, match=r"scored by other rules \(by\)"):
        segtool.compare(first.table, segtool.rfm(path).table)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("customer,date,total\nann,2024-01-01,5\n", "has no column customer_id, as each table of segtool rfm has"),
        (f"{HEADER}\n", "has no rows"),
        (f"{HEADER.removesuffix(',segment')}\nann,2024-01-01,2024-01-01,5,1,5\n", "has no column segment"),
        (f"{HEADER}\nann,2024-01-01,2024-01-01,5,1,5,Best of all\n", "no scheme of segtool has the segments"),
        (f"{HEADER}\n,2024-01-01,2024-01-01,5,1,5,Champions\n", "row 1 has no customer_id"),
        (f"{HEADER}\nann,2024-01-01,2024-01-01,x,1,5,Champions\n", 'recency_days "x" is no number'),
        (
            f"{HEADER}\nann,2024-01-01,2024-01-01,5,1,5,Champions\nbo,2024-01-01,2024-01-01,6,1,5,At Risk\n",
            "several as-of",
        ),
    ],
)
def test_what_is_no_labelled_table_is_refused(run: Run, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "before.csv").write_text(text, "utf-8")
    write(tmp_path / "after.csv", SEPTEMBER)
    done = run("compare", "before.csv", "after.csv")
    assert (done.returncode, done.stdout) == (65, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


# The command


def test_the_command_writes_what_it_is_asked_for(run: Run, tmp_path: Path, tables: tuple[Path, Path]) -> None:
    found = segtool.compare(*tables)
    more = ["--matrix", "matrix.csv", "--flows", "flows.jsonl", "--summary-file", "s.json", "--lock", "run.lock"]
    done = run("compare", "june.csv", "september.csv", "-o", "moved.csv", *more, "--json", "--log-file", "log.jsonl")
    assert done.returncode == 0
    assert facts_of(json.loads(done.stdout)) == facts_of(json.loads((tmp_path / "s.json").read_text("utf-8")))
    assert facts_of(json.loads(done.stdout)) == facts(found.comparison)
    with (tmp_path / "matrix.csv").open(encoding="utf-8") as file:
        matrix = list(csv.reader(file))
    assert matrix[0] == ["segment_before", *found.comparison.matrix.columns]
    assert [row[0] for row in matrix[1:]] == list(found.comparison.matrix.rows)
    assert [[int(cell) for cell in row[1:]] for row in matrix[1:]] == [
        list(r) for r in found.comparison.matrix.customers
    ]
    flows = [json.loads(line) for line in (tmp_path / "flows.jsonl").read_text("utf-8").splitlines()]
    assert flows[0] == {
        "segment_before": "Champions", "segment_after": "Champions", "direction": "same", "customers": 1,
        "revenue_before": 300, "revenue_after": 400,
    }  # fmt: skip
    assert len(flows) == 6
    assert (tmp_path / "moved.csv").read_text("utf-8").splitlines()[2] == (
        "ben,At Risk,Potential Loyalists,up,50,80.50,30.50"
    )
    logged = json.loads((tmp_path / "log.jsonl").read_text("utf-8"))
    assert logged["inputs"] == ["june.csv", "september.csv"]
    assert {"moved.csv", "matrix.csv", "flows.jsonl", "s.json"} <= set(logged["outputs"])


def facts_of(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, **{side: {**told[side], "file": ""} for side in ("before", "after")}}


def test_in_a_pipe_the_table_goes_to_stdout_and_the_talk_to_stderr(run: Run, tables: tuple[Path, Path]) -> None:
    done = run("compare", *tables)
    assert next(csv.DictReader(io.StringIO(done.stdout)))["direction"] == "down"
    assert "Who went where" in done.stderr
    quiet = run("compare", *tables, "-q")
    assert (quiet.stdout, quiet.stderr) == (done.stdout, "")
    piped = run("compare", "-", tables[1], "-q", input=tables[0].read_text("utf-8"))
    assert piped.stdout == done.stdout


def test_a_table_carries_the_comparison_in_its_metadata(run: Run, tmp_path: Path, tables: tuple[Path, Path]) -> None:
    assert run("compare", *tables, "-q", "-o", "moved.parquet").returncode == 0
    kept = pq.read_schema(tmp_path / "moved.parquet").metadata[b"segtool_compare"]
    assert facts_of(json.loads(kept)) == facts(segtool.compare(*tables).comparison)


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--matrix", "m.txt"], 2, "m.txt: a table ends in .csv"),
        (["--scheme", "no-such"], 2, "There is no scheme 'no-such'"),
        (["--active-days", "0"], 2, "0 is not in the range x>=1"),
        (["-o", "june.csv"], 2, "june.csv"),
        (["--flows", "june.csv"], 2, "june.csv"),
        (["--matrix", "x.csv", "--flows", "x.csv"], 2, "x.csv is named for two outputs"),
        (["--targets", "Champions"], 2, "is no target"),
        (["--scheme", "./none.toml"], 66, "There is no scheme file ./none.toml"),
        (["--matrix", "no/such/m.csv"], 73, "cannot be created"),
        (["--scheme", "value-loyalty"], 65, "which scheme value-loyalty does not have"),
    ],
)
def test_mistakes_have_their_exit_codes(
    run: Run, tmp_path: Path, tables: tuple[Path, Path], options: list[str], code: int, message: str
) -> None:
    done = run("compare", "june.csv", "september.csv", *options)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["june.csv", "september.csv"]


def test_stdin_is_one_of_the_tables_only() -> None:
    with pytest.raises(UsageError, match="stdin holds one table"):
        segtool.compare("-", "-")


def test_the_targets_of_the_configuration_file_are_looked_at(
    run: Run, tmp_path: Path, tables: tuple[Path, Path]
) -> None:
    (tmp_path / "segtool.toml").write_text('[targets]\nbest = "Champions >= 2"\n', "utf-8")
    found = json.loads(run("compare", *tables, "--json").stdout)
    assert [(each["segment"], each["reached"]) for each in found["targets"]] == [("Champions", False)]


def test_titles_follow_in_another_language(tables: tuple[Path, Path]) -> None:
    found = segtool.compare(*tables, lang="fa", digits="fa")
    assert found.table.column_names[1:5] == [
        "segment_before", "segment_title_before", "segment_after", "segment_title_after",
    ]  # fmt: skip
    assert found.table["segment_title_before"][0].as_py() == "قهرمانان"
    assert found.comparison.flows[0].text.startswith("۱ مشتری از «قهرمانان» به «در معرض ریزش» رفت")
    assert found.table.drop_columns(["segment_title_before", "segment_title_after"]).equals(
        segtool.compare(*tables).table
    )


# The page


@pytest.fixture(scope="module")
def example() -> Compared:
    return compared_example("loyalty-matrix")


def compared_example(scheme: str, lang: Any = "en") -> Compared:
    orders = ROOT / "examples" / "orders.csv"
    before, after = (
        segtool.rfm(orders, as_of=day, since=since, scheme=scheme).table
        for day, since in (("2025-09-30", None), ("2025-12-31", "2025-04-01"))
    )
    targets = ["Champions >= 35"] if scheme == "loyalty-matrix" else []
    return segtool.compare(before, after, targets=targets, lang=lang, digits=lang)


def test_the_example_looks_like_this(example: Compared) -> None:
    golden.check("changes.txt", render_changes(example.comparison))


def test_the_example_looks_like_this_in_persian() -> None:
    found = compared_example("loyalty-matrix", "fa").comparison
    golden.check("changes-fa.txt", render_changes(found, words=words_in("fa", "fa")))


def grown(found: Comparison, factor: int) -> Comparison:
    """Return a comparison with so many times the customers and the revenue."""
    counts = ("before", "entered", "new", "left", "gone", "after", "net", "revenue_before", "revenue_after")
    return replace(
        found,
        matrix=replace(found.matrix, customers=tuple(tuple(n * factor for n in own) for own in found.matrix.customers)),
        segments=tuple(replace(s, **{name: getattr(s, name) * factor for name in counts}) for s in found.segments),
    )


@pytest.mark.parametrize("scheme", ["loyalty-matrix", "value-loyalty", "braze", "r-rfm-0.3.0", "customer-value-matrix"])
@pytest.mark.parametrize(("factor", "lang"), [(1, "en"), (30, "en"), (30_000, "en"), (1, "fa"), (30_000, "fa")])
def test_the_page_fits_80_columns_and_cuts_nothing(scheme: str, factor: int, lang: Any) -> None:
    found = grown(compared_example(scheme, lang).comparison, factor)
    text = render_changes(found, words=words_in(lang))
    shown = [line.translate({ord(mark): None for mark in "\u2067\u2069\u200e\u200c"}) for line in text.splitlines()]
    assert max(map(len, shown)) <= 80
    assert "…" not in text
    total = sum(map(sum, found.matrix.customers))
    assert f"{total:,}" in text
    for each in found.segments:
        assert f"{each.after:,}" in text


def test_a_matrix_of_shares_stands_where_counts_do_not_fit(example: Compared) -> None:
    text = render_changes(grown(example.comparison, 30_000))
    assert "in shares of the row" in " ".join(text.split())
    assert "A Champions" in text
    tiny = replace(example.comparison.matrix, customers=((10**6, 1, *[0] * 9), *[(10**6,) * 11] * 10))
    assert " <1% " in render_changes(replace(grown(example.comparison, 30_000), matrix=tiny))


def test_a_matrix_that_no_page_holds_is_not_drawn(example: Compared) -> None:
    first = example.comparison.segments[0]
    many = tuple(replace(first, name=f"Segment {i}", title=f"Segment {i}") for i in range(60))
    names = tuple(each.name for each in many)
    matrix = replace(
        example.comparison.matrix, rows=(*names, "(new)"), columns=(*names, "(gone)"), customers=((7,) * 61,) * 61
    )
    text = render_changes(replace(example.comparison, segments=many, matrix=matrix))
    assert "60 segments are too many to draw; --matrix FILE writes who went where." in text
    assert max(map(len, text.splitlines())) <= 80


# Real data


def test_online_retail_between_june_and_december(real_data: RealData) -> None:
    orders = real_data("online_retail/online_retail.parquet")
    before, after = (segtool.rfm(orders, as_of=day) for day in ("2011-06-30", "2011-12-09"))
    check_against(before, after)


def test_the_quarters_of_cdnow(real_data: RealData) -> None:
    orders = real_data("cdnow/cdnow_master.csv")
    ends = ("1997-03-31", "1997-06-30", "1997-09-30", "1997-12-31")
    runs = [segtool.rfm(orders, as_of=day) for day in ends]
    for before, after in pairwise(runs):
        check_against(before, after)


def check_against(before: Any, after: Any) -> None:
    """Compare the matrix with the two summaries, and with what pandas finds by an outer join."""
    found = segtool.compare(before.table, after.table).comparison
    matrix = found.matrix
    assert [sum(own) for own in matrix.customers[:-1]] == [each.customers for each in before.summary.segments]
    assert [sum(own) for own in zip(*matrix.customers, strict=True)][:-1] == [
        s.customers for s in after.summary.segments
    ]
    assert [sum(own) for own in matrix.revenue_before[:-1]] == [each.revenue for each in before.summary.segments]
    assert [sum(own) for own in zip(*matrix.revenue_after, strict=True)][:-1] == [
        s.revenue for s in after.summary.segments
    ]
    old, now = (each.customers.set_index("customer_id")["segment"] for each in (before, after))
    both = (
        old.to_frame("before").join(now.to_frame("after"), how="outer").fillna({"before": "(new)", "after": "(gone)"})
    )
    counts = both.value_counts().to_dict()
    assert sum(map(sum, matrix.customers)) == len(both)
    for row_name, row_counts in zip(matrix.rows, matrix.customers, strict=True):
        for name, count in zip(matrix.columns, row_counts, strict=True):
            assert counts.get((row_name, name), 0) == count
