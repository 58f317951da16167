"""What customers are worth, for a terminal: value at stake, whale curve, acquisition, share of wallet, parameters."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.money import Money, money_in
from segtool.output.pieces import WIDTH, listing, plain_table, titled
from segtool.summary.value import Acquisition, SegmentStake, SourceValue, ValueAtStake, Wallets, WhaleCurve, WhalePoint
from segtool.words import Words

Column = tuple[str, list[str]]
"""A header and the cells below it."""

Sure = Mapping[str, float | tuple[float, float]]
"""Parameter -> its standard error, or its 95% interval."""

_BAR = 36
"""How long the bar of the highest point of a curve is."""

_SOURCES = 12
"""Sources that are shown; the largest, where there are more."""

_MODELS = ("bg_nbd", "gamma_gamma")
"""The order of the models."""

_GAP, _NAME = 1, 9
"""Between columns, and for the names of rows at least."""

_FINE, _ROUGH, _ROUGH_FROM = 3, 1, 100
"""How many decimals parameters have, small ones and those from a hundred on."""


def stake(found: ValueAtStake, words: Words, width: int = WIDTH) -> RenderableType:
    """Return the value at stake of the segments that have customers, and by which rule a budget is split."""
    used = [each for each in found.segments if each.customers]
    return titled(words("stake.title"), Group(_stake(found, used, words, width), *_said(stake_notes(found, words))))


def stake_notes(found: ValueAtStake, words: Words) -> list[str]:
    """Return what the columns of a value at stake mean, and by which rule a budget is split, a sentence each."""
    notes = [words(f"stake.{found.basis}")]
    if found.worth_contacting is not None:
        segments = words.count(found.used, "segment")
        notes.append(words("stake.worth", worth=found.worth_contacting, segments=segments))
        days = words.count(found.response_days or 0, "day")
        notes.append(words("stake.repeat-rate", days=days))
        if any(each.too_few for each in found.segments if each.customers):
            notes.append(words("stake.few"))
    if found.budget is not None:
        rule = "stake.rule" if found.worth_contacting is None else "stake.rule-worth"
        notes.append(words(rule, budget=words.amount(found.budget)))
        if found.contact_cost is not None:
            notes.append(words("stake.most", cost=words.amount(found.contact_cost)))
        if found.left:
            notes.append(words("stake.left", left=words.amount(found.left)))
    return notes


def _stake(found: ValueAtStake, used: list[SegmentStake], words: Words, width: int) -> Table:
    expected = money_in([found.expected, *(each.expected for each in used)], words, width=11)
    endangered = money_in([found.endangered, *(each.endangered for each in used)], words, width=11)
    budget = money_in([found.budget, *(each.budget for each in used)], words, width=11)
    rows: list[SegmentStake | ValueAtStake] = [*used, found]
    is_judged = found.worth_contacting is not None
    columns: list[Column] = [
        (words("header.customers"), [words.number(each.customers) for each in rows]),
        (words("stake-header.expected") + expected.under_header, [expected(each.expected) for each in rows]),
        (
            words("stake-header.endangered") + endangered.under_header,
            [endangered(each.endangered) for each in rows],
        ),
    ]
    if found.budget is not None and found.left is not None:
        parts = [*(each.budget for each in used), found.budget - found.left]
        columns.append((words("stake-header.budget") + budget.under_header, [budget(part) for part in parts]))
    if is_judged or any(each.break_even is not None for each in used):
        columns.append((words("stake-header.break-even"), [words.percent(each.break_even) for each in used]))
    if any(each.repeat_rate is not None for each in used):
        other = "  " if any(each.too_few for each in used) else ""
        rates = [words.percent(each.repeat_rate) + (" *" if each.too_few else other) for each in used]
        columns.append((words("stake-header.repeat-rate"), rates))
    if is_judged:
        named = {True: words("stake.yes"), False: words("stake.no"), None: words("stake.unknown")}
        answers = [named[each.worth_contacting] for each in used]
        columns.append((words("stake-header.worth"), answers))
    names = [printable(words.named(each.name, each.title)) for each in used]
    return _drawn((words("header.segment"), [*names, words("header.total")]), columns, width)


def whale(found: WhaleCurve, words: Words) -> RenderableType:
    """Return the whale curve with a bar at each tenth of the customers, its peak, and what those with a loss cost."""
    peak = found.peak
    money = money_in([peak.profit, found.loss, *(point.profit for point in found.points)], words, width=16)
    table = plain_table()
    for header in (words("header.customers"), words("whale.profit") + money.under_header, words("header.share")):
        table.add_column(header, justify="right", no_wrap=True, vertical="bottom")
    table.add_column("", no_wrap=True)
    for point in found.points:
        share = words.percent(point.share)
        table.add_row(words.percent(point.customers_share, 0), money(point.profit), share, _bar(point, peak))
    return titled(words("whale.title"), Group(table, *_said(_whale_notes(found, money, words))))


def _bar(point: WhalePoint, peak: WhalePoint) -> Text:
    """Return a bar as long as a profit is high, none for a loss."""
    return Text("█" * max(round(_BAR * point.profit / peak.profit), 0) if peak.profit else "", "cyan")


def _whale_notes(found: WhaleCurve, money: Money, words: Words) -> Iterator[str]:
    peak = found.peak
    at_peak = {
        "profit": money.alone(peak.profit),
        "customers": words.count(found.profitable, "customer"),
        "part": words.percent(peak.customers_share),
    }
    if not found.profitable:
        yield words("whale.none")
    elif peak.share is None:
        yield words("whale.peak-alone", total=money.alone(found.profit), **at_peak)
    else:
        yield words("whale.peak", share=words.percent(peak.share), **at_peak)
    if found.with_loss:
        customers = words.count(found.with_loss, "customer")
        yield words(words.form(found.with_loss, "whale.loss"), customers=customers, loss=money.alone(found.loss))
    else:
        yield words("whale.no-loss")


def acquisition(found: Acquisition, words: Words, width: int = WIDTH) -> RenderableType:
    """Return what customers from each source cost and brought, the costs that belong to nobody, and those unknown."""
    shown, more = found.sources[:_SOURCES], found.sources[_SOURCES:]
    if found.unknown_source == found.total.customers:  # a row that says the same as the one of all
        shown = ()
    notes = []
    if more:
        customers = words.count(sum(each.customers for each in more), "customer")
        notes.append(words(words.form(len(more), "acquisition.more"), count=len(more), customers=customers))
    if found.total.paid_back is not None:
        notes.append(words("acquisition.payback"))
    if found.without_customers:
        cost = words.amount(sum(found.without_customers.values(), Decimal(0)))
        some = words.series(f"{name} ({words.amount(each)})" for name, each in found.without_customers.items())
        notes.append(words("acquisition.without-customers", cost=cost, sources=some))
    if found.without_cost:
        some = words.series(
            f"{name} ({words.count(customers, 'customer')})" for name, customers in found.without_cost.items()
        )
        notes.append(words("acquisition.without-cost", sources=some))
    has_sources = any(each.source is not None for each in found.sources)
    table = _sources([*(shown if has_sources else ()), found.total], words, width)
    return titled(words("acquisition.title" if has_sources else "acquisition.title-alone"), Group(table, *_said(notes)))


def _sources(rows: Sequence[SourceValue], words: Words, width: int) -> Table:
    """Return a row for each source, and one for all of them, which is the last."""
    cost = money_in((each.cost for each in rows), words, width=10)
    of_each = money_in((each.cost_per_customer for each in rows), words, width=9)
    margin = money_in((each.margin for each in rows), words, width=10)
    profit = money_in((each.profit for each in rows), words, width=10)
    columns: list[Column] = [
        (words("header.customers"), [words.number(each.customers) for each in rows]),
        (words("acquisition-header.cost") + cost.under_header, [cost(each.cost) for each in rows]),
        (words("header.each") + of_each.under_header, [of_each(each.cost_per_customer) for each in rows]),
        (words("acquisition-header.margin") + margin.under_header, [margin(each.margin) for each in rows]),
        (words("acquisition-header.value-to-cost"), [_ratio(each.value_to_cost, words) for each in rows]),
        (words("acquisition-header.profit") + profit.under_header, [profit(each.profit) for each in rows]),
    ]
    if rows[-1].paid_back is not None:
        columns += [
            (words("acquisition-header.paid-back"), [words.percent(each.paid_back_share, 0) for each in rows]),
            (words("acquisition-header.days"), [_days(each.median_payback_days, words) for each in rows]),
        ]
    names = [words("acquisition.unknown") if each.source is None else printable(each.source) for each in rows[:-1]]
    return _drawn((words("acquisition-header.source"), [*names, words("header.total")]), columns, width)


def _ratio(value: float | None, words: Words) -> str:
    return "" if value is None else words.number(value, 2)


def _days(value: float | None, words: Words) -> str:
    return "" if value is None else words.number(value, 1 if value % 1 else 0)


def _drawn(names: Column, columns: Sequence[Column], width: int) -> Table:
    """Return a table of numbers, as wide as they are, behind names that are folded where they do not fit.

    The last row is that of all. Numbers are never cut: they mean something else then.
    """
    table = plain_table(_GAP)
    least = [max(map(cell_len, [*header.split(), *cells])) for header, cells in columns]
    longest = max(map(cell_len, [names[0], *names[1]]))
    room = max(min(longest, width - sum(least) - _GAP * len(columns)), _NAME)
    table.add_column(names[0], width=room, overflow="fold", vertical="bottom")
    for (header, _), own in zip(columns, least, strict=True):
        is_natural = all(cell_len(line) <= own for line in header.split("\n"))
        table.add_column(header, width=None if is_natural else own, justify="right", vertical="bottom")
    last = len(names[1]) - 1
    for at, (name, *cells) in enumerate(zip_longest(names[1], *(cells for _, cells in columns), fillvalue="")):
        table.add_row(Text(name, "" if at == last else "bold"), *cells)
    return table


def wallets(found: Wallets, words: Words) -> RenderableType:
    """Return the share of wallet of all customers who have one, how many have how much, and why others have none."""
    money = money_in((found.spend, found.wallet, found.gap), words, width=14)
    parts: list[RenderableType] = []
    notes = [words("wallet.nobody")]
    if found.customers:
        parts.append(_bands(found, words))
        notes = [
            words(
                "wallet.share",
                customers=words.count(found.customers, "customer"),
                share=words.percent(found.share),
                spend=money.alone(found.spend),
                wallet=money.alone(found.wallet),
                gap=money.alone(found.gap),
            ),
            words("wallet.each", mean=words.percent(found.mean_share), median=words.percent(found.median_share)),
        ]
    if found.set_aside:
        some = (f"{words.term('apart', reason)} ({words.number(count)})" for reason, count in found.set_aside.items())
        notes.append(words("wallet.aside", reasons=words.series(some)))
    return titled(words("wallet.title"), Group(*parts, *_said(notes)))


def _bands(found: Wallets, words: Words) -> Table:
    spend = money_in((each.spend for each in found.bands), words, width=14)
    wallet = money_in((each.wallet for each in found.bands), words, width=14)
    gap = money_in((each.gap for each in found.bands), words, width=14)
    headers = [
        words("header.customers"),
        words("wallet-header.spend") + spend.under_header,
        words("wallet-header.wallet") + wallet.under_header,
        words("wallet-header.gap") + gap.under_header,
    ]
    table = plain_table()
    table.add_column(words("wallet-header.share"), min_width=20, overflow="fold", vertical="bottom")
    for header in headers:
        table.add_column(header, justify="right", no_wrap=True, vertical="bottom")
    for each, above in zip_longest(found.bands, found.bands[1:]):
        low = words.percent(each.least, 0)
        if above is None:
            label = words("wallet.last-band", low=low)
        else:
            label = words("wallet.band", low=low, high=words.percent(above.least, 0))
        cells = [words.number(each.customers), spend(each.spend), wallet(each.wallet), gap(each.gap)]
        table.add_row(Text(label, "bold"), *cells)
    return table


def parameters(
    models: Mapping[str, Mapping[str, float]], words: Words, *, sure: Mapping[str, Sure] | None = None
) -> RenderableType:
    """Return the parameters of each fitted model, by their names in JSON, and how sure they are where that is known."""
    sure = sure or {}
    items = [
        (
            words.term("parameters", model),
            words.series(_named(name, value, sure.get(model, {}).get(name), words) for name, value in own.items()),
        )
        for model, own in sorted(models.items(), key=lambda each: (each[0] not in _MODELS, each[0]))
    ]
    kinds = {isinstance(each, float) for own in sure.values() for each in own.values()}
    notes = [words("parameters.errors")] if True in kinds else []
    notes += [words("parameters.intervals")] if False in kinds else []
    return Group(listing(words("parameters.title"), items, "bold"), *_said(notes))


def _named(name: str, value: float, sure: float | tuple[float, float] | None, words: Words) -> str:
    """Return a parameter with its standard error or interval, if there is one."""

    def number(one: float) -> str:
        return words.number(one, _FINE if abs(one) < _ROUGH_FROM else _ROUGH)

    told = f"{name} {number(value)}"
    if sure is None:
        return told
    if isinstance(sure, float):
        return f"{told} ± {number(sure)}"
    low, high = sure
    return f"{told} ({words('range.within', low=number(low), high=number(high))})"


def _said(sentences: Iterable[str]) -> Iterator[Text]:
    """Yield sentences, each on lines of its own."""
    yield from (Text(printable(each)) for each in sentences)
