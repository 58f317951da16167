"""What people bring by where they come from and what they visit with."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from segtool.events.cells import Small
from segtool.events.origins import SCHEME_OF
from segtool.history.compare import sums_of
from segtool.segments.families import attribute_scheme
from segtool.summary.behavior import FirstSource, Origin
from segtool.tables.arrays import Ints
from segtool.tables.numbers import UNITS, money
from segtool.words import Words


@dataclass(frozen=True, eq=False)
class Brought:
    """What people brought: orders and net revenue of each person in units, and of the session each belongs to.

    `order_session` is that of each order; `units` are those of orders and, less than zero, of refunds, each in its
    `session`. Revenue is None where the log has no values.
    """

    orders: Ints
    revenue: Ints | None
    order_session: Ints
    session: Ints
    units: Ints


def origins_told(role: str, main: Small, of_sessions: Small, brought: Brought, words: Words) -> tuple[Origin, ...]:
    """Return what each source, device, platform or way (the `role`) brought; the most people first, unknown last.

    `main` is that of each person, `of_sessions` that of each session.
    """
    segments = attribute_scheme(SCHEME_OF[role]).segments
    count = len(segments)
    people, buyers = _counted(main, count), _counted(main[brought.orders > 0], count)
    sessions, orders = _counted(of_sessions, count), _counted(of_sessions[brought.order_session], count)
    own = _spent(brought, main, count)
    here = sums_of(brought.units, of_sessions[brought.session].astype(np.int64), count)
    every = sum(here)
    return tuple(
        Origin(
            name=segments[at].name,
            title=words.of(segments[at].title),
            people=people[at],
            people_share=people[at] / len(main),
            buyers=buyers[at],
            conversion=_rate(buyers[at], people[at]),
            people_revenue=None if own is None else money(own[at]),
            revenue_per_person=None if own is None else _each(own[at], people[at]),
            sessions=sessions[at],
            orders=orders[at],
            orders_per_session=_rate(orders[at], sessions[at]),
            revenue=None if own is None else money(here[at]),
            revenue_share=None if own is None or every <= 0 else here[at] / every,
        )
        for at in _by_size(people, [segment.name for segment in segments])
        if people[at] or sessions[at]
    )


def first_sources_told(first: Small, brought: Brought, words: Words) -> tuple[FirstSource, ...]:
    """Return what the people of each first source brought; those with most people first, unknown last."""
    segments = attribute_scheme(SCHEME_OF["source"]).segments
    count = len(segments)
    people, buyers = _counted(first, count), _counted(first[brought.orders > 0], count)
    own = _spent(brought, first, count)
    return tuple(
        FirstSource(
            name=segments[at].name,
            title=words.of(segments[at].title),
            people=people[at],
            people_share=people[at] / len(first),
            buyers=buyers[at],
            conversion=_rate(buyers[at], people[at]),
            revenue=None if own is None else money(own[at]),
            revenue_per_person=None if own is None else _each(own[at], people[at]),
        )
        for at in _by_size(people, [segment.name for segment in segments])
        if people[at]
    )


def _spent(brought: Brought, values: Small, count: int) -> list[int] | None:
    return None if brought.revenue is None else sums_of(brought.revenue, values.astype(np.int64), count)


def _counted(values: npt.NDArray[np.integer], count: int) -> list[int]:
    found: list[int] = np.bincount(values, minlength=count).tolist()
    return found


def _by_size(people: list[int], names: list[str]) -> list[int]:
    return sorted(range(len(people)), key=lambda at: (names[at] == "unknown", -people[at], at))


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _each(units: int, people: int) -> float | None:
    return float(Fraction(units, UNITS * people)) if people else None
