"""The default engine: worker threads read, judge and collapse one part of the input after another; one thread folds.

Folds are commutative and exact, so no order of rows, parts, files or threads changes the result. What is kept grows
with customers and orders, not with lines.
"""

from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool import memory
from segtool.engines import Accounts, Aggregate, Customers, Input, Plan, Watch
from segtool.engines.carried import LastCells
from segtool.engines.distinct import DistinctOrders, Orders
from segtool.engines.folds import Totals
from segtool.engines.history import Days, Diary
from segtool.engines.ids import Ids, text_keys
from segtool.engines.last import LastLabels
from segtool.engines.ledger import Ledger, merge, rows_aside
from segtool.engines.lines import Chunk, chunks, judged, without_repeats
from segtool.engines.refusals import same_id, too_large
from segtool.engines.runs import NEVER, Runs, calendar_of, collapse, counted
from segtool.engines.tallies import Tallies, Tally
from segtool.orders import set_aside
from segtool.orders.measures import GROUP, LABELS
from segtool.orders.set_aside import reconcile
from segtool.tables.arrays import Ints, Mask, as_column, as_mask, chosen
from segtool.tables.numbers import INT64_MAX, total
from segtool.tables.text import sorted_rows, without_dot_zero
from segtool.workers import as_they_come, in_order, side_by_side

_TO_FINISH = 64
"""Bytes a customer that sorting and scoring take, more or less."""


def aggregate(inputs: Sequence[Input], plan: Plan, watch: Watch) -> Aggregate:
    """Return one row a customer; see `segtool.engines.aggregate`."""
    repeated = set_aside.positions(plan.rules, set_aside.Repeated)
    every = chunks(inputs, whole_rows=bool(repeated))

    def collapsed(chunk: Chunk) -> Iterator[tuple[float, Runs]]:
        for share, lines in judged(chunk, plan, len(inputs)):
            yield share, collapse(lines, plan)

    def first_of_equals() -> Generator[tuple[float, Runs], None, None]:
        """Which rows repeat an earlier one shows only in the order of rows."""
        seen: set[bytes] = set()
        for batches in in_order(lambda chunk: list(judged(chunk, plan, len(inputs))), every, plan.threads):
            for share, lines in batches:
                yield share, collapse(without_repeats(lines, seen, repeated[0]), plan)

    found, done = _Found(plan), 0.0
    with closing(first_of_equals() if repeated else as_they_come(collapsed, every, plan.threads)) as batches:
        for share, runs in batches:
            found.add(runs)
            memory.need(_TO_FINISH * found.customers)
            done += share
            watch(done, found.read)
    return found.result()


