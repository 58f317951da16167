"""Event logs are read by their headers, every event counts or is set aside for a reason, and origins are judged."""

import json
import random
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from segtool.errors import (
    ConfigError,
    DataError,
    MissingInputError,
    MissingRoleError,
    SegtoolError,
    UsageError,
)
from segtool.events.cautions import of_log
from segtool.events.kinds import KINDS
from segtool.events.log import EventOptions, Log, read_tables, tells
from segtool.events.notes import Notes
from segtool.events.origins import Origins, is_same_site, medium_of, names
from segtool.events.reading import LogRead, settled, told
from segtool.events.roles import is_event_log
from segtool.events.vocabulary import OwnWords, meanings, own_words
from segtool.reading import OrderOptions
from segtool.summary.behavior import EventName
from segtool.tables import open_tables
from segtool.tables.source import Layout
from segtool.words import words_in

SMALL = """\
user_id,anonymous_id,session_id,event,timestamp,product_id,category,quantity,price,order_id
,a1,s1,page_view,2024-01-01 10:00:00,,,,,
,a1,s1,view_item,2024-01-01 10:00:05,MUG,Kitchen,,8.00,
,a1,s1,add_to_cart,2024-01-01 10:01:00,MUG,Kitchen,2,8.00,
ann,a1,s1,login,2024-01-01 10:02:00,,,,,
ann,a1,s1,purchase,2024-01-01 10:03:00,MUG,Kitchen,2,8.00,W1
ann,a1,s1,purchase,2024-01-01 10:03:00,TEA,Pantry,1,2.50,W1
ann,a1,s1,gift_wrapped,2024-01-01 10:04:00,,,,,
"""


