"""Why customers are in their segments, as text for a terminal: 80 columns, readable without colour."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.explaining.facts import CustomerReason, Explanation, Reach, ScoreReason, SegmentReason
from segtool.output.pieces import WIDTH, in_lines, plain_table, printed, titled
from segtool.tables.dates import day_text
from segtool.words import Words, words_in


def render(found: Explanation, *, words: Words | None = None, width: int = WIDTH, color: bool = False) -> str:
    """Return an explanation as text of the given width, with ANSI colours if asked for. Nothing is cut."""
    words = words or words_in()
    parts: list[RenderableType] = []
    for customer in found.customers:
        parts.append(_customer(customer, found, words))
        if customer.scores:
            parts.append(titled(words("explain.scores"), _scores(customer.scores, words)))
        parts += [_segment(segment, words) for segment in customer.segments]
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def _customer(customer: CustomerReason, found: Explanation, words: Words) -> RenderableType:
    as_of = words.in_digits(day_text(found.as_of, found.calendar)) if found.as_of else ""
    facts = [
        (words("fact.as-of"), as_of),
        (words("fact.orders"), customer.orders_told),
        (words("fact.spend"), customer.spend_told),
    ]
    if customer.group is not None:
        facts.append((words("fact.group"), words("explain.group", group=customer.group)))
    return Group(Text(printable(customer.customer_id), "bold"), in_lines([fact for fact in facts if fact[1]]))


def _scores(scores: tuple[ScoreReason, ...], words: Words) -> Table:
    """Draw scores with the values that have them, and those that have the next ones."""
    columns = {
        "value": [each.told for each in scores],
        "own": [each.own.text if each.own else "" for each in scores],
        "better": [_reach(each.better) for each in scores],
        "worse": [_reach(each.worse) for each in scores],
    }
    filled = {name: cells for name, cells in columns.items() if any(cells)}
    table = plain_table()
    table.add_column("", no_wrap=True)
    for name in filled:
        table.add_column(words(f"explain.header.{name}"), overflow="fold")
    for each, *cells in zip(scores, *filled.values(), strict=True):
        table.add_row(Text(each.label, "bold"), *cells)
    return table


def _reach(reach: Reach | None) -> str:
    return f"{reach.label} {reach.text}".strip() if reach else ""


def _segment(segment: SegmentReason, words: Words) -> RenderableType:
    name = words.named(segment.segment, segment.title)
    title = Text(words("explain.segment", segment=printable(name), scheme=printable(segment.scheme)), "bold cyan")
    facts = [
        (words("fact.why"), segment.text),
        (words("fact.buying"), segment.buying.text),
        (words("fact.waiting"), segment.waiting.text),
        (words("fact.advice"), segment.advice),
    ]
    lines = in_lines([fact for fact in facts if fact[1]])
    return Group(title, _scores(segment.scores, words), lines) if segment.scores else Group(title, lines)
