"""From customers, scores and segments to the summary."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from segtool.engines import Aggregate, Calendar, Customers
from segtool.orders.set_aside import Counts
from segtool.scoring.figures import Figures
from segtool.scoring.scores import Scores, cells
from segtool.segments.segmentation import Named, Segmentation
from segtool.summary import cautions, misuse
from segtool.summary.aims import Aims, with_aims
from segtool.summary.facts import (
    SCHEMA_VERSION,
    Axis,
    Caution,
    Drift,
    GroupSummary,
    Peak,
    Period,
    Rows,
    Scoring,
    SegmentSummary,
    SetAside,
    Summary,
    ValueMatrix,
    WithoutPurchase,
)
from segtool.summary.segments import segment_summary
from segtool.tables.arrays import Ints
from segtool.tables.dates import calendar_day, day_text
from segtool.tables.numbers import money, total
from segtool.words import Words

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def summarize(
    found: Aggregate,
    segmentation: Segmentation,
    *,
    as_of_from: str | None,
    columns: Mapping[str, str],
    spelling: Mapping[str, str],
    weights: Mapping[str, int],
    show_jalali: bool,
    prospects: int | None,
    drift: Drift | None,
    aims: Aims,
    warnings: Sequence[Caution],
    words: Words,
    version: str,
) -> Summary:
    """Return the summary of a run, its titles, advice and warnings in the language of the words.

    `warnings` are put before those that the numbers give.
    """
    as_of = segmentation.as_of
    customers, figures = found.customers, segmentation.figures
    segments = [_segments(figures, named, words) for named in segmentation.named]
    axes = {axis: _axis(segmentation, axis) for axis in segmentation.letters}
    orders, revenue = int(customers.frequency.sum()), total(customers.monetary)
    grid = _grid(segmentation.scores)
    used = [segment for named in segmentation.named for segment in named.scheme.segments]
    summary = Summary(
        schema_version=SCHEMA_VERSION,
        as_of=as_of,
        as_of_jalali=day_text(as_of, "jalali") if as_of and show_jalali else None,
        as_of_from=as_of_from,
        period=period_of(customers),
        rows=rows_of(found.counts),
        customers=len(customers),
        orders=orders,
        revenue=money(revenue),
        repeat_customers=(repeat := int((customers.frequency > 1).sum())),
        repeat_share=repeat / len(customers),
        net_zero_or_less=int((customers.monetary <= 0).sum()),
        scores=axes,
        scoring=Scoring(
            ties=segmentation.method.ties,
            nested=segmentation.method.nested,
            weights={axis: Decimal(weight).scaleb(-4) for axis, weight in weights.items()},
        ),
        groups=_groups(segmentation),
        drift=drift,
        changes=None,
        alerts=(),
        goal=None,
        health=None,
        targets=(),
        segments=segments[0] if segments else (),
        further_segments={
            named.scheme.name: rest for named, rest in zip(segmentation.named[1:], segments[1:], strict=True)
        },
        attribute_schemes=(),
        grid=tuple(tuple(row) for row in grid.tolist()),
        grid_shares=tuple(tuple(row) for row in (grid / len(customers)).tolist()),
        without_purchase=_without_purchase(segmentation, prospects, words),
        customer_list=None,
        unit=None,
        kept_gone=None,
        value_matrix=_value_matrix(segmentation, orders, revenue, words),
        peak=_peak(found.calendar) if found.calendar else None,
        warnings=(*warnings, *cautions.of_scores(axes, segmentation, used, words, frozen=drift is not None)),
        columns=columns,
        spelling=spelling,
        scheme=segmentation.named[0].scheme.name if segmentation.named else "none",
        scheme_checksum=segmentation.named[0].scheme.checksum if segmentation.named else None,
        version=version,
    )
    summary = replace(summary, warnings=(*summary.warnings, *misuse.of_run(summary, segmentation, words)))
    return with_aims(summary, aims, [named.scheme for named in segmentation.named], words)


def period_of(customers: Customers) -> Period | None:
    """Return the days of the first and the last purchase, None where there are none, or they are not known."""
    if customers.first_order is None or customers.last_order is None or not len(customers):
        return None
    return Period(calendar_day(customers.first_order.min()), calendar_day(customers.last_order.max()))


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


def _segments(figures: Figures, named: Named, words: Words) -> tuple[SegmentSummary, ...]:
    customers = figures.customers
    revenue = total(customers.monetary)
    found = []
    for place, segment in enumerate(named.scheme.segments):
        if place == named.scheme.no_orders:
            continue
        inside = np.flatnonzero(named.places == place)
        found.append(
            segment_summary(
                segment.name,
                words.of(segment.title),
                segment.health,
                words.of(segment.advice),
                recency_days=figures.recency_days[inside],
                frequency=customers.frequency[inside],
                monetary=customers.monetary[inside],
                customers=len(customers),
                revenue=revenue,
            )
        )
    return tuple(found)


def _grid(scores: Scores) -> Ints:
    """Return how many customers have each R, the rows, and F, the columns; both from the worst up."""
    sizes = [scores.axes[axis].levels for axis in "rf"]
    return np.bincount(cells([scores.levels[axis] for axis in "rf"], sizes), minlength=sizes[0] * sizes[1]).reshape(
        sizes
    )


def _value_matrix(found: Segmentation, orders: int, revenue: int, words: Words) -> ValueMatrix:
    return ValueMatrix(
        mean_orders=orders / len(found),
        fewest_orders=-(-orders // len(found)),
        mean_order_value=revenue / (10_000 * orders),
        segments=_segments(found.figures, found.matrix, words),
    )


def _without_purchase(found: Segmentation, prospects: int | None, words: Words) -> WithoutPurchase | None:
    if prospects is None:
        return None
    scheme = next(named.scheme for named in found.named if named.scheme.no_orders is not None)
    segment = scheme.segments[scheme.no_orders or 0]
    return WithoutPurchase(segment.name, words.of(segment.title), prospects, words.of(segment.advice))


def _axis(found: Segmentation, axis: str) -> Axis:
    rule, levels, cuts = found.scores.axes[axis], found.scores.levels[axis], found.scores.cuts[axis]
    values = found.figures[rule.figure]
    inside = [values[levels == level] for level in range(1, rule.levels + 1)]
    return Axis(
        figure=rule.figure,
        lowest=rule.lowest,
        counts=tuple(len(own) for own in inside),
        cuts=tuple(rule.raw(cut) for cut in cuts[0]) if cuts is not None and len(cuts) == 1 else None,
        ranges=tuple((rule.raw(own.min()), rule.raw(own.max())) if len(own) else None for own in inside),
    )


def _groups(found: Segmentation) -> tuple[GroupSummary, ...]:
    """Return the groups that have customers; their cuts unless they are further divided, or there are none."""
    groups = found.groups
    if groups is None:
        return ()
    sizes = np.bincount(groups.codes, minlength=len(groups))
    rules = {axis: found.scores.axes[axis] for axis in found.letters}
    rows = {axis: found.scores.cuts[axis] for axis in found.letters}
    cuts = {axis: own for axis, own in rows.items() if own is not None and len(own) == len(groups)}
    return tuple(
        GroupSummary(
            name=name,
            customers=int(sizes[i]),
            holds=groups.pooled if i == len(groups) - 1 else (),
            cuts={axis: tuple(rules[axis].raw(cut) for cut in own[i]) for axis, own in cuts.items()},
        )
        for i, name in enumerate(groups.names)
        if sizes[i]
    )


def _peak(calendar: Calendar) -> Peak:
    def busiest(counts: Mapping[int, int]) -> tuple[int, int]:
        return max(counts.items(), key=lambda item: (item[1], -item[0]))

    month, month_orders = busiest(calendar.months)
    weekday, weekday_orders = busiest(calendar.weekdays)
    hour, hour_orders = busiest(calendar.hours) if calendar.hours else (None, None)
    return Peak(
        f"{1970 + month // 12}-{month % 12 + 1:02}", month_orders, _WEEKDAYS[weekday], weekday_orders, hour, hour_orders
    )