def write(tmp_path: Path, text: str, name: str = "events.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def read_events(events: Any, options: EventOptions, *, list_rows: bool = False) -> Log:
    """Return event logs that are opened as a command does it."""
    sources = open_tables(events if isinstance(events, list) else [events], options.orders.layout)
    return read_tables(sources, options, list_rows=list_rows)


def kinds_of(names: Iterable[EventName]) -> dict[str, int]:
    """Return how many events there are of each kind, unknown ones last."""
    counts = Counter[str]()
    for each in names:
        counts[each.kind or "unknown"] += each.events
    return {kind: counts[kind] for kind in (*KINDS, "unknown") if kind in counts}


def read(events: Any, orders: OrderOptions | None = None, *, list_rows: bool = False, **options: Any) -> LogRead:
    """Return what became of the events."""
    log = read_events(events, EventOptions(orders or OrderOptions(), **options), list_rows=list_rows)
    return told(log, notes_of(log))


def notes_of(log: Any) -> list[Notes]:
    return [cells.notes for piece in log.pieces() for cells in piece()]


def one(events: Any, orders: OrderOptions | None = None, **options: Any) -> Any:
    """Return the cells of a small log."""
    log = read_events(events, EventOptions(orders or OrderOptions(), **options))
    [cells] = [cells for piece in log.pieces() for cells in piece()]
    return cells


def test_a_flat_log_has_a_row_an_event(tmp_path: Path) -> None:
    cells = one(write(tmp_path, SMALL))
    assert [KINDS[code] if code >= 0 else "unknown" for code in cells.kind] == [
        "visit", "view", "add", "login", "purchase", "purchase", "unknown"
    ]  # fmt: skip
    assert cells.user.to_pylist() == [None, None, None, "ann", "ann", "ann", "ann"]
    assert cells.anonymous.to_pylist() == ["a1"] * 7
    assert cells.product.to_pylist() == [None, "MUG", "MUG", None, "MUG", "TEA", None]
    assert cells.units.tolist() == [0, 80_000, 160_000, 0, 160_000, 25_000, 0]
    assert cells.priced.tolist() == [False, True, True, False, True, True, False]
    assert cells.first.all()
    assert cells.brand is None
    assert np.datetime64(int(cells.moment[1]), "us") == np.datetime64("2024-01-01T10:00:05")
    assert cells.source.tolist() == cells.device.tolist() == cells.member.tolist() == [-1] * 7


def test_what_a_log_holds_is_told(tmp_path: Path) -> None:
    found = read(write(tmp_path, SMALL))
    assert (found.read, found.used, dict(found.set_aside)) == (7, 7, {})
    assert [(each.name, each.kind, each.events, each.told_by) for each in found.names[:2]] == [
        ("purchase", "purchase", 2, "common"),
        ("add_to_cart", "add", 1, "common"),
    ]
    assert [each.name for each in found.unknown] == ["gift_wrapped"]
    assert kinds_of(found.names) == {
        "visit": 1, "view": 1, "add": 1, "purchase": 2, "login": 1, "unknown": 1
    }  # fmt: skip
    assert found.spans[0].first == found.spans[0].last == date(2024, 1, 1)
    assert found.as_of == (date(2024, 1, 1), "data")
    assert found.tells == {
        "user", "anonymous", "session", "event", "moment", "product", "category", "order_id", "unit_price", "value"
    }  # fmt: skip
    assert found.log.headers["moment"] == "timestamp"
    assert found.log.tells - found.tells == {"quantity"}


def test_columns_are_recognised_in_persian_and_german(tmp_path: Path) -> None:
    persian = write(tmp_path, "شناسه کاربر,رویداد,تاریخ و زمان,مبلغ\nع1,خرید,1403/05/08 10:00,12000\n", "fa.csv")
    german = write(
        tmp_path, "Besucher-ID;Ereignis;Zeitstempel;Preis\n7;In den Warenkorb;2024-01-02 10:00;8,50\n", "de.csv"
    )
    found = read(persian)
    assert [each.kind for each in found.names] == ["purchase"]
    assert found.as_of[0] == date(2024, 7, 29)
    assert one(german).units.tolist() == [85_000]


@pytest.mark.parametrize("time", ["Zeitpunkt", "Datum/Uhrzeit", "Ereigniszeitpunkt", "تاریخ رویداد", "زمان وقوع"])
def test_everyday_names_of_the_time_are_recognised(tmp_path: Path, time: str) -> None:
    found = read(write(tmp_path, f"{time};Ereignis;Nutzer;Besucher\n01.03.2024 10:00;Kauf;ann;b1\n"))
    assert found.log.headers == {"event": "Ereignis", "moment": time, "anonymous": "Besucher", "user": "Nutzer"}


def test_how_times_are_written_is_told_by_the_name_of_their_column(tmp_path: Path) -> None:
    found = read(write(tmp_path, "user_id,event,time\nann,view,31.03.2024 10:00\n"))
    assert [(role, how) for role, how, _ in found.spelled] == [("moment", "day first")]


REJECTED = """\
user_id,event,time,value,rating,currency
ann,purchase,2024-01-01,5,,EUR
ann,,2024-01-01,5,,EUR
,purchase,2024-01-01,5,,EUR
ann,purchase,soon,5,,EUR
ann,purchase,2024-01-01,five,,EUR
ann,page_view,2024-01-01,five,,
ann,review,2024-01-01,,good,
ann,purchase,2023-12-01,5,,EUR
ann,purchase,2024-03-01,5,,EUR
ann,purchase,2024-01-02,5,,USD
"""


def test_every_event_counts_or_is_set_aside_for_a_reason(tmp_path: Path) -> None:
    path = write(tmp_path, REJECTED)
    options = OrderOptions(currency="eur", since="2024-01-01", as_of="2024-01-31", max_bad=0.5)
    found = read(path, options, list_rows=True)
    assert found.set_aside == {
        "no event": 1, "no customer": 1, "currency": 1, "bad date": 1, "bad amount": 1, "bad rating": 1,
        "before window": 1, "after as-of": 1,
    }  # fmt: skip
    assert (found.read, found.used) == (10, 2)
    assert [(line, reason) for _, line, reason, _ in found.rejects()] == [
        (3, "no event"), (4, "no customer"), (5, "bad date"), (6, "bad amount"), (8, "bad rating"),
        (9, "before window"), (10, "after as-of"), (11, "currency"),
    ]  # fmt: skip
    assert next(iter(found.rejects()))[3] == "ann,,2024-01-01,5,,EUR"
    assert found.as_of == (date(2024, 1, 31), "option")
    assert found.latest == (date(2024, 1, 1), date(2024, 3, 1))
    assert {reason: example.text for reason, example in found.examples.items()} == {
        "bad date": "soon", "bad amount": "five", "bad rating": "good"
    }  # fmt: skip
    found.refuse_unusable()


def test_too_many_bad_events_are_refused_with_their_places(tmp_path: Path) -> None:
    found = read(write(tmp_path, REJECTED), OrderOptions(currency="EUR"))
    with pytest.raises(DataError) as error:
        found.refuse_unusable()
    message = str(error.value)
    assert message.startswith(
        "3 of 10 events (30.0%) cannot be read, more than --max-bad 5.0%: bad date 1, bad amount 1"
    )
    assert 'events.csv:5: time "soon" is not a date' in message
    assert 'events.csv:8: rating "good" is not a rating' in message
    assert error.value.ways == ({"max_bad": 0.3},)


def test_a_price_that_cannot_be_read_stands_beside_its_quantity(tmp_path: Path) -> None:
    rows = ["time,event,user,price,quantity", "2024-01-01,purchase,a,5,two", "2024-01-02,purchase,a,five,"]
    path = tmp_path / "events.csv"
    path.write_text("\n".join(rows), "utf-8")
    with pytest.raises(DataError) as error:
        read(path).refuse_unusable()
    assert 'events.csv:2: quantity × price "two × 5" is not an amount' in str(error.value)
    assert 'events.csv:3: price "five" is not an amount' in str(error.value)


def test_events_in_two_currencies_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"The events are in 2 currencies: EUR, USD\. Say --currency CODE\."):
        read(write(tmp_path, REJECTED), OrderOptions(max_bad=1)).refuse_unusable()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("user_id,event,time\n", r"a header, but no events\."),
        ("user_id,event,time\n,view,2024-01-01\n", r"No usable event: 1 read, all set aside: no customer 1\."),
    ],
)
def test_a_log_without_a_usable_event_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(write(tmp_path, text)).refuse_unusable()


