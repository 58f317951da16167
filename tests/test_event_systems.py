"""A small log of each known system, as its documentation writes it, comes out as the cells that it means."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import feather

from segtool.events.cells import Cells
from segtool.events.kinds import KINDS
from segtool.events.log import EventOptions, Log, read_tables
from segtool.events.origins import names
from segtool.events.reading import LogRead, told
from segtool.events.vocabulary import COMMON, SYSTEMS, OwnWords, meanings, vocabulary
from segtool.resources import read_toml
from segtool.tables import open_tables
from segtool.tables.headers import normal
from segtool.tables.source import Layout


def cells_of(log: Log) -> list[Cells]:
    return [cells for piece in log.pieces() for cells in piece()]


def read(events: Any, **options: Any) -> tuple[list[dict[str, Any]], LogRead]:
    """Return the rows that count, each with what it tells, and what became of all."""
    log = read_tables(open_tables(events if isinstance(events, list) else [events], Layout()), EventOptions(**options))
    batches = cells_of(log)
    rows = [row for cells in batches for row in rows_of(cells)]
    return rows, told(log, [cells.notes for cells in batches])


def rows_of(cells: Cells) -> list[dict[str, Any]]:
    texts = {role: getattr(cells, role) for role in ("user", "anonymous", "session", "product", "category", "brand")}
    texts["order_id"] = cells.order_id
    columns: dict[str, Sequence[Any]] = {
        role: [None] * len(cells) if column is None else column.to_pylist() for role, column in texts.items()
    }
    columns["moment"] = [str(np.datetime64(int(at), "us"))[:19] for at in cells.moment]
    columns["kind"] = ["unknown" if code < 0 else KINDS[code] for code in cells.kind]
    columns["first"] = cells.first.tolist()
    columns["value"] = [
        units / 10_000 if priced else None for units, priced in zip(cells.units.tolist(), cells.priced, strict=True)
    ]
    for role in ("source", "device", "platform", "app"):
        columns[role] = [None if code < 0 else names(role)[code] for code in getattr(cells, role)]
    columns["member"] = cells.member.tolist()
    columns["rating"] = [
        units / 10_000 if rated else None for units, rated in zip(cells.rating.tolist(), cells.rated, strict=True)
    ]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def some(rows: Sequence[Mapping[str, Any]], *roles: str) -> list[tuple[Any, ...]]:
    return [tuple(row[role] for role in roles) for row in rows]


def json_lines(tmp_path: Path, *events: Mapping[str, Any]) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


MICROS = 1_704_103_200_000_000
"""2024-01-01 10:00:00 UTC, as the export of Google Analytics has it."""


def ga4_event(name: str, seconds: int, **more: Any) -> dict[str, Any]:
    session = {"key": "ga_session_id", "value": {"int_value": 77}}
    params = [session, *more.pop("params", [])]
    return {
        "event_date": "20240101",
        "event_timestamp": MICROS + seconds * 1_000_000,
        "event_name": name,
        "event_params": params,
        "user_id": more.pop("user_id", None),
        "user_pseudo_id": "1234.5678",
        "device": {"category": "mobile", "operating_system": "Android"},
        "platform": "WEB",
        "traffic_source": {"source": "google", "medium": "cpc", "name": "spring"},
        "ecommerce": {"transaction_id": None, "purchase_revenue": None} | more.pop("ecommerce", {}),
        "items": more.pop("items", []),
    }


def text(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"string_value": value}}


GA4 = [
    ga4_event("session_start", 0, params=[text("page_location", "https://shop.example/?gclid=abc")]),
    ga4_event("view_item", 5, items=[{"item_id": "A", "item_category": "shoes", "item_brand": "Acme", "price": 20.5}]),
    ga4_event(
        "add_to_cart", 9, items=[{"item_id": "A", "item_category": "shoes", "price": 20.5, "quantity": 2}],
        params=[{"key": "value", "value": {"double_value": 41.0}}],
    ),
    ga4_event(
        "purchase",
        60,
        user_id="ann",
        ecommerce={"transaction_id": "T1", "purchase_revenue": 45.5},
        items=[
            {"item_id": "A", "item_category": "shoes", "item_brand": "Acme", "price": 20.5, "quantity": 2},
            {"item_id": "B", "item_category": "bags", "item_brand": None, "price": 3.0, "quantity": 1},
        ],
        params=[text("currency", "EUR")],
    ),
    ga4_event("scroll", 61),
]  # fmt: skip

GA4_ROWS = [
    ("visit", "1234.5678", None, "77", None, None, None, None, True),
    ("view", "1234.5678", None, "77", "A", "shoes", "Acme", 20.5, True),
    ("add", "1234.5678", None, "77", "A", "shoes", None, 41.0, True),
    ("purchase", "1234.5678", "ann", "77", "A", "shoes", "Acme", 45.5, True),
    ("purchase", "1234.5678", "ann", "77", "B", "bags", None, 0.0, False),
    ("other", "1234.5678", None, "77", None, None, None, None, True),
]


def ga4_table() -> pa.Table:
    value = pa.struct([("string_value", pa.string()), ("int_value", pa.int64()), ("double_value", pa.float64())])
    item = pa.struct([
        ("item_id", pa.string()), ("item_category", pa.string()), ("item_brand", pa.string()), ("price", pa.float64()),
        ("quantity", pa.int64()),
    ])  # fmt: skip
    schema = pa.schema(
        [
            ("event_date", pa.string()),
            ("event_timestamp", pa.int64()),
            ("event_name", pa.string()),
            ("event_params", pa.list_(pa.struct([("key", pa.string()), ("value", value)]))),
            ("user_id", pa.string()),
            ("user_pseudo_id", pa.string()),
            ("device", pa.struct([("category", pa.string()), ("operating_system", pa.string())])),
            ("platform", pa.string()),
            ("traffic_source", pa.struct([("source", pa.string()), ("medium", pa.string()), ("name", pa.string())])),
            ("ecommerce", pa.struct([("transaction_id", pa.string()), ("purchase_revenue", pa.float64())])),
            ("items", pa.list_(item)),
        ]
    )
    return pa.Table.from_pylist(GA4, schema)


@pytest.mark.parametrize("form", ["json lines", "parquet", "feather", "table", "frame", "chunks"])
def test_an_export_of_google_analytics_has_a_row_a_product(tmp_path: Path, form: str) -> None:
    events: Any = json_lines(tmp_path, *GA4)
    if form != "json lines":
        events = ga4_table()
    if form == "parquet":
        pq.write_table(events, tmp_path / "events.parquet")
        events = tmp_path / "events.parquet"
    if form == "feather":
        feather.write_feather(events, tmp_path / "events.feather")
        events = tmp_path / "events.feather"
    if form == "frame":
        events = events.to_pandas()
    if form == "chunks":
        events = pa.concat_tables([events[:2], events[2:3], events[3:]])
    rows, found = read(events)
    assert (
        some(rows, "kind", "anonymous", "user", "session", "product", "category", "brand", "value", "first") == GA4_ROWS
    )
    assert {row["moment"][:11] for row in rows} == {"2024-01-01T"}
    assert some(rows[:1], "source", "device", "platform", "app", "moment") == [
        ("paid", "mobile", "android", "web", "2024-01-01T10:00:00")
    ]
    assert some(rows[3:5], "order_id") == [("T1",), ("T1",)]
    assert (found.log.vocabularies, found.read, found.used) == (("Google Analytics 4",), 5, 5)
    assert "value" in found.tells
    assert "rating" not in found.tells
    assert found.currencies == ("eur",)


def test_what_google_analytics_does_not_know_is_no_label(tmp_path: Path) -> None:
    """Two orders without an id are two, not one of the id "(not set)"."""
    item = {"item_id": "A", "item_category": "(not set)", "item_brand": "(not set)", "price": 8.0, "quantity": 1}
    events = [ga4_event("purchase", at, ecommerce={"transaction_id": "(not set)"}, items=[item]) for at in (5, 50)]
    rows, _ = read(json_lines(tmp_path, *events))
    assert some(rows, "order_id", "product", "category", "brand") == [(None, "A", None, None)] * 2


def test_the_source_of_the_first_visit_ever_is_not_that_of_every_visit(tmp_path: Path) -> None:
    params = [text("page_referrer", "https://www.facebook.com/")]
    rows, _ = read(json_lines(tmp_path, ga4_event("page_view", 1, params=params)))
    assert some(rows, "source") == [("social",)]
    flat = {"event_name": "page_view", "event_timestamp": 1_704_103_200_000_000, "user_pseudo_id": "x"}
    rows, _ = read(json_lines(tmp_path, {**flat, "traffic_source": {"source": "google"}}))
    assert some(rows, "source") == [("search",)]  # nothing else tells one


def test_the_calls_of_segment_are_events_of_their_names(tmp_path: Path) -> None:
    common = {"anonymousId": "a1", "context": {"campaign": {"source": "newsletter", "medium": "email"}}}
    events = json_lines(
        tmp_path,
        {**common, "type": "page", "timestamp": "2024-02-01T08:00:00.000Z", "properties": {"url": "https://s.example/"}},
        {
            **common, "type": "track", "event": "Product Viewed", "timestamp": "2024-02-01T08:00:10.500Z",
            "properties": {"product_id": "P1", "category": "Games", "brand": "Hasbro", "price": 18.99},
        },
        {
            **common, "type": "track", "event": "Product Added", "timestamp": "2024-02-01T08:01:00Z",
            "properties": {"product_id": "P1", "price": 18.99, "quantity": 2},
        },
        {"anonymousId": "a1", "userId": "u1", "type": "identify", "timestamp": "2024-02-01T08:02:00Z"},
        {
            "userId": "u1", "type": "track", "event": "Order Completed", "originalTimestamp": "2024-02-01T08:03:00Z",
            "properties": {
                "order_id": "O1", "total": 42.98, "revenue": 37.98, "currency": "USD",
                "products": [{"product_id": "P1", "price": 18.99, "quantity": 2}, {"sku": "G-2", "price": 0}],
            },
        },
        {"userId": "u1", "type": "track", "event": "Product Reviewed", "timestamp": "2024-02-03T08:03:00Z",
         "properties": {"product_id": "P1", "rating": "4.5"}},
    )  # fmt: skip
    rows, found = read(events)
    assert some(rows, "kind", "user", "anonymous", "product", "value", "first") == [
        ("visit", None, "a1", None, None, True),
        ("view", None, "a1", "P1", 18.99, True),
        ("add", None, "a1", "P1", 37.98, True),
        ("other", "u1", "a1", None, None, True),
        ("purchase", "u1", None, "P1", 0.0, True),
        ("purchase", "u1", None, "G-2", 42.98, False),
        ("rating", "u1", None, "P1", None, True),
    ]
    assert some(rows, "source", "moment")[1] == ("email", "2024-02-01T08:00:10")
    assert rows[4]["moment"] == "2024-02-01T08:03:00"
    assert [row["rating"] for row in rows][-1] == 4.5
    assert [(each.name, each.told_by) for each in found.names if each.kind == "purchase"] == [
        ("Order Completed", "segment")
    ]


def test_a_visit_of_matomo_has_a_row_an_action_and_a_product(tmp_path: Path) -> None:
    visit = {
        "idVisit": 7, "visitorId": "beef", "userId": None, "deviceType": "Smartphone", "operatingSystemName": "iOS",
        "referrerType": "search", "referrerName": "Google", "serverTimestamp": 1_706_000_000,
        "actionDetails": [
            {"type": "action", "url": "https://s.example/", "timestamp": 1_706_000_000},
            {"type": "action", "url": "https://s.example/mug", "timestamp": 1_706_000_010, "productViewSku": "MUG",
             "productViewCategories": "Kitchen", "productViewPrice": 8},
            {"type": "search", "siteSearchKeyword": "tea", "timestamp": 1_706_000_020},
            {"type": "ecommerceOrder", "orderId": "M1", "revenue": 25.5, "timestamp": 1_706_000_100, "itemDetails": [
                {"itemSKU": "MUG", "itemCategory": "Kitchen", "price": 8, "quantity": 2},
                {"itemSKU": "TEA", "itemCategory": "Pantry", "price": 9.5, "quantity": 1},
            ]},
        ],
    }  # fmt: skip
    left = {
        **visit, "idVisit": 8, "userId": "zoe", "referrerType": "website", "referrerName": "blog",
        "actionDetails": [
            {"type": "ecommerceAbandonedCart", "revenue": 16, "timestamp": 1_706_100_000, "itemDetails": [
                {"itemSKU": "MUG", "itemCategory": "Kitchen", "price": 8, "quantity": 2},
            ]},
        ],
    }  # fmt: skip
    rows, found = read(json_lines(tmp_path, visit, left, {**left, "idVisit": 9, "actionDetails": []}))
    assert some(rows, "kind", "session", "product", "category", "value", "first", "order_id") == [
        ("visit", "7", None, None, None, True, None),
        ("view", "7", "MUG", "Kitchen", 8.0, True, None),
        ("search", "7", None, None, None, True, None),
        ("purchase", "7", "MUG", "Kitchen", 25.5, True, "M1"),
        ("purchase", "7", "TEA", "Pantry", 0.0, False, "M1"),
        ("add", "8", "MUG", "Kitchen", 16.0, True, None),
    ]
    assert some(rows, "source", "device", "platform", "user") == [("search", "mobile", "ios", None)] * 5 + [
        ("referral", "mobile", "ios", "zoe")
    ]
    assert rows[3]["moment"] == "2024-01-23T08:55:00"
    assert (found.read, found.used) == (5, 5)


def test_a_product_of_matomo_is_of_its_first_category(tmp_path: Path) -> None:
    look = {"type": "action", "timestamp": 1_706_000_000, "productViewSku": "MUG",
            "productViewCategories": ["Kitchen", "Gifts"]}  # fmt: skip
    rows, _ = read(json_lines(tmp_path, {"idVisit": 7, "visitorId": "beef", "actionDetails": [look]}))
    assert some(rows, "kind", "product", "category") == [("view", "MUG", "Kitchen")]


@pytest.mark.parametrize(
    ("told", "source"),
    [
        ({"referrerName": "spring sale"}, "campaign"),
        ({"referrerName": "newsletter"}, "email"),
        ({"referrerName": "spring", "campaignSource": "google", "campaignMedium": "cpc"}, "paid"),
    ],
)
def test_a_campaign_of_matomo_is_a_source(tmp_path: Path, told: dict[str, str], source: str) -> None:
    look = {"type": "action", "timestamp": 1_706_000_000, "url": "https://s.example/"}
    visit = {"idVisit": 7, "visitorId": "beef", "referrerType": "campaign", **told, "actionDetails": [look]}
    rows, _ = read(json_lines(tmp_path, visit))
    assert some(rows, "source") == [(source,)]


def test_the_events_of_snowplow_are_those_of_its_tables(tmp_path: Path) -> None:
    path = tmp_path / "atomic.tsv"
    path.write_text(
        "event_id\tevent_name\tcollector_tstamp\tderived_tstamp\tuser_id\tdomain_userid\tdomain_sessionid\tpage_url"
        "\tpage_referrer\trefr_medium\tmkt_medium\tmkt_source\tdvce_type\tos_family\tplatform\ttr_orderid\ttr_total"
        "\tti_orderid\tti_sku\tti_category\tti_price\tti_quantity\n"
        "1\tpage_view\t2024-03-01 10:00:00.100\t2024-03-01 09:59:59.900\t\td1\ts1\thttps://s.example/a"
        "\thttps://s.example/\tinternal\t\t\tMobile\tAndroid\tweb\t\t\t\t\t\t\t\n"
        "2\tadd_to_cart\t2024-03-01 10:01:00.000\t\t\td1\ts1\thttps://s.example/a"
        "\thttps://t.co/x\tsocial\t\t\tMobile\tAndroid\tweb\t\t\t\t\t\t\t\n"
        "3\ttransaction\t2024-03-01 10:02:00.000\t\tann\td1\ts1\thttps://s.example/b"
        "\t\t\tcpc\tgoogle\tMobile\tAndroid\tmob\tT9\t12.5\t\t\t\t\t\n"
        "4\ttransaction_item\t2024-03-01 10:02:00.000\t\tann\td1\ts1\thttps://s.example/b"
        "\t\t\t\t\tMobile\tAndroid\tmob\t\t\tT9\tMUG\tKitchen\t6.25\t2\n"
    )
    rows, found = read(path)
    assert some(rows, "kind", "user", "anonymous", "session", "source", "app") == [
        ("visit", None, "d1", "s1", None, "web"),
        ("add", None, "d1", "s1", "social", "web"),
        ("purchase", "ann", "d1", "s1", "paid", "app"),
        ("purchase", "ann", "d1", "s1", None, "app"),
    ]
    assert some(rows, "order_id", "product", "category", "value")[2:] == [
        ("T9", None, None, 12.5), ("T9", "MUG", "Kitchen", None)
    ]  # fmt: skip
    assert [row["moment"] for row in rows[:2]] == ["2024-03-01T09:59:59", "2024-03-01T10:01:00"]
    assert found.log.vocabularies == ("Snowplow",)


ECOMMERCE = "contexts_com_snowplowanalytics_snowplow_ecommerce"


@pytest.mark.parametrize("form", ["json lines", "csv", "parquet"])
def test_the_actions_of_snowplow_have_their_entities(tmp_path: Path, form: str) -> None:
    action = "unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1"
    products = [
        {"id": "TEA", "category": "Pantry", "price": 9.5, "quantity": 1},
        {"id": "MUG", "category": "Kitchen", "price": 8.25, "quantity": 2},
    ]
    order = {"transaction_id": "T1", "revenue": 29.75, "currency": "EUR"}

    def event(number: int, kind: str, products: Any, orders: Any) -> dict[str, Any]:
        return {
            "event_id": str(number), "event_name": "snowplow_ecommerce_action", "domain_userid": "d1",
            "collector_tstamp": f"2024-03-01 10:00:0{number}", action: {"type": kind},
            f"{ECOMMERCE}_product_1": products, f"{ECOMMERCE}_transaction_1": orders,
        }  # fmt: skip

    events = [
        event(1, "product_view", products[:1], None),
        event(2, "add_to_cart", products[1:], None),
        event(3, "transaction", products, [order]),
    ]
    path = tmp_path / f"atomic.{form}"
    if form == "json lines":
        path = json_lines(tmp_path, *events)
    elif form == "parquet":
        pq.write_table(pa.Table.from_pylist(events), path)
    else:
        rows = [[each if isinstance(each, str) else json.dumps(each) for each in own.values()] for own in events]
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([list(events[0]), *rows])
    rows, found = read(path)
    assert some(rows, "kind", "product", "category", "value", "order_id", "first") == [
        ("view", "TEA", "Pantry", 9.5, None, True),
        ("add", "MUG", "Kitchen", 16.5, None, True),
        ("purchase", "TEA", "Pantry", 0.0, "T1", True),
        ("purchase", "MUG", "Kitchen", 29.75, "T1", False),
    ]
    assert found.used == 3
    assert found.currencies == ("eur",)


def wrapped(cells: pa.Array) -> pa.Array:
    """Return a column of lists as BigQuery writes it to Parquet."""
    cells = cells.combine_chunks()
    entries = pa.StructArray.from_arrays([cells.values], ["element"])
    return pa.StructArray.from_arrays([pa.ListArray.from_arrays(cells.offsets, entries)], ["list"])


def test_the_lists_of_bigquery_are_read_as_it_writes_them(tmp_path: Path) -> None:
    table = ga4_table()
    for name in ("event_params", "items"):
        table = table.set_column(table.column_names.index(name), name, wrapped(table[name]))
    pq.write_table(table, tmp_path / "events.parquet")
    rows, _ = read(tmp_path / "events.parquet")
    assert (
        some(rows, "kind", "anonymous", "user", "session", "product", "category", "brand", "value", "first") == GA4_ROWS
    )


def test_the_events_of_shopify_are_those_of_its_pixels(tmp_path: Path) -> None:
    def event(name: str, second: int, **data: Any) -> dict[str, Any]:
        place = {"document": {"location": {"href": "https://s.example/?utm_source=instagram"}, "referrer": ""}}
        return {
            "id": str(second), "clientId": "c1", "name": name, "type": "standard", "context": place, "data": data,
            "timestamp": f"2024-04-01T12:00:{second:02}.000Z",
        }  # fmt: skip

    price = {"amount": 10.0, "currencyCode": "EUR"}
    variant = {"price": price, "product": {"id": "77", "type": "Mugs", "vendor": "Acme"}}
    rows, _ = read(
        json_lines(
            tmp_path,
            event("page_viewed", 0),
            event("product_viewed", 1, productVariant=variant),
            event("product_added_to_cart", 2, cartLine={"merchandise": variant, "quantity": 3}),
            event(
                "checkout_completed", 9,
                checkout={
                    "order": {"id": "S1", "customer": {"id": "900"}}, "totalPrice": {"amount": 34.9},
                    "currencyCode": "EUR", "lineItems": [{"quantity": 3, "variant": variant}],
                },
            ),
        )
    )  # fmt: skip
    assert some(rows, "kind", "user", "anonymous", "product", "category", "brand", "value", "source") == [
        ("visit", None, "c1", None, None, None, None, "social"),
        ("view", None, "c1", "77", "Mugs", "Acme", 10.0, "social"),
        ("add", None, "c1", "77", "Mugs", "Acme", 30.0, "social"),
        ("purchase", "900", "c1", "77", "Mugs", "Acme", 34.9, "social"),
    ]


@pytest.mark.parametrize("system", [*SYSTEMS, COMMON])
def test_every_name_of_a_vocabulary_means_its_kind_there(system: str) -> None:
    known = meanings(OwnWords(), vocabulary(system))
    stated = read_toml(f"events/vocabularies/{system}.toml")["kinds"]
    assert stated.keys() <= set(KINDS)
    for kind, events in stated.items():
        assert {known.kind(name) for name in events} == {(kind, system)}


def test_no_name_means_two_kinds() -> None:
    kinds: dict[str, set[str]] = {}
    for system in (*SYSTEMS, COMMON):
        for kind, events in read_toml(f"events/vocabularies/{system}.toml")["kinds"].items():
            for name in events:
                kinds.setdefault(normal(name), set()).add(kind)
    assert {name for name, own in kinds.items() if len(own) > 1} == set()


def value(amount: float) -> dict[str, Any]:
    return {"key": "value", "value": {"double_value": amount}}


TWO = [{"item_id": "A", "price": 5.0, "quantity": 2}, {"item_id": "B", "price": 1.5}]
BARE = [{"item_id": "A"}, {"item_id": "B"}]


@pytest.mark.parametrize(
    ("event", "values"),
    [
        (ga4_event("purchase", 0, items=TWO), [10.0, 1.5]),
        (ga4_event("purchase", 0, items=TWO, params=[value(9.0)]), [9.0, 0.0]),
        (ga4_event("purchase", 0, items=BARE, params=[value(9.0)]), [9.0, 0.0]),
        (ga4_event("purchase", 0, items=BARE), [None, None]),
        (ga4_event("purchase", 0, params=[value(9.0)]), [9.0]),
        (ga4_event("refund", 0, items=TWO, ecommerce={"refund_value": 4.0}), [4.0, 0.0]),
        (ga4_event("add_to_cart", 0, items=TWO, params=[value(9.0)]), [10.0, 1.5]),
        (ga4_event("add_to_cart", 0, items=BARE, params=[value(9.0)]), [9.0, 0.0]),
        (ga4_event("add_to_cart", 0, items=[TWO[0], BARE[1]], params=[value(9.0)]), [10.0, None]),
    ],
)
def test_the_rows_of_an_event_come_to_what_it_is_worth(
    tmp_path: Path, event: dict[str, Any], values: list[float | None]
) -> None:
    rows, _ = read(json_lines(tmp_path, event))
    assert [row["value"] for row in rows] == values


def test_an_order_that_is_told_again_in_another_order_is_worth_as_much(tmp_path: Path) -> None:
    totals = {"items": TWO, "ecommerce": {"transaction_id": "T1", "purchase_revenue": 9.0}}
    again = {**totals, "items": TWO[::-1]}
    rows, _ = read(json_lines(tmp_path, ga4_event("purchase", 0, **totals), ga4_event("purchase", 9, **again)))
    assert some(rows, "product", "value", "first") == [
        ("A", 9.0, True),
        ("B", 0.0, False),
        ("B", 0.0, True),
        ("A", 9.0, False),
    ]


ITEM = st.fixed_dictionaries(
    {},
    optional={
        "item_id": st.sampled_from(["A", "B", None]),
        "price": st.sampled_from([1.0, 2.5, 1.125, None]),
        "quantity": st.sampled_from([1, 3, None]),
    },
)
EVENT = st.builds(
    lambda name, seconds, items, params, revenue: ga4_event(
        name, seconds, items=items, params=params, ecommerce={"purchase_revenue": revenue}
    ),
    st.sampled_from(["page_view", "add_to_cart", "purchase", "odd"]),
    st.integers(0, 9),
    st.lists(ITEM, max_size=3),
    st.lists(st.sampled_from([value(7.25), text("page_referrer", "https://t.co/"), text("x", "y")]), max_size=2),
    st.sampled_from([None, 8.125]),
)


@settings(max_examples=40)
@given(events=st.lists(EVENT, min_size=1, max_size=8))
def test_stored_lists_and_written_ones_are_the_same(tmp_path: Path, events: list[dict[str, Any]]) -> None:
    written, told_of_written = read(json_lines(tmp_path, *events))
    table = pa.Table.from_pylist(events, ga4_table().schema)
    pq.write_table(table, tmp_path / "events.parquet", row_group_size=3)
    stored, told_of_stored = read(tmp_path / "events.parquet")
    assert stored == written
    assert (told_of_stored.read, told_of_stored.names) == (told_of_written.read, told_of_written.names)
    assert told_of_stored.tells == told_of_written.tells
    assert sum(row["first"] for row in written) == len(events) == told_of_written.used
