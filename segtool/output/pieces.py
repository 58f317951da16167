"""What the pages for a terminal are made of: facts, lists, tables, and the text that they become."""

import io
from collections.abc import Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.summary.facts import Rows, counted

WIDTH = 80


def printed(parts: Sequence[RenderableType], *, width: int, color: bool) -> str:
    """Return parts as text of a width, a blank line between them.

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
        console.print(part, width=max(width, console.measure(part).minimum))
    written: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "".join(line.rstrip() + "\n" for line in written.splitlines())


def rows_read(rows: Rows, columns: Mapping[str, str], spelling: Mapping[str, str]) -> RenderableType:
    """Return what happened to all rows, which columns were used, and how their cells are spelled."""
    read = [("rows", f"{rows.read:,} read = {rows.used:,} used + {rows.set_aside_total:,} set aside")]
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    for reason, each in rows.set_aside.items():
        amount = "unknown" if each.amount is None else f"{each.amount:,.{2 if each.amount % 1 else 0}f}"
        unread = f"+ {counted(each.unreadable_amounts, 'amount')} unread" if each.unreadable_amounts else ""
        table.add_row(f"{each.rows:,}", reason, "worth", amount, unread if each.amount is not None else "")
    roles = ", ".join(f"{role}={header}" for role, header in columns.items())
    parts: list[RenderableType] = [in_lines(read)]
    if rows.set_aside:
        parts.append(Padding(table, (0, 0, 0, 9)))
    ways = "; ".join(f"{role}: {how}" for role, how in spelling.items())
    said = [(name, text) for name, text in (("columns", roles), ("spelled", ways)) if text]
    return Group(*parts, in_lines(said)) if said else Group(*parts)


def listing(title: str, items: Sequence[tuple[str, str]], style: str) -> RenderableType:
    """Return names, each with a sentence, under a title."""
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold", max_width=24)
    table.add_column(overflow="fold", ratio=1)
    for name, sentence in items:
        table.add_row(Text(printable(name), style), Text(printable(sentence)))
    return titled(title, table)


def in_lines(facts: Sequence[tuple[str, str]]) -> Table:
    """Return facts, each behind its name."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in facts:
        table.add_row(Text(name.ljust(7), "cyan"), Text(printable(text)))
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


def percent(share: float | None) -> str:
    """Return a share as a percentage, nothing where there is none."""
    return "" if share is None else f"{share:.1%}"
