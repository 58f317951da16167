"""Make behavior.csv, how the customers of a web shop use it, buy and respond: python make_behavior.py > behavior.csv.

The same file every time. Nobody in it is real.
"""

import csv
import random
import sys
from collections.abc import Callable, Mapping
from datetime import date, timedelta

CUSTOMERS, AS_OF = 120, date(2024, 12, 31)
SYSTEMS = {"mobile": ["Android 14", "Android 13", "iOS 17"], "tablet": ["iPadOS 17", "Android 13"]}
COMPUTERS = ["Windows 11", "Windows 10", "macOS 14", "Ubuntu", "Windows 11"]
ADOPTION = {"innovator": 3, "early adopter": 14, "early majority": 34, "late majority": 34, "laggard": 15}
WAYS = [
    ("google", "organic"), ("google", "cpc"), ("(direct)", "(none)"), ("newsletter", "email"), ("instagram", "social"),
    ("facebook", "paid_social"), ("blog.example.org", "referral"), ("summer_flyer", "print"), ("bing", "organic"),
]  # fmt: skip

ODD = {
    "device": {7: "Smartphone", 41: "موبایل", 66: "smart tv", 90: ""},
    "operating_system": {66: "HarmonyOS", 90: ""},
    "app_or_web": {12: "App & Web", 66: "kiosk", 90: ""},
    "tech_adoption": {5: "innovator", 23: "mixed answers", 57: "", 58: ""},
    "journey_stage": {31: "partner", 64: "", 65: "Loyalty"},
    "usage": {4: -3, 33: "heavy", 71: "", 72: ""},
    "last_interaction": {0: AS_OF, 9: "", 44: "", 85: "not yet"},
    "visitor_type": {18: "staff", 49: "", 50: ""},
    "utm_source": {14: "", 15: "", 77: "carrier pigeon", 78: "اینستاگرام", 79: "Google Ads"},
    "utm_medium": {14: "", 15: "", 77: "", 78: "", 79: ""},
    "sales_channel": {3: "online; store", 26: "phone", 60: "حضوری", 91: "", 92: ""},
    "orders": {39: -1, 52: ""},
    "revenue": {39: "pending", 52: ""},
    "order_value": {43: 0, 39: "pending", 52: ""},
    "last_order": {1: AS_OF, 39: "none yet", 52: ""},
    "last_cart": {2: AS_OF, 39: "", 52: ""},
    "discount_share": {30: 140, 52: ""},
    "top_brand_share": {36: 0, 52: ""},
    "refund_rate": {28: "-0.1", 52: ""},
    "nps": {20: 11, 47: "promoter"},
    "satisfaction": {21: "7 of 10", 48: "راضی", 62: "very satisfied", 98: 85},
    "rating": {22: 0, 63: "five stars"},
    "complaints": {24: "see the ticket", 46: "", 88: 5},
    "campaign_response": {19: "forwarded", 29: "", 37: "Unsubscribed", 38: "rarely"},
}
"""Column -> row -> what stands there: empty cells, other spellings, and what cannot be."""


def share(value: float) -> str:
    return f"{min(max(value, 0), 1):.2f}"


def customer(chance: random.Random) -> dict[str, object]:
    """Return one customer whose columns go together: who likes the shop buys more, and sends less back."""
    liking, device = chance.random(), chance.choice(["mobile"] * 6 + ["desktop"] * 4 + ["tablet"] * 2)
    source, medium = chance.choice(WAYS)
    orders = int(chance.expovariate(1 / (1.2 + 7 * liking**2)) + 0.5)
    basket = chance.lognormvariate(3.7, 0.6)
    silent = int(chance.expovariate(1 / (300 - 260 * liking)))
    last_order = AS_OF - timedelta(days=min(silent + int(chance.expovariate(1 / 40)), 900))
    lapsed = orders and silent > 300
    has_account = chance.random() < 0.5
    answered = chance.random() < 0.8
    stage = "lapsed" if lapsed else "loyal" if orders > 4 else "customer" if orders else ""
    kind = "repeat buyer" if orders > 1 else "logged in" if has_account else ""
    return {
        "device": device,
        "operating_system": chance.choice(SYSTEMS.get(device, COMPUTERS)),
        "app_or_web": "web" if device == "desktop" else chance.choice(["app", "app", "web", "both"]),
        "tech_adoption": chance.choices([*ADOPTION], [*ADOPTION.values()])[0],
        "journey_stage": stage or chance.choice(["aware", "considering", "intent"]),
        "usage": 0 if silent > 365 else 1 + int(chance.expovariate(1 / (1 + 25 * liking**2))),
        "last_interaction": AS_OF - timedelta(days=min(silent, 880)),
        "visitor_type": kind or chance.choice(["guest", "first-time", "returning"]),
        "utm_source": source,
        "utm_medium": medium,
        "sales_channel": chance.choice(["online", "online", "online", "in store", "both"]),
        "orders": orders,
        "revenue": f"{orders * basket:.2f}",
        "order_value": f"{basket:.2f}" if orders else "",
        "last_order": last_order if orders else "",
        "last_cart": AS_OF - timedelta(days=chance.randrange(120)) if chance.random() < 0.6 else "",
        "discount_share": share(chance.betavariate(1, 1.3)) if orders else "",
        "top_brand_share": share(chance.betavariate(2, 2)) if orders > 1 else "",
        "refund_rate": share(chance.choice([0, 0, 0.3, 0.6, 1]) * (1 - liking) * chance.random()) if orders else "",
        "nps": min(10, int(3 + 8 * liking + chance.gauss(0, 1.5))) if answered else "",
        "satisfaction": min(5, max(1, round(1 + 4.4 * liking + chance.gauss(0, 0.7)))) if answered else "",
        "rating": min(5, max(1, round(1.2 + 4.2 * liking + chance.gauss(0, 0.8)))) if orders and answered else "",
        "complaints": int(chance.expovariate(1 / (0.3 + 1.6 * (1 - liking)))) if orders else 0,
        "campaign_response": chance.choice(["none", "none", "opened", "clicked", "bought" if orders else "opened"]),
    }


def write(
    letter: str, customer: Callable[[random.Random], dict[str, object]], odd: Mapping[str, Mapping[int, object]]
) -> None:
    """Write customers whose ids begin with a letter, each drawn by chance, and then what is odd about some."""
    chance = random.Random(2024)
    rows = [customer(chance) for _ in range(CUSTOMERS)]
    for column, cells in odd.items():
        for row, cell in cells.items():
            rows[row][column] = cell
    out = csv.DictWriter(sys.stdout, ["customer_id", *rows[0]], lineterminator="\n")
    out.writeheader()
    for number, row in enumerate(rows, 1):
        out.writerow({"customer_id": f"{letter}{number:03}", **row})


if __name__ == "__main__":
    write("B", customer, ODD)
