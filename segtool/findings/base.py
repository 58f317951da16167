"""The customers of a page with their segments: the labelled rows in numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from segtool.attributes import CustomerTable
from segtool.findings.money import heat_map_of, pareto_of
from segtool.findings.named import Named, NamedScheme
from segtool.findings.spread import distribution_of
from segtool.history.ranking import NONE, Ranked, Ranking
from segtool.labelled import Labelled
from segtool.profiles.attributes import CONTACT
from segtool.summary.aims import health_of
from segtool.summary.facts import Axis, HealthShare, SegmentSummary
from segtool.summary.report import Distribution, Figure, HeatMap, Pareto, TopCustomer
from segtool.summary.segments import segment_summary, size_of
from segtool.tables.arrays import Ints, Mask, as_column, valid, values
from segtool.tables.dates import calendar_day
from segtool.tables.numbers import UNITS, money, numbers, total
from segtool.tables.text import as_text, labels, plain

_AXES: Mapping[str, Figure] = {"r": "recency_days", "f": "frequency", "m": "monetary"}


@dataclass(frozen=True)
class Base:
    """Labelled customers who are all present, and the scheme of their segments."""

    labelled: Labelled
    scheme: NamedScheme

    @cached_property
    def places(self) -> Ints:
        """The place of each customer's segment in the scheme."""
        segment = self.labelled.segment
        if segment is None:
            raise ValueError("A table without segments has no page.")
        encoded = segment.dictionary_encode()
        known = {each.name: place for place, each in enumerate(self.scheme.segments)}
        codes = [known[name or NONE] for name in encoded.dictionary.to_pylist()]
        without = known.get(NONE, 0)
        rows = np.where(valid(encoded.indices), values(encoded.indices, np.int32), len(codes))
        return np.array([*codes, without], np.int64)[rows]

    @property
    def bought(self) -> Mask:
        return self.labelled.bought

    @cached_property
    def revenue(self) -> int:
        """The net spend of all customers, in units of 1/10,000."""
        return total(self.labelled.monetary)

    @cached_property
    def buyers(self) -> int:
        return int(self.bought.sum())

    @cached_property
    def orders(self) -> int:
        return int(self.labelled.frequency.sum())

    @property
    def ranking(self) -> Ranking:
        """The segments as moves between tables are judged by."""
        segments = tuple(Ranked(each.name, each.title, each.health) for each in self.scheme.segments)
        return Ranking(self.scheme.name or "", segments)

    def segments(self) -> tuple[SegmentSummary, ...]:
        """Return the segments in numbers, from best to worst; where nothing ranks them, by revenue.

        A segment for those who have not bought is left out where there are none.
        """
        order = np.argsort(self.places, kind="stable")
        edges = np.searchsorted(self.places[order], np.arange(len(self.scheme.segments) + 1))
        found = []
        for at, named in enumerate(self.scheme.segments):
            inside = np.sort(order[edges[at] : edges[at + 1]])
            if len(inside) or named.for_buyers:
                found.append(self._segment(named, inside))
        if not self.scheme.ranked:
            found.sort(key=lambda each: (-each.revenue, each.name))
        return tuple(found)

    def _segment(self, named: Named, inside: Ints) -> SegmentSummary:
        rows = self.labelled
        return segment_summary(
            named.name,
            named.title,
            named.health,
            named.advice,
            size_of(rows.recency_days[inside[rows.bought[inside]]], rows.frequency[inside], rows.monetary[inside]),
            customers=len(rows),
            revenue=self.revenue,
        )

    def health(self, segments: Sequence[SegmentSummary]) -> Mapping[str, HealthShare] | None:
        """Return the health of those who bought, as their run tells it; None where the segments tell none."""
        counts = np.bincount(self.places[self.bought], minlength=len(self.scheme.segments)).tolist()
        bought = {each.name: count for each, count in zip(self.scheme.segments, counts, strict=True)}
        own = [replace(each, customers=bought[each.name]) for each in segments]
        return health_of(own, self.buyers, money(self.revenue))

    def average_order_value(self) -> float | None:
        """Return the net spend of an order, None without one."""
        return self.revenue / (self.orders * UNITS) if self.orders else None

    def pareto(self) -> Pareto | None:
        """Return how much of the revenue few of those who bought bring."""
        return pareto_of(self.labelled.monetary[self.bought])

    def distributions(self, scores: Mapping[str, Axis] | None) -> tuple[Distribution, ...]:
        """Return how recency, orders and spend are spread over those who bought, with the cuts of their scores."""
        if not self.buyers:
            return ()
        found = []
        for axis, figure in _AXES.items():
            scored = (scores or {}).get(axis)
            cuts = scored.cuts if scored is not None and scored.figure == figure else None
            own = getattr(self.labelled, figure)[self.bought]
            found.append(distribution_of(figure, own, cuts))
        return tuple(found)

    def heat_map(
        self, r: pa.ChunkedArray | None, f: pa.ChunkedArray | None, scores: Mapping[str, Axis] | None
    ) -> HeatMap | None:
        """Return customers and their spend by R and F; None where a column is missing, or has no whole numbers."""
        if r is None or f is None:
            return None
        read = [_scores(column) for column in (r, f)]
        if any(each is None for each in read):
            return None
        (r_score, has_r), (f_score, has_f) = (each for each in read if each is not None)
        rows = np.flatnonzero(has_r & has_f)
        if not len(rows):
            return None
        r_score, f_score = r_score[rows], f_score[rows]
        levels = [_levels(own, (scores or {}).get(axis)) for axis, own in (("r", r_score), ("f", f_score))]
        if any(len(own) > _MOST_LEVELS for own in levels):
            return None
        return heat_map_of(r_score, f_score, self.labelled.monetary[rows], (levels[0], levels[1]))

    def top(self, count: int, beside: CustomerTable) -> tuple[TopCustomer, ...]:
        """Return those who spent most of all who bought; of equal ones the first by id. `beside` has contact data."""
        rows = self.labelled
        buyers = np.flatnonzero(rows.bought)  # by id, as all rows are
        first = buyers[np.argsort(-rows.monetary[buyers], kind="stable")[:count]]
        contact = _contact(beside, first)
        return tuple(
            TopCustomer(
                customer_id=str(rows.customer_id[row].as_py()),
                segment=self.scheme.segments[self.places[row]].name,
                title=self.scheme.segments[self.places[row]].title,
                last_order=None if rows.last_order is None else calendar_day(rows.last_order[row]),
                frequency=int(rows.frequency[row]),
                monetary=money(int(rows.monetary[row])),
                contact={header: cells[at] for header, cells in contact.items() if cells[at]},
            )
            for at, row in enumerate(first.tolist())
        )


