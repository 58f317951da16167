"""What each customer is worth, all figures together: as columns of a table, and summed over segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import fsum

import numpy as np
import pyarrow as pa

from segtool.history.compare import sums_of
from segtool.history.ranking import Ranked
from segtool.scoring.figures import Figures
from segtool.summary.facts import Caution
from segtool.summary.value import Worth
from segtool.tables.arrays import Ints, as_column, as_texts
from segtool.tables.columns import ratios, where
from segtool.tables.numbers import UNITS, as_decimals, money, total
from segtool.worth.acquired import Acquired
from segtool.worth.ahead import Forecast
from segtool.worth.lifetime import Prediction
from segtool.worth.measures import Measures, added
from segtool.worth.rhythm import OVERDUE
from segtool.worth.stake import AtStake, estimated
from segtool.worth.wallet import CustomerWallets

_CHANCE = 6
"""Decimals of what is predicted."""


@dataclass(frozen=True, eq=False)
class Values:
    """What is known of the worth of customers, in the order of their ids; None for what nobody asked for."""

    figures: Figures
    measures: Measures
    acquired: Acquired
    has_profit: bool = False
    wallets: CustomerWallets | None = None
    forecast: Forecast | None = None

    def __len__(self) -> int:
        return len(self.figures.customers)

    @property
    def warnings(self) -> tuple[Caution, ...]:
        """What to know of costs and of predictions."""
        return (*self.acquired.warnings, *(self.forecast.warnings if self.forecast else ()))

    @property
    def prediction(self) -> Prediction | None:
        return self.forecast.prediction if self.forecast else None

    @cached_property
    def profit(self) -> Ints | None:
        """Margin less costs to serve and to acquire, of which an unknown one counts as zero, in units.

        Raises OverflowError for one that passes 64 bits.
        """
        if not self.has_profit:
            return None
        less = [-self.measures.cost_to_serve, *([] if self.acquired.costs is None else [-self.acquired.costs.units])]
        return added(self.measures.margin, *less)


def columns_of(values: Values, at_stake: AtStake) -> dict[str, pa.Array]:
    """Return the columns of a table of values by their headers; null where a figure has no meaning."""
    own, figures = values.measures, values.figures
    costs, sources, paid_back = values.acquired.costs, values.acquired.sources, values.acquired.paid_back
    columns = {
        "average_order_value": as_decimals(figures.average_order_value),
        "tenure_days": as_column(own.tenure_days),
        "orders_per_year": ratios(own.orders_per_year),
        "median_days_between_orders": ratios(own.median_gap),
        "overdue": ratios(own.overdue),
        "spend_last_90_days": as_decimals(own.spent_last),
        "spend_90_days_before": as_decimals(own.spent_before),
        "refund_rate": ratios(own.refund_rate),
        "pcv": as_decimals(own.past_value),
    }
    if (profit := values.profit) is not None:
        columns["margin"] = as_decimals(own.margin)
        columns["cost_to_serve"] = as_decimals(own.cost_to_serve)
        if costs is not None:
            columns["acquisition_cost"] = where(as_decimals(costs.units), costs.known)
        columns["profit"] = as_decimals(profit)
        every = total(profit)
        columns["profit_share"] = ratios(profit / every if every > 0 else np.full(len(profit), np.nan), _CHANCE)
    if sources is not None:
        names = as_texts([*sources.names, ""])
        columns["source"] = where(names.take(as_column(sources.places % len(names))), sources.places >= 0)
    if costs is not None and paid_back is not None:
        columns["payback_days"] = where(as_column(paid_back), costs.known & (paid_back >= 0))
        paid = np.where(costs.known & (costs.units > 0), costs.units, np.nan)
        columns["value_to_cost"] = ratios(own.margin / paid)
    if (wallets := values.wallets) is not None:
        columns["wallet"] = where(as_decimals(wallets.cells.units), wallets.cells.readable)
        columns["share_of_wallet"] = ratios(wallets.shares.share)
        columns["wallet_gap"] = where(as_decimals(wallets.shares.gap), wallets.shares.known)
    if (ahead := values.prediction) is not None:
        columns["p_alive"] = ratios(ahead.p_alive, _CHANCE)
        columns["expected_orders"] = ratios(ahead.expected_orders, _CHANCE)
        if ahead.expected_spend is not None and ahead.clv is not None:
            columns["expected_spend"] = as_decimals(estimated(ahead.expected_spend))
            columns["clv"] = as_decimals(estimated(ahead.clv))
            columns["endangered_value"] = as_decimals(at_stake.endangered)
    return columns


def worth_of(values: Values, segments: Sequence[Ranked], places: Ints) -> tuple[Worth, ...]:
    """Return what the customers of each segment are worth together; `places` has that of each customer."""
    own, figures, ahead, count = values.measures, values.figures, values.prediction, len(segments)
    sums: dict[str, list[int]] = {}

    def add(name: str, units: Ints | None) -> None:
        if units is not None:
            sums[name] = sums_of(units, places, count)

    has_profit = values.profit is not None
    add("revenue", figures.monetary)
    add("orders", figures.frequency)
    add("refunds", own.refunds)
    add("pcv", own.past_value)
    add("margin", own.margin if has_profit else None)
    add("cost_to_serve", own.cost_to_serve if has_profit else None)
    add("acquisition_cost", values.acquired.costs.units if values.acquired.costs else None)
    add("profit", values.profit)
    add("clv", None if ahead is None or ahead.clv is None else estimated(ahead.clv))
    whole = {name: sum(each) for name, each in sums.items()}
    rows = [np.flatnonzero(places == at) for at in range(count)]

    def told(at: int, segment: Ranked) -> Worth:
        here = rows[at]
        orders, revenue, refunds = (sums[name][at] for name in ("orders", "revenue", "refunds"))
        gaps = own.median_gap[here]
        known = gaps[~np.isnan(gaps)]

        def amount(name: str) -> Decimal | None:
            return money(sums[name][at]) if name in sums else None

        return Worth(
            name=segment.name,
            title=segment.title,
            health=segment.health,
            customers=len(here),
            share=len(here) / len(values),
            orders=orders,
            revenue=money(revenue),
            revenue_share=_part(revenue, whole["revenue"]),
            average_order_value=float(Fraction(revenue, UNITS * orders)) if orders else None,
            median_days_between_orders=float(np.median(known)) if len(known) else None,
            overdue=int((own.overdue[here] > OVERDUE).sum()),
            refund_rate=_part(refunds, revenue + refunds),
            pcv=money(sums["pcv"][at]),
            margin=amount("margin"),
            cost_to_serve=amount("cost_to_serve"),
            acquisition_cost=amount("acquisition_cost"),
            profit=amount("profit"),
            profit_share=_part(sums["profit"][at], whole["profit"]) if "profit" in sums else None,
            p_alive=None if ahead is None or not len(here) else fsum(ahead.p_alive[here]) / len(here),
            expected_orders=None if ahead is None else fsum(ahead.expected_orders[here]),
            clv=amount("clv"),
        )

    return tuple(told(at, segment) for at, segment in enumerate(segments))


def _part(part: int, whole: int) -> float | None:
    """Return a share of a whole, None where that is not above zero."""
    return part / whole if whole > 0 else None
