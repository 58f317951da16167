"""Runs: used lines of one batch, where those of one customer and order that follow each other are one row.

Files of order lines list the lines of an order together, so most of the work after this is halved; where they do not,
nothing but time is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool.engines import Calendar, Plan
from segtool.engines.carried import Cells, last_cells
from segtool.engines.folds import FOLDS
from segtool.engines.ids import Keys, text_keys
from segtool.engines.last import NONE, Last, ranked
from segtool.engines.ledger import Ledger, note
from segtool.engines.lines import USED, Lines
from segtool.engines.order_ids import OrderIds, day_orders, named_orders, no_orders
from segtool.engines.tallies import BatchTally, tallied
from segtool.orders.amounts import line_amounts
from segtool.orders.measures import LABELS, Measure
from segtool.tables.arrays import Ints, Mask, as_column, as_mask, chosen, values
from segtool.tables.dates.spelling import DAY
from segtool.tables.numbers import INT64_MAX

NEVER = np.iinfo(np.int32).max
"""The place in the calendar of what holds no purchase."""

_HOUR = DAY // 24


@dataclass(frozen=True)
class Runs:
    """Used lines of a batch of a part of a source, one row a run.

    `values` has what the lines of a run fold to, by measure, and `daily` further sums. `places` is when the first
    purchase of a run was, in the terms of `place`; NEVER where it holds none. Where an order is not `known`, each
    purchase line is an order of its own: `loose` counts those by place. `lasts` has the measures that are labels of a
    purchase. `days` has the first day of each run; where orders are days, or a history is asked for, it has no other.
    `tallies` has the labels that are counted by their role, `carried` the last cells of columns by name.
    """

    source: int
    part: int
    customers: pa.Array
    keys: Keys
    values: dict[str, Ints]
    daily: dict[str, Ints]
    orders: OrderIds
    places: npt.NDArray[np.int32]
    loose: Ints
    lasts: dict[str, Last]
    days: npt.NDArray[np.int32]
    ledger: Ledger
    tallies: dict[str, BatchTally] = field(default_factory=dict)
    carried: dict[str, Cells] = field(default_factory=dict)


def collapse(lines: Lines, plan: Plan) -> Runs:
    """Return the used lines of a judged batch as runs, with the notes on all of them."""
    used = lines.verdict == USED
    every = bool(used.all())
    amount, moment = (lines.amount, lines.moment) if every else (lines.amount[used], lines.moment[used])
    customers = chosen(lines.labels["customer_id"], used)
    ids = chosen(lines.labels["order_id"], used) if plan.order == "order_id" else None
    day = moment // DAY
    parted = plan.order == "day" or plan.history
    money = {role: own.units if every else own.units[used] for role, own in lines.money.items()}
    if plan.daily:
        money["refund"] = np.minimum(amount, -_given_back(lines)[used])
    spans = _spans(customers, ids, day if parted else None, [amount, *money.values()])
    first = as_column(spans.starts)
    buys = amount >= 0
    if ids is not None:
        orders = named_orders(ids.take(first))
    else:
        orders = day_orders(day[spans.starts]) if plan.order == "day" else no_orders(len(spans))
    alone = np.zeros(len(amount), np.bool_) if orders.known.all() else buys & ~np.repeat(orders.known, spans.lengths)
    among = {"used": None, "purchases": None if buys.all() else buys, "refunds": ~buys}

    def folded(measure: Measure) -> Ints:
        """Return what the lines of each run add to a measure; orders with an id are counted elsewhere."""
        if measure.fold == "distinct":
            return spans.count(alone)
        rows = among[measure.lines]
        if measure.fold == "count":
            return spans.count(rows)
        column = {"day": day, "amount": amount, **money}[measure.value]
        return spans.fold(column if rows is None else np.where(rows, column, FOLDS[measure.fold].neutral), measure.fold)

    firsts = spans.fold(moment if buys.all() else np.where(buys, moment, INT64_MAX), "min")
    texts = customers.take(first)
    return Runs(
        source=lines.source,
        part=lines.part,
        customers=texts,
        keys=text_keys(texts),
        values={each.name: folded(each) for each in plan.measures if each.fold not in LABELS},
        daily={each.name: folded(each) for each in plan.daily},
        orders=orders,
        places=np.where(firsts == INT64_MAX, NEVER, place(firsts)).astype(np.int32),
        loose=counted(place(moment[alone] if alone.any() else moment[:0])),
        lasts={
            each.name: _last(
                spans, moment if each.fold == "last" else -moment, buys, chosen(lines.labels[each.value], used)
            )
            for each in plan.measures
            if each.fold in LABELS
        },
        days=day[spans.starts].astype(np.int32),
        ledger=note(lines, plan.rules, list_rows=plan.list_rows),
        tallies={role: tallied(chosen(lines.labels[role], used), spans.numbers, amount) for role in plan.tallied},
        carried={
            name: last_cells(spans.numbers, moment, chosen(column, used)) for name, column in lines.carried.items()
        },
    )


def _given_back(lines: Lines) -> Ints:
    """Return what a column tells that each line gave back of its amount, 0 where there is no such column."""
    if lines.refunded is None:
        return np.zeros(len(lines.amount), np.int64)
    return np.abs(line_amounts({"amount": lines.refunded}).units)


@dataclass(frozen=True)
class _Spans:
    """Which lines begin a run, where those stand, and how long the runs are."""

    new: Mask
    starts: Ints
    lengths: Ints

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def numbers(self) -> Ints:
        """The number of the run of each line."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.lengths)

    def count(self, rows: Mask | None) -> Ints:
        """Return how many lines of each run are among the rows; None is all."""
        if rows is None:
            return self.lengths
        return self.fold(rows.astype(np.int64), "sum") if rows.any() else np.zeros(len(self), np.int64)

    def fold(self, column: Ints, how: str) -> Ints:
        """Return what the values of each run fold to."""
        if not len(self):
            return column
        step = FOLDS[how].step
        if step is np.add:
            sums = np.cumsum(column)[self.starts + (self.lengths - 1)]
            sums[1:] -= sums[:-1].copy()  # if the running sum wrapped, the difference wraps back
            return sums
        if ((column[1:] == column[:-1]) | self.new[1:]).all():
            return column[self.starts]
        return step.reduceat(column, self.starts)