class _Found:
    """What all batches so far hold together: customers by code, distinct orders, notes."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._customers = Ids()
        self._measures = [measure for measure in plan.measures if measure.fold not in LABELS]
        self._totals = Totals(self._measures)
        self._lasts = {measure.name: LastLabels() for measure in plan.measures if measure.fold in LABELS}
        self._stems = Ids()
        self._orders = DistinctOrders()
        self._loose: list[Ints] = []
        self._diary = Diary() if plan.history else None
        self._tallies = {role: Tallies() for role in plan.tallied}
        self._carried = {name: LastCells() for name in plan.carried}
        self._notes: defaultdict[int, defaultdict[int, list[Ledger]]] = defaultdict(lambda: defaultdict(list))
        self.read = 0
        """How many rows have come."""

    @property
    def customers(self) -> int:
        """How many customers have come."""
        return len(self._customers)

    def add(self, runs: Runs) -> None:
        """Take the runs of a batch. Those of one part come in the order of their rows, parts in any order."""
        self._notes[runs.source][runs.part].append(runs.ledger)
        self.read += runs.ledger.read
        self._loose.append(runs.loose)
        codes = self._customers.codes(runs.customers, runs.keys)
        self._totals.add(codes, len(self._customers), runs.values)
        for name, last in runs.lasts.items():
            self._lasts[name].add(codes, len(self._customers), last)
        if self._diary:
            self._diary.add(_days(runs, codes), runs.lasts.get(GROUP.name))
        for role, tally in runs.tallies.items():
            self._tallies[role].add(codes, tally)
        for name, cells in runs.carried.items():
            self._carried[name].add(len(self._customers), replace(cells, of=codes[cells.of]))
        bought = runs.orders.known & (runs.places != NEVER)
        orders = Orders(runs.orders.coded(self._stems), codes, runs.places)
        self._orders.add(orders if bought.all() else orders[bought])

    def result(self) -> Aggregate:
        """Return all customers with a purchase, sorted, and what is to be said of the rows; nothing is kept."""
        plan, ledger = self._plan, merge(self._numbered_notes())
        all_dot_zero = ledger.has_dot_zero and not ledger.has_other_ids
        if all_dot_zero:
            self._spell_customers(without_dot_zero)
        contacts = self._join_accounts(plan.accounts) if plan.accounts else None
        ids = self._customers.texts()
        order, (orders, placed) = side_by_side(plan.threads, partial(sorted_rows, ids), self._count_orders)
        columns = self._columns()
        columns["frequency"] += orders
        bought = columns["frequency"] > 0
        [only_refunds] = set_aside.positions(plan.rules, set_aside.NoPurchase)
        refunds = int(columns["refund_lines"][~bought].sum())
        ledger.tallies[only_refunds] = set_aside.Tally(refunds, refunds, total(columns["monetary"][~bought]))
        without_purchase = chosen(ids, ~bought).cast(pa.string())
        spelled = without_dot_zero if all_dot_zero else _as_written
        owner = plan.accounts.of if plan.accounts else _as_written
        late = [
            part.refund_rows[
                as_mask(pc.is_in(owner(spelled(part.refund_customers)).cast(pa.string()), without_purchase))
            ]
            for part in ledger.aside
        ]
        order = order[bought[order]]
        del columns["refund_lines"]
        measured = (partial(column.take, order) for column in columns.values())
        customer_id, *taken = side_by_side(plan.threads, partial(ids.take, as_column(order)), *measured)
        lasts = {name: last.texts(order) for name, last in self._lasts.items()}
        carried = {name: last.texts(order) for name, last in self._carried.items()}
        return Aggregate(
            customers=Customers(customer_id, **dict(zip(columns, taken, strict=True)), **lasts, carried=carried),
            counts=reconcile(plan.rules, ledger.tallies, ledger.read),
            calendar=calendar_of(placed),
            latest=tuple(sorted(ledger.latest)),
            bad=ledger.bad,
            examples=ledger.examples,
            lines_without_order=int(sum(loose[1].sum() for loose in self._loose)) if plan.order == "order_id" else 0,
            dot_zero_ids="all" if all_dot_zero else "some" if ledger.has_dot_zero else "none",
            currencies=tuple(sorted(ledger.currencies)),
            statuses=tuple(sorted(ledger.statuses)),
            marks=ledger.marks,
            clues=ledger.clues,
            rows_aside=rows_aside(ledger.aside, late, plan.rules, only_refunds),
            listed=len(ledger.listed),
            contacts=contacts,
            history=self._diary.history(customer_id, self._rows(order)) if self._diary else None,
            tallies=self._tallied(order),
        )

    def _rows(self, order: Ints) -> npt.NDArray[np.int32]:
        """Return where the customer of each code stands, -1 for nowhere; `order` has the codes of those who stand."""
        row = np.full(len(self._customers), -1, np.int32)
        row[order] = np.arange(len(order), dtype=np.int32)
        return row

    def _tallied(self, order: Ints) -> dict[str, Tally]:
        """Return what the customers of these codes bought by label, as far as it was asked for."""
        return {role: tallies.result(self._rows(order)) for role, tallies in self._tallies.items()}

    def _count_orders(self) -> tuple[Ints, Ints]:
        """Return how many orders with an id each customer has, and when all orders were placed, as `counted` does."""
        orders, places = np.zeros(len(self._customers), np.int64), [np.zeros((2, 0), np.int64), *self._loose]
        for found in self._orders.merged():
            np.add.at(orders, found.customer, 1)
            if self._diary:
                self._diary.order(found)
            places.append(counted(found.place))
        return orders, np.concatenate(places, axis=1)

    def _numbered_notes(self) -> Iterator[Ledger]:
        """Yield the notes on all batches, their rows numbered within their source."""
        for parts in self._notes.values():
            rows = 0
            for _, ledgers in sorted(parts.items()):
                for ledger in ledgers:
                    yield ledger.moved(rows)
                    rows += ledger.read

    def _join_accounts(self, accounts: Accounts) -> pa.Array:
        """Make one customer of those of an account; return who has a purchase of all that there were.

        Raises DataError for a customer without an account who has the id of one, and would be taken for it.
        """
        ids = self._customers.texts()
        alone = chosen(ids, ~as_mask(pc.is_in(ids, accounts.customers)))
        if len(both := chosen(alone, as_mask(pc.is_in(alone, accounts.accounts)))):
            raise same_id(both.take(as_column(sorted_rows(both)[:1]))[0].as_py(), len(both))
        return chosen(ids, self._spell_customers(accounts.of))

    def _spell_customers(self, spelled: Callable[[pa.Array], pa.Array]) -> Mask:
        """Spell all ids anew; customers whose ids become the same are one. Return who had a purchase before."""
        texts = spelled(self._customers.texts())
        customers, totals, orders = Ids(), Totals(self._measures), DistinctOrders()
        codes, columns = customers.codes(texts, text_keys(texts)), self._columns()
        totals.add(codes, len(customers), columns)
        bought: Mask = columns["frequency"] > 0
        for found in self._orders.merged():
            bought[found.customer] = True
            orders.add(Orders(found.key, codes[found.customer], found.place))
        for name, last in self._lasts.items():
            self._lasts[name] = LastLabels()
            self._lasts[name].add(codes, len(customers), last.state(len(codes)))
        if self._diary:
            self._diary.recode(codes)
        for tallies in self._tallies.values():
            tallies.recode(codes)
        self._carried = {name: last.recoded(codes, len(customers)) for name, last in self._carried.items()}
        self._customers, self._totals, self._orders = customers, totals, orders
        return bought

    def _columns(self) -> dict[str, Ints]:
        """Return the measures of all customers, of which `frequency` lacks the orders that have an id."""
        columns = {}
        for measure in self._measures:
            try:
                columns[measure.name] = self._totals.column(measure.name, len(self._customers))
            except OverflowError:
                raise too_large(f"The {measure.name} of a customer") from None
        if abs(total(columns["monetary"])) > INT64_MAX:
            raise too_large("The sum of all amounts")
        return columns


def _days(runs: Runs, codes: npt.NDArray[np.int32]) -> Days:
    """Return what the customers of the runs of a batch did on their days."""
    loose = runs.values["frequency"].astype(np.int32)
    return Days(codes, runs.days, runs.values["monetary"], runs.places != NEVER, loose, runs.daily)


def _as_written(ids: pa.Array) -> pa.Array:
    return ids
