"""The summary as text for a terminal: 80 columns, readable without colour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.pieces import WIDTH, in_lines, listing, percent, plain_table, printed, rows_read, titled
from segtool.summary.facts import SegmentSummary, Summary, counted

_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class _Money:
    """How the amounts of a column are written: with which decimals, and in millions where they would not fit."""

    decimals: int
    divisor: int = 1

    @property
    def unit(self) -> str:
        return " million" if self.divisor > 1 else ""

    @property
    def under_header(self) -> str:
        return "\nin million" if self.divisor > 1 else ""

    def __call__(self, amount: Decimal | float | None) -> str:
        return "" if amount is None else f"{amount / self.divisor:,.{self.decimals}f}"


def _money(amounts: Iterable[Decimal | float | None], *, width: int) -> _Money:
    """Return the most exact way to write amounts in a column of some width."""
    known = [amount for amount in amounts if amount is not None]
    ways = (
        [_Money(2), _Money(0), _Money(2, 10**6)]
        if any(amount % 1 for amount in known)
        else [_Money(0), _Money(2, 10**6)]
    )
    return next((way for way in ways if all(len(way(amount)) <= width for amount in known)), _Money(0, 10**6))


def render(summary: Summary, *, width: int = WIDTH, color: bool = False) -> str:
    """Return the summary as text of the given width, with ANSI colours if asked for.

    What does not fit is wrapped; a table that cannot be, is wider. Nothing is cut.
    """
    parts: list[RenderableType] = [_headline(summary), rows_read(summary.rows, summary.columns, summary.spelling)]
    named = {summary.scheme: summary.segments, **summary.further_segments}
    parts += [titled(f"Segments: {name}", _segments(own)) for name, own in named.items() if own]
    parts += [
        titled("Recency × frequency: customers", _grid(summary, width)),
        titled("Value × loyalty (customer-value-matrix): customers and share of revenue", _value_matrix(summary)),
        titled("What stands behind each score, and how many customers have it", _scores(summary)),
    ]
    if summary.warnings:
        parts.append(listing("Please note", [("!", warning.message) for warning in summary.warnings], "bold magenta"))
    advice = [(s.name, s.advice) for own in named.values() for s in own if s.customers]
    if advice:
        parts.append(listing("What to do next", advice, "bold"))
    return printed(parts, width=width, color=color)


def _headline(summary: Summary) -> RenderableType:
    peak = summary.peak
    year, month = peak.month.split("-")
    busiest = f"{_MONTHS[int(month) - 1]} {year} ({counted(peak.month_orders, 'order')})"
    busiest += f", {peak.weekday}s ({peak.weekday_orders:,})"
    if peak.hour is not None:
        busiest += f", {peak.hour:02}:00-{peak.hour:02}:59 ({peak.hour_orders:,})"
    origin = "the last date in the data" if summary.as_of_from == "data" else "as asked"
    also = f" ({summary.as_of_jalali})" if summary.as_of_jalali else ""
    decimals = 2 if summary.revenue % 1 else 0
    repeated = counted(summary.repeat_customers, "customer")
    facts = [
        ("as of", f"{summary.as_of}{also}, {origin}"),
        ("period", f"purchases from {summary.period.first} to {summary.period.last}"),
        ("repeat", f"{repeated} ({percent(summary.repeat_share)}) bought more than once"),
        ("busiest", busiest),
    ]
    if summary.net_zero_or_less:
        facts.append(("spend", f"{counted(summary.net_zero_or_less, 'customer')} with a net spend of zero or less"))
    title = Text.assemble(
        (counted(summary.customers, "customer"), "bold"),
        "   ",
        (counted(summary.orders, "order"), "bold"),
        "   ",
        (f"{summary.revenue:,.{decimals}f} net revenue", "bold"),
    )
    return Group(title, in_lines(facts))


def _segments(segments: Sequence[SegmentSummary]) -> Table:
    money = _money((s.revenue for s in segments), width=16)
    average = _money((s.average_order_value for s in segments), width=10)
    table = plain_table(gap=1)
    table.add_column("Segment", ratio=1, min_width=11, overflow="fold")
    for header in (
        "Customers",
        "Share",
        f"Revenue{money.under_header}",
        "Share",
        f"Average\norder{average.under_header}",
        "Median\ndays",
        "Median\norders",
    ):
        table.add_column(header, justify="right", no_wrap=True, vertical="bottom")
    for s in segments:
        table.add_row(
            Text(printable(s.name), "bold"),
            f"{s.customers:,}",
            percent(s.share),
            money(s.revenue),
            percent(s.revenue_share),
            average(s.average_order_value),
            _median(s.median_recency_days),
            _median(s.median_frequency),
        )
    return table


def _grid(summary: Summary, width: int) -> Table:
    """Draw the customers of each R and F, with the raw ranges where they fit, as shares where counts do not."""
    bins = len(summary.grid)
    days = [_range(ends, "day") for ends in summary.scores["r"].ranges]
    orders = [_range(ends) for ends in summary.scores["f"].ranges]
    counts = [[f"{count:,}" for count in row] for row in summary.grid]
    shares = [[percent(share) for share in row] for row in summary.grid_shares]

    def needed(*columns: list[list[str]]) -> int:
        return sum(2 + max(len(text) for row in column for text in row) for column in columns)

    labels = [[f"R{bins}  {text}" for text in days]]
    by_score = [[[row[f] for row in counts] + [orders[f], f"F{bins}"]] for f in range(bins)]
    with_ranges = needed(labels, *by_score) <= width
    bare = [[[row[f] for row in counts] + [f"F{bins}"]] for f in range(bins)]
    cells = counts if with_ranges or needed(labels, *bare) <= width else shares
    table = plain_table()
    table.add_column("" if cells is counts else "share", no_wrap=True)
    for f in range(bins):
        table.add_column(f"F{f + 1}\n{orders[f]}" if with_ranges else f"F{f + 1}", justify="right", no_wrap=True)
    for r in reversed(range(bins)):
        label = Text.assemble((f"R{r + 1}".ljust(len(f"R{bins}")), "bold"), f"  {days[r]}" if cells is counts else "")
        heavy = [share * bins * bins >= 1 for share in summary.grid_shares[r]]
        table.add_row(label, *(Text(text, "bold" if more else "") for text, more in zip(cells[r], heavy, strict=True)))
    return table


def _value_matrix(summary: Summary) -> Table:
    matrix = summary.value_matrix
    mean = _money([matrix.mean_order_value], width=14)
    by_name = {s.name: s for s in matrix.segments}
    table = plain_table()
    table.add_column("")
    table.add_column(f"up to {counted(matrix.fewest_orders - 1, 'order')}")
    table.add_column(f"{counted(matrix.fewest_orders, 'order')} or more (mean {matrix.mean_orders:,.2f})")
    rows = (
        (f"{mean(matrix.mean_order_value)}{mean.unit} or more per order", "Spenders", "Best"),
        (f"below {mean(matrix.mean_order_value)}{mean.unit} per order", "Uncertain", "Frequent"),
    )
    for label, *names in rows:
        cells = []
        for name in names:
            s = by_name[name]
            revenue = f", {percent(s.revenue_share)} of revenue" if s.revenue_share is not None else ""
            cells.append(Text.assemble((name, "bold"), f"\n{s.customers:,}{revenue}"))
        table.add_row(label, *cells)
    return table


def _scores(summary: Summary) -> Table:
    money = _money((end for ends in summary.scores["m"].ranges for end in ends or ()), width=14)
    table = plain_table()
    table.add_column("", no_wrap=True)
    for name in ("Days ago", "Orders", f"Net spend{money.under_header}"):
        table.add_column(name, justify="right", overflow="fold")
        table.add_column("", justify="right", no_wrap=True)
    for score in range(len(summary.grid), 0, -1):
        cells = []
        for axis in (summary.scores["r"], summary.scores["f"], summary.scores["m"]):
            ends = axis.ranges[score - 1]
            if ends is not None and axis is summary.scores["m"]:
                low, high = money(ends[0]), money(ends[1])
                cells.append(low if low == high else f"{low} to {high}")
            else:
                cells.append(_range(ends))
            cells.append(f"{axis.counts[score - 1]:,}")
        table.add_row(Text(str(score), "bold"), *cells)
    return table


def _range(ends: tuple[int | Decimal, int | Decimal] | None, noun: str = "") -> str:
    if ends is None:
        return ""
    reach = f"{ends[0]:,}" if ends[0] == ends[1] else f"{ends[0]:,}-{ends[1]:,}"
    return f"{reach} {noun}{'' if ends[1] == 1 else 's'}" if noun else reach


def _median(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
