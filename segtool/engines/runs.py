"""Runs: used lines of one batch, where those of one customer and order that follow each other are one row.

Files of order lines list the lines of an order together, so most of the work after this is halved; where they do not,
nothing but time is lost.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool.engines import Calendar, Plan
from segtool.engines.folds import FOLDS
from segtool.engines.ids import Hashes, text_hashes
from segtool.engines.ledger import Ledger, note
from segtool.engines.lines import USED, Lines
from segtool.tables.arrays import Ints, Mask, as_column, as_mask, chosen, offsets, text_bytes, valid, values
from segtool.tables.dates import DAY
from segtool.tables.numbers import INT64_MAX

NEVER = np.iinfo(np.int32).max
"""The place in the calendar of what holds no purchase."""

_HOUR = DAY // 24
_NUMBERED = 18
"""Digits of an order number that surely fits an integer."""


@dataclass(frozen=True)
class Orders:
    """The orders of runs: a number for each, and the texts of those that are no number.

    `numbers` holds the number, or the place in `texts` where `spelled`; both mean nothing where not `known`.
    """

    numbers: Ints
    known: Mask
    spelled: Mask
    texts: pa.Array
    hashes: Hashes


@dataclass(frozen=True)
class Runs:
    """Used lines of a batch of a source, one row a run.

    `values` has what the lines of a run fold to, by measure. `places` is when the first purchase of a run was, in the
    terms of `place`; NEVER where it holds none. Where an order is not `known`, each purchase line is an order of its own:
    `loose` counts those by place.
    """

    source: int
    customers: pa.Array
    hashes: Hashes
    values: dict[str, Ints]
    orders: Orders
    places: npt.NDArray[np.int32]
    loose: Counter[int]
    ledger: Ledger


def collapse(lines: Lines, plan: Plan) -> Runs:
    """Return the used lines of a judged batch as runs, with the notes on all of them."""
    used = lines.verdict == USED
    every = bool(used.all())
    amount, moment = (lines.amount, lines.moment) if every else (lines.amount[used], lines.moment[used])
    customers = chosen(lines.labels["customer_id"], used)
    orders = chosen(lines.labels["order_id"], used) if plan.order == "order_id" else None
    day = moment // DAY
    starts = _starts(customers, orders, day if plan.order == "day" else None, amount)
    buys = amount >= 0
    all_buy = bool(buys.all())
    of = {"day": day, "amount": amount, "row": np.ones(len(amount), np.int64)}
    folded = {}
    for measure in plan.measures:
        if measure.fold != "distinct":
            fold, own = FOLDS[measure.fold], of[measure.value]
            kept = own if all_buy or measure.lines == "used" else np.where(buys, own, fold.neutral)
            folded[measure.name] = fold.step.reduceat(kept, starts) if len(starts) else kept
    firsts = np.minimum.reduceat(moment if all_buy else np.where(buys, moment, INT64_MAX), starts) if len(starts) else day
    ids = customers.take(as_column(starts))
    named = _named(orders.take(as_column(starts))) if orders is not None else _days(day[starts], plan.order == "day")
    alone = buys & ~np.repeat(named.known, np.diff(starts, append=len(amount)))
    for measure in plan.measures:
        if measure.fold == "distinct":
            folded[measure.name] = np.add.reduceat(alone, starts, dtype=np.int64) if len(starts) else day
    return Runs(
        source=lines.source,
        customers=ids,
        hashes=text_hashes(ids),
        values=folded,
        orders=named,
        places=np.where(firsts == INT64_MAX, NEVER, place(firsts)).astype(np.int32),
        loose=counted(place(moment[alone])),
        ledger=note(lines, plan.rules, list_rows=plan.list_rows),
    )


def place(moments: Ints) -> Ints:
    """Return where moments lie in the calendar: twice the hours since 1970, one more after the first instant of a day.

    A time of exactly midnight is how dates without a time read. An earlier moment never has a later place.

    >>> place(np.array([0, 1, DAY // 24, DAY])).tolist()
    [0, 1, 3, 48]
    """
    hours = moments // _HOUR
    return 2 * hours + ((hours % 24 != 0) | (moments != hours * _HOUR))


def calendar_of(places: Counter[int]) -> Calendar:
    """Return when orders were placed, from how many lie at each place."""
    hours = np.fromiter(places.keys(), np.int64, len(places))
    counts = np.fromiter(places.values(), np.int64, len(places))
    timed, hours = hours % 2 == 1, hours // 2
    months = (hours // 24).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return Calendar(
        months=_summed(months, counts),
        weekdays=_summed((hours // 24 + 3) % 7, counts),  # 1970-01-01 was a Thursday
        hours=_summed(hours[timed] % 24, counts[timed]),
    )


def _summed(groups: Ints, counts: Ints) -> dict[int, int]:
    found: Counter[int] = Counter()
    for group, count in zip(groups.tolist(), counts.tolist(), strict=True):
        found[group] += count
    return dict(found)


def counted(places: Ints) -> Counter[int]:
    """Return how often each value stands in an array."""
    found, counts = np.unique(places, return_counts=True)
    return Counter(dict(zip(found.tolist(), counts.tolist(), strict=True)))


def _starts(customers: pa.Array, orders: pa.Array | None, day: Ints | None, amount: Ints) -> Ints:
    """Return where runs start. Where the sum of a run could pass 64 bits, each line is one."""
    if len(amount) == 0:
        return np.zeros(0, np.int64)
    new = np.ones(len(amount), np.bool_)
    new[1:] = _differ(customers)
    if orders is not None:
        new[1:] |= _differ(orders)
    if day is not None:
        new[1:] |= day[1:] != day[:-1]
    starts = np.flatnonzero(new)
    longest = int(np.diff(starts, append=len(amount)).max())
    if max(int(amount.max()), -int(amount.min())) > INT64_MAX // longest:
        return np.arange(len(amount))
    return starts


def _differ(column: pa.Array) -> Mask:
    """Return where a text or number is not the one before; a null is like no other."""
    if pa.types.is_integer(column.type) and column.null_count == 0:
        numbers = values(column)
        return numbers[1:] != numbers[:-1]
    return ~as_mask(pc.equal(column.slice(1), column.slice(0, len(column) - 1)))


def _named(column: pa.Array) -> Orders:
    """Return order ids by number where they are plainly spelled as one; `007` and `7.0` are texts."""
    known = valid(column)
    if pa.types.is_integer(column.type):
        numbers = values(column)
        plain = known & (numbers >= 0)
    else:
        plain = known & _like_numbers(column)
        try:
            parsed = chosen(column, plain).cast(pa.int64())
        except pa.ArrowInvalid:
            plain &= as_mask(pc.match_substring_regex(column, "^[0-9]+$"))
            parsed = chosen(column, plain).cast(pa.int64())
        numbers = np.zeros(len(column), np.int64)
        numbers[plain] = values(parsed)
    spelled = known & ~plain
    texts = chosen(column, spelled).cast(pa.string())
    if len(texts):
        numbers = np.where(spelled, np.cumsum(spelled) - 1, numbers)
    return Orders(numbers, known, spelled, texts, text_hashes(texts))


def _days(days: Ints, known: bool) -> Orders:
    """Return days as the numbers of orders."""
    none = pa.nulls(0, pa.string())
    return Orders(days, np.full(len(days), known), np.zeros(len(days), np.bool_), none, text_hashes(none))


def _like_numbers(texts: pa.Array) -> Mask:
    """Return which texts are short and start like a number: with a digit that is no leading zero."""
    at, letters = offsets(texts), text_bytes(texts)
    length = np.diff(at)
    head = letters.take(at[:-1], mode="clip") if len(letters) else np.zeros(len(texts), np.uint8)
    zero = head == ord("0")
    return (length > 0) & (length <= _NUMBERED) & ((zero & (length == 1)) | (~zero & (head <= ord("9")) & (head > ord("0"))))
