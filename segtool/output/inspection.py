"""An inspection as text for a terminal: 80 columns, readable without colour."""

from collections.abc import Sequence
from functools import partial

from rich.cells import cell_len, set_cell_size
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from segtool.errors import printable
from segtool.inspection.facts import Column, Inspection, Orders, Question, Table
from segtool.output.pieces import WIDTH, in_lines, listing, plain_table, printed, rows_read, titled
from segtool.tables.source import in_words
from segtool.words import words_in

_SHOWN = 10
"""Statuses and files that are listed."""

_EXAMPLE = 30
"""Columns that the examples of a column take, at most; longer ones are cut."""

_TOLD_ELSEWHERE = ("unread-rows", "unpaid")
"""Warnings of a summary about what an inspection shows anyway."""


def render(inspection: Inspection, *, width: int = WIDTH, color: bool = False) -> str:
    """Return an inspection as text of the given width, with ANSI colours if asked for.

    Of the cells of a column only examples are shown, and long ones are cut; nothing else is.
    """
    parts: list[RenderableType] = []
    for table in inspection.tables:
        parts += [_about(table), _columns(table.columns)]
    if inspection.orders is not None:
        parts += _orders(inspection.orders)
    if inspection.duplicate_rows:
        rows = words_in().count(inspection.duplicate_rows, "row")
        parts.append(f"{rows} equal{'s' if inspection.duplicate_rows == 1 else ''} an earlier one in every cell.")
    parts += _verdict(inspection)
    in_style = partial(printed, width=width, color=color)
    text = in_style(parts) + "\n"
    if inspection.command:
        text += in_style([Text("What to type next", "bold cyan")])
        text += _next(inspection) + "\n"
    return text + in_style([titled("Before you segment", _questions(inspection.questions))])


def _about(table: Table) -> RenderableType:
    names = list(table.files)
    title = names[0] if len(names) == 1 else f"{len(names):,} files, {names[0]} to {names[-1]}"
    broken = f", {table.broken_rows:,} of them broken" if table.broken_rows else ""
    facts = [("format", in_words(table.about)), ("rows", f"{table.rows:,}{broken}")]
    if table.shop:
        facts.append(("shop", table.shop))
    return Group(Text(printable(title), "bold"), in_lines(facts))


def _columns(columns: Sequence[Column]) -> Grid:
    table = plain_table()
    table.expand = True
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("Column", overflow="fold", max_width=20)
    table.add_column("Role\n(attribute)", overflow="fold", max_width=17)
    table.add_column("Empty", justify="right", no_wrap=True)
    table.add_column("Distinct", justify="right", no_wrap=True)
    table.add_column("Cells,\nfor example", overflow="fold", ratio=1)
    for column in columns:
        attribute = f"({column.attribute})" if column.attribute else ""
        examples = _examples(column.examples)
        readings = f": {' or '.join(column.readings)}" if column.readings else ""
        table.add_row(
            str(column.number),
            Text(printable(column.header), "bold"),
            Text.assemble(column.role or "", "\n" if column.role and attribute else "", (attribute, "dim")),
            _empty(column),
            "many" if column.distinct is None else f"{column.distinct:,}",
            Text.assemble(column.cells + readings, "\n" if examples else "", (examples, "dim")),
        )
    return table


def _empty(column: Column) -> str:
    if 0 < column.empty_share < 0.001:
        return "<0.1%"
    return words_in().percent(column.empty_share) if column.empty else "0"


def _examples(cells: Sequence[str]) -> str:
    """Return as many cells as there is room for, at least the start of the first."""
    shown = ""
    for cell in map(printable, cells):
        more = f"{shown}, {cell}" if shown else cell
        if cell_len(more) > _EXAMPLE:
            return shown or set_cell_size(cell, _EXAMPLE - 1).rstrip() + "…"
        shown = more
    return shown


def _orders(orders: Orders) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if orders.revenue is not None and orders.period is not None:
        words = words_in()
        jalali = f" ({' to '.join(orders.period_jalali)})" if orders.period_jalali else ""
        line = (words.count(orders.customers, "customer"), words.count(orders.orders, "order"))
        revenue = words("told.revenue", amount=words.amount(orders.revenue))
        facts = [("period", f"purchases from {orders.period.first} to {orders.period.last}{jalali}")]
        parts.append(Text("   ".join((*line, revenue)), "bold"))
    else:
        facts = []
    if orders.currencies:
        facts.append(("currency", ", ".join(orders.currencies)))
    if orders.statuses:
        facts.append(("status", _statuses(orders)))
    body = [*parts, *([in_lines(facts)] if facts else []), rows_read(orders.rows, {}, orders.spelling)]
    found: list[RenderableType] = [titled("Orders, as rfm reads them", Group(*body))]
    if orders.places:
        lines = [str(place) for place in orders.places]
        more = orders.bad_rows - len(lines)
        lines += [f"and {more:,} more; segtool rfm --rejects FILE lists all"] if more > 0 else []
        found.append(titled("What cannot be read", Padding(Text(_joined(lines)), (0, 0, 0, 2))))
    warnings = [("!", each.message) for each in orders.warnings if each.code not in _TOLD_ELSEWHERE]
    return [*found, *([listing("Please note", warnings, "bold magenta")] if warnings else [])]


def _joined(lines: Sequence[str]) -> str:
    """Return lines as one text, without control characters in any of them."""
    return "\n".join(map(printable, lines))


def _statuses(orders: Orders) -> str:
    named = [f"{each.status} {each.rows:,}{' (set aside)' if each.set_aside else ''}" for each in orders.statuses]
    return ", ".join(named[:_SHOWN]) + (f" and {len(named) - _SHOWN:,} more" if len(named) > _SHOWN else "")


def _verdict(inspection: Inspection) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if inspection.asks:
        asks = [("?", f"{ask.reason} Here {ask.taken} is taken.") for ask in inspection.asks]
        parts.append(listing("What rfm will ask", asks, "bold magenta"))
    if inspection.refusal:
        parts.append(listing("rfm cannot run", [("!", inspection.refusal)], "bold magenta"))
    return parts


def _next(inspection: Inspection) -> str:
    """Return the line to type next, which is never wrapped: it is there to be copied."""
    command = inspection.command or ""
    undecided = inspection.orders and inspection.duplicate_rows and "--drop-duplicates" not in command
    also = "Add --drop-duplicates if the equal rows are copies and not two purchases.\n" if undecided else ""
    return f"  {printable(command)}\n{also}"


def _questions(questions: Sequence[Question]) -> Grid:
    table = Grid.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for each in questions:
        if each.answered_by:
            answer = "answered by " + ", ".join(dict.fromkeys(each.answered_by.values()))
        else:
            answer = "no column: add " + " or ".join(each.add)
        table.add_row(Text(each.question, "cyan"), Text(printable(answer)))
    return table
