"""Make events.csv, what visitors of a small shop did in the last quarter of 2025: python make_events.py > events.csv.

Its purchases and refunds are those of orders.csv, and around them people come, look, search, fill carts and leave them.
The same file every time.
"""

import csv
import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

START, DAYS = datetime(2025, 10, 1), 92
HEADER = (
    "time", "event", "user_id", "anonymous_id", "device", "os", "utm_source", "utm_medium", "referrer",
    "product", "category", "quantity", "price", "order_id", "rating",
)  # fmt: skip
PRICES = {"Teapot": 24.90, "Mug": 7.50, "Kettle": 49.00, "Green tea": 5.95, "Sieve": 4.25, "Honey": 9.80}
CATEGORIES = {"Green tea": "Pantry", "Honey": "Pantry", "Teapot": "Ware", "Mug": "Ware", "Sieve": "Ware"}
DEVICES = [("mobile", "Android"), ("mobile", "iOS"), ("mobile", "Android"), ("desktop", "Windows"), ("tablet", "iOS")]
WAYS = [
    ("", "", ""), ("", "", ""), ("", "", "https://www.google.com/"), ("", "", "https://www.google.com/"),
    ("google", "cpc", "https://www.google.com/"), ("newsletter", "email", ""), ("instagram", "social", ""),
    ("", "", "https://tea-friends.example/best-teapots"), ("", "", "https://duckduckgo.com/"),
]  # fmt: skip

Event = dict[str, object]


class Visitor:
    """Somebody with a device, whose visits become events; the shop knows the `user` from the first login on."""

    def __init__(self, chance: random.Random, number: int, user: str = "") -> None:
        self.chance, self.user = chance, user
        self.number, self.known = number, False
        self._sit_down(chance.choice(DEVICES))

    def _sit_down(self, device: tuple[str, str]) -> None:
        """Take a device; visitors 20 and 21 share their computer."""
        self.device, self.os = device
        shared = self.number - (self.number == 21 and self.device == "desktop")
        self.browser = f"v{shared:04}{self.device[0]}"

    def visit(self, at: datetime, *, login: bool = False, tail: list[Event] | None = None) -> Iterator[Event]:
        """Yield the events of a visit, which ends in those of the `tail` where there is one."""
        chance, way = self.chance, self.chance.choice(WAYS)
        if self.number in (20, 21) or chance.random() < 0.05:
            self._sit_down(("desktop", "Windows"))
        wanted = [str(each["product"]) for each in tail or ()] or chance.sample(list(PRICES), chance.choice([1, 1, 2]))
        steps: list[Event] = [{"event": "page_view"}]
        if chance.random() < 0.3:
            steps.append({"event": "search"})
        if login:
            steps.append({"event": "login" if self.known or chance.random() < 0.7 else "sign_up"})
        for product in dict.fromkeys(wanted):
            steps += [{"event": "product_view", "product": product}] * chance.choice([1, 1, 2])
        if tail or chance.random() < 0.35:
            steps += [_line("add_to_cart", product, 1) for product in wanted]
            if chance.random() < 0.15:
                steps.append(_line("remove_from_cart", chance.choice(wanted), 1))
        if tail or (steps[-1]["event"] == "add_to_cart" and chance.random() < 0.3):
            steps += [{"event": "view_cart"}, {"event": "begin_checkout"}]
        if not tail and chance.random() < 0.05:
            steps.append({"event": "gift_finder_opened"})
        if chance.random() < 0.04:
            steps.append({"event": "chat"})
        ends = at if tail else at + timedelta(minutes=2 * len(steps))
        for back, step in zip(range(len(steps), 0, -1), steps, strict=True):
            self.known |= step["event"] in ("login", "sign_up")
            first = back == len(steps)
            yield self._row(ends - timedelta(seconds=70 * back), step, way if first else ("", "", ""))
        for step in tail or ():
            yield self._row(ends, step, ("", "", ""))

    def tell(self, at: datetime, step: Event) -> Event:
        """Return an event without a visit around it, as a refund."""
        return self._row(at, step, ("", "", ""))

    def _row(self, at: datetime, step: Event, way: tuple[str, str, str]) -> Event:
        source, medium, referrer = way
        return {
            "time": f"{at:%Y-%m-%d %H:%M:%S}", "user_id": self.user if self.known else "",
            "anonymous_id": self.browser, "device": self.device, "os": self.os,
            "utm_source": source, "utm_medium": medium, "referrer": referrer,
            "category": CATEGORIES.get(str(step.get("product")), "Kitchen" if "product" in step else ""), **step,
        }  # fmt: skip


def _line(event: str, product: str, quantity: int) -> Event:
    return {"event": event, "product": product, "quantity": quantity, "price": f"{PRICES[product]:.2f}"}


def _orders() -> Iterator[tuple[str, datetime, str, list[Event]]]:
    """Yield the orders and refunds of the quarter: customer, time, number, lines."""
    with (Path(__file__).parent / "orders.csv").open(newline="", encoding="utf-8") as file:
        for number, lines in groupby(csv.DictReader(file), key=lambda row: row["order_id"]):
            rows = list(lines)
            at = datetime.strptime(rows[0]["order_date"], "%Y-%m-%d %H:%M")
            if at >= START:
                kind = "purchase" if int(rows[0]["quantity"]) > 0 else "refund"
                bought = [_line(kind, row["product"], abs(int(row["quantity"]))) for row in rows]
                yield rows[0]["customer_id"], at, number, [line | {"order_id": number} for line in bought]


def events(chance: random.Random) -> Iterator[Event]:
    """Yield the events of buyers, and of those who only look."""
    visitors: dict[str, Visitor] = {}
    for customer, at, number, lines in _orders():
        who = visitors.setdefault(customer or number, Visitor(chance, len(visitors), customer))
        if lines[0]["event"] == "refund":
            who.known = bool(who.user)
            yield from (who.tell(at, line) for line in lines)
            continue
        for _ in range(chance.choice([0, 0, 1, 1, 2])):
            earlier = at - timedelta(hours=chance.uniform(2, 200))
            if earlier > START:
                yield from who.visit(earlier)
        yield from who.visit(at, login=bool(customer), tail=lines)
        if chance.random() < 0.2 and at + timedelta(days=7) < START + timedelta(days=DAYS):
            stars = {"event": "review", "product": lines[0]["product"], "rating": chance.choice([2, 3, 4, 4, 5, 5, 5])}
            yield who.tell(at + timedelta(days=6, minutes=chance.randrange(600)), stars)
    for number in range(150):
        looker = Visitor(chance, 1000 + number)
        for _ in range(chance.choice([1, 1, 1, 2, 3])):
            hours = chance.randrange(DAYS * 24 - 1)
            yield from looker.visit(START + timedelta(hours=hours, minutes=chance.randrange(60)))


if __name__ == "__main__":
    out = csv.DictWriter(sys.stdout, HEADER, restval="", lineterminator="\n")
    out.writeheader()
    out.writerows(sorted(events(random.Random(9)), key=lambda row: str(row["time"])))
