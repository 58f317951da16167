"""Make sent.csv, whom a campaign of December 2025 was sent to: python make_sent.py > sent.csv.

Of the customers of orders.csv who had bought by the end of November two in three get it, as a hash of their ids draws
them; the others are held out of it, and stand in holdout.csv. The same files every time.
"""

import csv
import sys
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

FIRST_DAY = "2025-12-01"
SALT = "december"
"""Another word draws other groups."""


def customers() -> list[str]:
    """Return who had bought before the campaign, sorted."""
    with (Path(__file__).parent / "orders.csv").open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return sorted(
            {row["customer_id"] for row in rows if row["order_date"] < FIRST_DAY and int(row["quantity"]) > 0} - {""}
        )


def is_sent(customer: str) -> bool:
    """Return whether a customer gets the campaign, by lot, two times in three."""
    return int(sha256(f"{SALT} {customer}".encode()).hexdigest(), 16) % 3 < 2


def write(ids: Iterable[str]) -> None:
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["customer_id"])
    out.writerows([each] for each in ids)


if __name__ == "__main__":
    write(filter(is_sent, customers()))