@pytest.mark.parametrize(
    ("headers", "error", "message"),
    [
        ("user_id,what,time", MissingRoleError, r"no column for event name\. Columns: .* Say --event COL\."),
        ("event,time", MissingRoleError, r"no column for user id \(nor anonymous id\)\. .* Say --user COL\."),
        ("user_id,event,day_of", MissingRoleError, r"no column for time\. .* Nearest: day_of\. Say --time day_of\."),
        ("user_id,event,timestamp,event_at", None, ""),
        (
            "user_id,event,event_type,time",
            DataError,
            r"2 columns for event name: 'event' and 'event_type'\. .*--event COL",
        ),
        (
            "user_id,visitor_id,client_id,event,time",
            DataError,
            r"2 columns for anonymous id: 'visitor_id' and 'client_id'",
        ),
    ],
)
def test_what_headers_do_not_tell_is_asked_for(
    tmp_path: Path, headers: str, error: type[SegtoolError] | None, message: str
) -> None:
    path = write(tmp_path, f"{headers}\n" + ",".join("x" * (headers.count(",") + 1)) + "\n")
    if error is None:
        with pytest.raises(DataError, match="2 columns for time"):
            read_events(path, EventOptions())
        return
    with pytest.raises(error, match=message):
        read_events(path, EventOptions())


def test_columns_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path, "who,what,when,day,paid\nann,buy,2024-01-01,x,5\n")
    cells = one(path, columns={"user": "who", "event": "what", "moment": "3", "amount": "Paid"})
    assert cells.user.to_pylist() == ["ann"]
    assert cells.units.tolist() == [50_000]
    by_orders = OrderOptions(customer_id="who", order_date="when", amount="paid")
    assert one(path, by_orders, columns={"event": "what"}).units.tolist() == [50_000]
    with pytest.raises(UsageError, match=r"no column 'wha' \(--event\)"):
        read_events(path, EventOptions(columns={"event": "wha"}))
    with pytest.raises(UsageError, match=r"'evnt' is no role"):
        EventOptions(columns={"evnt": "what"})


