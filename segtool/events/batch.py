"""A batch of an event log, reduced to what is kept of it: spells, cart lines, purchases, refunds, tallies."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from segtool.engines.ids import Keys, text_keys
from segtool.events.activity import Codes
from segtool.events.cart_rows import CartRows, cart_rows
from segtool.events.cells import Cells
from segtool.events.held import taken
from segtool.events.kinds import KINDS
from segtool.events.looks import LookRows, RatingRows, look_rows
from segtool.events.purchases import LabelRows, PurchaseRows, RefundRows, labels_of_events, of_events
from segtool.events.spells import SpellRows, spells_of
from segtool.tables.arrays import Ints, Mask, as_column, as_texts, begins, chosen, type_of, valid, values
from segtool.tables.numbers import total

_VIEW, _ADD, _REMOVE, _PURCHASE, _REFUND = map(KINDS.index, ("view", "add", "remove", "purchase", "refund"))

_FEW = 4
"""Of so many rows one or fewer: then its texts are copied before they are numbered."""


@dataclass(frozen=True)
class Names:
    """Texts of a batch by their codes in it, with their keys; a dictionary that came with a file may repeat some."""

    texts: pa.Array
    keys: Keys

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class Reduced:
    """What is kept of a batch, in the codes of its own names; that of an anonymous id comes after those of users.

    `linked` are pairs of codes of an anonymous id and a user that stand in one row, each once or more. Tables of labels
    tell what was viewed and what was bought of each, and are None where the log has no such column. `sold`, `refunded`
    and `rated` are the exact sums of what is in their tables, all taken above zero.
    """

    users: Names
    anonymous: Names
    sessions: Names
    products: Names
    orders: Names
    category_names: Names
    brand_names: Names
    linked: tuple[Codes, Codes]
    spells: SpellRows
    carts: CartRows
    purchases: PurchaseRows
    refunds: RefundRows
    categories: tuple[LookRows, LabelRows] | None
    brands: tuple[LookRows, LabelRows] | None
    ratings: RatingRows
    sold: int
    refunded: int
    rated: int
    priced: bool
    events: int
    notes: Any


def reduced(cells: Cells, gap: int) -> Reduced:
    """Return what is kept of a batch; a silence of more than `gap` microseconds ends a spell."""
    count, kind = len(cells), cells.kind
    user, users = _numbered(cells.user, count)
    anonymous, anonymous_names = _numbered(cells.anonymous, count)
    session, sessions = _numbered(cells.session, count)
    actor = np.where(user >= 0, user, anonymous + np.int32(len(users)))

    back = (kind == _REFUND) | ((kind == _PURCHASE) & (cells.units < 0))
    buys = (kind == _PURCHASE) & ~back
    fills = (kind == _ADD) | (kind == _REMOVE)
    product, products = _numbered(cells.product, count, buys | fills)
    order, orders = _numbered(cells.order_id, count, buys)
    bought, carted, returned, rated = map(np.flatnonzero, (buys, fills, back, cells.rated))
    purchases = PurchaseRows(
        actor[bought],
        order[bought],
        product[bought],
        cells.moment[bought],
        cells.units[bought],
        np.ones(len(bought), np.int32),
        np.zeros(len(bought), np.bool_),
    )
    event = np.cumsum(cells.first, dtype=np.int64) if cells.listed else None
    categories, category_names = _looks(cells.category, actor, kind == _VIEW, bought, purchases, event)
    brands, brand_names = _looks(cells.brand, actor, kind == _VIEW, bought, purchases, event)
    if event is not None:
        purchases = of_events(purchases, event[bought])
    refunds = RefundRows(actor[returned], cells.moment[returned], np.abs(cells.units[returned]))
    ratings = RatingRows(actor[rated], cells.rating[rated], np.ones(len(rated), np.int64))
    return Reduced(
        users=users,
        anonymous=anonymous_names,
        sessions=sessions,
        products=products,
        orders=orders,
        category_names=category_names,
        brand_names=brand_names,
        linked=_pairs(anonymous, user),
        spells=spells_of(
            cells, actor, session, actors=len(users) + len(anonymous_names), sessions=len(sessions), gap=gap
        ),
        carts=cart_rows(
            actor[carted], product[carted], cells.moment[carted], kind[carted] == _ADD, cells.units[carted]
        ),
        purchases=purchases,
        refunds=refunds,
        categories=categories,
        brands=brands,
        ratings=ratings,
        sold=total(cells.units[bought]),
        refunded=total(refunds.units),
        rated=total(np.abs(ratings.units)),
        priced=bool(cells.priced.any()),
        events=int(cells.first.sum()),
        notes=cells.notes,
    )


def _pairs(anonymous: Codes, user: Codes) -> tuple[Codes, Codes]:
    """Return the pairs of both ids; those that follow each other are one."""
    rows = np.flatnonzero((anonymous >= 0) & (user >= 0))
    rows = rows[begins(anonymous[rows]) | begins(user[rows])]
    return anonymous[rows], user[rows]


def _looks(
    column: pa.Array | None, actor: Codes, viewed: Mask, bought: Ints, purchases: PurchaseRows, event: Ints | None
) -> tuple[tuple[LookRows, LabelRows] | None, Names]:
    """Return the tallies of a column of labels and the labels; None where there is no such column.

    `bought` are the rows that `purchases` has. The rows of one `event` tell of it together, where that is known.
    """
    looked = viewed.copy()
    looked[bought] = True
    label, labels = _numbered(column, len(actor), looked)
    if column is None:
        return None, labels
    rows, sold = np.flatnonzero(viewed & (label >= 0)), np.flatnonzero(label[bought] >= 0)
    of = taken(purchases, sold)
    found = LabelRows(of.actor, of.order, of.product, label[bought[sold]], of.moment, of.rows, of.whole)
    if event is not None:
        found = labels_of_events(found, event[bought[sold]])
    return (look_rows(actor[rows], label[rows]), found), labels


def _numbered(column: pa.Array | None, count: int, rows: Mask | None = None) -> tuple[Codes, Names]:
    """Return a number for each text of a column, or of some rows of it, and the texts by their numbers; -1 is none.

    >>> codes, names = _numbered(pa.array(["b", None, "a", "b"]), 4, np.array([True, True, False, True]))
    >>> codes.tolist(), names.texts.to_pylist()
    ([0, -1, -1, 0], ['b'])
    """
    if column is None or pa.types.is_null(column.type) or (rows is not None and not rows.any()):
        return np.full(count, -1, np.int32), _NO_NAMES
    dictionary = pa.types.is_dictionary(column.type)
    if rows is not None and not dictionary and _FEW * int(rows.sum()) <= count:
        codes = np.full(count, -1, np.int32)
        codes[rows], names = _numbered(chosen(column, rows), int(rows.sum()))
        return codes, names
    encoded = column if dictionary else column.dictionary_encode()
    indices, texts = encoded.indices, encoded.dictionary
    codes = values(indices, type_of(indices.type)).astype(np.int32)
    if indices.null_count:
        codes[~valid(indices)] = -1
    if texts.null_count:
        codes = np.where(valid(texts)[codes], codes, np.int32(-1))  # codes of -1 stay, whatever stands last
    if rows is not None:
        codes[~rows] = -1
    if dictionary or rows is not None:
        codes, texts = _used(codes, texts)
    return codes, Names(texts, text_keys(texts))


def _used(codes: Codes, texts: pa.Array) -> tuple[Codes, pa.Array]:
    """Return the codes of texts anew without those that no row has."""
    used = np.bincount(codes[codes >= 0], minlength=len(texts)) > 0
    if used.all():
        return codes, texts
    anew = np.append(np.cumsum(used, dtype=np.int32) - 1, np.int32(-1))
    return anew[codes], texts.take(as_column(np.flatnonzero(used)))


_NO_NAMES = Names(as_texts([]), text_keys(as_texts([])))
