"""What a campaign did: the customers of two groups, what they did in some days, and what that says of each segment."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.engines.refusals import too_large
from segtool.summary.lift import Effect, Extra, Extras, Group, Listed, Needed, RevenueVerdict, SegmentLift, Verdict
from segtool.tables.arrays import Ints, Mask, as_mask, chosen, valid, values
from segtool.tables.numbers import INT64_MAX, UNITS, money, total
from segtool.worth.experiment import (
    LEVEL,
    Exact,
    Interval,
    Rate,
    Sample,
    fisher_exact,
    heads_needed,
    newcombe,
    welch,
)

if TYPE_CHECKING:
    from segtool.engines.history import History

LEAST_EXPECTED = 5
"""Where fewer buyers are to be expected in a group, no difference is looked for by how many it would take there."""

LEAST_BUYERS = 30
"""With fewer buyers in a group, their revenue is too uneven for the interval of Welch to be a verdict."""

_LEAST_LIFT = 0.1
"""The share of the buying rate that a campaign should be able to show, where the groups differ by less."""


@dataclass(frozen=True)
class Members:
    """The customers of one group by their rows among known ids, -1 for who is not known there, and their list."""

    rows: Ints
    listed: Listed


def members_of(
    treated: pa.Array, control: pa.Array, known: pa.Array, excluded: pa.Array | None = None
) -> tuple[Members, Members]:
    """Return the customers of two lists of distinct ids: who is in both is in neither group, nor is who is excluded.

    >>> lists = pa.array(["ann", "bob", "eve"]), pa.array(["bob", "cid"])
    >>> one, other = members_of(*lists, pa.array(["ann", "bob", "cid", "dee"]))
    >>> one.rows.tolist(), other.rows.tolist(), one.listed.in_both
    ([0, -1], [2], 1)
    """
    return _members(treated, control, known, excluded), _members(control, treated, known, excluded)


def _members(own: pa.Array, other: pa.Array, known: pa.Array, excluded: pa.Array | None) -> Members:
    out = _is_in(own, excluded) if excluded is not None else np.zeros(len(own), np.bool_)
    both = _is_in(own, other) & ~out
    left = chosen(own, ~(out | both))
    found = pc.index_in(left, value_set=known.cast(left.type))
    rows = np.where(valid(found), values(found, np.int32).astype(np.int64), -1)
    return Members(rows, Listed(len(own), len(left), int(both.sum()), int(out.sum()), int((rows < 0).sum())))


def _is_in(ids: pa.Array, others: pa.Array) -> Mask:
    return as_mask(pc.is_in(ids, value_set=others.cast(ids.type)))


@dataclass(frozen=True)
class Done:
    """How many orders each customer of a history placed in some days, and the net money of the lines of these days."""

    orders: Ints
    spent: Ints


def done_in(history: "History", first: int, last: int) -> Done:
    """Return what the customers did from one day to another. Raises DataError for a sum that passes 64 bits."""
    customer, day = history.purchases()
    placed = customer[(day >= first) & (day <= last)]
    days = history.days
    return Done(
        orders=np.bincount(placed, minlength=len(history.customer_id)).astype(np.int64),
        spent=history.summed(days.amount, (days.day >= first) & (days.day <= last)),
    )


@dataclass(frozen=True)
class Tally:
    """What the customers of one group did: how many bought, and the orders and the money, in units, of all of them."""

    buyers: Rate
    orders: Sample
    spent: Sample

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            Rate(self.buyers.count + other.buyers.count, self.buyers.of + other.buyers.of),
            _both(self.orders, other.orders),
            _both(self.spent, other.spent),
        )

    @property
    def group(self) -> Group:
        size = self.buyers.of
        return Group(
            customers=size,
            buyers=self.buyers.count,
            buying_rate=self.buyers.share if size else None,
            orders=self.orders.sum,
            orders_per_head=self.orders.mean if size else None,
            revenue=money(self.spent.sum),
            revenue_per_head=self.spent.sum / (size * UNITS) if size else None,
        )


def _both(one: Sample, other: Sample) -> Sample:
    return Sample(one.size + other.size, one.sum + other.sum, one.squares + other.squares)


NOBODY = Tally(Rate(0, 0), Sample(0, 0, 0), Sample(0, 0, 0))


def tallies(rows: Ints, places: Ints, done: Done, size: int) -> list[Tally]:
    """Return what the customers of a group did, by their places from 0 to below `size`.

    >>> done = Done(np.array([2, 0, 1]), np.array([50_000, -10_000, 20_000]))
    >>> [(one.buyers.count, one.buyers.of, one.spent.sum) for one in tallies(
    ...     np.array([0, 1, 2, -1]), np.array([0, 0, 1, 1]), done, 2
    ... )]
    [(1, 2, 40000), (1, 2, 20000)]

    Raises DataError for money that passes 64 bits.
    """
    heads, known = np.bincount(places, minlength=size).tolist(), rows >= 0
    rows, places = rows[known], places[known]
    if abs(total(done.spent[rows])) > INT64_MAX:
        raise too_large("The revenue of a group")
    order = np.argsort(places, kind="stable")
    starts = np.searchsorted(places[order], np.arange(size + 1))
    found = []
    for place, count in enumerate(heads):
        own = rows[order[starts[place] : starts[place + 1]]]
        orders, spent = done.orders[own], done.spent[own]
        found.append(
            Tally(
                Rate(int((orders > 0).sum()), count),
                Sample.of(orders[orders != 0].tolist(), count),
                Sample.of(spent[spent != 0].tolist(), count),
            )
        )
    return found


@dataclass(frozen=True)
class Pair:
    """The two groups of one segment, or of all."""

    treated: Tally
    control: Tally

    def __bool__(self) -> bool:
        """Whether there is anybody."""
        return self.treated.buyers.of + self.control.buyers.of > 0

    @property
    def is_whole(self) -> bool:
        """Whether both groups have somebody."""
        return self.treated.buyers.of > 0 and self.control.buyers.of > 0

    @property
    def rate(self) -> float:
        """The buying rate of both groups together."""
        return (self.treated.buyers.count + self.control.buyers.count) / (
            self.treated.buyers.of + self.control.buyers.of
        )

    @property
    def expects_few(self) -> bool:
        """Whether too few buyers are to be expected in the smaller group."""
        return min(self.treated.buyers.of, self.control.buyers.of) * self.rate < LEAST_EXPECTED

    def test(self) -> Exact | None:
        """Return the test of whether as many bought; None where a group has nobody."""
        return fisher_exact(self.treated.buyers, self.control.buyers) if self.is_whole else None


def whole_of(pairs: Iterable[Pair]) -> Pair:
    """Return the two groups of all segments."""
    found = list(pairs)
    return Pair(sum((each.treated for each in found), NOBODY), sum((each.control for each in found), NOBODY))


def adjustable(tests: Sequence[Exact | None]) -> list[int]:
    """Return the places of the tests that can find a difference at all, whichever of the customers had bought.

    The others could never be a false alarm, so that the rest need not be held to account for them (Tarone 1990).
    """
    return [at for at, test in enumerate(tests) if test and test.least <= LEVEL]


def verdict_of(pair: Pair, test: Exact | None, p: float | None) -> Verdict:
    """Return what can be said of the buyers by a p-value, which is what that of the test is among all of a page.

    Groups are too small where even the rarest outcome would be no evidence, or too few buyers are to be expected;
    unless there is evidence nevertheless.
    """
    if test is None or p is None:
        return "too-small"
    if p <= LEVEL:
        return "more" if pair.treated.buyers.share > pair.control.buyers.share else "fewer"
    return "too-small" if test.least > LEVEL or pair.expects_few else "no-difference"


def revenue_verdict_of(pair: Pair, verdict: Verdict) -> RevenueVerdict:
    """Return what can be said of the revenue per head: nothing unless the buyers differ, and there are enough of them.

    It is asked second, so that both questions together raise a false alarm no more often than the first one alone.
    """
    found = welch(pair.treated.spent, pair.control.spent) if pair.is_whole else None
    few = min(pair.treated.buyers.count, pair.control.buyers.count) < LEAST_BUYERS
    if verdict not in ("more", "fewer") or found is None or few or found.low <= 0 <= found.high:
        return "no-difference"
    return "more" if found.low > 0 else "less"


def pooled_sizes(pairs: Sequence[Pair]) -> Ints:
    """Return how many of both groups each segment has, the columns; those too small for chi-squared are one.

    >>> def some(size):
    ...     return Tally(Rate(0, size), Sample(size, 0, 0), Sample(size, 0, 0))
    >>> pooled_sizes([Pair(some(20), some(20)), Pair(some(1), some(3)), Pair(some(2), some(2))]).tolist()
    [[20, 3], [20, 5]]
    """
    sizes = np.array([[pair.treated.buyers.of, pair.control.buyers.of] for pair in pairs], np.int64).reshape(-1, 2)
    both = sizes.sum(axis=1)
    few = both * sizes.sum(axis=0).min() < LEAST_EXPECTED * max(int(both.sum()), 1)
    columns = [*sizes[~few], sizes[few].sum(axis=0)]
    return np.array([own for own in columns if own.any()], np.int64).reshape(-1, 2).T


@dataclass(frozen=True)
class Terms:
    """What a campaign is held against: the margin, the difference of buying rates that it should be able to show, and
    the level at which it is judged.

    `rate` and `ratio` are the buying rate of all and how many treated there are for each in the control.
    """

    margin: Fraction | None
    detect: float | None
    level: float
    rate: float
    ratio: float


def detectable(whole: Pair) -> float | None:
    """Return the difference that a campaign should be able to show: the one found, or a tenth of the buying rate.

    None where nobody bought.
    """
    found = abs(whole.treated.buyers.share - whole.control.buyers.share)
    return max(found, _LEAST_LIFT * whole.rate) or None


@dataclass(frozen=True)
class Label:
    """What a segment is called."""

    name: str
    title: str
    health: str | None


def lift_of(
    label: Label, pair: Pair, test: Exact | None, p_adjusted: float | None, cost: int | None, terms: Terms
) -> SegmentLift:
    """Return what a campaign did in one segment, or in all; `cost` is in units."""
    verdict = verdict_of(pair, test, p_adjusted)
    buying, orders, spent = effects_of(pair) if pair.is_whole else (None, None, None)
    extra = None
    if buying and orders and spent:
        extra = _extras(pair, buying, orders, spent, cost, terms.margin)
    return SegmentLift(
        name=label.name,
        title=label.title,
        health=label.health,
        treated=pair.treated.group,
        control=pair.control.group,
        verdict=verdict,
        p=test.p if test else None,
        p_adjusted=p_adjusted,
        buying_rate=buying,
        orders_per_head=orders,
        revenue_per_head=spent,
        extra=extra,
        needed=_needed(pair, terms) if verdict in ("no-difference", "too-small") else None,
    )


def effects_of(pair: Pair) -> tuple[Effect, Effect, Effect]:
    """Return how far the treated lie above the control: in the buying rate, and in orders and in revenue per head."""
    one, other = pair.treated, pair.control
    return (
        _effect(one.buyers.share, other.buyers.share, newcombe(one.buyers, other.buyers)),
        _effect(one.orders.mean, other.orders.mean, welch(one.orders, other.orders)),
        _effect(one.spent.mean, other.spent.mean, welch(one.spent, other.spent), per=UNITS),
    )


def _effect(one: float, other: float, interval: Interval | None, per: int = 1) -> Effect:
    return Effect(
        difference=(one - other) / per,
        low=interval.low / per if interval else None,
        high=interval.high / per if interval else None,
        lift=one / other - 1 if other > 0 else None,
    )


def _extras(
    pair: Pair, buying: Effect, orders: Effect, spent: Effect, cost: int | None, margin: Fraction | None
) -> Extras:
    heads = pair.treated.buyers.of
    more_orders, more_revenue = _extra(orders, heads), _extra(spent, heads)
    share = None if margin is None else float(margin)
    paid = cost / UNITS if cost is not None else None
    return Extras(
        buyers=_extra(buying, heads),
        orders=more_orders,
        revenue=more_revenue,
        cost=money(cost) if cost is not None else None,
        cost_per_order=paid / more_orders.value if paid is not None and more_orders.value > 0 else None,
        margin=None if share is None else share * more_revenue.value,
        gain=None if share is None or paid is None else _gain(more_revenue, share, paid),
    )


def _extra(effect: Effect, heads: int) -> Extra:
    low, high = effect.low, effect.high
    return Extra(
        effect.difference * heads, None if low is None else low * heads, None if high is None else high * heads
    )


def _gain(revenue: Extra, margin: float, paid: float) -> Extra:
    ends = [None if end is None else margin * end - paid for end in (revenue.low, revenue.high)]
    return Extra(margin * revenue.value - paid, *ends)


def _needed(pair: Pair, terms: Terms) -> Needed | None:
    """Return how large the groups would have to be; by the buying rate of all where the segment's is too rough."""
    if terms.detect is None:
        return None
    rough = not pair.is_whole or pair.expects_few
    rate = terms.rate if rough else pair.rate
    ratio = pair.treated.buyers.of / pair.control.buyers.of if pair.is_whole else terms.ratio
    found = heads_needed(rate, terms.detect, ratio=ratio, level=terms.level)
    return Needed(terms.detect, treated=found[1], control=found[0]) if found else None


def shares_of(cost: int, heads: Sequence[int]) -> Iterator[int]:
    """Yield the part of a cost that falls to each of some groups by their heads; together they are the whole cost.

    >>> list(shares_of(100, [1, 1, 1]))
    [33, 33, 34]
    """
    whole, so_far, paid = sum(heads), 0, 0
    for own in heads:
        so_far += own
        until = cost * so_far // whole
        yield until - paid
        paid = until


def places_among(ids: pa.Array, rows: Ints, known: pa.Array, places: Ints, none: int) -> Ints:
    """Return the place of each customer, by the row among ids, who is among the known ones; `none` for the others.

    >>> places_among(pa.array(["ann", "bob"]), np.array([1, 0, -1]), pa.array(["bob"]), np.array([3]), 7).tolist()
    [3, 7, 7]
    """
    found = pc.index_in(ids, value_set=known.cast(ids.type))
    at = np.where(valid(found), values(found, np.int32), 0)
    of_ids = np.where(valid(found), places[at] if len(places) else none, none)
    return np.append(of_ids, none)[rows].astype(np.int64)
