"""Write a large shop's event log, the same for the same arguments: python make_events.py EVENTS PEOPLE STEM [--apart]

STEM.csv and STEM.parquet get sessions of some ten events over a year, in the order of time: pages and products, carts,
checkouts, and orders of one row a product. People are an anonymous id a device; three in five have an account and log
in now and then, and a few devices are of two people. Few come often and many once.
"""

import argparse
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from orders import write

STEP = 2_000_000
START = np.datetime64("2024-01-01T00:00:00")
SECONDS = 365 * 86_400
PRODUCTS = 5_000
BROWSED = ("page_view", "view_item", "view_item_list", "search")
BOUGHT = ("add_to_cart", "remove_from_cart", "view_cart", "begin_checkout", "purchase")
EVENTS = (*BROWSED, *BOUGHT)
CATEGORIES = ("shoes", "bags", "shirts", "coats", "toys", "books", "garden", "kitchen", "sport", "audio", "pets", "tea")
DEVICES = ("mobile", "desktop", "tablet")
SOURCES = ("google", "direct", "newsletter", "instagram", "google ads", "partner.example.com", "")

Rows = npt.NDArray[np.int64]


def tables(events: int, people: int, *, apart: bool) -> Iterator[pa.Table]:
    """Yield the events in tables of STEP rows, shuffled within each where they are to lie `apart`."""
    chance = np.random.default_rng(2024)
    zeal = np.cumsum(chance.gamma(0.4, 1.0, people))
    has_account, shares = chance.random(people) < 0.6, chance.random(people) < 0.01
    sessions = 0
    for done in range(0, events, STEP):
        rows = min(STEP, events - done)
        table, begun = _step(chance, rows, zeal, has_account, shares, sessions, done / events, rows / events)
        sessions += begun
        yield table.take(pa.array(chance.permutation(rows))) if apart else table


def _step(
    chance: np.random.Generator,
    rows: int,
    zeal: npt.NDArray[np.float64],
    has_account: npt.NDArray[np.bool_],
    shares: npt.NDArray[np.bool_],
    sessions: int,
    begin: float,
    length: float,
) -> tuple[pa.Table, int]:
    """Return so many rows of sessions, and how many sessions those are."""
    count = rows // 4 + 8
    adds = np.where(chance.random(count) < 0.22, chance.geometric(0.6, count), 0)
    depth = np.where(adds > 0, chance.integers(0, 4, count), 0)  # of a cart: looked at, to the checkout, bought
    parts = np.stack(
        [
            chance.geometric(0.14, count),
            adds,
            (adds > 1) & (depth < 2) & (chance.random(count) < 0.3),
            depth > 0,
            depth > 1,
            np.where(depth > 2, adds, 0),
        ],
        axis=1,
    ).astype(np.int64)
    session = np.repeat(np.arange(count), parts.sum(axis=1))[:rows]
    part = np.repeat(np.tile(np.arange(6), count), parts.ravel())[:rows]
    within = np.arange(len(part)) - (np.cumsum(parts.ravel()) - parts.ravel())[session * 6 + part]
    count = int(session[-1]) + 1
    event = np.where(part == 0, chance.choice(4, rows, p=[0.35, 0.45, 0.1, 0.1]), part + 3)
    gap = np.where((part == 5) & (within > 0), 0, chance.exponential(40.0, rows) + 1).astype(np.int64)
    elapsed = np.cumsum(gap)
    first = np.flatnonzero(np.diff(session, prepend=-1))
    started = ((begin + np.sort(chance.random(count)) * length) * SECONDS).astype(np.int64)
    when = started[session] + elapsed - elapsed[first][session]
    basket = chance.integers(0, PRODUCTS, count)
    has_product = (event == 1) | (part == 1) | (part == 2) | (part == 5)
    product = np.where(part == 0, chance.integers(0, PRODUCTS, rows), (basket[session] + 37 * within) % PRODUCTS)
    has_price = has_product & (part != 0)
    who = np.searchsorted(zeal, chance.random(count) * zeal[-1])
    device = who * 2 + (chance.random(count) < 0.2)
    owner = np.where(shares[who], who ^ 1, who) % len(has_account)
    logged_in = has_account[who] & ((depth[:count] > 2) | (chance.random(count) < 0.4))
    account = np.where(chance.random(count) < 0.5, owner, who)
    order = np.arange(count) + sessions
    columns = {
        "anonymous_id": _named("a", device[session]),
        "user_id": _named("u", account[session], logged_in[session]),
        "session_id": _named("s", order[session]),
        "event": _words(EVENTS, event),
        "timestamp": START + when.astype("timedelta64[s]"),
        "product_id": _named("p", product, has_product),
        "category": _words(CATEGORIES, product % 12, has_product),
        "quantity": pa.array(1 + product % 3 // 2, mask=~has_price),
        "price": pa.array((499 + product * 7) / 100, mask=~has_price),
        "order_id": _named("WEB-", order[session], part == 5),
        "device": _words(DEVICES, np.where(device % 2 == 1, 1, device // 2 % 3)[session]),
        "source": _words(SOURCES, chance.integers(0, 7, count)[session]),
    }
    return pa.table(columns).take(pa.array(np.argsort(when, kind="stable"))), count


def _named(stem: str, numbers: Rows, there: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Return ids that begin alike, null where they are not there."""
    texts = pc.binary_join_element_wise(stem, pa.array(numbers).cast(pa.string()), "")
    return texts if there is None else pc.if_else(pa.array(there), texts, None)


def _words(words: tuple[str, ...], codes: Rows, there: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.array(words).take(pa.array(codes, mask=None if there is None else ~there))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int)
    parser.add_argument("people", type=int)
    parser.add_argument("stem")
    parser.add_argument("--apart", action="store_true", help="shuffle the rows by two million")
    given = parser.parse_args()
    write(given.stem, tables(given.events, given.people, apart=given.apart))
