"""What a campaign tool is given, for a terminal: who is written, who is not and why, and the files."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.pieces import WIDTH, in_bold, in_lines, plain_table, printed, titled, warned
from segtool.summary.export import ExportSummary
from segtool.words import Words, words_in

_SEGMENTS = 15
"""How many segments are shown."""

_FILES = 20
"""How many files are shown."""


def render_export(found: ExportSummary, *, words: Words | None = None, width: int = WIDTH, color: bool = False) -> str:
    """Return an export as text of the given width, with ANSI colours if asked for; in English without words."""
    words = words or words_in()
    parts: list[RenderableType] = [
        _headline(found, words),
        titled(words("export.reconciled"), _reconciled(found, words)),
    ]
    if found.segments:
        parts.append(titled(words("export.segments"), _segments(found, words)))
    if found.fields:
        parts.append(titled(words("export.fields"), _fields(found, words)))
    if found.files:
        parts.append(titled(words("export.files"), _files(found, words)))
    parts += warned(found.warnings, words)
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def unhashed_line(found: ExportSummary, reached: int, words: Words) -> str:
    """Return the sentence that contact data of so many customers are about to leave as they can be read."""
    kinds = words.series(words.term("contact", kind) for kind in found.unhashed)
    customers = words.count(reached, "customer")
    return words(words.form(reached, "export.unhashed"), customers=customers, target=found.target_title, kinds=kinds)


def _headline(found: ExportSummary, words: Words) -> RenderableType:
    customers = words.count(found.written, "customer")
    heading = words("export.heading", customers=customers, target=printable(found.target_title))
    rows = words.count(found.customers, "row")
    facts = [(words("fact.source"), words("export.table", rows=rows, file=found.input))]
    if found.as_of:
        facts.append((words("fact.as-of"), words.in_digits(str(found.as_of))))
    if found.where:
        facts.append((words("fact.where"), found.where))
    about = [Text(printable(found.target_about))] if found.target_about else []
    return Group(in_bold(heading), *about, in_lines(facts))


def _reconciled(found: ExportSummary, words: Words) -> Table:
    """Draw how the rows of the table become those that are written."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for count, label in _steps(found, words):
        table.add_row(words.number(count), Text(label))
    table.add_row(Text(words.number(found.written), "bold"), Text(words("export.written"), "bold"))
    return table


def _steps(found: ExportSummary, words: Words) -> Iterator[tuple[int, str]]:
    yield found.customers, words("export.rows")
    if found.not_asked_for:
        yield -found.not_asked_for, words("export.not-asked-for")
    for reason, count in found.skipped.items():
        yield -count, words.term("skip", reason)
    if found.holdout:
        share = words.percent(found.holdout.share)
        yield (
            -found.holdout.customers,
            words("export.held-out", share=share, seed=words.in_digits(str(found.holdout.seed))),
        )


def _segments(found: ExportSummary, words: Words) -> Table:
    table = plain_table()
    table.add_column(words("header.segment"), overflow="fold")
    table.add_column(words("header.customers"), justify="right", no_wrap=True)
    table.add_column(words("header.share"), justify="right", no_wrap=True)
    every = sum(found.segments.values())
    shown = list(found.segments.items())
    left = shown[_SEGMENTS:]
    for name, count in shown[:_SEGMENTS]:
        title = words.named(name, found.titles.get(name, name))
        table.add_row(Text(printable(title), "bold"), words.number(count), words.percent(count / every))
    if left:
        count = sum(each for _, each in left)
        more = words("export.more-segments", count=len(left))
        table.add_row(Text(more), words.number(count), words.percent(count / every))
    return table


def _fields(found: ExportSummary, words: Words) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for header, column in found.fields.items():
        table.add_row(Text(printable(header), "bold"), Text(words("export.from", column=printable(column))))
    return table


def _files(found: ExportSummary, words: Words) -> Table:
    table = plain_table()
    table.add_column(words("export-header.file"), overflow="fold")
    table.add_column(words("export-header.what"), overflow="fold")
    for name in ("rows", "size"):
        table.add_column(words(f"export-header.{name}"), justify="right", no_wrap=True)
    for each in found.files[:_FILES]:
        size = words.number(each.bytes)
        table.add_row(
            Text(printable(each.name), "bold"), words(f"export-file.{each.role}"), words.number(each.rows), size
        )
    if left := found.files[_FILES:]:
        rows, size = (words.number(sum(getattr(each, name) for each in left)) for name in ("rows", "bytes"))
        table.add_row(words("export.more-files", count=len(left)), "", rows, size)
    return table
