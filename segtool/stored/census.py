"""The census of customers who stay in a database, from the counts of their cells."""

from collections.abc import Mapping, Sequence

import numpy as np

from segtool.scoring.scores import Scores
from segtool.segments.segmentation import Named
from segtool.stored.cells import Cells
from segtool.summary.census import AxisCensus, Census, SchemeCensus, grid_of
from segtool.summary.segments import Size
from segtool.tables.arrays import as_column


def census_in(counted: Cells) -> Census:
    """Return the census of customers of a database: what `segtool.summary.census.census_of` tells of those at hand."""
    found, totals = counted.found, counted.totals
    every = [named.scores for named in found.named] or [found.scores]
    return Census(
        as_of=found.as_of,
        period=totals.period,
        customers=totals.customers,
        orders=totals.sums["frequency"],
        units=totals.sums["monetary"],
        repeat=totals.repeat,
        net_zero_or_less=totals.net_zero_or_less,
        letters=found.letters,
        method=found.method,
        groups=None,
        scores=tuple({axis: _axis(scores, axis, counted) for axis in scores.axes} for scores in every),
        grid=grid_of(found.scores, "rf", counted.customers),
        schemes=tuple(_schemes(found.named, counted)),
        matrix=_schemes([counted.matrix], counted)[0],
        commonest=counted.stored.commonest,
    )


def _axis(scores: Scores, axis: str, counted: Cells) -> AxisCensus:
    rule, levels = scores.axes[axis], scores.levels[axis]
    low, high = counted.ends[rule.figure]
    inside = [levels == level for level in range(1, rule.levels + 1)]
    return AxisCensus(
        rule=rule,
        cuts=scores.cuts[axis],
        customers=np.array([counted.customers[own].sum() for own in inside], np.int64),
        least=np.array([low[own].min() if own.any() else 0 for own in inside], np.int64),
        greatest=np.array([high[own].max() if own.any() else 0 for own in inside], np.int64),
    )


def _schemes(every: Sequence[Named], counted: Cells) -> list[SchemeCensus]:
    """Return the census of schemes, with exact medians from how many customers have each value."""
    if not every:
        return []
    places = {f"place_{i}": as_column(named.places.astype(np.int64)) for i, named in enumerate(every)}
    relation, joined = counted.put(places)
    found = []
    for i, named in enumerate(every):
        medians = [
            _medians(
                counted.stored.rows(
                    f"SELECT place_{i}, {figure}, COUNT(*) AS customers FROM {counted.relation} "
                    f"JOIN {relation} ON {joined} GROUP BY place_{i}, {figure}"
                )
            )
            for figure in ("recency_days", "frequency")
        ]
        sizes = []
        for place in range(len(named.scheme.segments)):
            inside = np.flatnonzero(named.places == place).tolist()
            sizes.append(
                Size(
                    sum(int(counted.customers[at]) for at in inside),
                    sum(counted.orders[at] for at in inside),
                    sum(counted.units[at] for at in inside),
                    *(each.get(place) for each in medians),
                )
            )
        of_grid = grid_of(named.scores, tuple(named.scheme.scoring), counted.customers).reshape(-1)
        found.append(SchemeCensus(named.scheme, tuple(sizes), of_grid))
    return found


def _medians(rows: Sequence[list[int]]) -> Mapping[int, float]:
    """Return the median of each place, from rows of place, value and how many customers have it there.

    >>> _medians([[0, 3, 1], [0, 8, 1], [2, 5, 3], [2, 6, 1]])
    {0: 5.5, 2: 5.0}
    """
    found: dict[int, float] = {}
    places, values, counts = np.array(sorted(rows), np.int64).reshape(-1, 3).T
    for place in np.unique(places).tolist():
        inside = places == place
        ends, own = np.cumsum(counts[inside]), values[inside]
        low, high = np.searchsorted(ends, [(ends[-1] - 1) // 2, ends[-1] // 2], side="right")
        found[place] = float(np.mean([own[low], own[high]]))
    return found
