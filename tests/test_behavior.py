"""`segtool.behavior` and its command: logs and orders as they come, in any order, and what is refused."""

import csv
import io
import json
import random
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import golden
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, Run
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.behaving import Behaved
from segtool.errors import DataError, SegtoolError, UsageError
from segtool.output.behavior import render_behavior
from segtool.words import words_in

EVENTS = ROOT / "examples" / "events.csv"
ORDERS = ROOT / "examples" / "orders.csv"

LOG = """\
time,event,user_id,anonymous_id,product,quantity,price,order_id,referrer,device
2024-03-01 10:00,page_view,,x,,,,,https://www.google.com/,mobile
2024-03-01 10:05,product_view,,x,tea,,,,,mobile
2024-03-01 10:06,add_to_cart,,x,tea,2,5.50,,,mobile
2024-03-01 10:40,login,ann,x,,,,,,mobile
2024-03-01 10:41,purchase,ann,x,tea,2,5.50,71,,mobile
2024-03-01 10:41,purchase,ann,x,cup,1,3,71,,mobile
2024-03-02 09:00,purchase,ann,x,tea,2,5.50,71,,mobile
2024-03-20 08:00,product_view,ben,,cup,,,,https://t.me/tea,desktop
2024-03-20 08:01,add_to_cart,ben,,cup,1,3,,,desktop
2024-03-21 08:01,remove_from_cart,ben,,cup,1,3,,,desktop
2024-03-21 08:02,add_to_cart,ben,,tea,1,5.50,,,desktop
2024-03-31 12:00,view_promo_wall,,y,,,,,,tablet
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(LOG, "utf-8")
    return path


def rows_of(found: Behaved) -> dict[str, dict[str, Any]]:
    return {row["customer_id"]: row for row in found.table.to_pylist()}


def bare(found: Behaved) -> pa.Table:
    return found.table.replace_schema_metadata(None)


# By hand


def test_a_small_log_is_told_as_by_hand(log: Path) -> None:
    found = segtool.behavior(log)
    rows = rows_of(found)
    assert list(rows) == ["ann", "ben", "y"]  # x is ann's from its first event on
    ann, ben, y = rows.values()
    assert (ann["visitor_type"], ben["visitor_type"], y["visitor_type"]) == ("member", "member", "first-time")
    assert (ann["journey_stage"], ben["journey_stage"], y["journey_stage"]) == ("customer", "intent", "aware")
    assert (ann["sessions"], ann["active_days"], ann["views"], ann["carts"]) == (3, 2, 1, 1)  # 34 minutes of silence
    assert (ann["orders"], ann["revenue"], ann["last_order"]) == (1, Decimal(14), date(2024, 3, 1))
    assert (ben["cart_status"], ben["open_carts"], ben["open_cart_value"]) == ("open", 1, Decimal("5.5"))
    assert [row["source"] for row in rows.values()] == ["direct", "social", "direct"]  # of equal ones direct is last
    assert [row["first_source"] for row in rows.values()] == ["search", "social", "direct"]
    assert [row["device"] for row in rows.values()] == ["mobile", "desktop", "tablet"]
    told = found.summary.behavior
    assert {each.outcome: each.lines for each in told.carts.outcomes} == {
        "bought": 1, "removed": 1, "open": 1, "abandoned": 0,
    }  # fmt: skip
    assert [(each.step, each.people) for each in told.funnel.steps] == [
        ("view", 2), ("cart", 2), ("purchase", 1),
    ]  # fmt: skip
    assert told.funnel.untold == ("checkout",)
    assert (told.identity.users, told.identity.linked, told.identity.guests) == (2, 1, 1)
    assert told.repeated == 1
    assert [each.name for each in found.summary.names if each.kind is None] == ["view_promo_wall"]


@pytest.mark.parametrize(
    ("users", "ids", "code"),
    [
        (["7.0", "8.0"], ["7", "8", "y"], ["dot-zero-ids"]),
        (["7.0", "8"], ["7.0", "8", "y"], ["mixed-ids"]),
        (["7", "5.94E+23"], ["5.94E+23", "7", "y"], ["exponent-ids"]),
    ],
)
def test_ids_that_a_spreadsheet_wrote_are_those_of_orders(
    tmp_path: Path, users: list[str], ids: list[str], code: list[str]
) -> None:
    rows = [f"2024-01-01 10:0{at},view_item,{user},{at}" for at, user in enumerate(users)]
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["time,event,user_id,anonymous_id", *rows, "2024-01-02,view_item,,y"]), "utf-8")
    found = segtool.behavior(path)
    assert list(rows_of(found)) == ids
    assert [each.code for each in found.summary.warnings if each.code.endswith("-ids")] == code


def test_a_file_of_a_log_can_lack_every_known_event(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.csv", "other.csv")]
    for path, row in zip(paths, ("2024-01-01,purchase,ann,5", "2024-01-02,gift wrapped,ann,"), strict=True):
        path.write_text(f"time,event,user_id,price\n{row}\n", "utf-8")
    assert rows_of(segtool.behavior(paths))["ann"]["active_days"] == 2


def test_an_order_that_is_told_again_is_bought_once_of_its_category(tmp_path: Path) -> None:
    """The page of thanks for tea was loaded three times; of mugs there were two rows, of two sizes."""
    rows = [f"2024-01-01 10:0{at},purchase,ann,o1,tea,Pantry,Leaf,5" for at in range(3)]
    rows += ["2024-01-02 10:00,purchase,ann,o2,mug,Kitchen,Clay,4"] * 2
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["time,event,user_id,order_id,product,category,brand,price", *rows]), "utf-8")
    ann = rows_of(segtool.behavior(path))["ann"]
    assert (ann["bought_category"], ann["bought_category_share"], ann["categories_bought"]) == ("Kitchen", 0.6667, 2)
    assert (ann["top_brand"], ann["revenue"]) == ("Clay", 13)


def test_what_an_event_is_can_be_said(log: Path) -> None:
    said: Any
    for said in ("View_Promo_Wall=search", ["view promo wall = search"], {"view_promo_wall": "search"}):
        y = rows_of(segtool.behavior(log, event_map=said))["y"]
        assert (y["searches"], y["journey_stage"]) == (1, "considering")


def test_lengths_of_time_change_what_they_are_of(log: Path) -> None:
    assert rows_of(segtool.behavior(log, session_gap="40m"))["ann"]["sessions"] == 2
    short = rows_of(segtool.behavior(log, cart_window="1w"))["ben"]
    assert (short["open_carts"], short["abandoned_carts"], short["cart_status"]) == (0, 1, "expired")
    assert rows_of(segtool.behavior(log, recent=29))["ann"]["recently_purchased"] is False
    assert rows_of(segtool.behavior(log, recent="30d"))["ann"]["recently_purchased"] is True
    assert rows_of(segtool.behavior(log, lapsed_after="4w"))["ann"]["journey_stage"] == "lapsed"


def test_a_host_of_ones_own_is_no_source(log: Path) -> None:
    found = segtool.behavior(log, own_hosts="t.me")
    assert rows_of(found)["ben"]["source"] == "direct"


def test_columns_are_named_in_the_words_of_logs_or_of_orders(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("a,b,c,d\nann,2024-03-01,page_view,\nann,2024-03-02,purchase,4\n", "utf-8")
    for named in ({"user": "a", "time": "b"}, {"customer_id": "a", "order_date": "b"}):
        found = segtool.behavior(path, event="c", amount="d", **named)
        assert [row["revenue"] for row in rows_of(found).values()] == [Decimal(4)]


def test_as_of_and_since_set_events_aside(log: Path) -> None:
    found = segtool.behavior(log, as_of="2024-03-21", since="2024-03-02", rejects=True)
    assert (found.summary.rows.read, found.summary.rows.used) == (12, 5)
    aside = {reason: each.rows for reason, each in found.summary.rows.set_aside.items()}
    assert aside == {"before window": 6, "after as-of": 1}
    assert [(each.line, each.reason) for each in found.rejects()][-1] == (13, "after as-of")
    assert rows_of(found)["ann"]["first_seen"] == date(2024, 3, 2)


# Whatever order rows come in


def test_shuffled_and_split_logs_are_the_same_bytes(tmp_path: Path) -> None:
    lines = EVENTS.read_text("utf-8").splitlines()
    expected, chance = segtool.behavior(EVENTS), random.Random(4)
    for turn in range(3):
        own = lines[1:]
        chance.shuffle(own)
        cut = chance.randrange(len(own))
        files = []
        for part, some in enumerate((own[:cut], own[cut:])):
            files.append(tmp_path / f"{turn}-{part}.csv")
            files[-1].write_text("\n".join([lines[0], *some, ""]), "utf-8")
        found = segtool.behavior(files, threads=1 + turn)
        assert bare(found).equals(bare(expected))
        assert found.summary.behavior == expected.summary.behavior
        assert found.summary.seasons == expected.summary.seasons


def test_parquet_json_lines_and_tables_in_memory_tell_the_same(tmp_path: Path) -> None:
    texts = {name: pa.string() for name in EVENTS.read_text("utf-8").split("\n", 1)[0].split(",")}
    table = pyarrow.csv.read_csv(EVENTS, convert_options=pyarrow.csv.ConvertOptions(column_types=texts))
    pq.write_table(table, tmp_path / "log.parquet")
    with (tmp_path / "log.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in table.to_pylist())
    expected = bare(segtool.behavior(EVENTS))
    for form in (tmp_path / "log.parquet", tmp_path / "log.jsonl", table, table.to_pandas()):
        assert bare(segtool.behavior(form)).equals(expected)


amounts = st.integers(1, 10**9).map(lambda cents: Decimal(cents) / 100)
lines = st.tuples(
    st.sampled_from(["ann", "ben", "cid", "دنا"]),
    st.integers(0, 6),
    st.datetimes(datetime(2023, 1, 1), datetime(2024, 12, 31)).map(lambda at: at.replace(microsecond=0)),
    st.lists(st.tuples(st.sampled_from(["tea", "cup"]), amounts), min_size=1, max_size=3),
)


@given(st.lists(lines, min_size=1, max_size=12))
def test_an_event_stream_and_its_orders_agree_on_purchases(found: list[Any]) -> None:
    """Of one order the shop has lines, and the log the purchases of one moment."""
    orders = {f"{who}-{number}": (who, at, bought) for who, number, at, bought in found}
    shop = [(who, order, at, product, worth) for order, (who, at, own) in orders.items() for product, worth in own]
    names = ("customer_id", "order_id", "order_date", "product", "amount")
    plain = pa.table({name: list(column) for name, column in zip(names, zip(*shop, strict=True), strict=True)})
    looks = [(who, None, at - timedelta(minutes=3), product, None) for who, _, at, product, _ in shop]
    every = [*((*row, "product_view") for row in looks), *((*row, "purchase") for row in shop)]
    log = pa.table(
        {name: list(column) for name, column in zip((*names, "event"), zip(*every, strict=True), strict=True)}
    )
    of_log, of_shop = segtool.behavior(log), segtool.rfm(plain)
    told = {row["customer_id"]: (row["orders"], row["revenue"], row["last_order"]) for row in of_log.table.to_pylist()}
    assert told == {
        row["customer_id"]: (row["frequency"], row["monetary"], row["last_order"]) for row in of_shop.table.to_pylist()
    }
    told_of_orders = segtool.behavior(plain).table
    for header in ("orders", "revenue", "order_value", "first_order", "days_between_orders", "next_order", "season"):
        assert of_log.table[header].equals(told_of_orders[header].cast(of_log.table[header].type))


def test_the_events_of_the_example_tell_its_orders() -> None:
    log = rows_of(segtool.behavior(EVENTS))
    for row in segtool.rfm(ORDERS, since="2025-10-01").table.to_pylist():
        own = log[row["customer_id"]]
        assert (own["orders"], own["revenue"]) == (row["frequency"], row["monetary"])


def test_parts_add_up_to_the_whole() -> None:
    found = segtool.behavior(EVENTS).summary.behavior
    for groups in (found.visitor_types, found.journey, found.first_sources):
        assert sum(each.people for each in groups) == found.people == 277
        assert sum(each.revenue for each in groups) == found.revenue
    for rows in (found.sources, found.devices, found.platforms):
        assert sum(each.people for each in rows) == found.people
        assert sum(each.sessions for each in rows) == found.sessions
        assert sum(each.orders for each in rows) == found.orders
        assert sum(each.revenue for each in rows) == found.revenue == sum(each.people_revenue for each in rows)
    steps = [each.people for each in found.funnel.steps]
    assert steps == sorted(steps, reverse=True)
    assert sum(each.lines for each in found.carts.outcomes) == found.carts.total.lines


# Plain orders


def test_plain_orders_tell_what_needs_nothing_else() -> None:
    found = segtool.behavior(ORDERS, category="product")
    scored = segtool.rfm(ORDERS).table
    table = found.table
    assert table["orders"].equals(scored["frequency"].cast(pa.int64()))
    assert pc.sum(table["revenue"]).as_py() == found.summary.behavior.revenue
    assert "sessions" not in table.column_names
    assert found.summary.behavior.funnel is None
    [labels] = found.summary.labels
    assert (labels.role, labels.header, labels.lines) == ("category", "product", 1_597)
    assert sum(each.lines for each in labels.labels) == labels.lines
    assert sum(month.orders for month in found.summary.seasons.months) == found.summary.behavior.orders


def test_seasons_follow_the_calendar_and_the_hemisphere() -> None:
    north, south, jalali = (
        segtool.behavior(ORDERS, **options).summary.seasons
        for options in ({}, {"hemisphere": "south"}, {"calendar_out": "jalali"})
    )
    assert [each.orders for each in north.seasons] == [each.orders for each in (*south.seasons[2:], *south.seasons[:2])]
    assert (north.calendar, jalali.calendar) == ("gregorian", "jalali")
    assert sum(each.orders for each in jalali.months) == sum(each.orders for each in north.months)


def test_days_to_act_on_are_told_in_the_jalali_calendar_too() -> None:
    first = segtool.behavior(ORDERS, calendar_out="jalali").table.to_pylist()[0]
    assert (str(first["last_order"]), first["last_order_jalali"]) == ("2025-11-16", "1404/08/25")
    assert (str(first["next_order"]), first["next_order_jalali"]) == ("2025-12-18", "1404/09/27")
    assert not any("jalali" in header for header in segtool.behavior(ORDERS).table.column_names)


def test_what_is_observed_begins_with_the_input_where_nothing_of_it_lies_before() -> None:
    seen = [
        segtool.behavior(table, since=since).summary.seasons
        for table in (ORDERS, EVENTS)
        for since in (None, "1900-01-01", "2025-12-01")
    ]
    assert seen[0] == seen[1]
    assert seen[3] == seen[4]
    assert {str(each.first) for each in (seen[2], seen[5])} == {"2025-12-01"}


def test_the_columns_stand_in_one_order_whatever_tells_them() -> None:
    orders = pa.table({
        "customer_id": ["a"], "order_date": ["2024-01-01"], "amount": [1], "brand": ["x"], "sales channel": ["web"],
    })  # fmt: skip
    assert segtool.behavior(orders).table.column_names[11:22] == [
        "overdue", "top_brand", "top_brand_share", "brands_bought", "sales_channel", "sales_channel_share",
        "channels_bought", "season", "season_share", "seasonal", "peak_month",
    ]  # fmt: skip


# Refusals


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["{orders}", "--session", "order_id"], 2, "--session tells of an event log, and {orders} has no column"),
        (["{orders}", "--map", "x=view"], 2, "--map tells of an event log"),
        (["{events}", "{orders}"], 65, "{events} is an event log, and {orders} has no column of events; read them one"),
        (["{events}", "--map", "x=viewz"], 2, "--map 'x=viewz': 'viewz' is no kind of event. Did you mean view?"),
        (["{events}", "--session-gap", "30"], 2, "--session-gap '30' is no length of a silence"),
        (["{events}", "--session-gap", "24h"], 2, "--session-gap '24h' is no length of a silence"),
        (["{events}", "--recent", "0"], 2, "--recent '0' is no number of days; write days or weeks: 30d, 4w."),
        (["{events}", "--sales-channel", "os"], 2, "--sales-channel is a column of orders"),
        (["{events}", "--where", "price > 3"], 2, "--where is for orders, and is not known to event logs"),
        (["{customers}"], 65, "Where a row is an event, say --event COL."),
        (["{events}", "--event", "nix"], 2, "{events} has no column 'nix' (--event)."),
        (["nix.csv"], 66, "nix.csv does not exist."),
        (["{events}", "--events-map", "nix.toml"], 66, "nix.toml"),
        (["{events}", "--windows", "nix.toml"], 66, "nix.toml"),
        (["{events}", "--scheme", "loyalty-matrix"], 2, "Scheme loyalty-matrix names scores of orders"),
        (["{events}", "--scheme", "nps"], 78, "no column 'nps'"),
        (["{events}", "--since", "2026-05-01"], 65, "No usable event: 4,519 read, all set aside: before window 4,519."),
        (["{events}", "--max-bad", "0", "--date-format", "%d.%m.%Y"], 65, "cannot be read, more than --max-bad 0.0%"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(run: Run, args: list[str], code: int, message: str) -> None:
    files = {name: ROOT / "examples" / f"{name}.csv" for name in ("orders", "events", "customers")}
    done = run("behavior", *(each.format(**files) for each in args), "-o", "out.csv")
    assert done.returncode == code
    assert message.format(**files) in done.stderr
    assert done.stderr.startswith("segtool: ")
    assert "Traceback" not in done.stderr
    assert run("behavior", "out.csv").returncode == 66  # nothing is half-written


def test_a_library_call_names_an_option_that_there_is_not() -> None:
    with pytest.raises(TypeError, match=r"behavior\(\) got an unexpected keyword argument 'bins'"):
        segtool.behavior(EVENTS, bins=4)
    with pytest.raises(UsageError, match="hemisphere"):
        segtool.behavior(EVENTS, hemisphere="east")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="threads"):
        segtool.behavior(EVENTS, threads=0)
    with pytest.raises(DataError, match="a header, but no"):
        segtool.behavior(pa.table({"user_id": ["a"], "event": ["view"], "time": ["2024-01-01"]}).slice(0, 0))


def test_bad_cells_are_named_with_file_and_line_and_written_out(run: Run, tmp_path: Path) -> None:
    bad = LOG.replace("2024-03-20 08:00", "yesterday").replace("cup,1,3,71", "cup,1,three,71")
    (tmp_path / "log.csv").write_text(bad, "utf-8")
    done = run("behavior", "log.csv", "--max-bad", "20%", "--rejects", "aside.csv", "-o", "out.csv", "--json")
    told = json.loads(done.stdout)
    assert told["rows"]["read"] == 12 == told["rows"]["used"] + 2
    aside = list(csv.DictReader(io.StringIO((tmp_path / "aside.csv").read_text("utf-8"))))
    assert [(row["line"], row["reason"]) for row in aside] == [("7", "bad amount"), ("9", "bad date")]
    done = run("behavior", "log.csv")
    assert done.returncode == 65
    assert "log.csv:7" in done.stderr


def test_one_name_of_a_role_stands_in_all_that_is_said_of_it_with_the_line_that_tells(run: Run, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("user_id;event;time;value\na;purchase;29.02.2024;1,50\n", "utf-8")
    done = run("behavior", "log.csv", "-v")
    assert 'moment: day first, told by log.csv:2 "29.02.2024"' in done.stderr
    assert 'amount: decimal comma, told by log.csv:2 "1,50"' in done.stderr
    assert "period   events from 2024-02-29 to 2024-02-29" in done.stderr
    summary = json.loads(run("behavior", "log.csv", "--json").stdout)
    assert summary["spelling"].keys() <= summary["columns"].keys()


# The command


def test_a_pipe_carries_the_table_and_stderr_the_summary(run: Run, log: Path) -> None:
    done = run("behavior", log)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["customer_id"] for row in rows] == ["ann", "ben", "y"]
    assert done.stderr.startswith("3 people   6 sessions   1 order   14 net revenue\n")
    assert run("behavior", log, "-q").stderr == ""
    assert json.loads(run("behavior", log, "--json").stdout)["behavior"]["people"] == 3


def test_the_summary_is_in_the_metadata_and_in_a_file(run: Run, log: Path, tmp_path: Path) -> None:
    run("behavior", log, "-o", "people.parquet", "--summary-file", "told.json", "-q")
    table = pq.read_table(tmp_path / "people.parquet")
    told = json.loads(table.schema.metadata[b"segtool_behavior"])
    assert told == json.loads((tmp_path / "told.json").read_text("utf-8"))
    assert told["session_gap"] == 1_800


def test_verbose_says_what_each_column_and_event_was_taken_for(run: Run, log: Path) -> None:
    said = run("behavior", log, "-v", "--user", "user_id", "-o", "out.csv").stderr
    assert "- user is the column user_id, as asked\n" in said
    assert "- time" not in said
    assert "- product_view is view, told by common\n" in said
    assert "- view_promo_wall is unknown\n" in said
    assert "- events are set aside as: broken row, no event, " in said


@pytest.mark.parametrize("lang", ["en", "fa"])
@pytest.mark.parametrize("name", ["events", "orders"])
def test_the_pages_of_the_examples_are_the_golden_ones(lang: Any, name: str) -> None:
    options: dict[str, Any] = {"category": "product"} if name == "orders" else {"scheme": "cart"}
    found = segtool.behavior(ROOT / "examples" / f"{name}.csv", lang=lang, **options)
    text = render_behavior(found.summary, words=words_in(lang, lang))
    bare_text = re.sub("[\u200c\u200e\u2067\u2069]", "", text)  # they have no width
    assert max(map(len, bare_text.splitlines())) <= 80
    golden.check(f"behavior-{name}-{lang}.txt", text)


def test_every_column_has_a_persian_header() -> None:
    words = words_in("fa")
    for found in (segtool.behavior(EVENTS), segtool.behavior(ORDERS, category="product", brand="product")):
        named = [name for name in found.table.column_names if not name.startswith("window_")]
        assert [name for name in named if words.header(name) == name] == []


def test_rfm_joins_the_table_and_schemes_read_it(run: Run, tmp_path: Path) -> None:
    run("behavior", EVENTS, "-q", "-o", "people.csv")
    columns = "visitor_type,journey_stage,cart_status"
    run("rfm", ORDERS, "--customers", "people.csv", "--customer-columns", columns, "-q", "-o", "joined.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "joined.csv").read_text("utf-8"))))
    assert {row["visitor_type"] for row in rows} == {"repeat buyer", "member", ""}
    schemes = ("visitor-tier", "journey-stage", "cart", "device", "operating-system", "source", "last-interaction")
    for scheme in (*schemes, "rating", "season", "order-value"):
        found = segtool.segment(tmp_path / "people.csv", scheme)
        known = [each.name for each in found.summary.schemes[0].segments if each.name not in ("unknown", "other")]
        assert known, scheme


def test_a_scheme_adds_its_segment(log: Path) -> None:
    found = segtool.behavior(log, scheme=["cart", "journey-stage"])
    assert found.table["segment_cart"].to_pylist() == ["purchased", "abandoned", "none"]
    assert [each.scheme for each in found.summary.attribute_schemes] == ["cart", "journey-stage"]
    with pytest.raises(SegtoolError):
        segtool.behavior(log, scheme="./nix.toml")


def test_the_share_that_is_read_is_told(log: Path) -> None:
    told: list[tuple[float, int]] = []
    segtool.behavior([log, LogOf(LOG).table], watch=lambda share, rows: told.append((share, rows)))
    assert told[-1] == (1.0, 24)


class LogOf:
    """The rows of a log as a table in memory."""

    def __init__(self, text: str) -> None:
        self.table = pyarrow.csv.read_csv(io.BytesIO(text.encode()))


def test_decimal_commas_and_jalali_dates_are_read_as_all_cells_say(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("کاربر;زمان;رویداد;مبلغ\nعلی;1403/05/08 10:00;خرید;1.250,5\nعلی;1403/05/09 10:00;جستجو;\n", "utf-8")
    found = segtool.behavior(path, lang="fa")
    [row] = rows_of(found).values()
    assert (row["revenue"], row["last_order"], row["searches"]) == (Decimal("1250.5"), date(2024, 7, 29), 1)
    assert found.summary.as_of_jalali == "1403/05/09"


def test_the_template_of_events_is_read_once_it_is_filled(run: Run, tmp_path: Path) -> None:
    run("inspect", "--template", "events", "-o", "log.csv")
    header = (tmp_path / "log.csv").read_text("utf-8").strip()
    cells = {
        "customer_id": "ann",
        "event": "purchase",
        "timestamp": "2024-03-01 10:00",
        "unit_price": "5",
        "quantity": "2",
    }
    row = ",".join(cells.get(name, "") for name in header.split(","))
    (tmp_path / "log.csv").write_text(f"{header}\n{row}\n", "utf-8")
    assert run("behavior", "log.csv", "-v", "-o", "people.csv").stderr.count("recognised") == len(header.split(","))
    [ann] = csv.DictReader(io.StringIO((tmp_path / "people.csv").read_text("utf-8")))
    assert (ann["customer_id"], ann["orders"], ann["revenue"]) == ("ann", "1", "10")


def test_an_export_that_overlaps_another_brings_no_money_twice(tmp_path: Path) -> None:
    products = [{"product_id": "p", "price": 10, "quantity": 1}, {"product_id": "q", "price": 20, "quantity": 1}]
    event = {"type": "track", "event": "Order Completed", "userId": "ann", "timestamp": "2024-03-01T10:00:00Z"}
    for total in ({"total": 33}, {}):
        text = json.dumps(event | {"properties": {"order_id": "1", **total, "products": products}}) + "\n"
        for name in ("one.jsonl", "two.jsonl"):
            (tmp_path / name).write_text(text, "utf-8")
        found = segtool.behavior([tmp_path / "one.jsonl", tmp_path / "two.jsonl"])
        [ann] = rows_of(found).values()
        assert (ann["orders"], ann["revenue"]) == (1, Decimal(total.get("total", 30)))
        assert "behavior-repeated" in {each.code for each in found.summary.warnings}