def test_own_words_go_before_known_ones(tmp_path: Path) -> None:
    words = write(
        tmp_path, '[events]\n"Gift wrapped" = "view"\npurchase = "checkout"\n[fields]\nuser = "kunde_x"\n', "m.toml"
    )
    path = write(tmp_path, "kunde_x,event,time\nann,gift_wrapped,2024-01-01\nann,purchase,2024-01-02\n")
    found = read(path, events_map=str(words), map=["PURCHASE = refund"])
    assert [(each.name, each.kind, each.told_by) for each in found.names] == [
        ("gift_wrapped", "view", "map"),
        ("purchase", "refund", "map"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("events = [", "is no TOML"),
        ("[event]\n", "'event' is unknown; a map of events has"),
        ("events = 3", r"events is a table, as \[events\]"),
        ("[events]\nx = 'vieww'", r"\[events\] 'x': 'vieww' is no kind of event\. Did you mean view\?"),
        ("[fields]\nusr = 'x'", r"\[fields\] 'usr' is no role of a column\. Did you mean user\?"),
        ("[fields]\nuser = 3", r"\[fields\] user is the name of a column, or a list of names"),
    ],
)
def test_a_damaged_map_of_events_names_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        own_words(file=str(write(tmp_path, text, "m.toml")), roles=("user", "event"))
    assert error.value.exit_code == 78


def test_pairs_and_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--map 'x' is no name and kind"):
        own_words(["x"])
    with pytest.raises(UsageError, match=r"'bye' is no kind of event"):
        own_words(["x=bye"])
    with pytest.raises(MissingInputError, match="There is no file"):
        own_words(file=str(tmp_path / "none.toml"))
    path = write(tmp_path, "user_id,event,time\nann,buy,2024-01-01\n")
    fields = write(tmp_path, "[fields]\nproduct = 'sku'\n", "m.toml")
    with pytest.raises(UsageError, match=r"no column 'sku' \(\[fields\] product\)"):
        read_events(path, EventOptions(events_map=str(fields)))


