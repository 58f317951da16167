"""From customers, scores and segments to the summary."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from segtool.engines import Aggregate, Calendar
from segtool.orders.set_aside import Counts
from segtool.summary import cautions, misuse
from segtool.summary.aims import Aims, with_aims
from segtool.summary.census import AxisCensus, Census, SchemeCensus
from segtool.summary.facts import (
    SCHEMA_VERSION,
    Axis,
    Caution,
    Drift,
    GroupSummary,
    Peak,
    Rows,
    Scoring,
    SegmentSummary,
    SetAside,
    Summary,
    ValueMatrix,
    WithoutPurchase,
)
from segtool.summary.segments import segment_summary
from segtool.tables.dates import day_text
from segtool.tables.numbers import UNITS, money
from segtool.words import Words

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def summarize(
    found: Aggregate,
    census: Census,
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
    as_of, count = census.as_of, census.customers
    segments = [_segments(each, census, words) for each in census.schemes]
    axes = {name: _axis(each) for name, each in census.axes.items()}
    used = [segment for each in census.schemes for segment in each.scheme.segments]
    summary = Summary(
        schema_version=SCHEMA_VERSION,
        as_of=as_of,
        as_of_jalali=day_text(as_of, "jalali") if as_of and show_jalali else None,
        as_of_from=as_of_from,
        period=census.period,
        rows=rows_of(found.counts),
        customers=count,
        orders=census.orders,
        revenue=money(census.units),
        repeat_customers=census.repeat,
        repeat_share=census.repeat / count,
        net_zero_or_less=census.net_zero_or_less,
        scores=axes,
        scoring=Scoring(
            ties=census.method.ties,
            nested=census.method.nested,
            weights={axis: Decimal(weight).scaleb(-4) for axis, weight in weights.items()},
        ),
        groups=_groups(census),
        drift=drift,
        changes=None,
        alerts=(),
        goal=None,
        health=None,
        targets=(),
        segments=segments[0] if segments else (),
        further_segments={each.scheme.name: rest for each, rest in zip(census.schemes[1:], segments[1:], strict=True)},
        attribute_schemes=(),
        grid=tuple(tuple(row) for row in census.grid.tolist()),
        grid_shares=tuple(tuple(row) for row in (census.grid / count).tolist()),
        without_purchase=_without_purchase(census, prospects, words),
        customer_list=None,
        unit=None,
        kept_gone=None,
        value_matrix=_value_matrix(census, words),
        peak=_peak(found.calendar) if found.calendar else None,
        warnings=(*warnings, *cautions.of_scores(axes, census, used, words, frozen=drift is not None)),
        columns=columns,
        spelling=spelling,
        scheme=census.schemes[0].scheme.name if census.schemes else "none",
        scheme_checksum=census.schemes[0].scheme.checksum if census.schemes else None,
        version=version,
    )
    summary = replace(summary, warnings=(*summary.warnings, *misuse.of_run(summary, census, words)))
    return with_aims(summary, aims, [each.scheme for each in census.schemes], words)


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


def _segments(found: SchemeCensus, census: Census, words: Words) -> tuple[SegmentSummary, ...]:
    scheme = found.scheme
    return tuple(
        segment_summary(
            segment.name,
            words.of(segment.title),
            segment.health,
            words.of(segment.advice),
            size,
            customers=census.customers,
            revenue=census.units,
        )
        for place, (segment, size) in enumerate(zip(scheme.segments, found.sizes, strict=True))
        if place != scheme.no_orders
    )


def _value_matrix(census: Census, words: Words) -> ValueMatrix:
    return ValueMatrix(
        mean_orders=census.orders / census.customers,
        fewest_orders=-(-census.orders // census.customers),
        mean_order_value=census.units / (UNITS * census.orders),
        segments=_segments(census.matrix, census, words),
    )


def _without_purchase(census: Census, prospects: int | None, words: Words) -> WithoutPurchase | None:
    if prospects is None:
        return None
    scheme = next(each.scheme for each in census.schemes if each.scheme.no_orders is not None)
    segment = scheme.segments[scheme.no_orders or 0]
    return WithoutPurchase(segment.name, words.of(segment.title), prospects, words.of(segment.advice))


def _axis(found: AxisCensus) -> Axis:
    rule, cuts = found.rule, found.cuts
    levels = zip(found.customers.tolist(), found.least.tolist(), found.greatest.tolist(), strict=True)
    return Axis(
        figure=rule.figure,
        lowest=rule.lowest,
        counts=tuple(found.customers.tolist()),
        cuts=tuple(rule.raw(cut) for cut in cuts[0]) if cuts is not None and len(cuts) == 1 else None,
        ranges=tuple((rule.raw(least), rule.raw(greatest)) if count else None for count, least, greatest in levels),
    )


def _groups(census: Census) -> tuple[GroupSummary, ...]:
    """Return the groups that have customers; their cuts unless they are further divided, or there are none."""
    groups = census.groups
    if groups is None:
        return ()
    cuts = {
        axis: (each.rule, each.cuts)
        for axis, each in census.axes.items()
        if each.cuts is not None and len(each.cuts) == len(groups.names)
    }
    return tuple(
        GroupSummary(
            name=name,
            customers=count,
            holds=groups.pooled if i == len(groups.names) - 1 else (),
            cuts={axis: tuple(rule.raw(cut) for cut in own[i]) for axis, (rule, own) in cuts.items()},
        )
        for i, (name, count) in enumerate(zip(groups.names, groups.customers.tolist(), strict=True))
        if count
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
