"""What is said of an as-of date and of the way there: how large the segments are, and who went from which to which."""

from collections.abc import Iterator, Sequence

import numpy as np

from segtool.history.compare import Moves, directions_of, flows_of, matrix_of, moved_by, sums_of
from segtool.history.pairs import Pairs
from segtool.history.ranking import Ranked, Ranking
from segtool.history.track import Step
from segtool.segments.schemes import Scheme
from segtool.segments.segmentation import Segmentation
from segtool.summary.aims import health_of
from segtool.summary.track import AsOfSummary, Migration, SegmentSeries, SegmentSize, series
from segtool.tables.arrays import Ints
from segtool.tables.dates import day_number
from segtool.tables.numbers import money, total
from segtool.words import Words


def told_of(step: Step, ranking: Ranking | None, words: Words) -> AsOfSummary:
    """Return what is said of an as-of date; `ranking` has the segments of the first scheme, None where it has none."""
    before, found, migration = step.before, step.found, None
    if before is not None and found is not None and ranking is not None:
        migration = _migration(before, found, ranking, words)
    customers = 0 if found is None else len(found)
    spent = 0 if found is None else total(found.figures.monetary)
    sizes = () if ranking is None else tuple(_sizes(found, ranking, customers, spent))
    return AsOfSummary(
        as_of=step.at.date,
        label=step.at.label,
        is_over=step.at.is_over,
        customers=customers,
        orders=0 if found is None else int(found.figures.frequency.sum()),
        revenue=money(spent),
        segments=sizes,
        health=health_of(sizes, customers, money(spent)),
        migration=migration,
    )


def bought_ranking(scheme: Scheme, words: Words) -> Ranking:
    """Return the segments that customers who have bought can be in, best first."""
    segments = [each for place, each in enumerate(scheme.segments) if place != scheme.no_orders]
    return Ranking(scheme.name, tuple(Ranked(each.name, words.of(each.title), each.health) for each in segments))


def series_of(ranking: Ranking | None, dates: Sequence[AsOfSummary]) -> tuple[SegmentSeries, ...]:
    """Return each segment at all as-of dates."""
    return tuple(
        SegmentSeries(
            name=each.name,
            title=each.title,
            health=each.health,
            customers=series([own.segments[place].customers for own in dates]),
            share=series([own.segments[place].share for own in dates]),
            revenue=series([own.segments[place].revenue for own in dates]),
        )
        for place, each in enumerate(ranking.segments if ranking else ())
    )


def _sizes(found: Segmentation | None, ranking: Ranking, customers: int, spent: int) -> Iterator[SegmentSize]:
    count = len(ranking.segments)
    sizes, sums = [0] * count, [0] * count
    if found is not None:
        places = places_of(found)
        sizes, sums = np.bincount(places, minlength=count).tolist(), sums_of(found.figures.monetary, places, count)
    for each, size, units in zip(ranking.segments, sizes, sums, strict=True):
        yield SegmentSize(
            name=each.name,
            health=each.health,
            customers=size,
            share=size / customers if customers else 0.0,
            revenue=money(units),
            revenue_share=units / spent if spent > 0 else None,
        )


def places_of(found: Segmentation, scheme: int = 0) -> Ints:
    """Return the place of each customer's segment among those of customers who have bought, by one of the schemes."""
    named = found.named[scheme]
    places, none = named.places.astype(np.int64), named.scheme.no_orders
    return places if none is None else places - (places > none)


def _migration(before: Segmentation, found: Segmentation, ranking: Ranking, words: Words) -> Migration:
    moves = moves_of(before, found, ranking)
    customers, directions = moves.customers(), directions_of(ranking, ranking)
    moved = moved_by(directions, customers)
    matrix = matrix_of(ranking, ranking, customers, *moves.spent())
    return Migration(
        moved={way: moved[way] for way in ("up", "down", "same", "new")},
        matrix=tuple(map(tuple, customers[:, :-1].tolist())),  # nobody is gone: who has bought, stays
        flows=tuple(flows_of(ranking, ranking, matrix, directions, words)),
    )


def moves_of(before: Segmentation, found: Segmentation, ranking: Ranking) -> Moves:
    """Return where the customers of an as-of date stand there, and stood at the date before.

    Those of the date before are the ones who had bought by then, in the same order.
    """
    first = found.figures.customers.first_order
    if first is None or before.as_of is None:
        raise ValueError("Customers without days have no history.")
    was = first <= day_number(before.as_of)
    pairs = Pairs(np.where(was, np.cumsum(was) - 1, -1), np.arange(len(found)))
    return Moves(
        pairs=pairs,
        old=ranking,
        now=ranking,
        before=np.where(was, pairs.of_before(places_of(before)), len(ranking.segments)),
        after=places_of(found),
        spent_before=pairs.of_before(before.figures.monetary),
        spent_after=found.figures.monetary,
    )
