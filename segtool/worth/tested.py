"""Orders of the customers put to the test: what their groups did later, and which order foretold it best."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from segtool.history.ranking import Ranked
from segtool.summary.backtest import ALL, Order, OrderedBy, SegmentOutcome, Verdict
from segtool.tables.arrays import Ints
from segtool.tables.numbers import UNITS, money
from segtool.worth.break_even import break_even, is_worth
from segtool.worth.concordance import (
    LEAST,
    concordance,
    difference,
    error_of,
    gini,
    neighbours,
    share_of_best,
)
from segtool.worth.evidence import is_above_chance
from segtool.worth.outcomes import Later, Outcome, outcomes, together


@dataclass(frozen=True)
class Contact:
    """What contacting a customer costs, in units of 1/10,000, and the share of the revenue that stays."""

    cost: int
    margin: Fraction


@dataclass(frozen=True)
class Placed:
    """An order of the customers: the place of each customer's group, 0 for the best, and how many groups there are."""

    name: str
    kind: OrderedBy
    places: Ints
    count: int

    def outcomes(self, found: Later) -> tuple[Outcome, ...]:
        """Return what each group did, best first."""
        return outcomes(self.places, self.count, found)


def told_of_all(found: Sequence[Outcome], contact: Contact | None = None) -> SegmentOutcome:
    """Return what all customers did together."""
    own = together(tuple(found))
    return _told(Ranked(ALL, ALL, "neutral"), own, own, contact)


def told_of_segments(
    segments: Sequence[Ranked], found: Sequence[Outcome], contact: Contact | None = None
) -> tuple[SegmentOutcome, ...]:
    """Return what each segment did, beside all of them."""
    base = together(tuple(found))
    return tuple(_told(each, own, base, contact) for each, own in zip(segments, found, strict=True))


def _told(segment: Ranked, own: Outcome, base: Outcome, contact: Contact | None) -> SegmentOutcome:
    rate, spend = _over(own.buyers, own.customers), _over(own.spent, own.customers * UNITS)
    needed = None
    if contact:
        needed = break_even(contact_cost=contact.cost, margin=contact.margin, revenue=own.spent, orders=own.orders)
    return SegmentOutcome(
        name=segment.name,
        title=segment.title,
        health=segment.health,
        customers=own.customers,
        share=own.customers / base.customers,
        buyers=own.buyers,
        repeat_rate=rate,
        orders=own.orders,
        orders_per_customer=_over(own.orders, own.customers),
        spend=money(own.spent),
        spend_per_customer=spend,
        average_order_value=_over(own.spent, own.orders * UNITS),
        lift=_over(own.buyers * base.customers, own.customers * base.buyers),
        spend_lift=_over(own.spent * base.customers, own.customers * base.spent) if base.spent > 0 else None,
        spend_share=_over(own.spent, base.spent) if base.spent > 0 else None,
        too_few=own.customers < LEAST,
        break_even=needed,
        worth_contacting=is_worth(rate, needed) if contact else None,
    )


def _over(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def rankings(placed: Sequence[Placed], found: Later) -> tuple[Order, ...]:
    """Return how well each order foretold who bought and what they spent, and how far it is behind the best scheme."""
    told = [_order(each, each.outcomes(found)) for each in placed]
    best = best_of(told)
    if best is None:
        return tuple(told)
    return tuple(_behind(own, each, placed[best], found) for own, each in zip(told, placed, strict=True))


def best_of(orders: Sequence[Order], kind: OrderedBy = "scheme") -> int | None:
    """Return the place of the order of a kind with the highest concordance, of equal ones the first; None of none."""
    known = [
        (-each.concordance, at) for at, each in enumerate(orders) if each.kind == kind and each.concordance is not None
    ]
    return min(known)[1] if known else None


def _order(placed: Placed, groups: Sequence[Outcome]) -> Order:
    return Order(
        name=placed.name,
        kind=placed.kind,
        groups=sum(each.customers > 0 for each in groups),
        rate=neighbours(groups, lambda group: group.buyers),
        spend=neighbours(groups, lambda group: group.spent),
        concordance=concordance(groups),
        standard_error=error_of(groups),
        best_fifth=share_of_best(groups),
        gini=gini(groups),
        behind=None,
        behind_error=None,
        is_near=None,
    )


def _behind(own: Order, placed: Placed, best: Placed, found: Later) -> Order:
    apart = difference(best.places, placed.places, found.bought)
    if apart is None:
        return own
    return replace(own, behind=apart.value, behind_error=apart.error, is_near=apart.is_within_noise)


def verdict(orders: Sequence[Order]) -> Verdict | None:
    """Return which scheme ranked buyers best, and whether that is more than noise; None where nothing tells it."""
    at = best_of(orders)
    if at is None:
        return None
    best, score = orders[at], best_of(orders, "score")
    single = None if score is None else orders[score]
    foretells = adds = None
    if best.standard_error is not None:
        foretells = is_above_chance(best.concordance, best.standard_error)
    if single is not None and single.behind is not None:
        adds = single.behind > 0 and not single.is_near
    near = (each.name for each in orders if each.kind == "scheme" and each is not best and each.is_near)
    return Verdict(best.name, tuple(near), foretells, single.name if single else None, adds)
