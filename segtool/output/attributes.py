"""What schemes over columns made of a table of customers, for a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.money import money_in
from segtool.output.pieces import WIDTH, in_bold, in_lines, listing, plain_table, printed, titled, warned
from segtool.summary.attributes import AttributeSegment, AttributeSegments, AttributeSummary
from segtool.words import Words, words_in

_SHOWN, _JOINED = 12, 5
"""Segments of a scheme, and of a family, that are shown where there are more: a column of cities has thousands."""

_ADVISED = 12
"""The most segments of a run that all are told what to do with."""


def render_attributes(
    summary: AttributeSummary, *, words: Words | None = None, width: int = WIDTH, color: bool = False
) -> str:
    """Return the summary as text of the given width, with ANSI colours if asked for."""
    words = words or words_in()
    parts: list[RenderableType] = [_headline(summary, words)]
    parts += schemes(summary.schemes, words)
    parts += warned(summary.warnings, words)
    parts += advice(summary.schemes, words)
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def schemes(found: Sequence[AttributeSegments], words: Words) -> list[RenderableType]:
    """Return the segments of each scheme as a table under a title."""
    return [_scheme(each, words) for each in found]


def advice(found: Sequence[AttributeSegments], words: Words) -> Iterator[RenderableType]:
    """Yield what to do with the segments of schemes, or where that is told if they are many."""
    advised = [segment for each in found for segment in each.segments if segment.advice]
    if 0 < len(advised) <= _ADVISED:
        told = [(_called(each, words), words.in_sentence(each.advice)) for each in advised]
        yield listing(words("title.advice"), told, "bold")
    elif advised:
        yield where_advised(found, words)


def where_advised(found: Sequence[AttributeSegments], words: Words) -> RenderableType:
    """Return which command tells what to do with the segments of schemes, some of which have advice."""
    scheme = next(each.scheme for each in found if any(own.advice for own in each.segments))
    return Text(words("attributes.advice", scheme=scheme))


def _headline(summary: AttributeSummary, words: Words) -> RenderableType:
    counts = [words.count(summary.customers, "customer")]
    if summary.revenue is not None:
        counts.append(words("told.revenue", amount=words.amount(summary.revenue)))
    facts = []
    if summary.as_of:
        facts.append(
            (words("fact.as-of"), words(f"told.as-of-{summary.as_of_from}", day=words.in_digits(str(summary.as_of))))
        )
    columns = {name: header for each in summary.schemes for name, header in each.columns.items()}
    facts.append((words("fact.columns"), ", ".join(f"{name}={header}" for name, header in columns.items())))
    return Group(in_bold(*counts), in_lines(facts))


def _scheme(found: AttributeSegments, words: Words) -> RenderableType:
    """Return the segments of a scheme with the largest of many, and how many more there are."""
    shown = found.segments if len(found.segments) <= _SHOWN else _largest(found)
    parts: list[RenderableType] = [_segments(shown, words)]
    if more := [each for each in found.segments if each not in shown]:
        customers = words.count(sum(each.customers for each in more), "customer")
        parts.append(Text(words("attributes.more", segments=words.count(len(more), "segment"), customers=customers)))
    title = words("title.segments", scheme=found.scheme)
    is_new = found.title.casefold() != found.scheme.casefold()
    return titled(f"{title} ({printable(found.title)})" if is_new else title, Group(*parts))


def _largest(found: AttributeSegments) -> list[AttributeSegment]:
    """Return the largest segments, in their order."""
    kept = sorted(found.segments, key=lambda each: -each.customers)[: _JOINED if found.members else _SHOWN]
    return [each for each in found.segments if each in kept]


def _segments(segments: Sequence[AttributeSegment], words: Words) -> Table:
    money = money_in((each.revenue for each in segments), words, width=16)
    with_money = any(each.revenue is not None for each in segments)
    table = plain_table()
    table.add_column(words("header.segment"), ratio=1, min_width=20, overflow="fold")
    headers = [words("header.customers"), words("header.share")]
    headers += [words("header.revenue") + money.under_header, words("header.share")] if with_money else []
    for header in headers:
        table.add_column(header, justify="right", no_wrap=True, vertical="bottom")
    for each in segments:
        cells = [words.number(each.customers), words.percent(each.share)]
        cells += [money(each.revenue), words.percent(each.revenue_share)] if with_money else []
        table.add_row(Text(printable(_called(each, words)), "bold"), *cells)
    return table


def _called(segment: AttributeSegment, words: Words) -> str:
    return words.in_sentence(words.named(segment.name, segment.title))