_MOST_LEVELS = 100
"""More levels are no scores."""


def contact_places(table: CustomerTable) -> list[int]:
    """Return the positions of the columns that tell how to reach a customer, in their usual order."""
    places = (table.place_of(name) for name in CONTACT)
    return list(dict.fromkeys(place for place in places if place is not None))


def _contact(beside: CustomerTable, rows: Ints) -> dict[str, list[str]]:
    """Return the contact data of some rows, by header."""
    found = {}
    for place in contact_places(beside):
        cells = labels(plain(as_text(beside.columns[place].take(as_column(rows)).combine_chunks())))
        found[beside.headers[place]] = [cell or "" for cell in cells.to_pylist()]
    return found


def _scores(column: pa.ChunkedArray) -> tuple[Ints, Mask] | None:
    """Return whole scores and where there is one; None where a cell is none."""
    cells = plain(column.combine_chunks())
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        cells = labels(cells)
    read = numbers(cells)
    whole = read.exact & (read.units % UNITS == 0)
    filled = valid(cells)
    if (filled & ~whole).any():
        return None
    return np.where(whole, read.units // UNITS, 0), filled


def _levels(scores: Ints, axis: Axis | None) -> range:
    """Return all levels of an axis, as its run had them, or as far as they go."""
    low, high = int(scores.min()), int(scores.max())
    if axis is not None and axis.lowest <= low and high < axis.lowest + len(axis.counts):
        return range(axis.lowest, axis.lowest + len(axis.counts))
    return range(min(1, low), high + 1)


def titles_beside(segment: pa.Array, titles: pa.ChunkedArray | None) -> dict[str, str]:
    """Return the title that a column beside has for each segment, of the first row of each."""
    if titles is None:
        return {}
    found: dict[str, str] = {}
    cells = labels(plain(as_text(titles.combine_chunks())))
    pairs = pa.table({"segment": segment.cast(pa.string()), "title": cells.cast(pa.string())}).group_by(
        ["segment", "title"]
    )
    for each in _sorted_rows(pairs.aggregate([]).to_pylist()):
        if each["segment"] and each["title"]:
            found.setdefault(each["segment"], each["title"])
    return found


def _sorted_rows(rows: Iterable[Mapping[str, str | None]]) -> Sequence[Mapping[str, str | None]]:
    return sorted(rows, key=lambda each: (each["segment"] or "", each["title"] or ""))
