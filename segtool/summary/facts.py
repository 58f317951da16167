"""What a run found, as frozen facts; pure data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

SCHEMA_VERSION = 1
"""It rises when a key of `Summary.to_dict()` changes its meaning or goes."""


@dataclass(frozen=True)
class Period:
    """The days of the first and the last purchase."""

    first: date
    last: date


@dataclass(frozen=True)
class SetAside:
    """Rows set aside for one reason and their readable money, None if there is none."""

    rows: int
    amount: Decimal | None
    unreadable_amounts: int = field(metadata={"in_dict": False})


@dataclass(frozen=True)
class Rows:
    """read = used + set_aside_total."""

    read: int
    used: int
    set_aside: Mapping[str, SetAside]

    @property
    def set_aside_total(self) -> int:
        return sum(each.rows for each in self.set_aside.values())


@dataclass(frozen=True)
class Axis:
    """How one score came out: customers per score from 1 to n, the cuts, and the raw range behind each score."""

    counts: tuple[int, ...]
    cuts: tuple[int | Decimal, ...]
    ranges: tuple[tuple[int | Decimal, int | Decimal] | None, ...]


@dataclass(frozen=True)
class SegmentSummary:
    """One segment in numbers. Shares are of all customers and of net revenue, None where that is not above zero."""

    name: str
    title: str
    customers: int
    share: float
    orders: int
    revenue: Decimal
    revenue_share: float | None
    average_order_value: float | None
    median_recency_days: float | None
    median_frequency: float | None
    advice: str


@dataclass(frozen=True)
class ValueMatrix:
    """Orders × average order value, each cut at the mean of the base.

    `fewest_orders` is the least whole number of orders that is not below the mean.
    """

    mean_orders: float
    fewest_orders: int
    mean_order_value: float
    segments: tuple[SegmentSummary, ...]


@dataclass(frozen=True)
class Peak:
    """The busiest month, weekday and hour; an order counts once, at its first line. No hour where dates have none."""

    month: str
    month_orders: int
    weekday: str
    weekday_orders: int
    hour: int | None
    hour_orders: int | None


@dataclass(frozen=True)
class Caution:
    """Something to know before the numbers are trusted; the code is stable."""

    code: str
    message: str


@dataclass(frozen=True)
class Summary:
    """Everything that is said about a run.

    `spelling` tells for the roles whose cells are not plain decimals or ISO dates how they were read. The as-of date is
    also given in the Jalali calendar where orders are dated in it.
    """

    schema_version: int
    as_of: date
    as_of_jalali: str | None
    as_of_from: str
    period: Period
    rows: Rows
    customers: int
    orders: int
    revenue: Decimal
    repeat_customers: int
    repeat_share: float
    net_zero_or_less: int
    scores: Mapping[str, Axis]
    segments: tuple[SegmentSummary, ...]
    further_segments: Mapping[str, tuple[SegmentSummary, ...]]
    grid: tuple[tuple[int, ...], ...]
    grid_shares: tuple[tuple[float, ...], ...]
    value_matrix: ValueMatrix
    peak: Peak
    warnings: tuple[Caution, ...]
    columns: Mapping[str, str]
    spelling: Mapping[str, str]
    scheme: str
    version: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; dates in ISO form, money as the nearest number."""
        return {each.name: without_types(getattr(self, each.name)) for each in fields(self)}

    def to_json(self) -> str:
        """Return `to_dict()` as JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"


def without_types(value: Any) -> Any:
    """Return frozen facts as plain values for JSON."""
    if is_dataclass(value):
        known = (each.name for each in fields(value) if each.metadata.get("in_dict", True))
        return {name: without_types(getattr(value, name)) for name in known}
    if isinstance(value, Mapping):
        return {key: without_types(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [without_types(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def counted(count: int, noun: str) -> str:
    """Return a count and its noun, in the plural where it belongs.

    >>> counted(1, "order"), counted(1200, "order")
    ('1 order', '1,200 orders')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def money(units: int) -> Decimal:
    """Return units of 1/10,000 as an exact decimal with two places, four where it needs them.

    >>> money(25_500), money(12_345)
    (Decimal('2.55'), Decimal('1.2345'))
    """
    return Decimal(units).scaleb(-4) if units % 100 else Decimal(units // 100).scaleb(-2)
