"""Schemes as text for a terminal: the list of them, one as a map with its segments, and what checking them found."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.attribute_schemes import attribute_report
from segtool.output.pieces import WIDTH, in_lines, printed, titled
from segtool.output.scheme_map import SchemeMap
from segtool.rules.grid import Cell
from segtool.segments.attribute_check import AttributeReport
from segtool.segments.check import Report
from segtool.segments.picture import picture
from segtool.segments.scheme import Scheme, Segment
from segtool.segments.wording import asked_by, called, name_of, scored_by, shape_of
from segtool.words import Words


def render_list(schemes: Iterable[Scheme], words: Words, *, width: int = WIDTH, color: bool = False) -> str:
    """Return what each scheme is called, what it looks at, and what it is for."""
    parts = []
    for scheme in schemes:
        told = words(
            "scheme.heading",
            title=words.in_sentence(words.of(scheme.title)),
            axes=shape_of(scheme, words),
            segments=words.count(len(scheme.segments) - (scheme.nobody is not None), "segment"),
        )
        said = words.series([told, words("scheme.compatible")] if scheme.compatible else [told])
        parts.append(_under(scheme.name, [said, words.in_sentence(words.of(scheme.about))]))
    return printed([Group(*parts)], width=width, color=color, right_to_left=words.right_to_left)


def render_scheme(
    scheme: Scheme, words: Words, *, unsound_as: str | None = None, width: int = WIDTH, color: bool = False
) -> str:
    """Return a scheme as a page: what it looks at, its map, and what each segment asks for and what to do with it.

    `unsound_as` is how to name the scheme that is not sound to whoever wants to know why.
    """
    title = Text.assemble(
        (printable(words.in_sentence(words.of(scheme.title))), "bold"), f" ({printable(scheme.name)})"
    )
    about = Text(printable(words.in_sentence(words.of(scheme.about))))
    parts: list[RenderableType] = [Group(title, about) if about else title, _facts(scheme, words)]
    drawn = picture(scheme)
    drawn_map = SchemeMap(drawn, scheme, words, width) if drawn else None
    if drawn_map:
        parts.append(titled(drawn_map.title, drawn_map.table()))
    parts.append(titled(words("scheme.segments", first=1), _segments(scheme, words, drawn_map)))
    if unsound_as:
        parts.append(Text(printable(words("scheme.unsound", scheme=unsound_as)), "bold magenta"))
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def render_reports(
    reports: Iterable[Report | AttributeReport], words: Words, *, width: int = WIDTH, color: bool = False
) -> str:
    """Return what checking schemes found: of maps from scores every cell of every defect, of others examples."""
    parts = [
        part
        for report in reports
        for part in (_report(report, words) if isinstance(report, Report) else attribute_report(report, words))
    ]
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def _under(title: str, lines: Sequence[str]) -> RenderableType:
    return Group(
        Text(printable(title), "bold"), *(Padding(Text(printable(line)), (0, 0, 0, 2)) for line in lines if line)
    )


def _facts(scheme: Scheme, words: Words) -> Table:
    first, *others = scored_by(scheme, words)
    facts = [(words("fact.scored"), first), *(("", other) for other in others)]
    if scheme.first_match or scheme.compatible:
        facts.append((words("fact.read"), words("scheme.first")))
    if scheme.source:
        facts.append((words("fact.source"), words.in_sentence(words.of(scheme.source))))
    facts += [("", text) for text in _responsible(scheme, words)]
    return in_lines(facts)


def _responsible(whose: Scheme | Segment, words: Words) -> Iterator[str]:
    if whose.owner:
        yield words("scheme.owner", owner=whose.owner)
    if whose.goal:
        yield words("scheme.goal", goal=whose.goal)


def _segments(scheme: Scheme, words: Words, drawn: SchemeMap | None) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold", max_width=28)
    table.add_column(overflow="fold", ratio=1)
    for segment in scheme.segments:
        letter = f"{drawn.letter(segment)}  " if drawn and drawn.in_letters else ""
        name = Text(f"{letter}{printable(called(segment, words))}", "bold")
        health = words(f"health.{segment.health}")
        told = words("scheme.urgency", health=health, urgency=segment.urgency) if segment.urgency else health
        lines = [asked_by(scheme, segment, words), told, *_responsible(segment, words), words.of(segment.advice)]
        table.add_row(name, Group(*(Text(printable(line)) for line in lines if line)))
    return table


def _report(report: Report, words: Words) -> Iterator[RenderableType]:
    """Yield a line that sums a report up, and each defect with its cells."""
    verdict = ["check.sound" if report.is_sound else "check.unsound"]
    verdict.append("check.monotone" if report.is_monotone else "check.not-monotone")
    dimensions = " × ".join(name_of(dimension, report.axes, words) for dimension in report.space)
    heading = words(
        "check.heading",
        scheme=report.scheme,
        verdict=words.series(map(words, verdict)),
        cells=words.count(report.cells, "cell"),
        dimensions=dimensions,
    )
    yield Text(printable(heading), "bold")
    if report.gaps:
        yield titled(
            words("check.gaps", cells=words.count(len(report.gaps), "cell")), _cells(report, report.gaps, words)
        )
    if report.overlaps:
        count = words.count(len(report.overlaps), "cell")
        if report.first_match:
            yield Text(words("check.first", cells=count))
        else:
            yield titled(words("check.overlaps", cells=count), _overlaps(report, words))
    if report.unreachable:
        title = words("check.unreachable", segments=words.count(len(report.unreachable), "segment"))
        yield titled(title, Text(printable(words.series(report.unreachable))))
    if report.default_cells:
        title = words("check.default", cells=words.count(len(report.default_cells), "cell"), name=report.default)
        yield titled(title, _cells(report, report.default_cells, words))
    if report.not_monotone:
        yield _steps(report, words)


def _steps(report: Report, words: Words) -> RenderableType:
    table = _two_columns()
    for (segment, worse), pairs in report.steps_by_names.items():
        cells = (words("range.within", low=report.name(cell), high=report.name(better)) for cell, better in pairs)
        told = words("check.step", segment=segment, worse=worse)
        table.add_row(_folded(told), Text(words.in_digits(words.series(cells))))
    order = report.better_order
    hint = words("check.better-order", order=words.series(order)) if order else words("check.no-order")
    title = words("check.steps", steps=words.count(len(report.not_monotone), "step"))
    return titled(title, Group(table, Text(printable(hint))))


def _overlaps(report: Report, words: Words) -> Table:
    table = _two_columns()
    for names, cells in report.overlaps_by_names.items():
        table.add_row(_folded(words.series(names)), _cells(report, cells, words))
    return table


def _folded(text: str) -> Text:
    """Return a text in lines of 38 characters at most; versions of rich fold a column at different widths."""
    return Text("\n".join(wrap(printable(text), 38)))


def _two_columns() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(overflow="fold", ratio=1)
    return table


def _cells(report: Report, cells: Iterable[Cell], words: Words) -> Text:
    return Text(words.in_digits(" ".join(map(report.name, cells))))
