"""What is measured of each customer: data that every engine compiles."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Measure:
    """One figure a customer: `fold` the `value` of the customer's `lines`.

    `purchases` are the used lines with an amount of zero or more, `refunds` the others, `used` all of them. Values are
    the `day`, the `amount` and the `refund` that is in it, in units of 1/10,000, the `order`, the labels of `group` and
    `source`, and the money of a role of `segtool.orders.roles.MONEY`; `row` counts lines. `last` and `earliest` are the
    value at the latest and at the first moment, the least in byte order where lines of that moment have several.
    """

    name: str
    fold: Literal["min", "max", "sum", "count", "distinct", "last", "earliest"]
    value: str
    lines: Literal["purchases", "refunds", "used"]


MEASURES = (
    Measure("first_order", "min", "day", "purchases"),
    Measure("last_order", "max", "day", "purchases"),
    Measure("frequency", "distinct", "order", "purchases"),
    Measure("monetary", "sum", "amount", "used"),
    Measure("refund_lines", "count", "row", "refunds"),
)

GROUP = Measure("group", "last", "group", "purchases")
"""The group in which a customer is scored, where customers are scored by group."""

SOURCE = Measure("source", "earliest", "source", "purchases")
"""Where a customer came from: the label of the first purchase."""

LABELS = ("last", "earliest")
"""The folds whose value is a label."""

REFUNDS = Measure("refunds", "sum", "refund", "used")
"""What was given back, below zero: by refund lines, and by what other lines were refunded."""


def money_of(role: str) -> Measure:
    """Return the sum of a further column of money."""
    return Measure(role, "sum", role, "used")
