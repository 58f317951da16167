"""What customers are expected to order and to be worth over a time to come, and what stands against believing it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from segtool.errors import UsageError
from segtool.summary.facts import Caution, caution
from segtool.tables.arrays import Floats, Ints
from segtool.words import Words
from segtool.worth.bg_nbd import BgNbdFit, expected_if_active, p_alive
from segtool.worth.fits import DAYS_PER_MONTH, DAYS_PER_UNIT, Fit
from segtool.worth.gamma_gamma import GammaGammaFit, expected_spend
from segtool.worth.transactions import Transactions

FEW_REPEATERS = 100
"""With fewer repeat buyers, the parameters of another sample would be others."""

HIGH_CORRELATION = 0.3
"""Beyond it, how much is spent depends too much on how often: Gamma-Gamma takes the two to be independent."""

OTHER_SPEND = 3
"""If customers spend so many times what the customers of a fit did, or one over it, they are not like them."""

_AS_LONG = 0.95
"""A history of this part of the horizon is as long as it: a year of orders has 364 days from the first to the last."""

_LONGEST = 20 * 12
_LENGTH = re.compile(r"(\d{1,5}) *([dwmy])")
_MONTHS = {"d": 1 / DAYS_PER_MONTH, "w": 7 / DAYS_PER_MONTH, "m": 1.0, "y": 12.0}


@dataclass(frozen=True)
class Horizon:
    """A time to come: as it is written, in months of 365.25 / 12 days, and in days, the nearest whole number."""

    text: str
    months: float
    days: int


@dataclass(frozen=True)
class Prediction:
    """What is expected of each customer over a horizon, a row a customer.

    `p_alive` is the chance that the customer still buys. `expected_orders` counts days with a purchase, and
    `expected_spend` is the money of one of them; it and the values are None where spend cannot be predicted. `clv` is
    the discounted margin of the expected orders, in currency units: `p_alive` times `active_clv`, which is what a
    customer is worth who is surely still active.
    """

    p_alive: Floats
    expected_orders: Floats
    expected_spend: Floats | None
    clv: Floats | None
    active_clv: Floats | None


def horizon_of(text: str) -> Horizon:
    """Return the time that a text names: days, weeks, months or years.

    >>> horizon_of("12m"), horizon_of("1y").months, horizon_of("52w").days
    (Horizon(text='12m', months=12.0, days=365), 12.0, 364)

    Raises UsageError for a text that names none, and for a time that nobody can look ahead.
    """
    found = _LENGTH.fullmatch(text.strip().lower())
    if found is None or not int(found[1]):
        raise UsageError(f"--horizon {text!r} is no length of time; say 12m, 52w, 365d or 1y.")
    months = int(found[1]) * _MONTHS[found[2]]
    if months > _LONGEST:
        raise UsageError(f"--horizon {text} is longer than {_LONGEST // 12} years, which nobody can predict.")
    return Horizon(found[0].replace(" ", ""), months, round(months * DAYS_PER_MONTH))


def days_ahead(days: int) -> Horizon:
    """Return the time of so many days, however long.

    >>> days_ahead(28) == horizon_of("28d")
    True
    """
    return Horizon(f"{days}d", days * _MONTHS["d"], days)


def predict(
    fit: Fit, found: Transactions, *, horizon: Horizon, margin: float = 1.0, discount_rate: float = 0.1
) -> Prediction:
    """Return what is expected of each customer.

    `margin` is the share of the money of orders that is left to the shop, `discount_rate` is per year, nominal. The
    margin of the orders of month t is discounted at the month's end, by (1 + discount_rate / 12)^t; the last step of a
    horizon that is no whole number of months is shorter.
    """
    days_per_unit = DAYS_PER_UNIT[fit.time_unit]
    ends = _month_ends(horizon.months)
    discounts = (1 + discount_rate / 12) ** -ends
    rows, kind = _kinds(found)
    orders = expected_if_active(
        fit.bg_nbd, found[rows], ends * DAYS_PER_MONTH / days_per_unit, days_per_unit=days_per_unit
    )
    discounted = (np.diff(orders, axis=1, prepend=0) * discounts).sum(axis=1)
    alive = p_alive(fit.bg_nbd, found, days_per_unit=days_per_unit)
    spend = None if fit.gamma_gamma is None else expected_spend(fit.gamma_gamma, found)
    active = None if spend is None else discounted[kind] * spend * margin
    return Prediction(
        p_alive=alive,
        expected_orders=alive * orders[:, -1][kind],
        expected_spend=spend,
        clv=None if active is None else alive * active,
        active_clv=active,
    )


def _kinds(found: Transactions) -> tuple[Ints, Ints]:
    """Return a row of each x and T that customers have, and which of these each customer is like.

    >>> rows, kind = _kinds(Transactions(np.array([1, 0, 1]), np.zeros(3), np.array([9, 9, 9]), np.zeros(3)))
    >>> rows.tolist(), kind.tolist()
    ([1, 0], [1, 0, 1])
    """
    _, rows, kind = np.unique((found.repeats << 32) + found.age, return_index=True, return_inverse=True)
    return rows, kind


def _month_ends(months: float) -> Floats:
    """Return the ends of the months of a horizon, the last one cut short where it is no whole number of them.

    >>> _month_ends(3.0).tolist(), _month_ends(2.5).tolist(), _month_ends(0.25).tolist()
    ([1.0, 2.0, 3.0], [1.0, 2.0, 2.5], [0.25])
    """
    return np.append(np.arange(1.0, np.ceil(months)), months)


def checks(fit: Fit, found: Transactions, horizon: Horizon, words: Words) -> Iterator[Caution]:
    """Yield what is to be known before the prediction of these customers is trusted."""
    orders, spend = fit.bg_nbd, fit.gamma_gamma
    if orders.repeat_customers < FEW_REPEATERS:
        few = words.count(orders.repeat_customers, "customer")
        yield caution("clv-few-repeats", words, customers=few, least=FEW_REPEATERS)
    fits: list[tuple[str, BgNbdFit | GammaGammaFit]] = [("BG/NBD", orders)]
    if spend:
        fits.append(("Gamma-Gamma", spend))
    for model, each in fits:
        if each.at_edge:
            yield caution("clv-edge", words, model=model)
        elif not each.converged:
            yield caution("clv-not-converged", words, model=model)
        elif fit.errors == "standard" and each.standard_errors is None:
            yield caution("clv-unsure", words, model=model)
    if spend is None:
        yield caution("clv-no-spend", words)
    elif spend.mean_spend is None:
        yield caution("clv-no-mean", words, q=words.number(spend.q, 2))
    else:
        yield from _of_spend(spend.mean_spend, spend.correlation, found, words)
    if fit.history_days < _AS_LONG * horizon.days:
        history, ahead = (words.count(days, "day") for days in (fit.history_days, horizon.days))
        yield caution("clv-short-history", words, history=history, horizon=ahead)


def _of_spend(mean: float, correlation: float | None, found: Transactions, words: Words) -> Iterator[Caution]:
    if correlation is not None and abs(correlation) > HIGH_CORRELATION:
        code = "clv-correlated-more" if correlation > 0 else "clv-correlated-less"
        yield caution(code, words, correlation=words.number(correlation, 2))
    own = found.spend[found.spend > 0]
    if len(own):
        usual = float(np.median(own))
        if not mean / OTHER_SPEND <= usual <= mean * OTHER_SPEND:
            yield caution("clv-other-spend", words, usual=words.amount(usual), mean=words.amount(mean))
