"""The response rate at which a contact pays for itself: the cost of a contact over the margin on an order."""

from __future__ import annotations

from fractions import Fraction


def break_even(*, contact_cost: int, margin: Fraction, revenue: int, orders: int) -> float | None:
    """The share of the contacted who must order for their margin to pay for the contacts; above 1 nothing can.

    contact_cost / (margin * revenue / orders): `contact_cost` of one customer and `revenue` of the `orders` in units
    of 1/10,000 of the currency, `margin` the share of the revenue that stays (Hughes, Strategic Database Marketing:
    break-even response). Computed exactly and rounded once. None where an order leaves no margin: without orders,
    without net revenue, with a margin of zero or less.

    A contact for 0.50 and orders of 100.00 that leave 25%: 2 of 100 must order.

    >>> break_even(contact_cost=5_000, margin=Fraction(25, 100), revenue=4_000_000, orders=4)
    0.02
    >>> break_even(contact_cost=5_000, margin=Fraction(25, 100), revenue=0, orders=4) is None
    True
    """
    if orders <= 0 or revenue <= 0 or margin <= 0:
        return None
    return float(Fraction(contact_cost) * orders / (margin * revenue))


def is_worth(rate: float | None, rate_needed: float | None) -> bool:
    """Whether customers who respond at `rate` are worth contacting: at the break-even rate already they cost nothing.

    Not where one of the two is unknown: nobody was contacted, or an order leaves no margin.

    >>> is_worth(0.03, 0.02), is_worth(0.02, 0.02), is_worth(0.01, 0.02), is_worth(0.5, None)
    (True, True, False, False)
    """
    return rate is not None and rate_needed is not None and rate >= rate_needed
