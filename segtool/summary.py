"""What a run found, as frozen facts that every renderer reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from segtool.engines import Aggregate, Customers
from segtool.scoring import Scores, above_mean
from segtool.segments.schemes import Scheme
from segtool.tables.dates import calendar_day

SCHEMA_VERSION = 1

GAP_DAYS = 31
"""A latest date that lies further than this after the next one may be a mistyped year."""

Ints = npt.NDArray[np.int64]

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Period:
    """The days of the first and the last purchase."""

    first: date
    last: date


@dataclass(frozen=True)
class SetAside:
    """Rows set aside for one reason; the amount is None where it cannot be known."""

    rows: int
    amount: Decimal | None


@dataclass(frozen=True)
class Rows:
    """read = used + the sum of set_aside."""

    read: int
    used: int
    set_aside: Mapping[str, SetAside]


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
    """Orders × average order value, each cut at the mean of the base."""

    mean_orders: float
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
    """Everything that is said about a run."""

    schema_version: int
    as_of: date
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
    value_matrix: ValueMatrix
    peak: Peak
    warnings: tuple[Caution, ...]
    columns: Mapping[str, str]
    scheme: str
    version: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; dates in ISO form, money as the nearest number."""
        plain: dict[str, Any] = _plain(self)
        return plain


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def money(units: int) -> Decimal:
    """Return units of 1/10,000 as an exact decimal."""
    return Decimal(units).scaleb(-4)


def summarize(
    found: Aggregate,
    recency_days: Ints,
    scores: Scores,
    assigned: Sequence[tuple[Scheme, Ints]],
    matrix: tuple[Scheme, Ints],
    *,
    as_of: date,
    as_of_from: str,
    columns: Mapping[str, str],
    warnings: Sequence[Caution],
    version: str,
) -> Summary:
    """Return the summary of a run.

    `assigned` pairs each scheme with the positions of the customers' segments, the run's first scheme first; `matrix`
    does the same for the customer value matrix, which every summary has. `warnings` are put before those that the
    numbers give.
    """
    customers = found.customers
    segments = [_segments(customers, recency_days, scheme, places) for scheme, places in assigned]
    axes = {
        "r": _axis(recency_days, scores.r, scores.r_cuts, scores.bins),
        "f": _axis(customers.frequency, scores.f, scores.f_cuts, scores.bins),
        "m": _in_money(_axis(customers.monetary, scores.m, scores.m_cuts, scores.bins)),
    }
    orders, revenue = int(customers.frequency.sum()), sum(customers.monetary.tolist())
    grid = np.zeros((scores.bins, scores.bins), np.int64)
    np.add.at(grid, (scores.r - 1, scores.f - 1), 1)
    own = [*_collapsed(axes, customers, recency_days), *_few_orders(axes, assigned), *_latest_far(found, as_of_from)]
    return Summary(
        schema_version=SCHEMA_VERSION,
        as_of=as_of,
        as_of_from=as_of_from,
        period=Period(calendar_day(customers.first_order.min()), calendar_day(customers.last_order.max())),
        rows=Rows(
            read=found.counts.read,
            used=found.counts.used,
            set_aside={
                reason: SetAside(tally.rows, None if tally.units is None else money(tally.units))
                for reason, tally in found.counts.set_aside.items()
            },
        ),
        customers=len(customers),
        orders=orders,
        revenue=money(revenue),
        repeat_customers=(repeat := int((customers.frequency > 1).sum())),
        repeat_share=repeat / len(customers),
        net_zero_or_less=int((customers.monetary <= 0).sum()),
        scores=axes,
        segments=segments[0] if segments else (),
        further_segments={scheme.name: rest for (scheme, _), rest in zip(assigned[1:], segments[1:], strict=True)},
        grid=tuple(tuple(row) for row in grid.tolist()),
        value_matrix=ValueMatrix(
            mean_orders=orders / len(customers),
            mean_order_value=revenue / (10_000 * orders),
            segments=_segments(customers, recency_days, *matrix),
        ),
        peak=_peak(found),
        warnings=(*warnings, *own),
        columns=columns,
        scheme=assigned[0][0].name if assigned else "none",
        version=version,
    )


