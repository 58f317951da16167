"""A segment in numbers, from the figures of its customers."""

from dataclasses import dataclass

import numpy as np

from segtool.summary.facts import SegmentSummary
from segtool.tables.arrays import Ints
from segtool.tables.numbers import UNITS, money, total


@dataclass(frozen=True)
class Size:
    """What the customers of a segment come to; money in units of 1/10,000. Medians are None where there is nobody."""

    customers: int
    orders: int
    units: int
    median_recency_days: float | None
    median_frequency: float | None


def size_of(recency_days: Ints, frequency: Ints, monetary: Ints) -> Size:
    """Return what customers come to; `recency_days` are those of the customers who bought.

    >>> size_of(np.array([3, 8]), np.array([1, 2]), np.array([25_000, 50_000]))
    Size(customers=2, orders=3, units=75000, median_recency_days=5.5, median_frequency=1.5)
    """
    return Size(len(frequency), int(frequency.sum()), total(monetary), _median(recency_days), _median(frequency))


def _median(values: Ints) -> float | None:
    return float(np.median(values)) if len(values) else None


def segment_summary(
    name: str, title: str, health: str, advice: str, size: Size, *, customers: int, revenue: int
) -> SegmentSummary:
    """Return a segment in numbers: shares are of all `customers` and of their `revenue`, in units of 1/10,000.

    >>> found = segment_summary("A", "A", "neutral", "", Size(2, 3, 75_000, 5.5, 1.5), customers=8, revenue=300_000)
    >>> found.share, found.revenue_share, found.average_order_value
    (0.25, 0.25, 2.5)
    """
    return SegmentSummary(
        name=name,
        title=title,
        health=health,
        customers=size.customers,
        share=size.customers / customers if customers else 0.0,
        orders=size.orders,
        revenue=money(size.units),
        revenue_share=size.units / revenue if revenue > 0 else None,
        average_order_value=size.units / (size.orders * UNITS) if size.orders else None,
        median_recency_days=size.median_recency_days,
        median_frequency=size.median_frequency,
        advice=advice,
    )
