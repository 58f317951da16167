"""The customers of a shop, scored and named as of a day, with all that they did before it."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from segtool.engines.history import History
from segtool.history.migration import bought_ranking, places_of
from segtool.history.ranking import Ranked
from segtool.history.track import Judged
from segtool.scoring.figures import Figures
from segtool.segments.segmentation import Segmentation
from segtool.tables.arrays import Ints
from segtool.tables.dates import calendar_day
from segtool.words import Words
from segtool.worth.outcomes import Outcome, later, outcomes

ALL = "(all)"
"""What stands for all customers."""


def everybody(words: Words) -> Ranked:
    """Return all customers as one segment."""
    return Ranked(ALL, words("value.all"), "neutral")


@dataclass(frozen=True, eq=False)
class Scored:
    """Customers in their segments as of a day, how they came there, and their history, of which no day is later.

    `segments` stand from best to worst, all customers where no scheme names any; `places` has that of each customer.
    """

    found: Segmentation
    history: History
    as_of: int
    judged: Judged
    segments: tuple[Ranked, ...]
    places: Ints

    def __len__(self) -> int:
        return len(self.places)

    @property
    def figures(self) -> Figures:
        return self.found.figures

    @property
    def customers(self) -> pa.Array:
        """The ids, sorted."""
        return self.figures.customers.customer_id

    def responses(self, days: int) -> tuple[Outcome, ...]:
        """Return what those who were in each segment so many days ago have done since."""
        then = self.as_of - days
        before, after = self.history.as_of([then, self.as_of])
        found = self.judged.segment(before, calendar_day(then))
        if found is None:
            return (Outcome(0, 0, 0, 0),) * len(self.segments)
        return outcomes(_places(found), len(self.segments), later(before, after))


def scored(found: Segmentation, history: History, as_of: int, judged: Judged, words: Words) -> Scored:
    """Return the customers of orders that are read, with the segments of the first scheme."""
    schemes = judged.schemes
    segments = bought_ranking(schemes[0], words).segments if schemes else (everybody(words),)
    return Scored(found, history, as_of, judged, segments, _places(found))


def _places(found: Segmentation) -> Ints:
    return places_of(found) if found.named else np.zeros(len(found.figures.customers), np.int64)
