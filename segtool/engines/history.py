"""What customers did day by day, so that they can be told as they were at the end of any day, in one pass over orders.

It grows with the days on which customers did something, which are no more than orders, and not with lines.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from segtool import memory
from segtool.engines import Customers
from segtool.engines.distinct import Orders
from segtool.engines.folds import FOLDS
from segtool.engines.last import Last, LastLabels
from segtool.engines.refusals import too_large
from segtool.tables.arrays import Ints, Mask, as_column, begins
from segtool.tables.numbers import INT64_MAX, total

Codes = npt.NDArray[np.int32]

_PLACES_A_DAY = 48
"""Places of the calendar that a day has, as `segtool.engines.runs.place` numbers them."""

_ENOUGH = 1 << 23
"""Entries that are kept as they come, without a look for those of one customer and day."""

_BEFORE_1970 = 1 << 31
"""What is added to days so that none is below zero."""

_TO_MERGE = 64
"""Bytes an entry that merging takes, more or less."""


@dataclass(frozen=True)
class Days:
    """What customers did on some days: an entry a run of lines, several for a customer and day until they are merged.

    `amount` is the money of all lines, `loose` how many of them are purchases without an order id, each an order of its
    own; `bought` tells whether there is a purchase among them. `further` has other sums of money by their names.
    """

    customer: Codes
    day: Codes
    amount: Ints
    bought: Mask
    loose: Codes
    further: Mapping[str, Ints] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.day)

    def __getitem__(self, rows: slice | Ints | Mask) -> "Days":
        return Days(
            customer=self.customer[rows],
            day=self.day[rows],
            amount=self.amount[rows],
            bought=self.bought[rows],
            loose=self.loose[rows],
            further={name: own[rows] for name, own in self.further.items()},
        )


def merged(days: Days) -> Days:
    """Return one entry for each customer and day; where a sum of amounts could pass 64 bits, the entries as they are.

    >>> one = np.array([0, 1, 0], np.int32)
    >>> found = merged(Days(one, one, np.array([5, 7, -2]), np.array([True, True, False]), one))
    >>> found.customer.tolist(), found.amount.tolist(), found.bought.tolist()
    ([0, 1], [3, 7], [True, True])
    """
    if not len(days):
        return days
    key = (days.customer.astype(np.int64) << 32) + days.day
    order = np.argsort(key, kind="stable")
    key, days = key[order], days[order]
    starts = np.flatnonzero(begins(key))
    most = int(np.diff(starts, append=len(key)).max())
    if any(max(int(own.max()), -int(own.min())) > INT64_MAX // most for own in (days.amount, *days.further.values())):
        return days
    return Days(
        customer=days.customer[starts],
        day=days.day[starts],
        amount=np.add.reduceat(days.amount, starts),
        bought=np.logical_or.reduceat(days.bought, starts),
        loose=np.add.reduceat(days.loose, starts),
        further={name: np.add.reduceat(own, starts) for name, own in days.further.items()},
    )


@dataclass(frozen=True)
class Labels:
    """The last labels of runs, whose customers and days these are."""

    customer: Codes
    day: Codes
    last: Last

    def within(self, after: int, until: int) -> "Labels":
        """Return the runs of the days after one and until another."""
        rows = (self.day > after) & (self.day <= until) & (self.customer >= 0)
        return Labels(
            self.customer[rows],
            self.day[rows],
            replace(self.last, moments=self.last.moments[rows], places=self.last.places[rows]),
        )


class Diary:
    """The days of all customers by their codes, as batches bring them."""

    def __init__(self) -> None:
        self._days: list[Days] = []
        self._labels: list[Labels] = []
        self._orders: list[tuple[Codes, Codes]] = []
        self._held, self._enough = 0, _ENOUGH

    def add(self, days: Days, last: Last | None) -> None:
        """Take the entries of a batch, and the last label of each where groups are asked for."""
        self._days.append(days)
        if last is not None:
            self._labels.append(Labels(days.customer, days.day, last))
        self._held += len(days)
        if self._held > self._enough:
            self._days = [merged(self._joined())]
            self._held = len(self._days[0])
            self._enough = max(2 * self._held, _ENOUGH)

    def order(self, orders: Orders) -> None:
        """Take distinct orders, each with the place of its first purchase."""
        self._orders.append((orders.customer, orders.place // _PLACES_A_DAY))

    def recode(self, codes: Codes) -> None:
        """Give the customer of each code a new one; several may get the same."""
        self._days = [replace(each, customer=codes[each.customer]) for each in self._days]
        self._labels = [replace(each, customer=codes[each.customer]) for each in self._labels]

    def history(self, customer_id: pa.Array, row: Codes) -> "History":
        """Return the history of customers; `row` tells where the customer of each code stands, -1 for nowhere."""
        self.recode(row)
        days = self._joined()
        return History(
            customer_id=customer_id,
            days=days[days.customer >= 0],
            ordered=np.concatenate([_NO_CODES, *(row[customer] for customer, _ in self._orders)]),
            placed=np.concatenate([_NO_CODES, *(day for _, day in self._orders)]),
            labels=tuple(self._labels),
        )

    def _joined(self) -> Days:
        memory.need(_TO_MERGE * self._held)
        every = [_NOTHING, *self._days]
        further = self._days[0].further if self._days else ()
        return Days(
            customer=np.concatenate([each.customer for each in every]),
            day=np.concatenate([each.day for each in every]),
            amount=np.concatenate([each.amount for each in every]),
            bought=np.concatenate([each.bought for each in every]),
            loose=np.concatenate([each.loose for each in every]),
            further={name: np.concatenate([each.further[name] for each in self._days]) for name in further},
        )


_NO_CODES: Codes = np.zeros(0, np.int32)
_NOTHING = Days(_NO_CODES, _NO_CODES, np.zeros(0, np.int64), np.zeros(0, np.bool_), _NO_CODES)


@dataclass(frozen=True)
class History:
    """The days of all customers who bought at some time, by their row among the ids, which are sorted.

    `ordered` and `placed` are the customer and the day of each distinct order that has an id, at its first purchase.
    """

    customer_id: pa.Array
    days: Days
    ordered: Codes
    placed: Codes
    labels: tuple[Labels, ...]

    def purchases(self) -> tuple[Ints, Ints]:
        """Return the customer's row and the day of every order, those without an id too, in no order."""
        loose = np.flatnonzero(self.days.loose)
        times = self.days.loose[loose]
        return (
            np.concatenate([self.ordered, np.repeat(self.days.customer[loose], times)]).astype(np.int64),
            np.concatenate([self.placed, np.repeat(self.days.day[loose], times)]).astype(np.int64),
        )

    def summed(self, amounts: Ints, rows: Mask | Ints | None = None) -> Ints:
        """Return the exact sum of amounts of each customer, which are one an entry of the days, or of some of these.

        Raises DataError for a sum that passes 64 bits.
        """
        customer, amounts = (self.days.customer, amounts) if rows is None else (self.days.customer[rows], amounts[rows])
        sums = [np.zeros(len(self.customer_id), np.int64) for _ in FOLDS["sum"].split(amounts[:0])]
        for own, part in zip(sums, FOLDS["sum"].split(amounts), strict=True):
            np.add.at(own, customer, part)
        try:
            return FOLDS["sum"].join(*sums)
        except OverflowError:
            raise too_large("A sum of a customer") from None

    def purchase_days(self) -> tuple[Ints, Ints]:
        """Return the customer's row and the day of each day with a purchase, once, by customer and then by day."""
        return self.distinct_days(self.days.bought)

    def distinct_days(self, rows: Mask) -> tuple[Ints, Ints]:
        """Return the customer's row and the day of some entries, each pair once, by customer and then by day."""
        keys = (self.days.customer[rows].astype(np.int64) << 32) + self.days.day[rows] + _BEFORE_1970
        keys.sort()
        keys = keys[np.diff(keys, prepend=-1) != 0]  # np.unique would hash them, which takes ten times as long
        return keys >> 32, (keys & 0xFFFFFFFF) - _BEFORE_1970

    def as_of(self, ends: Sequence[int]) -> Iterator[Customers]:
        """Yield the customers as they were at the end of each of these days, which rise: who had bought, sorted by id.

        Raises DataError for a sum that passes 64 bits.
        """
        state = _State(self)
        days, orders = _by_period(self.days.day, ends), _by_period(self.placed, ends)
        before = np.iinfo(np.int32).min
        for end, own_days, own_orders in zip(ends, days, orders, strict=True):
            state.add(self.days[own_days], self.ordered[own_orders])
            state.label(before, end)
            before = end
            yield state.customers()


