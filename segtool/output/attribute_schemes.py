"""Schemes over columns as text for a terminal: their families, one with its rules, and what checking one found."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.pieces import WIDTH, in_lines, printed, titled
from segtool.rules.samples import FILLED, OTHER
from segtool.segments.attribute_check import MOST_CASES, AttributeReport, Case
from segtool.segments.attribute_scheme import AttributeScheme
from segtool.segments.attribute_wording import asked_of
from segtool.segments.families import Family
from segtool.segments.wording import called
from segtool.words import Words

_SHOWN = 10
"""How many cases of a defect are shown."""


def render_families(
    families: Iterable[Family],
    alone: Sequence[AttributeScheme],
    words: Words,
    *,
    width: int = WIDTH,
    color: bool = False,
) -> str:
    """Return what each family tells of, and its schemes, a line each; then the schemes that are `alone`."""
    parts: list[RenderableType] = []
    for family in families:
        about = Text(printable(words.in_sentence(words.of(family.about))))
        members = Padding(_members(family.schemes, words), (0, 0, 0, 2))
        parts.append(Group(_heading(family, words), Padding(about, (0, 0, 0, 2)), members))
    if alone:
        title = words("attributes.alone")
        parts.append(Group(Text(title, "bold"), Padding(_members(alone, words), (0, 0, 0, 2))))
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def render_family(family: Family, words: Words, *, width: int = WIDTH, color: bool = False) -> str:
    """Return what a family tells of, and the segments of each of its schemes."""
    about = Text(printable(words.in_sentence(words.of(family.about))))
    parts: list[RenderableType] = [Group(_heading(family, words), about)]
    for scheme in family.schemes:
        told = words("attributes.of-each", column=str(scheme.each)) if scheme.each else ""
        names = [words.in_sentence(called(segment, words)) for segment in scheme.segments]
        lines = [words.in_sentence(words.of(scheme.about)), words.series([*([told] if told else []), *names])]
        body = Group(*(Text(printable(line)) for line in lines))
        parts.append(Group(_heading(scheme, words), Padding(body, (0, 0, 0, 2))))
    parts.append(Text(words("attributes.show", scheme=family.members[0])))
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def render_attribute_scheme(scheme: AttributeScheme, words: Words, *, width: int = WIDTH, color: bool = False) -> str:
    """Return a scheme over columns as a page: what it looks at, what each segment asks for, what to do with it."""
    about = words.in_sentence(words.of(scheme.about))
    heading = _heading(scheme, words)
    parts: list[RenderableType] = [Group(heading, Text(printable(about))) if about else heading]
    parts.append(in_lines(list(_facts(scheme, words))))
    if scheme.segments:
        parts.append(titled(words("attributes.segments"), _segments(scheme, words)))
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def _heading(whose: AttributeScheme | Family, words: Words) -> Text:
    title = printable(words.in_sentence(words.of(whose.title)))
    return Text.assemble((title, "bold"), f" ({printable(whose.name)})")


def _members(schemes: Iterable[AttributeScheme], words: Words) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for scheme in schemes:
        title = words.in_sentence(words.of(scheme.title))
        segments = words.count(len(scheme.segments), "segment")
        told = "attributes.of-values" if scheme.each else "attributes.of-segments"
        table.add_row(Text(printable(scheme.name), "bold"), printable(words(told, title=title, segments=segments)))
    return table


def _facts(scheme: AttributeScheme, words: Words) -> Iterator[tuple[str, str]]:
    names = dict.fromkeys(name for _, term in scheme.terms for name in term.columns)
    lines = [words.series(names)]
    for name, terms in scheme.derived.items():
        lines.append(words("attributes.derived", column=name, terms=words.series(map(str, terms))))
    if scheme.each:
        lines.append(words("attributes.each", column=str(scheme.each)))
    yield from zip([words("fact.columns"), *[""] * len(lines)], lines, strict=False)
    if scheme.source:
        yield words("fact.source"), words.in_sentence(words.of(scheme.source))
    advice = words.of(scheme.advice)
    if scheme.each and advice:
        yield words("fact.advice"), words.in_sentence(advice)
    if scheme.owner:
        yield "", words("scheme.owner", owner=scheme.owner)
    if scheme.goal:
        yield "", words("scheme.goal", goal=scheme.goal)


def _segments(scheme: AttributeScheme, words: Words) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold", max_width=24)
    table.add_column(overflow="fold", ratio=1)
    for segment in scheme.segments:
        health = "" if segment.health == "neutral" else words(f"health.{segment.health}")
        told = words("scheme.urgency", health=health, urgency=segment.urgency) if segment.urgency else health
        advice = words.in_sentence(words.of(segment.advice))
        lines = [asked_of(scheme, segment, words), told, advice]
        name, title = (words.in_sentence(text) for text in (segment.name, words.of(segment.title)))
        names = [Text(printable(segment.name), "bold"), *([Text(printable(title))] if title != name else [])]
        table.add_row(Group(*names), Group(*(Text(printable(line)) for line in lines if line)))
    return table


def attribute_report(report: AttributeReport, words: Words) -> Iterator[RenderableType]:
    """Yield a line that sums a report up, and each defect with examples of rows."""
    heading = words(
        "check.heading",
        scheme=report.scheme,
        verdict=words("check.sound" if report.is_sound else "check.unsound"),
        cells=words.count(report.cases, "case"),
        dimensions=" × ".join(report.terms),
    )
    notes = [] if report.proven else [words("check.unproven", most=MOST_CASES)]
    notes += [words("attributes.each", column=report.each)] if report.each else []
    notes += [words("check.as-of", day=report.as_of)] if report.looks_at_days else []
    yield Group(Text(printable(heading), "bold"), *(Text(printable(note)) for note in notes))
    if report.gaps:
        cases = words.count(len(report.gaps), "case")
        yield titled(words("check.gaps", cells=cases), _lines(_several(report.gaps, words)))
    if report.hidden:
        table = Table.grid(padding=(0, 2))
        table.add_column(overflow="fold", max_width=28)
        table.add_column(overflow="fold", ratio=1)
        for each in report.hidden:
            behind = words("check.behind", segments=words.series(each.behind), example=_case(each.example, words))
            table.add_row(Text(printable(each.segment)), Text(printable(behind)))
        yield titled(words("check.unreachable", segments=words.count(len(report.hidden), "segment")), table)
    if report.impossible:
        title = words("check.impossible", segments=words.count(len(report.impossible), "segment"))
        yield titled(title, Text(printable(words.series(report.impossible))))
    if report.default_example is not None:
        cases = words.count(report.default_cases, "case")
        title = words("check.default", cells=cases, name=report.default)
        yield Text(printable(words("check.example", name=title, example=_case(report.default_example, words))))


def _several(cases: Sequence[Case], words: Words) -> Iterator[str]:
    yield from (_case(case, words) for case in islice(cases, _SHOWN))
    if len(cases) > _SHOWN:
        yield words("check.more", count=len(cases) - _SHOWN)


def _lines(lines: Iterable[str]) -> RenderableType:
    return Padding(Group(*(Text(printable(line)) for line in lines)), (0, 0, 0, 2))


def _case(case: Case, words: Words) -> str:
    """Return a row in words: `age 17.5, city empty`."""
    return words.series(_cell(column, value, words) for column, value in case.items()) or words("check.any-row")


def _cell(column: str, value: str | None, words: Words) -> str:
    if value is None:
        return words("check.nothing", column=column)
    named = {OTHER: "check.another-text", FILLED: "check.filled"}
    return words("check.holds", column=column, value=words(named[value]) if value in named else words.in_digits(value))
