"""A log of 31,106 events in the package retentioneering: every count confirmed by plain loops over its rows."""

import csv
import gzip
import os
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

import segtool
from segtool.behaving import Behaved

VIEWS = {"product_view", "catalog", "filter_results", "compare"}
CHECKOUTS = {"shipping_details", "payment_details"}
OTHERS = {"support_chat", "error_page", "payment_error", "checkout_bug"}
SOURCES = {"organic": "search", "paid_search": "paid", "email": "email", "social": "social", "direct": "direct"}
STEPS = ("view", "cart", "checkout", "purchase")
AS_OF, LAST = date(2024, 6, 29), timedelta(days=1)

Row = dict[str, str]


@pytest.fixture(scope="module")
def path() -> Path:
    found = find_spec("retentioneering")
    if found is None or not found.submodule_search_locations:
        assert os.environ.get("SEGTOOL_EXTRAS") != "all"
        pytest.skip("the log comes with the package retentioneering")
    return Path(found.submodule_search_locations[0]) / "datasets" / "ecom.csv.gz"


@pytest.fixture(scope="module")
def rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return sorted(csv.DictReader(file), key=lambda row: row["timestamp"])


@pytest.fixture(scope="module")
def result(path: Path) -> Behaved:
    return segtool.behavior(path)


@pytest.fixture(scope="module")
def people(rows: list[Row]) -> dict[str, list[Row]]:
    found = defaultdict(list)
    for row in rows:
        found[row["user_id"]].append(row)
    return dict(sorted(found.items()))


def at(row: Row) -> datetime:
    return datetime.fromisoformat(row["timestamp"])


def step_of(row: Row) -> int:
    """Return how far an event is in the funnel, -1 for none."""
    event = row["event"]
    kinds = (event in VIEWS, event in {"add_to_cart", "cart"}, event in CHECKOUTS, event == "purchase")
    return kinds.index(True) if any(kinds) else -1


def orders_of(own: list[Row]) -> list[datetime]:
    """Return the moments with a purchase; the log has no ids of orders."""
    return sorted({at(row) for row in own if row["event"] == "purchase"})


def carts_of(own: list[Row]) -> dict[date, str]:
    """Return what became of the cart of each day; the log tells neither products nor removals."""
    last = {at(row).date(): at(row) for row in own if row["event"] == "add_to_cart"}
    found = {}
    for day, added in last.items():
        until = added + timedelta(days=30)
        if any(added <= moment <= until for moment in orders_of(own)):
            found[day] = "bought"
        else:
            found[day] = "open" if until >= datetime.combine(AS_OF + LAST, datetime.min.time()) else "abandoned"
    return found


def test_every_row_counts_and_every_event_is_known(result: Behaved, rows: list[Row]) -> None:
    summary = result.summary
    assert summary.rows.read == summary.rows.used == len(rows) == 31_106
    assert not summary.rows.set_aside
    assert {name.name: name.events for name in summary.names} == Counter(row["event"] for row in rows)
    assert all(name.kind for name in summary.names)
    assert {name.name for name in summary.names if name.kind == "other"} == OTHERS
    assert (summary.as_of, summary.period.first, summary.period.last) == (AS_OF, date(2024, 1, 4), AS_OF)


def test_people_visits_and_orders(result: Behaved, people: dict[str, list[Row]], rows: list[Row]) -> None:
    found, behavior = result.table.to_pylist(), result.summary.behavior
    assert [row["customer_id"] for row in found] == list(people)
    for row, own in zip(found, people.values(), strict=True):
        days, orders = {at(each).date() for each in own}, orders_of(own)
        events = Counter(each["event"] for each in own)
        assert row["first_seen"] == min(days)
        assert row["last_interaction"] == max(days)
        assert row["active_days"] == len(days)
        assert row["sessions"] == len({each["session_id"] for each in own})
        assert row["views"] == sum(events[each] for each in VIEWS)
        assert row["searches"] == events["search"]
        assert row["carts"] == events["add_to_cart"]
        assert row["checkouts"] == sum(events[each] for each in CHECKOUTS)
        assert row["orders"] == len(orders)
        assert row["last_order"] == (orders[-1].date() if orders else None)
        assert row["recently_purchased"] == bool(orders and (AS_OF - orders[-1].date()).days <= 30)
    assert (behavior.people, behavior.events) == (600, 31_106)
    assert behavior.sessions == len({row["session_id"] for row in rows}) == 3_605
    assert behavior.orders == sum(len(orders_of(own)) for own in people.values())
    assert behavior.revenue is None


