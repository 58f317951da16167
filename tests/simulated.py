"""Customers whose rates, chances of stopping and spend are drawn from known parameters."""

import numpy as np

from segtool.worth.transactions import Transactions

KNOWN = {"r": 0.8, "alpha": 20.0, "a": 0.8, "b": 2.4, "p": 6.0, "q": 4.0, "gamma": 15.0}
"""An order in 25 weeks: so seldom that hardly two fall on one day, which would count as one."""


def simulated(customers: int, seed: int, *, days: int = 1500) -> Transactions:
    """Return the transactions of customers who first bought on a day of so many, by the parameters above.

    It is the story of the models told forwards: time is continuous until a day is asked for, and spend has cents.
    """
    random = np.random.default_rng(seed)
    rate = random.gamma(KNOWN["r"], 1 / KNOWN["alpha"], customers) / 7
    stops = random.beta(KNOWN["a"], KNOWN["b"], customers)
    age = random.integers(0, days, customers)
    time, last, repeats = (np.zeros(customers, kind) for kind in (np.float64, np.int64, np.int64))
    active = np.arange(customers)
    while len(active):
        time[active] += random.exponential(1 / rate[active])
        active = active[time[active] <= age[active]]
        day = np.minimum(np.ceil(time[active]).astype(np.int64), age[active])
        repeats[active] += day > last[active]
        last[active] = day
        active = active[random.random(len(active)) >= stops[active]]
    own = random.gamma(KNOWN["q"], 1 / KNOWN["gamma"], customers)
    orders = np.maximum(repeats, 1)
    spend = random.gamma(KNOWN["p"] * orders, 1 / (own * orders))
    return Transactions(repeats, last, age, np.where(repeats > 0, spend.round(2), 0.0))
