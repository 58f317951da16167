"""The seam: an engine turns order lines into one row a customer. Everything after it is the same for every engine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc

from segtool.orders.habits import Habits
from segtool.orders.measures import Measure
from segtool.orders.roles import Columns
from segtool.orders.set_aside import Counts, Rule
from segtool.orders.spelling import Clues, Spelling
from segtool.tables.arrays import Ints
from segtool.tables.dates import day_number
from segtool.tables.source import Source

if TYPE_CHECKING:
    from segtool.engines.history import History
    from segtool.engines.tallies import Tally
    from segtool.orders.where import LookedAt

Watch = Callable[[float, int], None]
"""Told now and then how much of the input is done, from 0 to 1, and how many rows that are."""


@dataclass(frozen=True)
class Input:
    """A table of order lines: where each role stands in it, how its cells are spelled, what its shop does.

    `looked` tells where the columns stand that conditions of the user look at, None where there are none.
    """

    source: Source
    columns: Columns
    spelling: Spelling
    habits: Habits
    looked: "LookedAt | None" = None


_ENGINES = {"arrow": "segtool.engines.arrow", "customer_rows": "segtool.engines.customer_rows"}
_ENGINES |= dict.fromkeys(("duckdb", "postgres", "spark"), "segtool.engines.sql")


@dataclass(frozen=True, eq=False)
class Accounts:
    """To which account each customer belongs of those who belong to one: distinct ids beside ids, as large strings."""

    customers: pa.Array
    accounts: pa.Array

    def of(self, ids: pa.Array) -> pa.Array:
        """Return the account of each customer, and the customer's own id where there is none."""
        ids = ids.cast(pa.large_string())
        return pc.coalesce(self.accounts.take(pc.index_in(ids, self.customers)), ids)


@dataclass(frozen=True)
class Plan:
    """What an engine is asked to do: rules and measures as data, and what an order is: none where rows are customers.

    With `accounts` the lines of a customer count for the account. `list_rows` keeps the numbers of the rows set aside,
    so that they can be written out; `history` keeps what customers did day by day, and with it the sums that are
    `daily`. The roles that are `tallied` are labels, of which each customer's lines are counted. Of columns that are
    `carried`, by name, each customer's last cell is kept. `memory_limit` is in bytes, for engines that have one.
    """

    rules: tuple[Rule, ...]
    measures: tuple[Measure, ...]
    order: Literal["order_id", "row", "day", "none"]
    timezone: str | None = None
    threads: int | None = None
    list_rows: bool = False
    history: bool = False
    daily: tuple[Measure, ...] = ()
    tallied: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    accounts: Accounts | None = None
    memory_limit: int | None = None


@dataclass(frozen=True)
class Customers:
    """One row a customer with a purchase, sorted by id in byte order.

    Days are whole days since 1970-01-01 of the first and last purchase, None where a table of customers does not tell
    them; `recency_days` has the days since the last purchase where it tells those. `monetary` is the net spend in units
    of 1/10,000. `group` is that of the latest order and `source` that of the first one, where they are asked for: text,
    and of several at one moment the least in byte order, a `source` that is empty (`NO_SOURCE`) the last of all.
    `carried` has the last cell of further columns by name, texts with null for a customer without one. All columns have
    one length.
    """

    customer_id: pa.Array
    first_order: Ints | None
    last_order: Ints | None
    frequency: Ints
    monetary: Ints
    group: pa.Array | None = None
    recency_days: Ints | None = None
    source: pa.Array | None = None
    carried: Mapping[str, pa.Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.customer_id)

    def days_since(self, as_of: date | None) -> Ints:
        """Return the days from each customer's last purchase to a day; those that the table tells where none is known.

        Raises ValueError where the table tells neither them nor the last purchases.
        """
        if as_of is not None and self.last_order is not None:
            return day_number(as_of) - self.last_order
        if self.recency_days is None:
            raise ValueError("Neither the last purchases nor the days since them are known.")
        return self.recency_days


@dataclass(frozen=True)
class Calendar:
    """When orders are placed; an order counts once, at its first purchase line.

    `months` is months since 1970-01 -> orders, `weekdays` counts from Monday, `hours` from 0. A time of
    exactly midnight is how dates without a time read, so such orders are in no hour.
    """

    months: Mapping[int, int]
    weekdays: Mapping[int, int]
    hours: Mapping[int, int]


@dataclass(frozen=True, order=True)
class BadRow:
    """A row with something that could not be read: where it is, why, and the cell's header and text."""

    source: int
    row: int
    reason: str
    header: str
    text: str


@dataclass(frozen=True, order=True)
class Example:
    """A cell that could not be read, the least of its reason: filled cells first, then in byte order."""

    empty: bool
    text: str
    header: str


@dataclass(frozen=True)
class RowsAside:
    """The rows of one source that were set aside, in rising order, each with its reason."""

    source: int
    rows: Ints
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Aggregate:
    """What an engine found.

    `latest` has the latest days among the rows that date the data, at most two, rising; none where no day is known.
    A table of customers has no `calendar`. `bad` has the first unreadable rows, `examples` one cell a reason that no
    order of the rows changes. `dot_zero_ids` tells how many of all ids are
    written like `17850.0`; where all are, the `.0` is already dropped. `currencies` and `statuses` are the labels seen,
    `marks` the currencies that are written beside amounts. `listed` tells how many ids of a list of customers occur,
    `contacts` has the customers with a purchase where they count for accounts.
    `clues` has the first cell of each kind that tells how cells are spelled. `rows_aside` is empty, and `history` None,
    unless asked for; `tallies` has those that are asked for by their role.
    """

    customers: Customers
    counts: Counts
    calendar: Calendar | None
    latest: tuple[int, ...]
    bad: tuple[BadRow, ...]
    examples: Mapping[str, Example]
    lines_without_order: int
    dot_zero_ids: Literal["none", "some", "all"]
    currencies: tuple[str, ...]
    statuses: tuple[str, ...]
    marks: frozenset[str]
    clues: Clues
    rows_aside: tuple[RowsAside, ...]
    listed: int = 0
    contacts: pa.Array | None = None
    history: "History | None" = None
    tallies: "Mapping[str, Tally]" = field(default_factory=dict)


def unwatched(share: float, rows: int) -> None:
    """Take note of nothing."""


def aggregate(inputs: Sequence[Input], plan: Plan, *, engine: str = "arrow", watch: Watch | None = None) -> Aggregate:
    """Read all sources and return one row a customer, with the counts of what was used and set aside.

    Raises DataError for input that cannot be read and for a sum that passes 64 bits.
    """
    found: Aggregate = import_module(_ENGINES[engine]).aggregate(inputs, plan, watch or unwatched)
    return found
