"""Cohorts for a terminal: who came back how many periods after the first order, and in which segments they are now."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from string import ascii_uppercase

from rich.cells import cell_len
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.money import money_in
from segtool.output.pieces import plain_table, titled
from segtool.summary.cohorts import Cohort, Cohorts
from segtool.words import Words

_ROWS = 24
"""Cohorts that are shown."""

_GAP = 1

Column = tuple[str, list[str]]
"""A header and the cells below it."""


def cohorts(found: Cohorts, words: Words, width: int) -> Iterator[RenderableType]:
    """Yield the shares of each cohort that bought again, and the shares of its segments: the newest cohorts last."""
    shown, period = found.cohorts[-_ROWS:], period_told(found.every, words)
    table, said = _retention(found, shown, words, width)
    notes: list[RenderableType] = [*map(Text, said)]
    if earlier := len(found.cohorts) - len(shown):
        notes.append(Text(words(words.form(earlier, "cohort.earlier"), count=earlier)))
    yield titled(words("title.retention", period=period), Group(table, *notes))
    if found.segments:
        table, legend = _segments(found.segments, shown, words, width)
        parts: list[RenderableType] = [Columns(map(Text, legend), padding=(0, 2))] if legend else []
        yield titled(words("title.cohort-segments"), Group(table, *parts))


def period_told(every: str, words: Words) -> str:
    """Return how a kind of period is called."""
    days = every.removesuffix(" days")
    return words.term("every", every) if days == every else words.count(int(days), "day")


def _retention(found: Cohorts, shown: Sequence[Cohort], words: Words, width: int) -> tuple[Table, list[str]]:
    """Return the shares that bought again: of all periods, or of one in so many where they do not fit."""
    offsets = range(1, max(len(each.active) for each in shown))
    columns = [_offset(found, shown, offset, words) for offset in offsets]
    header, names = _labels(shown, words)
    average = [words("cohort.average")] if found.average[1:] else []
    first = [
        (header, [*names, *average]),
        (words("header.customers"), [words.number(each.customers) for each in shown]),
    ]
    room = width - sum(map(_taken, first))
    step = next((step for step in offsets if sum(map(_taken, columns[::step])) <= room), 1)
    notes = [] if found.is_over or not columns else [words("cohort.so-far")]
    if step > 1:
        notes.append(words("cohort.one-in", count=len(offsets), step=step))
    return _drawn([*first, *columns[::step]]), notes


def _offset(found: Cohorts, shown: Sequence[Cohort], offset: int, words: Words) -> Column:
    """Return the shares that bought so many periods after the first one, marked where that period is not over."""
    over, so_far = ("", "") if found.is_over else (" ", "+")
    cells = [
        words.percent(each.retention[offset], 0) + (so_far if offset + 1 == len(each.active) else over)
        if offset < len(each.active)
        else ""
        for each in shown
    ]
    average = [words.percent(each.retention, 0) + over for each in found.average[offset : offset + 1]]
    return words.number(offset) + over, [*cells, *average]


def _segments(names: Mapping[str, str], shown: Sequence[Cohort], words: Words, width: int) -> tuple[Table, list[str]]:
    """Return the shares of the segments, by their names, or a letter each that a legend explains.

    Where even letters do not fit, the smaller segments are others.
    """
    money = money_in((each.revenue for each in shown), words, width=12)
    revenue = words("header.revenue") + money.under_header, [money(each.revenue) for each in shown]
    first = [_labels(shown, words), revenue]
    room = width - sum(map(_taken, first))
    called = {name: printable(words.named(name, title)) for name, title in names.items()}
    by_name = [(called[name], _shares([name], shown, words)) for name in names]
    if sum(map(_taken, by_name)) <= room:
        return _drawn([*first, *by_name]), []
    largest = sorted(names, key=lambda name: -sum(each.segments[name] for each in shown))
    for most in range(min(len(names), len(ascii_uppercase)), 0, -1):
        kept = [name for name in names if name in largest[:most]]
        columns = [(letter, _shares([name], shown, words)) for letter, name in zip(ascii_uppercase, kept, strict=False)]
        if most < len(names):
            columns.append((words("cohort.others"), _shares(largest[most:], shown, words)))
        if sum(map(_taken, columns)) <= room:
            break
    legend = [f"{letter} {called[name]}" for letter, name in zip(ascii_uppercase, kept, strict=False)]
    return _drawn([*first, *columns]), legend


def _shares(names: Sequence[str], shown: Sequence[Cohort], words: Words) -> list[str]:
    """Return which share of each cohort is in segments; nothing where nobody is."""
    return [words.percent(each.share(names) or None, 0) for each in shown]


def _labels(shown: Sequence[Cohort], words: Words) -> Column:
    return words("header.cohort"), [words.in_digits(each.label) for each in shown]


def _taken(column: Column) -> int:
    """Return the width that a column takes: that of the longest word of its header, or of its widest cell."""
    header, cells = column
    return _GAP + max(map(cell_len, [*header.split(), *cells]))


def _drawn(columns: Sequence[Column]) -> Table:
    """Return a table of columns, of which the first one has the names of the rows."""
    table = plain_table(_GAP)
    for at, column in enumerate(columns):
        least = _taken(column) - _GAP
        table.add_column(column[0], justify="right" if at else "left", vertical="bottom", min_width=least)
    table.add_column("")  # rich 14 makes the last column wider than its least width
    for label, *cells in zip_longest(*(cells for _, cells in columns), fillvalue=""):
        table.add_row(Text(label, "bold"), *cells)
    return table
