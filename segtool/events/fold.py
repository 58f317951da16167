"""An event log folded to what everybody did: worker threads read and reduce batches, one thread folds them.

Folds are commutative and exact, so no order of rows, parts, files or threads changes the result. What is kept grows
with sessions, cart lines, orders, and with the labels of each person, not with events.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from segtool.engines.ids import Ids
from segtool.engines.ledger import spellings
from segtool.engines.refusals import too_large
from segtool.events import cart_rows, looks, purchases
from segtool.events.activity import Activity, CartLines, Codes, Looked, Placed, Spells
from segtool.events.batch import Names, Reduced, reduced
from segtool.events.cells import Piece
from segtool.events.held import Held
from segtool.events.identity import Owners, persons
from segtool.events.looks import LookRows
from segtool.events.purchases import LabelRows, PurchaseRows
from segtool.events.sorting import grouped, paired
from segtool.events.spells import NO_SPELLS, SpellRows, as_spells, merged
from segtool.tables.arrays import Ints, as_column, begins
from segtool.tables.numbers import INT64_MAX, total
from segtool.tables.text import sorted_rows, without_dot_zero
from segtool.workers import as_they_come, side_by_side


def activity(
    pieces: Iterable[Piece], *, gap: int, threads: int | None, watch: Callable[[Any], None] | None = None
) -> Activity:
    """Return what everybody did, from the pieces of a log; a silence of more than `gap` microseconds ends a spell.

    An anonymous id of exactly one user belongs to that user from its first row on; one of several users stays apart
    with its rows without a user; all others are guests. The rows of a person with one session id are a session, those
    without one are parted by silence alone. Purchase rows of a person with one order id, or else at one moment, are an
    order; each of its products counts with the most that its rows of one moment come to. Refunds and purchases of
    negative value are given back, and no orders. A cart line is a product that was put in on a day, with the greatest
    value of the last moment.
    `watch` is told the notes on each batch that is folded.

    Raises DataError for sums that pass 64 bits.
    """

    def every(piece: Piece) -> Iterator[Reduced]:
        return (reduced(cells, gap) for cells in piece())

    found = _Found(gap)
    with closing(as_they_come(every, pieces, threads)) as batches:
        for batch in batches:
            found.add(batch)
            if watch is not None:
                watch(batch.notes)
    return found.activity(threads)


class _Found:
    """What all batches so far hold together, by the codes of actors: see `segtool.events.identity.Persons`."""

    def __init__(self, gap: int) -> None:
        self._users, self._anonymous, self._sessions = Ids(), Ids(), Ids()
        self._products, self._orders = Ids(), Ids()
        self._owners = Owners()
        self._merge_spells = partial(merged, gap=gap)
        self._spells = Held(NO_SPELLS, self._merge_spells)
        self._carts = Held(cart_rows.NO_CARTS, cart_rows.merged)
        self._purchases = Held(purchases.NO_PURCHASES, purchases.at_moments)
        self._refunds = Held(purchases.NO_REFUNDS, purchases.added_up)
        self._ratings = Held(looks.NO_RATINGS, looks.ratings)
        self._categories, self._brands = _Labels(), _Labels()
        self._bought, self._sold, self._refunded, self._rated, self._events = 0, 0, 0, 0, 0
        self._priced = False
        self._notes: list[Any] = []

    def add(self, batch: Reduced) -> None:
        """Take a batch. Raises DataError for sums that pass 64 bits."""
        users, anonymous = _codes(self._users, batch.users), _codes(self._anonymous, batch.anonymous)
        actor = np.concatenate([2 * users, 2 * anonymous + 1])
        paired_with, owners = batch.linked
        acted = batch.spells.actor[batch.spells.actor >= len(users)] - len(users)
        self._owners.add(anonymous[paired_with], users[owners], anonymous[acted], len(self._anonymous))
        session = np.append(_codes(self._sessions, batch.sessions), np.int32(-1))
        product = np.append(_codes(self._products, batch.products), np.int32(-1))
        order = np.append(_codes(self._orders, batch.orders), np.int32(-1))
        self._sold += batch.sold
        self._refunded += batch.refunded
        self._rated += batch.rated
        _refuse_wide("The sum of all purchases", self._sold)
        _refuse_wide("The sum of all refunds", self._refunded)
        _refuse_wide("The sum of all ratings", self._rated)
        visits, carts, bought = batch.spells, batch.carts, batch.purchases
        self._spells.add(replace(visits, actor=actor[visits.actor], session=session[visits.session]))
        self._carts.add(replace(carts, actor=actor[carts.actor], product=product[carts.product]))
        self._purchases.add(
            replace(bought, actor=actor[bought.actor], order=order[bought.order], product=product[bought.product])
        )
        self._bought += int(bought.rows.sum(dtype=np.int64))
        self._refunds.add(replace(batch.refunds, actor=actor[batch.refunds.actor]))
        self._ratings.add(replace(batch.ratings, actor=actor[batch.ratings.actor]))
        self._categories.add(batch.categories, batch.category_names, actor, order, product)
        self._brands.add(batch.brands, batch.brand_names, actor, order, product)
        self._priced |= batch.priced
        self._events += batch.events
        self._notes.append(batch.notes)

    def activity(self, threads: int | None) -> Activity:
        """Return what everybody did; nothing is kept. Raises DataError for sums that pass 64 bits."""
        users, of_users = _as_ids(self._users)
        anonymous, of_anonymous = _as_ids(self._anonymous)
        found = persons(users, anonymous, *self._owners.arrays(len(self._anonymous)))
        self._users, self._anonymous = Ids(), Ids()
        sessions, self._sessions = self._sessions.texts(), Ids()
        products, product = _in_byte_order(self._products)
        person, count = found.of_actor, len(found.ids)
        own_spells, categories, brands, carts, bought, refunds, (points, rated) = side_by_side(
            threads,
            partial(self._by_person, person, sessions),
            partial(self._categories.looked, person),
            partial(self._brands.looked, person),
            partial(self._cart_lines, person, product),
            partial(self._products_bought, person, product),
            partial(self._given_back, person),
            partial(self._rated_by, person, count),
        )
        return Activity(
            ids=found.ids,
            known=found.known,
            products=products,
            spells=own_spells,
            orders=purchases.placed(bought),
            refunds=refunds,
            bought=purchases.bought(bought),
            carts=carts,
            categories=categories,
            brands=brands,
            ratings=points,
            rated=rated,
            priced=self._priced,
            repeated=self._bought - int(bought.rows.sum(dtype=np.int64)),
            identity=found.identity,
            events=self._events,
            notes=tuple(self._notes),
            dot_zero_ids=of_anonymous if of_users == "none" else of_users,
        )

    def _by_person(self, person: Codes, sessions: pa.Array) -> Spells:
        rows = self._spells.rows()
        rows = self._merge_spells(replace(rows, actor=person[rows.actor]))
        return _by_start(rows, sessions)

    def _cart_lines(self, person: Codes, product: Codes) -> CartLines:
        rows = self._carts.rows()
        rows = cart_rows.merged(replace(rows, actor=person[rows.actor], product=product[rows.product]))
        lines = cart_rows.as_lines(rows)
        _refuse_wide("The sum of all carts", total(np.abs(lines.units)))
        return lines

    def _products_bought(self, person: Codes, product: Codes) -> PurchaseRows:
        rows = self._purchases.rows()
        return purchases.once(replace(rows, actor=person[rows.actor], product=product[rows.product]))

    def _given_back(self, person: Codes) -> Placed:
        rows = self._refunds.rows()
        rows = purchases.added_up(replace(rows, actor=person[rows.actor]))
        return Placed(rows.actor, rows.moment, rows.units)

    def _rated_by(self, person: Codes, count: int) -> tuple[Ints, Ints]:
        rows = self._ratings.rows()
        rows = looks.ratings(replace(rows, actor=person[rows.actor]))
        points, rated = np.zeros(count, np.int64), np.zeros(count, np.int64)
        points[rows.actor], rated[rows.actor] = rows.units, rows.count
        return points, rated


class _Labels:
    """The tallies of a column of labels, which a log may not have."""

    def __init__(self) -> None:
        self._names = Ids()
        self._viewed = Held(looks.NO_LOOKS, looks.looks)
        self._bought = Held(purchases.NO_LABELS, purchases.labels_at_moments)
        self._there = False

    def add(
        self, rows: tuple[LookRows, LabelRows] | None, names: Names, actor: Codes, order: Codes, product: Codes
    ) -> None:
        """Take the tallies of a batch, None where its part of the log has no such column."""
        if rows is not None:
            self._there = True
            label, (viewed, sold) = _codes(self._names, names), rows
            self._viewed.add(replace(viewed, actor=actor[viewed.actor], label=label[viewed.label]))
            self._bought.add(
                replace(
                    sold,
                    actor=actor[sold.actor],
                    order=order[sold.order],
                    product=product[sold.product],
                    label=label[sold.label],
                )
            )

    def looked(self, person: Codes) -> Looked | None:
        """Return the tallies of persons, None where the log has no such column."""
        if not self._there:
            return None
        labels, place = _in_byte_order(self._names)
        sold = self._bought.rows()
        sold = purchases.labels_once(replace(sold, actor=person[sold.actor]))
        rows = self._viewed.rows()
        rows = looks.with_bought(replace(rows, actor=person[rows.actor]), sold.actor, sold.label, sold.rows)
        rows = looks.looks(replace(rows, label=place[rows.label]))
        return Looked(labels, rows.actor, rows.label, rows.viewed, rows.bought)


def _codes(ids: Ids, names: Names) -> Codes:
    """Return the codes of the names of a batch among those of all."""
    return ids.codes(names.texts, names.keys) if len(names) else np.zeros(0, np.int32)


def _as_ids(ids: Ids) -> tuple[pa.Array, Literal["none", "some", "all"]]:
    """Return ids by their codes, without a .0 that all of them have, and how many have it: `none`, `some` or `all`."""
    texts = ids.texts()
    dotted, others = spellings(texts)
    if not dotted:
        return texts, "none"
    return (texts, "some") if others else (without_dot_zero(texts), "all")


def _in_byte_order(ids: Ids) -> tuple[pa.Array, Codes]:
    """Return all texts in byte order, and the place of each by its code; the last entry is for -1, which stays."""
    texts = ids.texts()
    order = sorted_rows(texts)
    place = np.full(len(order) + 1, -1, np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return texts.take(as_column(order)), place


def _by_start(visits: SpellRows, sessions: pa.Array) -> Spells:
    """Return merged spells by person, then start, then the text of the session; sessions count from the first spell."""
    groups = grouped(visits.actor, visits.start)
    order = groups.order
    if len(groups) < len(order):
        size = np.diff(groups.starts, append=len(order))
        tied = np.repeat(size > 1, size)
        group, rows = np.repeat(np.arange(len(size)), size)[tied], order[tied]
        order[tied] = rows[np.argsort(paired(group, _text_ranks(visits.session[rows], sessions)))]
    return as_spells(visits, order, _from_first(visits.session[order]))


def _text_ranks(codes: Codes, texts: pa.Array) -> Ints:
    """Return the place of the text of each code in byte order, -1 for that of -1."""
    used = np.sort(codes[codes >= 0])
    used = used[begins(used)]  # np.unique would hash them, which takes ten times as long
    ranks = np.full(len(used) + 1, -1, np.int64)
    ranks[sorted_rows(texts.take(as_column(used)))] = np.arange(len(used))
    return ranks[np.where(codes < 0, len(used), np.searchsorted(used, codes))]


def _from_first(codes: Codes) -> Ints:
    """Return codes that count up from 0 as they first appear; -1 stays.

    >>> _from_first(np.array([7, -1, 3, 7], np.int32)).tolist()
    [0, -1, 1, 0]
    """
    rows = np.flatnonzero(codes >= 0)
    first = np.zeros(int(codes.max(initial=-1)) + 1, np.int64)
    first[codes[rows[::-1]]] = rows[::-1]  # of several rows of a code the last one written stays: the first of all
    new = np.zeros(len(codes), np.bool_)
    new[first[codes[rows]]] = True
    counted = np.cumsum(new) - 1
    found = np.full(len(codes), -1, np.int64)
    found[rows] = counted[first[codes[rows]]]
    return found


def _refuse_wide(what: str, units: int) -> None:
    """Raise DataError for a sum that passes 64 bits."""
    if units > INT64_MAX:
        raise too_large(what)
