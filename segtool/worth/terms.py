"""What values are counted by, as a user says it: shares, amounts, or columns that tell them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from segtool.errors import UsageError
from segtool.orders.roles import MONEY
from segtool.tables.numbers import money
from segtool.worth.measures import Money
from segtool.worth.said import amount_said, margin_said, number_said
from segtool.worth.stake import Offer

_WAY = "write it as 35% or 0.35, or name a column"

_MOST_RATE = 10
"""More than 1,000% a year is a mistyped discount rate."""


@dataclass(frozen=True)
class Wanted:
    """What a user wants values to be counted by.

    `columns` are those of the orders by their roles. `acquisition_cost` is units of each customer, or the column of a
    list of customers; `source` and `wallet` name columns, too. `offer` has no margin yet: a column may tell it.
    """

    money: Money
    margin_is_said: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    acquisition_cost: int | str | None = None
    source: str | None = None
    wallet: str | None = None
    offer: Offer = field(default_factory=Offer)

    @property
    def has_profit(self) -> bool:
        """Whether something is said that makes profit another thing than revenue."""
        costs = (self.money.order_cost, self.money.refund_cost, self.acquisition_cost)
        return self.margin_is_said or bool(set(MONEY) & set(self.columns)) or any(each is not None for each in costs)

    def cost_told(self, role: str) -> Decimal | str | None:
        """Return what a cost to serve is: an amount, or the header of its column."""
        if role in self.columns:
            return self.columns[role]
        units = getattr(self.money, role)
        return None if units is None else money(units)


def wanted(
    *,
    margin: Any = None,
    discount_rate: Any = 0.1,
    order_cost: Any = None,
    refund_cost: Any = None,
    acquisition_cost: Any = None,
    source: str | None = None,
    wallet: str | None = None,
    budget: Any = None,
    contact_cost: Any = None,
) -> Wanted:
    """Return what a user says, of which a number is a share or an amount and another text the name of a column.

    >>> found = wanted(margin="35%", order_cost="2.50", refund_cost="handling")
    >>> found.money.margin, found.money.order_cost, dict(found.columns)
    (Fraction(7, 20), 25000, {'refund_cost': 'handling'})

    Raises UsageError for a share that is none, and for an amount below zero.
    """
    said = {"margin": margin, "order_cost": order_cost, "refund_cost": refund_cost}
    columns = {role: str(own) for role, own in said.items() if own is not None and number_said(own) is None}
    if contact_cost is not None and margin is None:
        raise UsageError("--contact-cost pays for itself by the margin on an order: say --margin, as 35% or a column.")
    if acquisition_cost is not None and number_said(acquisition_cost) is None:
        cost: int | str | None = str(acquisition_cost)
    else:
        cost = amount_said("acquisition-cost", acquisition_cost)
    share = None if "margin" in columns else Fraction(1) if margin is None else margin_said(margin, way=_WAY)
    return Wanted(
        money=Money(
            margin=share,
            order_cost=None if "order_cost" in columns else amount_said("order-cost", order_cost),
            refund_cost=None if "refund_cost" in columns else amount_said("refund-cost", refund_cost),
            discount_rate=_rate(discount_rate),
        ),
        margin_is_said=margin is not None,
        columns={**columns, **({"source": source} if source is not None else {})},
        acquisition_cost=cost,
        source=source,
        wallet=wallet,
        offer=Offer(budget=amount_said("budget", budget), contact_cost=amount_said("contact-cost", contact_cost)),
    )


def _rate(said: Any) -> float:
    number = number_said(said)
    if number is None or not 0 <= number <= _MOST_RATE:
        raise UsageError(f"--discount-rate {said!r} is no rate of a year; write it as 10% or 0.1.")
    return float(number)
