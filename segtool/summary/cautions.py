"""What to know before the numbers are trusted. Every caution has a stable code."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from segtool.engines import Example
from segtool.errors import printable
from segtool.reading import OrderOptions, OrdersRead
from segtool.scoring.scores import OUTER
from segtool.segments.schemes import Segment
from segtool.segments.wording import called
from segtool.summary.census import Census
from segtool.summary.facts import Axis, Caution, caution
from segtool.summary.misuse import limits
from segtool.tables.arrays import as_mask, chosen
from segtool.tables.dates import calendar_day
from segtool.tables.headers import normal
from segtool.tables.numbers import money
from segtool.tables.text import fold
from segtool.words import Words

GAP_DAYS = 31
"""A latest date that lies further than this after the one before it may be a mistyped year."""

_EXPONENT_ID = r"^[0-9](\.[0-9]+)?[eE]\+?[0-9]+$"

Spoilt = tuple[int, str | None]
"""How many ids are written with an exponent, and the first of them in byte order."""

_NEWCOMERS = ("New Customers", "Promising")


def of_orders(
    read: OrdersRead, options: OrderOptions, words: Words, *, spoilt: Spoilt | None = None
) -> Iterator[Caution]:
    """Yield what the reading of the orders calls for, where some of them are dated.

    `spoilt` are the ids with exponents, where the customers are not with what was found.
    """
    found = read.found
    for source in read.sources:
        yield from (Caution("reading", words(f"caution.{code}", **facts)) for code, facts in source.remarks)
    yield from unread(found.counts.bad_rows, found.examples, words)
    yield from of_ids(spoilt or spoilt_ids(found.customers.customer_id), found.dot_zero_ids, words)
    yield from _statuses(read, {label for labels in options.statuses.values() for label in labels}, words)
    if options.orders_by is None and read.plan.order == "row":
        yield caution("no-order-id", words)
    if found.lines_without_order:
        yield caution("lines-without-order-id", words, lines=words.count(found.lines_without_order, "purchase-line"))
    gap = found.latest[-1] - found.latest[0] if found.latest else 0
    if gap > GAP_DAYS and options.last_day is None:
        last, before = calendar_day(found.latest[-1]), calendar_day(found.latest[0])
        yield caution("as-of-gap", words, last=last, days=int(gap), before=before)


def _statuses(read: OrdersRead, asked: Collection[str], words: Words) -> Iterator[Caution]:
    found = read.found
    if "status" in found.counts.set_aside and not asked:
        unpaid = frozenset[str]().union(*(each.habits.unpaid for each in read.inputs))
        seen = [status for status in found.statuses if normal(status) in unpaid]
        yield caution("unpaid", words, statuses=_listed(seen))
    unknown = sorted(label for label in asked if fold(label) not in found.statuses)
    if unknown:
        named = words("list.or").join(map(repr, unknown))
        yield caution("unknown-status", words, asked=named, statuses=_listed(found.statuses))


def _listed(labels: Sequence[str]) -> str:
    return printable(", ".join(labels[:10])) + (" …" if len(labels) > 10 else "")


def unread(bad_rows: Mapping[str, int], examples: Mapping[str, Example], words: Words) -> Iterator[Caution]:
    """Yield what the rows that cannot be read call for, from their number and a cell by reason."""
    said = []
    for reason, rows in bad_rows.items():
        named, example = words.term("reason", reason), examples.get(reason)
        if example:
            cell = printable(example.text[:40])
            said.append(words("unread.example", reason=named, rows=rows, header=example.header, cell=cell))
        else:
            said.append(words("unread.reason", reason=named, rows=rows))
    if said:
        yield caution("unread-rows", words, reasons=words.series(said))


def of_ids(spoilt: Spoilt, dot_zero_ids: Literal["none", "some", "all"], words: Words) -> Iterator[Caution]:
    """Yield what ids call for that a spreadsheet spoilt; `dot_zero_ids` tells how many were written like 17850.0."""
    if dot_zero_ids == "all":
        yield caution("dot-zero-ids", words)
    if dot_zero_ids == "some":
        yield caution("mixed-ids", words)
    count, example = spoilt
    if count:
        yield caution("exponent-ids", words, ids=words.count(count, "customer-id"), example=example)


def spoilt_ids(ids: pa.Array) -> Spoilt:
    """Return how many ids, which rise in byte order, a spreadsheet has made numbers with an exponent.

    >>> spoilt_ids(pa.array(["1.2E+05", "3e7", "7"]))
    (2, '1.2E+05')
    """
    short = chosen(ids, as_mask(pc.match_substring_regex(ids, _EXPONENT_ID)))
    return len(short), short[0].as_py() if len(short) else None


def of_scores(
    axes: Mapping[str, Axis], census: Census, segments: Iterable[Segment], words: Words, *, frozen: bool
) -> Iterator[Caution]:
    """Yield what the scores call for: scores that no customer has, and names that mislead then.

    `segments` are those that the run can give; `frozen` tells that the cuts are those of a model.
    """
    for name, axis in axes.items():
        used = [str(score) for score, count in enumerate(axis.counts, axis.lowest) if count]
        if len(used) < len(axis.counts):
            few = len(used) < limits()["few-scores"]["scores"] <= len(axis.counts)
            code = "few-scores" if few else "collapsed-scores"
            why = _why_empty(name, axis, census, words, frozen=frozen)
            yield caution(code, words, axis=name.upper(), scores=words.series(used), why=why)
    yield from _few_orders(axes["f"], [segment for segment in segments if segment.name in _NEWCOMERS], words)


def _why_empty(name: str, axis: Axis, census: Census, words: Words, *, frozen: bool) -> str:
    """Return in words why an axis has scores that no customer has."""
    method, groups = census.method, census.groups
    if frozen or census.axes[name].rule.kind == "cuts":
        return words("collapsed.cuts")
    if (method.nested and name in OUTER) or (groups and (groups.customers > 0).sum() > 1):
        return words("collapsed.parts")
    value, count = census.commonest(axis.figure)
    if method.ties != "spread" and count > 1:
        share = words.percent(count / census.customers)
        return words("collapsed.tie", share=share, value=_in_words(axis, value, words))
    return words(
        f"collapsed.{words.form(census.customers, 'few')}", customers=words.count(census.customers, "customer")
    )


def _in_words(axis: Axis, value: int, words: Words) -> str:
    if axis.is_money:
        return words(f"collapsed.{axis.figure}", amount=words.exact(money(value)))
    if axis.figure == "frequency":
        return words.count(value, "order")
    return words(f"collapsed.{axis.figure}", days=words.count(value, "day"))


def _few_orders(axis: Axis, named: Sequence[Segment], words: Words) -> Iterator[Caution]:
    ends = axis.ranges[0]
    if named and ends is not None and ends[1] > 1:
        names = words("list.and").join(called(segment, words) for segment in named)
        yield caution("few-orders", words, score=f"F{axis.lowest}", orders=int(ends[1]), segments=names)
