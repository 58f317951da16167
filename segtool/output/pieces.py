"""What the pages for a terminal are made of: facts, lists, tables, and the text that they become."""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.summary.facts import Caution, Rows, SetAside
from segtool.words import Words, words_in

WIDTH = 80

_LABEL = 7
"""Columns that the name of a fact takes, at least."""

_LETTERS = re.compile("[\u0590-\u065f\u066e-\u06ef\u06fa-\u08ff]")
_LINE = re.compile(r"\S(?:.*\S)?")
_SIGNED = re.compile(r"(?<!\S)(?=-{1,2}[a-z\d]|\.\d)|(?<![\w:.,/-])(?=[\d:.,/]+-\d)")
"""Where an option, a negative number, a decimal without a zero, a date or a range begins."""

_ISOLATE, _END, _MARK = "\u2067", "\u2069", "\u200e"


def printed(parts: Sequence[RenderableType], *, width: int, color: bool, right_to_left: bool = False) -> str:
    """Return parts as text of a width, a blank line between them; isolated, where the language is from right to left.

    What does not fit is wrapped; a table that cannot be, is wider. Nothing is cut.
    """
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for i, part in enumerate(parts):
        if i:
            console.print()
        least = max(width, console.measure(part).minimum)
        console.print(_Isolated(part) if right_to_left else part, width=least)
    written: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "".join(line.rstrip() + "\n" for line in written.splitlines())


@dataclass(frozen=True)
class _Isolated:
    """A part in which each text with letters from right to left is marked as one of its own.

    A terminal that turns such letters takes a whole line for one text: without the marks it would show the cells of a
    row in another order than those of the header, and the hyphens of options and dates at the wrong end. The marks
    take no room; terminals that turn nothing show nothing of them.
    """

    part: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self.part, options):
            yield Segment(_isolated(segment.text), segment.style, segment.control)


def _isolated(text: str) -> str:
    """Return text with marks around each line of it, if it has letters from right to left.

    >>> _isolated("  روز "), _isolated("30 days")
    ('  \\u2067روز\\u2069\\u200e ', '30 days')
    """
    if not _LETTERS.search(text):
        return text
    return _LINE.sub(lambda line: f"{_ISOLATE}{_SIGNED.sub(_MARK, line[0])}{_END}{_MARK}", text)


def rows_read(
    rows: Rows,
    columns: Mapping[str, str],
    spelling: Mapping[str, str],
    words: Words | None = None,
    *,
    worth: bool = True,
) -> RenderableType:
    """Return what happened to all rows, which columns were used, and how their cells are spelled.

    What rows set aside are `worth` is told where rows are meant to be worth something.
    """
    words = words or words_in()
    said = words("told.rows", read=rows.read, used=rows.used, aside=rows.set_aside_total)
    parts: list[RenderableType] = [in_lines([(words("fact.rows"), said)])]
    if rows.set_aside:
        parts.append(Padding(_set_aside(rows.set_aside, words, worth=worth), (0, 0, 0, _LABEL + 2)))
    roles = ", ".join(f"{role}={header}" for role, header in columns.items())
    ways = words("list.semicolon").join(f"{role}: {_way(how, words)}" for role, how in spelling.items())
    how = [(words(name), text) for name, text in (("fact.columns", roles), ("fact.spelled", ways)) if text]
    return Group(*parts, in_lines(how)) if how else Group(*parts)


def _set_aside(reasons: Mapping[str, SetAside], words: Words, *, worth: bool) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    for reason, each in reasons.items():
        if not worth:
            table.add_row(words.number(each.rows), words.term("reason", reason))
            continue
        amount, unread = words("told.unknown"), ""
        if each.amount is not None:
            amount = words.amount(each.amount)
            if each.unreadable_amounts:
                unread = words("told.unread", amounts=words.count(each.unreadable_amounts, "amount"))
        table.add_row(words.number(each.rows), words.term("reason", reason), words("told.worth"), amount, unread)
    return table


def _way(how: str, words: Words) -> str:
    return ", ".join(words.in_sentence(words.term("spelling", way)) for way in how.split(", "))


def listing(title: str, items: Sequence[tuple[str, str]], style: str) -> RenderableType:
    """Return names, each with a sentence, under a title."""
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold", max_width=24)
    table.add_column(overflow="fold", ratio=1)
    for name, sentence in items:
        table.add_row(Text(printable(name), style), Text(printable(sentence)))
    return titled(title, table)


def warned(warnings: Iterable[Caution], words: Words) -> list[RenderableType]:
    """Return warnings under their title, nothing where there are none."""
    noted = [("!", words.in_sentence(each.message)) for each in warnings]
    return [listing(words("title.warnings"), noted, "bold magenta")] if noted else []


def in_bold(*counts: str) -> Text:
    """Return what a summary is about in a few counts, as customers, orders and revenue."""
    return Text("   ").join(Text(count, "bold") for count in counts)


def in_lines(facts: Sequence[tuple[str, str]]) -> Table:
    """Return facts, each behind its name."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in facts:
        table.add_row(Text(name + " " * (_LABEL - cell_len(name)), "cyan"), Text(printable(text)))
    return table


def titled(title: str, body: RenderableType) -> RenderableType:
    """Return something under a title."""
    return Group(Text(title, "bold cyan"), body)


def plain_table(gap: int = 2) -> Table:
    """Return an empty table without lines."""
    return Table(
        header_style="",
        box=None,
        padding=(0, gap, 0, 0),
        pad_edge=False,
        collapse_padding=True,
    )