def value_matrix_levels(customers: Customers) -> dict[str, Ints]:
    """Return the levels, 1 below and 2 from the mean, of orders and of average order value."""
    return {
        "orders": above_mean(customers.frequency, np.ones_like(customers.frequency)),
        "average_order_value": above_mean(customers.monetary, customers.frequency),
    }


def _segments(customers: Customers, recency_days: Ints, scheme: Scheme, places: Ints) -> tuple[SegmentSummary, ...]:
    revenue = sum(customers.monetary.tolist())
    found = []
    for i, segment in enumerate(scheme.segments):
        inside = places == i
        count, orders = int(inside.sum()), int(customers.frequency[inside].sum())
        units = sum(customers.monetary[inside].tolist())
        found.append(
            SegmentSummary(
                name=segment.name,
                title=segment.title,
                customers=count,
                share=count / len(customers),
                orders=orders,
                revenue=money(units),
                revenue_share=units / revenue if revenue > 0 else None,
                average_order_value=units / (orders * 10_000) if orders else None,
                median_recency_days=float(np.median(recency_days[inside])) if count else None,
                median_frequency=float(np.median(customers.frequency[inside])) if count else None,
                advice=segment.advice,
            )
        )
    return tuple(found)


def _axis(values: Ints, scores: Ints, cuts: Ints, bins: int) -> Axis:
    inside = [values[scores == score] for score in range(1, bins + 1)]
    return Axis(
        counts=tuple(len(own) for own in inside),
        cuts=tuple(cuts.tolist()),
        ranges=tuple((int(own.min()), int(own.max())) if len(own) else None for own in inside),
    )


def _in_money(axis: Axis) -> Axis:
    ranges = tuple(None if ends is None else (money(int(ends[0])), money(int(ends[1]))) for ends in axis.ranges)
    return Axis(axis.counts, tuple(money(int(cut)) for cut in axis.cuts), ranges)


def _peak(found: Aggregate) -> Peak:
    def busiest(counts: Mapping[int, int]) -> tuple[int, int]:
        return max(counts.items(), key=lambda item: (item[1], -item[0]))

    month, month_orders = busiest(found.calendar.months)
    weekday, weekday_orders = busiest(found.calendar.weekdays)
    hour, hour_orders = busiest(found.calendar.hours) if found.calendar.timed else (None, None)
    return Peak(
        f"{1970 + month // 12}-{month % 12 + 1:02}", month_orders, _WEEKDAYS[weekday], weekday_orders, hour, hour_orders
    )


def _collapsed(axes: Mapping[str, Axis], customers: Customers, recency_days: Ints) -> Iterator[Caution]:
    values = {
        "r": (recency_days, "{:,} days since the last order"),
        "f": (customers.frequency, "{:,} orders"),
        "m": (customers.monetary, "{:,} spent"),
    }
    for name, axis in axes.items():
        used = [str(score) for score, count in enumerate(axis.counts, 1) if count]
        if len(used) < len(axis.counts):
            raw, words = values[name]
            found, counts = np.unique(raw, return_counts=True)
            most = int(counts.argmax())
            value: Decimal | int = int(found[most])
            tie = words.format(money(int(value)).normalize() if name == "m" else value)
            tie = tie.replace("1 orders", "1 order") if value == 1 else tie
            yield Caution(
                "collapsed-scores",
                f"{name.upper()} uses only {', '.join(used)}, because equal customers share a score: "
                f"{counts[most] / len(raw):.1%} of customers have {tie}.",
            )


def _few_orders(axes: Mapping[str, Axis], assigned: Sequence[tuple[Scheme, Ints]]) -> Iterator[Caution]:
    ends = axes["f"].ranges[0]
    named = [s.name for scheme, _ in assigned for s in scheme.segments if s.name in ("New Customers", "Promising")]
    if named and ends is not None and ends[1] > 1:
        yield Caution(
            "few-orders",
            f'F1 reaches up to {ends[1]:,} orders, so {" and ".join(named)} mean "recent, few orders" here, '
            "not newcomers.",
        )


def _latest_far(found: Aggregate, as_of_from: str) -> Iterator[Caution]:
    gap = found.latest[-1] - found.latest[0]
    if as_of_from == "data" and gap > GAP_DAYS:
        yield Caution(
            "as-of-gap",
            f"The last date, {calendar_day(found.latest[-1])}, lies {gap:,} days after the one before it, "
            f"{calendar_day(found.latest[0])}: a mistyped date? --as-of sets another.",
        )