def test_the_funnel(result: Behaved, people: dict[str, list[Row]], rows: list[Row]) -> None:
    sessions = defaultdict(list)
    for row in rows:
        sessions[row["session_id"]].append(row)
    far = Counter(max(map(step_of, own)) for own in people.values())
    near = Counter(max(map(step_of, own)) for own in sessions.values())
    for at_step, step in enumerate(result.summary.behavior.funnel.steps):
        assert step.step == STEPS[at_step]
        assert step.people == sum(count for reached, count in far.items() if reached >= at_step)
        assert step.sessions == sum(count for reached, count in near.items() if reached >= at_step)


def test_the_carts(result: Behaved, people: dict[str, list[Row]]) -> None:
    carts = {user: carts_of(own) for user, own in people.items()}
    told = result.summary.behavior.carts
    every = Counter(outcome for own in carts.values() for outcome in own.values())
    assert {each.outcome: each.lines for each in told.outcomes if each.lines} == dict(every)
    buyers = Counter(outcome for user, own in carts.items() if orders_of(people[user]) for outcome in own.values())
    assert {each.outcome: each.lines for each in told.of_buyers if each.lines} == dict(buyers)
    for row in result.table.to_pylist():
        own = Counter(carts[row["customer_id"]].values())
        assert (row["open_carts"], row["abandoned_carts"]) == (own["open"], own["abandoned"])


def test_kinds_of_visitors_and_stages_of_the_journey(result: Behaved, people: dict[str, list[Row]]) -> None:
    for row, own in zip(result.table.to_pylist(), people.values(), strict=True):
        orders, sessions = orders_of(own), len({each["session_id"] for each in own})
        visitor = "first-time" if sessions == 1 else "returning"
        visitor = {0: visitor, 1: "guest"}.get(len(orders), "repeat buyer")
        assert row["visitor_type"] == visitor
        far = max(map(step_of, own))
        if orders:
            recent = (AS_OF - orders[-1].date()).days <= 180
            stage = ("loyal" if len(orders) > 1 else "customer") if recent else "lapsed"
        elif any(each["event"] == "add_to_cart" for each in own) or far == 2:
            stage = "intent"
        else:
            considers = far >= 0 or any(each["event"] in ("search", "wishlist_add") for each in own)
            stage = "considering" if considers else "aware"
        assert row["journey_stage"] == stage


def test_devices_and_sources_of_sessions(result: Behaved, people: dict[str, list[Row]], rows: list[Row]) -> None:
    behavior = result.summary.behavior
    devices = {row["session_id"]: row["platform"] for row in rows}
    sources = {row["session_id"]: SOURCES[row["acquisition_channel"]] for row in rows}
    orders = [row for own in people.values() for row in {at(r): r for r in own if r["event"] == "purchase"}.values()]
    for told, of_session in ((behavior.devices, devices), (behavior.sources, sources)):
        assert {each.name: each.sessions for each in told if each.sessions} == Counter(of_session.values())
        by_name = Counter(of_session[row["session_id"]] for row in orders)
        assert {each.name: each.orders for each in told if each.orders} == dict(by_name)
    for row, own in zip(result.table.to_pylist(), people.values(), strict=True):
        used = Counter(devices[session] for session in {each["session_id"] for each in own})
        assert used[row["device"]] == max(used.values())
        assert row["device_share"] == round(used[row["device"]] / sum(used.values()), 4)
        assert row["source"] == SOURCES[own[0]["acquisition_channel"]]
