"""The last cell that each customer has in a column, as an e-mail address: values that are nearly all distinct.

Of several cells at the last moment the least in byte order counts, so that no order of rows changes the result. What is
kept grows with customers, not with lines.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool import memory
from segtool.engines.folds import FOLDS
from segtool.engines.ids import Growing, Texts
from segtool.tables.arrays import Ints, Mask, as_column, as_mask, begins, chosen, valid
from segtool.tables.text import sorted_rows

Codes = npt.NDArray[np.integer]
"""Whose cells are: runs of lines by their number, customers by their code."""

_NEVER = FOLDS["max"].neutral
_NONE = -1
"""The place of the cell of a customer who has none."""

_ENOUGH = 1 << 24
"""Bytes of texts that are kept as they come, without a look for those that no customer has any more."""

_TO_COMPACT = 3
"""Bytes that compacting takes for each one of the texts, more or less."""


@dataclass(frozen=True)
class Cells:
    """Cells with a value: whose each is, its moment, and its text."""

    of: Codes
    moments: Ints
    texts: pa.Array


def last_cells(of: Codes, moments: Ints, texts: pa.Array) -> Cells:
    """Return the last cell of each of those whose cells follow each other, numbered by `of`, which rises.

    A null is no cell.

    >>> texts = pa.array(["b", "a", None, "x", None])
    >>> found = last_cells(np.array([0, 0, 0, 1, 2]), np.array([7, 7, 9, 3, 3]), texts)
    >>> found.of.tolist(), found.moments.tolist(), found.texts.to_pylist()
    ([0, 1], [7, 3], ['a', 'x'])
    """
    rows = np.flatnonzero(valid(texts) & _changes(of, moments, texts))
    of, moments = of[rows], moments[rows]
    starts = np.flatnonzero(begins(of))
    if len(starts) < len(rows):
        latest = np.maximum.reduceat(moments, starts)
        now = moments == np.repeat(latest, np.diff(starts, append=len(rows)))
        rows, of, moments = rows[now], of[now], moments[now]
    found = Cells(of, moments, texts.take(as_column(rows)))
    return found if begins(of).all() else _taken(found, _least(found.of, found.texts))


def _changes(of: Codes, moments: Ints, texts: pa.Array) -> Mask:
    """Return where a cell is not that of the row before: the lines of an order mostly repeat one."""
    new = begins(of)
    again = ~new[1:] & (moments[1:] == moments[:-1])
    if again.any():
        new[1:] |= ~(again & as_mask(pc.equal(texts.slice(1), texts.slice(0, max(len(texts) - 1, 0)))))
    else:
        new[:] = True
    return new


def _least(of: Codes, texts: pa.Array) -> Ints:
    """Return the rows with the least text of each in byte order, by whose they are."""
    order = sorted_rows(texts)
    order = order[np.argsort(of[order], kind="stable")]
    return order[begins(of[order])]


def _taken(cells: Cells, rows: Ints) -> Cells:
    return Cells(cells.of[rows], cells.moments[rows], cells.texts.take(as_column(rows)))


class LastCells:
    """The last cells of all customers in a column, by the customer's code.

    Texts that are new to a customer are appended, and those that are no customer's last one any more are dropped
    together when they may be the half of all.
    """

    def __init__(self) -> None:
        self._moments, self._places = Growing(np.int64), Growing(np.int64)
        self._texts, self._enough = Texts(), _ENOUGH

    def add(self, count: int, cells: Cells) -> None:
        """Take cells of customers by their codes, all of which are below `count`.

        >>> found = LastCells()
        >>> found.add(3, Cells(np.array([0, 2, 0]), np.array([7, 5, 7]), pa.array(["b@x", "c@x", "d@x"])))
        >>> found.add(3, Cells(np.array([0, 2]), np.array([7, 6]), pa.array(["a@x", "e@x"])))
        >>> found.texts(np.array([2, 1, 0])).to_pylist()
        ['e@x', None, 'a@x']
        """
        self._moments.extend(_NEVER, count - len(self._moments))
        self._places.extend(_NONE, count - len(self._places))
        before = self._moments.array[cells.of]
        np.maximum.at(self._moments.array, cells.of, cells.moments)
        latest = self._moments.array[cells.of]
        now = cells.moments == latest
        codes, later = cells.of[now], (latest > before)[now]
        places = self._placed(codes, chosen(cells.texts, now))
        self._places.array[codes[later]] = places[later]
        self._settle(codes, places)
        if self._texts.size > self._enough:
            self._compact()

    def _placed(self, codes: Codes, texts: pa.Array) -> Ints:
        """Return where texts of customers stand: as most customers keep theirs, mostly where the last one does."""
        places: Ints = self._places.array[codes]
        known = places != _NONE
        last = self._texts.column().take(as_column(places[known]))
        known[known] = as_mask(pc.equal(last, chosen(texts, known).cast(pa.large_string())))
        new = np.flatnonzero(~known)
        places[new] = len(self._texts) + np.arange(len(new))
        self._texts.add(texts.take(as_column(new)))
        return places

    def _settle(self, codes: Codes, places: Ints) -> None:
        """Let the least of several texts at the last moment of a customer stay: of these, and the one that is known."""
        rivals = np.flatnonzero(self._places.array[codes] != places)
        texts = self._texts.column()
        codes, places = codes[rivals], places[rivals]
        known = self._places.array[codes]
        other = ~as_mask(pc.equal(texts.take(as_column(places)), texts.take(as_column(known))))
        if other.any():
            codes, places = np.tile(codes[other], 2), np.concatenate([places[other], known[other]])
            least = _least(codes, texts.take(as_column(places)))
            self._places.array[codes[least]] = places[least]

    def _compact(self) -> None:
        """Keep the texts alone that are the last ones of customers."""
        memory.need(_TO_COMPACT * self._texts.size)
        rows = np.flatnonzero(self._places.array != _NONE)
        texts, self._texts = self._texts.column(), Texts()
        self._texts.add(texts.take(as_column(self._places.array[rows])))
        self._places.array[rows] = np.arange(len(rows))
        self._enough = max(2 * self._texts.size, _ENOUGH)

    def recoded(self, codes: Codes, count: int) -> "LastCells":
        """Return the cells with a new code for the customer of each, below `count`; several may get the same."""
        rows = np.flatnonzero(self._places.array != _NONE)
        texts = self._texts.column().take(as_column(self._places.array[rows]))
        found = LastCells()
        found.add(count, Cells(codes[rows], self._moments.array[rows], texts))
        return found

    def texts(self, codes: Ints) -> pa.Array:
        """Return the cells of the customers of these codes as large strings, null for one without a cell."""
        places = self._places.array[codes]
        known = as_column(places != _NONE)
        return self._texts.column().take(pc.if_else(known, as_column(places), pa.nulls(len(places), pa.int64())))
