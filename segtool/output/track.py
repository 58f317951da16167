"""How the segments went, for a terminal: a curve a segment, who moved from date to date, the largest flows."""

from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.aims import health
from segtool.output.cohorts import cohorts, period_told
from segtool.output.money import Money, money_in
from segtool.output.pieces import WIDTH, in_bold, in_lines, listing, plain_table, printed, rows_read, titled, warned
from segtool.output.terminal import days_told
from segtool.summary.track import AsOfSummary, SegmentSeries, Series, TrackSummary
from segtool.words import Words, words_in

_LEVELS = "▁▂▃▄▅▆▇█"

_MARKS = 18
"""Marks that a curve has at most."""

_DATES = 12
"""As-of dates that the table of moves has at most."""

_FLOWS = 5
"""How many flows are told."""

_WAYS = ("up", "down", "same", "new")


def render_track(summary: TrackSummary, *, words: Words | None = None, width: int = WIDTH, color: bool = False) -> str:
    """Return the segments over time as text of the given width, with ANSI colours if asked for.

    What does not fit is wrapped; a table that cannot be, is wider. Nothing is cut.
    """
    words = words or words_in()
    parts: list[RenderableType] = [
        _headline(summary, words),
        rows_read(summary.rows, summary.columns, summary.spelling, words),
    ]
    if summary.segments:
        parts += [
            titled(words("title.track-customers", scheme=summary.scheme), _customers(summary.segments, words)),
            titled(words("title.track-revenue", scheme=summary.scheme), _revenue(summary.segments, words)),
        ]
    parts.append(titled(_migration_title(summary, words), _migration(summary.as_of_dates[-_DATES:], words)))
    if flows := _flows(summary, words):
        parts.append(flows)
    if summary.cohorts:
        parts += cohorts(summary.cohorts, words, width)
    parts += warned(summary.warnings, words)
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def curve(values: Sequence[Any], most: int = _MARKS) -> str:
    """Return values as marks from the lowest to the highest level, which stand for 0, or less, and the largest value.

    Of more than `most` values as many are taken, evenly spread, the first and the last among them.

    >>> curve([0, 1, 4, 8]), curve([5, 5]), curve([-2, 0, 6]), curve(range(101), 5)
    ('▁▂▅█', '██', '▁▃█', '▁▃▅▇█')
    """
    if len(values) > most:
        values = [values[at * (len(values) - 1) // (most - 1)] for at in range(most)]
    low, high = min(*values, 0), max(*values, 0)
    if low == high:
        return _LEVELS[0] * len(values)
    return "".join(_LEVELS[min(int((value - low) * 8 / (high - low)), 7)] for value in values)


def _headline(summary: TrackSummary, words: Words) -> RenderableType:
    dates = summary.as_of_dates
    last = dates[-1]
    facts = [
        *days_told(summary, words),
        (
            words("fact.dates"),
            words(
                "track.dates",
                dates=words.count(len(dates), "as-of-date"),
                first=dates[0].as_of,
                last=last.as_of,
                every=period_told(summary.every, words),
            ),
        ),
    ]
    if not last.is_over:
        facts.append(("", words("track.open", period=words.in_digits(last.label))))
    if len(dates) > _MARKS:
        facts.append(("", words("track.curves", shown=_MARKS)))
    facts.append((words("fact.scored"), _scored(summary, words)))
    title = in_bold(
        words.count(summary.customers, "customer"),
        words.count(summary.orders, "order"),
        words("told.revenue", amount=words.amount(summary.revenue)),
    )
    healthy = [Text(health(last.health, words))] if last.health else []
    return Group(title, *healthy, in_lines(facts))


def _scored(summary: TrackSummary, words: Words) -> str:
    frozen = summary.frozen
    if frozen is None:
        return words("track.scored.alone")
    return words(f"track.scored.{frozen.of}", **({"model": frozen.model} if frozen.model else {"day": frozen.as_of}))


def _customers(segments: Sequence[SegmentSeries], words: Words) -> Table:
    table = _series_table("", words)
    table.add_column(words("header.share-trend"), no_wrap=True)
    for each in segments:
        table.add_row(_name(each, words), *_cells(each.customers, words.number, words), _trend(each.share, words))
    return table


def _revenue(segments: Sequence[SegmentSeries], words: Words) -> Table:
    ends = [value for each in segments for value in (each.revenue.first, each.revenue.last, each.revenue.change)]
    money: Money = money_in(ends, words, width=10)
    table = _series_table(money.under_header, words)
    for each in segments:
        table.add_row(_name(each, words), *_cells(each.revenue, money, words))
    return table


def _series_table(under: str, words: Words) -> Table:
    table = plain_table(gap=1)
    table.add_column(words("header.segment"), ratio=1, min_width=11, overflow="fold", vertical="top")
    table.add_column(words("header.over-time"), no_wrap=True)
    for header in ("first", "last", "change"):
        table.add_column(words(f"header.{header}") + under, justify="right", no_wrap=True)
    table.add_column(words("header.trend"), no_wrap=True)
    return table


def _name(segment: SegmentSeries, words: Words) -> Text:
    return Text(printable(words.named(segment.name, segment.title)), "bold")


def _cells(series: Series, written: Callable[[Any], str], words: Words) -> list[str]:
    change = written(series.change)
    return [
        curve(series.values),
        written(series.first),
        written(series.last),
        f"+{change}" if series.change > 0 else change,
        _trend(series, words),
    ]


def _trend(series: Series, words: Words) -> str:
    return words(f"trend.{series.trend}") if series.trend else ""


def _migration_title(summary: TrackSummary, words: Words) -> str:
    dates = len(summary.as_of_dates)
    return words("title.migration-last", shown=_DATES, dates=dates) if dates > _DATES else words("title.migration")


def _migration(dates: Sequence[AsOfSummary], words: Words) -> Table:
    """Draw the customers of each date, where they went since the date before, and how many are healthy."""
    table = plain_table()
    table.add_column(words("header.as-of"), no_wrap=True)
    table.add_column(words("header.period"), no_wrap=True)
    for header in ("customers", *_WAYS, "healthy"):
        table.add_column(words(f"header.{header}"), justify="right", no_wrap=True)
    for each in dates:
        moved = each.migration.moved if each.migration else {}
        table.add_row(
            words.in_digits(str(each.as_of)),
            words.in_digits(each.label),
            words.number(each.customers),
            *(words.number(moved[way]) if way in moved else "" for way in _WAYS),
            words.percent(each.health["positive"].share) if each.health else "",
        )
    return table


def _flows(summary: TrackSummary, words: Words) -> RenderableType | None:
    """Return the largest flows of the last date as sentences, None where nobody moved, or there is no date before."""
    *_, before, last = (None, *summary.as_of_dates)
    if before is None or last.migration is None or not last.migration.flows:
        return None
    title = words("title.largest-flows", before=before.as_of, after=last.as_of)
    return listing(title, [("-", words.in_sentence(flow.text)) for flow in last.migration.flows[:_FLOWS]], "")
