"""What has changed between two labelled tables, for a terminal: the matrix, each segment, flows, health and churn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from string import ascii_letters
from typing import Literal

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.history.compare import NEW
from segtool.output import aims
from segtool.output.money import money_in
from segtool.output.pieces import WIDTH, in_lines, listing, plain_table, printed, titled, warned
from segtool.summary.changes import Base, Churn, Comparison, SegmentChange
from segtool.words import Words, words_in

_LETTERS = ascii_letters.swapcase()
"""What stands for a segment on the matrix: A for the best one."""

_LEAST_SHARE = 0.01
"""Of a row; what is less is said to be less than that."""


def render_changes(found: Comparison, *, words: Words | None = None, width: int = WIDTH, color: bool = False) -> str:
    """Return a comparison as text of the given width, with ANSI colours if asked for; in English without words.

    What does not fit is wrapped; a table that cannot be, is wider. Nothing is cut.
    """
    words = words or words_in()
    grid = _Grid(found, words, width)
    parts: list[RenderableType] = [
        _headline(found, words),
        titled(grid.title, grid.body()),
        titled(words("title.changes", scheme=found.scheme), _customers(found.segments, grid, words)),
        titled(words("title.changed-revenue"), _revenue(found.segments, words)),
    ]
    if found.flows:
        flows = [("-", words.in_sentence(flow.text)) for flow in found.flows]
        parts.append(listing(words("title.flows"), flows, ""))
    if found.targets:
        parts.append(titled(words("title.targets"), aims.targets(found.targets, words)))
    if found.alerts:
        parts.append(aims.alerts(found.alerts, words))
    parts += warned(found.warnings, words)
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def _headline(found: Comparison, words: Words) -> RenderableType:
    before, after = found.before, found.after
    title = Text.assemble(
        (_from_to(words.number(before.customers), words.count(after.customers, "customer"), words), "bold"),
        "   ",
        (_from_to(words.amount(before.revenue), _revenue_of(after, words), words), "bold"),
    )
    facts = [(words("fact.before"), _table(before, words)), (words("fact.after"), _later(found, words))]
    facts.append((words("fact.moved"), words.series(_moved(found, words))))
    if before.health and after.health:
        facts.append((words("fact.then"), aims.health(before.health, words)))
        facts.append((words("fact.now"), aims.health(after.health, words)))
    if found.churn:
        facts += [(words("fact.churn"), _rate(found.churn, words)), ("", _active(found.churn, words))]
    if found.psi is not None and found.reading is not None:
        mix = words(f"changes.mix.{found.reading}", psi=words.number(found.psi, 4))
        facts.append((words("fact.mix"), words.in_sentence(mix)))
    return Group(title, in_lines(facts))


def _from_to(before: str, after: str, words: Words) -> str:
    return words("changes.from-to", before=before, after=after)


def _revenue_of(base: Base, words: Words) -> str:
    return words("told.revenue", amount=words.amount(base.revenue))


def _table(base: Base, words: Words) -> str:
    """Return the day and the file of a table, as far as they are known."""
    if base.as_of is None:
        return base.file or ""
    return words("changes.table", day=base.as_of, file=base.file) if base.file else words.in_digits(str(base.as_of))


def _later(found: Comparison, words: Words) -> str:
    told = _table(found.after, words)
    if found.days is None:
        return told
    return words("changes.later", table=told, days=words.count(found.days, "day"))


def _moved(found: Comparison, words: Words) -> Iterator[str]:
    """Yield how many went in each direction, as shares of the customers before; new ones of those after."""
    without_order = found.moved["other"] > 0
    for way, count in found.moved.items():
        base = found.after if way == "new" else found.before
        if count or (way != "other" and not without_order):
            share = f" ({words.percent(count / base.customers)})" if base.customers else ""
            where = words(f"way.{way}")
            yield f"{words.number(count)} {where}{share}"


def _rate(churn: Churn, words: Words) -> str:
    if churn.churn_rate is None:
        return words("changes.nobody-active")
    return words(
        "changes.churn",
        rate=words.percent(churn.churn_rate),
        churned=words.number(churn.churned),
        active=words.number(churn.active),
        kept=words.percent(churn.retention_rate),
    )


def _active(churn: Churn, words: Words) -> str:
    return words.in_sentence(
        words(f"changes.active.{churn.active_days_from}", days=words.count(churn.active_days, "day"))
    )


@dataclass(frozen=True)
class _Way:
    """A way to draw the matrix: what stands above its columns, before its rows, and in its cells."""

    columns: Literal["names", "letters"]
    rows: Literal["names", "letters"]
    cells: Literal["counts", "shares"]


_WAYS = (
    _Way("names", "names", "counts"),
    _Way("letters", "names", "counts"),
    _Way("letters", "letters", "counts"),
    _Way("letters", "names", "shares"),
    _Way("letters", "letters", "shares"),
)
"""Those that tell most stand first."""


class _Grid:
    """The matrix, drawn in the first way that fits a width; not at all where none does."""

    def __init__(self, found: Comparison, words: Words, width: int) -> None:
        self._found, self._words, self._width = found, words, width
        self._names = {each.name: printable(words.named(each.name, each.title)) for each in found.segments}
        self._letter = dict(zip(self._names, _LETTERS, strict=False))
        self.way = next((way for way in _WAYS if self._fits(way)), None)

    @property
    def has_letters(self) -> bool:
        """Whether a letter stands for each segment."""
        return self.way is not None and self.way.columns == "letters"

    def letter(self, name: str) -> str:
        """Return the letter that stands for a segment: A for the best one."""
        return self._letter[name]

    @property
    def title(self) -> str:
        if self.way is not None and self.has_letters:
            return self._words(f"title.matrix-of.{self.way.cells}")
        matrix = self._found.matrix
        return self._words("title.matrix" if matrix.rows[:-1] == matrix.columns[:-1] else "title.matrix-of-schemes")

    def body(self) -> RenderableType:
        if self.way is None:
            return Text(self._words("changes.too-wide", segments=self._words.count(len(self._names), "segment")))
        header, *rows = self._texts(self.way)
        table = plain_table(gap=1)
        table.add_column("", no_wrap=True)
        for at, head in enumerate(header[1:], start=1):
            least = max(_longest_word(head), *(cell_len(row[at]) for row in rows))
            table.add_column(head, justify="right", vertical="bottom", min_width=least)
        table.add_column("")  # rich 14 makes the last column wider than its least width
        for at, row in enumerate(rows):
            table.add_row(Text(row[0], "bold"), *(self._cell(at, column, text) for column, text in enumerate(row[1:])))
        return table

    def _cell(self, row: int, column: int, text: str) -> Text:
        """Return a cell, heavy where it has those who stayed."""
        matrix = self._found.matrix
        inside = row < len(matrix.rows) and column < len(matrix.columns)
        return Text(text, "bold" if inside and matrix.rows[row] == matrix.columns[column] else "")

    def _fits(self, way: _Way) -> bool:
        if way.columns == "letters" and len(self._names) > len(_LETTERS):
            return False
        header, *rows = self._texts(way)
        widths = [
            max(_longest_word(head) if at else 0, *(cell_len(row[at]) for row in rows))
            for at, head in enumerate(header)
        ]
        return sum(widths) + len(widths) - 1 <= self._width

    def _texts(self, way: _Way) -> list[list[str]]:
        """Return the cells of all rows: the header, a row a segment before, `(new)`, and the totals."""
        matrix, total = self._found.matrix, self._words("header.total")
        sums = [sum(column) for column in zip(*matrix.customers, strict=True)]
        header = ["", *(self._called(name, way.columns) for name in matrix.columns), total]
        lines = [header]
        for name, counts in zip((*matrix.rows, None), (*matrix.customers, sums), strict=True):
            label = total if name is None else self._called(name, way.rows)
            if name in self._letter and way.columns == "letters" and way.rows == "names":
                label = f"{self._letter[name]} {label}"
            cells = [self._drawn(count, sum(counts), way) for count in counts]
            lines.append([label, *cells, self._words.number(sum(counts))])
        return lines

    def _called(self, name: str, how: str) -> str:
        """Return the name or the letter of a segment; `(new)` and `(gone)` have no letter."""
        if name not in self._names:
            return self._words(f"place.{'new' if name == NEW else 'gone'}")
        return self._names[name] if how == "names" else self._letter[name]

    def _drawn(self, count: int, of: int, way: _Way) -> str:
        """Return the customers of a cell, or their share of the row."""
        if not count:
            return "-"
        if way.cells == "counts":
            return self._words.number(count)
        share = self._words.percent(max(count / of, _LEAST_SHARE), 0)
        return f"<{share}" if count < _LEAST_SHARE * of else share


def _customers(segments: Sequence[SegmentChange], grid: _Grid, words: Words) -> Table:
    """Draw the customers of each segment: before, what came and went, after."""
    table = plain_table(gap=1)
    if grid.has_letters:
        table.add_column("", no_wrap=True)
    table.add_column(words("header.segment"), ratio=1, min_width=11, overflow="fold")
    for header in ("before", "entered", "new", "left", "gone", "after", "net"):
        table.add_column(words(f"header.{header}"), justify="right", no_wrap=True)
    for each in segments:
        counts = (each.before, each.entered, each.new, each.left, each.gone, each.after)
        letter = [Text(grid.letter(each.name), "bold")] if grid.has_letters else []
        table.add_row(
            *letter, _name(each, words), *map(words.number, counts), _signed(words.number(each.net), each.net)
        )
    return table


def _revenue(segments: Sequence[SegmentChange], words: Words) -> Table:
    """Draw the share and the revenue of each segment in both tables, and of its active customers how many churned."""
    money = money_in(
        (amount for each in segments for amount in (each.revenue_before, each.revenue_after)), words, width=14
    )
    table = plain_table(gap=1)
    table.add_column(words("header.segment"), ratio=1, min_width=11, overflow="fold")
    for header in ("share-before", "share-after"):
        table.add_column(words(f"header.{header}"), justify="right", vertical="bottom")
    for header in ("revenue-before", "revenue-after", "change"):
        table.add_column(
            words(f"header.{header}") + money.under_header, justify="right", no_wrap=True, vertical="bottom"
        )
    table.add_column(words("header.churn"), justify="right", no_wrap=True, vertical="bottom")
    for each in segments:
        change = each.revenue_after - each.revenue_before
        table.add_row(
            _name(each, words),
            words.percent(each.share_before),
            words.percent(each.share_after),
            money(each.revenue_before),
            money(each.revenue_after),
            _signed(money(change), change),
            words.percent(each.churn.churn_rate) if each.churn else "",
        )
    return table


def _name(segment: SegmentChange, words: Words) -> Text:
    return Text(printable(words.named(segment.name, segment.title)), "bold")


def _signed(text: str, value: int | Decimal) -> str:
    return f"+{text}" if value > 0 else text


def _longest_word(text: str) -> int:
    return max(map(cell_len, text.split()), default=0)
