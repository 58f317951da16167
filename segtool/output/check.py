"""What checking a segmentation found, as text for a terminal: a block a mistake, a line for what passed."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.pieces import WIDTH, in_lines, printed
from segtool.summary.mistakes import Checked, Figure, Finding
from segtool.words import Words, words_in

_SHOWN = 8
"""How many figures of a finding are shown."""


def render(found: Checked, *, words: Words | None = None, width: int = WIDTH, color: bool = False) -> str:
    """Return what was found as text of the given width: each mistake with its numbers and the way out."""
    words = words or words_in()
    heading = words("mistakes.heading", table=found.table, rows=words.count(found.rows, "row"))
    facts = [(words("fact.columns"), words.series(found.columns))]
    if found.goal:
        facts.append((words("fact.goal"), found.goal))
    parts: list[RenderableType] = [Group(Text(printable(heading), "bold"), in_lines(facts))]
    parts += [_finding(each, words, several=len(found.columns) > 1) for each in found.findings]
    lines = [words("mistakes.unknown", code=code, why=why) for code, why in found.unknown.items()]
    if found.ignored:
        lines.append(words("mistakes.ignored", codes=words.series(found.ignored)))
    if found.passed:
        lines.append(words("mistakes.passed", codes=words.series(found.passed)))
    parts.append(Text("\n".join(map(printable, lines)))) if lines else None
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def _finding(finding: Finding, words: Words, *, several: bool) -> RenderableType:
    """Draw a mistake; segments of one of several columns with the column."""
    body: list[RenderableType] = [Text(printable(words.in_sentence(finding.message)))]
    if finding.figures:
        body.append(Padding(_figures(finding.figures, words, several=several), (0, 0, 0, 2)))
    body.append(Text(printable(f"{words('mistakes.way-out')} {words.in_sentence(finding.way_out)}")))
    return Group(Text(finding.code, "bold magenta"), Padding(Group(*body), (0, 0, 0, 2)))


def _figures(figures: Sequence[Figure], words: Words, *, several: bool) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold", max_width=40)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    for each in figures[:_SHOWN]:
        name = each.column if each.segment is None else each.segment
        name = words("mistakes.segment-of", column=each.column, segment=name) if several and each.segment else name
        table.add_row(Text(printable(name)), words.percent(each.share), _measure(each, words))
    if len(figures) > _SHOWN:
        table.add_row(words("mistakes.more", count=len(figures) - _SHOWN), "", "")
    return table


def _measure(figure: Figure, words: Words) -> str:
    if figure.measure == "customers":
        return words("measured.customers", customers=words.count(figure.count or 0, "customer"))
    return words(f"measured.{figure.measure}")
