"""What becomes of each customer who is asked for, in the order in which it is judged: skipped, held out, or written."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.campaigns.asked import consent_in
from segtool.campaigns.reading import Ask, Read, slices
from segtool.campaigns.selection import Chosen, Skipped, chosen_of, in_order_of_ids, refuse_twice, skipped_for
from segtool.campaigns.shaping import Keys, keys
from segtool.campaigns.suppress import (
    REACH,
    Suppression,
    contacts_of,
    first_with,
    sharing,
    suppressed,
    suppression_of,
)
from segtool.campaigns.target import Target
from segtool.rules.columns import Spelled
from segtool.segments.labelling import Unread
from segtool.tables.arrays import Ints, Mask, as_column, as_mask, chosen, one_text, valid
from segtool.tables.text import labels
from segtool.workers import in_order


@dataclass(frozen=True)
class Judged:
    """Who is written and held out, and who is skipped for what.

    `doubtful` is the column of consent where cells of it are neither yes nor no. `denied_elsewhere` are customers who
    say yes and share an id, address, number or key with one who says no. `listed` is how many each list has.
    """

    chosen: Chosen
    skipped: tuple[Skipped, ...]
    doubtful: tuple[Unread, ...]
    denied_elsewhere: int
    listed: tuple[int, ...]


def judged(
    read: Read,
    ask: Ask,
    asked: Mask,
    lists: Sequence[Suppression],
    *,
    holdout: tuple[Fraction, int] | None,
    country: str | None,
    spelled: Spelled,
    threads: int | None,
) -> Judged:
    """Return what becomes of the rows that are `asked` for: each is skipped for the first reason that holds.

    `holdout` is a share and a seed. Raises DataError for a customer with two of the rows.
    """
    own, plan, ids = read.own, read.plan, read.ids
    rows = in_order_of_ids(ids, np.flatnonzero(asked))
    refuse_twice(ids, rows, own.name)
    reach = [None if place is None else own.columns[place] for place in plan.contacts_at]
    people = contacts_of(ids, *reach, country=country) if ask.compares else None
    skipped, doubtful, against, elsewhere = list[Skipped](), tuple[Unread, ...](), np.zeros(0, np.int64), 0
    if plan.consent_at is not None and people is not None:
        agreed = consent_in(own, plan.consent_at, spelled=spelled, threads=threads)
        doubtful, refused = agreed.unread, rows[~agreed.rows[rows]]
        cells = labels(read.cells(plan.consent_at, refused))
        skipped.append(skipped_for("no consent", refused, own.headers[plan.consent_at], cells))
        rows, against = rows[agreed.rows[rows]], in_order_of_ids(ids, np.flatnonzero(agreed.refused))
        rows, denied = _undenied(rows, sharing(people, against)[rows], ids)
        skipped.append(denied)
        barred = _refusing(read, country=country, spelled=spelled, threads=threads).among(people)[rows]
        skipped.append(skipped_for("no consent", rows[barred], read.listed and read.listed.table.name))
        rows = rows[~barred]
        elsewhere += len(denied.rows) + int(barred.sum())
    listed = list[int]()
    if lists and people is not None:
        found, listed = suppressed(people, lists)
        skipped.append(skipped_for("suppressed", rows[found[rows]]))
        rows = rows[~found[rows]]
    named = valid(ids.take(as_column(rows)))
    skipped.append(skipped_for("no key", rows[~named], read.id_header))
    rows = rows[named]
    key, unkeyed = _keys(read, rows, ask.target, country, threads)
    skipped += unkeyed
    rows, key = rows[valid(key)], key.drop_null()
    if len(against):
        owners = first_with(key, _keys(read, against, ask.target, country, threads)[0], against)
        key = key.filter(as_column(owners < 0))
        rows, denied = _undenied(rows, owners, ids)
        skipped.append(denied)
        elsewhere += len(denied.rows)
    chosen = chosen_of(ids, rows, key, holdout=holdout)
    return Judged(chosen, (*skipped, chosen.duplicates), doubtful, elsewhere, tuple(listed))


def _refusing(read: Read, *, country: str | None, spelled: Spelled, threads: int | None) -> Suppression:
    """Return the people who say no in a list of customers, also those whom the table lacks, or of whom it has a yes."""
    nobody = suppression_of(contacts_of(read.ids.slice(0, 0), None, None, None, country=country), "")
    first, at = len(read.told.headers), read.plan.consent_at
    if read.listed is None or at is None:
        return nobody
    table, others = read.listed.table, read.listed.others
    said = table.place_of(read.own.headers[at]) if at < first else others[at - first]
    if said is None:
        return nobody
    rows = as_column(np.flatnonzero(consent_in(table, said, spelled=spelled, threads=threads).refused))
    columns = []
    for role, place in zip(REACH, read.plan.contacts_at, strict=True):
        own = table.place_of(role) if place is None or place < first else others[place - first]
        columns.append(None if own is None else table.columns[own].take(rows))
    return suppression_of(contacts_of(read.listed.ids.take(rows), *columns, country=country), table.name)


def _undenied(rows: Ints, owners: Ints, ids: pa.Array) -> tuple[Ints, Skipped]:
    """Return the rows that have none of the contacts of one who says no, and those that have, with the id of that one;
    `owners` is the row of that one, or -1.
    """
    found = owners >= 0
    others = ids.take(as_column(owners[found])).cast(pa.string())
    return rows[~found], skipped_for("no consent", rows[found], "customer_id", others)


def _keys(
    read: Read, rows: Ints, target: Target, country: str | None, threads: int | None
) -> tuple[pa.Array, list[Skipped]]:
    """Return the key of each row, null where there is none that can be used, and which rows are skipped for that."""

    def of_slice(own: Ints) -> Keys:
        return keys(target, read.plan.needed, read.needed(own), country=country)

    found = list(in_order(of_slice, slices(rows), threads))
    key, problem, column, value = (
        pa.concat_arrays([pa.nulls(0, pa.string()), *(getattr(each, name).cast(pa.string()) for each in found)])
        for name in ("key", "problem", "column", "value")
    )
    skipped = []
    for reason in ("no key", "unusable key"):
        own = as_mask(pc.equal(problem, one_text(reason)))
        skipped.append(skipped_for(reason, rows[own], chosen(column, own), chosen(value, own)))
    return key, skipped
