"""Purchases of products in orders, and what was given back, of whoever bought."""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from segtool.events.activity import Bought, Codes, Placed
from segtool.events.held import Rows, taken
from segtool.events.sorting import Groups, grouped, paired
from segtool.tables.arrays import Ints, Mask, begins

Amounts = TypeVar("Amounts", Codes, Ints)

_NO_CODES: Codes = np.zeros(0, np.int32)
_NO_UNITS: Ints = np.zeros(0, np.int64)


@dataclass(frozen=True)
class PurchaseRows(Rows):
    """Products of orders at moments: what so many `rows` of each come to together.

    `order` and `product` are -1 where they are not told; without an order id, a moment is an order. A row is `whole`
    where it has all that an event tells of the product, and not one of several lines.
    """

    actor: Codes
    order: Codes
    product: Codes
    moment: Ints
    units: Ints
    rows: Codes
    whole: Mask


NO_PURCHASES = PurchaseRows(_NO_CODES, _NO_CODES, _NO_CODES, _NO_UNITS, _NO_UNITS, _NO_CODES, np.zeros(0, np.bool_))


@dataclass(frozen=True)
class LabelRows(Rows):
    """So many rows of a label, by the order, product and moment that they tell of; see `PurchaseRows`."""

    actor: Codes
    order: Codes
    product: Codes
    label: Codes
    moment: Ints
    rows: Codes
    whole: Mask


NO_LABELS = LabelRows(_NO_CODES, _NO_CODES, _NO_CODES, _NO_CODES, _NO_UNITS, _NO_CODES, np.zeros(0, np.bool_))


@dataclass(frozen=True)
class RefundRows(Rows):
    """What was given back at a moment, above zero."""

    actor: Codes
    moment: Ints
    units: Ints


NO_REFUNDS = RefundRows(_NO_CODES, _NO_UNITS, _NO_UNITS)


def of_events(rows: PurchaseRows, event: Ints) -> PurchaseRows:
    """Return one row for each event and product, of rows whose events are told."""
    groups = grouped(event, rows.product)
    if not len(groups):
        return rows
    found = taken(rows, groups.order[groups.starts])
    units = np.add.reduceat(rows.units[groups.order], groups.starts)
    return replace(found, units=units, rows=_added(rows.rows, groups), whole=np.ones(len(groups), np.bool_))


def labels_of_events(rows: LabelRows, event: Ints) -> LabelRows:
    """Return one row for each event, product and label, of rows whose events are told."""
    groups = grouped(event, rows.product, rows.label)
    if not len(groups):
        return rows
    found = taken(rows, groups.order[groups.starts])
    return replace(found, rows=_added(rows.rows, groups), whole=np.ones(len(groups), np.bool_))


def at_moments(rows: PurchaseRows) -> PurchaseRows:
    """Return each product of an order once for each moment at which it is told, by order, product and moment.

    Lines of one moment are added up; of whole events the greatest counts, as the same one may come twice. The sum of
    all values fits 64 bits.

    >>> one, all_of = np.zeros(2, np.int32), np.ones(2, np.bool_)
    >>> lines = PurchaseRows(one, one, one, np.array([10, 10]), np.array([5, 5]), one + 1, ~all_of)
    >>> at_moments(lines).units.tolist(), at_moments(replace(lines, whole=all_of)).units.tolist()
    ([10], [5])
    """
    groups = grouped(_order_keys(rows), rows.product, rows.moment, rows.whole.view(np.int8))
    if not len(groups):
        return rows
    found = taken(rows, groups.order[groups.starts])
    return replace(
        found, units=_together(rows.units, found.whole, groups), rows=_together(rows.rows, found.whole, groups)
    )


def _together(amounts: Amounts, whole: Mask, groups: Groups) -> Amounts:
    """Return what the rows of each group come to: the greatest of whole events, the sum of lines."""
    found = _added(amounts, groups)
    if whole.any():
        found[whole] = np.maximum.reduceat(amounts[groups.order], groups.starts)[whole]
    return found


def _added(amounts: Amounts, groups: Groups) -> Amounts:
    found: Amounts = np.add.reduceat(amounts[groups.order], groups.starts)
    return found


