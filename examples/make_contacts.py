"""Make contacts.csv, how the customers of orders.csv can be reached: python make_contacts.py > contacts.csv.

The same file every time. Nobody in it is real: addresses are of example domains, telephone numbers of ranges that are
kept free for films, or of a block of zeros.
"""

import csv
import random
import sys
from collections import Counter
from pathlib import Path

ORDERS = Path(__file__).with_name("orders.csv")

WOMEN = ["Anna", "Laura", "Maria", "Grace", "Emma", "Leila", "Sara", "Maryam", "Zahra", "نرگس", "پریسا"]
MEN = ["Tom", "Jack", "David", "Omar", "Paul", "Reza", "Ali", "Hamid", "Daniel", "بهرام", "سیاوش"]
LAST = [
    "Smith",
    "Jones",
    "Novak",
    "Brown",
    "Rossi",
    "O'Neil",
    "Karimi",
    "Ahmadi",
    "Rezaei",
    "Müller-Wolf",
    "رضایی",
    "موسوی",
]
CITIES = {"London": "GB", "Leeds": "GB", "Boston": "US", "Tehran": "IR", "Shiraz": "IR"}
CODES = {"GB": "LS1 4AP", "US": "02110", "IR": "1969833114"}

HEADER = [
    "customer_id", "first_name", "last_name", "email", "phone", "gender", "age_group", "country", "city", "postal_code",
    "channel", "device", "newsletter",
]  # fmt: skip


def phone(country: str, number: int, chance: random.Random) -> str:
    """Return a telephone number as people write it, no two of whom do it alike."""
    ways = {
        "GB": [
            f"+44 7700 900{number % 1000:03}",
            f"0044 7700 900{number % 1000:03}",
            f"+44 (0)7700 900{number % 1000:03}",
        ],
        "US": [f"+1 202-555-01{number % 100:02}", f"+1 (212) 555-01{number % 100:02}"],
        "IR": [f"0990 000 {number:04}", f"+98990000{number:04}", f"00989900 00 {number:04}", f"990000{number:04}"],
    }
    return chance.choice(ways[country])


def main() -> None:
    chance = random.Random(2026)
    with ORDERS.open(encoding="utf-8", newline="") as file:
        placed = Counter(
            customer for customer, _ in {(row["customer_id"], row["order_id"]) for row in csv.DictReader(file)}
        )
    out = csv.DictWriter(sys.stdout, HEADER, lineterminator="\n")
    out.writeheader()
    for number in range(1, 241):
        often = placed[f"{number:04}"] >= 4
        woman = chance.random() < 0.6
        first, last = chance.choice(WOMEN if woman else MEN), chance.choice(LAST)
        city = chance.choices(list(CITIES), [8, 4, 3, 6, 2] if often else [4, 4, 3, 4, 4])[0]
        country = CITIES[city]
        address = f"{first}.{last}{number}@example.{'org' if number % 3 else 'com'}"
        address = address if address.isascii() else f"customer{number}@example.net"
        row = {
            "customer_id": f"{number:04}",
            "first_name": first,
            "last_name": last,
            "email": address if number % 5 else address.lower(),
            "phone": phone(country, number, chance),
            "gender": "female" if woman else "male",
            "age_group": chance.choices(["18-24", "25-34", "35-44", "45-64"], [1, 3, 5, 3] if often else [4, 4, 2, 2])[
                0
            ],
            "country": country,
            "city": city,
            "postal_code": CODES[country],
            "channel": chance.choices(["newsletter", "search", "Instagram"], [5, 3, 1] if often else [1, 3, 4])[0],
            "device": chance.choices(["mobile", "desktop"], [2, 3] if often else [4, 1])[0],
            "newsletter": chance.choices(["yes", "no", ""], [80, 12, 8])[0],
        }
        if number % 16 == 5:  # what nobody told, and what nobody can use
            row["email"] = ""
        if number % 24 == 7:
            row["email"] = chance.choice(["unknown", "anna@", "tom.example.org", "maria@example"])
        if number % 40 == 11:
            row["email"] = f"shared{number // 80}@example.org"
        if number % 20 == 3:
            row["phone"] = chance.choice(["", "9.9E+09", "call the office", "+44 20"])
        out.writerow(row)


if __name__ == "__main__":
    main()
