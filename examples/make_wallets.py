"""Make wallets.csv, where the customers of orders.csv came from and what they spend in all: python make_wallets.py.

The same file every time. Of each customer it has the source and the wallet, all that was spent on such goods in the
year, here and elsewhere, as a survey would tell it; not of everyone, and not always right. Redirect stdout to the file.
"""

import csv
import random
import sys
from collections import defaultdict
from pathlib import Path

SOURCES = ["Instagram"] * 9 + ["Google Ads"] * 7 + ["word of mouth"] * 5 + ["fair"] * 3 + [""]
NO_WALLET, NOT_IN_LIST, MISTAKEN = 0.35, 0.05, 0.02


def spend(orders: Path) -> dict[str, float]:
    """Return customer -> what was spent, in the order of the ids."""
    found: dict[str, float] = defaultdict(float)
    with orders.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["customer_id"] and row["quantity"] and row["unit_price"]:
                found[row["customer_id"]] += int(row["quantity"]) * float(row["unit_price"])
    return dict(sorted(found.items()))


def main() -> None:
    chance = random.Random(8)
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["customer_id", "source", "wallet"])
    for customer, spent in spend(Path(__file__).with_name("orders.csv")).items():
        share, source = chance.betavariate(1.4, 2.2), chance.choice(SOURCES)
        wallet = max(spent, 1) / max(share, 0.05)
        luck = chance.random()
        if luck < NOT_IN_LIST:
            continue
        told = "" if luck < NOT_IN_LIST + NO_WALLET else f"{wallet:.0f}"
        if luck > 1 - MISTAKEN:
            told = f"{spent / 2:.0f}"
        table.writerow([customer, source, told])
    table.writerow(["9001", "fair", "800"])  # has not bought yet


if __name__ == "__main__":
    main()
