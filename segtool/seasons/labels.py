"""What people buy most: the brand, category and channel of each, and what a shop sells of every one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.engines.tallies import Tally
from segtool.history.compare import sums_of
from segtool.seasons.persons import greatest
from segtool.summary.seasons import LabelSales, LabelSummary, Role
from segtool.tables.arrays import Floats, Ints, as_column, one_text
from segtool.tables.columns import ratios, where
from segtool.tables.numbers import money

_COLUMNS = {
    "category": ("bought_category", "bought_category_share", "categories_bought"),
    "brand": ("top_brand", "top_brand_share", "brands_bought"),
    "channel": ("sales_channel", "sales_channel_share", "channels_bought"),
}
"""Role -> the columns with what a person bought most, its share, and how many different ones."""

_BETWEEN = "; "


@dataclass(frozen=True, eq=False)
class Favourites:
    """What each person bought most of a tally, one entry each: its place among the labels, -1 for who bought none.

    `share` is that of the person's purchase lines with a label, NaN for none; `count` how many labels that are.
    """

    place: Ints
    share: Floats
    count: Ints


def favourites_of(tally: Tally, persons: int) -> Favourites:
    """Return the label with most purchase lines of each person; of equal ones that with most money, then the least.

    What was only given back is not bought.
    """
    rows = np.flatnonzero(tally.lines)
    person, lines = tally.customer[rows].astype(np.int64), tally.lines[rows]
    best = greatest(person, lines, tally.units[rows], -tally.label[rows].astype(np.int64))
    place, most, whole = np.full(persons, -1, np.int64), np.zeros(persons, np.int64), np.zeros(persons, np.int64)
    place[person[best]], most[person[best]] = tally.label[rows[best]], lines[best]
    np.add.at(whole, person, lines)
    return Favourites(place, most / np.where(whole > 0, whole, np.nan), np.bincount(person, minlength=persons))


def label_columns(tallies: Mapping[str, Tally], persons: int) -> dict[str, pa.Array]:
    """Return header -> column of what each person bought most, by role; null for who bought nothing with a label.

    A channel names all of a person, that of most lines first: one cell tells who buys both ways, as `online; store`.
    """
    found: dict[str, pa.Array] = {}
    for role, tally in tallies.items():
        own = favourites_of(tally, persons)
        main, share, count = _COLUMNS[role]
        found[main] = _all_of(tally, persons) if role == "channel" else _named(tally, own.place)
        found[share] = ratios(own.share)
        found[count] = where(as_column(own.count), own.count > 0)
    return found


def _named(tally: Tally, place: Ints) -> pa.Array:
    """Return the label of each place, null for -1."""
    return tally.labels.take(where(as_column(place), place >= 0))


def _all_of(tally: Tally, persons: int) -> pa.Array:
    """Return the labels of each person in one text, those of most lines first; null for who bought none."""
    rows = np.flatnonzero(tally.lines)
    person = tally.customer[rows]
    order = np.lexsort((tally.label[rows], -tally.units[rows], -tally.lines[rows], person))
    texts = tally.labels.take(as_column(tally.label[rows][order]))
    counts = np.bincount(person, minlength=persons)
    ends = np.concatenate([[0], np.cumsum(counts)])
    lists = pa.LargeListArray.from_arrays(as_column(ends), texts)
    found = pc.binary_join(lists, one_text(_BETWEEN).cast(texts.type))
    return where(found, counts > 0)


def sales_of(role: Role, header: str, tally: Tally, persons: int) -> LabelSummary:
    """Return what was sold of each label of a role, whose column has a header."""
    own, size = favourites_of(tally, persons), len(tally.labels)
    rows = np.flatnonzero(tally.lines)
    label, person = tally.label[rows], tally.customer[rows]
    people = np.bincount(label, minlength=size)
    alone = np.bincount(label[own.count[person] == 1], minlength=size)
    main = np.bincount(own.place[own.place >= 0], minlength=size)
    lines = np.zeros(size, np.int64)
    np.add.at(lines, tally.label, tally.lines)
    units = sums_of(tally.units, tally.label.astype(np.int64), size)
    whole, revenue = int(lines.sum()), sum(units)
    ranked = sorted(range(size), key=lambda at: (-units[at], at))
    names = tally.labels.to_pylist()
    return LabelSummary(
        role=role,
        header=header,
        labels=tuple(
            LabelSales(
                label=str(names[at]),
                people=int(people[at]),
                main=int(main[at]),
                only_it=int(alone[at]),
                lines=int(lines[at]),
                share=int(lines[at]) / whole if whole else None,
                revenue=money(units[at]),
                revenue_share=units[at] / revenue if revenue > 0 else None,
            )
            for at in ranked
        ),
        people=int((own.count > 0).sum()),
        people_of_one=int((own.count == 1).sum()),
        lines=whole,
        revenue=money(revenue),
        unlabelled=tally.empty,
        unlabelled_revenue=money(tally.empty_units),
    )
