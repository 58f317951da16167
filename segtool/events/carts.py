"""What became of what people put into their carts."""

from dataclasses import dataclass

import numpy as np

from segtool.events.activity import NEVER, Bought, CartLines
from segtool.events.cells import Small
from segtool.events.found import first_of, summed
from segtool.summary.behavior import CartOutcome, Carts
from segtool.tables.arrays import Ints, Mask, begins
from segtool.tables.dates.spelling import DAY
from segtool.tables.numbers import money, total

OUTCOMES = ("bought", "removed", "open", "abandoned")
"""What becomes of a line of a cart; the position of a word is its code."""

BOUGHT, REMOVED, OPEN, ABANDONED = range(len(OUTCOMES))


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What became of each cart line, by the code of `OUTCOMES`, and when it was bought, NEVER if it was not."""

    outcome: Small
    bought: Ints


def outcomes(carts: CartLines, bought: Bought, *, as_of: int, window: int) -> Outcomes:
    """Return what became of each cart line by the end of the day `as_of`, which counts from 1970, as `window` days do.

    A line is bought when its person buys the product at the moment of the add or later, within the window, the end of
    which still counts. A purchase that does not tell its product buys every line, and any purchase buys a line that
    does not tell its own. Else a line is removed when it was taken out at its add or later, within the window; else it
    is open as long as its window has not ended, and then abandoned.

    >>> of = lambda *values, kind=np.int64: np.array(values, kind)
    >>> lines = CartLines(of(0, 0), of(0, 1), of(0, 0), added=of(5, 9), removed=of(NEVER, 7), units=of(0, 0))
    >>> found = outcomes(lines, Bought(of(0, 0), of(0, 1), moment=of(5, 8)), as_of=0, window=1)
    >>> [OUTCOMES[code] for code in found.outcome]  # the second was bought, and taken out, before it was put in again
    ['bought', 'open']
    """
    found = _bought(carts, bought)
    is_bought = found <= carts.added + window * DAY
    outcome = np.full(len(carts), ABANDONED, np.int8)
    outcome[carts.added + window * DAY >= (as_of + 1) * DAY] = OPEN
    outcome[(carts.removed >= carts.added) & (carts.removed <= carts.added + window * DAY)] = REMOVED
    outcome[is_bought] = BOUGHT
    return Outcomes(outcome, np.where(is_bought, found, NEVER))


def _bought(carts: CartLines, bought: Bought) -> Ints:
    """Return the first purchase that buys each line at its add or later; the last moment of all where none does."""
    products = int(max(carts.product.max(initial=-1), bought.product.max(initial=-1))) + 2
    line = carts.person.astype(np.int64) * products  # of a product that is not told
    owner = bought.person.astype(np.int64) * products + bought.product + 1
    found = first_of(owner, bought.moment, line + carts.product + 1, carts.added)
    if (bought.product < 0).any():
        found = np.minimum(found, first_of(owner, bought.moment, line, carts.added))
    untold = np.flatnonzero(carts.product < 0)
    if len(untold):
        order = np.lexsort((bought.moment, bought.person))
        found[untold] = first_of(bought.person[order], bought.moment[order], carts.person[untold], carts.added[untold])
    return found


@dataclass(frozen=True, eq=False)
class CartsOfPeople:
    """The carts of each person: the last day with one, NEVER without any, days with open and with abandoned lines."""

    last: Ints
    kept: Mask
    open: Ints
    open_units: Ints
    abandoned: Ints
    abandoned_units: Ints


def by_person(carts: CartLines, found: Outcomes, count: int) -> CartsOfPeople:
    """Return the carts of each of `count` persons; `kept` tells who ever left something in one.

    Raises OverflowError for values that pass 64 bits together.
    """
    last = np.full(count, NEVER, np.int64)
    np.maximum.at(last, carts.person, carts.day)
    kept = np.zeros(count, np.bool_)
    kept[carts.person[found.outcome != REMOVED]] = True
    open_, abandoned = found.outcome == OPEN, found.outcome == ABANDONED
    return CartsOfPeople(
        last=last,
        kept=kept,
        open=_days(carts, open_, count),
        open_units=summed(carts.units[open_], carts.person[open_], count),
        abandoned=_days(carts, abandoned, count),
        abandoned_units=summed(carts.units[abandoned], carts.person[abandoned], count),
    )


def _days(carts: CartLines, rows: Mask, count: int) -> Ints:
    """Return how many days with such lines each person has; lines stand by person, then day."""
    person, day = carts.person[rows], carts.day[rows]
    return np.bincount(person[begins(person) | begins(day)], minlength=count).astype(np.int64)


def carts_told(carts: CartLines, found: Outcomes, has_bought: Mask, *, window: int, priced: bool) -> Carts:
    """Return what became of all carts, and of those of people who ever bought and of the others."""
    every = np.ones(len(carts), np.bool_)
    buyers = has_bought[carts.person]
    late = (found.outcome == BOUGHT) & (found.bought - carts.added > DAY)

    def told(name: str, rows: Mask) -> CartOutcome:
        days = _days(carts, rows, len(has_bought))
        return CartOutcome(
            outcome=name,
            people=int((days > 0).sum()),
            carts=int(days.sum()),
            lines=int(rows.sum()),
            value=money(total(carts.units[rows])) if priced else None,
        )

    def each(of: Mask) -> tuple[CartOutcome, ...]:
        return tuple(told(name, of & (found.outcome == code)) for code, name in enumerate(OUTCOMES))

    in_all = each(every)
    over = len(carts) - in_all[OPEN].lines
    return Carts(
        window_days=window,
        total=told("all", every),
        abandoned_share=in_all[ABANDONED].lines / over if over else None,
        outcomes=in_all,
        of_buyers=each(buyers),
        of_others=each(~buyers),
        recovered=told("recovered", late),
    )
