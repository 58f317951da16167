"""A segment in numbers, from the figures of its customers."""

import numpy as np

from segtool.summary.facts import SegmentSummary
from segtool.tables.arrays import Ints
from segtool.tables.numbers import UNITS, money, total


def segment_summary(
    name: str,
    title: str,
    health: str,
    advice: str,
    *,
    recency_days: Ints,
    frequency: Ints,
    monetary: Ints,
    customers: int,
    revenue: int,
) -> SegmentSummary:
    """Return a segment in numbers: shares are of all `customers` and of their `revenue`, in units of 1/10,000.

    `frequency` and `monetary` are those of the customers of the segment, `recency_days` of those of them who bought.

    >>> found = segment_summary("A", "A", "neutral", "", recency_days=np.array([3, 8]), frequency=np.array([1, 2]),
    ...     monetary=np.array([25_000, 50_000]), customers=8, revenue=300_000)
    >>> found.share, found.revenue_share, found.average_order_value, found.median_recency_days
    (0.25, 0.25, 2.5, 5.5)
    """
    count, orders, units = len(frequency), int(frequency.sum()), total(monetary)
    return SegmentSummary(
        name=name,
        title=title,
        health=health,
        customers=count,
        share=count / customers if customers else 0.0,
        orders=orders,
        revenue=money(units),
        revenue_share=units / revenue if revenue > 0 else None,
        average_order_value=units / (orders * UNITS) if orders else None,
        median_recency_days=float(np.median(recency_days)) if len(recency_days) else None,
        median_frequency=float(np.median(frequency)) if count else None,
        advice=advice,
    )
