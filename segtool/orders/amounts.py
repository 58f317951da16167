"""What an order line is worth, exactly, rounded once."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from segtool.tables.arrays import Ints, Mask
from segtool.tables.numbers import EXACT, LIMIT, UNITS, Numbers, to_units

_FAST_PRODUCT = 2.0**62


@dataclass(frozen=True)
class Amounts:
    """Amounts in units of 1/10,000, 0 where `readable` is false."""

    units: Ints
    readable: Mask


def line_amounts(cells: Mapping[str, Numbers], no_refund: Mask | None = None) -> Amounts:
    """Return amount, or quantity × unit_price, less refunded, rounded half away from zero to 1/10,000.

    `cells` holds the numbers of the roles that there are; `no_refund` marks rows whose `refunded` is empty. What was
    refunded is a magnitude: its sign is ignored. A product is rounded after, not before: 3 × 0.33333 is 1.0000
    (0.99999), not 0.9999. An amount beyond ±9·10¹³ is unreadable.

    >>> import pyarrow as pa
    >>> from segtool.tables.numbers import numbers
    >>> line_amounts({"quantity": numbers(pa.array([3])), "unit_price": numbers(pa.array(["0.33333"]))}).units.tolist()
    [10000]
    """
    refunded = cells.get("refunded")
    if "amount" in cells:
        amount = cells["amount"]
        units, fast = amount.units, amount.exact
    else:
        quantity, price = cells["quantity"], cells["unit_price"]
        size = np.abs(quantity.units.astype(np.float64) * price.units)
        fast = quantity.exact & price.exact & (size < _FAST_PRODUCT)
        product = np.where(fast, quantity.units, 0) * np.where(fast, price.units, 0)  # in units of units
        units = np.sign(product) * ((np.abs(product) + UNITS // 2) // UNITS)
        if refunded is not None:
            fast &= product % UNITS == 0
    fast = fast & (np.abs(units) <= LIMIT)
    if refunded is None and fast.all():
        return Amounts(units, fast)
    refund = np.full(len(units), refunded is not None)
    if refunded is not None:
        if no_refund is not None:
            refund &= ~no_refund
        fast &= refunded.exact | ~refund
        units = units - np.where(refund, np.abs(refunded.units), 0)
        fast &= np.abs(units) <= LIMIT
    readable, units = fast.copy(), np.where(fast, units, 0)
    for row in np.flatnonzero(~fast).tolist():
        value = _slowly(cells, row, refund=bool(refund[row]))
        rounded = None if value is None else to_units(value)
        if rounded is not None:
            units[row], readable[row] = rounded, True
    return Amounts(units, readable)


def _slowly(cells: Mapping[str, Numbers], row: int, *, refund: bool) -> Decimal | None:
    factors = [cells[role].at(row) for role in ("amount", "quantity", "unit_price") if role in cells]
    value = Decimal(1)
    for factor in factors:
        if factor is None:
            return None
        value = EXACT.multiply(value, factor)
    if refund:
        back = cells["refunded"].at(row)
        if back is None:
            return None
        if any(each and each.adjusted() > 14 for each in (value, back)):
            return None  # beyond every limit, and their difference could have a million digits
        value = EXACT.subtract(value or Decimal(0), back.copy_abs() or Decimal(0))
    return value
