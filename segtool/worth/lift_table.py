"""A campaign as a table: a row a segment, with both groups, how they differ and what that was worth."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from segtool.summary.lift import SegmentLift
from segtool.tables.arrays import as_column, as_texts
from segtool.tables.numbers import as_decimals


def _counts(cells: Sequence[int | None]) -> pa.Array:
    return _with_gaps(as_column(np.array([cell or 0 for cell in cells], np.int64)), cells)


def _floats(cells: Sequence[float | None]) -> pa.Array:
    return _with_gaps(as_column(np.array([cell or 0.0 for cell in cells], np.float64)), cells)


def _amounts(cells: Sequence[Decimal | None]) -> pa.Array:
    units = np.array([int(cell.scaleb(4)) if cell else 0 for cell in cells], np.int64)
    return _with_gaps(as_decimals(units), cells)


def _with_gaps(column: pa.Array, cells: Sequence[object]) -> pa.Array:
    """Return a column of fixed width that is null where the cells are None."""
    known = as_column(np.array([cell is not None for cell in cells], np.bool_)).buffers()[1]
    return pa.Array.from_buffers(column.type, len(cells), [known, column.buffers()[1]])


_COLUMNS: Mapping[str, tuple[Callable[[Sequence[Any]], pa.Array], str]] = {
    "treated_customers": (_counts, "treated.customers"),
    "treated_buyers": (_counts, "treated.buyers"),
    "treated_buying_rate": (_floats, "treated.buying_rate"),
    "treated_orders": (_counts, "treated.orders"),
    "treated_orders_per_head": (_floats, "treated.orders_per_head"),
    "treated_revenue": (_amounts, "treated.revenue"),
    "treated_revenue_per_head": (_floats, "treated.revenue_per_head"),
    "control_customers": (_counts, "control.customers"),
    "control_buyers": (_counts, "control.buyers"),
    "control_buying_rate": (_floats, "control.buying_rate"),
    "control_orders": (_counts, "control.orders"),
    "control_orders_per_head": (_floats, "control.orders_per_head"),
    "control_revenue": (_amounts, "control.revenue"),
    "control_revenue_per_head": (_floats, "control.revenue_per_head"),
    "verdict": (as_texts, "verdict"),
    "p_value": (_floats, "p"),
    "p_adjusted": (_floats, "p_adjusted"),
    "buying_rate_difference": (_floats, "buying_rate.difference"),
    "buying_rate_low": (_floats, "buying_rate.low"),
    "buying_rate_high": (_floats, "buying_rate.high"),
    "buying_rate_lift": (_floats, "buying_rate.lift"),
    "orders_per_head_difference": (_floats, "orders_per_head.difference"),
    "orders_per_head_low": (_floats, "orders_per_head.low"),
    "orders_per_head_high": (_floats, "orders_per_head.high"),
    "orders_per_head_lift": (_floats, "orders_per_head.lift"),
    "revenue_per_head_difference": (_floats, "revenue_per_head.difference"),
    "revenue_per_head_low": (_floats, "revenue_per_head.low"),
    "revenue_per_head_high": (_floats, "revenue_per_head.high"),
    "revenue_per_head_lift": (_floats, "revenue_per_head.lift"),
    "extra_buyers": (_floats, "extra.buyers.value"),
    "extra_orders": (_floats, "extra.orders.value"),
    "extra_revenue": (_floats, "extra.revenue.value"),
    "cost": (_amounts, "extra.cost"),
    "cost_per_extra_order": (_floats, "extra.cost_per_order"),
    "extra_margin": (_floats, "extra.margin"),
    "gain": (_floats, "extra.gain.value"),
    "gain_low": (_floats, "extra.gain.low"),
    "gain_high": (_floats, "extra.gain.high"),
    "needed_treated": (_counts, "needed.treated"),
    "needed_control": (_counts, "needed.control"),
}
"""Column -> how its cells become one, and where they stand among the facts of a segment."""


def table_of(rows: Sequence[SegmentLift], *, titled: bool) -> pa.Table:
    """Return a row for each segment; what cannot be told is empty, and so is what a campaign cost where nobody says.

    Rates are shares of 1, money is exact to four places, and what is an estimate a float.
    """
    table = {"segment": as_texts([each.name for each in rows])}
    if titled:
        table["segment_title"] = as_texts([each.title for each in rows])
    for name, (column, place) in _COLUMNS.items():
        table[name] = column([_fact(each, place) for each in rows])
    return pa.table(table)


def _fact(found: Any, place: str) -> Any:
    """Return the fact at a place, None where there is nothing that it could be told of."""
    for name in place.split("."):
        found = None if found is None else getattr(found, name)
    return found
