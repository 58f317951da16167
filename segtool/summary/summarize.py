"""From customers, scores and segments to the summary."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from segtool.engines import Aggregate, Customers
from segtool.orders.set_aside import Counts
from segtool.scoring import Scores, above_mean, cells
from segtool.segments.schemes import Scheme
from segtool.summary import cautions
from segtool.summary.facts import (
    SCHEMA_VERSION,
    Axis,
    Caution,
    Peak,
    Period,
    Rows,
    SegmentSummary,
    SetAside,
    Summary,
    ValueMatrix,
    money,
)
from segtool.tables.arrays import Ints, Levels
from segtool.tables.dates import calendar_day, day_text
from segtool.tables.numbers import total

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def summarize(
    found: Aggregate,
    recency_days: Ints,
    scores: Scores,
    assigned: Sequence[tuple[Scheme, Levels]],
    matrix: tuple[Scheme, Levels],
    *,
    as_of: date,
    as_of_from: str,
    columns: Mapping[str, str],
    spelling: Mapping[str, str],
    show_jalali: bool,
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
    orders, revenue = int(customers.frequency.sum()), total(customers.monetary)
    bins = [scores.bins, scores.bins]
    grid = np.bincount(cells([scores.r, scores.f], bins), minlength=scores.bins**2).reshape(bins)
    values = {"r": recency_days, "f": customers.frequency, "m": customers.monetary}
    names = [segment.name for scheme, _ in assigned for segment in scheme.segments]
    return Summary(
        schema_version=SCHEMA_VERSION,
        as_of=as_of,
        as_of_jalali=day_text(as_of, "jalali") if show_jalali else None,
        as_of_from=as_of_from,
        period=Period(calendar_day(customers.first_order.min()), calendar_day(customers.last_order.max())),
        rows=rows_of(found.counts),
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
        grid_shares=tuple(tuple(row) for row in (grid / len(customers)).tolist()),
        value_matrix=ValueMatrix(
            mean_orders=orders / len(customers),
            fewest_orders=-(-orders // len(customers)),
            mean_order_value=revenue / (10_000 * orders),
            segments=_segments(customers, recency_days, *matrix),
        ),
        peak=_peak(found),
        warnings=(*warnings, *cautions.of_scores(axes, values, names)),
        columns=columns,
        spelling=spelling,
        scheme=assigned[0][0].name if assigned else "none",
        version=version,
    )


def rows_of(counts: Counts) -> Rows:
    """Return what happened to the rows, with their money."""
    return Rows(
        read=counts.read,
        used=counts.used,
        set_aside={
            reason: SetAside(tally.rows, money(tally.units) if tally.valued else None, tally.rows - tally.valued)
            for reason, tally in counts.set_aside.items()
        },
    )


def value_matrix_levels(customers: Customers) -> dict[str, Levels]:
    """Return the levels, 1 below and 2 from the mean, of orders and of average order value."""
    return {
        "orders": above_mean(customers.frequency, np.ones_like(customers.frequency)),
        "average_order_value": above_mean(customers.monetary, customers.frequency),
    }


def _segments(customers: Customers, recency_days: Ints, scheme: Scheme, places: Levels) -> tuple[SegmentSummary, ...]:
    revenue = total(customers.monetary)
    found = []
    for place, segment in enumerate(scheme.segments):
        inside = np.flatnonzero(places == place)
        count, orders = len(inside), int(customers.frequency[inside].sum())
        units = total(customers.monetary[inside])
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


def _axis(values: Ints, scores: Levels, cuts: Ints, bins: int) -> Axis:
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
    hour, hour_orders = busiest(found.calendar.hours) if found.calendar.hours else (None, None)
    return Peak(
        f"{1970 + month // 12}-{month % 12 + 1:02}", month_orders, _WEEKDAYS[weekday], weekday_orders, hour, hour_orders
    )
