"""A campaign as a table: a row a segment, with both groups, how they differ and what that was worth."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from segtool.engines.refusals import too_large
from segtool.summary.lift import SegmentLift
from segtool.tables.arrays import as_texts
from segtool.tables.columns import amounts_of, column_of

_MONEY = pa.decimal128(38, 4)

_COLUMNS: Mapping[str, tuple[pa.DataType, str]] = {
    "treated_customers": (pa.int64(), "treated.customers"),
    "treated_buyers": (pa.int64(), "treated.buyers"),
    "treated_buying_rate": (pa.float64(), "treated.buying_rate"),
    "treated_orders": (pa.int64(), "treated.orders"),
    "treated_orders_per_head": (pa.float64(), "treated.orders_per_head"),
    "treated_revenue": (_MONEY, "treated.revenue"),
    "treated_revenue_per_head": (pa.float64(), "treated.revenue_per_head"),
    "control_customers": (pa.int64(), "control.customers"),
    "control_buyers": (pa.int64(), "control.buyers"),
    "control_buying_rate": (pa.float64(), "control.buying_rate"),
    "control_orders": (pa.int64(), "control.orders"),
    "control_orders_per_head": (pa.float64(), "control.orders_per_head"),
    "control_revenue": (_MONEY, "control.revenue"),
    "control_revenue_per_head": (pa.float64(), "control.revenue_per_head"),
    "verdict": (pa.string(), "verdict"),
    "p_value": (pa.float64(), "p"),
    "p_adjusted": (pa.float64(), "p_adjusted"),
    "buying_rate_difference": (pa.float64(), "buying_rate.difference"),
    "buying_rate_low": (pa.float64(), "buying_rate.low"),
    "buying_rate_high": (pa.float64(), "buying_rate.high"),
    "buying_rate_lift": (pa.float64(), "buying_rate.lift"),
    "orders_per_head_difference": (pa.float64(), "orders_per_head.difference"),
    "orders_per_head_low": (pa.float64(), "orders_per_head.low"),
    "orders_per_head_high": (pa.float64(), "orders_per_head.high"),
    "orders_per_head_lift": (pa.float64(), "orders_per_head.lift"),
    "revenue_per_head_difference": (pa.float64(), "revenue_per_head.difference"),
    "revenue_per_head_low": (pa.float64(), "revenue_per_head.low"),
    "revenue_per_head_high": (pa.float64(), "revenue_per_head.high"),
    "revenue_per_head_lift": (pa.float64(), "revenue_per_head.lift"),
    "extra_buyers": (pa.float64(), "extra.buyers.value"),
    "extra_orders": (pa.float64(), "extra.orders.value"),
    "extra_revenue": (pa.float64(), "extra.revenue.value"),
    "cost": (_MONEY, "extra.cost"),
    "cost_per_extra_order": (pa.float64(), "extra.cost_per_order"),
    "extra_margin": (pa.float64(), "extra.margin"),
    "gain": (pa.float64(), "extra.gain.value"),
    "gain_low": (pa.float64(), "extra.gain.low"),
    "gain_high": (pa.float64(), "extra.gain.high"),
    "needed_treated": (pa.int64(), "needed.treated"),
    "needed_control": (pa.int64(), "needed.control"),
}
"""Column -> its type, and where its cells stand among the facts of a segment."""


def table_of(rows: Sequence[SegmentLift], *, titled: bool) -> pa.Table:
    """Return a row for each segment; what cannot be told is empty, and so is what a campaign cost where nobody says.

    Rates are shares of 1, money is exact to four places, and what is an estimate a float.
    """
    table = {"segment": as_texts([each.name for each in rows])}
    if titled:
        table["segment_title"] = as_texts([each.title for each in rows])
    refusal = too_large("The revenue of a segment")
    for name, (kind, place) in _COLUMNS.items():
        cells = [_fact(each, place) for each in rows]
        table[name] = amounts_of(cells, refusal=refusal) if kind == _MONEY else column_of(cells, kind)
    return pa.table(table)


def _fact(found: Any, place: str) -> Any:
    """Return the fact at a place, None where there is nothing that it could be told of."""
    for name in place.split("."):
        found = None if found is None else getattr(found, name)
    return found