def test_what_is_said_of_orders_alone_is_refused_for_a_log(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--keep-status is for orders"):
        read_events(write(tmp_path, SMALL), EventOptions(OrderOptions(keep_status=["paid"])))


def test_all_cells_tell_how_days_are_written(tmp_path: Path) -> None:
    rows = "".join(f"ann,view,0{1 + at % 9}/02/2024\n" for at in range(300))
    path = write(tmp_path, f"user_id,event,time\n{rows}ann,view,05/31/2024\n")
    log = read_events(path, EventOptions())
    again = settled(log, notes_of(log))
    assert again is not log
    found = told(again, notes_of(again))
    assert found.as_of[0] == date(2024, 9, 2)
    assert [(each.role, str(each.how)) for each in found.spelled] == [("moment", "month first")]
    assert settled(again, notes_of(again)) is again
    unsure = read_events(write(tmp_path, f"user_id,event,time\n{rows}", "b.csv"), EventOptions())
    notes = notes_of(unsure)
    with pytest.raises(DataError, match="Say --day-first"):
        settled(unsure, notes)


def test_lists_in_cells_of_a_csv_are_read(tmp_path: Path) -> None:
    items = json.dumps([{"sku": "A", "cost": 2}, {"sku": "B", "cost": "3.5"}]).replace('"', '""')
    path = write(tmp_path, f'user_id,event,time,basket\nann,purchase,2024-01-01,"{items}"\nann,view,2024-01-02,\n')
    words = write(tmp_path, '[fields]\nproduct = "basket.sku"\nunit_price = "basket.cost"\n', "m.toml")
    cells = one(path, events_map=str(words))
    assert cells.product.to_pylist() == ["A", "B", None]
    assert cells.units.tolist() == [20_000, 35_000, 0]
    assert cells.first.tolist() == [True, False, True]


def test_an_event_is_set_aside_with_all_its_products(tmp_path: Path) -> None:
    event = {"event_name": "purchase", "user_pseudo_id": "a", "event_timestamp": 1_704_103_200_000_000}
    bad = {**event, "items": [{"item_id": "A", "price": 5}, {"item_id": "B", "price": "dear"}]}
    good = {**event, "items": [{"item_id": "A", "price": 5}, {"item_id": "B", "price": 1.125}]}
    path = write(tmp_path, "".join(json.dumps(each) + "\n" for each in (bad, good)), "e.jsonl")
    found = read(path, OrderOptions(max_bad=1), list_rows=True)
    assert (found.read, dict(found.set_aside)) == (2, {"bad amount": 1})
    assert [(line, reason) for _, line, reason, _ in found.rejects()] == [(1, "bad amount")]
    assert (found.bad[0].header, found.bad[0].text) == ("items.price", "dear")
    log = read_events(path, EventOptions())
    assert settled(log, notes_of(log)) is log  # 1.125 in a list is no thousand
    assert one(path).units.tolist() == [50_000, 11_250]


def test_a_broken_line_is_counted(tmp_path: Path) -> None:
    path = write(tmp_path, '{"user_id": "a", "event": "view", "time": "2024-01-01"}\n{"user_id": \n', "e.jsonl")
    found = read(path, OrderOptions(max_bad=1), list_rows=True)
    assert (found.read, found.used, dict(found.set_aside)) == (2, 1, {"broken row": 1})
    assert [(line, reason) for _, line, reason, _ in found.rejects()] == [(2, "broken row")]


@pytest.mark.parametrize(
    ("headers", "row", "expected"),
    [
        ("user_id,event,time", "ann,x,2024-01-01", True),
        ("visitor_id,action,time", "ann,x,2024-01-01", True),
        ("customer_id,action,date,amount", "ann,web,2024-01-01,5", False),
        ("customer_id,event,date,amount", "ann,Spring fair,2024-01-01,5", False),
        ("customer_id,event,date,amount", "ann,purchase,2024-01-01,5", True),
        ("user_id,event,date,amount,anonymous_id", "ann,kauf,2024-01-01,5,x", True),
        ("user_id,event,date,amount,session_id,page_url", "ann,kauf,2024-01-01,5,x,y", True),
        ("customer_id,event,date,amount,session", "ann,Spring fair,2024-01-01,5,matinee", False),
        ("customer_id,order_id,order_date,amount", "ann,1,2024-01-01,5", False),
        ("event_name,user_pseudo_id,x", "view,a,1", True),
    ],
)
def test_orders_are_told_from_event_logs(tmp_path: Path, headers: str, row: str, expected: bool) -> None:
    [source] = open_tables([write(tmp_path, f"{headers}\n{row}\n")], Layout())
    assert is_event_log(source) is expected
    assert is_event_log(source, {"event": "x"})


def test_a_name_of_its_system_goes_before_one_of_every_day() -> None:
    from segtool.events.vocabulary import vocabulary

    assert meanings(OwnWords(), vocabulary("matomo")).kind("action") == ("visit", "matomo")
    assert meanings(OwnWords(), None).kind("page_view") == ("visit", "common")
    assert meanings(OwnWords(), None).kind("no such event") is None


SOURCES: list[tuple[dict[str, str], str | None]] = [
    ({"source": "google", "medium": "cpc"}, "paid"),
    ({"source": "google"}, "search"),
    ({"source": "(direct)", "medium": "(none)"}, "direct"),
    ({"source": "(not set)"}, None),
    ({"medium": "email"}, "email"),
    ({"campaign": "spring"}, "campaign"),
    ({"channel": "paid_search"}, "paid"),
    ({"channel": "organic"}, "search"),
    ({"channel": "direct"}, "direct"),
    ({"url": "https://s.example/?utm_source=news%20letter&utm_medium=email"}, "email"),
    ({"url": "https://s.example/?x=1&gclid=abc"}, "paid"),
    ({"url": "https://s.example/?fbclid=abc"}, "social"),
    ({"url": "https://s.example/?utm_campaign=spring"}, "campaign"),
    ({"url": "https://s.example/?gclid="}, None),
    ({"url": "https://s.example/", "referrer": "https://s.example/cart"}, None),
    ({"url": "https://www.s.example/", "referrer": "https://pay.s.example/"}, None),
    ({"url": "https://s.example/", "referrer": "https://www.google.co.uk/"}, "search"),
    ({"referrer": "https://l.instagram.com/?u=x"}, "social"),
    ({"referrer": "https://mail.google.com/mail/"}, "email"),
    ({"referrer": "https://blog.example/post"}, "referral"),
    ({"referrer": "android-app://com.google.android.gm/"}, "email"),
    ({"referrer": "google"}, "search"),
    ({"referrer": "bing.com"}, "search"),
    ({"source": "newsletter", "url": "https://s.example/?gclid=abc"}, "paid"),
    ({"click_id": "abc"}, "paid"),
    ({"source": "some partner", "medium": "affiliate"}, "referral"),
    ({"source": "intranet"}, "other"),
    ({}, None),
]


@pytest.mark.parametrize(("cells", "expected"), SOURCES)
def test_the_source_of_a_visit_is_what_its_row_tells(cells: dict[str, str], expected: str | None) -> None:
    columns = {role: pa.array([None, cell], pa.string()) for role, cell in cells.items()}
    nothing, found = Origins({}).source(columns, 2).tolist()
    assert nothing == -1
    assert (None if found < 0 else names("source")[found]) == expected


def test_sources_of_many_rows_are_those_of_each(tmp_path: Path) -> None:
    roles = sorted({role for cells, _ in SOURCES for role in cells})
    columns = {role: pa.array([cells.get(role) for cells, _ in SOURCES], pa.string()) for role in roles}
    found = Origins({}).source(columns, len(SOURCES))
    assert [None if code < 0 else names("source")[code] for code in found] == [expected for _, expected in SOURCES]


def test_own_hosts_are_no_source() -> None:
    columns = {"referrer": pa.array(["https://pay.shop.example/x"])}
    assert Origins({}, ["shop.example"]).source(columns, 1).tolist() == [-1]


def test_a_platform_can_be_a_device_a_system_or_an_app() -> None:
    origins, cells = Origins({}), {"platform": pa.array(["desktop", "iOS", "web", "toaster", None])}

    def said(role: str) -> list[str | None]:
        return [None if code < 0 else names(role)[code] for code in origins.judges[role](cells, 5)]

    assert said("device") == ["desktop", None, None, None, None]
    assert said("platform") == [None, "ios", None, None, None]
    assert said("app") == [None, None, "web", None, None]
    cells["device"] = pa.array(["toaster", "iPhone 12", "unknown", None, "tablet"])
    assert said("device") == ["other", "mobile", None, None, "tablet"]


def test_who_is_logged_in_is_told_in_words() -> None:
    cells = {"member": pa.array(["yes", "FALSE", "1", "logged in", "Guest", "maybe", None, "بله"])}
    assert Origins({}).member(cells, 8).tolist() == [1, 0, 1, 1, 0, -1, -1, 1]


def test_hosts_are_known_with_all_their_endings() -> None:
    assert {host: medium_of(host) for host in ("google.com", "notgoogle.com", "google.evil.site.example", "t.me")} == {
        "google.com": "search", "notgoogle.com": "referral", "google.evil.site.example": "referral", "t.me": "social"
    }  # fmt: skip
    assert not is_same_site("", "")


def test_a_log_tells_a_value_by_a_price_and_a_source_by_a_referrer() -> None:
    assert tells(frozenset({"os", "amount"})) == {"os", "amount", "platform", "value"}


def test_every_event_of_the_example_is_read() -> None:
    found = read(ROOT / "examples" / "events.csv")
    assert found.read == found.used == 4519
    assert {each.name for each in found.unknown} == {"gift_finder_opened"}


@pytest.mark.parametrize(
    ("code", "rows", "message"),
    [
        ("unread-rows", ["ann,view,2024-01-01", "ann,view,soon"], 'bad date 1 (as time "soon")'),
        ("as-of-gap", ["ann,view,2024-01-01", "ann,view,2024-02-02"], "2024-02-02, lies 32 days after"),
    ],
)
def test_what_is_odd_about_a_log_is_told(tmp_path: Path, code: str, rows: list[str], message: str) -> None:
    lines = "\n".join(["user_id,event,time", *rows]) + "\n"
    cautions = list(of_log(read(write(tmp_path, lines), OrderOptions(max_bad=1)), words_in("en")))
    assert [each.code for each in cautions] == [code]
    assert message in cautions[0].message
    assert not list(of_log(read(write(tmp_path, "user_id,event,time\nann,view,2024-01-01\n")), words_in("en")))


def test_a_currency_is_not_asked_of_a_log_that_has_none(tmp_path: Path) -> None:
    path = write(tmp_path, "user_id,event,time,price\nann,purchase,2024-01-01,5\n")
    with pytest.raises(MissingRoleError, match=r"no column for currency\. Columns: .* Say --currency-column COL"):
        read(path, OrderOptions(currency="EUR"))


def test_a_name_of_the_map_that_no_event_has_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, "user_id,event,time\nann,Gift opened,2024-01-01\n")
    found = read(path, map=["gift_opened=view", "gift openned=view"])
    [told] = of_log(found, words_in("en"))
    assert told.code == "map-unused"
    assert "--map tells of: gift openned." in told.message
    assert not list(of_log(read(path, map=["GIFT OPENED=view"]), words_in("en")))


