"""The default engine: pyarrow reads, numpy folds, worker threads take one batch after another.

A batch is judged by the rules, then folded to a row a customer and a row a distinct order. Folds are commutative and
exact, so no order of rows, batches, files or threads changes the result.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.engines import Aggregate, Calendar, Customers, Plan, RowsAside
from segtool.engines.folds import FOLDS, Orders, distinct
from segtool.engines.ledger import DOT_ZERO, AsideList, Ledger, merge, note
from segtool.engines.lines import USED, Lines, chunks, judge, without_repeats
from segtool.errors import DataError
from segtool.orders import set_aside
from segtool.orders.roles import Columns
from segtool.orders.set_aside import Rule, Tally, reconcile
from segtool.tables.dates import DAY
from segtool.tables.numbers import INT64_MAX, Ints, as_mask, total
from segtool.tables.source import Source

Item = TypeVar("Item")
Result = TypeVar("Result")

Places = Counter[tuple[str, int]]
"""("month", months since 1970-01), ("weekday", 0-6), ("hour", 0-23) -> orders."""


@dataclass(frozen=True)
class _Part:
    """A batch, folded: states by customer and measure, its distinct orders, its notes.

    `orders` are those with a key, which other batches may hold too; a loose order is one line, and is counted at once.
    """

    customers: pa.Array
    states: dict[str, Ints]
    orders: Orders
    order_keys: pa.Array
    loose: Ints
    loose_places: Places
    without_order: int
    ledger: Ledger


def aggregate(inputs: Sequence[tuple[Source, Columns]], plan: Plan) -> Aggregate:
    """Return one row a customer; see `segtool.engines.aggregate`."""
    rules = plan.rules
    repeated = set_aside.positions(rules, set_aside.Repeated)
    found = chunks(inputs, whole_rows=bool(repeated))
    with _workers(plan.threads) as ordered_map:
        if not repeated:
            parts = list(ordered_map(lambda chunk: _fold(judge(chunk, rules, plan.timezone), plan), found))
        else:
            seen: set[bytes] = set()
            judged = ordered_map(lambda chunk: judge(chunk, rules, plan.timezone), found)
            parts = [_fold(without_repeats(lines, seen, repeated[0]), plan) for lines in judged]
    return _merge(parts, plan)


@contextmanager
def _workers(threads: int) -> Iterator[Callable[[Callable[[Item], Result], Iterable[Item]], Iterator[Result]]]:
    """Give a map that runs in threads, keeps the order, and holds only a few items at a time."""
    if threads == 1:
        yield map
        return
    pool = ThreadPoolExecutor(threads)

    def ordered_map(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    try:
        yield ordered_map
    finally:
        pool.shutdown(cancel_futures=True)


def _fold(lines: Lines, plan: Plan) -> _Part:
    used = lines.verdict == USED
    encoded = lines.labels["customer_id"].filter(pa.array(used)).dictionary_encode()
    customer, count = encoded.indices.to_numpy().astype(np.int64), len(encoded.dictionary)
    amount, moment = lines.amount[used], lines.moment[used]
    buys = amount >= 0
    values = {"day": moment // DAY, "amount": amount, "row": amount}  # rows are counted, whatever they hold
    states = {}
    for measure in plan.measures:
        if measure.fold != "distinct":
            of = buys if measure.lines == "purchases" else slice(None)
            states[measure.name] = FOLDS[measure.fold].group(values[measure.value][of], customer[of], count)

    buyer, bought = customer[buys], moment[buys]
    keyed = np.full(len(buyer), plan.order == "day")
    keys, key = pa.array([], pa.string()), bought // DAY
    if plan.order == "order_id":
        named = lines.labels["order_id"].filter(pa.array(used)).filter(pa.array(buys)).dictionary_encode()
        keyed = as_mask(named.indices.is_valid())
        keys, key = named.dictionary, pc.fill_null(named.indices, 0).to_numpy().astype(np.int64)
    loose = ~keyed
    return _Part(
        customers=encoded.dictionary,
        states=states,
        orders=distinct(key[keyed], buyer[keyed], bought[keyed]),
        order_keys=keys,
        loose=np.bincount(buyer[loose], minlength=count).astype(np.int64),
        loose_places=_places(bought[loose]),
        without_order=int(loose.sum()) if plan.order == "order_id" else 0,
        ledger=note(lines, plan.rules, list_rows=plan.list_rows),
    )


def _merge(parts: Sequence[_Part], plan: Plan) -> Aggregate:
    ledger = merge(part.ledger for part in parts)
    all_dot_zero = ledger.has_dot_zero and not ledger.has_other_ids
    spelled = _without_dot_zero if all_dot_zero else _as_written
    ids, codes = _unified([spelled(part.customers) for part in parts])
    orders = _all_orders(parts, codes)
    columns = _measured(parts, plan, np.concatenate(codes), orders, len(ids))

    bought = columns["frequency"] > 0
    [only_refunds] = set_aside.positions(plan.rules, set_aside.NoPurchase)
    refunds = int(columns["lines"][~bought].sum())
    ledger.tallies[only_refunds] = Tally(refunds, refunds, total(columns["monetary"][~bought]))
    without_purchase = ids.filter(pa.array(~bought)).cast(pa.string())
    late = [
        part.refund_rows[as_mask(pc.is_in(spelled(part.refund_customers), without_purchase))] for part in ledger.aside
    ]
    aside = _rows_aside(ledger.aside, late, plan.rules, only_refunds)

    order = pc.array_sort_indices(ids).to_numpy().astype(np.int64)
    order = order[bought[order]]
    places = sum((part.loose_places for part in parts), _places(orders.moment))
    return Aggregate(
        customers=Customers(
            customer_id=ids.take(pa.array(order)),
            **{name: column[order] for name, column in columns.items() if name != "lines"},
        ),
        counts=reconcile(plan.rules, ledger.tallies, ledger.read),
        calendar=_calendar(places),
        latest=tuple(sorted(ledger.latest)),
        bad=ledger.bad,
        examples=ledger.examples,
        lines_without_order=sum(part.without_order for part in parts),
        dot_zero_ids="all" if all_dot_zero else "some" if ledger.has_dot_zero else "none",
        currencies=tuple(sorted(ledger.currencies)),
        statuses=tuple(sorted(ledger.statuses)),
        rows_aside=aside,
    )


def _measured(parts: Sequence[_Part], plan: Plan, codes: Ints, orders: Orders, count: int) -> dict[str, Ints]:
    """Return each measure of all customers, from the states of the parts and the distinct orders."""
    columns = {}
    for measure in plan.measures:
        if measure.fold == "distinct":
            loose = FOLDS["count"].merge(np.concatenate([part.loose for part in parts]), codes, count)
            columns[measure.name] = loose + np.bincount(orders.customer, minlength=count)
        else:
            fold = FOLDS[measure.fold]
            merged = fold.merge(np.concatenate([part.states[measure.name] for part in parts]), codes, count)
            try:
                columns[measure.name] = fold.finish(merged)
            except OverflowError:
                raise _too_large(f"The {measure.name} of a customer") from None
    if abs(total(columns["monetary"])) > INT64_MAX:
        raise _too_large("The sum of all amounts")
    return columns


def _too_large(what: str) -> DataError:
    return DataError(f"{what} passes ±922,337,203,685,477.5807; divide the amounts by 1,000.")


def _unified(dictionaries: Sequence[pa.Array]) -> tuple[pa.Array, list[Ints]]:
    """Return the distinct texts of all dictionaries, and for each dictionary the place of its texts among them."""
    every = pa.chunked_array(dictionaries, pa.string()).cast(pa.large_string())
    encoded = every.combine_chunks().dictionary_encode()
    ends = np.cumsum([len(dictionary) for dictionary in dictionaries], dtype=np.int64)
    return encoded.dictionary, np.split(encoded.indices.to_numpy().astype(np.int64), ends)[:-1]


def _all_orders(parts: Sequence[_Part], customers: Sequence[Ints]) -> Orders:
    key = [part.orders.key for part in parts]
    if any(len(part.order_keys) for part in parts):
        _, places = _unified([part.order_keys for part in parts])
        key = [place[own] for place, own in zip(places, key, strict=True)]
    customer = [code[part.orders.customer] for code, part in zip(customers, parts, strict=True)]
    return distinct(
        np.concatenate(key), np.concatenate(customer), np.concatenate([part.orders.moment for part in parts])
    )


def _places(moments: Ints) -> Places:
    """Count moments by month, weekday and hour."""
    stamps = moments.astype("datetime64[us]")
    days = moments // DAY
    kinds = {
        "month": stamps.astype("datetime64[M]").astype(np.int64),
        "weekday": (days + 3) % 7,  # 1970-01-01 was a Thursday
        "hour": moments[moments % DAY != 0] % DAY // (DAY // 24),
    }
    found: Places = Counter()
    for kind, values in kinds.items():
        for value, count in zip(*np.unique(values, return_counts=True), strict=True):
            found[kind, int(value)] = int(count)
    return found


def _calendar(places: Places) -> Calendar:
    months, weekdays, hours = (
        {at: count for (own, at), count in sorted(places.items()) if own == kind}
        for kind in ("month", "weekday", "hour")
    )
    return Calendar(months, weekdays, hours)


def _rows_aside(
    lists: Sequence[AsideList], late: Sequence[Ints], rules: Sequence[Rule], only_refunds: int
) -> tuple[RowsAside, ...]:
    """Return the rows set aside by source; `late` has those of each list whose customers bought nothing."""
    found = []
    for source in sorted({part.source for part in lists}):
        own = [(part, refunds) for part, refunds in zip(lists, late, strict=True) if part.source == source]
        rows = np.concatenate([rows for part, refunds in own for rows in (part.rows, refunds)])
        verdicts = np.concatenate(
            [v for part, refunds in own for v in (part.verdicts, np.full(len(refunds), only_refunds))]
        )
        order = np.argsort(rows, kind="stable")
        found.append(RowsAside(source, rows[order], tuple(rules[i].reason for i in verdicts[order].tolist())))
    return tuple(found)


def _without_dot_zero(ids: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(ids, DOT_ZERO, r"\1")


def _as_written(ids: pa.Array) -> pa.Array:
    return ids
