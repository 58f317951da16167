"""The customers of two labelled tables side by side."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.labelled import GONE, Labelled
from segtool.tables.arrays import Ints, Mask, as_mask, as_texts, valid, values


@dataclass(frozen=True)
class Pairs:
    """The customers of two tables, each once: first those of the later one, then those who are gone.

    `before` and `after` have their rows in either table, -1 where they are in the other alone.
    """

    before: Ints
    after: Ints

    def of_before(self, column: Ints) -> Ints:
        """Return a figure of the earlier table for all, 0 for new customers."""
        return _picked(column, self.before)

    def of_after(self, column: Ints) -> Ints:
        """Return a figure of the later table for all, 0 for those who are gone."""
        return _picked(column, self.after)


def paired(before: pa.Array, after: pa.Array) -> Pairs:
    """Return the customers of two tables, by their ids, side by side.

    >>> found = paired(pa.array(["ann", "bob"]), pa.array(["bob", "cid"]))
    >>> found.before.tolist(), found.after.tolist()
    ([1, -1, 0], [0, 1, -1])
    """
    found = pc.index_in(after, value_set=before)
    rows = np.where(valid(found), values(found, np.int32).astype(np.int64), -1)
    gone = np.ones(len(before), np.bool_)
    gone[rows[rows >= 0]] = False
    left = np.flatnonzero(gone)
    return Pairs(
        before=np.concatenate([rows, left]),
        after=np.concatenate([np.arange(len(after)), np.full(len(left), -1)]),
    )


def present(table: Labelled) -> Labelled:
    """Return a table without the customers that it keeps although they are gone."""
    kept = not_gone(table)
    return table if kept.all() else table.take(np.flatnonzero(kept))


def not_gone(table: Labelled) -> Mask:
    """Return which customers are there, and not kept although they are gone."""
    if table.segment is None:
        return np.ones(len(table), np.bool_)
    return ~as_mask(pc.is_in(table.segment.cast(pa.string()), as_texts([GONE])))


def _picked(column: Ints, rows: Ints) -> Ints:
    return np.where(rows >= 0, column[rows], 0) if len(column) else np.zeros(len(rows), np.int64)