def _last(spans: _Spans, moment: Ints, buys: Mask, labels: pa.Array) -> Last:
    """Return the label of the purchase line of each run whose moment is the greatest."""
    distinct, places = ranked(labels)
    latest = spans.fold(np.where(buys, moment, FOLDS["max"].neutral), "max")
    now = buys & (moment == np.repeat(latest, spans.lengths))
    return Last(latest, spans.fold(np.where(now, places, NONE), "min"), distinct)


def place(moments: Ints) -> Ints:
    """Return where moments lie in the calendar: twice the hours since 1970, one more after the first instant of a day.

    A time of exactly midnight is how dates without a time read. An earlier moment never has a later place.

    >>> place(np.array([0, 1, DAY // 24, DAY])).tolist()
    [0, 1, 3, 48]
    """
    return 2 * (moments // _HOUR) + (moments != moments // DAY * DAY)


def counted(places: npt.NDArray[np.integer]) -> Ints:
    """Return the values of an array in one row, and how often each stands there in another.

    >>> counted(np.array([7, 9, 7])).tolist()
    [[7, 9], [2, 1]]
    """
    low = int(places.min()) if len(places) else 0
    counts = np.bincount(places - low)
    seen = np.flatnonzero(counts)
    return np.stack([seen + low, counts[seen]])


def calendar_of(places: Ints) -> Calendar:
    """Return when orders were placed, from rows as `counted` makes them."""
    timed, hours, counts = places[0] % 2 == 1, places[0] // 2, places[1]
    months = (hours // 24).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return Calendar(
        months=_summed(months, counts),
        weekdays=_summed((hours // 24 + 3) % 7, counts),  # 1970-01-01 was a Thursday
        hours=_summed(hours[timed] % 24, counts[timed]),
    )


def _summed(groups: Ints, counts: Ints) -> dict[int, int]:
    found, at = np.unique(groups, return_inverse=True)
    sums = np.zeros(len(found), np.int64)
    np.add.at(sums, at, counts)
    return dict(zip(found.tolist(), sums.tolist(), strict=True))


def _spans(customers: pa.Array, orders: pa.Array | None, day: Ints | None, money: Sequence[Ints]) -> _Spans:
    """Return the runs of lines. Where a sum of money of a run could pass 64 bits, each line is one."""
    amount = money[0]
    if not len(amount):
        return _Spans(np.zeros(0, np.bool_), np.zeros(0, np.int64), np.zeros(0, np.int64))
    new = np.ones(len(amount), np.bool_)
    new[1:] = _differ(customers)
    if orders is not None:
        new[1:] |= _differ(orders)
    if day is not None:
        new[1:] |= day[1:] != day[:-1]
    starts = np.flatnonzero(new)
    lengths = np.diff(starts, append=len(amount))
    if any(max(int(own.max()), -int(own.min())) > INT64_MAX // int(lengths.max()) for own in money):
        return _Spans(np.ones(len(amount), np.bool_), np.arange(len(amount)), np.ones(len(amount), np.int64))
    return _Spans(new, starts, lengths)


def _differ(column: pa.Array) -> Mask:
    """Return where a text or number is not the one before; a null is like no other."""
    if pa.types.is_integer(column.type) and column.null_count == 0:
        numbers = values(column)
        return numbers[1:] != numbers[:-1]
    return ~as_mask(pc.equal(column.slice(1), column.slice(0, len(column) - 1)))
