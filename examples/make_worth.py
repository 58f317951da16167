"""Make worth.csv, what the customers of a shop are worth and how they buy: python make_worth.py > worth.csv.

The same file every time. Nobody in it is real.
"""

import random
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from make_behavior import write

AS_OF = date(2024, 12, 31)
MARGIN, ORDER_COST, ACQUISITION_COST = 0.35, 4.5, 9.0
MONTHLY_RATE, DAYS_A_MONTH = 0.0125, 30.4375

ODD = {
    "first_order": {52: "", 74: "", 75: ""},
    "frequency": {41: 0, 52: "", 74: 0, 75: 0},
    "last_order": {41: AS_OF - timedelta(days=20), 52: "", 74: "", 75: ""},
    "recency_days": {41: 20, 52: "", 74: "", 75: ""},
    "monetary": {39: "pending", 52: "", 74: 0, 75: 0},
    "average_order_value": {39: "pending", 52: "", 74: 0, 75: 0},
    "tenure_days": {39: "", 52: "", 74: "", 75: ""},
    "overdue": {39: "", 52: "", 74: "", 75: ""},
    "spend_last_90_days": {39: "pending", 52: "", 74: "", 75: ""},
    "spend_90_days_before": {52: "", 74: "", 75: ""},
    "pcv": {39: "pending", 52: "", 74: "", 75: ""},
    "profit": {39: "pending", 52: "", 74: "", 75: ""},
    "wallet": {17: 0, 18: 400, 39: "", 52: "", 74: "", 75: ""},
    "share_of_wallet": {17: 0.5, 18: 45, 39: "", 52: "", 74: "", 75: ""},
    "clv": {39: "pending", 52: "", 74: "", 75: ""},
}
"""Column -> row -> what stands there: who has not bought, other spellings, and what cannot be."""


def purchases(chance: random.Random, first: int) -> list[tuple[int, float]]:
    """Return days before the as-of day and amounts of the orders of a customer, the first one first."""
    gap, basket = chance.lognormvariate(4.0, 0.7), chance.lognormvariate(3.7, 0.6)
    stays, day, found = chance.random() < 0.45, first, []
    while day >= 0 and len(found) < 40:
        found.append((day, basket * chance.lognormvariate(0, 0.3)))
        if not stays and chance.random() < 0.35:
            break
        day -= max(1, round(gap * chance.uniform(0.6, 1.4)))
    return found


def money(amount: float) -> str:
    return f"{amount:.2f}"


def customer(chance: random.Random) -> dict[str, object]:
    """Return one customer whose columns all come from the same orders."""
    orders = purchases(chance, chance.choice([chance.randrange(4, 90), *[chance.randrange(90, 900)] * 5]))
    if chance.random() < 0.06:  # all comes back, and some days later
        orders = [(orders[0][0], 0.0)]
    days = [day for day, _ in orders]
    recency, tenure, spend = days[-1], days[0], sum(amount for _, amount in orders)
    gaps = [one - other for one, other in pairwise(days)]
    overdue = recency / median(gaps) if gaps else None
    stays = 1.0 if overdue is None and recency < 60 else 0.3 if overdue is None else max(0.0, 1.3 - overdue / 4)
    rate = (len(gaps) + 0.2) / max(tenure, 90) * 365
    kept = min(stays, 1.0) * rate * spend / len(orders) * MARGIN
    share = chance.betavariate(2, 2)
    wallet = spend / share if spend and chance.random() < 0.75 else None
    return {
        "first_order": AS_OF - timedelta(days=tenure),
        "last_order": AS_OF - timedelta(days=recency),
        "recency_days": recency,
        "frequency": len(orders),
        "monetary": money(spend),
        "average_order_value": money(spend / len(orders)),
        "tenure_days": tenure,
        "overdue": "" if overdue is None else f"{overdue:.4f}",
        "spend_last_90_days": money(sum(amount for day, amount in orders if day < 90)),
        "spend_90_days_before": money(sum(amount for day, amount in orders if 90 <= day < 180)),
        "profit": money(spend * MARGIN - len(orders) * ORDER_COST - ACQUISITION_COST),
        "pcv": money(sum(amount * MARGIN * (1 + MONTHLY_RATE) ** (day / DAYS_A_MONTH) for day, amount in orders)),
        "wallet": "" if wallet is None else money(wallet),
        "share_of_wallet": "" if wallet is None else f"{share:.4f}",
        "clv": money(kept),
    }


if __name__ == "__main__":
    write("W", customer, ODD)
