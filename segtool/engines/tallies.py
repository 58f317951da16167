"""How often customers bought what has a label, as a brand or a category: what grows with customers times labels."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool import memory
from segtool.engines.folds import FOLDS
from segtool.engines.ids import Ids, text_keys
from segtool.engines.refusals import too_large
from segtool.tables.arrays import EMPTY, Ints, as_column, begins, values
from segtool.tables.headers import one_spelling
from segtool.tables.numbers import INT64_MAX
from segtool.tables.text import folded, sorted_rows

Codes = npt.NDArray[np.int32]

_ENOUGH = 1 << 23
"""Entries that are kept as they come, without a look for those of one customer and label."""

_LOW = (1 << 32) - 1

_TO_MERGE = 64
"""Bytes an entry that merging takes, more or less."""


@dataclass(frozen=True)
class Entries:
    """Purchase lines and net units of customers and labels; several entries of one pair until they merge.

    A `key` has the code of the customer in its upper 32 bits and that of the label in the lower ones.
    """

    key: Ints
    lines: Ints
    units: Ints

    def __len__(self) -> int:
        return len(self.key)

    def __getitem__(self, rows: npt.NDArray[np.bool_]) -> "Entries":
        return Entries(self.key[rows], self.lines[rows], self.units[rows])

    @property
    def customer(self) -> Ints:
        return self.key >> 32

    @property
    def label(self) -> Ints:
        return self.key & _LOW

    def recoded(self, customers: Codes, labels: Codes | None = None) -> "Entries":
        """Return the entries with a new code for each customer, and for each label, by the old ones."""
        label = self.label if labels is None else labels[self.label]
        return replace(self, key=keys_of(customers[self.customer], label))


def keys_of(customers: npt.NDArray[np.integer], labels: npt.NDArray[np.integer]) -> Ints:
    """Return the key of each customer and label.

    >>> keys_of(np.array([0, 1]), np.array([7, 2])).tolist() == [7, 2**32 + 2]
    True
    """
    return (customers.astype(np.int64) << 32) + labels


@dataclass(frozen=True)
class BatchTally:
    """What the lines of a batch tell of labels: `entries` by the number of the run and the place in `labels`."""

    labels: pa.Array
    entries: Entries


@dataclass(frozen=True)
class Tally:
    """How many purchase lines customers bought of each label, and the net units that they spent on it.

    Entries are by customer, then label, each pair once; a customer is its row among the ids, a label its place in
    `labels`, which are in byte order. Spellings that differ in case, accents, blanks around them, or Arabic and Persian
    letters are one label, called as the least of them. `empty` and `empty_units` are those of all lines without a
    label.
    """

    labels: pa.Array
    customer: Codes
    label: Codes
    lines: Ints
    units: Ints
    empty: int
    empty_units: int

    def __len__(self) -> int:
        return len(self.label)


def tallied(labels: pa.Array, run: Ints, units: Ints) -> BatchTally:
    """Return the purchase lines and units of each run and label; lines stand in runs, which rise.

    A line with fewer than 0 units is a refund, and no purchase. Lines without a label have an empty one.

    >>> found = tallied(pa.array(["b", "a", "b", None]), np.array([0, 0, 0, 1]), np.array([5, 7, -2, 1]))
    >>> found.labels.to_pylist(), found.entries.label.tolist(), found.entries.lines.tolist()
    (['b', 'a', ''], [0, 1, 2], [1, 1, 1])
    >>> found.entries.customer.tolist(), found.entries.units.tolist()
    ([0, 0, 1], [3, 7, 1])
    """
    encoded = pc.coalesce(labels, EMPTY).dictionary_encode()
    key = keys_of(run, values(encoded.indices, np.int32))
    return BatchTally(encoded.dictionary, merged(Entries(key, (units >= 0).astype(np.int64), units)))


def merged(entries: Entries) -> Entries:
    """Return one entry for each customer and label; where a sum of units could pass 64 bits, the entries as they are.

    >>> found = merged(Entries(np.array([8, 3, 8]), np.array([1, 1, 1]), np.array([5, 7, 2])))
    >>> found.key.tolist(), found.lines.tolist(), found.units.tolist()
    ([3, 8], [1, 2], [7, 7])
    """
    if not len(entries):
        return entries
    key, order, starts = _grouped(entries)
    most = int(np.diff(starts, append=len(entries)).max())
    if max(int(entries.units.max()), -int(entries.units.min())) > INT64_MAX // most:
        return entries
    lines, units = entries.lines[order], entries.units[order]
    if most == 1:
        return Entries(key, lines, units)
    return Entries(key[starts], np.add.reduceat(lines, starts), np.add.reduceat(units, starts))


def _grouped(entries: Entries) -> tuple[Ints, Ints, Ints]:
    """Return the keys in rising order, the entries that have them, and where those of each pair start."""
    order = np.argsort(entries.key)  # what is equal is added up, in whatever order it stands
    key = entries.key[order]
    return key, order, np.flatnonzero(begins(key))


class Tallies:
    """The labels of all customers by their codes, as batches bring them."""

    def __init__(self) -> None:
        self._labels = Ids()
        self._entries: list[Entries] = []
        self._held, self._enough = 0, _ENOUGH

    def add(self, codes: Codes, batch: BatchTally) -> None:
        """Take the tally of a batch, whose runs are of the customers of these codes."""
        entries = batch.entries.recoded(codes, self._labels.codes(batch.labels, text_keys(batch.labels)))
        self._entries.append(entries)
        self._held += len(entries)
        if self._held > self._enough:
            self._entries = [merged(self._joined())]
            self._held = len(self._entries[0])
            self._enough = max(2 * self._held, _ENOUGH)

    def recode(self, codes: Codes) -> None:
        """Give the customer of each code a new one; several may get the same."""
        self._entries = [each.recoded(codes) for each in self._entries]

    def result(self, row: Codes) -> Tally:
        """Return the tally of customers, after which nothing is kept.

        `row` tells where the customer of each code stands, -1 for nowhere.
        Raises DataError for a sum that passes 64 bits.
        """
        entries = self._joined()
        self._entries = []
        entries = entries[row[entries.customer] >= 0]
        names, places = _names(self._labels.texts(), entries.label)
        # one more, so that what has no label comes first and the others keep their order
        entries = entries.recoded(row, places + np.int32(1))
        key, order, starts = _grouped(entries)
        units = _sums(entries.units[order], starts)
        lines = np.add.reduceat(entries.lines[order], starts) if len(starts) else entries.lines
        label = ((key[starts] & _LOW) - 1).astype(np.int32)
        known = label >= 0
        return Tally(
            labels=names,
            customer=(key[starts] >> 32)[known].astype(np.int32),
            label=label[known],
            lines=lines[known],
            units=units[known],
            empty=int(lines[~known].sum()),
            empty_units=sum(units[~known].tolist()),
        )

    def _joined(self) -> Entries:
        memory.need(_TO_MERGE * self._held)
        every = [_NOTHING, *self._entries]
        return Entries(
            key=np.concatenate([each.key for each in every]),
            lines=np.concatenate([each.lines for each in every]),
            units=np.concatenate([each.units for each in every]),
        )


_NOTHING = Entries(*(np.zeros(0, np.int64) for _ in range(3)))


def _names(spellings: pa.Array, seen: Ints) -> tuple[pa.Array, Codes]:
    """Return what labels are called, in byte order, and the place of each spelling among them, -1 for no label.

    A label is called as the least of its spellings that are seen, whatever other customers wrote.

    >>> names, places = _names(pa.array(["Zoo", "", "zoo", "Art"], pa.large_string()), np.array([2, 3, 0]))
    >>> names.to_pylist(), places.tolist()
    (['Art', 'Zoo'], [1, -1, 1, 0])
    """
    rows = np.flatnonzero(np.bincount(seen, minlength=len(spellings)))
    own = spellings.take(as_column(rows))
    rows = rows[sorted_rows(own)]
    own = spellings.take(as_column(rows))
    first: dict[str, int] = {}
    keys = folded(own, _alike).to_pylist()
    places = np.full(len(spellings), -1, np.int32)
    places[rows] = [first.setdefault(key, len(first)) if key else -1 for key in keys]
    starts = np.flatnonzero(np.diff(np.maximum.accumulate(np.append(-1, places[rows]))))
    return own.take(as_column(starts)), places


def _alike(label: str) -> str:
    """Return a label in the form in which it is compared; one of nothing but accents stays as it is."""
    return one_spelling(label.strip()) or label.strip()


def _sums(units: Ints, starts: Ints) -> Ints:
    if not len(starts):
        return units
    try:
        return FOLDS["sum"].join(*(np.add.reduceat(part, starts) for part in FOLDS["sum"].split(units)))
    except OverflowError:
        raise too_large("A sum of a customer") from None