ROW = st.tuples(
    st.sampled_from(["", "u1", "u2"]),
    st.sampled_from(["", "a1", "a2"]),
    st.sampled_from(["page_view", "view_item", "add_to_cart", "purchase", "odd", ""]),
    st.sampled_from(["2024-01-01 10:00:00", "2024-02-03", "never"]),
    st.sampled_from(["", "P1", "P2"]),
    st.sampled_from(["", "1", "2.5", "0.00005", "x"]),
    st.sampled_from(["", "google", "newsletter"]),
)

HEADERS = ("user_id", "anonymous_id", "event", "time", "product_id", "price", "source")


def facts(log: Any) -> tuple[list[str], Any]:
    """Return the rows that count in an order of their own, and what became of all."""
    rows = []
    for piece in log.pieces():
        for cells in piece():
            columns = [cells.user, cells.anonymous, cells.product]
            arrays = [cells.moment, cells.kind, cells.units, cells.priced, cells.source]
            texts = zip(*(column.to_pylist() for column in columns), strict=True)
            rows += [str(row) for row in zip(texts, *(array.tolist() for array in arrays), strict=True)]
    found = told(log, notes_of(log))
    return sorted(rows), (found.read, dict(found.set_aside), found.names, found.latest, found.tells, found.examples)


KIND_OF = {"page_view": "visit", "view_item": "view", "add_to_cart": "add", "purchase": "purchase", "odd": ""}
UNITS_OF = {"": 0, "1": 10_000, "2.5": 25_000, "0.00005": 1, "x": 0}
SOURCE_OF = {"": "", "google": "search", "newsletter": "email"}


