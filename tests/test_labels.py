"""What people buy most: brands, categories and channels, by person and for the shop."""

from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.errors import DataError, UsageError
from segtool.orders.roles import TALLIED
from segtool.reading import OrderOptions, OrdersRead, read_orders
from segtool.seasons.labels import label_columns, sales_of
from segtool.summary.seasons import LabelSummary

HEADERS = ["customer_id", "order_date", "amount", "category", "brand", "sales channel"]

LINES: list[tuple[Any, ...]] = [
    ("ann", "2024-01-01", 10, "Tea", "Ahmad", "online"),
    ("ann", "2024-01-02", 1, "tea", "Ahmad", "online"),
    ("ann", "2024-01-03", 30, "Coffee", "Lavazza", "Store"),
    ("ben", "2024-01-01", 5, "Coffee", "Ahmad", "store"),
    ("ben", "2024-01-02", 6, "Tea", "Ahmad", "store"),
    ("cid", "2024-01-01", 7, "B", "", "online"),
    ("cid", "2024-01-02", 7, "A", "", "store"),
    ("dee", "2024-01-01", 3, "", "", ""),
    ("dee", "2024-01-02", -1, "Tea", "", ""),
]


def read(lines: list[tuple[Any, ...]]) -> OrdersRead:
    table = pa.table(dict(zip(HEADERS, map(list, zip(*lines, strict=True)), strict=True)))
    return read_orders(table, OrderOptions(), threads=1, list_rows=False, watch=None, tallied=TALLIED)


def columns(lines: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    found = read(lines).found
    table = label_columns(found.tallies, len(found.customers))
    return {header: column.to_pylist() for header, column in table.items()}


def sales(lines: list[tuple[Any, ...]]) -> LabelSummary:
    read_ = read(lines)
    return sales_of("category", read_.headers["category"], read_.found.tallies["category"], len(read_.found.customers))


def test_the_main_label_has_most_lines_then_most_money_then_the_least_bytes() -> None:
    found = columns(LINES)
    assert found["bought_category"] == ["Tea", "Tea", "A", None]
    assert found["bought_category_share"] == [0.6667, 0.5, 0.5, None]
    assert found["categories_bought"] == [2, 2, 2, None]
    assert found["top_brand"] == ["Ahmad", "Ahmad", None, None]
    assert found["top_brand_share"] == [0.6667, 1.0, None, None]
    assert found["brands_bought"] == [2, 1, None, None]
    assert found["sales_channel"] == ["online; Store", "Store", "Store; online", None]
    assert found["sales_channel_share"] == [0.6667, 1.0, 0.5, None]


def test_the_shop_by_category() -> None:
    found = sales(LINES)
    assert (found.header, found.people, found.people_of_one, found.lines) == ("category", 3, 0, 7)
    assert [(each.label, each.people, each.main, each.only_it, each.lines, each.revenue) for each in found.labels] == [
        ("Coffee", 2, 0, 0, 2, 35), ("Tea", 2, 2, 0, 3, 16), ("A", 1, 1, 0, 1, 7), ("B", 1, 0, 0, 1, 7),
    ]  # fmt: skip
    assert (found.unlabelled, found.unlabelled_revenue, found.revenue) == (1, 3, 65)
    assert found.labels[0].revenue_share == pytest.approx(35 / 65)
    assert found.to_dict()["labels"][0]["label"] == "Coffee"


def test_the_columns_are_what_schemes_over_columns_look_for() -> None:
    table = pa.table({"customer_id": ["ann", "ben", "cid", "dee"], **columns(LINES)})
    labelled = segtool.segment(table, ["brand-loyalty", "sales-channel"]).table
    assert labelled["segment_brand-loyalty"].to_pylist() == ["repertoire", "loyal", "unknown", "unknown"]
    assert labelled["segment_sales-channel"].to_pylist() == ["both", "in-person", "both", "unknown"]


LINE = st.tuples(
    st.sampled_from("abc"),
    st.sampled_from(["2024-01-01", "2024-01-02"]),
    st.integers(-20, 50),
    st.sampled_from(["x", "y", "Y ", "z", ""]),
    st.just("b"),
    st.just("c"),
)


@given(st.lists(LINE, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_shares_add_up_and_the_order_of_lines_changes_nothing(lines: list[tuple[Any, ...]], order: Any) -> None:
    lines.append(("z", "2024-01-01", 1, "x", "b", "c"))
    buyers = {line[0] for line in lines if line[2] >= 0}
    found = sales(lines)
    own = [line for line in lines if line[0] in buyers]
    bought = Counter(line[0] for line in own if line[2] >= 0 and line[3])
    assert found.lines == sum(bought.values())
    assert found.people == len(bought)
    assert sum(each.share or 0 for each in found.labels) == pytest.approx(1)
    assert sum(each.main for each in found.labels) == found.people
    assert sum(each.only_it for each in found.labels) == found.people_of_one
    assert found.revenue + found.unlabelled_revenue == sum(line[2] for line in own)
    assert sales(order.sample(lines, len(lines))) == found
    assert columns(order.sample(lines, len(lines))) == columns(lines)


SHOPIFY = {
    "Name": ["#1", "#1"], "Email": ["a@b.example"] * 2, "Financial Status": ["paid", None],
    "Fulfillment Status": ["fulfilled", None], "Created at": ["2024-01-02 10:00:00 +0000"] * 2, "Total": [30, None],
    "Lineitem quantity": [1, 2], "Lineitem price": [10, 10], "Vendor": ["Ahmad", "Lavazza"],
}  # fmt: skip


def test_an_order_whose_first_line_has_the_whole_amount_gives_no_brand_its_money() -> None:
    assert segtool.behavior(pa.table(SHOPIFY)).summary.labels == ()
    with pytest.raises(UsageError, match=r"--brand tells of one line of an order only.*say --unit-price"):
        segtool.behavior(pa.table(SHOPIFY), brand="Vendor")
    lines = segtool.behavior(pa.table(SHOPIFY), unit_price="Lineitem price", quantity="Lineitem quantity").summary
    assert [(each.label, each.revenue) for each in lines.labels[0].labels] == [("Lavazza", 20), ("Ahmad", 10)]


def test_a_column_that_nobody_named_is_taken_only_where_it_can_hold_labels_of_a_sale() -> None:
    orders = {"customer_id": ["a"], "order_date": ["2024-01-01"], "amount": [1]}
    assert segtool.behavior(pa.table({**orders, "category": [["x", "y"]]})).summary.labels == ()
    assert segtool.behavior(pa.table({**orders, "marketing_channel": ["google ads"]})).summary.labels == ()
    with pytest.raises(DataError, match="column 'category' holds list"):
        segtool.behavior(pa.table({**orders, "category": [["x", "y"]]}), category="category")


def test_arabic_and_persian_letters_spell_one_label() -> None:
    lines = [
        ("a", "2024-01-01", 1, "كاله", "b", "c"),
        ("a", "2024-01-02", 1, "کاله ", "b", "c"),
        ("a", "2024-01-03", 1, "KALE", "b", "c"),
    ]
    assert columns(lines)["categories_bought"] == [2]
