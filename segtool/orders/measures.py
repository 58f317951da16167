"""What is measured of each customer: data that every engine compiles."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Measure:
    """One figure a customer: `fold` the `value` of the customer's `lines`.

    `purchases` are the used lines with an amount of zero or more, `refunds` the others, `used` all of them. Values are
    the `day`, the `amount` in units of 1/10,000, the `order`, the label of the `group`; `row` counts lines. `last` is
    the value at the latest moment, the least in byte order where lines of that moment have several.
    """

    name: str
    fold: Literal["min", "max", "sum", "count", "distinct", "last"]
    value: Literal["day", "amount", "order", "row", "group"]
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
