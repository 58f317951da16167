"""What becomes of each customer of a table in an export: asked for or not, skipped and why, held out, or written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.campaigns.holdout import held_out
from segtool.errors import DataError, printable
from segtool.summary.export import Skip
from segtool.tables.arrays import Ints, as_column, as_mask, as_texts, chosen, valid, values
from segtool.tables.text import sorted_rows

REASONS: tuple[Skip, ...] = get_args(Skip)
"""Why a customer is skipped, in the order in which it is judged."""


@dataclass(frozen=True)
class Skipped:
    """Rows that are skipped for a reason; for each the column and the cell that it is for, null where there is none."""

    reason: Skip
    rows: Ints
    column: pa.Array
    value: pa.Array


def skipped_for(
    reason: Skip, rows: Ints, column: str | pa.Array | None = None, value: pa.Array | None = None
) -> Skipped:
    """Return rows that are skipped for a reason, with a column that is the same for all or each row's own."""
    nothing = pa.nulls(len(rows), pa.string())
    if isinstance(column, str):
        column = as_texts([column]).take(as_column(np.zeros(len(rows), np.int64)))
    return Skipped(reason, rows, nothing if column is None else column, nothing if value is None else value)


@dataclass(frozen=True)
class Chosen:
    """The rows that are written and those that are held out, each in the byte order of their ids."""

    written: Ints
    held: Ints
    duplicates: Skipped


def in_order_of_ids(ids: pa.Array, rows: Ints) -> Ints:
    """Return rows in the byte order of their ids, those without one last.

    >>> in_order_of_ids(pa.array(["c", None, "a", "b"]), np.array([0, 1, 2])).tolist()
    [2, 0, 1]
    """
    own = ids.take(as_column(rows))
    named = valid(own)
    return np.concatenate([rows[named][sorted_rows(chosen(own, named))], rows[~named]])


def refuse_twice(ids: pa.Array, rows: Ints, name: str) -> None:
    """Raise DataError for a customer with two of some rows, which are in the order of their ids."""
    own = ids.take(as_column(rows))
    again = np.flatnonzero(as_mask(pc.equal(own.slice(1), own.slice(0, max(len(own) - 1, 0)))))
    if len(again):
        twice, more = own[int(again[0])].as_py(), len(again) - 1
        others = f", as have {more:,} more" if more else ""
        raise DataError(
            f"{name}: customer {printable(repr(twice))} has two rows{others}; an export takes one row a customer. "
            "--where chooses, as by a date."
        )


def chosen_of(ids: pa.Array, rows: Ints, keys: pa.Array, *, holdout: tuple[Fraction, int] | None) -> Chosen:
    """Return which rows are written. `rows` are in the order of their ids and have `keys`.

    Of rows with one key the first is written, or held out: by share and seed.
    """
    codes = values(keys.dictionary_encode().indices, np.int32)
    first, alone = np.unique(codes, return_index=True)[1], np.zeros(len(codes), np.bool_)
    alone[first] = True
    owners = rows[first][codes[~alone]]  # codes rise from 0 as keys come
    again = skipped_for("duplicate key", rows[~alone], "customer_id", ids.take(as_column(owners)).cast(pa.string()))
    rows = rows[alone]
    if holdout is None:
        return Chosen(rows, rows[:0], again)
    share, seed = holdout
    held = held_out(ids.take(as_column(rows)), share=share, seed=seed)
    return Chosen(rows[~held], rows[held], again)


def counts_of(skipped: Iterable[Skipped]) -> dict[str, int]:
    """Return how many customers are skipped for each reason that some are skipped for."""
    counts = dict.fromkeys(REASONS, 0)
    for each in skipped:
        counts[each.reason] += len(each.rows)
    return {reason: count for reason, count in counts.items() if count}


def skipped_table(ids: pa.Array, skipped: Sequence[Skipped]) -> pa.Table:
    """Return a row for each customer who is skipped: why, and the column and the cell that it is for.

    Rows stand in the byte order of ids, those without one last, alike ones side by side. Where a customer has the key
    of another, the cell is the id of that one.
    """
    rows = np.concatenate([np.zeros(0, np.int64), *(each.rows for each in skipped)])
    reasons = np.repeat([REASONS.index(each.reason) for each in skipped], [len(each.rows) for each in skipped])
    own = ids.take(as_column(rows))
    known = valid(own)
    named, nameless = np.flatnonzero(known), np.flatnonzero(~known)
    columns = {
        "reason": as_texts(REASONS).take(as_column(reasons.astype(np.int64))),
        "column": pa.concat_arrays([pa.nulls(0, pa.string()), *(each.column for each in skipped)]),
        "value": pa.concat_arrays([pa.nulls(0, pa.string()), *(each.value for each in skipped)]),
    }
    told = [columns[name].take(as_column(nameless)).to_pylist() for name in columns]
    alike = sorted(range(len(nameless)), key=lambda at: [(cells[at] is not None, cells[at] or "") for cells in told])
    order = as_column(
        np.concatenate([named[sorted_rows(own.take(as_column(named)))], nameless[np.array(alike, np.int64)]])
    )
    return pa.table({"customer_id": own.take(order)} | {name: each.take(order) for name, each in columns.items()})