def slowly(rows: list[tuple[str, ...]]) -> tuple[list[str], dict[str, int]]:
    """Return the rows that count as `facts` has them, and the others by reason, one row after another."""
    found, aside = [], dict.fromkeys(("no event", "no customer", "bad date", "bad amount"), 0)
    for user, anonymous, event, time, product, price, source in rows:
        kind = KIND_OF.get(event, "")
        if not event:
            aside["no event"] += 1
        elif not user and not anonymous:
            aside["no customer"] += 1
        elif time == "never":
            aside["bad date"] += 1
        elif price == "x" and kind in ("add", "purchase"):
            aside["bad amount"] += 1
        else:
            kind = "view" if kind == "visit" and product else kind
            texts = tuple(cell or None for cell in (user, anonymous, product))
            moment = int(np.datetime64(time, "us").astype(np.int64))
            code = KINDS.index(kind) if kind else -1
            place = names("source").index(SOURCE_OF[source]) if source else -1
            found.append(str((texts, moment, code, UNITS_OF[price], price not in ("", "x"), place)))
    return sorted(found), {reason: count for reason, count in aside.items() if count}


@settings(max_examples=30)
@given(rows=st.lists(ROW, min_size=1, max_size=30), seed=st.integers(0, 9))
def test_no_order_of_rows_and_files_and_no_format_changes_a_thing(
    tmp_path: Path, rows: list[tuple[str, ...]], seed: int
) -> None:
    options = EventOptions(OrderOptions(max_bad=1))
    table = pa.table({name: list(column) for name, column in zip(HEADERS, zip(*rows, strict=True), strict=True)})
    pyarrow.csv.write_csv(table, tmp_path / "whole.csv")
    whole = facts(read_events(tmp_path / "whole.csv", options))
    assert (whole[0], whole[1][1]) == slowly(rows)
    assert whole[1][0] == len(rows)

    shuffled = random.Random(seed).sample(rows, len(rows))
    cut = len(rows) // 2
    for name, part in (("a", shuffled[:cut]), ("b", shuffled[cut:])):
        lines = [",".join(HEADERS), *(",".join(row) for row in part)]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    assert facts(read_events([tmp_path / "a.csv", tmp_path / "b.csv"], options)) == whole
    pq.write_table(table, tmp_path / "whole.parquet")
    assert facts(read_events(tmp_path / "whole.parquet", options)) == whole
    lines = [json.dumps(dict(zip(HEADERS, row, strict=True))) for row in rows]
    (tmp_path / "whole.jsonl").write_text("\n".join(lines) + "\n")
    assert facts(read_events(tmp_path / "whole.jsonl", options)) == whole


