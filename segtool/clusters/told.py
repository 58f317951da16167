"""What is said of groups: their centres, sizes and money, what separates them, how far they agree with segments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np

from segtool.clusters.columns import Column
from segtool.clusters.features import CategoryFeature, Feature, numbers_in
from segtool.clusters.fitting import LEAVING
from segtool.clusters.measures import Floats, adjusted_rand, contingency
from segtool.clusters.naming import UNCLUSTERED
from segtool.profiles.attributes import EMPTY, Coded, Numbers
from segtool.profiles.distributions import Groups
from segtool.profiles.explained import sums_by
from segtool.summary.clusters import Agreement, Centre, ClusterTold, Compared, CrossRow
from segtool.tables.arrays import Ints, Mask
from segtool.tables.numbers import money


@dataclass(frozen=True, eq=False)
class Numbered:
    """Customers by the number of their group, from 1, 0 for who is in none; and language -> name of each group."""

    numbers: Ints
    names: Sequence[Mapping[str, str]]

    @property
    def count(self) -> int:
        return len(self.names)

    def names_in(self, lang: str) -> list[str]:
        """Return what stands in the table for each number, from 0."""
        return [UNCLUSTERED, *(each[lang] for each in self.names)]


def means_by(column: Numbers, groups: Ints, count: int) -> list[float | None]:
    """Return the mean of the known numbers of each group, of exact sums; None where there is none.

    >>> means_by(Numbers(np.array([10, 20, 9]), np.array([True, True, False]), 10), np.array([0, 0, 1]), 2)
    [1.5, None]
    """
    own, numbers = groups[column.known], column.numbers[column.known]
    sizes = np.bincount(own, minlength=count).tolist()
    if column.whole:
        sums: list[float] = [*sums_by(own, numbers.astype(np.int64)), *[0] * count]
    else:
        sums = [fsum(numbers[own == at].tolist()) for at in range(count)]
    return [total / (size * column.per) if size else None for total, size in zip(sums, sizes, strict=False)]


def by_value(groups: Ints, count: int, means: Sequence[float | None], centres: Sequence[tuple[float, ...]]) -> Ints:
    """Return the number of each group, from 1, by its mean value, the highest first; then by size, then by centre.

    >>> by_value(np.array([0, 1, 1]), 2, [5.0, 7.0], [(0.0,), (1.0,)]).tolist()
    [2, 1]
    """
    sizes = np.bincount(groups[groups >= 0], minlength=count).tolist()
    keys = [(means[at] is None, -(means[at] or 0.0), -sizes[at], centres[at]) for at in range(count)]
    numbers = np.empty(count, np.int64)
    numbers[sorted(range(count), key=keys.__getitem__)] = np.arange(1, count + 1)
    return numbers


def renumbered(groups: Ints, numbers: Ints) -> Ints:
    """Return groups by their numbers, 0 for rows in none."""
    return np.append(numbers, 0)[np.where(groups == LEAVING, len(numbers), groups)]


def explained_by(points: Floats, groups: Ints, features: Sequence[Feature]) -> list[float | None]:
    """Return the share of the variance of each feature that lies between groups; None where it does not vary.

    >>> points = np.array([[0.0], [2.0], [10.0], [12.0]])
    >>> from segtool.clusters.features import NumberFeature
    >>> feature = NumberFeature("x", None, 0.0, 12.0, 0.0, 1.0)
    >>> explained_by(points, np.array([0, 0, 1, 1]), [feature])  # between 4 · 25, within 4 · 1
    [0.9615384615384616]
    """
    sizes = np.bincount(groups)
    found: list[float | None] = []
    start = 0
    for each in features:
        between = whole = 0.0
        for values in points[:, start : start + each.width].T:
            away = values - values.mean()
            sums = np.bincount(groups, weights=away)
            between += float((np.square(sums) / np.maximum(sizes, 1)).sum())
            whole += float(np.square(away).sum())
        found.append(between / whole if whole > 0 else None)
        start += each.width
    return found


def compared(
    features: Sequence[Feature], columns: Sequence[Column], rows: Mask, shares: Sequence[float | None]
) -> tuple[Compared, ...]:
    """Return what is said of each feature; `rows` are the customers in groups, or to be so."""
    return tuple(map(_compared, features, columns, [rows] * len(features), shares))


def _compared(feature: Feature, column: Column, rows: Mask, share: float | None) -> Compared:
    if isinstance(feature, CategoryFeature):
        return Compared(feature.column, "category", None, None, None, None, feature.levels, share)
    below, above = feature.beyond(numbers_in(column.cells)[0][rows])
    least = _raw(feature.low, feature.unit) if below else None
    most = _raw(feature.high, feature.unit) if above else None
    return Compared(feature.column, "number", feature.unit, least, most, below + above, (), share)


def _raw(limit: float, unit: float | None) -> float:
    """Return the number that a limit stands for.

    >>> _raw(float(np.log1p(3.0)), 10.0), _raw(5.0, None)
    (30.0, 5.0)
    """
    return limit if unit is None else float(np.sign(limit) * np.expm1(abs(limit)) * unit)


def clusters_told(
    found: Numbered,
    columns: Sequence[Column],
    units: Ints | None,
    silhouettes: Mapping[int, float],
    *,
    lang: str,
    unclustered: str,
) -> tuple[ClusterTold, ...]:
    """Return what is said of each group, and last of those in none, if there are any.

    `units` is the revenue of each customer in units of 1/10,000.
    """
    numbers = found.numbers
    sums = [*sums_by(numbers, units), *[0] * (found.count + 1)] if units is not None else None
    sizes = np.bincount(numbers, minlength=found.count + 1).tolist()
    whole = sum(sums) if sums is not None else 0
    told = []
    for at in (*range(1, found.count + 1), 0):
        if at or sizes[0]:
            own = numbers == at
            told.append(
                ClusterTold(
                    number=at,
                    name=found.names_in("en")[at],
                    title=found.names_in(lang)[at] if at else unclustered,
                    customers=sizes[at],
                    share=sizes[at] / len(numbers),
                    revenue=None if sums is None else money(sums[at]),
                    revenue_share=None if sums is None or whole <= 0 else sums[at] / whole,
                    silhouette=silhouettes.get(at),
                    centre={each.name: _centre(each, own) for each in columns},
                )
            )
    return tuple(told)


def _centre(column: Column, rows: Mask) -> Centre:
    cells = column.cells
    if isinstance(cells, Coded):
        places = cells.places[rows]
        counts = np.bincount(places + 1, minlength=len(cells.names) + 1).tolist()
        shares = {name: count / len(places) for name, count in zip((EMPTY, *cells.names), counts, strict=True) if count}
        return Centre(None, None, dict(sorted(shares.items(), key=lambda each: (-each[1], each[0]))))
    here = rows & cells.known
    if not here.any():
        return Centre(None, None, {})
    [mean] = means_by(Numbers(cells.numbers[here], np.ones(int(here.sum()), np.bool_), cells.per), _zeros(here), 1)
    return Centre(mean, float(np.median(cells.numbers[here])) / cells.per, {})


def _zeros(rows: Mask) -> Ints:
    return np.zeros(int(rows.sum()), np.int64)


def agreement_of(found: Numbered, segments: Groups, column: str, titles: Mapping[str, str]) -> Agreement | None:
    """Return how far groups agree with the segments of a column, over the customers who are in both; None for nobody.

    >>> names = [{"en": "a"}, {"en": "b"}]
    >>> own = agreement_of(Numbered(np.array([1, 2, 2, 0]), names), Groups(("x", "y"), np.array([0, 1, 1, 1])), "s", {})
    >>> own.adjusted_rand, own.customers, own.rows[1].segments
    (1.0, 3, {'x': 0, 'y': 2})
    """
    named = np.array([name != EMPTY for name in segments.names], np.bool_)
    both = (found.numbers > 0) & named[segments.places]
    if not both.any():
        return None
    groups, places = found.numbers[both] - 1, segments.places[both]
    cells = np.zeros((found.count, len(segments.names)), np.int64)
    counted = contingency(groups, places)
    cells[: counted.shape[0], : counted.shape[1]] = counted
    kept = [at for at in range(len(segments.names)) if named[at]]
    return Agreement(
        column=column,
        customers=int(both.sum()),
        adjusted_rand=adjusted_rand(groups, places),
        rows=tuple(
            CrossRow(at + 1, {segments.names[own]: int(cells[at, own]) for own in kept}) for at in range(found.count)
        ),
        titles={segments.names[own]: titles.get(segments.names[own], segments.names[own]) for own in kept},
    )
