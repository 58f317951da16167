"""When each person is expected to order next, by the own rhythm of so far."""

from dataclasses import dataclass

import numpy as np

from segtool.seasons.buying import Buying
from segtool.summary.seasons import Rhythm
from segtool.tables.arrays import Floats, Ints, Mask
from segtool.worth.rhythm import OVERDUE, median_gaps, overdue

LEAST_DAYS = 3
"""Days with orders that a person needs before the next one is foreseen: one gap alone is no rhythm."""

DUE_DAYS = 30


@dataclass(frozen=True, eq=False)
class Rhythms:
    """How each person buys: days with a purchase, the first and the last one, and what they tell of the next.

    `median_gap` is the median number of days between them, NaN for fewer than two; `overdue` the days since the last
    one by it. The `next` order is expected that many days after the last one, half a day rounded up, where it is
    `foreseen`: with three days or more.
    """

    days: Ints
    first: Ints
    last: Ints
    median_gap: Floats
    overdue: Floats
    next: Ints
    foreseen: Mask


def rhythms_of(buying: Buying) -> Rhythms:
    """Return how each person buys; who never did has no rhythm, and 0 for days."""
    person, day = buying.person[buying.bought], buying.day[buying.bought]
    days = np.bincount(person, minlength=buying.persons)
    ends = np.cumsum(days)
    first, last = np.zeros(buying.persons, np.int64), np.zeros(buying.persons, np.int64)
    some = days > 0
    first[some], last[some] = day[(ends - days)[some]], day[ends[some] - 1]
    gaps = median_gaps(person, day, buying.persons)
    foreseen = days >= LEAST_DAYS
    return Rhythms(
        days=days,
        first=first,
        last=last,
        median_gap=gaps,
        overdue=overdue(buying.last - last, gaps),
        next=last + np.floor(np.where(foreseen, gaps, 0) + 0.5).astype(np.int64),
        foreseen=foreseen,
    )


def rhythm_told(found: Rhythms, as_of: int) -> Rhythm:
    """Return how the persons buy together, and how many are overdue, late, due, or to come later."""
    known = found.median_gap[~np.isnan(found.median_gap)]
    coming, quiet = found.next[found.foreseen], found.overdue[found.foreseen] > OVERDUE
    late = ~quiet & (coming < as_of)
    due = ~quiet & ~late & (coming <= as_of + DUE_DAYS)
    return Rhythm(
        people=len(known),
        median_days=float(np.median(known)) if len(known) else None,
        foreseen=len(coming),
        overdue=int(quiet.sum()),
        late=int(late.sum()),
        due=int(due.sum()),
        due_days=DUE_DAYS,
        later=int((~quiet & ~late & ~due).sum()),
    )
