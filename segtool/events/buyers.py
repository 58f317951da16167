"""What people bought, and when: the columns and the groups that need nothing but orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from segtool.events.cells import Small
from segtool.events.visitors import STAGES, stages
from segtool.history.compare import sums_of
from segtool.scoring.figures import rounded_quotients
from segtool.segments.families import attribute_scheme
from segtool.summary.behavior import Behavior, PeopleGroup
from segtool.tables.arrays import Ints, Mask, as_column, as_texts
from segtool.tables.columns import where
from segtool.tables.numbers import as_decimals, money, total
from segtool.words import Words


@dataclass(frozen=True)
class Limits:
    """As of which day people are judged, from 1970, and how many days make a cart old, an order recent, a buyer lapsed.

    The last day of each still counts: with `recent` 30 an order of 30 days ago is recent.
    """

    as_of: int
    cart_window: int = 30
    recent: int = 30
    lapsed_after: int = 180


@dataclass(frozen=True, eq=False)
class Buyers:
    """The orders of each person, and their money in units, net of what was `refunded`; None where nobody tells that.

    `first` and `last` are the days of orders, from 1970, without meaning for who has none.
    """

    orders: Ints
    revenue: Ints | None
    refunded: Ints | None
    first: Ints
    last: Ints
    limits: Limits

    def __len__(self) -> int:
        return len(self.orders)

    @cached_property
    def bought(self) -> Mask:
        return self.orders > 0

    @cached_property
    def recent(self) -> Mask:
        return self.bought & (self.limits.as_of - self.last <= self.limits.recent)

    def stage(self, *, has_intent: Mask, considers: Mask) -> Small:
        """Return the stage of each person's journey, by the code of `STAGES`."""
        return stages(
            orders=self.orders,
            days_since=self.limits.as_of - self.last,
            lapsed_after=self.limits.lapsed_after,
            has_intent=has_intent,
            considers=considers,
        )


def columns_of_orders(buyers: Buyers) -> dict[str, pa.Array]:
    """Return the columns that orders tell, by their headers.

    >>> of = np.array
    >>> ann = Buyers(of([2]), of([50_001]), None, of([0]), of([19_000]), Limits(as_of=19_031))
    >>> [(header, column[0].as_py()) for header, column in columns_of_orders(ann).items()][:3]
    [('orders', 2), ('revenue', Decimal('5.0001')), ('order_value', Decimal('2.5001'))]
    """
    found = {"orders": as_column(buyers.orders)}
    if buyers.revenue is not None:
        found["revenue"] = as_decimals(buyers.revenue)
        if buyers.refunded is not None:
            found["refunded"] = as_decimals(buyers.refunded)
        value = rounded_quotients(buyers.revenue, np.maximum(buyers.orders, 1))
        found["order_value"] = where(as_decimals(value), buyers.bought)
    found["first_order"] = where(days(buyers.first), buyers.bought)
    found["last_order"] = where(days(buyers.last), buyers.bought)
    found["recently_purchased"] = as_column(buyers.recent)
    return found


def days(numbers: Ints) -> pa.Array:
    """Return days from 1970 as a column of dates."""
    return as_column(numbers.astype(np.int32), pa.date32())


def groups_told(codes: Small, titles: Mapping[str, str], orders: Ints, revenue: Ints | None) -> tuple[PeopleGroup, ...]:
    """Return the people of each code with what they brought; every group is told, whoever is in it."""
    count, places = len(titles), codes.astype(np.int64)
    sizes = np.bincount(places, minlength=count).tolist()
    ordered = sums_of(orders, places, count)
    spent = None if revenue is None else sums_of(revenue, places, count)
    every = sum(spent or ())
    return tuple(
        PeopleGroup(
            name=name,
            title=title,
            people=sizes[at],
            share=sizes[at] / len(codes) if len(codes) else 0.0,
            orders=ordered[at],
            revenue=None if spent is None else money(spent[at]),
            revenue_share=None if spent is None or every <= 0 else spent[at] / every,
        )
        for at, (name, title) in enumerate(titles.items())
    )


def stages_told(codes: Small, buyers: Buyers, words: Words) -> tuple[PeopleGroup, ...]:
    """Return the people at each stage of the journey, called as the scheme `journey-stage` does."""
    titles = {segment.name: words.of(segment.title) for segment in attribute_scheme("journey-stage").segments}
    return groups_told(codes, {name: titles[name] for name in STAGES}, buyers.orders, buyers.revenue)


def stage_column(codes: Small) -> pa.Array:
    """Return the stages of persons as a column of words."""
    return as_texts(STAGES).take(as_column(codes.astype(np.int64)))


def stages_of_buyers(buyers: Buyers) -> Small:
    """Return the stage of each person of whom nothing but orders is known."""
    nothing = np.zeros(len(buyers), np.bool_)
    return buyers.stage(has_intent=nothing, considers=nothing)


def behavior_of_buyers(buyers: Buyers, words: Words) -> Behavior:
    """Return what people did of whom nothing but orders is known: all sections about visits are None."""
    return Behavior(
        people=len(buyers),
        buyers=int(buyers.bought.sum()),
        repeat_buyers=int((buyers.orders > 1).sum()),
        recently_purchased=int(buyers.recent.sum()),
        orders=total(buyers.orders),
        revenue=None if buyers.revenue is None else money(total(buyers.revenue)),
        refunded=None if buyers.refunded is None else money(total(buyers.refunded)),
        events=None,
        sessions=None,
        repeated=0,
        tells_accounts=False,
        visitor_types=None,
        journey=stages_told(stages_of_buyers(buyers), buyers, words),
        funnel=None,
        carts=None,
        sources=None,
        first_sources=None,
        devices=None,
        platforms=None,
        apps=None,
        categories=None,
        brands=None,
        ratings=None,
        identity=None,
    )
