"""Who is in each segment, for a terminal: sizes, what sets each apart, what is sure, what explains value."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.money import money_in
from segtool.output.pieces import WIDTH, in_lines, plain_table, printed, titled, warned
from segtool.profiles.attributes import YES
from segtool.profiles.facts import ALL, AttributeProfile, Basket, Cross, Items, Nps, Population, Profile, Telling
from segtool.words import Words, words_in

_TELLING = 5
"""How many differences of a segment are told."""

_ROWS = 10
"""How many rows of a ranking are shown."""

_COLUMNS = 6
"""How many values of another column stand side by side."""

_ITEMS = 3


def render_profile(found: Profile, *, words: Words | None = None, width: int = WIDTH, color: bool = False) -> str:
    """Return a profile as text of the given width, with ANSI colours if asked for; in English without words.

    What does not fit is wrapped; a table that cannot be, is wider. Long rankings end with how many rows are left.
    """
    words = words or words_in()
    parts: list[RenderableType] = [_headline(found, words)]
    parts.append(titled(words("title.profile-segments", column=_header(found.by, words)), _sizes(found, words)))
    if found.attributes:
        parts.append(titled(words("title.profile-telling"), _telling(found, words)))
    if any(each.difference for each in found.attributes):
        parts.append(titled(words("title.profile-attributes"), _tests(found.attributes, words)))
    if found.explained:
        value = _header(found.value or "", words)
        parts.append(titled(words("title.profile-explained", value=value), _explained(found, words)))
    if found.cross:
        parts += _cross(found, found.cross, words)
    if found.nps:
        parts.append(
            titled(words("title.profile-nps", column=_header(found.nps.column, words)), _nps(found, found.nps, words))
        )
    if found.population:
        title = words("title.profile-population", column=_header(found.population.column, words))
        parts.append(titled(title, _population(found.population, words)))
    if found.items:
        title = words("title.profile-items", column=_header(found.items.column, words))
        parts.append(titled(title, _items(found, found.items, words)))
    parts += warned(found.warnings, words)
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def _headline(found: Profile, words: Words) -> RenderableType:
    heading = words(
        "profile.heading",
        customers=words.count(found.customers, "customer"),
        column=_header(found.by, words),
        segments=words.count(len(found.segments), "segment"),
        attributes=words.count(len(found.attributes), "attribute"),
    )
    facts = [(words("fact.read"), found.file)]
    if found.revenue is not None:
        facts.append((words("fact.spend"), words("told.revenue", amount=words.amount(found.revenue))))
    reasons: dict[str, list[str]] = {}
    for header, reason in found.left_out.items():
        reasons.setdefault(reason, []).append(header)
    left = [
        words("profile.left-out", reason=words.term("omitted", reason), columns=words.series(own))
        for reason, own in reasons.items()
    ]
    if left:
        facts.append((words("fact.left-out"), words("list.semicolon").join(left)))
    return Group(Text(heading, "bold"), in_lines(facts))


def _header(header: str, words: Words) -> str:
    """Return how a column is called: one of segtool in the language of the page, others as they are in the table."""
    known = f"column.{header}" in words.texts or header.startswith("segment_")
    return printable(words.header(header) if known else header)


def _title(found: Profile, name: str, words: Words) -> str:
    """Return what a segment is called; all rows, and those without a segment, have a word."""
    if name == ALL:
        return words("header.total")
    titles = {each.name: each.title for each in found.segments}
    return printable(words.term("group", words.named(name, titles.get(name, name))))


def _sizes(found: Profile, words: Words) -> Table:
    with_money = found.revenue is not None
    table = plain_table()
    table.add_column(words("header.segment"), ratio=1, min_width=12, overflow="fold")
    for header in ("customers", "share", *(("revenue", "share", "each") if with_money else ())):
        table.add_column(words(f"header.{header}"), justify="right", no_wrap=True)
    money = money_in((each.revenue for each in found.segments), words, width=16)
    each_money = money_in((each.mean_revenue for each in found.segments), words, width=12)
    for each in found.segments:
        row = [words.number(each.customers), words.percent(each.share)]
        if with_money:
            row += [money(each.revenue), words.percent(each.revenue_share), each_money(each.mean_revenue)]
        table.add_row(Text(_title(found, each.name, words), "bold"), *row)
    return table


def _telling(found: Profile, words: Words) -> RenderableType:
    parts: list[RenderableType] = []
    for each in found.segments:
        head = words(
            "profile.segment",
            segment=_title(found, each.name, words),
            customers=words.count(each.customers, "customer"),
            share=words.percent(each.share),
        )
        sentences = [sentence(one, words) for one in found.telling[each.name][:_TELLING]]
        parts.append(Text(head, "bold"))
        parts.append(_bullets(sentences or [words("profile.nothing")]))
    return Group(*parts)


def _bullets(sentences: Sequence[str]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for each in sentences:
        table.add_row("-", Text(each))
    return Padding(table, (0, 0, 0, 2))


def sentence(telling: Telling, words: Words) -> str:
    """Return in a sentence what sets a segment apart."""
    name = _header(telling.attribute, words)
    if telling.value is None:
        own, base = (_shown(each, words) for each in (telling.median, telling.base_median))
        return words("profile.median", attribute=name, median=own, base=base)
    shares = {
        "share": words.percent(telling.share),
        "base": words.percent(telling.base_share),
        "index": words.number(telling.index or 0),
    }
    if telling.kind == "yes/no":
        way = "truth" if telling.value == YES else "untruth"
        return words(f"profile.{way}", attribute=name, **shares)
    value = printable(telling.value)
    if telling.kind in ("number", "date"):
        low, between, high = value.partition("..")
        low, high = _read(low, telling.kind, words), _read(high, telling.kind, words)
        value = words("profile.range", low=low, high=high) if between else low
    return words("profile.list" if telling.kind == "list" else "profile.value", attribute=name, value=value, **shares)


def _read(text: str, kind: str, words: Words) -> str:
    if kind == "date" or not text or "e" in text:
        return words.in_digits(text)
    return _shown(Decimal(text), words)


def _shown(value: Decimal | float | date | None, words: Words) -> str:
    """Return a number with the decimals that it needs, two at most, or a day."""
    if value is None or isinstance(value, date):
        return words.in_digits(str(value or ""))
    decimals = 0 if value % 1 == 0 else 2 if abs(float(value)) >= 1 else 4
    return words.number(value, decimals)


def _tests(attributes: Sequence[AttributeProfile], words: Words) -> RenderableType:
    table = plain_table()
    table.add_column(words("header.attribute"), ratio=1, min_width=12, overflow="fold")
    table.add_column(words("header.kind"), no_wrap=True)
    table.add_column(words("header.empty"), justify="right", no_wrap=True)
    table.add_column(words("header.test"), no_wrap=True)
    for header in ("p-value", "p-holm", "effect"):
        table.add_column(words(f"header.{header}"), justify="right", no_wrap=True)
    pairs = [(each, each.difference) for each in attributes if each.difference]
    ranked = sorted(pairs, key=lambda each: -each[1].effect)
    for each, own in ranked[:_ROWS]:
        table.add_row(
            Text(_header(each.name, words), "bold"),
            words.term("kind", each.kind),
            words.percent(each.empty_share),
            words.term("test", own.test),
            words.p_value(own.p),
            words.p_value(own.p_holm),
            words.number(own.effect, 2),
        )
    return Group(table, *_more(len(ranked), words), Text(words.in_sentence(words("profile.tests")), "dim"))


def _more(count: int, words: Words) -> Iterator[Text]:
    left = count - _ROWS
    if left > 0:
        yield Text(words(words.form(left, "profile.more"), count=left))


def _explained(found: Profile, words: Words) -> RenderableType:
    rows = found.explained or ()
    table = plain_table()
    table.add_column(words("header.attribute"), ratio=1, min_width=12, overflow="fold")
    for header in ("groups", "explains", "adjusted"):
        table.add_column(words(f"header.{header}"), justify="right", no_wrap=True)
    for each in rows[:_ROWS]:
        name = _header(each.name, words) + (" *" if each.made_of else "")
        table.add_row(
            Text(name, "bold"),
            words.number(each.groups),
            words.percent(each.eta_squared),
            words.percent(each.adjusted),
        )
    return Group(table, *_more(len(rows), words), Text(words.in_sentence(words("profile.adjusted")), "dim"))


def _cross(found: Profile, cross: Cross, words: Words) -> list[RenderableType]:
    """Draw the counts of two columns, with their share of the row; and the shares of revenue, where it is known."""
    names = {"row": _header(found.by, words), "column": _header(cross.column, words)}
    width = len(cross.columns) - 1
    largest = sorted(range(width), key=lambda at: (-cross.cells[-1][at].customers, at))[:_COLUMNS]
    shown = [*sorted(largest), width]

    def drawn(cells: Sequence[Sequence[str]]) -> RenderableType:
        table = plain_table(gap=1)
        table.add_column(words("header.segment"), ratio=1, min_width=10, overflow="fold")
        for at in shown:
            head = words("header.total") if at == width else printable(words.term("group", cross.columns[at]))
            table.add_column(head, justify="right", vertical="bottom", overflow="fold")
        for name, row in zip(cross.rows, cells, strict=True):
            table.add_row(Text(_title(found, name, words), "bold"), *(row[at] for at in shown))
        more = words("profile.first-of", shown=words.number(_COLUMNS), count=words.number(width))
        return Group(table, Text(more)) if width > _COLUMNS else table

    counts = [
        [
            f"{words.number(cell.customers)} {words.percent(cell.share, 0)}"
            if at < width
            else words.number(cell.customers)
            for at, cell in enumerate(row)
        ]
        for row in cross.cells
    ]
    parts = [titled(words("title.profile-cross", **names), drawn(counts))]
    if cross.cells[-1][-1].revenue_share is not None:
        shares = [[words.percent(cell.revenue_share) for cell in row] for row in cross.cells]
        parts.append(titled(words("title.profile-cross-revenue", **names), drawn(shares)))
    return parts


def _nps(found: Profile, nps: Nps, words: Words) -> Table:
    table = plain_table()
    table.add_column(words("header.segment"), ratio=1, min_width=12, overflow="fold")
    for header in ("nps", "margin", "answers", "promoters", "passives", "detractors"):
        table.add_column(words(f"header.{header}"), justify="right", no_wrap=True)
    for each in nps.segments:
        shares = (each.promoters, each.passives, each.detractors)
        table.add_row(
            Text(_title(found, each.segment, words), "bold"),
            "" if each.nps is None else words.in_digits(f"{round(each.nps):+}" if round(each.nps) else "0"),
            "" if each.margin is None else words.number(each.margin),
            words.number(each.answers),
            *(words.percent(count / each.answers, 0) if each.answers else "" for count in shares),
        )
    return table


def _population(found: Population, words: Words) -> RenderableType:
    table = plain_table()
    table.add_column(words("header.place"), ratio=1, min_width=12, overflow="fold")
    for header in ("customers", "inhabitants", "per-thousand"):
        table.add_column(words(f"header.{header}"), justify="right", no_wrap=True)
    for each in found.places[:_ROWS]:
        table.add_row(
            Text(printable(each.value), "bold"),
            words.number(each.customers),
            words.number(each.inhabitants),
            words.number(each.per_thousand, 3),
        )
    return Group(table, *_more(len(found.places), words))


def _items(found: Profile, items: Items, words: Words) -> RenderableType:
    parts: list[RenderableType] = []
    for own in items.segments:
        head = words(
            "profile.bought",
            segment=_title(found, own.segment, words),
            buyers=words.count(own.buyers, "buyer"),
            revenue=words("told.revenue", amount=words.amount(own.revenue)),
        )
        parts.append(Text(head, "bold"))
        parts.append(_bullets([words.in_sentence(line) for line in _bought(own, words)] or [words("profile.nobody")]))
    return Group(*parts)


def _bought(own: Basket, words: Words) -> Iterator[str]:
    """Yield what a segment buys: the items of most, those that others buy less, the first ones, those of nobody."""
    if not own.items:
        return
    most = sorted(own.items, key=lambda each: -each.customers)[:_ITEMS]
    told = [words("profile.item", item=printable(each.item), share=words.percent(each.share)) for each in most]
    yield words("profile.most", items=words.series(told))
    above = [each for each in sorted(own.items, key=lambda each: -each.score) if each.score > 0][:_ITEMS]
    if above and own.segment != ALL:
        told = [
            words(
                "profile.item-lift",
                item=printable(each.item),
                share=words.percent(each.share),
                lift=words.number(each.lift, 1),
            )
            for each in above
        ]
        yield words("profile.above", items=words.series(told))
    first = [each for each in sorted(own.items, key=lambda each: -each.first) if each.first][:_ITEMS]
    if first:
        told = [
            words("profile.item", item=printable(each.item), share=words.percent(each.first / own.buyers))
            for each in first
        ]
        yield words("profile.first", items=words.series(told))
    if own.never:
        names = words.series(map(printable, own.never[:_ITEMS]))
        yield words("profile.never", count=words.number(own.never_count), items=names)
