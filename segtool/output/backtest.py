"""What segments foretold, for a terminal: which order did best, what each segment did, how near forecasts came."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from segtool.errors import printable
from segtool.output.money import money_in
from segtool.output.pieces import WIDTH, in_lines, plain_table, printed, rows_read, titled, warned
from segtool.summary.backtest import (
    ALL,
    BacktestSummary,
    Calibration,
    Kept,
    Order,
    SchemeOutcome,
    SegmentOutcome,
)
from segtool.words import Words, words_in
from segtool.worth.evidence import is_above_chance


def render_backtest(
    summary: BacktestSummary, *, words: Words | None = None, width: int = WIDTH, color: bool = False
) -> str:
    """Return what segments foretold as text of the given width, with ANSI colours if asked for.

    What does not fit is wrapped; a table that cannot be, is wider. Nothing is cut.
    """
    words = words or words_in()
    parts: list[RenderableType] = [
        _headline(summary, words),
        rows_read(summary.rows, summary.columns, summary.spelling, words),
        titled(words("title.backtest-rankings"), _rankings(summary, words)),
    ]
    for scheme in summary.schemes:
        title = words("title.backtest-segments", day=summary.split, scheme=scheme.name)
        parts.append(titled(title, _segments(scheme, summary.all, words)))
        if scheme.worth_contacting is not None:
            parts.append(
                titled(words("title.backtest-contacts", scheme=scheme.name), _contacts(scheme, summary, words))
            )
    title = words("title.backtest-forecast", days=words.count(summary.days, "day"))
    parts.append(titled(title, _forecasts(summary.calibration, words)))
    parts += warned(summary.warnings, words)
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def _headline(summary: BacktestSummary, words: Words) -> RenderableType:
    base, new = summary.all, summary.newcomers
    heading = words(
        "backtest.heading",
        customers=words.count(summary.customers, "customer"),
        day=_day(str(summary.split), summary.split_jalali, words),
        rate=words.percent(base.repeat_rate),
    )
    until = words(f"told.as-of-{summary.until_from}", day=_day(str(summary.until), summary.until_jalali, words))
    facts = [
        (words("fact.split"), words("backtest.split", days=words.count(summary.days_before, "day"))),
        (words("fact.judged"), words("backtest.judged", days=words.count(summary.days, "day"), until=until)),
        (
            words("fact.later"),
            words(
                "backtest.later",
                orders=words.count(summary.orders, "order"),
                revenue=words("told.revenue", amount=words.amount(summary.revenue)),
            ),
        ),
        ("", words("backtest.known", orders=words.count(base.orders, "order"), amount=words.amount(base.spend))),
        (
            "",
            words(
                "backtest.newcomers",
                orders=words.count(new.orders, "order"),
                amount=words.amount(new.spend),
                customers=words.count(new.customers, "customer"),
            ),
        ),
    ]
    return Group(Text(heading, "bold"), in_lines([(name, words.in_sentence(text)) for name, text in facts]))


def _day(day: str, jalali: str | None, words: Words) -> str:
    return words.in_digits(f"{day} ({jalali})" if jalali else day)


def _rankings(summary: BacktestSummary, words: Words) -> RenderableType:
    table = plain_table()
    table.add_column(words("header.order"), ratio=1, min_width=16, overflow="fold")
    for header in ("groups", "by-rate", "by-spend", "concordance", "margin", "best-fifth"):
        title = words.in_sentence(words(f"header.{header}"))
        table.add_column(title, justify="right", no_wrap=True, vertical="bottom")
    for each in summary.rankings:
        table.add_row(
            Text(_order(each, words), "bold" if each.kind == "scheme" else ""),
            words.number(each.groups),
            _kept(each.rate, words),
            _kept(each.spend, words),
            _figure(each.concordance, words, 3),
            _figure(each.standard_error and 2 * each.standard_error, words, 3),
            words.percent(each.best_fifth),
        )
    said = [Text(words.in_sentence(each)) for each in _verdict(summary, words)]
    return Group(table, Text(words.in_sentence(words("backtest.measures")), "dim"), *said)


def _order(order: Order, words: Words) -> str:
    if order.kind == "model":
        return words("backtest.model")
    return printable(order.name) if order.kind == "scheme" else words("backtest.alone", axis=order.name.upper())


def _kept(pairs: Kept, words: Words) -> str:
    return words("backtest.kept", kept=pairs.kept, counted=pairs.counted) if pairs.counted else words("backtest.few")


def _figure(value: float | None, words: Words, decimals: int = 2) -> str:
    return "" if value is None else words.number(value, decimals)


def _verdict(summary: BacktestSummary, words: Words) -> Iterator[str]:
    """Yield which scheme did best, whether that is more than noise, and whether it beats a single score."""
    found = summary.verdict
    if found is None:
        yield words("backtest.untold")
        return
    best = printable(found.best)
    if found.foretells is None:
        yield words("backtest.one", scheme=best)
        return
    if not found.foretells:
        yield words("backtest.reversed" if _is_reversed(summary, found.best) else "backtest.chance", scheme=best)
        return
    if found.near:
        yield words("backtest.near", scheme=best, near=words.series(map(printable, found.near)))
    else:
        yield words("backtest.best" if len(summary.schemes) > 1 else "backtest.foretells", scheme=best)
    if found.score is not None and found.adds is not None:
        yield words("backtest.adds" if found.adds else "backtest.no-more", scheme=best, score=found.score.upper())


def _is_reversed(summary: BacktestSummary, scheme: str) -> bool:
    """Return whether a scheme ranked buyers lower than chance would, by more than noise."""
    own = next(each for each in summary.rankings if each.kind == "scheme" and each.name == scheme)
    return own.concordance is not None and is_above_chance(1 - own.concordance, own.standard_error)


def _segments(scheme: SchemeOutcome, base: SegmentOutcome, words: Words) -> RenderableType:
    each_money = money_in((own.spend_per_customer for own in (*scheme.segments, base)), words, width=9)
    table = plain_table(gap=1)
    table.add_column(words("header.segment"), ratio=1, min_width=12, overflow="fold", vertical="bottom")
    for header in ("customers", "again", "times", "orders-each", "spend-each", "times", "of-spend"):
        under = each_money.under_header if header == "spend-each" else ""
        table.add_column(words(f"header.{header}") + under, justify="right", no_wrap=True, vertical="bottom")
    for own in (*scheme.segments, base):
        table.add_row(
            Text(_name(own, words), "bold"),
            words.number(own.customers),
            words.percent(own.repeat_rate),
            _figure(own.lift, words),
            _figure(own.orders_per_customer, words),
            each_money(own.spend_per_customer),
            _figure(own.spend_lift, words),
            words.percent(own.spend_share),
        )
    few = any(own.too_few and own.customers for own in scheme.segments)
    notes = ["backtest.times", *(["backtest.too-few"] if few else [])]
    return Group(table, *(Text(words.in_sentence(words(note)), "dim") for note in notes))


def _name(segment: SegmentOutcome, words: Words) -> str:
    if segment.name == ALL:
        return words("header.total")
    mark = " *" if segment.too_few and segment.customers else ""
    return printable(words.named(segment.name, segment.title)) + mark


def _contacts(scheme: SchemeOutcome, summary: BacktestSummary, words: Words) -> RenderableType:
    rows = [own for own in (*scheme.segments, summary.all) if own.customers]
    average = money_in((own.average_order_value for own in rows), words, width=12)
    table = plain_table()
    table.add_column(words("header.segment"), ratio=1, min_width=12, overflow="fold", vertical="bottom")
    for header in ("average-order", "break-even", "again", "worth"):
        under = average.under_header if header == "average-order" else ""
        table.add_column(words(f"header.{header}") + under, justify="right", no_wrap=True, vertical="bottom")
    for own in rows:
        table.add_row(
            Text(_name(own, words), "bold"),
            average(own.average_order_value),
            words.percent(own.break_even),
            words.percent(own.repeat_rate),
            words("backtest.yes" if own.worth_contacting else "backtest.no"),
        )
    told = words(
        "backtest.worth",
        worth=scheme.worth_contacting,
        segments=words.count(len(rows) - 1, "segment"),
        cost=words.exact(summary.contact_cost or 0),
        margin=words.percent(summary.margin),
    )
    return Group(table, Text(words.in_sentence(told)))


def _forecasts(calibration: Sequence[Calibration], words: Words) -> RenderableType:
    """Draw the first forecast by tenths, and the errors of all."""
    first = calibration[0]
    bands = plain_table()
    for header in ("tenth", "customers", "predicted", "came"):
        bands.add_column(words(f"header.{header}"), justify="right", no_wrap=True)
    for band in first.bands:
        cells = (_figure(band.predicted, words, 3), _figure(band.actual, words, 3))
        bands.add_row(words.number(band.band), words.number(band.customers), *cells)
    errors = plain_table()
    errors.add_column(words("header.forecast"), ratio=1, min_width=16, overflow="fold")
    for header in ("mae", "rmse", "predicted", "came", "ratio"):
        errors.add_column(words(f"header.{header}"), justify="right", no_wrap=True)
    for each in calibration:
        found, name = each.errors, words(f"forecast.{each.forecast}", what=words(f"foretold.{each.foretold}"))
        sums = (words.number(found.predicted), words.number(found.actual))
        errors.add_row(name, _figure(found.mae, words), _figure(found.rmse, words), *sums, words.percent(found.ratio))
    note = words(
        "backtest.tenths", forecast=words(f"forecast.{first.forecast}", what=words(f"foretold.{first.foretold}"))
    )
    return Group(bands, Text(words.in_sentence(note), "dim"), Text(), errors)
