"""Make orders.csv, a small shop's order lines: python make_orders.py > orders.csv. The same file every time."""

import csv
import random
import sys
from datetime import datetime, timedelta

START, DAYS = datetime(2025, 1, 1), 365
PRODUCTS = [("Teapot", 24.90), ("Mug", 7.50), ("Kettle", 49.00), ("Green tea", 5.95), ("Sieve", 4.25), ("Honey", 9.80)]


def main() -> None:
    chance = random.Random(2025)
    lines = []
    for number in range(240):
        customer = f"{number + 1:04}"
        joined = chance.random() ** 1.4 * DAYS
        pace = chance.lognormvariate(3.6, 0.9)  # days between orders
        faithful = chance.betavariate(4, 1.2)
        day = joined
        while day < DAYS:
            placed = START + timedelta(
                days=int(day), hours=chance.choice([9, 11, 12, 17, 18, 19, 20, 20, 21]), minutes=chance.randrange(60)
            )
            basket = [
                (chance.choice(PRODUCTS), 1 + int(chance.expovariate(1.2))) for _ in range(chance.choice([1, 1, 2, 3]))
            ]
            lines.append((placed, customer, basket, 1))
            if chance.random() < 0.04:
                lines.append((placed + timedelta(days=3), customer, basket[:1], -1))
            if chance.random() > faithful:
                break
            day += 1 + chance.expovariate(1 / pace)
    lines.sort(key=lambda line: line[0])
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["order_id", "order_date", "customer_id", "product", "quantity", "unit_price"])
    for i, (placed, customer, basket, sign) in enumerate(lines):
        if placed >= START + timedelta(days=DAYS):
            continue
        for (product, price), quantity in basket:
            who = "" if i % 47 == 13 else customer  # a guest now and then
            out.writerow([10_001 + i, f"{placed:%Y-%m-%d %H:%M}", who, product, sign * quantity, f"{price:.2f}"])


if __name__ == "__main__":
    main()
