"""What customers are worth, for a terminal."""

import re
from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output import worth_sections
from segtool.output.money import money_in
from segtool.output.pieces import WIDTH, in_bold, in_lines, listing, plain_table, printed, rows_read, titled, warned
from segtool.output.terminal import days_told
from segtool.summary.attributes import AttributeSegments
from segtool.summary.value import ValueSummary
from segtool.words import Words, words_in


def render_value(summary: ValueSummary, *, words: Words | None = None, width: int = WIDTH, color: bool = False) -> str:
    """Return what customers are worth as text of the given width, with ANSI colours if asked for."""
    words = words or words_in()
    parts: list[RenderableType] = [
        _headline(summary, words),
        rows_read(summary.rows, summary.columns, summary.spelling, words),
    ]
    if summary.segments:
        parts.append(titled(words("title.segments", scheme=summary.scheme), _segments(summary, words)))
    parts.append(worth_sections.stake(summary.stake, words, width))
    if summary.whale:
        parts.append(worth_sections.whale(summary.whale, words))
    if summary.acquisition:
        parts.append(worth_sections.acquisition(summary.acquisition, words, width))
    if summary.wallets:
        parts.append(worth_sections.wallets(summary.wallets, words))
    parts.append(listing(words("value.classes"), [_class(each, words) for each in summary.classes], "bold"))
    if models := dict(_models(summary)):
        parts.append(worth_sections.parameters(models, words, sure=_sure(summary)))
    parts += warned(summary.warnings, words)
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def _headline(summary: ValueSummary, words: Words) -> RenderableType:
    every, terms = summary.total, summary.terms
    title = in_bold(
        words.count(summary.customers, "customer"),
        words.count(summary.orders, "order"),
        words("told.revenue", amount=words.amount(summary.revenue)),
    )
    facts = list(days_told(summary, words))
    facts.append((words("fact.margin"), _margin(summary, words)))
    facts.append((words("fact.past"), words("value.past", pcv=words.amount(every.pcv), rate=_rate(summary, words))))
    if every.profit is not None and every.profit != every.margin:
        facts.append((words("fact.profit"), words("value.profit", profit=words.amount(every.profit))))
    if every.clv is not None and every.p_alive is not None:
        said = words(
            "value.ahead",
            clv=words.amount(every.clv),
            orders=words.number(every.expected_orders or 0, 0),
            days=words.count(terms.horizon_days or 0, "day"),
            alive=words.percent(every.p_alive),
        )
        facts.append((words("fact.ahead"), said))
    gap = every.median_days_between_orders
    if gap is not None:
        late = words.count(every.overdue, "customer")
        facts.append(
            (words("fact.rhythm"), words("value.rhythm", days=words.number(gap, 1 if gap % 1 else 0), late=late))
        )
    if every.refund_rate:
        facts.append((words("fact.refunds"), words("value.refunds", share=words.percent(every.refund_rate))))
    return Group(title, in_lines(facts))


def _margin(summary: ValueSummary, words: Words) -> str:
    """Return what is left of revenue, in a sentence: by a share, by a column, or all of it."""
    terms, every = summary.terms, summary.total
    if terms.margin_from == "revenue" or every.margin is None:
        return words("value.margin-unsaid")
    amount = words.amount(every.margin)
    if terms.margin_from == "column":
        return words("value.margin-column", amount=amount, header=summary.columns.get("margin", ""))
    share = terms.margin or 0
    return words("value.margin", amount=amount, share=words.percent(share, 0 if round(share * 100, 9) % 1 == 0 else 1))


def _rate(summary: ValueSummary, words: Words) -> str:
    rate = summary.terms.discount_rate
    return words.percent(rate, 0 if round(rate * 100, 9) % 1 == 0 else 2)


def _segments(summary: ValueSummary, words: Words) -> Table:
    """Draw what the customers of each segment are worth together."""
    used = [each for each in summary.segments if each.customers]
    with_profit, with_clv = summary.total.profit is not None, summary.total.clv is not None
    last = "clv" if with_clv else "pcv"
    revenue = money_in((each.revenue for each in used), words, width=12)
    order_value = money_in((each.average_order_value for each in used), words, width=10)
    worth = money_in((getattr(each, last) for each in used), words, width=12)
    profit = money_in((each.profit for each in used), words, width=12)
    headers = [
        words("header.customers"),
        words("header.revenue") + revenue.under_header,
        words("header.average-order") + order_value.under_header,
        words("value-header.overdue"),
    ]
    headers += [words("value-header.profit") + profit.under_header] if with_profit else []
    headers += [words(f"value-header.{last}") + worth.under_header]
    table = plain_table(gap=1)
    table.add_column(words("header.segment"), ratio=1, min_width=11, overflow="fold", vertical="bottom")
    for header in headers:
        table.add_column(header, justify="right", no_wrap=True, vertical="bottom")
    for each in used:
        cells = [words.number(each.customers), revenue(each.revenue), order_value(each.average_order_value)]
        cells += [words.percent(each.overdue / each.customers, 0)]
        cells += [profit(each.profit)] if with_profit else []
        table.add_row(Text(printable(words.named(each.name, each.title)), "bold"), *cells, worth(getattr(each, last)))
    return table


def _class(found: AttributeSegments, words: Words) -> tuple[str, str]:
    """Return the name of a scheme, and which share of the customers each of its segments has.

    Of a title that goes on to explain itself, as "A: the first 80%", only the beginning stands in such a list.
    """
    titles = (re.split("[:،]", words.named(each.name, each.title))[0] for each in found.segments)
    shares = (f"{own} {words.percent(each.share)}" for own, each in zip(titles, found.segments, strict=True))
    return found.scheme, words.in_sentence(words.series(shares))


def _models(summary: ValueSummary) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield the name of each fitted model and its parameters."""
    for name, names in (("bg_nbd", ("r", "alpha", "a", "b")), ("gamma_gamma", ("p", "q", "gamma"))):
        if (model := getattr(summary, name)) is not None:
            yield name, {each: getattr(model, each) for each in names}


def _sure(summary: ValueSummary) -> dict[str, Mapping[str, float | tuple[float, float]]]:
    """Return the standard error or the interval of each parameter of the fitted models, where they are known."""
    found = {name: getattr(summary, name) for name, _ in _models(summary)}
    return {name: each.standard_errors or each.intervals or {} for name, each in found.items()}
