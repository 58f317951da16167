"""The customers by the period of their first order, as frozen facts; pure data."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Cohort:
    """The customers whose first order is in one period: the `active` of a period are those with an order in it.

    `active` and `retention`, their share of the cohort, begin with the period of the first order, where all are active,
    and end with the period of the as-of date. `segments` and `revenue`, the net spend so far, are as of that date.
    """

    label: str
    customers: int
    revenue: Decimal
    active: tuple[int, ...]
    retention: tuple[float, ...]
    segments: Mapping[str, int]

    def share(self, names: Iterable[str]) -> float:
        """Return which share of the customers is in segments of these names."""
        return sum(self.segments[name] for name in names) / self.customers


@dataclass(frozen=True)
class AverageRetention:
    """How many of all cohorts, for which a period is over, were active in it: so many periods after the first order."""

    customers: int
    active: int
    retention: float


@dataclass(frozen=True)
class Cohorts:
    """All cohorts that have customers, the earliest first; their sizes add up to all customers.

    `every` names the kind of period, `periods` all of them, from that of the first cohort to that of the as-of date,
    which `is_over` or not: if it is not, the last retention of each cohort is that so far, and no average has it.
    `segments` is name -> title, from best to worst.
    """

    every: str
    periods: tuple[str, ...]
    is_over: bool
    segments: Mapping[str, str]
    cohorts: tuple[Cohort, ...]
    average: tuple[AverageRetention, ...]

    def cells(self) -> Iterator[tuple[Cohort, int, str, bool]]:
        """Yield for each cohort the periods from its own on: their offset and label, and whether they are over."""
        for cohort in self.cohorts:
            own = self.periods[-len(cohort.active) :]
            for offset, label in enumerate(own):
                yield cohort, offset, label, self.is_over or offset + 1 < len(own)