class _State:
    """All customers as they are at the end of the days that have been added."""

    def __init__(self, history: History) -> None:
        count = len(history.customer_id)
        self._history = history
        self._first = np.full(count, FOLDS["min"].neutral)
        self._last = np.full(count, FOLDS["max"].neutral)
        self._orders = np.zeros(count, np.int64)
        self._spent = [np.zeros(count, np.int64) for _ in FOLDS["sum"].split(self._orders)]
        self._groups = LastLabels() if history.labels else None

    def add(self, days: Days, ordered: Codes) -> None:
        """Take what happened on some days: entries, and who placed the orders that have an id."""
        bought = days.bought
        np.minimum.at(self._first, days.customer[bought], days.day[bought])
        np.maximum.at(self._last, days.customer[bought], days.day[bought])
        np.add.at(self._orders, days.customer, days.loose)
        np.add.at(self._orders, ordered, 1)
        for sums, part in zip(self._spent, FOLDS["sum"].split(days.amount), strict=True):
            np.add.at(sums, days.customer, part)

    def label(self, after: int, until: int) -> None:
        """Take the groups of the orders after a day and until another."""
        if self._groups is None:
            return
        for each in self._history.labels:
            own = each.within(after, until)
            if len(own.customer):
                self._groups.add(own.customer, len(self._orders), own.last)

    def customers(self) -> Customers:
        """Return those who have bought."""
        rows = np.flatnonzero(self._orders)
        try:
            spent = FOLDS["sum"].join(*(part[rows] for part in self._spent))
        except OverflowError:
            raise too_large("The monetary of a customer") from None
        if abs(total(spent)) > INT64_MAX:
            raise too_large("The sum of all amounts")
        return Customers(
            customer_id=self._history.customer_id.take(as_column(rows)),
            first_order=self._first[rows],
            last_order=self._last[rows],
            frequency=self._orders[rows],
            monetary=spent,
            group=None if self._groups is None else self._groups.texts(rows),
        )


def _by_period(days: Codes, ends: Sequence[int]) -> Iterator[Ints]:
    """Yield the rows of the days until each end that no earlier end has.

    >>> [rows.tolist() for rows in _by_period(np.array([7, 2, 9], np.int32), [2, 8])]
    [[1], [0]]
    """
    period = np.searchsorted(np.array(ends, np.int32), days).astype(np.int16)
    order = np.argsort(period, kind="stable")
    starts = np.searchsorted(period[order], np.arange(len(ends) + 1, dtype=np.int16))
    for at in range(len(ends)):
        yield order[starts[at] : starts[at + 1]]
