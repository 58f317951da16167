"""What only some shops do: guests share an id, some statuses mean that nobody paid, an order's total stands once."""

from dataclasses import dataclass

from segtool.orders.unpaid import unpaid_statuses
from segtool.tables.headers.shops import Shop


@dataclass(frozen=True)
class Habits:
    """The habits of one table.

    `guests` are customer ids that many people share, `unpaid` the statuses, as `normal` gives them, of orders without
    money. With `first_line_totals` a line without an amount belongs to the order before it, whose total it does not
    repeat.
    """

    guests: frozenset[str] = frozenset()
    unpaid: frozenset[str] = frozenset()
    first_line_totals: bool = False


def habits_of(shop: Shop | None) -> Habits:
    """Return the habits of a shop's export, or of a table of no known shop."""
    if shop is None:
        return Habits(unpaid=unpaid_statuses())
    return Habits(shop.guests, shop.unpaid, shop.first_line_totals)