def test_names_of_a_stored_dictionary_that_blanks_tell_apart_are_one_event(tmp_path: Path) -> None:
    names = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 1]), pa.array(["purchase", "purchase ", " "]))
    table = pa.table({"user_id": ["a", " a", "a", "b"], "event": names, "timestamp": ["2024-03-01"] * 4})
    pq.write_table(table, tmp_path / "log.parquet")
    for form in (tmp_path / "log.parquet", table):
        found = read(form)
        assert [(name.name, name.events) for name in found.names] == [("purchase", 3)]
        assert dict(found.set_aside) == {"no event": 1}


@pytest.mark.parametrize("numbered", [pa.int8(), pa.uint8(), pa.int16(), pa.int32(), pa.uint32(), pa.int64()])
def test_however_a_dictionary_numbers_its_words_they_are_the_same(numbered: pa.DataType) -> None:
    header, *lines = """\
user_id,event,timestamp,utm_source,utm_medium,device,os,product,price,page_url,referrer
Ann@x.org,page_view,2024-03-01 10:00,instagram,social,mobile,iOS,,,https://a.example/?gclid=1,
Ann@x.org,purchase,2024-03-01 10:05,,,mobile,iOS,tea,5,,https://a.example/
ben,view_item,2024-03-02 10:00,google,organic,desktop,Windows,cup,,https://a.example/,https://www.google.com/
ben,add_to_cart,2024-03-02 10:01,newsletter,email,tablet,,cup,3,,
""".splitlines()
    cells = zip(*(line.split(",") for line in lines), strict=True)
    plain = {name: pa.array([cell or None for cell in own]) for name, own in zip(header.split(","), cells, strict=True)}
    told = one(pa.table(plain))
    for name, column in plain.items():
        coded = column.dictionary_encode()
        coded = pa.DictionaryArray.from_arrays(coded.indices.cast(numbered), coded.dictionary)
        found = one(pa.table({**plain, name: coded}))
        for field in ("kind", "source", "device", "platform", "units", "moment"):
            assert getattr(found, field).tolist() == getattr(told, field).tolist(), (name, field)
        for field in ("user", "product"):
            assert getattr(found, field).to_pylist() == getattr(told, field).to_pylist(), (name, field)


def test_prices_in_a_view_of_strings_are_read() -> None:
    views = pa.array(["5.50", None]).cast(pa.string_view())
    log = pa.table({"user_id": ["a", "a"], "event": ["purchase"] * 2, "timestamp": ["2024-03-01"] * 2, "price": views})
    assert one(log).units.tolist() == [55_000, 0]
