"""The engine for tables that have a row a customer: it judges the rows, and there is nothing left to measure."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.engines import Aggregate, Customers, Input, Plan, Watch
from segtool.engines.ledger import Ledger, merge, note, rows_aside
from segtool.engines.lines import USED, Chunk, Lines, chunks, judged, without_repeats
from segtool.engines.refusals import too_large
from segtool.errors import DataError, printable
from segtool.orders import set_aside
from segtool.orders.set_aside import reconcile
from segtool.orders.spelling import Place, line_of
from segtool.tables.arrays import Ints, as_column, as_mask, chosen, one_text
from segtool.tables.numbers import INT64_MAX, total
from segtool.tables.source import Source
from segtool.tables.text import sorted_rows, without_dot_zero
from segtool.workers import in_order


@dataclass(frozen=True)
class _Rows:
    """The used rows of one batch: where they stand, and their customers, figures, groups and carried cells.

    `figures` has the day of the last order, if there is one, and the days since it, if all of them can be read.
    """

    source: int
    rows: Ints
    customers: pa.Array
    figures: dict[str, Ints]
    group: pa.Array | None
    carried: dict[str, pa.Array]


def aggregate(inputs: Sequence[Input], plan: Plan, watch: Watch) -> Aggregate:
    """Return the customers of all rows; see `segtool.engines.aggregate`.

    Raises DataError for a customer that stands in two rows: neither is more likely, and their sum would be a guess.
    """
    repeated = set_aside.positions(plan.rules, set_aside.Repeated)

    def whole(chunk: Chunk) -> list[tuple[float, Lines]]:
        return list(judged(chunk, plan, len(inputs)))

    parts: list[_Rows] = []
    notes: list[Ledger] = []
    seen: set[bytes] = set()
    before: defaultdict[int, int] = defaultdict(int)
    done = 0.0
    with closing(in_order(whole, chunks(inputs, whole_rows=bool(repeated)), plan.threads)) as batches:
        for share, lines in (each for found in batches for each in found):
            lines = without_repeats(lines, seen, repeated[0]) if repeated else lines
            ledger = note(lines, plan.rules, list_rows=plan.list_rows)
            parts.append(_used(lines, before[lines.source]))
            notes.append(ledger.moved(before[lines.source]))
            before[lines.source] += ledger.read
            done += share
            watch(done, sum(before.values()))
    return _found(parts, merge(notes), plan, [each.source for each in inputs])


def _used(lines: Lines, before: int) -> _Rows:
    """Return the used rows of a batch that so many rows of its source stand before."""
    used = lines.verdict == USED
    figures = {role: counts.values[used] for role, counts in lines.counts.items() if counts.readable[used].all()}
    group = lines.labels.get("group")
    return _Rows(
        source=lines.source,
        rows=lines.rows[used] + before,
        customers=chosen(lines.labels["customer_id"], used).cast(pa.large_string()),
        figures={"last_order": lines.day[used], "monetary": lines.amount[used], **figures},
        group=None if group is None else chosen(group, used).cast(pa.large_string()),
        carried={name: chosen(column, used).cast(pa.large_string()) for name, column in lines.carried.items()},
    )


def _found(parts: Sequence[_Rows], ledger: Ledger, plan: Plan, sources: Sequence[Source]) -> Aggregate:
    all_dot_zero = ledger.has_dot_zero and not ledger.has_other_ids
    if all_dot_zero:
        parts = [replace(part, customers=without_dot_zero(part.customers)) for part in parts]
    customers = _customers(parts, plan, sources)
    if abs(total(customers.monetary)) > INT64_MAX:
        raise too_large("The sum of all amounts")
    nothing_late = [np.zeros(0, np.int64)] * len(ledger.aside)
    return Aggregate(
        customers=customers,
        counts=reconcile(plan.rules, ledger.tallies, ledger.read),
        calendar=None,
        latest=_dating(customers, ledger),
        bad=ledger.bad,
        examples=ledger.examples,
        lines_without_order=0,
        dot_zero_ids="all" if all_dot_zero else "some" if ledger.has_dot_zero else "none",
        currencies=tuple(sorted(ledger.currencies)),
        statuses=(),
        marks=ledger.marks,
        clues=ledger.clues,
        rows_aside=rows_aside(ledger.aside, nothing_late, plan.rules, USED),
        listed=len(ledger.listed),
    )


def _is_dated(plan: Plan) -> bool:
    """Return whether the rows have the day of the last order."""
    return any(rule.predicate == set_aside.Unreadable("order_date") for rule in plan.rules)


def _customers(parts: Sequence[_Rows], plan: Plan, sources: Sequence[Source]) -> Customers:
    """Return the customers of all batches, sorted by id."""
    ids = pa.concat_arrays([part.customers for part in parts]) if parts else pa.nulls(0, pa.large_string())
    order = sorted_rows(ids)
    ids = ids.take(as_column(order))
    _refuse_twice(ids, order, parts, sources)

    def column(name: str) -> Ints:
        return np.concatenate([np.zeros(0, np.int64), *(part.figures[name] for part in parts)])[order]

    def texts(columns: Sequence[pa.Array]) -> pa.Array:
        return pa.concat_arrays([pa.nulls(0, pa.large_string()), *columns]).take(as_column(order))

    groups = [part.group for part in parts if part.group is not None]
    return Customers(
        customer_id=ids,
        first_order=None,
        last_order=column("last_order") if _is_dated(plan) else None,
        frequency=column("frequency"),
        monetary=column("monetary"),
        group=texts(groups) if groups else None,
        recency_days=column("recency_days") if all("recency_days" in part.figures for part in parts) else None,
        carried={name: texts([part.carried[name] for part in parts]) for name in plan.carried},
    )


def _refuse_twice(ids: pa.Array, order: Ints, parts: Sequence[_Rows], sources: Sequence[Source]) -> None:
    """Raise DataError where a customer has two rows, with the first two places of the first such customer."""
    again = as_mask(pc.equal(ids.slice(1), ids.slice(0, max(len(ids) - 1, 0))))
    if not again.any():
        return
    twice = ids[int(np.flatnonzero(again)[0])].as_py()
    table = np.concatenate([np.full(len(part.rows), part.source) for part in parts])[order]
    rows = np.concatenate([part.rows for part in parts])[order]
    own = np.flatnonzero(as_mask(pc.equal(ids, one_text(twice))))
    first, second = sorted(zip(table[own].tolist(), rows[own].tolist(), strict=True))[:2]
    places = [line_of(sources, Place(source, row, twice)) for source, row in (first, second)]
    raise DataError(
        f"Customer {printable(twice)!r} has two rows, {places[0]} and {places[1]}; --customer-level takes one row a "
        "customer. Keep one of them; or, if rows are orders, leave out --customer-level."
    )


def _dating(customers: Customers, ledger: Ledger) -> tuple[int, ...]:
    """Return the latest days, or the one day from which all days since the last order count, if there is one."""
    if customers.last_order is None:
        return ()
    if customers.recency_days is not None and len(customers):
        counted_from = customers.last_order + customers.recency_days
        if (counted_from == counted_from[0]).all():
            return (int(counted_from[0]),)
    return tuple(sorted(ledger.latest))
