"""What a campaign did, for a terminal: the verdict, both groups, and each segment."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

from rich.console import Group as Parts
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.money import money_in
from segtool.output.pieces import WIDTH, in_lines, plain_table, printed, rows_read, titled, warned
from segtool.summary.lift import (
    ALL,
    NO_ORDERS_BEFORE,
    Before,
    Effect,
    Extra,
    Extras,
    LiftSummary,
    Listed,
    Needed,
    SegmentLift,
)
from segtool.words import Words, words_in
from segtool.worth.campaign import LEAST_BUYERS

_SOME = re.compile("[1-9۱-۹]")
"""A digit that makes a number more than nothing."""


def render_lift(found: LiftSummary, *, words: Words | None = None, width: int = WIDTH, color: bool = False) -> str:
    """Return what a campaign did as text of the given width, with ANSI colours if asked for; in English without words.

    What does not fit is wrapped; a table that cannot be, is wider. Nothing is cut.
    """
    words = words or words_in()
    every = (*found.segments, found.overall)
    parts: list[RenderableType] = [
        _headline(found, words),
        rows_read(found.rows, found.columns, found.spelling, words),
        titled(words("title.lift-all"), Parts(_groups(found.overall, words), Text(""), _sentences(found, words))),
    ]
    if found.segments:
        parts += [
            titled(words("title.lift-segments", scheme=found.scheme), _buyers(every, words)),
            titled(words("title.lift-revenue", scheme=found.scheme), _revenue(every, words)),
        ]
        if found.overall.extra and (found.overall.extra.cost is not None or found.margin is not None):
            parts.append(titled(words("title.lift-costs", scheme=found.scheme), _costs(every, words)))
        if found.detect is not None and any(each.needed for each in every):
            title = words("title.lift-needed", points=_points(found.detect, words))
            parts.append(titled(title, _needed(every, words)))
    parts += warned(found.warnings, words)
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def _headline(found: LiftSummary, words: Words) -> RenderableType:
    overall = found.overall
    heading = words("lift.heading", treated=overall.treated.customers, control=overall.control.customers)
    days = words.count((found.last - found.first).days + 1, "day")
    first, last = _day(found.first, found.first_jalali, words), _day(found.last, found.last_jalali, words)
    as_of = words("lift.as-of-none", day=found.as_of)
    if found.scheme != "none":
        as_of = words("lift.as-of", day=found.as_of, scheme=printable(found.scheme))
    facts = [
        (words("fact.period"), words("lift.window", first=first, last=last, days=days)),
        (words("fact.as-of"), as_of),
        (words("fact.list"), _listed(found.treated_list, words("lift.treated"), words)),
        ("", _listed(found.control_list, words("lift.control"), words)),
    ]
    if found.before:
        facts.append((words("fact.before"), _before(found.before, words)))
    return Parts(Text(heading, "bold"), in_lines(facts))


def _day(day: date, jalali: str | None, words: Words) -> str:
    return words.in_digits(f"{day} ({jalali})" if jalali else str(day))


def _listed(own: Listed, group: str, words: Words) -> str:
    return words("lift.list", group=group, customers=own.customers, listed=own.listed, without=own.without_orders)


def _before(before: Before, words: Words) -> str:
    return words(
        "lift.before",
        first=before.first,
        last=before.last,
        treated=words.percent(before.treated.buying_rate),
        control=words.percent(before.control.buying_rate),
    )


def _groups(overall: SegmentLift, words: Words) -> Table:
    """Draw the figures of both groups side by side, and how they differ."""
    table = plain_table()
    table.add_column("", ratio=1, min_width=16, overflow="fold")
    for header in ("treated", "control", "difference", "interval", "relative"):
        table.add_column(words.in_sentence(words(f"header.{header}")), justify="right", no_wrap=True)
    one, other = overall.treated, overall.control
    table.add_row(Text(words("header.customers"), "bold"), words.number(one.customers), words.number(other.customers))
    table.add_row(Text(words("lift.buyers"), "bold"), words.number(one.buyers), words.number(other.buyers))
    rates = (words.number(100 * (each.buying_rate or 0), 1) for each in (one, other))
    buying, orders, spent = overall.buying_rate, overall.orders_per_head, overall.revenue_per_head
    table.add_row(Text(words("lift.buying-rate"), "bold"), *rates, *_in_points(buying, words), _lift(buying, words))
    heads = (words.number(each.orders_per_head or 0, 3) for each in (one, other))
    three = partial(words.number, decimals=3)
    table.add_row(Text(words("lift.orders-per-head"), "bold"), *heads, *_as(orders, three), _lift(orders, words))
    money = money_in(_ends(spent, one.revenue_per_head, other.revenue_per_head), words, width=10)
    label = words("lift.revenue-per-head") + (f" ({words('money.in-million')})" if money.divisor > 1 else "")
    shown = (money(each.revenue_per_head) for each in (one, other))
    table.add_row(Text(label, "bold"), *shown, *_as(spent, money), _lift(spent, words))
    return table


def _ends(effect: Effect | None, *more: float | None) -> list[float | None]:
    return [*more, *((effect.difference, effect.low, effect.high) if effect else ())]


def _as(effect: Effect | None, written: Callable[[float], str]) -> tuple[str, str]:
    """Return a difference, with its sign, and the interval around it."""
    if effect is None:
        return "", ""
    told = signed(written(effect.difference))
    if effect.low is None or effect.high is None:
        return told, ""
    return told, f"[{written(effect.low)}; {written(effect.high)}]"


def _in_points(effect: Effect | None, words: Words) -> tuple[str, str]:
    return _as(effect, partial(_points, words=words))


def _points(share: float, words: Words) -> str:
    return words.number(100 * share, 1)


def signed(written: str) -> str:
    """Return a number with its sign; of what is rounded to nothing there is none."""
    if not _SOME.search(written):
        return written.removeprefix("-")
    return written if written.startswith("-") else f"+{written}"


def _lift(effect: Effect | None, words: Words) -> str:
    if effect is None or effect.lift is None:
        return ""
    return signed(words.percent(effect.lift, 0))


def _sentences(found: LiftSummary, words: Words) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for at, sentence in enumerate(_told(found, words)):
        table.add_row("-", Text(words.in_sentence(sentence), "bold" if not at else ""))
    return table


def _told(found: LiftSummary, words: Words) -> Iterator[str]:
    """Yield in sentences what can be said of both groups as a whole, and what cannot."""
    overall = found.overall
    yield _verdict(overall, words)
    if overall.verdict in ("more", "fewer"):
        yield _spent(found, words)
    if overall.extra:
        yield from _extra(overall, overall.extra, words)
    if needed := overall.needed:
        told = {"treated": needed.treated, "control": needed.control}
        key = "lift.enough" if _is_enough(overall, needed) else "lift.needed"
        yield words(key, points=_points(needed.difference, words), **told)
    elif found.detect is None:
        yield words("lift.nobody")


def _is_enough(overall: SegmentLift, needed: Needed) -> bool:
    return needed.treated <= overall.treated.customers and needed.control <= overall.control.customers


def _verdict(overall: SegmentLift, words: Words) -> str:
    shares = {
        "treated": words.percent(overall.treated.buying_rate),
        "control": words.percent(overall.control.buying_rate),
    }
    buying = overall.buying_rate
    if overall.verdict == "too-small" or buying is None or overall.p_adjusted is None:
        return words("lift.too-small", **shares)
    if overall.verdict == "no-difference":
        return words("lift.no-difference", **shares, p=words.p_value(overall.p_adjusted, 3))
    return words(
        f"lift.{overall.verdict}",
        **shares,
        points=_points(abs(buying.difference), words),
        **_ends_of(buying, partial(_points, words=words), down=overall.verdict == "fewer"),
    )


def _ends_of(effect: Effect, written: Callable[[float], str], *, down: bool) -> dict[str, str]:
    """Return the ends of an interval in words; with `down` those of how far the treated lie below."""
    low, high = effect.low or 0.0, effect.high or 0.0
    ends = (-high, -low) if down else (low, high)
    return dict(zip(("low", "high"), map(written, ends), strict=True))


def _spent(found: LiftSummary, words: Words) -> str:
    spent, verdict = found.overall.revenue_per_head, found.revenue_verdict
    if spent is None or verdict == "no-difference":
        return words("lift.spent.no-difference", least=LEAST_BUYERS)
    treated, control = found.overall.treated.revenue_per_head, found.overall.control.revenue_per_head
    money = money_in(_ends(spent, treated, control), words, width=12)
    heads = {"treated": money.alone(treated or 0), "control": money.alone(control or 0)}
    return words(f"lift.spent.{verdict}", **heads, **_ends_of(spent, money.alone, down=verdict == "less"))


def _extra(overall: SegmentLift, extra: Extras, words: Words) -> Iterator[str]:
    """Yield what the campaign brought beyond the control, and what that cost."""
    orders, written = extra.orders, partial(words.number, decimals=1)
    if orders.value > 0:
        told = {"orders": written(orders.value), "revenue": words.amount(extra.revenue.value)}
        if orders.low is None or orders.high is None:
            yield words("lift.extra-alone", **told)
        else:
            yield words("lift.extra", **told, low=written(orders.low), high=written(orders.high))
            if orders.low <= 0:
                yield words("lift.by-chance")
            elif overall.verdict in ("no-difference", "too-small"):
                yield words("lift.no-verdict")
    else:
        heads = (words.number(each.orders_per_head or 0, 3) for each in (overall.treated, overall.control))
        yield words("lift.no-extra", **dict(zip(("treated", "control"), heads, strict=True)))
    cost = None if extra.cost is None else words.amount(extra.cost)
    if cost is not None and extra.cost_per_order is not None:
        each = words.amount(extra.cost_per_order)
        yield words("lift.cost", each=each, cost=cost, orders=written(orders.value))
    elif cost is not None:
        yield words("lift.no-price", cost=cost)
    if extra.margin is not None and extra.gain is not None:
        yield _gained(extra.margin, extra.gain, cost or "", words)
    elif extra.margin is not None:
        yield words("lift.margin", margin=words.amount(extra.margin))


def _gained(margin: float, gain: Extra, cost: str, words: Words) -> str:
    told = {"margin": words.amount(margin), "cost": cost, "gain": words.amount(gain.value)}
    if gain.low is None or gain.high is None:
        return words("lift.gain-alone", **told)
    said = words("lift.gain", **told, low=words.amount(gain.low), high=words.amount(gain.high))
    return f"{said} {words('lift.gain-untold')}" if gain.low <= 0 <= gain.high else said


def _segments_table(words: Words) -> Table:
    table = plain_table(gap=1)
    table.add_column(words("header.segment"), ratio=1, min_width=12, overflow="fold", vertical="top")
    return table


def _name(each: SegmentLift, words: Words) -> Text:
    if each.name == ALL:
        return Text(words("header.total"), "bold")
    if each.name == NO_ORDERS_BEFORE:
        return Text(words("lift.no-orders-before"), "bold")
    return Text(printable(words.named(each.name, each.title)), "bold")


def _buyers(every: Iterable[SegmentLift], words: Words) -> Table:
    """Draw who bought of each segment in both groups, the difference in points, and the verdict."""
    table = _segments_table(words)
    for header in ("treated", "treated-rate", "control", "control-rate", "points", "interval"):
        table.add_column(words.in_sentence(words(f"header.{header}")), justify="right", no_wrap=True)
    table.add_column(words("header.verdict"), no_wrap=True)
    for each in every:
        groups = [
            cell
            for group in (each.treated, each.control)
            for cell in (words.number(group.customers), words.percent(group.buying_rate))
        ]
        verdict = words.term("verdict", each.verdict)
        table.add_row(_name(each, words), *groups, *_in_points(each.buying_rate, words), verdict)
    return table


def _revenue(every: Sequence[SegmentLift], words: Words) -> Table:
    """Draw the revenue per head of each segment in both groups, and the orders and the revenue that are extra."""
    ends = [value for each in every for value in _ends(each.revenue_per_head, *_heads(each))]
    money = money_in(ends, words, width=8)
    extra = money_in((each.extra.revenue.value for each in every if each.extra), words, width=11)
    table = _segments_table(words)
    for header in ("treated", "control", "difference"):
        table.add_column(
            f"{words(f'header.{header}')}\n{words('header.per-head')}{money.under_header}", justify="right"
        )
    table.add_column(words.in_sentence(words("header.interval")), justify="right", no_wrap=True)
    table.add_column(words("header.extra-orders"), justify="right", no_wrap=True)
    table.add_column(words("header.extra-revenue") + extra.under_header, justify="right", no_wrap=True)
    for each in every:
        orders = words.number(each.extra.orders.value, 1) if each.extra else ""
        revenue = extra(each.extra.revenue.value) if each.extra else ""
        table.add_row(
            _name(each, words), *map(money, _heads(each)), *_as(each.revenue_per_head, money), orders, revenue
        )
    return table


def _heads(each: SegmentLift) -> tuple[float | None, float | None]:
    return each.treated.revenue_per_head, each.control.revenue_per_head


def _costs(every: Sequence[SegmentLift], words: Words) -> Table:
    """Draw what the campaign cost and gained in each segment, as far as that is known."""
    shown = [each.extra for each in every]
    columns: dict[str, list[Decimal | float | None]] = {
        "cost": [each.cost if each else None for each in shown],
        "cost-per-order": [each.cost_per_order if each else None for each in shown],
        "extra-margin": [each.margin if each else None for each in shown],
        "gain": [each.gain.value if each and each.gain else None for each in shown],
    }
    table = _segments_table(words)
    table.add_column(words("header.extra-orders"), justify="right", no_wrap=True)
    rows = [[words.number(each.orders.value, 1) if each else ""] for each in shown]
    for header, amounts in columns.items():
        if any(amount is not None for amount in amounts):
            money = money_in(amounts, words, width=12)
            table.add_column(words(f"header.{header}") + money.under_header, justify="right", no_wrap=True)
            for row, amount in zip(rows, amounts, strict=True):
                row.append(money(amount))
    for each, row in zip(every, rows, strict=True):
        table.add_row(_name(each, words), *row)
    return table


def _needed(every: Iterable[SegmentLift], words: Words) -> Table:
    """Draw how many customers there are in each segment, and how many it would take."""
    table = _segments_table(words)
    for header in ("treated", "needed", "control", "needed"):
        table.add_column(words(f"header.{header}"), justify="right", no_wrap=True)
    for each in every:
        if each.needed:
            there, wanted = (each.treated.customers, each.control.customers), (each.needed.treated, each.needed.control)
            cells = [words.number(value) for pair in zip(there, wanted, strict=True) for value in pair]
            table.add_row(_name(each, words), *cells)
    return table
