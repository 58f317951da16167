"""The summary as text for a terminal: 80 columns, readable without colour."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from segtool.summary.facts import Axis, SegmentSummary, Summary

WIDTH = 80

_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class _Money:
    """How amounts are written in columns: decimals, or millions where they would not fit otherwise."""

    decimals: int
    divisor: int
    small: bool = False

    @property
    def note(self) -> str:
        return ", millions" if self.divisor > 1 else ""

    @property
    def average(self) -> "_Money":
        """Averages of whole amounts are seldom whole."""
        return _Money(2, 1) if self.small else self

    def __call__(self, amount: Decimal | float | None) -> str:
        return "" if amount is None else f"{amount / self.divisor:,.{self.decimals}f}"


def _money_for(summary: Summary) -> _Money:
    shown = [summary.revenue, *(s.revenue for s in (*summary.segments, *summary.value_matrix.segments))]
    shown += [end for ends in summary.scores["m"].ranges if ends for end in ends if isinstance(end, Decimal)]
    largest = max(abs(amount) for amount in shown)
    if largest >= 10**12:
        return _Money(2, 10**6)
    cents = any(amount % 1 for amount in shown)
    return _Money(2 if cents and largest < 10**8 else 0, 1, small=largest < 10**6)


def render(summary: Summary, *, width: int = WIDTH, color: bool = False) -> str:
    """Return the summary as text of the given width, with ANSI colours if asked for."""
    money = _money_for(summary)
    parts: list[RenderableType] = [_headline(summary), _rows(summary)]
    if summary.segments:
        parts.append(_segments(summary.segments, f"Segments: {summary.scheme}", money))
    parts += [_segments(rest, f"Segments: {name}", money) for name, rest in summary.further_segments.items()]
    parts += [_grid(summary), _value_matrix(summary, money), _scores(summary, money)]
    if summary.warnings:
        parts.append(_list("Please note", ((None, warning.message) for warning in summary.warnings)))
    every = [*summary.segments, *(s for rest in summary.further_segments.values() for s in rest)]
    if every:
        parts.append(_list("What to do next", ((s.name, s.advice) for s in every if s.customers)))
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for i, part in enumerate(parts):
        if i:
            console.print()
        console.print(part)
    written: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "".join(line.rstrip() + "\n" for line in written.splitlines())


def _headline(summary: Summary) -> RenderableType:
    peak = summary.peak
    year, month = peak.month.split("-")
    busiest = (
        f"{_MONTHS[int(month) - 1]} {year} ({_orders(peak.month_orders)}), {peak.weekday}s ({peak.weekday_orders:,})"
    )
    if peak.hour is not None:
        busiest += f", {peak.hour:02}:00-{peak.hour:02}:59 ({peak.hour_orders:,})"
    origin = "the last date in the data" if summary.as_of_from == "data" else "as asked"
    decimals = 2 if summary.revenue % 1 else 0
    facts = [
        ("as of", f"{summary.as_of}, {origin}"),
        ("period", f"purchases from {summary.period.first} to {summary.period.last}"),
        ("repeat", f"{_customers(summary.repeat_customers)} ({_share(summary.repeat_share)}) bought more than once"),
        ("busiest", busiest),
    ]
    if summary.net_zero_or_less:
        facts.append(("spend", f"{_customers(summary.net_zero_or_less)} with a net spend of zero or less"))
    title = Text.assemble(
        (_customers(summary.customers), "bold"),
        "   ",
        (_orders(summary.orders), "bold"),
        "   ",
        (f"{summary.revenue:,.{decimals}f} net revenue", "bold"),
    )
    return Group(title, _facts(facts))


def _rows(summary: Summary) -> RenderableType:
    rows = summary.rows
    aside = sum(each.rows for each in rows.set_aside.values())
    facts = [("rows", f"{rows.read:,} read = {rows.used:,} used + {aside:,} set aside")]
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for reason, each in rows.set_aside.items():
        amount = "unknown" if each.amount is None else f"{each.amount:,.{2 if each.amount % 1 else 0}f}"
        table.add_row(f"{each.rows:,}", reason, "worth", amount)
    columns = ", ".join(f"{role}={header}" for role, header in summary.columns.items())
    parts: list[RenderableType] = [_facts(facts)]
    if rows.set_aside:
        parts.append(Padding(table, (0, 0, 0, 9)))
    return Group(*parts, _facts([("columns", columns)]))


def _segments(segments: Sequence[SegmentSummary], title: str, money: _Money) -> RenderableType:
    table = _table(gap=1)
    table.add_column("Segment", ratio=1, min_width=11, overflow="fold")
    for header in (
        "Customers", "Share", f"Revenue{money.note}", "Share", "Average\norder", "Median\ndays", "Median\norders"
    ):  # fmt: skip
        table.add_column(header, justify="right", no_wrap=money.divisor == 1, vertical="bottom")
    for s in segments:
        table.add_row(
            Text(s.name, "bold"),
            f"{s.customers:,}",
            _share(s.share),
            money(s.revenue),
            _share(s.revenue_share),
            money.average(s.average_order_value),
            _median(s.median_recency_days),
            _median(s.median_frequency),
        )
    return _titled(title, table)


def _grid(summary: Summary) -> RenderableType:
    bins = len(summary.grid)
    counts = [count for row in summary.grid for count in row]
    cell = max(len(f"{max(counts):,}"), len(f"F{bins}")) + 2
    fits = 24 + cell * bins <= WIDTH
    table = _table()
    table.add_column("", no_wrap=True)
    for score in range(1, bins + 1):
        ends = summary.scores["f"].ranges[score - 1]
        reach = f"\n{_range(ends)}" if fits and bins <= 6 else ""
        table.add_column(f"F{score}{reach}", justify="right", no_wrap=True)
    mean = sum(counts) / len(counts)
    for score in range(bins, 0, -1):
        ends = summary.scores["r"].ranges[score - 1]
        label = Text.assemble((f"R{score}", "bold"), f"  {_range(ends)} days" if ends else "")
        cells = (Text(f"{n:,}" if fits else _share(n / sum(counts)), _heat(n, mean)) for n in summary.grid[score - 1])
        table.add_row(label, *cells)
    return _titled(f"Recency × frequency: {'customers' if fits else 'share of customers'}", table)


def _value_matrix(summary: Summary, money: _Money) -> RenderableType:
    matrix, mean = summary.value_matrix, money.average(summary.value_matrix.mean_order_value)
    by_name = {s.name: s for s in matrix.segments}
    table = _table()
    table.add_column("", no_wrap=True)
    table.add_column(f"below {matrix.mean_orders:,.2f} orders")
    table.add_column(f"{matrix.mean_orders:,.2f} orders or more")
    rows = (
        (f"{mean}{money.note} or more per order", "Spenders", "Best"),
        (f"below {mean}{money.note} per order", "Uncertain", "Frequent"),
    )
    for label, *names in rows:
        cells = []
        for name in names:
            s = by_name[name]
            revenue = f", {_share(s.revenue_share)} of revenue" if s.revenue_share is not None else ""
            cells.append(Text.assemble((name, "bold"), f"\n{s.customers:,}{revenue}"))
        table.add_row(label, *cells)
    return _titled("Value × loyalty (customer-value-matrix): customers and share of revenue", table)


def _scores(summary: Summary, money: _Money) -> RenderableType:
    table = _table()
    table.add_column("", no_wrap=True)
    for name in ("Days ago", "Orders", f"Net spend{money.note}"):
        table.add_column(name, justify="right")
        table.add_column("", justify="right", no_wrap=True)
    axes = [summary.scores[axis] for axis in ("r", "f", "m")]
    for score in range(len(summary.grid), 0, -1):
        cells = []
        for axis in axes:
            cells += [_reach(axis, score, money), f"{axis.counts[score - 1]:,}"]
        table.add_row(Text(str(score), "bold"), *cells)
    return _titled("What stands behind each score, and how many customers have it", table)


def _reach(axis: Axis, score: int, money: _Money) -> str:
    ends = axis.ranges[score - 1]
    if ends is None:
        return ""
    if isinstance(ends[0], Decimal):
        low, high = (money(end) for end in ends)
        return low if low == high else f"{low} to {high}"
    return _range(ends)


def _list(title: str, items: Iterable[tuple[str | None, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold", max_width=24)
    table.add_column(overflow="fold", ratio=1)
    for name, sentence in items:
        table.add_row(Text(name or "!", "bold" if name else "bold magenta"), Text(sentence))
    return _titled(title, table)


def _facts(facts: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in facts:
        table.add_row(Text(name.ljust(7), "cyan"), Text(text))
    return table


def _titled(title: str, body: RenderableType) -> RenderableType:
    return Group(Text(title, "bold cyan"), body)


def _table(gap: int = 2) -> Table:
    return Table(
        header_style="",
        box=None,
        padding=(0, gap, 0, 0),
        pad_edge=False,
        collapse_padding=True,
    )


def _heat(count: int, mean: float) -> str:
    return "bold" if count >= mean else ""


def _range(ends: tuple[int | Decimal, int | Decimal] | None) -> str:
    if ends is None:
        return ""
    return f"{ends[0]:,}" if ends[0] == ends[1] else f"{ends[0]:,}-{ends[1]:,}"


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _median(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _customers(count: int) -> str:
    return f"{count:,} customer{'s' if count != 1 else ''}"


def _orders(count: int) -> str:
    return f"{count:,} order{'s' if count != 1 else ''}"
