"""What segments buy: order lines joined to customers by id in one pass, which keeps customers by items, not lines."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.engines import Input, Plan
from segtool.engines.ledger import spellings
from segtool.engines.lines import USED, Lines, chunks, judged
from segtool.errors import DataError, UsageError, printable
from segtool.orders.habits import habits_of
from segtool.orders.roles import headers_of, same_roles
from segtool.orders.spelling import Clues, first_clues, guess, settle
from segtool.profiles.distributions import Groups
from segtool.profiles.facts import ALL, Basket, Items, ItemShare
from segtool.reading import OrderOptions, columns_of
from segtool.tables import open_tables
from segtool.tables.arrays import Ints, as_column, valid, values
from segtool.tables.headers import alike, meant_by, nearest
from segtool.tables.headers.shops import shop_of
from segtool.tables.numbers import money, total
from segtool.tables.source import Source
from segtool.tables.text import labels, with_lower_emails, without_dot_zero
from segtool.workers import as_they_come

_MEANT = {"product": ("product", "product_name", "sku"), "category": ("category",), "brand": ("brand",)}
"""What `--items` can say -> the attributes that it means, the likeliest first."""

NO_ITEM = "(empty)"
"""What an order line without an item is read as."""

_LATER = np.iinfo(np.int64).max
_KEPT = 1 << 22
"""How many pairs lie unsorted before they are brought together."""

SHOWN = 10
"""How many items of a segment stand first: by customers, by revenue, by lift, by first orders."""


def ids_of(column: pa.ChunkedArray, table: str) -> pa.Array:
    """Return the ids of customers as orders have them. Raises DataError for one that is empty, or there twice."""
    ids = with_lower_emails(pa.concat_arrays([labels(chunk) for chunk in column.chunks]).cast(pa.large_string()))
    if ids.null_count:
        row = int(np.flatnonzero(~valid(ids))[0]) + 1
        raise DataError(f"{table}: row {row:,} has no customer id, by which orders are joined.")
    counts = ids.value_counts()
    again = np.flatnonzero(values(counts.field("counts")) > 1)
    if len(again):
        twice = min(counts.field("values").take(as_column(again)).to_pylist())
        raise DataError(f"{table}: customer {printable(repr(twice))} has several rows; orders are joined to one each.")
    return ids


@dataclass
class _Fold:
    """What all batches so far hold together. With `spell_out` ids lose the .0 that a spreadsheet has put behind all."""

    groups: Groups
    ids: pa.Array
    spell_out: bool = False

    def __post_init__(self) -> None:
        size = len(self.ids)
        self.items: dict[str, int] = {}
        self.pairs: list[Ints] = []
        self.firsts: list[tuple[Ints, Ints]] = []
        self.loose = 0
        self.first_at = np.full(size, _LATER, np.int64)
        self.revenue: dict[int, list[int]] = {}
        self.rows = self.aside = self.unmatched = self.unmatched_units = self.without_item = 0
        self.clues: Clues = {}
        self.all_dot_zero = True

    def add(self, lines: Lines) -> None:
        """Take the lines of a batch, in any order."""
        self.clues = first_clues([self.clues, lines.clues])
        used = lines.verdict == USED
        self.aside += len(used) - int(used.sum()) + len(lines.broken)
        buyers = lines.labels["customer_id"].cast(pa.large_string())
        self.all_dot_zero &= not spellings(buyers)[1]
        found = pc.index_in(without_dot_zero(buyers) if self.spell_out else buyers, value_set=self.ids)
        known = valid(found)
        self.unmatched += int((used & ~known).sum())
        self.unmatched_units += total(lines.amount[used & ~known])
        taken = used & known
        self.rows += int(taken.sum())
        encoded = lines.labels["group"].dictionary_encode()
        texts = encoded.dictionary.to_pylist()
        codes = np.array([-1 if text == NO_ITEM else self.items.setdefault(text, len(self.items)) for text in texts])
        items = codes[values(encoded.indices, np.int32)] if len(texts) else np.zeros(0, np.int64)
        self.without_item += int((taken & (items < 0)).sum())
        taken &= items >= 0
        customers = np.where(known, values(found, np.int32), 0)[taken].astype(np.int64)
        items, amounts, moments = items[taken].astype(np.int64), lines.amount[taken], lines.moment[taken]
        self._add_revenue(items, self.groups.places[customers], amounts)
        bought = amounts >= 0
        customers, items, moments = customers[bought], items[bought], moments[bought]
        keys = items * len(self.ids) + customers
        np.minimum.at(self.first_at, customers, moments)
        first = moments == self.first_at[customers]
        self.pairs.append(np.unique(keys))
        self.firsts.append((keys[first], moments[first]))
        self.loose += len(self.pairs[-1]) + int(first.sum())
        if self.loose > max(_KEPT, 2 * len(self.pairs[0])):
            self.settle()

    def _add_revenue(self, items: Ints, groups: Ints, amounts: Ints) -> None:
        size = len(self.groups.names)
        cells, places = np.unique(items * size + groups, return_inverse=True)
        high, low = np.zeros(len(cells), np.int64), np.zeros(len(cells), np.int64)
        np.add.at(high, places, amounts >> 32)
        np.add.at(low, places, amounts & 0xFFFFFFFF)
        for cell, upper, lower in zip(cells.tolist(), high.tolist(), low.tolist(), strict=True):
            own = self.revenue.setdefault(cell // size, [0] * size)
            own[cell % size] += (upper << 32) + lower

    def settle(self) -> None:
        """Bring together what batches have in common, and forget what was not first after all."""
        self.pairs = [np.unique(np.concatenate(self.pairs))] if self.pairs else []
        keys = np.concatenate([own for own, _ in self.firsts]) if self.firsts else np.zeros(0, np.int64)
        moments = np.concatenate([own for _, own in self.firsts]) if self.firsts else np.zeros(0, np.int64)
        still = moments == self.first_at[keys % len(self.ids)]
        keys, at = np.unique(keys[still], return_index=True)
        self.firsts = [(keys, moments[still][at])]
        self.loose = 0


def baskets(
    orders: Any,
    options: OrderOptions,
    *,
    items: str,
    ids: pa.Array,
    groups: Groups,
    least: int,
    threads: int | None,
) -> Items:
    """Return what each group of customers buys; `items` is product, category, brand, or the header of a column.

    Refunds lower the revenue of what they are for, and take back no purchase. Raises UsageError for a column that is
    absent, and what reading orders raises.
    """
    sources = open_tables(orders if isinstance(orders, list | tuple) else [orders], options.layout)
    rules = options.rules()
    columns = columns_of(sources, options, rules)
    same_roles(sources, columns)
    places = [_item_column(source, items) for source in sources]
    for own, place in zip(columns, places, strict=True):
        own["group"] = place
    plan = Plan(rules, (), order="row", threads=threads)
    habits = [habits_of(shop_of(source.columns)) for source in sources]
    spelling = guess(sources, columns, options.said)
    fold = _read(tuple(map(Input, sources, columns, spelling, habits)), plan, _Fold(groups, ids))
    settled = settle(sources, columns, options.said, fold.clues)
    nobody = not fold.rows
    table_with_dot_zero, with_dot_zero = nobody and not spellings(ids)[1], nobody and fold.all_dot_zero
    if table_with_dot_zero:
        ids = without_dot_zero(ids)
    if settled != spelling or table_with_dot_zero or with_dot_zero:
        fold = _read(tuple(map(Input, sources, columns, settled, habits)), plan, _Fold(groups, ids, with_dot_zero))
    if not fold.rows and not fold.unmatched:
        raise DataError(f"{sources[0].name} has no order line that counts: {fold.aside:,} were set aside.")
    return _told(fold, sources[0].columns[places[0]], groups, least)


def _read(inputs: Sequence[Input], plan: Plan, fold: _Fold) -> _Fold:
    parts = chunks(inputs, whole_rows=False)
    with closing(as_they_come(lambda chunk: judged(chunk, plan, len(inputs)), parts, plan.threads)) as batches:
        for _, lines in batches:
            fold.add(lines)
    fold.settle()
    return fold


def _item_column(source: Source, items: str) -> int:
    """Return the position of the column of items. Raises UsageError where there is none."""
    found = alike(items, source.columns) if items not in _MEANT else []
    for name in _MEANT.get(items, (items,)):
        found = found or meant_by(name, source.columns)
    if not found:
        near = nearest([items], source.columns)
        hint = f"Did you mean {printable(near[0])}?" if near else "Say --items COL."
        raise UsageError(f"{source.name} has no column {printable(repr(items))} (--items). {headers_of(source)} {hint}")
    return found[0]


def _told(fold: _Fold, header: str, groups: Groups, least: int) -> Items:
    """Return the facts of all that was read. Items are sorted, so that the order of the lines does not matter."""
    size, height = len(groups.names), len(fold.items)
    names = sorted(fold.items)
    rank = np.zeros(max(height, 1), np.int64)
    rank[[fold.items[name] for name in names]] = np.arange(height)
    keys = fold.pairs[0] if fold.pairs else np.zeros(0, np.int64)
    first_keys = fold.firsts[0][0]
    counts, firsts = (_by_item(each, fold, rank, height) for each in (keys, first_keys))
    buyers = np.bincount(groups.places[np.unique(keys % len(fold.ids))], minlength=size)
    none = [0] * size
    revenue = [fold.revenue.get(fold.items[name], none) for name in names]
    of_groups = [[own[at] for own in revenue] for at in range(size)]
    base = counts.sum(axis=1)
    segments = [
        _basket(
            group, names, counts[:, at], firsts[:, at], of_groups[at], int(buyers[at]), base, int(buyers.sum()), least
        )
        for at, group in enumerate(groups.names)
    ]
    whole = [sum(own) for own in revenue]
    segments.append(
        _basket(ALL, names, base, firsts.sum(axis=1), whole, int(buyers.sum()), base, int(buyers.sum()), least)
    )
    return Items(
        column=header,
        items=height,
        least=least,
        rows=fold.rows,
        set_aside=fold.aside,
        unmatched_rows=fold.unmatched,
        unmatched_revenue=money(fold.unmatched_units),
        without_item=fold.without_item,
        segments=tuple(segments),
    )


def _by_item(keys: Ints, fold: _Fold, rank: Ints, height: int) -> Ints:
    size = len(fold.groups.names)
    cells = rank[keys // len(fold.ids)] * size + fold.groups.places[keys % len(fold.ids)]
    return np.bincount(cells, minlength=height * size).reshape(height, size)


def _basket(
    group: str,
    names: Sequence[str],
    counts: Ints,
    firsts: Ints,
    units: Sequence[int],
    buyers: int,
    base: Ints,
    all_buyers: int,
    least: int,
) -> Basket:
    spent = sum(units)
    shown = np.flatnonzero(counts >= least).tolist() if buyers else []
    lift = {at: int(counts[at]) * all_buyers / (buyers * int(base[at])) for at in shown}
    score = {at: _score(int(counts[at]), int(base[at]), buyers, all_buyers) for at in shown}
    kept: set[int] = set()
    for key in (counts.__getitem__, units.__getitem__, lift.__getitem__, score.__getitem__, firsts.__getitem__):
        kept |= set(sorted(shown, key=lambda at: (-key(at), at))[:SHOWN])
    items = [
        ItemShare(
            names[at],
            int(counts[at]),
            int(counts[at]) / buyers,
            lift[at],
            score[at],
            money(units[at]),
            units[at] / spent if spent > 0 else None,
            int(firsts[at]),
        )
        for at in sorted(kept, key=lambda at: (-counts[at], at))
    ]
    never = np.flatnonzero((counts == 0) & (base >= least)) if buyers else np.zeros(0, np.int64)
    most = sorted(never.tolist(), key=lambda at: (-base[at], at))[:SHOWN]
    return Basket(group, buyers, money(spent), tuple(items), tuple(names[at] for at in most), len(never))


def _score(count: int, of_all: int, buyers: int, all_buyers: int) -> float:
    """Return by how many standard deviations the buyers of an item are more than chance leads to expect.

    >>> round(_score(8, 10, 10, 20), 3)  # as the adjusted residual of 8 2 / 2 8
    2.683
    """
    share = of_all / all_buyers
    variance = buyers * share * (1 - share) * (1 - buyers / all_buyers)
    return (count - buyers * share) / sqrt(variance) if variance > 0 else 0.0
