"""The summary as text for a terminal: 80 columns, readable without colour."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output import aims
from segtool.output.money import money_in
from segtool.output.pieces import WIDTH, in_bold, in_lines, listing, plain_table, printed, rows_read, titled, warned
from segtool.output.scores import drift, groups, made, scores
from segtool.output.since import notes, since
from segtool.segments.wording import score_label
from segtool.summary.facts import CustomerList, Peak, Period, SegmentSummary, Summary
from segtool.words import Words, words_in


class Dated(Protocol):
    """What is as of some day, with the days of the first and the last purchase."""

    @property
    def as_of(self) -> date | None: ...
    @property
    def as_of_jalali(self) -> str | None: ...
    @property
    def as_of_from(self) -> str | None: ...
    @property
    def period(self) -> Period | None: ...


def render(summary: Summary, *, words: Words | None = None, width: int = WIDTH, color: bool = False) -> str:
    """Return the summary as text of the given width, with ANSI colours if asked for; in English if no words are given.

    What does not fit is wrapped; a table that cannot be, is wider. Nothing is cut.
    """
    words = words or words_in()
    parts: list[RenderableType] = [
        _headline(summary, words),
        rows_read(summary.rows, summary.columns, summary.spelling, words),
    ]
    named = {name: aims.ordered(summary, name, own) for name, own in summary.of_schemes().items()}
    parts += [titled(words("title.segments", scheme=name), _segments(own, words)) for name, own in named.items()]
    if summary.attribute_schemes:
        from segtool.output.attributes import schemes

        parts += schemes(summary.attribute_schemes, words)
    if summary.changes:
        parts.append(since(summary.changes, words))
    if summary.targets:
        parts.append(titled(words("title.targets"), aims.targets(summary.targets, words)))
    parts += [
        titled(words("title.grid"), _grid(summary, width, words)),
        titled(words("title.value-matrix"), _value_matrix(summary, words)),
        titled(words("title.scores"), Group(scores(summary, words), *made(summary, words))),
    ]
    if summary.groups:
        parts.append(titled(words("title.groups"), groups(summary, words)))
    if summary.drift:
        parts.append(titled(words("title.drift"), drift(summary.drift, words)))
    if summary.alerts:
        parts.append(aims.alerts(summary.alerts, words))
    parts += warned((*summary.warnings, *(notes(summary.changes) if summary.changes else ())), words)
    parts += [listing(title, advice, "bold") for title, advice in _advice(summary, named, words).items() if advice]
    if any(segment.advice for each in summary.attribute_schemes for segment in each.segments):
        from segtool.output.attributes import where_advised

        parts.append(where_advised(summary.attribute_schemes, words))
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def _headline(summary: Summary, words: Words) -> RenderableType:
    customers, repeated, share = summary.customers, summary.repeat_customers, words.percent(summary.repeat_share)
    facts = days_told(summary, words)
    facts.append((words("fact.repeat"), words("told.repeat", customers=words.count(repeated, "customer"), share=share)))
    if summary.peak:
        facts.append((words("fact.busiest"), _busiest(summary.peak, words)))
    if summary.net_zero_or_less:
        spend = words("told.spend", customers=words.count(summary.net_zero_or_less, "customer"))
        facts.append((words("fact.spend"), spend))
    if summary.without_purchase:
        without = words.count(summary.without_purchase.customers, "customer")
        segment = words.named(summary.without_purchase.name, summary.without_purchase.title)
        facts.append((words("fact.list"), words("told.without-purchase", customers=without, segment=segment)))
    if summary.customer_list:
        facts.append((words("fact.list"), _list(summary.customer_list, words)))
    if unit := summary.unit:
        contacts, accounts = words.count(unit.contacts, "customer"), words.count(unit.accounts, "account")
        told = words("told.unit", contacts=contacts, accounts=accounts, alone=words.number(unit.without_account))
        facts.append((words("fact.account"), told))
    title = in_bold(
        words.count(customers, "customer"),
        words.count(summary.orders, "order"),
        words("told.revenue", amount=words.amount(summary.revenue)),
    )
    if summary.goal:
        facts.append((words("fact.goal"), aims.goal(summary.goal, words)))
    health = [Text(aims.health(summary.health, words))] if summary.health else []
    return Group(title, *health, in_lines(facts))


def days_told(summary: Dated, words: Words, *, period: str = "told.period") -> list[tuple[str, str]]:
    """Return the as-of date and the period, as far as they are known; `period` is the word for what happened in it."""
    facts = []
    if summary.as_of:
        day = words.in_digits(str(summary.as_of))
        if summary.as_of_jalali:
            day += f" ({words.in_digits(summary.as_of_jalali)})"
        facts.append((words("fact.as-of"), words(f"told.as-of-{summary.as_of_from}", day=day)))
    if summary.period:
        facts.append((words("fact.period"), words(period, first=summary.period.first, last=summary.period.last)))
    return facts


def _list(found: CustomerList, words: Words) -> str:
    """Return how a list of customers and the orders fit together."""
    matched = words.count(found.matched, "customer")
    return words(
        "told.customer-list",
        customers=matched,
        without=words.number(found.without_orders),
        missing=words.number(found.not_in_list),
    )


def _busiest(peak: Peak, words: Words) -> str:
    """Return the busiest month, weekday and hour with their orders."""
    year, month = peak.month.split("-")
    orders = words.count(peak.month_orders, "order")
    busiest = [
        words("told.month", month=words(f"month.{month}"), year=words.in_digits(year), orders=orders),
        words("told.weekday", weekday=words(f"weekday.{peak.weekday}"), orders=peak.weekday_orders),
    ]
    if peak.hour is not None:
        hour = words.in_digits(f"{peak.hour:02}:00-{peak.hour:02}:59")
        busiest.append(words("told.hour", hours=hour, orders=peak.hour_orders))
    return words.series(busiest)


def _segments(segments: Sequence[SegmentSummary], words: Words) -> Table:
    money = money_in((s.revenue for s in segments), words, width=16)
    average = money_in((s.average_order_value for s in segments), words, width=10)
    table = plain_table(gap=1)
    table.add_column(words("header.segment"), ratio=1, min_width=11, overflow="fold")
    for header in (
        words("header.customers"),
        words("header.share"),
        words("header.revenue") + money.under_header,
        words("header.share"),
        words("header.average-order") + average.under_header,
        words("header.median-days"),
        words("header.median-orders"),
    ):
        table.add_column(header, justify="right", no_wrap=True, vertical="bottom")
    for s in segments:
        table.add_row(
            Text(printable(words.named(s.name, s.title)), "bold"),
            words.number(s.customers),
            words.percent(s.share),
            money(s.revenue),
            words.percent(s.revenue_share),
            average(s.average_order_value),
            _median(s.median_recency_days, words),
            _median(s.median_frequency, words),
        )
    return table


def _advice(
    summary: Summary, named: Mapping[str, Sequence[SegmentSummary]], words: Words
) -> Mapping[str, list[tuple[str, str]]]:
    """Return title -> segments with what to do: of each scheme under its own title, where there are several."""
    title, found = words("title.advice"), dict[str, list[tuple[str, str]]]()
    for name, own in named.items():
        of_scheme = words("title.advice-of", scheme=name) if len(named) > 1 else title
        found[of_scheme] = [(words.named(s.name, s.title), s.advice) for s in own if s.customers]
    without = summary.without_purchase
    if without and without.customers:
        found.setdefault(title, []).append((words.named(without.name, without.title), without.advice))
    return found


def _grid(summary: Summary, width: int, words: Words) -> Table:
    """Draw the customers of each R and F, with the raw ranges where they fit, as shares where counts do not."""
    r, f = summary.scores["r"], summary.scores["f"]
    days, orders = [_range(ends, words, "day") for ends in r.ranges], [_range(ends, words) for ends in f.ranges]
    rows, columns = (
        [score_label("r", r.lowest + at, words) for at in range(len(days))],
        [score_label("f", f.lowest + at, words) for at in range(len(orders))],
    )
    counts = [[words.number(count) for count in row] for row in summary.grid]
    shares = [[words.percent(share) for share in row] for row in summary.grid_shares]

    def needed(*columns: list[list[str]]) -> int:
        return sum(2 + max(cell_len(text) for row in column for text in row) for column in columns)

    labels = [[f"{row}  {text}" for row, text in zip(rows, days, strict=True)]]
    by_score = [[[row[at] for row in counts] + [orders[at], column]] for at, column in enumerate(columns)]
    with_ranges = needed(labels, *by_score) <= width
    bare = [[[row[at] for row in counts] + [column]] for at, column in enumerate(columns)]
    cells = counts if with_ranges or needed(labels, *bare) <= width else shares
    table = plain_table()
    table.add_column("" if cells is counts else words("header.in-shares"), no_wrap=True)
    for column, ends in zip(columns, orders, strict=True):
        table.add_column(f"{column}\n{ends}" if with_ranges else column, justify="right", no_wrap=True)
    widest = max(map(len, rows))
    for at in reversed(range(len(rows))):
        label = Text.assemble((rows[at].ljust(widest), "bold"), f"  {days[at]}" if cells is counts else "")
        heavy = [share * len(rows) * len(columns) >= 1 for share in summary.grid_shares[at]]
        table.add_row(label, *(Text(text, "bold" if more else "") for text, more in zip(cells[at], heavy, strict=True)))
    return table


def _value_matrix(summary: Summary, words: Words) -> Table:
    matrix = summary.value_matrix
    money = money_in([matrix.mean_order_value], words, width=14)
    mean = money.alone(matrix.mean_order_value)
    by_name = {s.name: s for s in matrix.segments}
    fewer, more = (words.count(orders, "order") for orders in (matrix.fewest_orders - 1, matrix.fewest_orders))
    table = plain_table()
    table.add_column("")
    table.add_column(words("value-matrix.fewer", orders=fewer))
    table.add_column(words("value-matrix.more", orders=more, mean=words.number(matrix.mean_orders, 2)))
    rows = (
        (words("value-matrix.above", amount=mean), "Spenders", "Best"),
        (words("value-matrix.below", amount=mean), "Uncertain", "Frequent"),
    )
    for label, *names in rows:
        cells = []
        for s in (by_name[name] for name in names):
            said = words.number(s.customers)
            if s.revenue_share is not None:
                said = words("value-matrix.revenue", customers=said, share=words.percent(s.revenue_share))
            cells.append(Text.assemble((words.named(s.name, s.title), "bold"), f"\n{said}"))
        table.add_row(label, *cells)
    return table


def _range(ends: tuple[int | Decimal, int | Decimal] | None, words: Words, noun: str = "") -> str:
    if ends is None:
        return ""
    low, high = map(words.number, ends)
    reach = low if low == high else f"{low}-{high}"
    return f"{reach} {words.noun(int(ends[1]), noun)}" if noun else reach


def _median(value: float | None, words: Words) -> str:
    return "" if value is None else words.number(value, 0 if value == int(value) else 1)
