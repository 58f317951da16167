"""What to know before the numbers are trusted. Every caution has a stable code."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow.compute as pc

from segtool.engines import Aggregate
from segtool.errors import printable
from segtool.reading import OrderOptions, OrdersRead
from segtool.summary.facts import Axis, Caution, counted, money
from segtool.tables.arrays import Ints, as_mask, chosen
from segtool.tables.dates import calendar_day
from segtool.tables.headers import normal
from segtool.tables.text import fold

GAP_DAYS = 31
"""A latest date that lies further than this after the one before it may be a mistyped year."""

_EXPONENT_ID = r"^[0-9](\.[0-9]+)?[eE]\+?[0-9]+$"
_NEWCOMERS = ("New Customers", "Promising")


def of_orders(read: OrdersRead, options: OrderOptions) -> Iterator[Caution]:
    """Yield what the reading of the orders calls for, where some of them are dated."""
    found = read.found
    for source in read.sources:
        yield from (Caution("reading", remark) for remark in source.remarks)
    yield from _unread(found)
    yield from _ids(found)
    yield from _statuses(read, {label for labels in options.statuses.values() for label in labels})
    if options.orders_by is None and read.plan.order == "row":
        yield Caution(
            "no-order-id",
            "No column for order_id: every purchase line counts as an order. Say --order-id COL or --orders-by day.",
        )
    if found.lines_without_order:
        yield Caution(
            "lines-without-order-id",
            f"{counted(found.lines_without_order, 'purchase line')} without an order id: each counts as an order.",
        )
    gap = found.latest[-1] - found.latest[0]
    if gap > GAP_DAYS and options.last_day is None:
        yield Caution(
            "as-of-gap",
            f"The last date, {calendar_day(found.latest[-1])}, lies {gap:,} days after the one before it, "
            f"{calendar_day(found.latest[0])}: a mistyped date? --as-of sets another.",
        )


def _statuses(read: OrdersRead, asked: Collection[str]) -> Iterator[Caution]:
    found = read.found
    if "status" in found.counts.set_aside and not asked:
        unpaid = frozenset[str]().union(*(each.habits.unpaid for each in read.inputs))
        yield Caution(
            "unpaid",
            "Rows whose status means that nobody paid were set aside: "
            f"{_listed([status for status in found.statuses if normal(status) in unpaid])}. --keep-status or "
            "--drop-status chooses.",
        )
    unknown = sorted(label for label in asked if fold(label) not in found.statuses)
    if unknown:
        yield Caution(
            "unknown-status",
            f"No row has the status {' or '.join(map(repr, unknown))}. Statuses: {_listed(found.statuses)}.",
        )


def _listed(labels: Sequence[str]) -> str:
    return printable(", ".join(labels[:10])) + (" …" if len(labels) > 10 else "")


def _unread(found: Aggregate) -> Iterator[Caution]:
    said = []
    for reason, rows in found.counts.bad_rows.items():
        example = found.examples.get(reason)
        cell = f' (as {example.header} "{printable(example.text[:40])}")' if example else ""
        said.append(f"{reason} {rows:,}{cell}")
    if said:
        yield Caution("unread-rows", f"Some rows cannot be read: {', '.join(said)}. --rejects FILE lists them.")


def _ids(found: Aggregate) -> Iterator[Caution]:
    if found.dot_zero_ids == "all":
        yield Caution("dot-zero-ids", "Every customer id ended in .0, as spreadsheets write numbers; it was dropped.")
    if found.dot_zero_ids == "some":
        yield Caution("mixed-ids", "Some customer ids end in .0 and others do not: all are used as written.")
    ids = found.customers.customer_id
    short = chosen(ids, as_mask(pc.match_substring_regex(ids, _EXPONENT_ID)))
    if len(short):
        yield Caution(
            "exponent-ids",
            f"{counted(len(short), 'customer id')} such as {short[0].as_py()}, which a spreadsheet cut short: "
            "different customers may share one.",
        )


def of_scores(axes: Mapping[str, Axis], values: Mapping[str, Ints], segments: Iterable[str]) -> Iterator[Caution]:
    """Yield what the scores call for: scores in which many customers tie, and names that mislead then.

    `values` has the raw values of each axis (days, orders, units of 1/10,000), `segments` the names in use.
    """
    for name, axis in axes.items():
        used = [str(score) for score, count in enumerate(axis.counts, 1) if count]
        if len(used) < len(axis.counts):
            found, counts = np.unique(values[name], return_counts=True)
            most = int(counts.argmax())
            tie = (
                f"equal customers share a score: {counts[most] / counts.sum():.1%} of customers have "
                f"{_in_words(name, int(found[most]))}"
            )
            few = f"there {'is' if len(found) == 1 else 'are'} only {counted(len(found), 'customer')}"
            why = tie if counts[most] > 1 else few
            yield Caution("collapsed-scores", f"{name.upper()} uses only {', '.join(used)}, because {why}.")
    yield from _few_orders(axes["f"], [name for name in segments if name in _NEWCOMERS])


def _in_words(axis: str, value: int) -> str:
    if axis == "m":
        return f"a net spend of {money(value):,}".removesuffix(".00")
    return counted(value, "order") if axis == "f" else f"{counted(value, 'day')} since the last order"


def _few_orders(axis: Axis, named: list[str]) -> Iterator[Caution]:
    ends = axis.ranges[0]
    if named and ends is not None and ends[1] > 1:
        yield Caution(
            "few-orders",
            f'F1 reaches up to {ends[1]:,} orders, so {" and ".join(named)} mean "recent, few orders" here, '
            "not newcomers.",
        )