def once(rows: PurchaseRows) -> PurchaseRows:
    """Return each product of an order once, by order and product: with the most that its rows of one moment come to.

    An order can have several rows of a product; one that is told again at another moment has not grown by that. The
    moment is the first one of all.

    >>> one, order = np.zeros(4, np.int32), np.array([7, 7, 7, -1], np.int32)
    >>> rows = PurchaseRows(one, order, one, np.array([20, 10, 10, 20]), np.array([5, 4, 2, 3]), one + 1, one > 0)
    >>> found = once(rows)
    >>> found.order.tolist(), found.moment.tolist(), found.units.tolist(), found.rows.tolist()
    ([-1, 7], [20, 10], [3, 6], [1, 2])
    """
    rows = at_moments(rows)
    if not len(rows):
        return rows
    starts = np.flatnonzero(begins(_order_keys(rows)) | begins(rows.product))
    most = np.maximum.reduceat(rows.units, starts)
    at_most = np.flatnonzero(rows.units == np.repeat(most, np.diff(starts, append=len(rows))))
    chosen = at_most[np.searchsorted(at_most, starts)]  # of several such moments the first
    return replace(taken(rows, chosen), moment=rows.moment[starts])


def labels_at_moments(rows: LabelRows) -> LabelRows:
    """Return each label of a product of an order once for each moment, by order, product, label and moment."""
    groups = grouped(_order_keys(rows), rows.product, rows.label, rows.moment, rows.whole.view(np.int8))
    if not len(groups):
        return rows
    found = taken(rows, groups.order[groups.starts])
    return replace(found, rows=_together(rows.rows, found.whole, groups))


def labels_once(rows: LabelRows) -> LabelRows:
    """Return each label of a product of an order once: with the most rows of one moment, as `once` takes its value.

    >>> one, label = np.zeros(3, np.int32), np.array([4, 4, 4], np.int32)
    >>> labels_once(LabelRows(one, one, one, label, np.array([20, 10, 10]), one + 1, one > 0)).rows.tolist()
    [2]
    """
    rows = labels_at_moments(rows)
    if not len(rows):
        return rows
    starts = np.flatnonzero(begins(_order_keys(rows)) | begins(rows.product) | begins(rows.label))
    return replace(taken(rows, starts), rows=np.maximum.reduceat(rows.rows, starts))


def placed(rows: PurchaseRows) -> Placed:
    """Return the orders of products that stand there once: their first moments, and the sums of their values."""
    groups = grouped(_order_keys(rows))
    if not len(groups):
        return Placed(rows.actor, rows.moment, rows.units)
    return _by_moment(
        Placed(
            rows.actor[groups.order[groups.starts]],
            np.minimum.reduceat(rows.moment[groups.order], groups.starts),
            np.add.reduceat(rows.units[groups.order], groups.starts),
        )
    )


def bought(rows: PurchaseRows) -> Bought:
    """Return when products were bought, by person, product, and moment, each once."""
    groups = grouped(rows.actor, rows.product, rows.moment)
    firsts = groups.order[groups.starts]
    return Bought(rows.actor[firsts], rows.product[firsts], rows.moment[firsts])


def added_up(rows: RefundRows) -> RefundRows:
    """Return what was given back at each moment, by actor, then moment. The sum of all fits 64 bits."""
    groups = grouped(rows.actor, rows.moment)
    if not len(groups):
        return rows
    firsts = groups.order[groups.starts]
    return RefundRows(rows.actor[firsts], rows.moment[firsts], np.add.reduceat(rows.units[groups.order], groups.starts))


def _order_keys(rows: PurchaseRows | LabelRows) -> Ints:
    """Return a number for each order: its actor with its id, or with its moment where it has none."""
    return paired(paired(rows.actor, rows.order), np.where(rows.order < 0, rows.moment, 0))


def _by_moment(orders: Placed) -> Placed:
    """Return orders by person, then moment; those at one moment by their value, since nothing else is kept of them."""
    order = grouped(orders.person, orders.moment, by=orders.units).order
    return Placed(orders.person[order], orders.moment[order], orders.units[order])
