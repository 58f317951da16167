"""How customers were acquired: where each came from, what that cost, and how soon it was paid back."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.errors import UsageError
from segtool.rules.columns import Spelled
from segtool.summary.facts import Caution, caution
from segtool.summary.value import Acquisition
from segtool.tables.arrays import Ints
from segtool.tables.text import NO_SOURCE
from segtool.words import Words
from segtool.worth.acquisition import (
    AcquisitionCosts,
    Brought,
    Sources,
    acquisition,
    costs_by_source,
    costs_each,
    payback_days,
    sources_of,
    to_earn,
)
from segtool.worth.listed import Listed
from segtool.worth.measures import Measures, Money
from segtool.worth.scored import Scored
from segtool.worth.terms import Wanted


@dataclass(frozen=True, eq=False)
class Acquired:
    """Sources and costs of customers, and in how many days each was paid back; None where nobody tells them."""

    sources: Sources | None = None
    costs: AcquisitionCosts | None = None
    paid_back: Ints | None = None
    warnings: tuple[Caution, ...] = ()

    def told(self, spend: Ints, measures: Measures) -> Acquisition | None:
        """Return what each source cost and what its customers brought; None where nothing is known of either."""
        if self.costs is None and self.sources is None:
            return None
        count = len(spend)
        sources = self.sources or Sources((), np.full(count, -1))
        costs = self.costs or AcquisitionCosts(np.zeros(count, np.int64), np.zeros(count, np.bool_), {})
        return acquisition(sources, costs, Brought(spend, measures.margin, measures.cost_to_serve, self.paid_back))


def acquired(
    base: Scored,
    measures: Measures,
    want: Wanted,
    *,
    listed: Listed | None,
    by_source: Mapping[str, int] | None,
    spelled: Spelled,
    words: Words,
    threads: int | None,
) -> Acquired:
    """Return how customers were acquired, by a list of them, their first orders, and what each source cost.

    Raises UsageError for costs of sources where nothing tells the sources of customers.
    """
    sources = _sources(base, listed)
    unread: tuple[Caution, ...] = ()
    if by_source is not None:
        if sources is None:
            raise UsageError("--source-costs needs the source of each customer; say --source COL.")
        costs = costs_by_source(sources, by_source)
    elif isinstance(want.acquisition_cost, int):
        costs = costs_each(want.acquisition_cost, len(base))
    elif listed is not None and "acquisition_cost" in listed.places:
        costs, unread = _costs(base, listed, spelled, words, threads)
    else:
        return Acquired(sources)
    return Acquired(sources, costs, _paid_back(base, measures, want.money, costs), unread)


def _sources(base: Scored, listed: Listed | None) -> Sources | None:
    """Return where customers came from, by the list of customers or the first order; None where nothing tells it."""
    if listed is not None and "source" in listed.places:
        return listed.sources(base.customers)
    labels = base.figures.customers.source
    if labels is None:
        return None
    return sources_of(pc.if_else(pc.equal(labels, NO_SOURCE), pa.nulls(len(labels), labels.type), labels))


def _costs(
    base: Scored, listed: Listed, spelled: Spelled, words: Words, threads: int | None
) -> tuple[AcquisitionCosts, tuple[Caution, ...]]:
    """Return what the list says that each customer cost, and how many of its cells are no such amount."""
    cells = listed.money("acquisition_cost", base.customers, spelled, threads)
    known = cells.readable & (cells.units >= 0)
    costs, unread = AcquisitionCosts(np.where(known, cells.units, 0), known, {}), int((cells.filled & ~known).sum())
    if not unread:
        return costs, ()
    header = listed.headers["acquisition_cost"]
    return costs, (caution("unread-costs", words, column=header, cells=words.count(unread, "cell")),)


def _paid_back(base: Scored, measures: Measures, money: Money, costs: AcquisitionCosts) -> Ints:
    days = base.history.days
    return payback_days(
        days.customer.astype(np.int64),
        days.day.astype(np.int64),
        money.earned(days),
        cost=to_earn(costs.units, money.share),
        first=base.as_of - measures.tenure_days,
    )
