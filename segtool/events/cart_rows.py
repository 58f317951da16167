"""What was put into carts and taken out of them, a line for each product and day of whoever did it."""

from dataclasses import dataclass

import numpy as np

from segtool.events.activity import NEVER, CartLines, Codes
from segtool.events.found import first_of
from segtool.events.held import Rows
from segtool.events.sorting import grouped, paired
from segtool.tables.arrays import Ints, Mask
from segtool.tables.dates.spelling import DAY
from segtool.tables.numbers import INT64_MAX


@dataclass(frozen=True)
class CartRows(Rows):
    """Additions and removals of a product on a day: the last moments of both, NEVER where there is none.

    `units` is the greatest value of the additions at the last moment.
    """

    actor: Codes
    product: Codes
    day: Codes
    added: Ints
    removed: Ints
    units: Ints


_NO_CODES: Codes = np.zeros(0, np.int32)
_NO_MOMENTS: Ints = np.zeros(0, np.int64)
NO_CARTS = CartRows(_NO_CODES, _NO_CODES, _NO_CODES, _NO_MOMENTS, _NO_MOMENTS, _NO_MOMENTS)


def cart_rows(actor: Codes, product: Codes, moment: Ints, adds: Mask, units: Ints) -> CartRows:
    """Return rows of a batch that add, or else remove, as lines."""
    return CartRows(
        actor=actor,
        product=product,
        day=(moment // DAY).astype(np.int32),
        added=np.where(adds, moment, NEVER),
        removed=np.where(adds, NEVER, moment),
        units=np.where(adds, units, 0),
    )


def merged(carts: CartRows) -> CartRows:
    """Return one line for each product and day of an actor, by actor, then day, then product.

    >>> one, none = np.array([0, 0, 0], np.int32), np.array([-1, -1, -1], np.int32)
    >>> found = merged(cart_rows(one, none, np.array([5, 9, 7]), np.array([True, True, False]), np.array([3, 4, 0])))
    >>> found.added.tolist(), found.removed.tolist(), found.units.tolist()
    ([9], [7], [4])
    """
    groups = grouped(carts.actor, carts.day, carts.product)
    if not len(groups):
        return carts
    order, starts = groups.order, groups.starts
    added = carts.added[order]
    last = np.maximum.reduceat(added, starts)
    at_last = added == np.repeat(last, np.diff(starts, append=len(order)))
    firsts = order[starts]
    return CartRows(
        actor=carts.actor[firsts],
        product=carts.product[firsts],
        day=carts.day[firsts],
        added=last,
        removed=np.maximum.reduceat(carts.removed[order], starts),
        units=np.maximum.reduceat(np.where(at_last, carts.units[order], np.iinfo(np.int64).min), starts),
    )


def as_lines(carts: CartRows) -> CartLines:
    """Return merged lines into which something was put, each with the first removal at its last addition or later.

    Of the removals of a day only the last one is known.
    """
    put, out = np.flatnonzero(carts.added != NEVER), np.flatnonzero(carts.removed != NEVER)
    line = paired(carts.actor, carts.product)
    out = out[np.argsort(line[out], kind="stable")]  # lines stand by actor, then day
    removed = first_of(line[out], carts.removed[out], line[put], carts.added[put])
    return CartLines(
        person=carts.actor[put],
        product=carts.product[put],
        day=carts.day[put],
        added=carts.added[put],
        removed=np.where(removed < INT64_MAX, removed, NEVER),
        units=carts.units[put],
    )
